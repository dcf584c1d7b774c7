"""Definitions that networks agree: which terms are one, and whose words may be proposed where."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from assistant.domain.answers import Answer, Citation
from assistant.retrieval.words import stems_of
from assistant.store.quoting import Quotes


@dataclass(frozen=True, slots=True)
class Wording:
    """What one source says that a term means; `audience` is who may read it."""

    text: str
    whose: str
    audience: str


def is_same_term(one: str, other: str) -> bool:
    """Whether two terms are one: `Outcomes` and `outcome` are, `co-production` and `coproduction`.

    It is how the glossary finds a term by its name.
    """
    return bool(_spellings(one) & _spellings(other))


def is_term(term: str) -> bool:
    """Whether there is anything in it that could be looked up."""
    return bool(stems_of(term))


def first_for(answer: Answer, audiences: Collection[str]) -> Wording | None:
    """Return the first definition of an answer that readers of `audiences` may all read."""
    return next((each for each in _wordings(answer) if each.audience in audiences), None)


def quotes_what_is_kept(text: str, answer: Answer, audiences: Collection[str]) -> bool:
    """Whether a text holds a sentence of a definition that `audiences` may not read.

    What they may read elsewhere in the same words is kept from nobody.
    """
    open_to_all = {s for each, s in _sentences(answer) if each.audience in audiences}
    kept = {s for each, s in _sentences(answer) if each.audience not in audiences}
    return Quotes(kept - open_to_all).are_in(text)


def _spellings(term: str) -> set[tuple[str, ...]]:
    return {tuple(stems_of(term)), tuple(stems_of(term.replace("-", "")))} - {()}


def _wordings(answer: Answer) -> Iterator[Wording]:
    """Yield each source's words, in the order of the answer."""
    by_source: dict[int, list[str]] = {}
    cited = {citation.number: citation for citation in answer.citations}
    for citation, sentence in _sentences(answer):
        by_source.setdefault(citation.number, []).append(sentence)
    for number, sentences in by_source.items():
        source = cited[number]
        yield Wording(" ".join(sentences), source.source or source.title, source.audience)


def _sentences(answer: Answer) -> Iterator[tuple[Citation, str]]:
    cited = {citation.number: citation for citation in answer.citations}
    for statement in answer.statements:
        for number in statement.citations:
            if number in cited:
                yield cited[number], statement.text
