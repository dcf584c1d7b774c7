"""Hybrid search: vectors and words, fused, the best reranked by late interaction.

Late interaction is MaxSim (Khattab and Zaharia, ColBERT, 2020) over the encoder's own token
vectors: each token of the question takes its best match in the passage, and the mean counts. The
passage's token vectors were kept when it was embedded, so only the question is encoded.
"""

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import numpy as np

from assistant.domain.answers import Hit
from assistant.domain.documents import Passage
from assistant.domain.ports import Reranker
from assistant.retrieval.currency import Clock, best_of, local_today
from assistant.retrieval.embedding import Embedding, Encoder, Floats
from assistant.retrieval.glossary import Glossary, Mention
from assistant.retrieval.lexical import INT8_SCALE, LexicalStore, TokenVectors
from assistant.retrieval.scope import (
    ANYWHERE,
    USUAL_SPREAD,
    Scope,
    applies_in_nation,
    bonus,
    names_nation,
    scope_named,
)
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.spelling import corrected, corrections
from assistant.retrieval.words import WORD, content_words, normal
from assistant.telemetry import Stopwatch

CANDIDATES = 100
RERANKED = 50
KEPT = 10
LAPSED_LOOKED_AT = 3
RANK_CONSTANT = 60
SENTENCE_END = re.compile(r"[.?!]\s+")
SHORTEST_CLAUSE = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that a search found, with what speaks for it.

    `score` orders the passages of one search. `cosine` and `interaction` run from -1 to 1,
    `lexical` is BM25 from 0. `sentences` scores the passage's sentences in their order, from the
    same token vectors as `interaction`; `matches` is the best match of each question token.
    """

    passage: Passage
    score: float
    cosine: float
    lexical: float
    interaction: float
    sentences: tuple[float, ...]
    matches: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a search brought: passages, best first, and the terms that the question names.

    `words` are the question's content words; for each, `tokens` lists its places in
    `Found.matches`, and `rarity` is its inverse document frequency, from 0 to 1. `clauses` lists
    the places of the tokens of each sentence of the question. `corrections` pairs each word that
    was misspelt with how it was read; `question` has the corrected words.

    `found` and `mentions` hold on `day`; `lapsed` are the best of those that do not, never to be
    answered from. `asked_for` is where the question wants guidance to apply.
    """

    question: str
    words: tuple[str, ...]
    tokens: tuple[tuple[int, ...], ...]
    rarity: tuple[float, ...]
    clauses: tuple[tuple[int, ...], ...]
    found: tuple[Found, ...]
    mentions: tuple[Mention, ...]
    snapshot: str
    corrections: tuple[tuple[str, str], ...] = ()
    day: date = date.min
    lapsed: tuple[Found, ...] = ()
    asked_for: Scope = ANYWHERE

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The passages with their scores."""
        return tuple(Hit(f.passage, f.score) for f in self.found)


@dataclass(frozen=True, slots=True)
class Mix:
    """How much each score counts, in standard deviations of one search (docs/adr/0004)."""

    cosine: float = 1.0
    lexical: float = 0.5
    interaction: float = 1.0


STAGES = {
    "vectors": Mix(1.0, 0.0, 0.0),
    "lexical": Mix(0.0, 1.0, 0.0),
    "hybrid": Mix(1.0, 0.5, 0.0),
    "hybrid+rerank": Mix(),
}


@dataclass(frozen=True, slots=True)
class _Candidate:
    audience: str
    passage_id: str
    cosine: float
    lexical: float
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class _Interaction:
    """How well a passage's tokens match: as a whole, by sentence, by token of the question."""

    whole: float
    sentences: tuple[float, ...]
    matches: tuple[float, ...]


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
    ) -> None:
        self.snapshot = snapshot
        self._today = today
        self._mix = mix or Mix()
        self._encoder = encoder
        self._reranker = reranker

    def search(
        self,
        question: str,
        audiences: Sequence[str],
        stopwatch: Stopwatch | None = None,
        *,
        kept: int = KEPT,
    ) -> Evidence:
        """Return the `kept` passages that fit `question` best of those `audiences` may read."""
        watch = stopwatch or Stopwatch()
        as_of = self.snapshot.as_of(self._today())
        open_to = [a for a in self.snapshot.manifest.audiences if a in audiences]
        glossaries = [as_of.glossaries[audience] for audience in open_to]
        with watch.step("encode"):
            question, spellings = self._spelt(question, open_to)
            expanded = _expanded(question, glossaries)
            embedding = self._embedding(expanded)
        asked_for = scope_named(question, (s for a in open_to for s in self.snapshot.scopes[a]))
        with watch.step("search"):
            candidates = [
                candidate
                for a in open_to
                for candidate in self._candidates(a, expanded, embedding.vector, as_of.lapsed[a])
            ]
            holding = self._shortlist([c for c in candidates if not c.lapsed], asked_for)
            lapsed = _fused([c for c in candidates if c.lapsed])[:KEPT]
        with watch.step("rerank"):
            found = self._reranked(question, embedding, holding, kept, asked_for)
            past = self._reranked(question, embedding, lapsed, LAPSED_LOOKED_AT, asked_for)
        mentions = (m for g in glossaries for m in g.mentions(question))
        words = content_words(question)
        return Evidence(
            question,
            tuple(words),
            _places(question, words, embedding),
            tuple(self._rarity(word, open_to) for word in words),
            _clauses(question, embedding),
            tuple(found),
            tuple(_applying_first(m, asked_for) for m in mentions),
            self.snapshot.manifest.snapshot,
            tuple(spellings.items()),
            as_of.day,
            tuple(past),
            asked_for,
        )

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
    ) -> list[_Candidate]:
        """Return the nearest and those with most of the words; what lapsed takes no place."""
        store, vectors, words = (
            self.snapshot.lexical[audience],
            self.snapshot.vectors,
            content_words(question),
        )
        near, near_past = best_of(
            lambda count: vectors.nearest(audience, vector, count), CANDIDATES, lapsed
        )
        worded, worded_past = best_of(lambda count: store.search(words, count), CANDIDATES, lapsed)
        cosines, lexical = dict(near + near_past), dict(worded + worded_past)
        missing = [i for i in lexical if i not in cosines]
        for passage_id, other in self.snapshot.vectors.vectors(audience, missing).items():
            norm = float(np.linalg.norm(other)) or 1.0
            cosines[passage_id] = float(vector @ other) / norm
        return [
            _Candidate(audience, i, cosine, lexical.get(i, 0.0), i in lapsed)
            for i, cosine in cosines.items()
        ]

    def _shortlist(self, candidates: Sequence[_Candidate], asked_for: Scope) -> list[_Candidate]:
        """Return the best, and of the others those that are for a nation that is asked about."""
        fused = _fused(candidates)
        best, others = fused[:RERANKED], fused[RERANKED:]
        if not asked_for.nation:
            return best
        scopes = self._of_each(others, LexicalStore.scope_of)
        own = [c for c in others if names_nation(asked_for.nation, scopes[c.passage_id])]
        return best + own[:RERANKED]

    def _reranked(
        self,
        question: str,
        embedding: Embedding,
        candidates: Sequence[_Candidate],
        kept: int,
        asked_for: Scope,
    ) -> list[Found]:
        tokens = self._of_each(candidates, LexicalStore.tokens)
        candidates = [c for c in candidates if c.passage_id in tokens]
        if not candidates:
            return []
        gained = self._gained(candidates, asked_for)
        scored = _interactions(embedding.tokens, [tokens[c.passage_id] for c in candidates])
        if self._reranker is not None:
            texts = self._of_each(candidates, LexicalStore.stored)
            ordered = [texts[c.passage_id].passage.text for c in candidates]
            scores = np.asarray(self._reranker.scores(question, ordered))
            scores = scores + gained * scores.std() / USUAL_SPREAD
        else:
            scores = _mixed(self._mix, candidates, scored, gained)
        best = np.argsort(-scores, kind="stable")[:kept]
        passages = self._of_each([candidates[i] for i in best], LexicalStore.stored)
        return [
            Found(
                passages[candidates[i].passage_id].passage,
                float(scores[i]),
                candidates[i].cosine,
                candidates[i].lexical,
                scored[i].whole,
                scored[i].sentences,
                scored[i].matches,
            )
            for i in best
        ]

    def _gained(self, candidates: Sequence[_Candidate], asked_for: Scope) -> Floats:
        if not asked_for:
            return np.zeros(len(candidates), dtype=np.float32)
        scopes = self._of_each(candidates, LexicalStore.scope_of)
        gained = [bonus(asked_for, scopes[c.passage_id]) for c in candidates]
        return np.asarray(gained, dtype=np.float32)

    def _of_each(
        self,
        candidates: Sequence[_Candidate],
        read: Callable[[LexicalStore, list[str]], dict[str, T]],
    ) -> dict[str, T]:
        """Read something of each candidate from the store of its audience."""
        found: dict[str, T] = {}
        for audience in {c.audience for c in candidates}:
            ids = [c.passage_id for c in candidates if c.audience == audience]
            found |= read(self.snapshot.lexical[audience], ids)
        return found


