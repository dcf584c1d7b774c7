"""The seams: each Protocol has two real implementations that run."""

from collections.abc import Sequence
from typing import Protocol

from assistant.domain.answers import Answer, Turn


class AnswersQuestions(Protocol):
    """What a surface needs of the answer path: the terminal, Slack and the tests call it."""

    def __call__(self, question: str, history: Sequence[Turn], audiences: Sequence[str]) -> Answer:
        """Answer `question`, asked after `history`, from what `audiences` may read."""


class Reranker(Protocol):
    """Scores passages against a question; without one, the search uses late interaction."""

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return one relevance score a passage, in the order given; higher is better."""
