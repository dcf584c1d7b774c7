"""What in a text may be personal data: pointed out to who is about to show it to others.

It goes by the written forms alone, so it knows no name without a title before it, and what it
points out may be meant to be there: a person decides.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.domain.characters import as_seen
from assistant.language import phrase


class Kind(StrEnum):
    """What words look like, as a phrase of the catalogue with its article."""

    EMAIL = phrase("an e-mail address")
    BANK = phrase("bank details")
    NATIONAL_INSURANCE = phrase("a National Insurance number")
    NHS = phrase("an NHS number")
    PHONE = phrase("a telephone number")
    POSTCODE = phrase("an address or a postcode")
    BIRTH = phrase("a date of birth")
    VEHICLE = phrase("the registration mark of a vehicle")
    CASE = phrase("the number of a person's case")
    NAME = phrase("a person's name")


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Words that look like personal data; `start` and `end` are places in `as_seen(text)`."""

    kind: Kind
    words: str
    start: int
    end: int


Finder = Callable[[str], Iterator[tuple[int, int]]]

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*"
_DAY = (
    rf"(?:\d{{1,2}}[./-]\d{{1,2}}[./-](?:\d{{4}}|\d{{2}})|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\.?,?\s+\d{{4}})\b"
)
_CAPITALISED = r"(?:(?:O|D)['\u2019])?[A-Z][a-z\u00e0-\u00ff]+(?:[-'\u2019][A-Z][a-z]+)*|[A-Z]{3,}"

# Addresses of an office rather than of a person.
_OFFICES = re.compile(
    r"admin|complaints|commissioning|communications|consultation|contact|"
    r"customerservices|data|dpo|editor|enquiries|feedback|foi|general|hello|"
    r"help|helpdesk|info|information|inquiries|mail|media|news|noreply|"
    r"office|postmaster|press|procurement|publications|reception|support|team|"
    r"tenders|webmaster"
)
_EMAIL = re.compile(
    r"(?<![\w.+'-])[\w.+'\u2019-]{1,64}@(?:[\w-]{1,63}\.)+[a-z]{2,24}\b", re.IGNORECASE
)

# Ofcom, National Telephone Numbering Plan: 01 and 02 are places, 07 is mobile; 03 and 08 are
# organisations'. Nine or ten digits follow the 0.
_PHONE = re.compile(
    r"(?<![\w.,/\u00a3#-])(?:\(?(?:\+|00)44\)?[ .-]?(?:\(0\)[ .-]?)?|\(?0)"
    r"(?P<rest>[127](?:[ .()-]{0,2}\d){8,9})(?![\d/]|[.,]\d)"
)
_FEWEST_DIGITS, _MOST_DIGITS = 9, 10
# As numbers are written: groups of at least two digits.
_LONELY_DIGITS = re.compile(r"(?<!\d)\d(?!\d)")

# HM Revenue and Customs, National Insurance Manual, NIM39110.
_NATIONAL_INSURANCE = re.compile(
    r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r"[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]\b",
    re.IGNORECASE,
)

# NHS Data Model and Dictionary, NHS NUMBER: ten digits, the last a check by Modulus 11.
_NHS = re.compile(r"(?<![\w.,/-])\d{3}([ -]?)\d{3}\1\d{4}(?![\w/]|[.,-]\d)")
_BOOK = re.compile(r"\bISBN[-: ]*(?:10)?[-: ]*$", re.IGNORECASE)

