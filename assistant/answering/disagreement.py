"""Where two documents say the same of the same thing with another figure or date: both sides.

Two sentences are sides of one matter when nearly all of their words are the same once figures and
dates are taken out, neither names somebody whom the other's document does not, and a figure of the
same kind differs (docs/adr/0018).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.answering.quantities import COUNT, LABEL, ORDINAL, TIMES, Quantity, quantities_in
from assistant.answering.wording import names_in
from assistant.domain.documents import BlockKind, Passage
from assistant.language import say_day
from assistant.retrieval.evidence import Found
from assistant.retrieval.words import content_words, stem, stems_of

SAME_WORDS = 0.7
ALIKE = 0.5
ASKED = 0.75
FEWEST_WORDS = 3
MOST_OTHERS = 2
_DAYS = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "quarter": 91, "year": 365}
_MONTHS = "January February March April May June July August September October November December"
_MONTH = re.compile(
    r"(?:(?<=\d )|\b(?:in|by|on|of|from|until|since|before|after|to) )"
    rf"({_MONTHS.replace(' ', '|')})\b"
)
_FIGURE_WORDS = frozenset(
    stem(word)
    for word in (
        "zero two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty "
        "sixty seventy eighty ninety hundred thousand million billion half per cent percent pounds "
        "day days week weeks fortnight month months quarter year years hour hours annual annually "
        f"weekly monthly yearly first second third {_MONTHS.lower()}"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Side:
    """A sentence that settles a matter, its passage, and whose it is and of when."""

    passage: Passage
    text: str
    label: str


def sides_of(question: str, passage: Passage, text: str, found: Sequence[Found]) -> list[Side]:
    """Return the sides of what a sentence settles, its own first, or nothing when there is one.

    `found` are the passages that hold today; of one source only the best sentence counts.
    """
    chosen = [(passage, text)]
    for other, sentence in _sentences(found):
        sources = {p.source for p, _ in chosen}
        new = other.source not in sources and len(chosen) <= MOST_OTHERS
        if new and all(_differ(question, one, (other, sentence)) for one in chosen):
            chosen.append((other, sentence))
    if len(chosen) == 1:
        return []
    by_nation = len({p.metadata.nation for p, _ in chosen}) > 1
    return [Side(p, s, _label(p, by_nation=by_nation)) for p, s in chosen]


def _sentences(found: Sequence[Found]) -> Iterator[tuple[Passage, str]]:
    for item in found:
        for block in item.passage.blocks:
            if block.kind is BlockKind.PARAGRAPH:
                yield from ((item.passage, sentence) for sentence in block.sentences)


def _differ(question: str, one: tuple[Passage, str], other: tuple[Passage, str]) -> bool:
    return (
        _are_of_the_same(one[1], other[1])
        and _figures_differ(one[1], other[1])
        and not _are_of_others(question, one, other)
    )


def _are_of_the_same(one: str, other: str) -> bool:
    """Whether two sentences have nearly the same words, figures and dates left out."""
    first, second = (
        {s for w in content_words(t) if not w[0].isdigit() and (s := stem(w)) not in _FIGURE_WORDS}
        for t in (one, other)
    )
    shared = len(first & second)
    fewest = min(len(first), len(second))
    return (
        shared >= FEWEST_WORDS
        and shared >= SAME_WORDS * fewest
        and shared >= ALIKE * len(first | second)
    )


def _figures_differ(one: str, other: str) -> bool:
    """Whether figures of one kind differ, or months do."""
    first, second = _figures(one, other), _figures(other, one)
    return any(kind in second and not values & second[kind] for kind, values in first.items())


def _figures(text: str, beside: str) -> dict[str, set[float | str]]:
    """Return the figures of a text by kind; of counts only those of things that `beside` names."""
    figures: dict[str, set[float | str]] = {}
    here = set(stems_of(beside))
    for quantity in quantities_in(text):
        of_another_thing = quantity.kind == COUNT and not quantity.of <= here
        if quantity.is_wordy or quantity.kind in (LABEL, ORDINAL, TIMES) or of_another_thing:
            continue
        kind, value = _measured(quantity)
        figures.setdefault(kind, set()).add(value)
    months = _MONTH.findall(text)
    return figures | ({"a month": {*months}} if months else {})


def _measured(quantity: Quantity) -> tuple[str, float]:
    """Return a figure's kind and value, lengths of time in days: two weeks are 14 days."""
    if quantity.kind in _DAYS:
        return "days", quantity.value * _DAYS[quantity.kind]
    return quantity.kind, quantity.value


def _are_of_others(question: str, one: tuple[Passage, str], other: tuple[Passage, str]) -> bool:
    """Whether one is about what the question asks for, or about somebody, and the other is not."""
    first, second = (_about(passage) for passage, _ in (one, other))
    asked = set(map(stem, content_words(question))) & first - _FIGURE_WORDS
    names = _names(question)
    here, there = names & first, names & second
    if here < there or there < here or len(asked & second) < ASKED * len(asked):
        return True
    return bool(_names(one[1]) - second and _names(other[1]) - first)


def _names(text: str) -> frozenset[str]:
    return frozenset(stem(name.lower()) for name in names_in(text)) - _FIGURE_WORDS


def _about(passage: Passage) -> frozenset[str]:
    metadata = passage.metadata
    parts = (metadata.author, metadata.publisher, metadata.source_title, *metadata.nation)
    whose = " ".join(part for part in parts if part)
    return frozenset(stems_of(f"{passage.section} {passage.text} {whose}"))


def _label(passage: Passage, *, by_nation: bool) -> str:
    metadata = passage.metadata
    whose = metadata.author or metadata.publisher or metadata.source_title or metadata.title
    where = metadata.nation if by_nation else ()
    as_at = metadata.as_at
    of_when = (say_day(as_at),) if as_at is not None else ()
    # Whatever reads an answer line by line takes the first colon for the end of the label.
    return ", ".join((whose, *where, *of_when)).replace(":", " -")
