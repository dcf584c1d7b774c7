"""Whether two questions ask the same: by rules over their words, and never by likeness alone.

Whatever is left over on one side keeps them apart (docs/adr/0034).
"""

import re
from collections.abc import Collection, Sequence
from enum import StrEnum
from functools import cache
from itertools import combinations, groupby

from assistant.answering.quantities import COUNT, LABEL, ORDINAL, YEAR, Quantity
from assistant.answering.rules_file import rules_in
from assistant.network.meaning import THERE, WHAT, Meaning, Word, is_listed
from assistant.network.notation import ROOM, RULES
from assistant.retrieval.embedding import Embedding
from assistant.retrieval.words import WORD, normal, words_of

SHORTEST_TYPO = 4
LONG_TYPO = 8
LONGEST_ENDING = 2
FEWEST_INITIALS = 4
# A search by bare words asks what there is, or what it is.
_BARE = frozenset({(), (WHAT,), (THERE,)})


class Difference(StrEnum):
    """What makes two questions different ones."""

    ASKS = "how they ask"
    FIGURES = "figures"
    WORDS = "words"
    PLACES = "who does what to whom"


def difference(one: Meaning, other: Meaning) -> Difference | None:
    """Return the first thing that makes two questions different ones, None when they are one."""
    if one.conditions != other.conditions or not _ask_the_same(one.asks, other.asks):
        return Difference.ASKS
    if not _count_the_same(one.figures, other.figures):
        return Difference.FIGURES
    pairs = _paired(one.words, other.words)
    if not pairs:
        return Difference.WORDS
    return None if _stand_alike(pairs, one.figures) else Difference.PLACES


def rare_words(text: str, embedding: Embedding) -> Sequence[str]:
    """Return the words of a text for which the encoder has no piece as a whole."""
    return [normal(m.group()) for m in WORD.finditer(text) if _is_unknown(m, embedding)]


def with_spelling_of(
    known: str, asked: str, names: Collection[str], rare: Collection[str], embedding: Embedding
) -> str:
    """Return `asked` with each mistyped word as `known` has it, both as `plain` returns them.

    A word is mistyped when neither the encoder has a piece for it as a whole nor the rules know
    it, and a letter or two make it a word of `known`. `names` are those of its words that are
    names, `rare` those that have a like of another meaning (orthotics and orthoptics): only two
    letters that changed places, or one that was doubled, make these; `embedding` is of `asked`.
    """
    words = set(words_of(asked))
    wanted = set(words_of(known)) - words
    spelt, last = [], 0
    for match in WORD.finditer(asked):
        typed = normal(match.group())
        is_short = len(typed) < SHORTEST_TYPO or not typed.isalpha()
        if is_short or is_listed(typed) or not _is_unknown(match, embedding):
            continue
        meant = next((w for w in sorted(wanted) if _is_typo(typed, w, names, rare)), None)
        if meant is not None:
            spelt += [asked[last : match.start()], meant]
            last = match.end()
    return "".join([*spelt, asked[last:]])


def _count_the_same(one: Sequence[Quantity], other: Sequence[Quantity]) -> bool:
    """Whether two questions have the same figures in the same order, of the same things."""
    return len(one) == len(other) and all(
        (a.value, _unit(a)) == (b.value, _unit(b)) and a.of == b.of
        for a, b in zip(one, other, strict=True)
    )


def _unit(quantity: Quantity) -> str:
    return COUNT if quantity.kind in {LABEL, YEAR} else quantity.kind


def _ask_the_same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return one == other or ({one, other} <= _BARE and () in {one, other})


def _is_unknown(match: re.Match[str], embedding: Embedding) -> bool:
    start, stop = match.span()
    inside = (embedding.spans[:, 0] < stop) & (embedding.spans[:, 1] > start)
    return int(inside.sum()) > 1


def _is_typo(typed: str, known: str, names: Collection[str], rare: Collection[str]) -> bool:
    """Whether a slip of the finger makes one of the other; no other beginning, ending or name."""
    from rapidfuzz.distance import OSA

    if typed[0] != known[0] or min(len(typed), len(known)) < SHORTEST_TYPO:
        return False
    if known in rare and sorted(typed) != sorted(known) and _once(typed) != _once(known):
        return False
    is_name = known in names
    most = 2 if len(known) >= LONG_TYPO and not is_name else 1
    if OSA.distance(typed, known, score_cutoff=most) > most or _differ_at_an_end(typed, known):
        return False
    return not is_name or len(typed) != len(known) or sorted(typed) == sorted(known)


