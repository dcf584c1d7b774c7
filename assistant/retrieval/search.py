"""Hybrid search: vectors and words, fused, the best reranked by late interaction.

The passages' token vectors were kept when they were embedded, so only the question is encoded. A
follow-up has several readings, alone and with what the thread is about: each ranks the passages,
and the weighted sum decides.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from assistant.domain.ports import Reranker
from assistant.retrieval.currency import Clock, best_of, local_today
from assistant.retrieval.embedding import Embedding, Encoder, Floats
from assistant.retrieval.evidence import (
    Among,
    Evidence,
    Found,
    Reading,
    clauses,
)
from assistant.retrieval.glossary import Glossary, Mention
from assistant.retrieval.lexical import LexicalStore
from assistant.retrieval.scope import (
    USUAL_SPREAD,
    Scope,
    applies,
    bonus,
    names_nation,
    scope_named,
    words_naming,
)
from assistant.retrieval.scoring import (
    Candidate,
    Interaction,
    Mix,
    first_order,
    found_among,
    fused,
    interactions,
    mixed,
    with_sources,
)
from assistant.retrieval.snapshot import AsOf, Snapshot
from assistant.retrieval.spelling import corrected, corrections
from assistant.retrieval.words import content_words
from assistant.telemetry import Stopwatch

CANDIDATES = 100
RERANKED = 50
KEPT = 10
LAPSED_LOOKED_AT = 3
NATION_LOOKED_AT = 3
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Read:
    """A reading that was spelt, encoded and looked up; `first` are its candidates by passage."""

    text: str
    weight: float
    embedding: Embedding
    first: dict[str, Candidate]


class Searcher:
    """Searches one snapshot on behalf of readers of given audiences."""

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder,
        reranker: Reranker | None = None,
        mix: Mix | None = None,
        *,
        today: Clock = local_today,
        aside: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        """Take what is searched and how; passages that are set `aside`, by audience, are not."""
        self.snapshot = snapshot
        self._today = today
        self._mix = mix or Mix()
        self._encoder = encoder
        self._reranker = reranker
        self._aside = aside or {}

    def guidance(self) -> "Searcher":
        """Return a search of the same snapshot as if no peer had told of their experience."""
        return Searcher(
            self.snapshot,
            self._encoder,
            self._reranker,
            self._mix,
            today=self._today,
            aside=self.snapshot.experience,
        )

    def search(
        self,
        question: str,
        audiences: Sequence[str],
        stopwatch: Stopwatch | None = None,
        *,
        asked: str | None = None,
        beside: Sequence[Reading] = (),
        kept: int = KEPT,
    ) -> Evidence:
        """Return the `kept` passages that fit `question` best of those `audiences` may read.

        `asked` is the beginning of `question` that was asked, where the rest comes from a thread.
        `beside` are other readings of it, of less than weight 1 in all, the rest being its own:
        they take part in the ranking, and in nothing else.
        """
        watch = stopwatch or Stopwatch()
        as_of = self.snapshot.as_of(self._today())
        open_to = [a for a in self.snapshot.manifest.audiences if a in audiences]
        typed = question if asked is None else asked
        question, spellings = self._spelt(question, open_to)
        asked = corrected(typed, spellings)
        readings = _readings(question, beside, spellings)
        asked_for = scope_named(question, (s for a in open_to for s in self.snapshot.scopes[a]))
        reads = [self._read(reading, open_to, as_of, watch) for reading in readings]
        with watch.step("rerank"):
            found = self._reranked(reads, self._holding(reads, asked_for), kept, asked_for)
            past = self._past(reads[0], found, asked_for)
        mentions = (m for a in open_to for m in as_of.glossaries[a].mentions(question))
        words = _words(question, found, asked_for)
        return Evidence(
            question,
            tuple(words),
            tuple(self._rarity(word, open_to) for word in words),
            clauses(asked, reads[0].embedding),
            tuple(found),
            tuple(_applying(m, asked_for) for m in mentions),
            self.snapshot.manifest.snapshot,
            tuple(spellings.items()),
            as_of.day,
            tuple(past),
            asked_for,
            asked,
        )

    def glossaries(self, audiences: Sequence[str]) -> Sequence[Glossary]:
        """Return the definitions that hold today, of those that `audiences` may read."""
        known = self.snapshot.as_of(self._today()).glossaries
        return [known[a] for a in audiences if a in known]

    def _read(
        self, reading: Reading, open_to: Sequence[str], as_of: AsOf, watch: Stopwatch
    ) -> _Read:
        with watch.step("encode"):
            expanded = _expanded(reading.text, [as_of.glossaries[a] for a in open_to])
            embedding = self._embedding(expanded)
        with watch.step("search"):
            first = [
                candidate
                for a in open_to
                for candidate in self._candidates(a, expanded, embedding.vector, as_of.lapsed[a])
            ]
        return _Read(reading.text, reading.weight, embedding, {c.passage_id: c for c in first})

    def _embedding(self, text: str) -> Embedding:
        return next(iter(self._encoder.embed([text], as_question=True)))

    def _spelt(self, question: str, audiences: Sequence[str]) -> tuple[str, dict[str, str]]:
        """Return the question with its misspelt words corrected, and what was corrected.

        A word that the corpus does not have counts as misspelt when the encoder does not know it
        whole either: it then cuts it in pieces.
        """
        stores = [self.snapshot.lexical[audience] for audience in audiences]
        strange = [
            word
            for word in content_words(question)
            if not any(store.passages_with(word) for store in stores)
            and len(self._embedding(word).tokens) > 1
        ]
        spellings = corrections(strange, stores)
        return corrected(question, spellings), spellings

    def _rarity(self, word: str, audiences: Sequence[str]) -> float:
        """Return ln(1 + N / (1 + n)) over ln(1 + N), where n of N passages have the word."""
        stores = [self.snapshot.lexical[audience] for audience in audiences]
        total = sum(store.count for store in stores)
        having = sum(store.passages_with(word) for store in stores)
        return math.log1p(total / (1 + having)) / math.log1p(total) if total else 0.0

    def _candidates(
        self, audience: str, question: str, vector: Floats, lapsed: Collection[str]
    ) -> list[Candidate]:
        """Return the nearest and those with most of the words; what lapsed takes no place."""
        store, vectors, words = (
            self.snapshot.lexical[audience],
            self.snapshot.vectors,
            content_words(question),
        )
        aside = self._aside.get(audience, frozenset())
        passed_over = aside.union(lapsed)
        near, near_past = best_of(
            lambda count: vectors.nearest(audience, vector, count), CANDIDATES, passed_over
        )
        worded, worded_past = best_of(
            lambda count: store.search(words, count), CANDIDATES, passed_over
        )
        cosines, lexical = (
            {i: score for i, score in found if i not in aside}
            for found in (near + near_past, worded + worded_past)
        )
        missing = [i for i in lexical if i not in cosines]
        cosines |= self._cosines(audience, missing, vector)
        return [
            Candidate(audience, i, cosine, lexical.get(i, 0.0), i in lapsed)
            for i, cosine in cosines.items()
        ]

    def _cosines(self, audience: str, ids: Sequence[str], vector: Floats) -> dict[str, float]:
        others = self.snapshot.vectors.vectors(audience, list(ids)) if ids else {}
        return {
            passage_id: float(vector @ other) / (float(np.linalg.norm(other)) or 1.0)
            for passage_id, other in others.items()
        }

    def _holding(self, reads: Sequence[_Read], asked_for: Scope) -> list[Candidate]:
        """Return the candidates that hold today, the best of each reading."""
        best: dict[str, Candidate] = {}
        for read in reads:
            holding = [c for c in read.first.values() if not c.lapsed]
            best |= {c.passage_id: c for c in self._shortlist(holding, asked_for)}
        return list(best.values())

    def _past(self, read: _Read, found: Sequence[Found], asked_for: Scope) -> list[Found]:
        """Return what a reading brought that holds no longer, as found among what holds."""
        lapsed = fused([c for c in read.first.values() if c.lapsed])[:KEPT]
        past = self._reranked([read], lapsed, LAPSED_LOOKED_AT, asked_for)
        return [_beside(f, found[0].among) for f in past] if found else past

    def _completed(self, read: _Read, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return the candidates with this reading's own scores, those it did not bring as well."""
        missing = [c for c in candidates if c.passage_id not in read.first]
        cosines: dict[str, float] = {}
        for audience in {c.audience for c in missing}:
            ids = [c.passage_id for c in missing if c.audience == audience]
            cosines |= self._cosines(audience, ids, read.embedding.vector)
        return [
            read.first.get(c.passage_id)
            or Candidate(c.audience, c.passage_id, cosines[c.passage_id], 0.0)
            for c in candidates
        ]

    def _shortlist(self, candidates: Sequence[Candidate], asked_for: Scope) -> list[Candidate]:
        """Return the best, and of the others those that are for a nation that is asked about."""
        ordered = first_order(self._mix, candidates)
        best, others = ordered[:RERANKED], ordered[RERANKED:]
        if not asked_for.nation:
            return best
        scopes = self._of_each(others, LexicalStore.scope_of)
        own = [c for c in others if names_nation(asked_for.nation, scopes[c.passage_id])]
        return best + own[:RERANKED]

    def _reranked(
        self, reads: Sequence[_Read], candidates: list[Candidate], kept: int, asked_for: Scope
    ) -> list[Found]:
        tokens = self._of_each(candidates, LexicalStore.tokens)
        candidates = [c for c in candidates if c.passage_id in tokens]
        if not candidates:
            return []
        own = [self._completed(read, candidates) for read in reads]
        vectors = [tokens[c.passage_id] for c in candidates]
        matched = [interactions(read.embedding.tokens, vectors) for read in reads]
        scores = self._scores(reads, own, matched, self._gained(candidates, asked_for))
        sources = self._of_each(candidates, LexicalStore.source_of)
        named = [sources[c.passage_id] for c in candidates]
        if self._reranker is None:
            scores = with_sources(self._mix, scores, named)
        among = found_among(matched[0], named)
        best = np.argsort(-scores, kind="stable")[:kept].tolist()
        passages = self._of_each([candidates[i] for i in best], LexicalStore.stored)
        return [
            Found(
                passages[own[0][i].passage_id].passage,
                float(scores[i]),
                own[0][i].cosine,
                own[0][i].lexical,
                matched[0][i].whole,
                _sentences([m[i] for m in matched], reads),
                matched[0][i].matches,
                matched[0][i].placed,
                among[i],
            )
            for i in best
        ]

    def _scores(
        self,
        reads: Sequence[_Read],
        own: Sequence[Sequence[Candidate]],
        matched: Sequence[Sequence[Interaction]],
        gained: Floats,
    ) -> Floats:
        if self._reranker is not None:
            texts = self._of_each(own[0], LexicalStore.stored)
            ordered = [texts[c.passage_id].passage.text for c in own[0]]
            scores = np.asarray(self._reranker.scores(reads[0].text, ordered))
            return np.asarray(scores + gained * scores.std() / USUAL_SPREAD, dtype=np.float32)
        total = np.zeros(len(own[0]), dtype=np.float32)
        for read, candidates, scored in zip(reads, own, matched, strict=True):
            total += read.weight * mixed(self._mix, candidates, scored, gained)
        return total

    def _gained(self, candidates: Sequence[Candidate], asked_for: Scope) -> Floats:
        if not asked_for:
            return np.zeros(len(candidates), dtype=np.float32)
        scopes = self._of_each(candidates, LexicalStore.scope_of)
        gained = [bonus(asked_for, scopes[c.passage_id]) for c in candidates]
        return np.asarray(gained, dtype=np.float32)

    def _of_each(
        self,
        candidates: Sequence[Candidate],
        read: Callable[[LexicalStore, list[str]], dict[str, T]],
    ) -> dict[str, T]:
        """Read something of each candidate from the store of its audience."""
        found: dict[str, T] = {}
        for audience in {c.audience for c in candidates}:
            ids = [c.passage_id for c in candidates if c.audience == audience]
            found |= read(self.snapshot.lexical[audience], ids)
        return found


