"""Whom a question to a network is for: the topics that fit it, best first."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.domain.networks import Topic
from assistant.retrieval.embedding import Embedding, Encoder
from assistant.retrieval.words import content_words, stem

# Fitted on the tuning half of `benchmarks.routing` (docs/adr/0032).
WEIGHT_OF_TOKENS = 0.5
WEIGHT_OF_WORDS = 0.25
FLOOR = 0.30
# What is so much worse than the best does not fit beside it.
MARGIN = 0.15
MOST_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a topic fits a question: 0 when not at all, above 1 when word for word."""

    topic: Topic
    score: float


class TopicRouter:
    """Ranks topics by how well they fit a question."""

    def __init__(self, encoder: Callable[[], Encoder]) -> None:
        self._encoder = encoder
        self._topics: dict[str, Embedding] = {}
        self._lock = threading.Lock()

    def __call__(self, question: str, topics: Sequence[Topic]) -> Sequence[Topic]:
        """Return those of `topics` that fit the question, best first; none when none fits."""
        fits = self.fits(question, topics)
        best = fits[0].score if fits else 0.0
        return [fit.topic for fit in fits if fit.score >= max(FLOOR, best - MARGIN)]

    def fits(self, question: str, topics: Sequence[Topic]) -> Sequence[Fit]:
        """Return every topic with its score, the best first; alike ones in the order given."""
        if not topics or not question.strip():
            return []
        embeddings = self._embeddings([topic.name for topic in topics])
        (asked,) = self._encoder().embed([question], as_question=True)
        stems = _stems(question)
        scored = [
            Fit(topic, _score(topic.name, embedding, asked, stems))
            for topic, embedding in zip(topics, embeddings, strict=True)
        ]
        return sorted(scored, key=lambda fit: -fit.score)

    def _embeddings(self, names: Sequence[str]) -> Sequence[Embedding]:
        with self._lock:
            known = {name: self._topics[name] for name in names if name in self._topics}
        unknown = list(dict.fromkeys(name for name in names if name not in known))
        if unknown:
            made = self._encoder().embed(unknown, as_question=True)
            known.update(zip(unknown, made, strict=True))
            with self._lock:
                if len(self._topics) > MOST_KEPT:
                    self._topics.clear()
                self._topics.update(known)
        return [known[name] for name in names]


def _score(name: str, topic: Embedding, asked: Embedding, stems: frozenset[str]) -> float:
    whole = float(topic.vector @ asked.vector)
    score = (1 - WEIGHT_OF_TOKENS) * whole + WEIGHT_OF_TOKENS * _alike(topic, asked)
    words = _stems(name)
    shared = len(words & stems) / len(words) if words else 0.0
    return score + WEIGHT_OF_WORDS * shared


def _alike(topic: Embedding, asked: Embedding) -> float:
    """Return how near, on average, each word of the topic comes to its nearest in the question."""
    if not (len(topic.tokens) and len(asked.tokens)):
        return 0.0
    return float((topic.tokens @ asked.tokens.T).max(axis=1).mean())


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in content_words(text))
