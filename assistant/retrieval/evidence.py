"""What a search brought: passages with what speaks for them, and how the question reads."""

import re
from dataclasses import dataclass
from datetime import date

from assistant.domain.answers import Hit
from assistant.domain.documents import Passage
from assistant.retrieval.embedding import Embedding
from assistant.retrieval.glossary import Mention
from assistant.retrieval.scope import ANYWHERE, Scope

SENTENCE_END = re.compile(r"[.?!]\s+")
SHORTEST_CLAUSE = 5


@dataclass(frozen=True, slots=True)
class Among:
    """How well the passages match that a passage was found among, each mean from -1 to 1.

    `source` takes the best match of each question token in any passage of the same source,
    `anywhere` in any passage of the shortlist; `usual` is the mean interaction of the shortlist.
    """

    source: float = 0.0
    anywhere: float = 0.0
    usual: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that a search found, with what speaks for it.

    `score` orders the passages of one search. `cosine` and `interaction` run from -1 to 1,
    `lexical` is BM25 from 0. `sentences` scores the passage's sentences in their order, from the
    same token vectors as `interaction`; `matches` is the best match of each question token.
    `placed` is the best sentence's score when its headings count as its own.
    """

    passage: Passage
    score: float
    cosine: float
    lexical: float
    interaction: float
    sentences: tuple[float, ...]
    matches: tuple[float, ...]
    placed: float = 0.0
    among: Among = Among()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a search brought: passages, best first, and the terms that the question names.

    `words` are the question's content words, and `rarity` is the inverse document frequency of
    each, from 0 to 1. `clauses` lists the places in `Found.matches` of the tokens of each sentence
    of the question. `corrections` pairs each word that
    was misspelt with how it was read; `question` has the corrected words. `asked` is its beginning
    that was asked, the rest being carried from the thread; `clauses` are tokens of that.

    `found` and `mentions` hold on `day`; `lapsed` are the best of those that do not, never to be
    answered from. `asked_for` is where the question wants guidance to apply.
    """

    question: str
    words: tuple[str, ...]
    rarity: tuple[float, ...]
    clauses: tuple[tuple[int, ...], ...]
    found: tuple[Found, ...]
    mentions: tuple[Mention, ...]
    snapshot: str
    corrections: tuple[tuple[str, str], ...] = ()
    day: date = date.min
    lapsed: tuple[Found, ...] = ()
    asked_for: Scope = ANYWHERE
    asked: str = ""

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The passages with their scores."""
        return tuple(Hit(f.passage, f.score) for f in self.found)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a question, and how much its ranking counts, from 0 to 1."""

    text: str
    weight: float


def clauses(question: str, embedding: Embedding) -> tuple[tuple[int, ...], ...]:
    """Return the tokens of each sentence of the question that has enough of them to be matched."""
    ends = [match.end() for match in SENTENCE_END.finditer(question)]
    groups: dict[int, list[int]] = {}
    for number, (start, _) in enumerate(embedding.spans.tolist()):
        if start < len(question):
            groups.setdefault(sum(start >= end for end in ends), []).append(number)
    return tuple(tuple(g) for g in groups.values() if len(g) >= SHORTEST_CLAUSE)
