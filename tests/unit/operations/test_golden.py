"""Golden questions are read with care: a mistake is named with its line, and none is skipped."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from assistant.domain.errors import DocumentError
from assistant.ingestion.schema import markdown_table
from assistant.operations.golden import (
    MOST_QUESTIONS,
    GoldenEntry,
    GoldenQuestion,
    json_schema,
    read_golden,
)

ROOT = Path(__file__).parents[3]
FRESHEN = (
    "Write json_schema() to docs/golden-questions.schema.json and the table to "
    "docs/golden-questions.md."
)


def read(text: str) -> tuple[GoldenQuestion, ...]:
    return read_golden(text.encode())


def said_of(text: str) -> str:
    with pytest.raises(DocumentError) as raised:
        read(text)
    return str(raised.value)


def test_a_question_alone_must_be_answered_for_all_who_work_there() -> None:
    (asked,) = read("questions:\n  - question: Who pays?\n")
    assert asked == GoldenQuestion("Who pays?", audiences=("public", "internal"), line=2)
    assert asked.answered


def test_everything_that_may_be_said_of_a_question_is_read() -> None:
    text = """
questions:
  - question: "Who  pays?"
    documents: guidance/fees.md
    any_of: [guidance/a.md, guidance/b.md]
    says:
      - half of
        the fee
    audience: [public, network-east]
  - question: Who won?
    answered: no
"""
    assert read(text) == (
        GoldenQuestion(
            "Who pays?",
            ("guidance/fees.md",),
            ("guidance/a.md", "guidance/b.md"),
            audiences=("public", "network-east"),
            says=("half of the fee",),
            line=3,
        ),
        GoldenQuestion("Who won?", answered=False, line=10),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: questions must be a list"),
        ("questions:\n", "line 1: questions must be a list"),
        ("questions: [a]\n", "line 1: entry 1 must have lines such as question:"),
        ("- question: a\n", "line 1: lines of the form key: value are needed"),
        ("asked: []\n", "line 1: there is no key asked"),
        ("questions:\n  - documents: a.md\n", "line 2: question is missing"),
        ("questions:\n  - question:\n", "line 2: question must not be empty"),
        ("questions:\n  - question: a\n    document: b\n", "line 3: there is no key document"),
        ("questions:\n  - question: a\n    answered: perhaps\n", "line 3: answered must be yes"),
        ("questions:\n  - question: a\n    audience: all\n", "line 3: audience must be public"),
        (
            "questions:\n  - question: a\n    documents: [{b: c}]\n",
            "line 3: documents must be text",
        ),
        (
            "questions:\n  - question: a\n    answered: no\n    says: b\n",
            "line 4: what must not be answered has no says",
        ),
        (
            "questions:\n  - question: a\n  - question: A\n",
            "line 3: this is asked on line 2 already",
        ),
        ("questions: &q\n  - question: a\n", "line 1: anchors and aliases"),
        ("questions:\n  - question: [a\n", "this is not YAML"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(text: str, said: str) -> None:
    assert said_of(text).startswith("golden.yaml, line ")
    assert said in said_of(text)


def test_one_question_may_be_asked_for_two_audiences() -> None:
    asked = read(
        "questions:\n"
        "  - question: Who pays?\n"
        "  - question: Who pays?\n    audience: public\n    answered: no\n"
    )
    assert [question.answered for question in asked] == [True, False]


def test_mistakes_in_several_questions_are_told_at_once_and_not_without_end() -> None:
    said = said_of("questions:\n" + "  - quest: a\n" * 9)
    assert said.count("there is no key quest") == 5
    assert "line 2" in said
    assert said.endswith("And 4 more.")


def test_more_questions_than_can_be_asked_each_time_are_refused() -> None:
    entries = [f"  - question: Question {number}?" for number in range(MOST_QUESTIONS + 1)]
    assert len(read("\n".join(["questions:", *entries[:-1]]))) == MOST_QUESTIONS
    assert "there may be 500 questions, here 501" in said_of("\n".join(["questions:", *entries]))


def test_a_picture_in_its_place_is_no_golden_file() -> None:
    with pytest.raises(DocumentError, match="this is no text file"):
        read_golden(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))


def test_the_shipped_questions_name_documents_that_ship() -> None:
    asked = read_golden((ROOT / "corpus" / "golden.yaml").read_bytes())
    named = {path for question in asked for path in (*question.documents, *question.any_of)}
    assert named
    assert [path for path in sorted(named) if not (ROOT / "corpus" / path).is_file()] == []
    assert sum(not question.answered for question in asked) == 5
    assert 15 <= len(asked) <= 25


def test_the_page_and_the_schema_for_editors_say_what_the_reader_takes() -> None:
    page = (ROOT / "docs" / "golden-questions.md").read_text(encoding="utf-8")
    assert markdown_table(GoldenEntry) in page, FRESHEN
    kept = (ROOT / "docs" / "golden-questions.schema.json").read_text(encoding="utf-8")
    assert kept == json_schema(), FRESHEN


def test_the_example_of_the_page_and_the_shipped_file_agree_with_the_schema_for_editors() -> None:
    page = (ROOT / "docs" / "golden-questions.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    shipped = (ROOT / "corpus" / "golden.yaml").read_text(encoding="utf-8")
    validator = jsonschema.Draft202012Validator(json.loads(json_schema()))
    for text in (example, shipped):
        assert read(text)
        assert list(validator.iter_errors(yaml.safe_load(text))) == []
    assert list(validator.iter_errors({"questions": [{"question": "a", "audience": "all"}]}))
