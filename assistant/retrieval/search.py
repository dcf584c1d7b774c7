"""Hybrid search: vectors and words, fused, the best reranked by late interaction.

Late interaction is MaxSim (Khattab and Zaharia, ColBERT, 2020) over the encoder's own token
vectors: each token of the question takes its best match in the passage, and the mean counts. The
passage's token vectors were kept when it was embedded, so only the question is encoded.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.domain.answers import Hit
from assistant.domain.documents import Passage
from assistant.domain.ports import Reranker
from assistant.retrieval.embedding import Embedding, Encoder, Floats
from assistant.retrieval.glossary import Glossary, Mention
from assistant.retrieval.lexical import StoredPassage
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.spelling import corrected, corrections
from assistant.retrieval.words import WORD, content_words, normal
from assistant.telemetry import Stopwatch

CANDIDATES = 100
RERANKED = 50
KEPT = 10
RANK_CONSTANT = 60
SENTENCE_END = re.compile(r"[.?!]\s+")
SHORTEST_CLAUSE = 5
LEXICAL_WEIGHT = 0.5


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

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The passages with their scores."""
        return tuple(Hit(f.passage, f.score) for f in self.found)


@dataclass(frozen=True, slots=True)
class _Candidate:
    audience: str
    passage_id: str
    cosine: float
    lexical: float


class Searcher:
    """Searches one snapshot on behalf of readers of given audiences."""

    def __init__(
        self, snapshot: Snapshot, encoder: Encoder, reranker: Reranker | None = None
    ) -> None:
        self.snapshot = snapshot
        self._encoder = encoder
        self._reranker = reranker

    def search(
        self, question: str, audiences: Sequence[str], stopwatch: Stopwatch | None = None
    ) -> Evidence:
        """Return the passages that fit `question` best among those that `audiences` may read."""
        watch = stopwatch or Stopwatch()
        open_to = [a for a in self.snapshot.manifest.audiences if a in audiences]
        glossaries = [self.snapshot.glossaries[audience] for audience in open_to]
        with watch.step("encode"):
            question, spellings = self._spelt(question, open_to)
            expanded = _expanded(question, glossaries)
            embedding = self._embedding(expanded)
        with watch.step("search"):
            candidates = [
                c for a in open_to for c in self._candidates(a, expanded, embedding.vector)
            ]
            candidates = _fused(candidates)[:RERANKED]
        with watch.step("rerank"):
            found = self._reranked(question, embedding, candidates)[:KEPT]
        mentions = tuple(m for g in glossaries for m in g.mentions(question))
        words = content_words(question)
        return Evidence(
            question,
            tuple(words),
            _places(question, words, embedding),
            tuple(self._rarity(word, open_to) for word in words),
            _clauses(question, embedding),
            tuple(found),
            mentions,
            self.snapshot.manifest.snapshot,
            tuple(spellings.items()),
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

    def _candidates(self, audience: str, question: str, vector: Floats) -> list[_Candidate]:
        cosines = dict(self.snapshot.vectors.nearest(audience, vector, CANDIDATES))
        words = content_words(question)
        lexical = dict(self.snapshot.lexical[audience].search(words, CANDIDATES))
        missing = [i for i in lexical if i not in cosines]
        for passage_id, other in self.snapshot.vectors.vectors(audience, missing).items():
            norm = float(np.linalg.norm(other)) or 1.0
            cosines[passage_id] = float(vector @ other) / norm
        return [
            _Candidate(audience, i, cosine, lexical.get(i, 0.0)) for i, cosine in cosines.items()
        ]

    def _reranked(
        self, question: str, embedding: Embedding, candidates: Sequence[_Candidate]
    ) -> list[Found]:
        stored: dict[str, StoredPassage] = {}
        for audience in {c.audience for c in candidates}:
            ids = [c.passage_id for c in candidates if c.audience == audience]
            stored |= self.snapshot.lexical[audience].stored(ids)
        candidates = [c for c in candidates if c.passage_id in stored]
        if not candidates:
            return []
        found = [_interaction(c, embedding.tokens, stored[c.passage_id]) for c in candidates]
        if self._reranker is not None:
            texts = [f.passage.text for f in found]
            scores = np.asarray(self._reranker.scores(question, texts))
        else:
            scores = _mixed(found)
        order = np.argsort(-scores, kind="stable")
        return [replace(found[i], score=float(scores[i])) for i in order]


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


def _interaction(candidate: _Candidate, question: Floats, stored: StoredPassage) -> Found:
    """Score a passage, and each of its sentences, by the best match of each question token."""
    count = sum(len(block.sentences) for block in stored.passage.blocks)
    similarity = question @ stored.tokens.floats().T
    whole = float(similarity.max(axis=1).mean()) if similarity.size else 0.0
    numbers = stored.tokens.sentences
    sentences = tuple(
        float(similarity[:, numbers == n].max(axis=1).mean()) if (numbers == n).any() else 0.0
        for n in range(count)
    )
    matches = tuple(similarity.max(axis=1).tolist()) if similarity.size else ()
    return Found(
        stored.passage, 0.0, candidate.cosine, candidate.lexical, whole, sentences, matches
    )


def _mixed(found: Sequence[Found]) -> Floats:
    """Mix the three scores, each in standard deviations of this search (docs/adr/0004)."""
    return np.asarray(
        _standard([f.cosine for f in found])
        + LEXICAL_WEIGHT * _standard([f.lexical for f in found])
        + _standard([f.interaction for f in found]),
        dtype=np.float32,
    )


def _standard(values: Sequence[float]) -> Floats:
    array = np.asarray(values, dtype=np.float32)
    return np.asarray((array - array.mean()) / (array.std() + 1e-9), dtype=np.float32)
