"""The abbreviations of a text, and what it spells them out as."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.retrieval.words import normal

LONGEST_LOOKED_BACK = 12
MOSTLY_CAPITALS = 0.5
_CAPITALS = re.compile(r"(?<![\w.&@/#-])([A-Z](?:&?[A-Z]){1,5})s?(?![\w&@/-]|\.\w)")
_IN_BRACKETS = re.compile(r"\(\s*([A-Z][A-Za-z&]{1,7}?)s?\s*\)")
_BEFORE_BRACKETS = re.compile(r"(?<![\w-])([A-Z](?:&?[A-Za-z]){1,6}?)s? \(([^()]{5,80})\)")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_NEXT = re.compile(r"\s+([^\W_]+)")
_NUMERAL = re.compile(r"[IVXLC]+")
_SMALL = frozenset({"of", "and", "for", "the", "in", "to", "by", "on", "with", "a", "an", "at"})
# What every reader knows, what is no term, and words that are set in capitals for weight.
_EVERYBODYS_WORDS = """
A&E ABC AD AGM AI AIDS AM AOB APP BA BBC BC BIC BST CAPS CCTV CD CEO CET CFO CO COO COVID CSV CV
DIY DNA DOI DVD EC EDT EEA EG EMAIL EST EU EUR FAQ FAX FTE GB GBP GCSE GDP GDPR GMT GOV GP GPS HIV
HM HMRC HMSO HQ HR HTML HTTP HTTPS IBAN ICT ID IE INC IQ ISA ISBN ISO ISSN IT KG KM LGBT LLP LTD
MBA MD ME MOT MP MS MSC NASA NB NE NHS NI NO NOTE NW OK ONS PA PAYE PC PDF PDT PHD PIN PLC PM PO
POBOX PR PS PST QA QC RE RIP ROI RSS SE SMS SW TB TBA TBC TBD TEL TTY TV UK UN URL US USA USB USD
UTC VAT VIP VS WC WIFI WWW XML YES ZIP
"""
_EVERYBODYS = frozenset(_EVERYBODYS_WORDS.split())


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A name that a document uses, what the document says that it stands for, and how often.

    `stands_for` is empty where the document does not spell it out.
    """

    name: str
    stands_for: str
    count: int


def is_everybodys(name: str) -> bool:
    """Whether an abbreviation needs no definition in any organisation."""
    return name.upper() in _EVERYBODYS


def abbreviations_in(texts: Sequence[str]) -> tuple[Abbreviation, ...]:
    """Return the abbreviations of a document's texts by name, as it spells them.

    Left out are words in capitals that the document also has in small letters, numerals, and
    whatever stands in a line of capitals.
    """
    found: dict[str, int] = {}
    spelt: dict[str, str] = {}
    for line in (line for text in texts for line in text.splitlines()):
        if _is_shouted(line):
            continue
        for match in _CAPITALS.finditer(line):
            if not _stands_among_capitals(line, match):
                found[match[1]] = found.get(match[1], 0) + 1
        for name, whole in _spelt_out(line):
            spelt.setdefault(name, whole)
            found.setdefault(name, 1)
    small = {word for text in texts for word in _WORD.findall(text) if word.islower()}
    return tuple(
        Abbreviation(name, spelt.get(name, ""), count)
        for name, count in sorted(found.items())
        if name in spelt or _may_be_one(name, small)
    )


def _may_be_one(name: str, small: set[str]) -> bool:
    return not (_NUMERAL.fullmatch(name) or is_everybodys(name) or normal(name) in small)


def _is_shouted(line: str) -> bool:
    words = _WORD.findall(line)
    capitals = sum(word.isupper() and len(word) > 1 for word in words)
    return bool(capitals > MOSTLY_CAPITALS * len(words))


def _stands_among_capitals(line: str, match: re.Match[str]) -> bool:
    """Whether the word before or after is in capitals too, as in "PLEASE NOTE"."""
    before, after = _WORD.findall(line[: match.start()])[-1:], _NEXT.match(line, match.end())
    beside = [*before, *([after[1]] if after is not None else [])]
    return any(word.isupper() and len(word) > 1 for word in beside)


def _spelt_out(line: str) -> list[tuple[str, str]]:
    """Return what is spelt out: `Social Impact Bond (SIB)`, `SIB (Social Impact Bond)`."""
    pairs = [
        (match[1], _ending_in(line[: match.start()].rstrip(), match[1]))
        for match in _IN_BRACKETS.finditer(line)
    ]
    for match in _BEFORE_BRACKETS.finditer(line):
        whole = match[2].strip()
        pairs.append((match[1], whole if _ending_in(whole, match[1]) == whole else ""))
    return [(name, whole) for name, whole in pairs if whole and sum(map(str.isupper, name)) > 1]


def _ending_in(text: str, name: str) -> str:
    """Return the words at the end of a text whose initials are the name, or nothing.

    Small words may be passed over: Department for Work and Pensions is DWP.
    """
    letters = [letter.lower() for letter in name if letter.isalpha()]
    for word in reversed([*_WORD.finditer(text)][-LONGEST_LOOKED_BACK:]):
        is_small = word[0].lower() in _SMALL
        if word[0][0].lower() == letters[-1] and not (is_small and len(letters) == 1):
            letters.pop()
        elif not is_small:
            return ""
        if not letters:
            return text[word.start() :]
    return ""
