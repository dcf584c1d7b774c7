"""What of the definitions is worth an administrator's look: from a small digest a document.

Reported are terms in use that nobody defines, and one owner's two definitions under one name. A
report that is mostly noise is not read, so a term counts only when it is surely one: an
abbreviation that is not everybody's, or a term that a definition itself refers to.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations

from pydantic import TypeAdapter

from assistant.domain.documents import Definition, DefinitionFile, Document
from assistant.domain.releases import Finding, FindingKind
from assistant.ingestion.abbreviations import Abbreviation, abbreviations_in, is_everybodys
from assistant.retrieval.words import stems_of

FEWEST_DOCUMENTS = 2
FEWEST_USES = 3
MOST_NAMED = 3
MOST_TERMS = 50
SHORTEST_ALONE = 3
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DefinedTerm:
    """A definition as it is compared with others: its names, and of its text a digest.

    `is_retired` says that it was withdrawn or replaced; `agreed_on` and `agreed_by` are those of
    its agreement, None and empty without one.
    """

    term: str
    names: tuple[str, ...]
    whose: str
    digest: str
    nation: tuple[str, ...] = ()
    is_retired: bool = False
    agreed_on: date | None = None
    agreed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that a document uses, with how often, and those that it defines."""

    used: tuple[Abbreviation, ...] = ()
    defined: tuple[DefinedTerm, ...] = ()

    @property
    def packed(self) -> str:
        """The terms as JSON, for a file; `unpacked` reads it."""
        return _TERMS.dump_json(self).decode()


_TERMS = TypeAdapter(Terms)


def unpacked(text: str) -> Terms:
    """Read what `Terms.packed` wrote."""
    return _TERMS.validate_json(text)


def terms_in(file: Document | DefinitionFile) -> Terms:
    """Return the terms that a document, or a file of definitions, uses and defines."""
    if isinstance(file, Document):
        headings = dict.fromkeys(h for block in file.blocks for h in block.headings)
        return Terms(abbreviations_in([*headings, *(block.text for block in file.blocks)]))
    texts = abbreviations_in([d.text for d in file.definitions])
    named = Counter(n for d in file.definitions for n in {*d.related, *d.confused_with})
    referred = (Abbreviation(name, "", count) for name, count in sorted(named.items()))
    return Terms((*texts, *referred), tuple(_defined(d, file) for d in file.definitions))


def findings(
    terms: Mapping[str, Terms], fresh: Collection[str] | None = None
) -> tuple[Finding, ...]:
    """Return what is worth a look, given the terms of every document by its path.

    With `fresh`, the paths of documents that are new or changed, only what these take part in.
    """
    new = terms.keys() if fresh is None else fresh
    defined = [(path, d) for path in sorted(terms) for d in terms[path].defined]
    return (*_defined_twice(defined, new), *_without_definition(terms, defined, new))


def _defined(definition: Definition, file: DefinitionFile) -> DefinedTerm:
    metadata = definition.metadata or file.metadata
    agreed = definition.agreed
    return DefinedTerm(
        definition.term,
        definition.names,
        definition.whose,
        hashlib.sha256(" ".join(stems_of(definition.text)).encode()).hexdigest()[:16],
        metadata.nation,
        bool(metadata.withdrawn) or metadata.superseded_by is not None,
        agreed.on if agreed is not None else None,
        agreed.by if agreed is not None else (),
    )


_Placed = tuple[str, DefinedTerm]


def _defined_twice(defined: Sequence[_Placed], fresh: Collection[str]) -> Iterator[Finding]:
    """Yield one finding for each two definitions that get in each other's way."""
    by_name: dict[Key, list[_Placed]] = {}
    for path, one in defined:
        for key in dict.fromkeys(map(_key, one.names)) if not one.is_retired else ():
            by_name.setdefault(key, []).append((path, one))
    told: set[tuple[_Placed, _Placed]] = set()
    for placed in by_name.values():
        for first, second in combinations(placed, 2):
            is_news = (first[0] in fresh or second[0] in fresh) and (first, second) not in told
            sentence = _in_the_way(first, second) if is_news else None
            told.add((first, second))
            if sentence is not None:
                documents = tuple(dict.fromkeys((first[0], second[0])))
                yield Finding(FindingKind.DEFINED_TWICE, documents, sentence)


