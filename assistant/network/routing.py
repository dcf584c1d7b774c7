"""Whom a question to a network is for: the topics that fit it, best first."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.domain.networks import Topic
from assistant.retrieval.embedding import Embedding, Encoder, Floats
from assistant.retrieval.words import STOP_WORDS, WORD, content_words, normal, stem

# Fitted on the `dev` half of benchmarks.routing (docs/adr/0032).
WEIGHT_OF_TOKENS = 1 / 3
WEIGHT_OF_WORDS = 0.2
FLOOR = 0.34
# What is so much worse than the best does not fit beside it.
MARGIN = 0.2
MOST_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a topic fits a question: near 0 when not at all, near 1 when word for word."""

    topic: Topic
    score: float


class TopicRouter:
    """Ranks topics by how well they fit a question.

    A topic is its name. What counts is how near the question's meaning comes to the whole name and
    to each of its words, and whether it says these words; a word that stands in many topics of the
    network says little, and a topic that is near to all the others is not near to every question.
    """

    def __init__(self, encoder: Callable[[], Encoder]) -> None:
        self._encoder = encoder
        self._known: dict[str, Embedding] = {}
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
        names = [topic.name for topic in topics]
        embeddings = self._embeddings(names)
        (asked,) = self._encoder().embed([question], as_question=True)
        weights = _weights(names)
        stems, nearness = _stems(question), _nearness(embeddings)
        tokens = asked.tokens[_token_weights(question, asked, {}) > 0]
        scores = [
            _whole(embedding, asked, _token_weights(name, embedding, weights), tokens)
            + WEIGHT_OF_WORDS * _said(name, stems, weights)
            for name, embedding in zip(names, embeddings, strict=True)
        ]
        found = [
            Fit(topic, float(score - near))
            for topic, score, near in zip(topics, scores, nearness, strict=True)
        ]
        return sorted(found, key=lambda fit: -fit.score)

    def _embeddings(self, names: Sequence[str]) -> Sequence[Embedding]:
        with self._lock:
            known = {name: self._known[name] for name in names if name in self._known}
        unknown = list(dict.fromkeys(name for name in names if name not in known))
        if unknown:
            made = self._encoder().embed(unknown, as_question=True)
            known.update(zip(unknown, made, strict=True))
            with self._lock:
                if len(self._known) > MOST_KEPT:
                    self._known.clear()
                self._known.update(known)
        return [known[name] for name in names]


def _whole(topic: Embedding, asked: Embedding, weights: Floats, tokens: Floats) -> float:
    """Return how near two texts are, as wholes and from the topic's words to the question's."""
    whole = float(topic.vector @ asked.vector)
    if not (len(tokens) and weights.sum() > 0):
        return whole
    nearest = (topic.tokens @ tokens.T).max(axis=1)
    by_word = float(nearest @ weights) / float(weights.sum())
    return (1 - WEIGHT_OF_TOKENS) * whole + WEIGHT_OF_TOKENS * by_word


def _said(name: str, stems: frozenset[str], weights: Mapping[str, float]) -> float:
    """Return how much of a topic's name the question says, from 0 to 1."""
    own = _stems(name)
    total = sum(weights[each] for each in own)
    return sum(weights[each] for each in own & stems) / total if total else 0.0


def _weights(names: Sequence[str]) -> Mapping[str, float]:
    """Return what each stem of some topics counts: less, the more of them have it."""
    counts = Counter(each for name in names for each in _stems(name))
    return {each: float(count**-0.5) for each, count in counts.items()}


def _nearness(embeddings: Sequence[Embedding]) -> Sequence[float]:
    """Return by how much each topic is nearer to the others than topics are on average."""
    if len(embeddings) == 1:
        return [0.0]
    vectors = np.stack([each.vector for each in embeddings])
    alike = vectors @ vectors.T
    near = (alike.sum(axis=1) - alike.diagonal()) / (len(embeddings) - 1)
    return [float(each) for each in near - near.mean()]


def _token_weights(text: str, embedding: Embedding, weights: Mapping[str, float]) -> Floats:
    """Return what each token counts: as much as its word, nothing in a word without a subject."""
    words = [(found.span(), normal(found[0])) for found in WORD.finditer(text)]
    counted = []
    for start, _ in embedding.spans:
        inside = (word for (first, end), word in words if first <= start < end)
        word = next(inside, None)
        is_subject = word is not None and word not in STOP_WORDS
        counted.append(weights.get(stem(word), 1.0) if is_subject and word else 0.0)
    return np.asarray(counted, dtype=np.float32)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in content_words(text))
