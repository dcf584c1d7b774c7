"""What a passage is worth to a question: first scores fused, then late interaction, then sources.

Late interaction is MaxSim (Khattab and Zaharia, ColBERT, 2020) over the encoder's own token
vectors: each token of the question takes its best match in the passage, and the mean counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.retrieval.embedding import Floats
from assistant.retrieval.evidence import Among
from assistant.retrieval.tokens import INT8_SCALE, TokenVectors

RANK_CONSTANT = 60


@dataclass(frozen=True, slots=True)
class Mix:
    """How much each score counts, in standard deviations of one search (docs/adr/0004).

    `source` weighs what the other passages of the same source are worth (docs/adr/0016).
    """

    cosine: float = 1.0
    lexical: float = 0.5
    interaction: float = 1.0
    source: float = 1.0


STAGES = {
    "vectors": Mix(1.0, 0.0, 0.0, 0.0),
    "lexical": Mix(0.0, 1.0, 0.0, 0.0),
    "hybrid": Mix(1.0, 0.5, 0.0, 0.0),
    "hybrid+rerank": Mix(),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that a first search brought: cosine from -1 to 1, BM25 from 0."""

    audience: str
    passage_id: str
    cosine: float
    lexical: float
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class Interaction:
    """How well a passage's tokens match: as a whole, by sentence, by token of the question.

    `placed` is the best sentence's match when the title and the headings count as its own.
    """

    whole: float
    sentences: tuple[float, ...]
    matches: tuple[float, ...]
    placed: float


def first_order(mix: Mix, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Order the candidates of a first search: fused, or by the one score that a mix goes by."""
    if not mix.lexical and not mix.interaction:
        return sorted(candidates, key=lambda c: -c.cosine)
    if not mix.cosine and not mix.interaction:
        return sorted(candidates, key=lambda c: -c.lexical)
    return fused(candidates)


def fused(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Order by reciprocal rank fusion of the two first rankings (Cormack et al., 2009)."""
    scores = dict.fromkeys(candidates, 0.0)
    by_vector = sorted(candidates, key=lambda c: -c.cosine)
    by_words = sorted((c for c in candidates if c.lexical), key=lambda c: -c.lexical)
    for ranking in (by_vector, by_words):
        for rank, candidate in enumerate(ranking, start=1):
            scores[candidate] += 1 / (RANK_CONSTANT + rank)
    return sorted(candidates, key=lambda c: -scores[c])


def interactions(question: Floats, passages: Sequence[TokenVectors]) -> list[Interaction]:
    """Score passages, and each of their sentences, by the best match of each question token."""
    if not len(question):
        return [Interaction(0.0, (0.0,) * p.sentence_count, (), 0.0) for p in passages]
    lengths = [len(p.vectors) for p in passages]
    tokens = np.concatenate([p.vectors for p in passages]).astype(np.float32)
    similarity = question @ tokens.T / INT8_SCALE
    scored = []
    for passage, stop in zip(passages, np.cumsum(lengths), strict=True):
        inside = similarity[:, stop - len(passage.vectors) : stop]
        matches = inside.max(axis=1, initial=0.0)
        sentences, placed = _of_sentences(inside, passage)
        scored.append(
            Interaction(float(matches.mean()), sentences, tuple(matches.tolist()), placed)
        )
    return scored


def found_among(scored: Sequence[Interaction], sources: Sequence[str]) -> list[Among]:
    """Return, for each passage, how well its source and the whole shortlist match."""
    matches = np.asarray([interaction.matches for interaction in scored])
    if not matches.size:
        return [Among()] * len(scored)
    anywhere = float(matches.max(axis=0).mean())
    usual = float(np.mean([interaction.whole for interaction in scored]))
    rows: dict[str, list[int]] = {}
    for row, source in enumerate(sources):
        rows.setdefault(source, []).append(row)
    own = {source: float(matches[chosen].max(axis=0).mean()) for source, chosen in rows.items()}
    return [Among(own[source], anywhere, usual) for source in sources]


def mixed(
    mix: Mix, candidates: Sequence[Candidate], scored: Sequence[Interaction], gained: Floats
) -> Floats:
    """Add up the three scores by their weights, each in standard deviations.

    What is `gained` counts before: after it, a hair's breadth would part what is all alike.
    """
    return np.asarray(
        mix.cosine * _standard([c.cosine for c in candidates] + gained)
        + mix.lexical * _standard([c.lexical for c in candidates])
        + mix.interaction * _standard([s.whole for s in scored] + gained),
        dtype=np.float32,
    )


def with_sources(mix: Mix, scores: Floats, sources: Sequence[str]) -> Floats:
    """Add to each score the logarithm of the sum of the exponentials of its source's scores.

    A source with several good passages is likelier to be the right one than one with a single hit.
    """
    if not mix.source or not len(scores):
        return scores
    _, numbers = np.unique(np.asarray(sources), return_inverse=True)
    top = scores.max()
    sums = np.bincount(numbers, weights=np.exp(scores - top))
    return np.asarray(scores + mix.source * (np.log(sums)[numbers] + top), dtype=np.float32)


def _of_sentences(similarity: Floats, passage: TokenVectors) -> tuple[tuple[float, ...], float]:
    """Return the mean best match within each sentence, and the best one together with headings.

    The tokens of a sentence stand in one run, those of the headings have the number -1.
    """
    scores = np.zeros(passage.sentence_count)
    if not passage.sentence_count or not len(passage.sentences):
        return tuple(scores.tolist()), 0.0
    numbers, starts = np.unique(passage.sentences, return_index=True)
    best = np.maximum.reduceat(similarity, starts, axis=1)
    own = numbers >= 0
    scores[numbers[own]] = best[:, own].mean(axis=0)
    headings = best[:, ~own].max(axis=1, initial=0.0, keepdims=True)
    placed = np.maximum(best[:, own], headings).mean(axis=0)
    return tuple(scores.tolist()), float(placed.max(initial=0.0))


def _standard(values: Sequence[float] | Floats) -> Floats:
    array = np.asarray(values, dtype=np.float32)
    return np.asarray((array - array.mean()) / (array.std() + 1e-9), dtype=np.float32)
