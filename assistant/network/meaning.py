"""What a question asks, read as words that count, how it asks, and its figures.

Every word counts unless rules/same-question.txt says that it never makes a different question, so
what the rules do not know keeps two questions apart.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from assistant.answering.quantities import Quantity, quantities_in
from assistant.answering.rules_file import rules_in
from assistant.domain.characters import as_seen
from assistant.network.notation import (
    BREAKS,
    HAVING,
    JOINS,
    ROOM,
    RULES,
    TOKEN,
    as_written,
    in_small_letters,
    listed,
)
from assistant.retrieval.scope import nations_named
from assistant.retrieval.words import normal, stem

IF, YES, WHAT, WHEN, THERE = "@if", "@yes", "@what", "@when", "@there"
FIRST_MARKER = ""
DONE_TO = "<"
KEPT_READINGS = 4096
LONGEST_ENDING = 3
# "One" and "second" often count nothing and are words; "twenty-one" is a figure.
MOST_WORDY = 2

_ASKING = {
    "who": "@who", "whom": "@who", "whose": "@whose", "what": WHAT, "which": WHAT,
    "when": WHEN, "where": "@where", "why": "@why", "whether": YES, "if": IF,
}  # fmt: skip
_MODALS = frozenset(["@can", "@should", "@must", "@might", "@will", "@would", "@past"])
# Endings that make another word of the same stem: assessor, trainee, informal.
_OTHER_WORD = re.compile(
    r"(?:[eo]rs?|ees?|al|ists?|less|able|ful|ity|ability|ants?|(?<!m)ents?|[ae]nces?)(?:'s|')?$"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that counts: its stem or what stands for it, and what it belongs to.

    `marker` is the preposition or conjunction before it, empty for what a clause is about;
    `is_joined` says that it stands beside the word before it: outputs and outcomes.
    """

    stem: str
    marker: str = FIRST_MARKER
    is_joined: bool = False


@dataclass(frozen=True, slots=True)
class Meaning:
    """A question as it is compared; `asks` are who, when, must, may and their like, in order."""

    words: tuple[Word, ...]
    asks: tuple[str, ...]
    conditions: int
    figures: tuple[Quantity, ...]


@lru_cache(maxsize=KEPT_READINGS)
def plain(question: str, short_names: tuple[tuple[str, str], ...] = ()) -> str:
    """Return a question without what people say around it, its abbreviations written out.

    `short_names` are pairs of an abbreviation and what it stands for; they go before the rules'.
    """
    seen = " ".join(as_seen(question).replace("\u2019", "'").split())
    text = _unwrapped(in_small_letters(seen))
    own = {short.lower(): whole.lower() for short, whole in short_names}
    if own:
        text = _short_name(*own).sub(lambda found: own[found[1]], text)
    return _any_short_name().sub(lambda found: _short_names()[found[1]], text)


@lru_cache(maxsize=KEPT_READINGS)
def meaning_of(text: str) -> Meaning:
    """Read a question that `plain` returned."""
    rewritten = text
    for pattern, replacement in _phrases():
        rewritten = " ".join(pattern.sub(replacement, rewritten).split())
    read = _Reading(TOKEN.findall(rewritten))
    return Meaning(
        tuple(read.words),
        tuple(ask for ask in read.asks if ask != IF),
        read.asks.count(IF),
        tuple(q for q in quantities_in(text) if not q.is_wordy or q.value > MOST_WORDY),
    )


def is_listed(word: str) -> bool:
    """Whether the rules list a word among those of one meaning, so that it is no slip."""
    return word in _same()


def _unwrapped(text: str) -> str:
    openings, closings = _wrappings()
    before = ""
    while text != before:
        before = text
        text = closings.sub("", openings.sub("", text, count=1)).strip()
    return text or before


