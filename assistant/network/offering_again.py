"""The answer path, with what was asked before beside the answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from assistant.domain.answers import Answer, AnswerStatus, OnStep, Turn
from assistant.domain.networks import AskedBefore
from assistant.domain.ports import AnswersQuestions

Recognises = Callable[[str, Sequence[Turn], Sequence[str]], AskedBefore | None]

_log = structlog.get_logger()


class OfferingAgain:
    """Answers as `answer` does and lays beside it the verified answer to the same question."""

    def __init__(self, answer: AnswersQuestions, recognise: Recognises) -> None:
        self._answer = answer
        self._recognise = recognise

    def __call__(
        self,
        question: str,
        history: Sequence[Turn] = (),
        audiences: Sequence[str] = (),
        on_step: OnStep | None = None,
    ) -> Answer:
        """Answer `question`, asked after `history`, from what `audiences` may read.

        `on_step` is told of each step as it begins; whatever it raises is raised. When what was
        asked before cannot be looked up, the answer goes out without it.
        """
        answer = self._answer(question, history, audiences, on_step)
        if not _is_about_the_subject(answer.status):
            return answer
        try:
            before = self._recognise(answer.question, history, audiences)
        except Exception as error:  # noqa: BLE001 - an extra never costs the answer
            _log.error("asked_before_not_looked_up", exc_info=error)
            return answer
        return replace(answer, asked_before=before) if before is not None else answer


def _is_about_the_subject(status: AnswerStatus) -> bool:
    """Whether the corpus was asked, and answered or not."""
    return status.answers or status.value.startswith("unanswerable")