# Royal Mail's areas, and the forms of BS 7666: what C, I, K, M, O and V are not in.
_AREAS = (
    "AB|AL|BA|BB|BD|BF|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT"
    "|DY|EC|EH|EN|EX|FK|FY|GL|GU|GY|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|LA|LD|LE"
    "|LL|LN|LS|LU|ME|MK|ML|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|SA|SE|SG|SK|SL|SM"
    "|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE|B|E|G|L"
    "|M|N|S|W"
)
_UNIT = rf"\b(?:{_AREAS})\d(?:\d|[A-Z])?(SPACE)\d[ABD-HJLNP-UW-Z]{{2}}\b"
_SPACED = re.compile(_UNIT.replace("(SPACE)", " "), re.IGNORECASE)
_CLOSED = re.compile(_UNIT.replace("(SPACE)", ""))
_ORDINAL = re.compile(r" \d(?:st|nd|rd|th)$")
_STREET = (
    r"\b\d{1,4}[A-Za-z]?,?\s+(?:(?:St\.?|[A-Z][a-z]+(?:['\u2019]s)?)\s+){1,3}"
    r"(?:Street|Road|Rd|Avenue|Ave|Lane|Close|Drive|Crescent|Court|Gardens|Grove|Terrace|Place"
    r"|Square|Walk|Way|Mews|Row)\b"
)
_ADDRESS = re.compile(_STREET)
_BETWEEN = re.compile(r"(?:,?\s+[A-Z][\w'\u2019-]*){0,4},?\s+")

_BIRTH = re.compile(
    rf"\b(?:d\.?o\.?b\b\.?|dates? of birth|born)"
    rf"\W{{0,4}}(?:\w+ ){{0,3}}?(?P<it>{_DAY})",
    re.IGNORECASE,
)

_SORT_CODE = re.compile(
    r"\bsort\s?code\W{0,4}(?:is\s+|no\.?\s+|number\s+)?(?P<it>\d{2}[ -]?\d{2}[ -]?\d{2})\b",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"\b(?:account|acct?\.?|a/c)\W{0,2}(?:(?:no\.?|number|is)\W{0,3}){0,2}(?P<it>\d{8})\b",
    re.IGNORECASE,
)
_BOTH = re.compile(r"(?<![\d-])\d{2}-\d{2}-\d{2}[ ,/]{1,3}\d{8}\b")
_IBAN = re.compile(r"\bGB\d{2} ?[A-Z]{4}(?: ?\d){14}\b")

# Driver and Vehicle Licensing Agency, INF104: two letters, the half-year, three letters.
_VEHICLE = re.compile(r"\b[A-HJ-PR-Y]{2}(?:0[2-9]|[12]\d|5[1-9]|[67]\d) ?[A-HJ-PR-Z]{3}\b")
_OLDER_VEHICLE = re.compile(
    r"\b(?i:reg(?:istration)?)\.?(?: (?i:number|mark|plate|no\.?))*\W{1,3}(?:(?i:is) )?"
    r"(?P<it>[A-Z]\d{1,3} ?[A-Z]{3}|[A-Z]{3} ?\d{1,3}[A-Z])\b"
)
_WORDS_OF_THREE = re.compile(
    r"AND|ARE|CAN|DAY|END|FOR|GET|HAS|HER|HIS|HOW|ITS|LED|MAY|NEW|NOT|"
    r"NOW|OLD|ONE|OUR|OUT|OWN|SEE|SET|SHE|THE|TWO|USE|VIA|WAS|WAY|WHO|"
    r"WHY|YOU"
)

_CASE = re.compile(
    r"\b(?:case|client|patient|hospital|referral|service[ -]user|pupil|resident|tenant|claimant"
    r"|crime|mosaic|liquidlogic|mrn)\W{1,2}"
    r"(?:(?:id|no\.?|number|ref\.?|reference)\W{0,3}){1,3}(?:is\s+)?"
    r"(?P<it>(?=[\w/-]*\d[\w/-]*\d[\w/-]*\d)[A-Z0-9][\w]*(?:[/-]\w+)*)",
    re.IGNORECASE,
)
# Numbers of law courts: those of cases that were decided, not of people who are helped.
_COURT = re.compile(r"(?:[A-Z]{1,3}-?)/?\d+/(?:19|20)?\d{2}(?:/[A-Z]+)?", re.IGNORECASE)

_NAME = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|MR|MRS|MS|MISS|MX|DR)\.?(?: (?:and|&) (?:Mrs|Ms|Mr|Miss|Dr)\.?)?"
    rf" (?:[A-Z]\.? ?){{0,2}}(?P<surname>(?:{_CAPITALISED})(?: (?:{_CAPITALISED}))?)"
)
_NO_NAME = re.compile(
    r"Justice|Speaker|President|Chairman|Chair|Right|Wrong|This|That|The|"
    r"And|Or|Out|In|Deadline|Deadlines|Rate|Rates|Data"
)


