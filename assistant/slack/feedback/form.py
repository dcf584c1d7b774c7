"""The forms of feedback: what was wrong with an answer, and what its author is told."""

from collections.abc import Mapping
from typing import Any

from assistant.domain.characters import as_seen
from assistant.language import phrase, say
from assistant.slack.feedback.blocks import REASONS, question_of
from assistant.slack.shown.blocks import JsonBlock, context_blocks, text_blocks
from assistant.store.feedback import LONGEST_WORDS
from assistant.store.feedback_table import Feedback, Reason

REASON_VIEW = "feedback.reason"
REMARK_VIEW = "feedback.remark"

REASON_TITLE = phrase("What was wrong?")
REASON_LABEL = phrase("What was wrong with the answer")
WORDS_LABEL = phrase("In your own words")
REASON_HINT = phrase(
    "Both may stay empty. The question, the beginning of the answer and what you write go to "
    "whoever looks after the guidance; your name does not."
)
REMARK_TITLE = phrase("Deal with feedback")
REMARK_LABEL = phrase("What the person who said it is told")
REMARK_HINT = phrase(
    "It may stay empty. Whoever said it gets one message with this remark; your name is not in it."
)
SEND = phrase("Send")
CLOSE = phrase("Close")
DEALT_WITH = phrase("Dealt with")


def reason_view(inbox_id: int, chosen: Reason | None = None) -> dict[str, Any]:
    """Return the modal that asks what was wrong with the answer to a question."""
    options = [_option(reason) for reason in Reason]
    radio: JsonBlock = {"type": "radio_buttons", "options": options}
    if chosen is not None:
        radio["initial_option"] = _option(chosen)
    hint = [shown.block for shown in context_blocks(say(REASON_HINT))]
    blocks = [*hint, _input("reason", REASON_LABEL, radio), _written("words", WORDS_LABEL)]
    return _modal(REASON_VIEW, REASON_TITLE, SEND, inbox_id, blocks)


def reason_in(view: Mapping[str, Any]) -> tuple[int, Reason | None, str] | None:
    """Return the question, the reason and the words that a form holds; None if it is not ours."""
    number = _number(view)
    option = _state(view, "reason").get("selected_option") or {}
    value = str(option.get("value"))
    reason = Reason(value) if value in set(Reason) else None
    return None if number is None else (number, reason, _words(view, "words"))


def remark_view(feedback: Feedback) -> dict[str, Any]:
    """Return the modal with which feedback is dealt with."""
    about = context_blocks(question_of(feedback)) if feedback.question else ()
    shown = [*about, *context_blocks(say(REMARK_HINT))]
    blocks = [*(one.block for one in shown), _written("remark", REMARK_LABEL)]
    return _modal(REMARK_VIEW, REMARK_TITLE, DEALT_WITH, feedback.id, blocks)


def sentence_view(sentence: str) -> dict[str, Any]:
    """Return a modal that says a sentence in place of a form."""
    blocks = [shown.block for shown in text_blocks(sentence)]
    return {
        "type": "modal",
        "title": _plain(say(REMARK_TITLE)),
        "close": _plain(say(CLOSE)),
        "blocks": blocks,
    }


def remark_in(view: Mapping[str, Any]) -> tuple[int, str] | None:
    """Return the feedback and the remark that a form holds; None if it is not ours."""
    number = _number(view)
    return None if number is None else (number, _words(view, "remark"))


def _modal(
    callback: str, title: str, submit: str, number: int, blocks: list[JsonBlock]
) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": str(number),
        "title": _plain(say(title)),
        "submit": _plain(say(submit)),
        "close": _plain(say(CLOSE)),
        "blocks": blocks,
    }


def _input(field: str, label: str, element: Mapping[str, Any]) -> JsonBlock:
    return {
        "type": "input",
        "block_id": field,
        "optional": True,
        "label": _plain(say(label)),
        "element": {**element, "action_id": field},
    }


def _written(field: str, label: str) -> JsonBlock:
    element = {"type": "plain_text_input", "multiline": True, "max_length": LONGEST_WORDS}
    return _input(field, label, element)


def _option(reason: Reason) -> JsonBlock:
    return {"text": _plain(say(REASONS[reason])), "value": reason.value}


def _plain(words: str) -> JsonBlock:
    return {"type": "plain_text", "text": words, "emoji": False}


def _state(view: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    values = (view.get("state") or {}).get("values") or {}
    state = (values.get(field) or {}).get(field)
    return state if isinstance(state, Mapping) else {}


def _words(view: Mapping[str, Any], field: str) -> str:
    return as_seen(str(_state(view, field).get("value") or "")).strip()[:LONGEST_WORDS]


def _number(view: Mapping[str, Any]) -> int | None:
    held = str(view.get("private_metadata") or "")
    return int(held) if held.isdecimal() else None
