"""Asking a chat model once, in structured form where its provider has one, within one time-out."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import structlog

from assistant.answering.reply import SCHEMA, Reply, read_fields, read_reply
from assistant.domain.errors import ChatModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.runnables import Runnable

log = structlog.get_logger(__name__)

# How a server says that it knows nothing of what was asked for, not that it is down or busy.
_REFUSALS = frozenset({400, 404, 405, 415, 422, 501})


R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Form(Generic[R]):
    """What a reply is to hold: its JSON schema, and readers of an object and of any text.

    Neither reader raises anything, whatever comes.
    """

    schema: dict[str, Any]
    fields: Callable[[Any], R]
    text: Callable[[str], R]


STATEMENTS: Form[Reply] = Form(SCHEMA, read_fields, read_reply)


class ChatModel(Generic[R]):
    """A chat model of any provider, asked for a reply of one form."""

    def __init__(self, model: "BaseChatModel", form: Form[R], *, timeout_seconds: float) -> None:
        self._model = model
        self._form = form
        self._timeout = timeout_seconds
        self._structured = _structured(model, form.schema)

    def ask(self, messages: "list[BaseMessage]") -> R:
        """Return what the model says; raises ChatModelError when it fails or takes too long.

        A provider that refuses the structured form is asked once more without it.
        """
        replies: Queue[R | Exception] = Queue()
        deadline = time.monotonic() + self._timeout
        # A provider's own time-out starts anew with each byte and each attempt; this one does not.
        threading.Thread(target=self._run, args=(messages, deadline, replies), daemon=True).start()
        try:
            reply = replies.get(timeout=self._timeout)
        except Empty:
            raise ChatModelError(f"no reply within {self._timeout:g} seconds") from None
        if isinstance(reply, Exception):
            raise ChatModelError(type(reply).__name__) from reply
        return reply

    def _run(
        self,
        messages: "list[BaseMessage]",
        deadline: float,
        replies: "Queue[R | Exception]",
    ) -> None:
        try:
            replies.put(self._attempts(messages, deadline))
        except Exception as error:  # noqa: BLE001 - each provider has an error tree of its own
            replies.put(error)

    def _attempts(self, messages: "list[BaseMessage]", deadline: float) -> R:
        structured = self._structured
        if structured is not None:
            try:
                return self._read(structured.invoke(messages)["raw"])
            except Exception as error:
                if not _refuses(error) or time.monotonic() >= deadline:
                    raise
        reply = self._form.text(self._model.invoke(messages).text)
        if structured is not None:
            log.info("structured_output_refused")
            self._structured = None
        return reply

    def _read(self, message: "AIMessage") -> R:
        """Read a structured reply: the arguments of a call where it came as one, else its text."""
        if message.tool_calls:
            return self._form.fields(message.tool_calls[0]["args"])
        if message.invalid_tool_calls:
            return self._form.text(str(message.invalid_tool_calls[0]["args"]))
        return self._form.text(message.text)


def _structured(model: "BaseChatModel", schema: dict[str, Any]) -> "Runnable[Any, Any] | None":
    """Return the model bound to the reply's form, None where it has no such thing.

    LangChain's own parser of what comes back is left out: on rubbish it takes time that grows with
    the square of its length, half a minute for 40,000 characters. Our reader is used instead.
    """
    from langchain_core.runnables import RunnableSequence

    try:
        structured = model.with_structured_output(schema, include_raw=True)
    except (NotImplementedError, ValueError, TypeError):
        return None
    return structured.first if isinstance(structured, RunnableSequence) else structured


def _refuses(error: Exception) -> bool:
    return (
        isinstance(error, NotImplementedError) or getattr(error, "status_code", None) in _REFUSALS
    )
