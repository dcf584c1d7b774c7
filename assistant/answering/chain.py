"""The answer path as a LangChain `Runnable`, for anybody's chain."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.runnables import Runnable, RunnableLambda

from assistant.domain.answers import Answer, Turn
from assistant.domain.ports import AnswersQuestions


def as_runnable(
    answer: AnswersQuestions, audiences: Sequence[str]
) -> Runnable[str | Mapping[str, Any], Answer]:
    """Return the answer path as a runnable; callbacks, tracing, batch and stream work as usual.

    Its input is a question, or a mapping with `question` and optionally `history`, a list of
    `[question, answer]` pairs; its output is an `Answer` from what `audiences` may read.
    """

    def run(asked: str | Mapping[str, Any]) -> Answer:
        if isinstance(asked, str):
            return answer(asked, (), audiences)
        history = tuple(Turn(q, a) for q, a in asked.get("history") or ())
        return answer(str(asked["question"]), history, audiences)

    return RunnableLambda(run).with_config(run_name="commissioning_assistant")
