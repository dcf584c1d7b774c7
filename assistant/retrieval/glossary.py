"""The corpus's definitions: which terms a question names, and what abbreviations stand for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assistant.domain.documents import Definition, Passage
from assistant.retrieval.words import content_words, stem, stems_of

LONGEST_NAME = 8
# Of a hundred: how alike two names are by their letters when one may be meant by the other.
NEAR = 75


@dataclass(frozen=True, slots=True)
class Mention:
    """A term that a question names: the passages that define it, and where it stands.

    `start` and `stop` count the question's words from 0, `stop` being past the last.
    """

    passages: tuple[Passage, ...]
    start: int
    stop: int

    @property
    def term(self) -> str:
        """The term as its first definition writes it."""
        return self.definitions[0].term

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Every definition of the term."""
        return tuple(p.definition for p in self.passages if p.definition is not None)


class Glossary:
    """The definitions that a reader may see, by every name of theirs."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self._by_name: dict[tuple[str, ...], list[Passage]] = {}
        defining = [(p, p.definition) for p in passages if p.definition is not None]
        for passage, definition in defining:
            self._name(passage, definition.names)
        # An abbreviation stands for its term, so it brings what others say of the term too.
        short: dict[tuple[str, ...], list[str]] = {}
        for _, definition in defining:
            short.setdefault(tuple(stems_of(definition.term)), []).extend(definition.abbreviations)
        for passage, definition in defining:
            self._name(passage, short[tuple(stems_of(definition.term))])

    def _name(self, passage: Passage, names: Iterable[str]) -> None:
        for name in names:
            # Co-production is asked for as coproduction too.
            for spelt in {name, name.replace("-", "")}:
                known = self._by_name.setdefault(tuple(stems_of(spelt)), [])
                if passage not in known:
                    known.append(passage)

    def terms(self, may_be_used: Callable[[Passage], bool] = lambda _: True) -> list[str]:
        """Return every term that is defined, each once, as its first definition writes it.

        Definitions that may not be used count for nothing.
        """
        terms: dict[tuple[str, ...], str] = {}
        for passages in self._by_name.values():
            for passage in filter(may_be_used, passages):
                if passage.definition is not None:
                    term = passage.definition.term
                    terms.setdefault(tuple(stems_of(term)), term)
        return sorted(terms.values(), key=str.casefold)

    def mentions(self, text: str) -> list[Mention]:
        """Return the terms that a text names, in order, the longest where two overlap."""
        stems = stems_of(text)
        found: list[Mention] = []
        start = 0
        while start < len(stems):
            mention = self._longest_at(stems, start)
            if mention is not None:
                found.append(mention)
            start = mention.stop if mention is not None else start + 1
        return found

    def _longest_at(self, stems: list[str], start: int) -> Mention | None:
        for stop in range(min(len(stems), start + LONGEST_NAME), start, -1):
            passages = self._by_name.get(tuple(stems[start:stop]))
            if passages:
                return Mention(tuple(passages), start, stop)
        return None

    def near(self, text: str) -> list[Passage]:
        """Return the definitions whose names come near a text, nearest first, one a term.

        Near is a name that shares a content word with it, or nearly all of its letters.
        """
        from rapidfuzz import fuzz

        words = {stem(word) for word in content_words(text)}
        typed = " ".join(stems_of(text))
        nearest: dict[tuple[str, ...], tuple[float, Passage]] = {}
        for name, passages in self._by_name.items():
            likeness = fuzz.ratio(typed, " ".join(name))
            if words.intersection(name) or likeness >= NEAR:
                for passage in passages:
                    term = tuple(stems_of(passage.headings[-1]))
                    if term not in nearest or nearest[term][0] < likeness:
                        nearest[term] = (likeness, passage)
        return [passage for _, passage in sorted(nearest.values(), key=lambda near: -near[0])]

    def expansion(self, text: str) -> str:
        """Return the other names of the terms that a text abbreviates or spells out, if any.

        An abbreviation is given its term, a term its abbreviations, so that a passage that uses
        only the other form is found.
        """
        words = text.split()
        extra: list[str] = []
        for mention in self.mentions(text):
            for definition in mention.definitions:
                if definition.abbreviations:
                    extra += [definition.term, *definition.abbreviations]
        known = {word.lower() for word in words}
        return " ".join(dict.fromkeys(e for e in extra if e.lower() not in known))

    def __len__(self) -> int:
        return len({p.id for passages in self._by_name.values() for p in passages})