def _places(
    question: str, words: Sequence[str], embedding: Embedding
) -> tuple[tuple[int, ...], ...]:
    """Return, for each word, the tokens of the question that its occurrences are made of."""
    spans = {word: [] for word in words}  # type: dict[str, list[tuple[int, int]]]
    for match in WORD.finditer(question):
        word = normal(match.group())
        if word in spans:
            spans[word].append(match.span())
    places = []
    for word in words:
        inside = [
            number
            for number, (start, stop) in enumerate(embedding.spans.tolist())
            if any(start < b and stop > a for a, b in spans[word])
        ]
        places.append(tuple(inside))
    return tuple(places)


def _clauses(question: str, embedding: Embedding) -> tuple[tuple[int, ...], ...]:
    """Return the tokens of each sentence of the question that has enough of them to be matched."""
    ends = [match.end() for match in SENTENCE_END.finditer(question)]
    groups: dict[int, list[int]] = {}
    for number, (start, _) in enumerate(embedding.spans.tolist()):
        if start < len(question):
            groups.setdefault(sum(start >= end for end in ends), []).append(number)
    return tuple(tuple(g) for g in groups.values() if len(g) >= SHORTEST_CLAUSE)


def _applying_first(mention: Mention, asked_for: Scope) -> Mention:
    """Put first the definitions that apply in the nation that is asked about."""

    def elsewhere(passage: Passage) -> bool:
        scope = Scope(passage.metadata.nation, passage.metadata.sector)
        return not applies_in_nation(asked_for.nation, scope)

    return replace(mention, passages=tuple(sorted(mention.passages, key=elsewhere)))


