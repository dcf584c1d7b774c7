"""Answers written by a chat model from numbered passages; what it may say is decided here.

The model sees numbers and never an address. A statement without a number of a passage that it was
given is dropped, and so is one with an address in it. When nothing is left, or the provider fails,
the extractive answer goes out with a note.
"""

import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from queue import Empty, Queue
from typing import Any

import structlog
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage

from assistant.answering.draft import Composer, Draft, Numbering
from assistant.answering.question import Question
from assistant.domain.answers import Statement
from assistant.domain.documents import Passage
from assistant.domain.errors import ChatModelError
from assistant.retrieval.search import Evidence

log = structlog.get_logger(__name__)

SHOWN = 6
LONGEST_STATEMENT = 600
PROMPT = "answer-1.txt"
_TOP_LEVEL = (
    "com|org|net|int|edu|gov|info|biz|io|ly|co|app|dev|ai|eu|uk|scot|wales|cymru|london|ie|fr|de"
    "|us|ca|au|nz"
)
# What Slack or a browser makes a link or a mention of, a bare `example.org/page` among them.
ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://\S+|www\.\S+|\b(?:mailto|tel|javascript):\S+"
    r"|\b[\w.+-]+@[\w-]+\.\w+|<[^>]*\|[^>]*>|<[@#!][^>]*>|\]\([^)]*\)"
    rf"|\b(?:[a-z0-9-]+\.)+(?:{_TOP_LEVEL})\b(?:[/:?#]\S*)?",
    re.IGNORECASE,
)
MARKER = re.compile(r"\s*\[\s*(\d[\d\s,;\u2013-]*)\]")
MOST_DIGITS = 4
FAILED = "The chat model could not be reached, so this answer is made of the guidance's own words."
NOT_GROUNDED = (
    "What the chat model wrote could not be tied to the guidance, so this answer is made of the "
    "guidance's own words."
)


@dataclass(frozen=True, slots=True)
class _Written:
    """A statement as the model wrote it, before its numbers are checked."""

    text: str
    numbers: tuple[int, ...]


class GenerativeComposer:
    """Has a chat model write the answer as statements with the numbers of their passages."""

    def __init__(self, model: BaseChatModel, instead: Composer, *, timeout_seconds: float) -> None:
        """Take the model, the composer that steps in for it, and the seconds it may take."""
        self._model = model
        self._instead = instead
        self._timeout = timeout_seconds
        self._instructions = (files("assistant.answering") / "prompts" / PROMPT).read_text("utf-8")

    def compose(self, question: Question, evidence: Evidence) -> Draft:
        """Return the model's draft, or the other composer's with a note when it has none."""
        passages = [hit.passage for hit in evidence.hits[:SHOWN]]
        try:
            reply = self._ask(question.text, passages)
        except ChatModelError as error:
            log.warning("chat_model_failed", reason=str(error))
            return replace(self._instead.compose(question, evidence), note=FAILED)
        numbering = Numbering()
        statements = tuple(_grounded(statements_in(reply), passages, numbering))
        if not statements:
            return replace(self._instead.compose(question, evidence), note=NOT_GROUNDED)
        return Draft(statements, numbering.citations())

    def _ask(self, question: str, passages: Sequence[Passage]) -> str:
        """Return what the model says; raises ChatModelError when it fails or takes too long."""
        messages = [
            SystemMessage(self._instructions),
            HumanMessage(_numbered(passages) + "\n\nQuestion:\n" + question),
        ]
        replies: Queue[Any] = Queue()
        # A provider's own time-out starts anew with each byte; this one does not.
        threading.Thread(target=self._invoke, args=(messages, replies), daemon=True).start()
        try:
            reply = replies.get(timeout=self._timeout)
        except Empty:
            raise ChatModelError(f"no reply within {self._timeout:g} seconds") from None
        if isinstance(reply, Exception):
            raise ChatModelError(type(reply).__name__) from reply
        return str(reply)

    def _invoke(self, messages: list[Any], replies: Queue[Any]) -> None:
        try:
            replies.put(self._model.invoke(messages).text)
        except Exception as error:  # noqa: BLE001 - each provider has an error tree of its own
            replies.put(error)


def load_chat_model(
    name: str, *, base_url: str | None, api_key: str | None, timeout_seconds: float
) -> BaseChatModel:
    """Load `provider:model` through LangChain; `base_url` is any OpenAI-compatible address.

    Raises ChatModelError when the provider is unknown, its package missing or its key not set.
    """
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": timeout_seconds, "max_retries": 1, "temperature": 0}
    if base_url is not None:
        options |= {"base_url": base_url, "api_key": api_key or "not-needed"}
    elif api_key is not None:
        options["api_key"] = api_key
    if base_url is not None and ":" not in name:
        options["model_provider"] = "openai"
    try:
        model = init_chat_model(name, **options)
    except Exception as error:
        message = (
            f"The chat model {name} cannot be set up; ASSISTANT_CHAT_MODEL is provider:model, the "
            "provider's LangChain package must be installed and its key set."
        )
        raise ChatModelError(message) from error
    return model  # type: ignore[no-any-return]


def statements_in(reply: str) -> list[_Written]:
    """Return the statements of a model's reply: JSON as asked for, else sentences with `[n]`."""
    begin, end = reply.find("{"), reply.rfind("}")
    if begin >= 0 and end > begin:
        try:
            return _from_json(json.loads(reply[begin : end + 1]))
        except (ValueError, RecursionError):
            pass
    return _from_prose(reply)


def _from_json(fields: Any) -> list[_Written]:
    items = fields.get("statements") if isinstance(fields, dict) else None
    written = []
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict) or not isinstance(item.get("text"), str):
            continue
        numbers = item.get("citations")
        whole = numbers if isinstance(numbers, list) else [numbers]
        chosen = tuple(_number(str(n).strip()) for n in whole if str(n).strip().isdecimal())
        written.append(_Written(MARKER.sub("", item["text"]), chosen))
    return written


def _from_prose(reply: str) -> list[_Written]:
    written = []
    for line in reply.splitlines():
        numbers = tuple(_number(n) for m in MARKER.findall(line) for n in re.findall(r"\d+", m))
        text = MARKER.sub("", line).strip().removeprefix("- ").removeprefix("* ")
        if text and numbers:
            written.append(_Written(text, numbers))
    return written


def _number(digits: str) -> int:
    """Return a passage's number; what is too long to be one is 0, the number of none."""
    return int(digits) if len(digits) <= MOST_DIGITS else 0


def _grounded(
    written: Sequence[_Written], passages: Sequence[Passage], numbering: Numbering
) -> list[Statement]:
    """Keep the statements whose every number is a passage that was shown, and no address."""
    statements = []
    for item in written:
        text = " ".join(item.text.split())
        known = bool(item.numbers) and all(1 <= n <= len(passages) for n in item.numbers)
        if not known or not text or len(text) > LONGEST_STATEMENT or ADDRESS.search(text):
            continue
        cited = dict.fromkeys(numbering.number(passages[n - 1]) for n in item.numbers)
        statements.append(Statement(text, tuple(cited)))
    return statements


def _numbered(passages: Sequence[Passage]) -> str:
    """Fence each passage as data; a fence inside a passage cannot close its own."""
    parts = []
    for number, passage in enumerate(passages, start=1):
        words = ADDRESS.sub("(address left out)", f"{passage.section}\n{passage.text}")
        parts.append(f"<passage number={number}>\n{words.replace('<', '(')}\n</passage>")
    return "\n".join(parts)