def found_in(text: str) -> Sequence[PersonalData]:
    """Return what in a text may be personal data, in its order and none within another."""
    seen = as_seen(text)
    found: list[PersonalData] = []
    for kind, finder in _FINDERS:
        for start, end in finder(seen):
            if all(end <= other.start or start >= other.end for other in found):
                found.append(PersonalData(kind, seen[start:end], start, end))
    return sorted(found, key=lambda one: one.start)


def is_nhs_number(digits: str) -> bool:
    """Whether ten digits are an NHS number: the last is right by Modulus 11."""
    weighed = sum(int(d) * weight for d, weight in zip(digits, range(10, 1, -1), strict=False))
    check = (11 - weighed % 11) % 11
    is_one_digit_over = len(set(digits)) == 1
    return len(digits) == 10 and check == int(digits[-1]) and not is_one_digit_over  # noqa: PLR2004


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for match in _EMAIL.finditer(text):
        who = match[0].partition("@")[0].lower()
        if not _OFFICES.fullmatch(re.sub("[.-]", "", who)):
            yield match.span()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for match in _PHONE.finditer(text):
        rest = match["rest"]
        count = sum(character.isdigit() for character in rest)
        is_grouped = len(_LONELY_DIGITS.findall(match[0].replace("(0)", ""))) <= 1
        if _FEWEST_DIGITS <= count <= _MOST_DIGITS and is_grouped:
            yield match.span()


def _nhs_numbers(text: str) -> Iterator[tuple[int, int]]:
    for match in _NHS.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        # The last digit of a book's number is made in the same way.
        if is_nhs_number(digits) and not _BOOK.search(text[: match.start()]):
            yield match.span()


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    streets = [match.span() for match in _ADDRESS.finditer(text)]
    units = [match.span() for pattern in (_SPACED, _CLOSED) for match in pattern.finditer(text)]
    for start, end in sorted(units):
        if _ORDINAL.search(text[start:end]):
            continue
        before = [s for s in streets if s[1] <= start and _BETWEEN.fullmatch(text[s[1] : start])]
        yield (before[-1][0] if before else start), end
    yield from streets


def _bank_details(text: str) -> Iterator[tuple[int, int]]:
    for match in (*_BOTH.finditer(text), *_IBAN.finditer(text)):
        yield match.span()
    for pattern in (_SORT_CODE, _ACCOUNT):
        yield from _named(pattern)(text)


def _vehicles(text: str) -> Iterator[tuple[int, int]]:
    for match in _VEHICLE.finditer(text):
        if not _WORDS_OF_THREE.fullmatch(match[0][-3:]):
            yield match.span()
    yield from _named(_OLDER_VEHICLE)(text)


def _cases(text: str) -> Iterator[tuple[int, int]]:
    for match in _CASE.finditer(text):
        if not _COURT.fullmatch(match["it"]):
            yield match.span("it")


def _names(text: str) -> Iterator[tuple[int, int]]:
    for match in _NAME.finditer(text):
        if not _NO_NAME.fullmatch(match["surname"].split()[0]):
            yield match.span()


def _whole(pattern: re.Pattern[str]) -> Finder:
    return lambda text: (match.span() for match in pattern.finditer(text))


def _named(pattern: re.Pattern[str]) -> Finder:
    return lambda text: (match.span("it") for match in pattern.finditer(text))


# What comes first keeps its words: an NHS number is not also a telephone number.
_FINDERS: Sequence[tuple[Kind, Finder]] = (
    (Kind.EMAIL, _emails),
    (Kind.BANK, _bank_details),
    (Kind.NATIONAL_INSURANCE, _whole(_NATIONAL_INSURANCE)),
    (Kind.PHONE, _phones),
    (Kind.NHS, _nhs_numbers),
    (Kind.POSTCODE, _addresses),
    (Kind.BIRTH, _named(_BIRTH)),
    (Kind.VEHICLE, _vehicles),
    (Kind.CASE, _cases),
    (Kind.NAME, _names),
)