def _readings(
    question: str, beside: Sequence[Reading], spellings: dict[str, str]
) -> tuple[Reading, ...]:
    """Return the question's own reading, first, and those beside it, each word as it is read."""
    return (
        Reading(question, 1.0 - sum(reading.weight for reading in beside)),
        *(Reading(corrected(r.text, spellings), r.weight) for r in beside),
    )


def _words(question: str, found: Sequence[Found], asked_for: Scope) -> list[str]:
    """Return the content words, without the nation that what was found is for.

    Guidance that is for a nation need not name it again in its text.
    """
    nations = {n for f in found[:NATION_LOOKED_AT] for n in f.passage.metadata.nation}
    met = words_naming(question, nations.intersection(asked_for.nation))
    return [word for word in content_words(question) if word not in met]


def _applying(mention: Mention, asked_for: Scope) -> Mention:
    """Keep the definitions that apply in the nation that is asked about, or all if none does."""
    applying = tuple(p for p in mention.passages if applies(asked_for, p))
    return replace(mention, passages=applying) if applying else mention


def _expanded(question: str, glossaries: Sequence[Glossary]) -> str:
    extra = " ".join(filter(None, (glossary.expansion(question) for glossary in glossaries)))
    return f"{question} ({extra})" if extra else question


def _sentences(scored: Sequence[Interaction], reads: Sequence[_Read]) -> tuple[float, ...]:
    """Return the score of each sentence, the readings by their weights."""
    rows = np.asarray([interaction.sentences for interaction in scored], dtype=np.float64)
    weights = np.asarray([read.weight for read in reads])
    return tuple((weights @ rows / weights.sum()).tolist())


def _beside(lapsed: Found, holding: Among) -> Found:
    """Return what lapsed as found among what holds too."""
    anywhere = max(lapsed.among.anywhere, holding.anywhere)
    return replace(lapsed, among=Among(lapsed.among.source, anywhere, holding.usual))
