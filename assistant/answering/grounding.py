"""Whether a statement is borne out by the passages that it names: local, and the same every time.

The statement is set beside the few sentences of its passages that share most with it. Its figures
and names must stand there, it may not deny what they assert nor be stronger than they are, and each
of its words must stand in the passages or come near one that does, by the encoder's token vectors.
What the check misses and what it wrongly refuses is measured in docs/generated-answers.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from assistant.answering.draft import numbered_citations
from assistant.answering.quantities import COUNT, Quantity, is_borne_out, quantities_in
from assistant.answering.wording import (
    initials_of,
    is_stronger,
    names_in,
    read,
    says_the_opposite,
    trades_places,
    turns_round,
)
from assistant.domain.documents import BlockKind, Passage
from assistant.retrieval.embedding import Embedding, Encoder, Floats
from assistant.retrieval.words import STOP_WORDS, WORD, normal, stem, stems_of, words_of

MOST_SENTENCES = 3
KEPT_PASSAGES = 64
MOSTLY = 0.6
_BOTH = "both"


class Flaw(StrEnum):
    """What is wrong with a statement that is not borne out."""

    FIGURE = "figure"
    NAME = "name"
    DENIAL = "denial"
    STRENGTH = "strength"
    OPPOSITE = "opposite"
    PLACES = "places"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least that a statement's words must find in its passages, each from 0 to 1.

    `support` is the mean over its content words of how near each comes to a word of the passages,
    `weakest` the same for the word that fits worst, `similarity` the mean over all its tokens.
    """

    support: float = 0.8
    weakest: float = 0.25
    similarity: float = 0.55


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a statement, if anything, and how near its words come."""

    flaws: tuple[Flaw, ...]
    support: float
    weakest: float
    similarity: float

    @property
    def is_borne_out(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.flaws


@dataclass(frozen=True, slots=True)
class _Source:
    """A passage as the check reads it; `around` is its place, its title and whose it is."""

    sentences: tuple[str, ...]
    around: str
    stems: frozenset[str]
    quantities: tuple[Quantity, ...]
    tokens: Floats


class GroundingCheck:
    """Judges statements against the passages that they name."""

    def __init__(
        self, load_encoder: Callable[[], Encoder], thresholds: Thresholds | None = None
    ) -> None:
        """Take what loads the encoder, which happens at the first statement."""
        self._load_encoder = load_encoder
        self._least = thresholds or Thresholds()
        self._sources: dict[tuple[str, str, str], _Source] = {}

    @cached_property
    def _encoder(self) -> Encoder:
        return self._load_encoder()

    def judge(self, statement: str, passages: Sequence[Passage]) -> Verdict:
        """Return what is wrong with `statement`, given all the passages that it names."""
        sources = [self._source(passage) for passage in passages]
        nearest = _nearest(statement, sources)
        said, source = read(statement), read(" . ".join(nearest))
        support, weakest, similarity = self._words(statement, sources)
        flawed = {
            Flaw.FIGURE: not _has_figures(statement, sources, nearest),
            Flaw.NAME: not _has_names(statement, sources),
            Flaw.DENIAL: turns_round(said, source),
            Flaw.STRENGTH: is_stronger(said, source),
            Flaw.OPPOSITE: says_the_opposite(said, source),
            Flaw.PLACES: bool(nearest) and trades_places(statement, nearest[0]),
            Flaw.WORDS: support < self._least.support
            or weakest < self._least.weakest
            or similarity < self._least.similarity,
        }
        return Verdict(
            tuple(flaw for flaw, there in flawed.items() if there), support, weakest, similarity
        )

    def _source(self, passage: Passage) -> _Source:
        key = (passage.id, passage.section, passage.text)
        known = self._sources.get(key)
        if known is None:
            if len(self._sources) >= KEPT_PASSAGES:
                self._sources.clear()
            known = self._sources[key] = _read(passage, self._encoder)
        return known

    def _words(self, statement: str, sources: Sequence[_Source]) -> tuple[float, float, float]:
        """Return mean and least support of the content words, and the mean over all tokens."""
        (embedding,) = self._encoder.embed([statement])
        known = frozenset[str]().union(*(source.stems for source in sources))
        tokens = np.concatenate([source.tokens for source in sources])
        if not len(tokens) or not len(embedding.tokens):
            return 0.0, 0.0, 0.0
        best = (embedding.tokens @ tokens.T).max(axis=1)
        supports = _supports(statement, embedding, best, known)
        if not supports:
            return 0.0, 0.0, float(best.mean())
        return float(np.mean(supports)), min(supports), float(best.mean())


def _supports(
    statement: str, embedding: Embedding, best: Floats, known: frozenset[str]
) -> list[float]:
    """Return how near each content word comes to the passages, 1 where its stem stands there."""
    supports = []
    for match in WORD.finditer(statement):
        word = normal(match.group())
        if word in STOP_WORDS or any(map(str.isdecimal, word)):
            continue
        start, stop = match.span()
        own = (embedding.spans[:, 0] < stop) & (embedding.spans[:, 1] > start)
        near = float(best[own].mean()) if own.any() else 0.0
        supports.append(1.0 if stem(word) in known else max(0.0, near))
    return supports


def _read(passage: Passage, encoder: Encoder) -> _Source:
    (citation,) = numbered_citations([passage])
    around = f"{passage.section}. {citation.source}"
    sentences = tuple(s for block in passage.blocks for s in block.sentences)
    everything = f"{around}. {passage.text} {' '.join(sentences)}"
    lists = [b for b in passage.blocks if b.kind is not BlockKind.PARAGRAPH]
    counted = [Quantity(float(len(block.sentences)), COUNT) for block in lists]
    (embedding,) = encoder.embed([passage.text])
    return _Source(
        sentences,
        around,
        frozenset(stems_of(everything)),
        (*quantities_in(around), *quantities_in(passage.text), *counted),
        embedding.tokens,
    )


def _nearest(statement: str, sources: Sequence[_Source]) -> list[str]:
    """Return the sentences that a statement was made of: each adds most of what is missing yet."""
    missing = {s for _, s in _content(statement)}
    left = [(s, {x for _, x in _content(s)}) for source in sources for s in source.sentences]
    chosen: list[str] = []
    while left and len(chosen) < MOST_SENTENCES:
        best = max(left, key=lambda item: (len(item[1] & missing), -len(item[1])))
        if chosen and not best[1] & missing:
            break
        chosen.append(best[0])
        missing -= best[1]
        left.remove(best)
    return chosen


def _content(text: str) -> list[tuple[str, str]]:
    return [(word, stem(word)) for word in words_of(text) if word not in STOP_WORDS]


def _has_figures(statement: str, sources: Sequence[_Source], nearest: Sequence[str]) -> bool:
    known = [q for source in sources for q in source.quantities]
    near = [q for sentence in nearest for q in quantities_in(sentence)]
    if any(_BOTH in words_of(sentence) for sentence in nearest):
        near.append(Quantity(2.0, COUNT))
    return all(is_borne_out(said, known, near) for said in quantities_in(statement))


def _has_names(statement: str, sources: Sequence[_Source]) -> bool:
    """Whether each name stands in the passages, and none in the place of another one."""
    known = frozenset[str]().union(*(source.stems for source in sources))
    texts = [t for source in sources for t in (source.around, *source.sentences)]
    acronyms = frozenset[str]().union(*(initials_of(text) for text in texts))
    names = [name for name in names_in(statement) if name not in acronyms]
    if not all(set(stems_of(name)) <= known for name in names):
        return False
    sentences = [sentence for source in sources for sentence in source.sentences]
    return not _names_another(statement, names, sentences)


def _names_another(statement: str, names: Sequence[str], sentences: Sequence[str]) -> bool:
    """Whether a statement that is all but one sentence names somebody whom that does not name."""
    said = {stem(normal(name)) for name in names}
    words = {s for _, s in _content(statement)} - said
    if not said or not words:
        return False
    stems = [frozenset(stems_of(sentence)) for sentence in sentences]
    best = max(len(words & s) for s in stems)
    nearest = [(t, s) for t, s in zip(sentences, stems, strict=True) if len(words & s) == best]
    if best < MOSTLY * len(words) or any(said <= s for _, s in nearest):
        return False
    return all({stem(normal(n)) for n in names_in(t)} - said for t, _ in nearest)
