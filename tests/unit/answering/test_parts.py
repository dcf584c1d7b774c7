"""Questions asked together, questions that count, and how drafts are joined."""

import pytest

from assistant.answering.conversation import parts_of
from assistant.answering.draft import Draft, merged
from assistant.domain.answers import AnswerStatus, Citation, Statement
from tests.fakes.library import Library


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("What is a cycle and who owns it?", ("What is a cycle", "who owns it?")),
        (
            "Who owns the cycle? When did it begin?",
            ("Who owns the cycle", "When did it begin?"),
        ),
        (
            "Where was it tried, and in what year?",
            ("Where was it tried", "in what year?"),
        ),
        ("What are needs and outcomes?", ("What are needs and outcomes?",)),
        ("Really? What is a cycle?", ("Really? What is a cycle?",)),
        (
            "We plan in March. What does the guidance say?",
            ("We plan in March. What does the guidance say?",),
        ),
    ],
)
def test_questions_asked_together_are_told_apart(question: str, parts: tuple[str, ...]) -> None:
    assert parts_of(question) == parts


def test_four_questions_at_once_are_left_as_one() -> None:
    asked = " and ".join(["what is it for", "who owns it now", "when was it made", "why is it so"])
    assert parts_of(asked) == (asked,)


@pytest.fixture
def obstacles(library: Library) -> Library:
    library.write(
        "obstacles.md",
        "Jones describes what gets in the way.\n\n"
        "The three obstacles that Jones names are:\n\n- habit\n- haste\n- silence\n\n"
        "## Cost\n\nThe obstacles programme of Barsetshire cost £3 million in all.\n\n"
        "## Steps\n\nThe steps against obstacles are:\n\n- listen\n- wait\n",
        title="Obstacles",
    )
    library.write("bread.md", "Rye bread is baked before dawn.")
    library.ingest()
    return library


def test_the_list_with_as_many_items_as_the_question_counts_is_given(obstacles: Library) -> None:
    items = [s.text for s in obstacles.ask("What are the three obstacles?").statements]
    assert items[:4] == ["The three obstacles that Jones names are:", "habit", "haste", "silence"]


def test_what_leads_into_a_list_stands_right_before_it(obstacles: Library) -> None:
    lines = obstacles.ask("List the obstacles that Jones names").text.splitlines()
    lead = next(i for i, line in enumerate(lines) if line.startswith("The three obstacles"))
    assert lines[lead + 1].startswith("- habit")


def test_the_sentence_with_the_figure_asked_for_comes_first(obstacles: Library) -> None:
    answer = obstacles.ask("How much did the obstacles programme cost?")
    assert "£3 million" in answer.statements[0].text


def test_a_part_that_is_not_answered_is_named_and_the_rest_is_answered(
    obstacles: Library,
) -> None:
    asked = "What are the three obstacles that Jones names, and who repairs the zeppelin?"
    certain = obstacles.ask("What are the three obstacles that Jones names").confidence
    unsure = obstacles.ask("who repairs the zeppelin?").confidence
    answer = obstacles.answerer(minimum=(certain + unsure) / 2)(asked, (), ("public",))
    assert answer.status is AnswerStatus.ANSWERED_PARTLY
    assert "habit" in answer.text
    assert "who repairs the zeppelin" in answer.text.splitlines()[-1]
    assert answer.nearest


def _citation(number: int, quote: str) -> Citation:
    return Citation(number, "a.md", "A", "A", quote, "Jones")


def test_joined_drafts_number_each_passage_once_and_in_order() -> None:
    one = Draft((Statement("x.", (1,)),), (_citation(1, "x."),), "a note")
    two = Draft(
        (Statement("y.", (1,)), Statement("x again.", (2,))),
        (_citation(1, "y."), _citation(2, "x.")),
    )
    both = merged([one, two])
    assert [c.number for c in both.citations] == [1, 2]
    assert [c.quote for c in both.citations] == ["x.", "y."]
    assert [s.citations for s in both.statements] == [(1,), (2,), (1,)]
    assert both.note == "a note"
