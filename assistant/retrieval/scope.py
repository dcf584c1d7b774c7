"""Where guidance applies: the nations and sectors that a text or a question is for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.domain.documents import Passage

UNITED_KINGDOM = "United Kingdom"
GREAT_BRITAIN = ("England", "Scotland", "Wales")
NATIONS = (*GREAT_BRITAIN, "Northern Ireland", UNITED_KINGDOM)
EVERY_SECTOR = "public services"

# As if the passage were so much more like the question: cosines (docs/adr/0014).
NATION_BONUS = 0.04
SECTOR_BONUS = 0.01
# How far the cosines of one search usually spread: their standard deviation.
USUAL_SPREAD = 0.1

_NATION_NAMES = {
    **{nation.lower(): (nation,) for nation in NATIONS},
    "english": ("England",),
    "scottish": ("Scotland",),
    "welsh": ("Wales",),
    "cymru": ("Wales",),
    "northern irish": ("Northern Ireland",),
    "ni": ("Northern Ireland",),
    "uk": (UNITED_KINGDOM,),
    "u.k.": (UNITED_KINGDOM,),
    "uk-wide": (UNITED_KINGDOM,),
    "british": (UNITED_KINGDOM,),
    "britain": (UNITED_KINGDOM,),
    "great britain": GREAT_BRITAIN,
    "gb": GREAT_BRITAIN,
}

_SECTOR_NAMES = {
    "health": "health care|healthcare|public health|mental health|health|nhs|hospitals?",
    "social care": "adult social care|adults' social care|adult care|social care|home care|care",
    "children": "children's services|children's social care|children and families"
    "|children and young people|children|families",
    "early years": "early years education|early years|nurseries|childcare",
    "education": "education|schools?|colleges|universities",
    "housing": "social housing|housing|homelessness",
    "criminal justice": "criminal justice|justice|prisons?|probation|policing|police",
    "local government": "local government|local authorities|councils?",
    EVERY_SECTOR: "public services commissioning|public services|public sector",
}
# To who asks about one of a pair, guidance for the other is not from somewhere else.
_AKIN = {frozenset(("children", other)) for other in ("early years", "education", "social care")}
# Alone it is said of much else: taking care, out-of-home care.
_NOT_IN_QUESTIONS = "care"

# A language, an organisation or another place of the same name is no nation that is asked about.
_NATION_IN_QUESTION = re.compile(
    r"""
    (?<!new\ )(?<!bank\ of\ )(?P<England>england)\b
    | \b(?P<English>english)(?=\ (?:councils?|local|authorit\w+|law|legislation|guidance|rules?
        |hospitals?|nhs|schools?|commissioners?|commissioning|providers?|system|regions?|count\w+
        |cities|policy|government|public|social|health|police|prisons?|housing))
    | \b(?P<Scotland>scotland(?!\ yard)|scottish)\b
    | (?<!new\ south\ )(?<!prince\ of\ )\b(?P<Wales>wales|cymru)\b
    | (?<!in\ )(?<!into\ )\b(?P<Welsh>welsh)\b(?!\ language)
    | \b(?P<NorthernIreland>northern\ ir(?:eland|ish))\b
    | \b(?P<Ni>(?-i:NI))\b(?!\ (?:contributions?|numbers?))
    | \b(?P<GreatBritain>great\ britain)\b
    | \b(?P<UnitedKingdom>united\ kingdom|uk|u\.k\.|britain|british)(?!\w)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NOT_THERE = re.compile(
    r"\b(?:outside|beyond|except|excluding|other than|apart from)(?: of)?$", re.IGNORECASE
)
_SECTOR_WORD = "|".join(
    name
    for names in _SECTOR_NAMES.values()
    for name in names.split("|")
    if name != _NOT_IN_QUESTIONS
)
_SPEAKS_OF_SECTOR = (
    r"\b(?:in|for|within|across)\s+(?:(?:the|our|local)\s+)?({words})\b(?!\s+of\b)"
    r"|\b(children's services|children's social care|adult social care|social care|social housing"
    r"|criminal justice|nhs|early years)\b"
    r"|(?<![\w-])({words})\s+(?:sectors?|services?|commission\w+|providers?|contracts?|systems?)\b"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The nations and sectors that a passage is for, or that a question names; empty is none."""

    nation: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.nation or self.sector)


ANYWHERE = Scope()


def nations_named(name: str) -> tuple[str, ...]:
    """Return the nations that a name or adjective stands for, none when it is of another place."""
    return _NATION_NAMES.get(" ".join(name.lower().split()), ())


def known_nation_names() -> Sequence[str]:
    """Return the names and adjectives of the nations, in small letters."""
    return tuple(_NATION_NAMES)


def sectors_named(value: str) -> tuple[str, ...]:
    """Return the sectors of a value of front matter, each in one spelling.

    What is not known stays as it is, in small letters: `Veterans` is `veterans`.
    """
    parts = [part.strip().lower() for part in re.split(r"[,;]", value) if part.strip()]
    return tuple(dict.fromkeys(sector for part in parts for sector in _sectors_of(part)))


def _sectors_of(part: str) -> Iterator[str]:
    whole = _sector(part)
    halves = [_sector(half) for half in re.split(r"\s*(?:&|\band\b)\s*", part) if half]
    known = [half for half in halves if half is not None]
    if whole is None and len(known) == len(halves):
        yield from known
    else:
        yield whole or part.removeprefix("and ")


def _sector(name: str) -> str | None:
    plain = name.replace("\u2019", "'")
    return next((s for s, names in _SECTOR_NAMES.items() if re.fullmatch(names, plain)), None)


def scope_named(question: str, known: Iterable[Scope]) -> Scope:
    """Return the nations and sectors that a question names; `known` are those of the corpus."""
    scopes = list(known)
    abroad = dict.fromkeys(n for s in scopes for n in s.nation if n not in NATIONS)
    own = frozenset(s for scope in scopes for s in scope.sector if _sector(s) is None)
    plain = " ".join(question.replace("\u2019", "'").split())
    nations = dict.fromkeys((*_abroad(plain, abroad), *_at_home(plain)))
    return Scope(tuple(nations), tuple(dict.fromkeys(_sectors_in(plain.lower(), own))))


def words_naming(question: str, nations: Iterable[str]) -> frozenset[str]:
    """Return the words, in small letters, with which a question names any of the nations.

    The whole kingdom's do not count: what is for all of it need not say so.
    """
    wanted = set(nations) - {UNITED_KINGDOM}
    said = [
        match.group()
        for match in _NATION_IN_QUESTION.finditer(question)
        if wanted.intersection(nations_named(match.group()))
    ]
    said += [name for nation in wanted - set(NATIONS) for name in _names_abroad(nation)]
    return frozenset(" ".join(said).lower().split())


def _abroad(question: str, nations: Iterable[str]) -> Iterator[str]:
    for nation in nations:
        names = "|".join(map(re.escape, _names_abroad(nation)))
        if re.search(rf"\b(?:{names})\b", question, re.IGNORECASE):
            yield nation


def _names_abroad(nation: str) -> list[str]:
    """The names of another country: `Australia (New South Wales)` has two."""
    return [name.strip() for name in re.split(r"[()]", nation) if name.strip()]


def _at_home(question: str) -> Iterator[str]:
    for match in _NATION_IN_QUESTION.finditer(question):
        if not _NOT_THERE.search(question[: match.start()].rstrip()):
            yield from nations_named(match.group().lower())


def _sectors_in(question: str, own: frozenset[str]) -> Iterator[str]:
    word, speaks = _sector_patterns(own)
    for match in speaks.finditer(question):
        for name in word.findall(match[match.lastindex or 0]):
            if (sector := _sector(name) or name) != EVERY_SECTOR:
                yield sector


@lru_cache(maxsize=8)
def _sector_patterns(own: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what a sector is called, and what shows that a question is about one."""
    one = "|".join((*map(re.escape, sorted(own, key=len, reverse=True)), _SECTOR_WORD))
    several = rf"(?:{one})(?:(?:,|,? and|,? or| &) (?:{one}))*"
    return re.compile(rf"\b(?:{one})\b"), re.compile(_SPEAKS_OF_SECTOR.format(words=several))


def applies_in_nation(asked: Sequence[str], scope: Scope) -> bool:
    """Whether guidance applies to one of the nations asked about; what names none applies."""
    named = set(scope.nation)
    if not asked or not named or named.intersection(asked):
        return True
    at_home = named.intersection(NATIONS)
    return (UNITED_KINGDOM in named and any(n in NATIONS for n in asked)) or (
        UNITED_KINGDOM in asked and bool(at_home)
    )


def applies(asked: Scope, passage: Passage) -> bool:
    """Whether a passage applies to one of the nations asked about."""
    return applies_in_nation(asked.nation, Scope(passage.metadata.nation))


def names_nation(asked: Sequence[str], scope: Scope) -> bool:
    """Whether guidance is for one of the nations asked about by name; the whole kingdom is none."""
    return bool(set(scope.nation).intersection(asked) - {UNITED_KINGDOM})


def applies_in_sector(asked: Sequence[str], scope: Scope) -> bool:
    """Whether guidance applies to one of the sectors asked about; what names none applies."""
    if not asked or not scope.sector or EVERY_SECTOR in scope.sector:
        return True
    return any(a == s or frozenset((a, s)) in _AKIN for a in asked for s in scope.sector)


def bonus(asked: Scope, scope: Scope) -> float:
    """Return what a passage gains or loses by where it applies, in cosines."""
    gained = 0.0
    if asked.nation and not applies_in_nation(asked.nation, scope):
        gained -= NATION_BONUS
    elif set(asked.nation).intersection(scope.nation):
        gained += NATION_BONUS
    if set(asked.sector).intersection(scope.sector):
        gained += SECTOR_BONUS
    return gained
