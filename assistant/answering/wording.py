"""What a sentence asserts beyond its words: what it denies, how strongly, of whom, and in reverse.

Every check compares a statement with the sentences that it was made of. All are plain rules over
words (rules/wording.txt), so that who wonders why a statement was left out can find out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from assistant.answering.rules_file import rules_in
from assistant.retrieval.words import STOP_WORDS, normal, stem, words_of

RULES = "wording.txt"
REACHED = 3
SHORTEST_UNDONE = 4
MOST = 3
_HAVE_TO = re.compile(r"\b(?:ha(?:ve|s|d)|(?:is|are|was|were) required) to\b")
_NEED_TO = re.compile(r"\bneed(?:s|ed)? to\b")
_SETTING_ASIDE = re.compile(
    r"\b(?:rather than|instead of|other than|as opposed to|le(?:ft|aves?|aving) (?:aside|out))\b"
)
_NEGATIVE_FORM = re.compile(
    r"(?:un(?!der|it|ion|iver|iqu|til|less)|dis(?!trict|cuss|cover|play|tin|tri|tan|pos|cip|cern))"
    r"\w{4,}|\w{3,}less"
)
_NEGATIVE_PREFIXES = ("un", "in", "im", "dis", "ir", "il", "non")
_CLAUSE_END = re.compile(
    r"[,;:.!?()]|\b(?:but|while|whereas|although|though|because|and yet)\b", re.IGNORECASE
)
_APART = re.compile(r"[,;:.!?()]|\b(?:and|or)\b", re.IGNORECASE)
_NAME = re.compile(r"[A-Z]\w*(?:['\u2019][a-z]+)?")
_POSSESSIVE = re.compile(r"['\u2019]s$")
_BEGINS = re.compile(r"(?:^|[.!?:;]\s+)[\"\u2018\u201c'(]*$")
_PROPER_RUN = re.compile(r"[A-Z][\w']*(?:\s+(?:of|and|for|the|[A-Z][\w']*))+")


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a text that the checks look at.

    `denied` are, for each "not", the stems that it reaches; `leaning` words that say no without
    one (lack, fail, scarce, unwilling), each with the stems around it. `modals` are the ranks of
    "may", "should" and "must" before a stem, from 1 to 3.
    """

    words: frozenset[str]
    stems: frozenset[str]
    denied: tuple[tuple[str, ...], ...]
    leaning: Mapping[str, frozenset[str]]
    modals: Mapping[str, int]

    @property
    def all_denied(self) -> frozenset[str]:
        """The stems that any "not" reaches."""
        return frozenset(s for reached in self.denied for s in reached)


def read(text: str) -> Wording:
    """Read a text, one sentence or several."""
    plain = _NEED_TO.sub(" needto ", _HAVE_TO.sub(" must ", text.lower()))
    words = frozenset(words_of(plain))
    denied = tuple(tuple(reached) for reached in _denied(plain))
    return Wording(words, frozenset(map(stem, words)), denied, _leaning(plain), _modals(plain))


def turns_round(said: Wording, source: Wording) -> bool:
    """Whether a statement denies what its sentences assert, or asserts what they deny.

    What is said the other way round is no contradiction: "is weak" and "is not strong".
    """
    if said.denied and not source.denied and not source.leaning.keys() - said.leaning.keys():
        return True
    return _denies_more(said, source) or _denies_more(source, said)


def _denies_more(one: Wording, other: Wording) -> bool:
    """Whether one denies a word that the other has, neither denied nor beside a leaning word."""
    excused = frozenset[str]().union(
        *(around for word, around in other.leaning.items() if word not in one.leaning)
    )
    return any(
        reached and reached[0] in other.stems - other.all_denied - excused for reached in one.denied
    )


def is_stronger(said: Wording, source: Wording) -> bool:
    """Whether a statement says "must", "all", "only" or "proves" where its sentences do not."""
    for line in rules_in(RULES)["strong"]:
        strong, enough = (frozenset(words.split()) for words in line.split("|"))
        if said.words & strong and not source.words & enough:
            return True
    if any(rank == MOST and source.modals.get(s, MOST) < MOST for s, rank in said.modals.items()):
        return True
    hedged = _words("hedges") | _words("hedged")
    return bool(source.words & _words("hedges")) and not said.words & hedged


def says_the_opposite(said: Wording, source: Wording) -> bool:
    """Whether a statement has the opposite of a word that its sentences have."""
    for one in said.stems - source.stems - said.all_denied:
        if any(o in source.stems and o not in said.stems for o in _opposites().get(one, ())):
            return True
    return any(_undone(word, source.words) for word in said.words) or any(
        _undone(word, said.words) for word in source.words
    )


