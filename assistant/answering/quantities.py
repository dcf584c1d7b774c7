"""Figures in a text: what they are worth, of what, and whether another text bears them out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from assistant.retrieval.words import STOP_WORDS, normal, stem

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
_UNITS += " fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh"
_ORDINALS += " twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
_ORDINALS += " twentieth"
_CARDINAL = {word: float(n) for n, word in enumerate(_UNITS.split())}
_CARDINAL |= {word: float(n * 10) for n, word in enumerate(_TENS.split(), start=2)}
_ORDINAL = {word: float(n) for n, word in enumerate(_ORDINALS.split())}
_MULTIPLIER = {
    "k": 1e3, "m": 1e6, "bn": 1e9, "tn": 1e12, "hundred": 1e2, "thousand": 1e3, "million": 1e6,
    "billion": 1e9, "trillion": 1e12,
}  # fmt: skip
_TIMES = {
    "half": 0.5, "halves": 0.5, "halved": 0.5, "twice": 2.0, "double": 2.0, "doubled": 2.0,
    "doubles": 2.0, "triple": 3.0, "tripled": 3.0, "dozen": 12.0, "dozens": 12.0,
    "hundreds": 1e2, "thousands": 1e3, "millions": 1e6, "billions": 1e9,
}  # fmt: skip
_MEASURES = {
    "minute": "minute", "hour": "hour", "day": "day", "week": "week", "weekly": "week",
    "fortnight": "fortnight", "month": "month", "quarter": "quarter", "year": "year",
    "decade": "decade", "mile": "mile", "metre": "metre", "kilometre": "kilometre", "acre": "acre",
    "hectare": "hectare", "pound": "£", "dollar": "$", "euro": "€", "pence": "p", "percent": "%",
    "percentage": "%", "%": "%",
}  # fmt: skip
_AT_LEAST = re.compile(
    r"(?:more than|at least|no (?:fewer|less) than|above|exceeding|over|upwards of|minimum of)$"
)
_AT_MOST = re.compile(
    r"(?:less than|fewer than|no more than|at most|up to|as (?:many|much) as|below|under"
    r"|maximum of|nearly|almost)$"
)
_TOKEN = re.compile(
    r"(?P<money>[£$€]\s?)?(?P<digits>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:(?P<nth>[snrt][tdh])\b|\s?(?P<times>bn|tn|m|k)\b)?"
    r"|(?P<word>[^\W\d_]+(?:['\u2019][^\W\d_]+)?)|(?P<mark>[%.,;:!?()\u2013-])"
)
_RANGE = frozenset({"to", "-", "\u2013", "and", "or"})
_LOOKED_AHEAD = 4
_CENTURIES = frozenset({"15", "16", "17", "18", "19", "20"})
# "In 2011 families moved" and "the 2012 reforms" count nothing; "reached 1500 families" does.
_BEFORE_A_YEAR = """
in since during until till before after from by between early late mid spring summer autumn
winter january february march april may june july august september october november december
"""
_DATES = frozenset(_BEFORE_A_YEAR.split())
_DETERMINERS = frozenset({"the", "a", "this", "that", "its", "their", "our"})
_OWN_TIMES = frozenset({"19", "20"})
_PLURAL = re.compile(r"[a-z]{2,}[^s\W\d_]s|people|children|men|women|staff")
_NEXT_WORDS = 2
YEAR, LABEL, COUNT, ORDINAL, TIMES = "a year", "a label", "a count", "a place", "a multiple"
_WORDY = frozenset({"one", "first", "second"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure: `kind` is its unit where it has one; `of` the stems of what it counts.

    `bound` is `>` or `<` where the text says that it is a limit. `is_wordy` marks words such as
    "one" and "first", which often count nothing.
    """

    value: float
    kind: str
    of: frozenset[str] = frozenset()
    bound: str = ""
    is_wordy: bool = False

    def bears_out(self, said: "Quantity") -> bool:
        """Whether a text that holds this figure says what `said` says."""
        if self.value != said.value or said.bound not in ("", self.bound):
            return False
        if self.kind == said.kind:
            apart = self.of and said.of and not self.of & said.of
            return said.kind not in (COUNT, LABEL, ORDINAL) or not apart
        return {self.kind, said.kind} <= {COUNT, LABEL} or (said.kind == COUNT and not said.of)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    money: str = ""
    number: float | None = None
    is_ordinal: bool = False
    is_digits: bool = False


def quantities_in(text: str) -> list[Quantity]:
    """Return the figures of a text in order, number words among them."""
    tokens = _joined([_token(match) for match in _TOKEN.finditer(text)])
    found: list[Quantity] = []
    last = 0
    for place, token in enumerate(tokens):
        if token.number is None or _counts_nothing(tokens, place):
            continue
        quantity = _quantity(tokens, place)
        # "70 to 80 per cent": the first has the unit of the second.
        if found and found[-1].kind == COUNT and _is_range(tokens, last, place):
            found[-1] = replace(found[-1], kind=quantity.kind, of=quantity.of)
        found.append(quantity)
        last = place
    return found


def is_borne_out(said: Quantity, known: Sequence[Quantity], nearest: Sequence[Quantity]) -> bool:
    """Whether figures `known` of the sources hold `said`; `nearest` are those of its sentence.

    A figure that stands elsewhere in the sources does not help where the sentence itself has
    another figure of the same kind.
    """
    if any(q.bears_out(said) for q in nearest):
        return True
    rivals = [q for q in nearest if q.kind == said.kind and q.value != said.value]
    if said.kind == COUNT:
        rivals = [q for q in rivals if q.of & said.of]
    if said.is_wordy:
        return not rivals
    return not rivals and any(q.bears_out(said) for q in known)


