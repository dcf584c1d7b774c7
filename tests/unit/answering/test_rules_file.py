"""The files of rules are read by one reader."""

from importlib.resources import files

import pytest

from assistant.answering.rules_file import rules_in

NAMES = ("premises.txt", "screening.txt", "wording.txt")


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_a_remark_a_heading_or_a_rule_and_none_gets_lost(name: str) -> None:
    text = (files("assistant.answering") / "rules" / name).read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    read = rules_in(name)
    headings = [f"[{heading}]" for heading in read if heading]
    assert len(headings) > 1
    assert sorted(lines) == sorted(
        [*headings, *(line for below in read.values() for line in below)]
    )


def test_what_stands_before_the_first_heading_is_below_an_empty_one() -> None:
    assert any(line.startswith("BEGIN = ") for line in rules_in("screening.txt")[""])
    assert "" not in rules_in("wording.txt")
