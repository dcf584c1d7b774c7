"""Characters and sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.ingestion.text import clean, decoded, is_binary, one_line, sentences_of


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b",
        "\u200d",
        "\u2060",
        "\ufeff",
        "\u202e",
        "\u2066",
        "\u00ad",
        "\x00",
        "\x1b",
        "\ufe0f",
        "\U000e0041",
        "\U000e0101",
        "\u3164",
        "\u180e",
    ],
)
def test_invisible_characters_are_taken_out(hidden: str) -> None:
    assert clean(f"out{hidden}come") == "outcome"


def test_no_break_spaces_are_blanks_and_line_ends_are_one_kind() -> None:
    assert clean("a\u00a0b\u2009c\r\nd\u2028e") == "a b c\nd\ne"


def test_text_is_in_normal_form_c() -> None:
    assert clean("e\u0301") == "\u00e9"


@given(st.text())
def test_cleaning_again_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("£ é".encode(), "£ é"),
        ("£ é".encode("utf-8-sig"), "£ é"),
        ("£ é".encode("utf-16"), "£ é"),
        (b"\xfe\xff" + "£ é".encode("utf-16-be"), "£ é"),
        ("£ “é”".encode("cp1252"), "£ “é”"),
    ],
)
def test_bytes_are_read_in_the_encoding_they_are_in(data: bytes, text: str) -> None:
    assert decoded(data) == text


@pytest.mark.parametrize(
    "sentence",
    [
        "It counts visits, e.g. Those of nurses, i.e. Not of doctors.",
        "See No. 5 of the list.",
        "See vol. 2, pp. 3 and fig. 7 of it.",
        "It cost £1.5bn in all.",
        "Dr Sin and Mr. Smith said so.",
        "It was approx. 5 days, cf. Smith vs. Jones.",
    ],
)
def test_an_abbreviation_ends_no_sentence(sentence: str) -> None:
    assert sentences_of(f"First one. {sentence} Last one.") == (
        "First one.",
        sentence,
        "Last one.",
    )


def test_no_as_an_answer_ends_its_sentence() -> None:
    assert sentences_of("Is it? No. It is not.") == ("Is it?", "No.", "It is not.")


@given(st.text(alphabet=st.sampled_from("abA. ?!\n\t\u00a0\u200b1£:;()\"'…。")))
def test_sentences_joined_by_a_blank_are_the_text(text: str) -> None:
    assert " ".join(sentences_of(text)) == one_line(text)
    assert "" not in sentences_of(text) or not one_line(text)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n1 0 obj",
        b"PK\x03\x04\x14\x00",
        b"{\\rtf1\\ansi Guidance}",
        bytes(range(256)) * 4,
    ],
)
def test_what_programs_write_is_no_text(data: bytes) -> None:
    assert is_binary(data)


@pytest.mark.parametrize(
    "data",
    [
        "Caf\u00e9 licences \u2013 \u00a350".encode("cp1252"),
        "\u59d4\u6258 \u0416 ".encode() * 100,
        "Guidance \u0113\u0101 ".encode("utf-16") * 100,
        b"a\x00 bell\x07, a page\x0c and a \x1b[1mcolour\x1b[0m",
        b"",
    ],
)
def test_text_in_any_encoding_is_text(data: bytes) -> None:
    assert not is_binary(data)
