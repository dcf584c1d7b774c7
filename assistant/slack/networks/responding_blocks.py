"""What stewards see of corrections, and what a corrector is told: pure functions."""

from collections.abc import Sequence

from assistant.domain.networks import Network, PeerAnswer, Response, VerifiedAnswer
from assistant.language import phrase, say
from assistant.slack.networks.sharing_blocks import LONGEST_LINE, SHOW_ACTION, response_shown
from assistant.slack.networks.verifying_blocks import RENEW_ACTION
from assistant.slack.networks.verifying_blocks import SHOW_ACTION as VERIFIED_ACTION
from assistant.slack.shown.blocks import (
    Message,
    Shown,
    heading_block,
    messages_of,
    sentence_messages,
    text_blocks,
)
from assistant.slack.shown.elements import button, buttons
from assistant.slack.shown.lines import name

DEAL_ACTION = "networks.correction.deal"

CORRECTION_GONE = phrase(
    "A correction of a shared answer stood here. It was taken back or changed, or the answer was "
    "withdrawn."
)
CORRECTED = phrase("A peer says that an answer shared with {network} is wrong or out of date.")
CORRECTED_VERIFIED = phrase(
    "Somebody says that an answer of {network} that was verified is wrong or out of date."
)
DEAL = phrase("Deal with it")
DEAL_LABEL = phrase("Deal with this correction, and say what the person is told")
SEE = phrase("See the answer")
SEE_LABEL = phrase("Show the shared answer whole, with everything that peers said of it")
SEE_VERIFIED = phrase("See what was verified")
SEE_VERIFIED_LABEL = phrase("Show the verified answer that was made of it")
RENEW = phrase("Change or renew")
RENEW_LABEL = phrase("Change or renew the verified answer that was made of it")
CORRECTIONS = phrase("Corrections to deal with")
TOLD = phrase("A steward of {network} has dealt with what you said was wrong or out of date.")
TOLD_REMARK = phrase(
    "A steward of {network} has dealt with what you said was wrong or out of date: {remark}"
)
TOLD_OUTSIDE = phrase("A steward has dealt with what you said was wrong or out of date.")
TOLD_OUTSIDE_REMARK = phrase(
    "A steward has dealt with what you said was wrong or out of date: {remark}"
)


def correction_message(
    answer: PeerAnswer, network: Network, response: Response, verified: VerifiedAnswer | None
) -> Message:
    """Return what a steward is told of a correction; `verified` is what stands of the answer."""
    corrected = CORRECTED if verified is None else CORRECTED_VERIFIED
    shown = [
        heading_block(say(corrected, network=name(network.name))),
        *text_blocks(name(_question(answer, verified), LONGEST_LINE)),
        *response_shown(response, None),
        _deal_buttons(answer, response, verified),
    ]
    return messages_of(shown)[0]


def gone_message() -> Message:
    """Return what stands in the place of a correction whose words hold no more."""
    return sentence_messages(say(CORRECTION_GONE))[0]


def told_message(network: Network, remark: str) -> Message:
    """Return what a corrector is told of what came of it."""
    network_name = name(network.name)
    sentence = (
        say(TOLD_REMARK, network=network_name, remark=name(remark, None))
        if remark
        else say(TOLD, network=network_name)
    )
    return messages_of(list(text_blocks(sentence)))[0]


def told_outside_message(remark: str) -> Message:
    """Return what a corrector who is in no network of it is told: no network is named."""
    sentence = say(TOLD_OUTSIDE_REMARK, remark=name(remark, None)) if remark else say(TOLD_OUTSIDE)
    return messages_of(list(text_blocks(sentence)))[0]


def corrections_shown(
    corrections: Sequence[tuple[PeerAnswer, Response, VerifiedAnswer | None]],
) -> Sequence[Shown]:
    """Show a steward's open corrections, each with the button to deal with it."""
    shown: list[Shown] = [heading_block(say(CORRECTIONS))] if corrections else []
    for answer, response, verified in corrections:
        shown += text_blocks(name(_question(answer, verified), LONGEST_LINE))
        shown += [*response_shown(response), _deal_buttons(answer, response, verified)]
    return shown


def _question(answer: PeerAnswer, verified: VerifiedAnswer | None) -> str:
    return answer.question if verified is None else verified.question


def _deal_buttons(answer: PeerAnswer, response: Response, verified: VerifiedAnswer | None) -> Shown:
    deal = button(say(DEAL), say(DEAL_LABEL), DEAL_ACTION, str(response.id))
    see = button(say(SEE), say(SEE_LABEL), SHOW_ACTION, str(answer.id))
    if verified is None:
        return buttons(deal, see)
    value = str(verified.id)
    whole = button(say(SEE_VERIFIED), say(SEE_VERIFIED_LABEL), VERIFIED_ACTION, value)
    renew = button(say(RENEW), say(RENEW_LABEL), RENEW_ACTION, value)
    return buttons(deal, see, whole, renew)
