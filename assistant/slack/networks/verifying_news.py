"""What people are told of verified answers in direct messages: pure functions."""

from collections.abc import Sequence

from assistant.domain.networks import Network, VerifiedAnswer
from assistant.language import phrase, say, say_day, say_some
from assistant.network.publishing import source_line
from assistant.slack.networks.verifying_blocks import (
    LAPSES,
    LONGEST_NAME,
    RENEW,
    RENEW_ACTION,
    button,
    readers_of,
    said_by,
)
from assistant.slack.shown.blocks import Message, Shown, context_blocks, messages_of, text_blocks
from assistant.slack.shown.elements import buttons
from assistant.slack.shown.lines import name
from assistant.store.networks.verifying import Opening, OpeningState

AGREE_ACTION = "networks.agree_to_open"
DECLINE_ACTION = "networks.decline_to_open"
LONGEST_QUESTION_TOLD = 150
LONGEST_SOURCE = 1000
LONGEST_ANSWER = 6000

VERIFIED_TOLD = phrase(
    "A steward of {network} verified what you said on \u201c{question}\u201d. The network may use "
    "it until {day}, in these words:"
)
AS_SAID_BY = phrase("It is shown as said by: {author}.")
HOW_TO_TAKE_BACK = phrase(
    "If that is not what you meant, tell a steward, or take it back: withdraw what you shared, or "
    "delete your reply in Slack. Then it is gone."
)
LIVE_TOLD = phrase(
    "What you verified for {network} on \u201c{question}\u201d is in the corpus now: questions of "
    "those who may read it can be answered from it."
)
LAPSED_TOLD = phrase(
    "The verified answer of {network} on \u201c{question}\u201d lapsed: {reason}. It is marked so "
    "until a steward renews it."
)
NOT_LIVE_TOLD = phrase(
    "What you verified for {network} on \u201c{question}\u201d is not in the corpus yet: {failed} "
    "Nothing is lost, and it is tried again; administrators can see why."
)
OPENING_TOLD = phrase(
    "A steward of {network} would like more people to read what you said on \u201c{question}"
    "\u201d, in these words:"
)
WOULD_READ = phrase("If you agree: {readers} Until then, only the network's members read it.")
YOU_AGREED = phrase(
    "You agreed that more people read what you said on \u201c{question}\u201d. A steward can make "
    "it for the network alone again at any time."
)
YOU_DECLINED = phrase("What you said on \u201c{question}\u201d stays for the network's members.")
AUTHOR_AGREED = phrase(
    "The author agreed: the verified answer of {network} on \u201c{question}\u201d is opened. "
    "{readers}"
)
AUTHOR_DECLINED = phrase(
    "The author did not agree, so the verified answer of {network} on \u201c{question}\u201d stays "
    "for the network's members."
)
AUTHOR_NOT_REACHED = phrase(
    "The author cannot be reached, so the verified answer of {network} on \u201c{question}\u201d "
    "stays for the network's members."
)
AGREE = phrase("I agree")
DECLINE = phrase("No, leave it as it is")


def verified_message(answer: VerifiedAnswer, network: Network) -> Message:
    """Return what the author is told of an answer that was verified, or verified anew."""
    told = _told(VERIFIED_TOLD, answer, network, day=say_day(answer.review_by))
    shown = [
        *text_blocks(told),
        *text_blocks(answer.answer[:LONGEST_ANSWER]),
        *context_blocks(say(AS_SAID_BY, author=said_by(answer.by, answer.on))),
        *context_blocks(say(HOW_TO_TAKE_BACK)),
    ]
    return _one(shown)


def live_message(answer: VerifiedAnswer, network: Network) -> Message:
    """Return what the verifier is told when an answer is live."""
    return _one(list(text_blocks(_told(LIVE_TOLD, answer, network))))


def lapsed_message(answer: VerifiedAnswer, network: Network) -> Message:
    """Return what the verifier is told when an answer lapsed, with the button to renew it."""
    reason = say(LAPSES[answer.lapse]) if answer.lapse is not None else ""
    told = _told(LAPSED_TOLD, answer, network, reason=reason)
    return _one([*text_blocks(told), buttons(button(RENEW, RENEW_ACTION, str(answer.id)))])


def refused_message(answer: VerifiedAnswer, network: Network, failures: int) -> Message:
    """Return what the verifier is told when the gate keeps an answer from going live.

    What failed may be about documents that the verifier may not read, so it is counted only.
    """
    failed = say_some(
        "one check that the whole corpus must pass failed.",
        "{count} checks that the whole corpus must pass failed.",
        failures,
    )
    return _one(list(text_blocks(_told(NOT_LIVE_TOLD, answer, network, failed=failed))))


def opening_message(answer: VerifiedAnswer, network: Network, opening: Opening) -> Message:
    """Return what asks the author whether more people may read an answer."""
    # Who agrees says so to this wish: a later one may be for more readers.
    value = f"{answer.id} {opening.stamp}"
    shown = [
        *text_blocks(_told(OPENING_TOLD, answer, network)),
        *text_blocks(answer.answer[:LONGEST_ANSWER]),
        *context_blocks(name(source_line(answer, network, opening.audience), LONGEST_SOURCE)),
        *text_blocks(say(WOULD_READ, readers=say(readers_of(opening.audience)))),
        buttons(button(AGREE, AGREE_ACTION, value), button(DECLINE, DECLINE_ACTION, value)),
    ]
    return _one(shown)


def decided_message(answer: VerifiedAnswer, network: Network, *, agrees: bool) -> Message:
    """Return what stands in the place of the question once the author answered it."""
    return _one(list(text_blocks(_told(YOU_AGREED if agrees else YOU_DECLINED, answer, network))))


def opening_told_message(answer: VerifiedAnswer, network: Network, opening: Opening) -> Message:
    """Return what the steward who asked is told of the author's answer."""
    if opening.state is OpeningState.AGREED:
        readers = say(readers_of(opening.audience))
        return _one(list(text_blocks(_told(AUTHOR_AGREED, answer, network, readers=readers))))
    is_declined = opening.state is OpeningState.DECLINED
    template = AUTHOR_DECLINED if is_declined else AUTHOR_NOT_REACHED
    return _one(list(text_blocks(_told(template, answer, network))))


def sentence_message(sentence: str) -> Message:
    """Return the message that says a sentence."""
    return _one(list(text_blocks(sentence)))


def _told(template: str, answer: VerifiedAnswer, network: Network, **more: str) -> str:
    question = name(answer.question, LONGEST_QUESTION_TOLD)
    values = {"network": name(network.name, LONGEST_NAME), "question": question, **more}
    return say(template, **{each: v for each, v in values.items() if f"{{{each}}}" in template})


def _one(shown: Sequence[Shown]) -> Message:
    return messages_of(shown)[0]
