"""The forms with which definitions are proposed and declined: pure functions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.domain.networks import Network
from assistant.language import say
from assistant.slack.networks import agreeing_words as words
from assistant.slack.networks.managing_elements import sentence_view
from assistant.slack.shown.blocks import JsonBlock, Shown, context_blocks
from assistant.slack.shown.elements import LONGEST_TITLE, field_block, option, plain, text_element
from assistant.slack.shown.filled import LONGEST_LINE, FormState
from assistant.slack.shown.lines import name

PROPOSE_VIEW = "agreeing.propose"
DECLINE_VIEW = "agreeing.decline"

LONGEST_TERM = 120
LONGEST_TEXT = 1500
LONGEST_WHOSE = 200
LONGEST_REASON = 500
# Of more digits no database has an id.
LONGEST_NUMBER = 9
LONGEST_ID = 40
MOST_NETWORKS = 100

NETWORK, TERM, TEXT, WHOSE, REASON = "network", "term", "text", "whose", "reason"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form to propose holds; `channel` is where it was opened, and is never believed."""

    network: str = ""
    term: str = ""
    text: str = ""
    whose: str = ""
    channel: str = ""


def propose_view(
    draft: Draft, networks: Sequence[Network], *, is_kept_back: bool = False
) -> dict[str, Any]:
    """Return the modal that proposes a definition; without a network to choose, it says so.

    `is_kept_back` says that there are words which were not filled in.
    """
    if not networks:
        return sentence_view(say(words.NO_NETWORK))
    known = {each.id: each for each in networks[:MOST_NETWORKS]}
    options = [option(name(each.name, 75), each.id) for each in known.values()]
    chosen = next((each for each in options if each["value"] == draft.network), None)
    select: JsonBlock = {"type": "static_select", "options": options}
    if chosen is not None or len(options) == 1:
        select["initial_option"] = chosen or options[0]
    remarks = [say(words.HOW), *([say(words.NOT_FILLED_IN)] if is_kept_back else [])]
    term = text_element(draft.term, LONGEST_TERM)
    text = text_element(draft.text, LONGEST_TEXT, is_long=True)
    whose = text_element(draft.whose, LONGEST_WHOSE)
    hint = say(words.WHOSE_HINT)
    blocks = [
        *(shown.block for remark in remarks for shown in context_blocks(remark)),
        field_block(NETWORK, say(words.NETWORK_FIELD), select),
        field_block(TERM, say(words.TERM_FIELD), term),
        field_block(TEXT, say(words.TEXT_FIELD), text),
        field_block(WHOSE, say(words.WHOSE_FIELD), whose, hint, is_optional=True),
    ]
    held = json.dumps({"channel": draft.channel[:LONGEST_ID]})
    return _form(PROPOSE_VIEW, words.PROPOSE, held, blocks)


def draft_in(view: Mapping[str, Any]) -> Draft:
    """Return what a form that was sent proposes."""
    state = FormState(view)
    return Draft(
        network=state.choice(NETWORK),
        term=state.line(TERM),
        text=state.words(TEXT, LONGEST_LINE),
        whose=state.line(WHOSE),
        channel=_channel(view),
    )


def mistakes(draft: Draft) -> dict[str, str]:
    """Return a sentence for each field that cannot be taken."""
    found = {}
    if not 0 < len(draft.term) <= LONGEST_TERM:
        found[TERM] = say(words.TERM_LENGTH, most=LONGEST_TERM)
    if not 0 < len(draft.text) <= LONGEST_TEXT:
        found[TEXT] = say(words.TEXT_LENGTH, most=LONGEST_TEXT)
    if len(draft.whose) > LONGEST_WHOSE:
        found[WHOSE] = say(words.WHOSE_LENGTH, most=LONGEST_WHOSE)
    return found


def decline_view(number: int, shown: Sequence[Shown]) -> dict[str, Any]:
    """Return the modal that asks why a steward declines what is `shown`."""
    reason = text_element("", LONGEST_REASON, is_long=True)
    field = field_block(REASON, say(words.REASON_FIELD), reason, say(words.REASON_HINT))
    blocks = [*(each.block for each in shown), field]
    return _form(DECLINE_VIEW, words.DECLINE, str(number), blocks)


def reason_in(view: Mapping[str, Any]) -> tuple[int, str]:
    """Return the proposal and the reason that a form holds; 0 where it names none."""
    held = str(view.get("private_metadata") or "")
    return number_in(held), FormState(view).words(REASON, LONGEST_LINE)


def number_in(value: object) -> int:
    """Return the number on a button of ours; 0, which nothing has, on another's."""
    held = str(value or "")
    is_number = held.isascii() and held.isdigit() and len(held) <= LONGEST_NUMBER
    return int(held) if is_number else 0


def _form(callback: str, submit: str, held: str, blocks: Sequence[JsonBlock]) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": held,
        "title": plain(say(words.TITLE)[:LONGEST_TITLE]),
        "submit": plain(say(submit)[:LONGEST_TITLE]),
        "close": plain(say(words.CANCEL)[:LONGEST_TITLE]),
        "blocks": list(blocks),
    }


def _channel(view: Mapping[str, Any]) -> str:
    try:
        held = json.loads(str(view.get("private_metadata") or "{}"))
    except ValueError:
        return ""
    return str(held.get("channel") or "") if isinstance(held, dict) else ""
