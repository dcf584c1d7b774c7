"""A follow-up made to stand alone by a chat model; what it may be read as is decided here.

The model's words are only searched with, never shown. They stand only when each of them, each name
and each figure comes from the person's question or its thread, and what was asked is still in them.
"""

import json
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog

from assistant.answering.addresses import has_address
from assistant.answering.conversation import MARKER, StandAlone
from assistant.answering.prompting import CODE_BYTES, fenced, instructions
from assistant.answering.provider import ChatModel, Form
from assistant.answering.quantities import quantities_in
from assistant.answering.screening import concern_of
from assistant.answering.wording import names_in, read
from assistant.domain.answers import Turn
from assistant.domain.characters import as_seen
from assistant.domain.errors import ChatModelError
from assistant.retrieval.words import WORD, content_words, stem

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

log = structlog.get_logger(__name__)

PROMPT = "stand-alone-1"
LONGEST = 300
SHOWN_TURNS = 4
SHOWN_OF_AN_ANSWER = 800
LEAST_KEPT = 0.5
_SCHEMA: dict[str, Any] = {
    "title": "follow_up",
    "description": "A follow-up question that stands on its own.",
    "type": "object",
    "properties": {"question": {"type": "string", "description": "One question on one line."}},
    "required": ["question"],
    "additionalProperties": False,
}


class ModelRewriter:
    """Has a chat model put in what a follow-up leaves out, and keeps what holds nothing else."""

    def __init__(self, model: "BaseChatModel", *, timeout_seconds: float) -> None:
        """Take the model, and the seconds that it may take."""
        form = Form(_SCHEMA, _from_fields, _from_text)
        self._model = ChatModel(model, form, timeout_seconds=timeout_seconds)

    def __call__(self, question: str, history: Sequence[Turn]) -> StandAlone | None:
        """Return the question as it stands alone, None where the rules must read it."""
        shown = [_cut(turn) for turn in history[-SHOWN_TURNS:]]
        try:
            written = self._model.ask(_messages(question, shown))
        except ChatModelError as error:
            log.warning("follow_up_not_rewritten", reason=str(error))
            return None
        plain = as_seen(written).strip()
        if not is_faithful(plain, question, shown):
            log.info("follow_up_not_rewritten", reason="unfaithful")
            return None
        # Where the model adds nothing, the rules know no less.
        added = set(content_words(plain)) - set(content_words(question))
        return StandAlone(plain, PROMPT) if added else None


def is_faithful(written: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a rewritten question is one short line, made of question and thread and nothing else.

    It keeps the names, figures and denials of the question, and half its content words or more; a
    question without any must have kept one of the questions before it.
    """
    if not _is_a_question(written):
        return False
    questions = " . ".join(turn.question for turn in history)
    known = " . ".join((question, questions, *(turn.answer for turn in history)))
    return (
        _stems(written) <= _stems(known)
        and _figures(question) <= _figures(written) <= _figures(known)
        and _has_names(written, known)
        and _has_names(question, written)
        and _denies_alike(written, question, questions)
        and _keeps(written, question, questions)
    )


def _is_a_question(written: str) -> bool:
    is_a_line = 0 < len(written) <= LONGEST and len(written.splitlines()) == 1
    return is_a_line and not has_address(written) and concern_of(written) is None


def _stems(text: str) -> set[str]:
    return {stem(word) for word in content_words(text)}


def _figures(text: str) -> set[float]:
    return {q.value for q in quantities_in(text) if not q.is_wordy}


def _has_names(text: str, known: str) -> bool:
    """Whether each name stands in what is known; "WHO" is none that "who" would bear out."""
    words, stems = set(WORD.findall(known)), _stems(known)
    return all(name in words or _stems(name) & stems for name in names_in(text))


def _denies_alike(written: str, question: str, questions: str) -> bool:
    """Whether a denial of the question is kept, and none put in that nobody asked about."""
    if read(question).denied:
        return bool(read(written).denied)
    return not read(written).denied or bool(read(questions).denied)


def _keeps(written: str, question: str, questions: str) -> bool:
    own, here = _stems(question), _stems(written)
    if not own:
        return bool(here & _stems(questions))
    return len(own & here) >= LEAST_KEPT * len(own)


def _cut(turn: Turn) -> Turn:
    return Turn(turn.question, MARKER.sub("", turn.answer)[:SHOWN_OF_AN_ANSWER])


def _messages(question: str, history: Sequence[Turn]) -> "list[BaseMessage]":
    from langchain_core.messages import HumanMessage, SystemMessage

    code = secrets.token_hex(CODE_BYTES)
    parts = []
    for turn in history:
        parts.append(fenced(f"earlier-question-{code}", "", turn.question))
        if turn.answer:
            parts.append(fenced(f"earlier-answer-{code}", "", turn.answer))
    parts.append(fenced(f"follow-up-{code}", "", question))
    return [SystemMessage(instructions(PROMPT)), HumanMessage("\n\n".join(parts))]


def _from_fields(fields: Any) -> str:
    written = fields.get("question") if isinstance(fields, dict) else None
    return written if isinstance(written, str) else ""


def _from_text(text: str) -> str:
    """Read the question of a reply: JSON as asked for, else the reply itself, to be judged."""
    begin, end = text.find("{"), text.rfind("}")
    if 0 <= begin < end:
        try:
            return _from_fields(json.loads(text[begin : end + 1]))
        except (ValueError, RecursionError):
            return ""
    return text.strip().strip("\"'\u2018\u2019\u201c\u201d")