def _counts_nothing(tokens: Sequence[_Token], place: int) -> bool:
    """Whether a "one" begins the text or is one of several."""
    return tokens[place].text == "one" and (
        place == 0 or [normal(t.text) for t in tokens[place + 1 : place + 2]] == ["of"]
    )


def _token(match: re.Match[str]) -> _Token:
    digits, word = match["digits"], match["word"]
    if digits:
        number = float(digits.replace(",", "")) * _MULTIPLIER.get(match["times"] or "", 1.0)
        money = (match["money"] or "").strip()
        return _Token(digits, money, number, bool(match["nth"]), is_digits=True)
    text = normal(word) if word else match["mark"]
    if text in _CARDINAL:
        return _Token(text, number=_CARDINAL[text])
    if text in _ORDINAL:
        return _Token(text, number=_ORDINAL[text], is_ordinal=True)
    if text in _TIMES:
        return _Token(text, number=_TIMES[text])
    return _Token(word or text)


def _joined(tokens: Sequence[_Token]) -> list[_Token]:
    """Put together what is one figure: twenty-five, three hundred, 68 billion."""
    joined: list[_Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        times = _MULTIPLIER.get(normal(token.text)) if token.number is None else None
        if last is not None and last.number is not None and times:
            joined[-1] = replace(last, number=last.number * times)
        elif _continues_ten(joined, token):
            while joined[-1].number is None:
                joined.pop()
            ten = joined.pop().number or 0.0
            joined.append(replace(token, number=ten + (token.number or 0.0)))
        else:
            joined.append(token)
    return joined


def _continues_ten(before: Sequence[_Token], token: _Token) -> bool:
    if token.number is None or token.is_digits or not 0 < token.number < 10:  # noqa: PLR2004
        return False
    words = [t for t in before[-2:] if t.text != "-"]
    return bool(words) and words[-1].text in _TENS.split()


def _quantity(tokens: Sequence[_Token], place: int) -> Quantity:
    token = tokens[place]
    value = token.number or 0.0
    after = _after(tokens, place)
    before = " ".join(normal(t.text) for t in tokens[max(0, place - 3) : place])
    measure = token.money or _measure(tokens, place, before)
    bound = _bound(before, measure)
    of = frozenset(stem(w) for w in after)
    if token.text in _TIMES:
        return Quantity(value, TIMES, bound=bound)
    if token.is_ordinal:
        return Quantity(value, ORDINAL, of, bound, is_wordy=token.text in _WORDY)
    if measure or _is_year(tokens, place):
        return Quantity(value, measure or YEAR, bound=bound)
    if token.is_digits and ("." in token.text or _is_label(tokens, place)):
        return Quantity(value, LABEL, _named(tokens, place), bound)
    return Quantity(value, COUNT, of, bound, is_wordy=token.text in _WORDY)


def _is_year(tokens: Sequence[_Token], place: int) -> bool:
    """Whether four digits are a year: neither an amount nor a number of things."""
    token = tokens[place]
    is_whole = token.text.isdecimal() and token.number == float(token.text)
    if not is_whole or len(token.text) != len("2014") or token.text[:2] not in _CENTURIES:
        return False
    return not _counts_things(tokens, place)


def _counts_things(tokens: Sequence[_Token], place: int) -> bool:
    """Whether a plural follows four digits and no word before them makes them a date."""
    before = normal(tokens[place - 1].text) if place else ""
    own_time = tokens[place].text[:2] in _OWN_TIMES
    if own_time and before in _DATES | _DETERMINERS:
        return False
    following = takewhile(lambda t: t.text.islower(), tokens[place + 1 : place + 1 + _NEXT_WORDS])
    words = takewhile(lambda word: word not in STOP_WORDS, (normal(t.text) for t in following))
    return any(_PLURAL.fullmatch(word) for word in words)


def _named(tokens: Sequence[_Token], place: int) -> frozenset[str]:
    """Return the stem of the word that a label's number belongs to."""
    before = normal(tokens[place - 1].text) if place else ""
    return frozenset({stem(before)} if before.isalpha() and before not in STOP_WORDS else ())


def _after(tokens: Sequence[_Token], place: int) -> list[str]:
    """Return the content words that follow a figure within its clause."""
    words: list[str] = []
    for token in tokens[place + 1 :]:
        if token.text in ".,;:!?" or len(words) == _LOOKED_AHEAD:
            break
        word = normal(token.text)
        if token.number is None and word.isalpha() and word not in STOP_WORDS:
            words.append(word)
    return words


def _measure(tokens: Sequence[_Token], place: int, before: str) -> str:
    following = [normal(t.text) for t in tokens[place + 1 : place + 4] if t.text not in "-()"]
    if following[:2] == ["per", "cent"]:
        return "%"
    for word in following[:1]:
        singular = word.removesuffix("s")
        if word in _MEASURES or singular in _MEASURES:
            return _MEASURES.get(word) or _MEASURES[singular]
    return "year" if re.search(r"\b(?:age|aged|age of)$", before) else ""


def _bound(before: str, measure: str) -> str:
    # "Over six weeks" is how long something took.
    if before.endswith("over") and measure in ("day", "week", "month", "year", "hour"):
        return ""
    return ">" if _AT_LEAST.search(before) else "<" if _AT_MOST.search(before) else ""


def _is_label(tokens: Sequence[_Token], place: int) -> bool:
    """Whether a number belongs to the name before it: Challenge 4."""
    return place > 0 and tokens[place - 1].text[:1].isupper()


def _is_range(tokens: Sequence[_Token], first: int, second: int) -> bool:
    between = [normal(t.text) for t in tokens[first + 1 : second]]
    return len(between) == 1 and between[0] in _RANGE and tokens[first].is_digits