def _expanded(question: str, glossaries: Sequence[Glossary]) -> str:
    extra = " ".join(filter(None, (glossary.expansion(question) for glossary in glossaries)))
    return f"{question} ({extra})" if extra else question


def _fused(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Order by reciprocal rank fusion of the two first rankings (Cormack et al., 2009)."""
    scores = dict.fromkeys(candidates, 0.0)
    by_vector = sorted(candidates, key=lambda c: -c.cosine)
    by_words = sorted((c for c in candidates if c.lexical), key=lambda c: -c.lexical)
    for ranking in (by_vector, by_words):
        for rank, candidate in enumerate(ranking, start=1):
            scores[candidate] += 1 / (RANK_CONSTANT + rank)
    return sorted(candidates, key=lambda c: -scores[c])


def _interactions(question: Floats, passages: Sequence[TokenVectors]) -> list[_Interaction]:
    """Score passages, and each of their sentences, by the best match of each question token."""
    if not len(question):
        return [_Interaction(0.0, (0.0,) * p.sentence_count, ()) for p in passages]
    lengths = [len(p.vectors) for p in passages]
    tokens = np.concatenate([p.vectors for p in passages]).astype(np.float32)
    similarity = question @ tokens.T / INT8_SCALE
    scored = []
    for passage, stop in zip(passages, np.cumsum(lengths), strict=True):
        inside = similarity[:, stop - len(passage.vectors) : stop]
        matches = inside.max(axis=1, initial=0.0)
        scored.append(
            _Interaction(
                float(matches.mean()), _of_sentences(inside, passage), tuple(matches.tolist())
            )
        )
    return scored


def _of_sentences(similarity: Floats, passage: TokenVectors) -> tuple[float, ...]:
    """Return the mean best match within each sentence; its tokens stand in one run."""
    scores = np.zeros(passage.sentence_count)
    if passage.sentence_count and len(passage.sentences):
        numbers, starts = np.unique(passage.sentences, return_index=True)
        means = np.maximum.reduceat(similarity, starts, axis=1).mean(axis=0)
        own = numbers >= 0
        scores[numbers[own]] = means[own]
    return tuple(scores.tolist())


def _mixed(
    mix: Mix, candidates: Sequence[_Candidate], scored: Sequence[_Interaction], gained: Floats
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


def _standard(values: Sequence[float] | Floats) -> Floats:
    array = np.asarray(values, dtype=np.float32)
    return np.asarray((array - array.mean()) / (array.std() + 1e-9), dtype=np.float32)
