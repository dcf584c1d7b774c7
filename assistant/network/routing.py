"""Whom a question to a network is for: the topics that fit it, best first."""

from collections.abc import Callable, Sequence

from assistant.domain.networks import Topic
from assistant.retrieval.embedding import Encoder


class TopicRouter:
    """Ranks topics by how well they fit a question."""

    def __init__(self, encoder: Callable[[], Encoder]) -> None:
        self._encoder = encoder

    def __call__(self, question: str, topics: Sequence[Topic]) -> Sequence[Topic]:
        """Return those of `topics` that fit the question, best first; none when none fits."""
        raise NotImplementedError