class _Reading:
    """One pass over the words of a question, which knows what it has seen before each."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.words: list[Word] = []
        self.asks: list[str] = []
        self._tokens = tokens
        self._marker = FIRST_MARKER
        self._begins = True
        self._is_joined = False
        self._after_being = False
        self._asks_for_one = False
        self._helped = False
        self._has_past = False
        for place in range(len(tokens)):
            self._take(place)
        self._settle()

    def _take(self, place: int) -> None:
        token = self._tokens[place]
        before = self._tokens[place - 1] if place else ""
        following = self._tokens[place + 1] if place + 1 < len(self._tokens) else ""
        if token in BREAKS:
            self._break()
        elif not self._ask(token, following):
            self._count(token, before, following)

    def _break(self) -> None:
        self._marker, self._begins = FIRST_MARKER, True
        self._is_joined = self._after_being = False

    def _ask(self, token: str, following: str) -> bool:
        """Note how a token asks; False when it does not."""
        asked = _asked(token, begins=self._begins)
        being = token in listed("being")
        self._helped |= being or (asked is not None and token not in _ASKING)
        self._after_being |= being
        if asked is None:
            return False
        if token in _ASKING and asked:
            helpers = listed("being") | listed("doing") | HAVING
            is_bare = following not in helpers and not following.startswith("@")
            self._asks_for_one = asked == ["@who"] or (asked == [WHAT] and is_bare)
        self.asks += asked
        if asked:
            self._marker = {IF: IF, WHEN: WHEN}.get(asked[-1], FIRST_MARKER)
            self._begins, self._after_being = False, being
        return True

    def _count(self, token: str, before: str, following: str) -> None:
        if token in JOINS:
            self._is_joined = True
        if token in listed("markers"):
            self._marker = token
        counted = as_written(token, before, following)
        if counted is None:
            counted = self._counted(token, following)
        self.words += [Word(s, self._marker, self._is_joined) for s in counted]
        if counted:
            self._begins = False
            self._is_joined = token in JOINS

    def _counted(self, token: str, following: str) -> Sequence[str]:
        if token in listed("asking"):
            return ("we",) if self._asks_for_one else ()
        if token in listed("doing"):
            self._helped = True
            is_all = not following or following in BREAKS or following in listed("markers")
            return ("do",) if is_all and self.words else ()
        if token in HAVING:
            self._helped, self._after_being = True, False
        return () if token in listed("empty") else self._named(token)

    def _named(self, token: str) -> Sequence[str]:
        form = _form(token)
        if _is_done(token):
            self._has_past = True
            if self._after_being:
                self._after_being = False
                return (form + DONE_TO,)
        return nations_named(token) or (form,)

    def _settle(self) -> None:
        """Read "When it ends, who pays?" as "Who pays if it ends?", and "who chaired" as past."""
        first = next((n for n, ask in enumerate(self.asks) if ask == WHEN), None)
        is_condition = first is not None and any(
            ask not in {IF, *_MODALS} for ask in self.asks[first + 1 :]
        )
        if is_condition and first is not None:
            self.asks[first] = IF
        marker = IF if is_condition else FIRST_MARKER
        self.words = [replace(w, marker=marker) if w.marker == WHEN else w for w in self.words]
        if self._has_past and not self._helped and self.asks[:1] in (["@who"], [WHAT]):
            self.asks.insert(1, "@past")


def _asked(token: str, *, begins: bool) -> list[str] | None:
    """Return how a token asks, None when it does not; one inside a clause only joins it on."""
    if token in listed("helping"):
        return [YES] if begins else None
    if token in _MODALS and begins:
        return [YES, token]
    if token.startswith("@"):
        return [token]
    asked = _ASKING.get(token)
    if asked is None or begins:
        return [asked] if asked else None
    return [IF] if asked in {IF, WHEN, "@where", YES} else []


def _is_done(token: str) -> bool:
    return token in listed("done") or (token.endswith("ed") and len(token) > len("need"))


def _form(token: str) -> str:
    """Return the stem of a word, with its ending where that makes another word of it."""
    same = _same().get(token)
    if same is not None:
        return same
    bare = stem(normal(token))
    ending = _OTHER_WORD.search(token)
    if ending is None or len(bare) > ending.start():
        return bare
    return f"{bare}+{token[ending.start() : ending.start() + LONGEST_ENDING]}"


@cache
def _phrases() -> tuple[tuple[re.Pattern[str], str], ...]:
    pairs = (line.split(" => ", 1) for line in rules_in(RULES, ROOM)["phrases"])
    return tuple((re.compile(pattern), f" {new} ") for pattern, new in pairs)


@cache
def _wrappings() -> tuple[re.Pattern[str], re.Pattern[str]]:
    rules = rules_in(RULES, ROOM)
    openings = "|".join(f"(?:{line})" for line in rules["openings"])
    closings = "|".join(f"(?:{line})" for line in rules["closings"])
    return re.compile(rf"^(?:{openings})(?=\W|$)\s*"), re.compile(rf"(?:{closings})$")


@cache
def _short_names() -> dict[str, str]:
    lines = (line.lower().partition(" | ") for line in rules_in(RULES, ROOM)["short names"])
    return {short: whole for short, _, whole in lines}


@cache
def _any_short_name() -> re.Pattern[str]:
    return _short_name(*_short_names())


def _short_name(*names: str) -> re.Pattern[str]:
    """Return what finds an abbreviation, in the plural too."""
    either = "|".join(map(re.escape, names))
    return re.compile(rf"(?<![\w'-])({either})s?(?![\w'-])")


@cache
def _same() -> dict[str, str]:
    lines = [line.split() for line in rules_in(RULES, ROOM)["same"]]
    return {word: line[0] for line in lines for word in line}