def trades_places(statement: str, sentence: str) -> bool:
    """Whether two words of a sentence stand in each other's place in a statement made of it."""
    if ("by" in words_of(statement)) != ("by" in words_of(sentence)):
        return False
    return any(
        _exchanged(_neighbours(statement, step), _neighbours(sentence, step)) for step in (1, -1)
    )


def _exchanged(said: Mapping[str, set[str]], source: Mapping[str, set[str]]) -> bool:
    """Whether each of two words has a neighbour that only the other one has in the sentence."""
    moved = {
        word: (said[word] - source[word], source[word] - said[word])
        for word in said.keys() & source.keys()
    }
    return any(
        new & moved[other][1] and moved[other][0] & gone
        for word, (new, gone) in moved.items()
        for other in moved
        if other > word
    )


def names_in(text: str) -> list[str]:
    """Return the names of a text: capitalised words that do not merely begin a sentence."""
    names = []
    for match in _NAME.finditer(text):
        plain = _POSSESSIVE.sub("", match.group())
        begins = _BEGINS.search(text[: match.start()]) is not None
        if plain == "I" or (begins and not _is_name_at_the_beginning(plain, text[match.end() :])):
            continue
        names.append(plain)
    return names


def _is_name_at_the_beginning(word: str, rest: str) -> bool:
    if sum(c.isupper() for c in word) > 1:
        return True
    if normal(word) in STOP_WORDS or word.endswith("ly"):
        return False
    return _NAME.match(rest[1:]) is not None or rest.startswith(",")


def initials_of(text: str) -> frozenset[str]:
    """Return the acronyms that a text's own names would have: NHS of National Health Service."""
    found: set[str] = set()
    for run in _PROPER_RUN.findall(text):
        letters = [word[0] for word in run.split() if word[0].isupper()]
        found.update("".join(letters[start:]) for start in range(len(letters) - 1))
    return frozenset(found)


def _denied(text: str) -> Iterator[list[str]]:
    """Yield, for each word that denies, the stems of the content words that it reaches."""
    for clause in _CLAUSE_END.split(_SETTING_ASIDE.sub("not", text)):
        words = words_of(clause)
        for place, word in enumerate(words):
            if word in _words("denying") or word.endswith("n't"):
                reached = [stem(w) for w in words[place + 1 :] if w not in STOP_WORDS]
                yield reached[:REACHED]


def _leaning(text: str) -> dict[str, frozenset[str]]:
    """Return the words that say no without a "not", each with the stems around it."""
    found: dict[str, frozenset[str]] = {}
    for clause in _CLAUSE_END.split(text):
        words = words_of(clause)
        for place, word in enumerate(words):
            if stem(word) in _stems("leaning") or _NEGATIVE_FORM.fullmatch(word):
                around = words[max(0, place - REACHED) : place + REACHED + 1]
                found[stem(word)] = found.get(stem(word), frozenset()) | set(map(stem, around))
    return found


def _modals(text: str) -> dict[str, int]:
    """Return the rank of the modal before a stem, the highest where there are several."""
    ranks: dict[str, int] = {}
    for clause in _CLAUSE_END.split(text):
        rank = 0
        for word in words_of(clause):
            rank = next(
                (n for n, w in enumerate(rules_in(RULES)["modals"], 1) if word in w.split()), rank
            )
            if rank and word not in STOP_WORDS and word not in _words("modals"):
                ranks[stem(word)] = max(rank, ranks.get(stem(word), 0))
                rank = 0
    return ranks


def _undone(word: str, others: frozenset[str]) -> bool:
    """Whether others have a word with the negative prefix that this one lacks."""
    if len(word) < SHORTEST_UNDONE or word in STOP_WORDS or word in others:
        return False
    return any(prefix + word in others for prefix in _NEGATIVE_PREFIXES)


def _neighbours(text: str, step: int) -> dict[str, set[str]]:
    """Return, for each content word's stem, the stems next after it, or before it for step -1."""
    neighbours: dict[str, set[str]] = {}
    for clause in _APART.split(text):
        words = [word for word in words_of(clause) if word not in _words("looked through")]
        for word, near in pairwise((*words[::step], "")):
            if word not in STOP_WORDS and (near or step > 0):
                neighbours.setdefault(stem(word), set()).add(stem(near))
    return neighbours


@cache
def _words(heading: str) -> frozenset[str]:
    return frozenset(" ".join(rules_in(RULES)[heading]).split())


@cache
def _stems(heading: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _words(heading))


@cache
def _opposites() -> dict[str, frozenset[str]]:
    pairs: dict[str, set[str]] = {}
    for pair in _words("opposites"):
        one, other = (stem(word) for word in pair.split("/"))
        pairs.setdefault(one, set()).add(other)
        pairs.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in pairs.items()}
