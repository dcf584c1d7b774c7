"""What is pointed out as personal data: measured on a labelled set, and guards one by one."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from assistant.network.personal_data import Kind, found_in, is_nhs_number

LINES = Path(__file__).parents[2] / "personal_data" / "lines.txt"
MARK = re.compile(r"\[\[([a-z ]+): (.*?)\]\]")
KINDS = {kind.name.lower().replace("_", " "): kind for kind in Kind}
Labelled = tuple[str, list[tuple[Kind, str]]]


def labelled() -> list[Labelled]:
    """Return each text of the set and what in it is personal data."""
    lines = LINES.read_text(encoding="utf-8").splitlines()
    return [_read(line) for line in lines if line and not line.startswith("#")]


def _read(line: str) -> Labelled:
    marked = [(KINDS[kind], words) for kind, words in MARK.findall(line)]
    return MARK.sub(r"\2", line), marked


def is_found(text: str, kind: Kind, words: str) -> bool:
    start = text.index(words)
    return any(
        each.kind is kind and each.start < start + len(words) and start < each.end
        for each in found_in(text)
    )


def missed() -> list[tuple[str, str]]:
    return [
        (words, text)
        for text, marked in labelled()
        for kind, words in marked
        if not is_found(text, kind, words)
    ]


def alarms() -> list[tuple[str, str]]:
    """Return what is pointed out where nobody labelled anything."""
    return [
        (each.words, text)
        for text, marked in labelled()
        for each in found_in(text)
        if not any(each.words in words or words in each.words for _, words in marked)
    ]


def test_the_set_is_large_and_half_of_it_is_guidance() -> None:
    texts = labelled()
    without = [text for text, marked in texts if not marked]
    assert len(texts) >= 120
    assert len(without) >= 60
    assert {kind for _, marked in texts for kind, _ in marked} == set(Kind)


def test_nearly_everything_is_found() -> None:
    wanted = sum(len(marked) for _, marked in labelled())
    assert 1 - len(missed()) / wanted >= 0.97, missed()


def test_guidance_raises_next_to_no_alarms() -> None:
    assert len(alarms()) <= 2, alarms()


@pytest.mark.parametrize(
    ("digits", "is_one"),
    [
        ("9434765919", True),
        ("9434765918", False),
        ("4010232137", True),
        ("1111111111", False),
        ("943476591", False),
    ],
)
def test_an_nhs_number_is_known_by_its_last_digit(digits: str, *, is_one: bool) -> None:
    assert is_nhs_number(digits) == is_one
    assert bool([f for f in found_in(f"Number {digits}") if f.kind is Kind.NHS]) == is_one


@pytest.mark.parametrize("prefix", ["BG", "DA", "QQ", "AO", "ZZ"])
def test_prefixes_that_are_never_given_out_are_no_national_insurance_number(prefix: str) -> None:
    assert found_in(f"{prefix}123456C") == []
    assert found_in("AB123456E") == []


def test_what_is_found_is_told_with_its_place_and_nothing_twice() -> None:
    text = "Mrs Green, 8 Chapel Close, LS6 2AB: m.green@example.org or 07700 900123."
    found = found_in(text)
    assert [each.kind for each in found] == [Kind.NAME, Kind.POSTCODE, Kind.EMAIL, Kind.PHONE]
    assert [each.words for each in found] == [text[each.start : each.end] for each in found]
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_what_is_written_with_hidden_characters_is_found_too() -> None:
    (found,) = found_in("Ring 077\u200b00 900\u2060123.")
    assert found.words == "07700 900123"


@pytest.mark.parametrize("text", ["0" * 50_000, "1 " * 30_000, "Mr a" * 10_000, "a.b@" * 20_000])
def test_long_texts_that_nearly_are_personal_data_are_none(text: str) -> None:
    assert found_in(text) == []
