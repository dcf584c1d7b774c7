"""A chat model that plays what a test wrote: replies, errors, or a silence without end."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr

LONGEST_SILENCE_SECONDS = 30.0


class Silence:
    """A reply that does not come until the test lets it."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def end(self) -> None:
        """Let whoever waits go."""
        self._over.set()

    def wait(self) -> None:
        """Wait until the test ends the silence."""
        self._over.wait(LONGEST_SILENCE_SECONDS)


class RefusalError(Exception):
    """What a provider's client raises when the server does not know what it is asked for."""

    def __init__(self, status_code: int) -> None:
        super().__init__(f"Error code: {status_code}")
        self.status_code = status_code


@dataclass(frozen=True, slots=True)
class Called:
    """A reply in the form of a call with these arguments, text where they are not JSON."""

    arguments: dict[str, Any] | str


Reply = str | Exception | Silence | Called


class ScriptedChatModel(BaseChatModel):
    """Plays its replies in order, the last one again and again, and keeps what it was shown."""

    replies: Sequence[Any]
    _shown: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _asked_in_form: list[bool] = PrivateAttr(default_factory=list)

    @classmethod
    def saying(cls, *replies: Reply) -> "ScriptedChatModel":
        """Return a model that plays `replies`."""
        return cls(replies=replies)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def shown(self) -> str:
        """The text of all messages that it was ever shown."""
        return "\n".join(str(message.content) for asked in self._shown for message in asked)

    @property
    def calls(self) -> int:
        """How often it was asked."""
        return len(self._shown)

    @property
    def asked_in_form(self) -> list[bool]:
        """For each call, whether the reply was to have a form."""
        return self._asked_in_form

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = self.replies[min(len(self._shown), len(self.replies) - 1)]
        self._shown.append(messages)
        self._asked_in_form.append("tools" in kwargs)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Silence):
            reply.wait()
            reply = ""
        if isinstance(reply, Called):
            return ChatResult(generations=[ChatGeneration(message=_call(reply.arguments))])
        if run_manager is not None:
            for word in str(reply).split():
                run_manager.on_llm_new_token(word)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(reply))])


class StructuredChatModel(ScriptedChatModel):
    """Plays its replies too, and takes a form that they are to have; `forms` counts such calls."""

    _forms: list[Any] = PrivateAttr(default_factory=list)

    @property
    def forms(self) -> int:
        """How often it was bound to a form."""
        return len(self._forms)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, AIMessage]:
        """Take the form."""
        self._forms.append(tools)
        return self.bind(tools=tools)


def _call(arguments: dict[str, Any] | str) -> AIMessage:
    call = {"name": "answer", "args": arguments, "id": "1"}
    if isinstance(arguments, str):
        return AIMessage("", invalid_tool_calls=[call | {"error": None}])
    return AIMessage("", tool_calls=[call])
