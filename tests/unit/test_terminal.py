"""What the command line prints, and what it reads of a batch."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from assistant.domain.answers import Answer, AnswerStatus, Citation, Statement, Turn
from assistant.domain.networks import AskedBefore
from assistant.terminal.answers import answer_as_dict, answer_as_text
from assistant.terminal.batch import asked_in
from assistant.terminal.conversation import REMEMBERED_TURNS, converse
from assistant.terminal.plain import left_out

CITATION = Citation(
    number=1,
    document="guidance/cycle.md",
    title="Cycle",
    section="Cycle > Timing",
    quote="It takes 14 months.",
    source="Example Institute, 3 May 2011",
    url="https://example.org/cycle",
    published=date(2011, 5, 3),
)
ANSWER = Answer(
    "How long?",
    AnswerStatus.ANSWERED,
    "It takes 14 months. [1]",
    (Statement("It takes 14 months.", (1,)),),
    (CITATION,),
    confidence=0.8,
    timings_ms={"total": 3.2},
)


def test_an_answer_as_plain_data_can_be_written_as_json_and_read_again() -> None:
    fields = json.loads(json.dumps(answer_as_dict(ANSWER)))
    assert fields["status"] == "answered"
    assert fields["statements"][0]["text"] == "It takes 14 months."
    assert fields["statements"][0]["citations"] == [1]
    assert fields["citations"][0]["published"] == "2011-05-03"
    assert fields["citations"][0]["quote"] == "It takes 14 months."
    assert fields["nearest"] == []


def test_an_answer_as_text_ends_with_its_sources() -> None:
    assert answer_as_text(ANSWER) == (
        "It takes 14 months. [1]\n\nSources:\n"
        "[1] Cycle > Timing. Example Institute, 3 May 2011 <https://example.org/cycle>"
    )


def test_what_was_asked_before_stands_in_text_and_data_beside_the_answer() -> None:
    before = AskedBefore(
        question="How long does it take?",
        text="Ours took a year.",
        document="peers/north/answer-3.md",
        audience="network-north",
        network="North network",
        author="Ann Other",
        organisation="Elm Council",
        on=date(2026, 3, 2),
        verified_on=date(2026, 4, 1),
        review_by=date(2027, 4, 1),
        sources=("[1] Guide",),
    )
    answer = replace(ANSWER, asked_before=before)
    assert answer_as_text(answer).split("\n\n")[1] == (
        "Asked before: How long does it take?\nOurs took a year.\n"
        "Verified peer answer of North network: Ann Other, Elm Council, said on 2 March 2026, "
        "verified on 1 April 2026, review by 1 April 2027; this is peer experience, not guidance."
        "\nIt rests on [1] Guide"
    )
    fields = json.loads(json.dumps(answer_as_dict(answer)))
    assert fields["asked_before"]["review_by"] == "2027-04-01"
    assert fields["text"] == ANSWER.text
    assert json.loads(json.dumps(answer_as_dict(ANSWER)))["asked_before"] is None
    alone = replace(answer, citations=(replace(ANSWER.citations[0], document=before.document),))
    assert answer_as_text(alone).startswith("Asked before: ")
    assert "Sources:" not in answer_as_text(alone)


def test_a_refusal_as_text_ends_with_the_nearest_sections_and_a_note_stands_between() -> None:
    refusal = Answer(
        "x",
        AnswerStatus.UNANSWERABLE_LOW_SCORE,
        "I will not guess.",
        nearest=(CITATION,),
        note="A note.",
    )
    assert answer_as_text(refusal).startswith(
        "I will not guess.\n\nA note.\n\nNearest sections:\n[1] Cycle"
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "null",
        "1",
        '"text"',
        '{"id": 1}',
        '{"id": 1, "question": 2}',
        '{"id": 1, "question": "x", "history": {"a": "b"}}',
        '{"id": 1, "question": "x", "history": ["ab"]}',
        '{"id": 1, "question": "x", "history": [["a", 2]]}',
        '{"id": 1, "question": "x", "history": [["a", "b", "c"]]}',
        "[" * 100_000,
        '{"id": NaN, "question": "x"}',
        f'{{"id": {"1" * 5000}, "question": "x"}}',
    ],
)
def test_a_line_of_a_batch_that_cannot_be_read_is_told_why(line: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        asked_in(line)


def test_a_line_of_a_batch_may_have_a_history_and_any_id() -> None:
    asked = asked_in('{"id": {"a": 1}, "question": "x", "history": [["q", "a"]], "more": true}')
    assert (asked.id, asked.question, asked.history) == ({"a": 1}, "x", (Turn("q", "a"),))
    assert asked_in('{"question": "x", "history": null}').history == ()
    assert asked_in('{"question": "x"}').id is None


def test_a_line_of_a_batch_is_read_so_that_it_can_be_written_again() -> None:
    asked = asked_in('\ufeff{"id": "a\\ud800", "question": "b\\udfff"}')
    assert (asked.id, asked.question) == ("a?", "b?")


def test_of_a_long_history_the_last_turns_are_kept() -> None:
    turns = [[f"q{number}", f"a{number}"] for number in range(REMEMBERED_TURNS + 3)]
    history = asked_in(json.dumps({"question": "x", "history": turns})).history
    assert [turn.question for turn in history] == [question for question, _ in turns[3:]]


def test_the_name_of_a_file_that_was_left_out_does_not_steer_the_terminal() -> None:
    assert (
        left_out("a\x1b[31m\n.xyz", "It holds no text.")
        == "a\ufffd[31m\ufffd.xyz: It holds no text."
    )
    assert left_out("a.md", "a.md, line 2: x.") == "a.md, line 2: x.", "the path stands there once"


class Remembering:
    """An answer path that keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Turn, ...], tuple[str, ...]]] = []

    def __call__(
        self, question: str, history: Sequence[Turn] = (), audiences: Sequence[str] = ()
    ) -> Answer:
        self.asked.append((question, tuple(history), tuple(audiences)))
        return Answer(question, AnswerStatus.ANSWERED, f"To {question}.")


def test_a_conversation_skips_empty_lines_and_ends_with_the_input(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = Remembering()
    converse(answer, ("public",), io.StringIO("one\n\n  \n two \nthree"))
    assert [question for question, _, _ in answer.asked] == ["one", "two", "three"]
    assert answer.asked[2][1] == (Turn("one", "To one."), Turn("two", "To two."))
    assert {audiences for _, _, audiences in answer.asked} == {("public",)}
    assert capsys.readouterr().out == "To one.\n\nTo two.\n\nTo three.\n\n"


def test_a_conversation_remembers_its_last_turns_only() -> None:
    answer = Remembering()
    converse(answer, (), io.StringIO("".join(f"{n}\n" for n in range(REMEMBERED_TURNS + 3))))
    last = answer.asked[-1][1]
    assert len(last) == REMEMBERED_TURNS
    assert last[-1].question == str(REMEMBERED_TURNS + 1)


class Keyboard(io.StringIO):
    """A person in front of a terminal."""

    def isatty(self) -> bool:
        """Say that somebody is there."""
        return True


def test_a_person_is_greeted_and_prompted_and_an_empty_line_ends_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = Remembering()
    converse(answer, (), Keyboard("one\n\ntwo\n"))
    assert [question for question, _, _ in answer.asked] == ["one"]
    assert capsys.readouterr().out.endswith("> To one.\n\n> ")