def _in_the_way(first: _Placed, second: _Placed) -> str | None:
    (path, one), (other_path, other) = first, second
    if one.digest == other.digest or (set(one.nation) != set(other.nation)):
        return None
    if one.agreed_on and other.agreed_on and _owner(one.agreed_by) == _owner(other.agreed_by):
        return _agreed_twice(first, second) if _key(one.term) == _key(other.term) else None
    if _owner((one.whose,)) != _owner((other.whose,)):
        return None
    where = f"in {path}" if path == other_path else f"in {path} and in {other_path}"
    if _key(one.term) == _key(other.term):
        return (
            f"{one.whose} defines \u201c{one.term}\u201d twice and not in the same words, {where}; "
            "keep one of the two, or say which nation each is for."
        )
    shared = next(name for name in one.names if _key(name) in map(_key, other.names))
    return (
        f"{one.whose} gives the name \u201c{shared}\u201d to \u201c{one.term}\u201d and to "
        f"\u201c{other.term}\u201d, {where}; who asks for it is given both."
    )


def _agreed_twice(first: _Placed, second: _Placed) -> str:
    (path, one), (other_path, other) = sorted((first, second), key=lambda p: str(p[1].agreed_on))
    then = "the later one is given"
    if one.agreed_on == other.agreed_on:
        then = "both are given as agreed, so mark only one of them"
    return (
        f"\u201c{one.term}\u201d is marked as agreed twice by {_joined(one.agreed_by)}: on "
        f"{_on(one.agreed_on)} in {path} and on {_on(other.agreed_on)} in {other_path}; {then}."
    )


def _without_definition(
    terms: Mapping[str, Terms], defined: Iterable[_Placed], fresh: Collection[str]
) -> Iterator[Finding]:
    """Yield a finding a term, those in most documents first."""
    known = {_key(name): one.term for _, one in defined for name in one.names}
    news = {_key(use.name) for path in fresh if path in terms for use in terms[path].used}
    news = {key for key in news if key and key not in known}
    uses: dict[Key, list[tuple[str, Abbreviation]]] = {}
    for path in sorted(terms) if news else ():
        for use in terms[path].used:
            if (key := _key(use.name)) in news and not is_everybodys(use.name):
                uses.setdefault(key, []).append((path, use))
    wanted = [found for found in uses.values() if _is_in_use(found)]
    wanted.sort(key=lambda found: (-len({path for path, _ in found}), found[0][1].name))
    for found in wanted[:MOST_TERMS]:
        paths = list(dict.fromkeys(path for path, _ in found))
        sentence = _undefined([use for _, use in found], paths, known)
        yield Finding(FindingKind.TERM_WITHOUT_DEFINITION, tuple(paths[:MOST_NAMED]), sentence)
    if (more := len(wanted) - MOST_TERMS) > 0:
        sentence = f"{more} more terms in use have no definition; those above are in most use."
        yield Finding(FindingKind.TERM_WITHOUT_DEFINITION, (), sentence)


def _is_in_use(found: Sequence[tuple[str, Abbreviation]]) -> bool:
    documents = {path for path, _ in found}
    is_sure = any(len(use.name) >= SHORTEST_ALONE or use.stands_for for _, use in found)
    often = sum(use.count for _, use in found) >= FEWEST_USES
    return is_sure and (len(documents) >= FEWEST_DOCUMENTS or often)


def _undefined(uses: Sequence[Abbreviation], paths: Sequence[str], known: Mapping[Key, str]) -> str:
    name = f"\u201c{uses[0].name}\u201d"
    where = _joined(paths[:MOST_NAMED])
    if (more := len(paths) - MOST_NAMED) > 0:
        where = f"{', '.join(paths[:MOST_NAMED])} and {more} more"
    spelt = Counter(use.stands_for for use in uses if use.stands_for)
    whole = spelt.most_common(1)[0][0] if spelt else None
    if whole is not None and (term := known.get(_key(whole))):
        return (
            f"{name} stands for \u201c{term}\u201d in {where}, but is not among the abbreviations "
            "of its definition; add it there."
        )
    said = f" ({whole})" if whole is not None else ""
    return f"{name}{said} is used in {where} and has no definition."


@lru_cache(maxsize=20_000)
def _key(name: str) -> Key:
    return tuple(stems_of(name))


def _owner(names: Iterable[str]) -> frozenset[Key]:
    return frozenset(map(_key, names))


def _on(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day is not None else ""


def _joined(names: Sequence[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
