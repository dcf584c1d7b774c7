"""Other ways to rank what one search brought, for `benchmarks.retrieval`.

A search is the product's own; what it measured is kept, so that ways to mix it are compared on the
same candidates and nothing is encoded twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.domain.documents import PUBLIC
from assistant.evaluation import measures
from assistant.evaluation.measures import Figure
from assistant.retrieval.embedding import Floats
from assistant.retrieval.evidence import Reading
from assistant.retrieval.scoring import Candidate, Interaction, Mix, fused, mixed, with_sources
from assistant.retrieval.search import Searcher, _Read

AUDIENCES = (PUBLIC,)
PASSAGES = 50
DOCUMENTS = 10
MEASURES = ("ndcg_at_10", "recall_at_5")


@dataclass(frozen=True, slots=True)
class Scored:
    """The candidates as one reading scored them, and the weight of the reading."""

    weight: float
    candidates: tuple[Candidate, ...]
    interactions: tuple[Interaction, ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """What a search measured: all that it looked up first, and what it then looked at closely."""

    first: tuple[Candidate, ...]
    readings: tuple[Scored, ...]
    gained: Floats

    @property
    def ids(self) -> tuple[str, ...]:
        """The passages that were looked at closely; every array over them has this order."""
        return tuple(c.passage_id for c in self.readings[0].candidates)

    def weighing_alike(self) -> "Pool":
        """Return the pool with readings that count alike."""
        alike = 1.0 / len(self.readings)
        return replace(self, readings=tuple(replace(r, weight=alike) for r in self.readings))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands: its document, its source, and its number in reading order."""

    document: str
    source: str
    number: int


Places = Mapping[str, Place]
Ranking = Callable[[Pool], Sequence[str]]
Values = Mapping[str, Mapping[str, float]]


class ObservedSearcher(Searcher):
    """The product's searcher, which also hands out what its search measured."""

    _pool: Pool | None = None

    def pool(self, question: str, beside: Sequence[Reading] = ()) -> Pool | None:
        """Search, and return what was measured; None where nothing was found at all."""
        self._pool = None
        self.search(question, AUDIENCES, beside=beside, kept=1)
        return self._pool

    def _scores(
        self,
        reads: Sequence[_Read],
        own: Sequence[Sequence[Candidate]],
        matched: Sequence[Sequence[Interaction]],
        gained: Floats,
    ) -> Floats:
        # What lapsed is scored after what holds, and is not ranked here.
        if self._pool is None:
            scored = (
                # Of the interaction only the whole is mixed; the rest would fill the memory.
                Scored(r.weight, tuple(c), tuple(replace(i, sentences=(), matches=()) for i in m))
                for r, c, m in zip(reads, own, matched, strict=True)
            )
            first = tuple(c for c in reads[0].first.values() if not c.lapsed)
            self._pool = Pool(first, tuple(scored), gained)
        return super()._scores(reads, own, matched, gained)


def by_words(pool: Pool) -> Sequence[str]:
    """Rank by BM25 alone."""
    having = [c for c in pool.first if c.lexical]
    return [c.passage_id for c in sorted(having, key=lambda c: -c.lexical)]


def by_vectors(pool: Pool) -> Sequence[str]:
    """Rank by cosine alone."""
    return [c.passage_id for c in sorted(pool.first, key=lambda c: -c.cosine)]


def by_ranks(pool: Pool) -> Sequence[str]:
    """Rank by reciprocal rank fusion of the two."""
    return [c.passage_id for c in fused(pool.first)]


def by_mix(mix: Mix, places: Places) -> Ranking:
    """Rank as the product does, with `mix`."""
    return lambda pool: _ordered(pool, _scores(mix, pool, places))


def with_neighbours(mix: Mix, places: Places, share: float) -> Ranking:
    """Rank with `share` of the mean score of the passages before and after, of the same source.

    A neighbour that was not found counts as the worst that was.
    """

    def rank(pool: Pool) -> Sequence[str]:
        alone = _mixed(mix, pool)
        where = [(places[i].source, places[i].number) for i in pool.ids]
        stands = dict(zip(where, alone.tolist(), strict=True))
        worst = float(alone.min())
        beside = [
            sum(stands.get((source, number + step), worst) for step in (-1, 1)) / 2
            for source, number in where
        ]
        scores = alone + share * np.asarray(beside, dtype=np.float32)
        return _ordered(pool, with_sources(mix, scores, [places[i].source for i in pool.ids]))

    return rank


def with_diversity(
    mix: Mix,
    places: Places,
    keeping: float,
    vectors_of: Callable[[Sequence[str]], Mapping[str, Floats]],
) -> Ranking:
    """Rank by maximal marginal relevance (Carbonell and Goldstein, 1998).

    The score, brought to 0 to 1, counts `keeping`; the greatest cosine with a passage that was
    already taken counts against it for the rest.
    """

    def rank(pool: Pool) -> Sequence[str]:
        scores = _scores(mix, pool, places)
        relevance = (scores - scores.min()) / (np.ptp(scores) + 1e-9)
        vectors = vectors_of(pool.ids)
        matrix = np.stack([vectors[i] for i in pool.ids])
        alike = matrix @ matrix.T
        nearest = np.zeros(len(pool.ids))
        taken: list[int] = []
        for _ in range(min(len(pool.ids), PASSAGES)):
            worth = keeping * relevance - (1 - keeping) * nearest
            worth[taken] = -np.inf
            taken.append(int(worth.argmax()))
            nearest = np.maximum(nearest, alike[taken[-1]])
        return [pool.ids[i] for i in taken]

    return rank


def documents_of(passages: Sequence[str], places: Places) -> dict[str, float]:
    """Return the first documents of a ranking of passages, each with a falling score."""
    documents = dict.fromkeys(places[i].document for i in passages[:PASSAGES])
    return {d: 1.0 / rank for rank, d in enumerate(list(documents)[:DOCUMENTS], start=1)}


def values(
    run: Mapping[str, Mapping[str, float]], judgements: Mapping[str, Mapping[str, int]]
) -> Values:
    """Return, by measure, the value of each question that has a right document."""
    import ir_measures
    from ir_measures import R, nDCG

    judged = {q: dict(judgements.get(q, {})) for q in run}
    judged = {q: found for q, found in judged.items() if any(s > 0 for s in found.values())}
    by_measure = dict(zip((nDCG @ 10, R @ 5), MEASURES, strict=True))
    found: dict[str, dict[str, float]] = {name: dict.fromkeys(judged, 0.0) for name in MEASURES}
    asked = {q: dict(run[q]) for q in judged}
    for metric in ir_measures.iter_calc(list(by_measure), judged, asked):
        found[by_measure[metric.measure]][metric.query_id] = float(metric.value)
    return found


def gain(of: Values, over: Values, measure: str) -> Figure | None:
    """Return by how much `of` is better on the questions that both have, with its interval."""
    both = over[measure].keys() & of[measure].keys()
    return measures.mean([of[measure][q] - over[measure][q] for q in sorted(both)])


def _mixed(mix: Mix, pool: Pool) -> Floats:
    total = np.zeros(len(pool.ids), dtype=np.float32)
    for reading in pool.readings:
        total += reading.weight * mixed(mix, reading.candidates, reading.interactions, pool.gained)
    return total


def _scores(mix: Mix, pool: Pool, places: Places) -> Floats:
    return with_sources(mix, _mixed(mix, pool), [places[i].source for i in pool.ids])


def _ordered(pool: Pool, scores: Floats) -> Sequence[str]:
    return [pool.ids[i] for i in np.argsort(-scores, kind="stable").tolist()]
