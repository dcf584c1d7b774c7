"""The forms of feedback: what was wrong with an answer, and what its author is told."""

from collections.abc import Mapping
from typing import Any

from assistant.language import phrase, say
from assistant.slack.feedback.blocks import REASONS, question_of
from assistant.slack.shown.blocks import JsonBlock, context_blocks, text_blocks
from assistant.slack.shown.elements import (
    CLOSE,
    field_block,
    modal,
    option,
    plain,
    text_element,
)
from assistant.slack.shown.filled import FormState
from assistant.store.feedback.feedback import LONGEST_WORDS
from assistant.store.feedback.table import Feedback, Reason

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
DEALT_WITH = phrase("Dealt with")


def reason_view(inbox_id: int, chosen: Reason | None = None) -> dict[str, Any]:
    """Return the modal that asks what was wrong with the answer to a question."""
    options = {reason: option(say(REASONS[reason]), reason.value) for reason in Reason}
    radio: JsonBlock = {"type": "radio_buttons", "options": list(options.values())}
    if chosen is not None:
        radio["initial_option"] = options[chosen]
    hint = [shown.block for shown in context_blocks(say(REASON_HINT))]
    reason = field_block("reason", say(REASON_LABEL), radio, is_optional=True)
    blocks = [*hint, reason, _written("words", WORDS_LABEL)]
    return _modal(REASON_VIEW, REASON_TITLE, SEND, inbox_id, blocks)


def reason_in(view: Mapping[str, Any]) -> tuple[int, Reason | None, str] | None:
    """Return the question, the reason and the words that a form holds; None if it is not ours."""
    number, state = _number(view), FormState(view)
    chosen = state.choice("reason")
    reason = Reason(chosen) if chosen in set(Reason) else None
    return None if number is None else (number, reason, state.words("words", LONGEST_WORDS))


def remark_view(feedback: Feedback) -> dict[str, Any]:
    """Return the modal with which feedback is dealt with."""
    about = context_blocks(question_of(feedback)) if feedback.question else ()
    shown = [*about, *context_blocks(say(REMARK_HINT))]
    blocks = [*(one.block for one in shown), _written("remark", REMARK_LABEL)]
    return _modal(REMARK_VIEW, REMARK_TITLE, DEALT_WITH, feedback.id, blocks)


def sentence_view(sentence: str) -> dict[str, Any]:
    """Return a modal that says a sentence in place of a form."""
    return modal(say(REMARK_TITLE), text_blocks(sentence))


def remark_in(view: Mapping[str, Any]) -> tuple[int, str] | None:
    """Return the feedback and the remark that a form holds; None if it is not ours."""
    number = _number(view)
    return None if number is None else (number, FormState(view).words("remark", LONGEST_WORDS))


def _modal(
    callback: str, title: str, submit: str, number: int, blocks: list[JsonBlock]
) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": str(number),
        "title": plain(say(title)),
        "submit": plain(say(submit)),
        "close": plain(say(CLOSE)),
        "blocks": blocks,
    }


def _written(field: str, label: str) -> JsonBlock:
    element = text_element("", LONGEST_WORDS, is_long=True)
    return field_block(field, say(label), element, is_optional=True)


def _number(view: Mapping[str, Any]) -> int | None:
    held = str(view.get("private_metadata") or "")
    return int(held) if held.isdecimal() else None