def _once(word: str) -> str:
    """Return a word with each doubled letter once."""
    return "".join(letter for letter, _ in groupby(word))


def _differ_at_an_end(typed: str, known: str) -> bool:
    """Whether the words differ by an ending or a beginning alone: transferor and transferee."""
    from rapidfuzz.distance import Prefix

    alike = Prefix.similarity(typed, known)
    if alike >= max(len(typed), len(known)) - LONGEST_ENDING and sorted(typed) != sorted(known):
        return True
    begun = [(typed[len(b) :], b) for b in _beginnings() if typed.startswith(b)]
    return any(known == other + rest for rest, b in begun for other in _beginnings() if other != b)


Pair = tuple[Word, Word, int, int]


def _paired(one: Sequence[Word], other: Sequence[Word]) -> list[Pair] | None:
    """Return each word with its like in the other question and their places, None if one is left.

    An abbreviation is paired with the first of the words that it stands for.
    """
    places: dict[str, list[int]] = {}
    for place, word in enumerate(other):
        places.setdefault(word.stem, []).append(place)
    pairs, left = [], []
    for place, word in enumerate(one):
        if places.get(word.stem):
            there = places[word.stem].pop(0)
            pairs.append((word, other[there], place, there))
        else:
            left.append(place)
    missing = sorted(p for rest in places.values() for p in rest)
    if not left and not missing:
        return pairs
    joined = _written_otherwise(one, other, left, missing)
    return None if joined is None else [*pairs, *joined]


def _written_otherwise(
    one: Sequence[Word], other: Sequence[Word], left: Sequence[int], missing: Sequence[int]
) -> list[Pair] | None:
    """Pair what is left when it is one word here and its initials or its parts there."""
    for few, many, is_turned in ((left, missing, False), (missing, left, True)):
        mine, theirs = (other, one) if is_turned else (one, other)
        if len(few) == 1 and len(many) > 1 and many[-1] - many[0] == len(many) - 1:
            parts = [theirs[place].stem for place in many]
            if _stands_for(mine[few[0]].stem, parts):
                place, there = (many[0], few[0]) if is_turned else (few[0], many[0])
                return [(one[place], other[there], place, there)]
    return None


def _stands_for(word: str, parts: Sequence[str]) -> bool:
    initials = "".join(part[0] for part in parts)
    return (len(word) >= FEWEST_INITIALS and initials == word) or "".join(parts) == word


def _stand_alike(pairs: Sequence[Pair], figures: Sequence[Quantity]) -> bool:
    """Whether every word belongs to the same in both, however the clauses stand."""
    if not all(_belong_alike(mine.marker, theirs.marker) for mine, theirs, _, _ in pairs):
        return False
    in_order = combinations(sorted(pairs, key=lambda pair: pair[2]), 2)
    turned = [(a, b) for a, b in in_order if a[3] > b[3]]
    # A place in an order is a word too; what another figure counts is not known once words moved.
    is_unclear = bool(turned) and sum(f.kind != ORDINAL for f in figures) > 1
    return not is_unclear and not any(map(_are_exchanged, turned))


def _belong_alike(one: str, other: str) -> bool:
    return one == other or frozenset((one, other)) in _alike()


def _are_exchanged(turned: tuple[Pair, Pair]) -> bool:
    """Whether two words that stand in turned order stand in each other's place.

    What belongs to a preposition may move with it: "For carers, what is there?" Two that stand
    side by side may change places: outputs and outcomes.
    """
    a, b = turned
    if _stand_side_by_side(a, b):
        return False
    marked = (a[0].marker, b[0].marker)
    return marked != (a[1].marker, b[1].marker) or marked[0] == marked[1]


def _stand_side_by_side(a: Pair, b: Pair) -> bool:
    return abs(a[2] - b[2]) == abs(a[3] - b[3]) == 1 and b[0].is_joined and a[1].is_joined


@cache
def _alike() -> frozenset[frozenset[str]]:
    return frozenset(frozenset(line.split()) for line in rules_in(RULES, ROOM)["alike"])


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(" ".join(rules_in(RULES, ROOM)["beginnings"]).split())
