"""A chat model that does whatever it reads, as the weakest model would."""

import json
import re
from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from assistant.domain.characters import skeleton

ITS_INSTRUCTIONS = "@instructions"
_NUMBER = re.compile(r"number=\W?(\d+)")


class ObedientChatModel(BaseChatModel):
    """Says what it is ordered to when it reads the order, and cites the passage that it stands in.

    `orders` pairs what it heeds with what it then says, `ITS_INSTRUCTIONS` being all that it was
    told. It says the `honest` sentence too, when it reads it.
    """

    orders: Sequence[tuple[str, str]]
    honest: str = ""

    @property
    def _llm_type(self) -> str:
        return "obedient"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        told = "\n".join(str(m.content) for m in messages if isinstance(m, SystemMessage))
        read = skeleton("\n".join(str(m.content) for m in messages if m.type != "system"))
        statements = []
        for heeded, said in ((self.honest, self.honest), *self.orders):
            at = read.find(skeleton(heeded)) if heeded else -1
            if at >= 0:
                lines = told.splitlines() if said == ITS_INSTRUCTIONS else [said]
                numbers = [int(n) for n in _NUMBER.findall(read[:at])]
                cited = numbers[-1:] or [1]
                statements += [{"text": t, "citations": cited} for t in lines if t.strip()]
        reply = json.dumps({"statements": statements})
        return ChatResult(generations=[ChatGeneration(message=AIMessage(reply))])
