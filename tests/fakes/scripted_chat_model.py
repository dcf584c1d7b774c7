"""A chat model that plays what a test wrote: replies, errors, or a silence without end."""

import threading
from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
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


Reply = str | Exception | Silence


class ScriptedChatModel(BaseChatModel):
    """Plays its replies in order, the last one again and again, and keeps what it was shown."""

    replies: Sequence[Any]
    _shown: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

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

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = self.replies[min(len(self._shown), len(self.replies) - 1)]
        self._shown.append(messages)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Silence):
            reply.wait()
            reply = ""
        return ChatResult(generations=[ChatGeneration(message=AIMessage(reply))])
