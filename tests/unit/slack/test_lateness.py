"""What is said of late and renewed answers, and how long Slack is waited for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from assistant.slack.posts.lateness import (
    LONGEST_TOTAL,
    asked_at,
    is_too_late,
    not_answered,
    pause_seconds,
    quoted,
    remarks,
    with_remarks,
)
from assistant.slack.shown.blocks import Message
from assistant.store.inbox import InboxQuestion, IncomingQuestion

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ASKED = IncomingQuestion("Ev1", "T1", "C1", "channel", "0", "0", "U1", "what?")


def question(minutes_ago: float, **facts: Any) -> InboxQuestion:
    """Return a question of so many minutes ago that arrived at once."""
    at = NOW - timedelta(minutes=minutes_ago)
    asked = replace(ASKED, ts=f"{at.timestamp():.6f}", thread_ts=f"{at.timestamp():.6f}")
    return replace(InboxQuestion(1, "lease", 1, at, asked), **facts)


def said(asked: InboxQuestion, *, is_renewed: bool = False) -> str:
    with time_machine.travel(NOW, tick=False):
        return "\n".join(remarks(asked, is_renewed=is_renewed))


def test_an_answer_within_two_minutes_is_not_late() -> None:
    assert said(question(1.9)) == ""


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"postponed": 1, "attempts": 2}, "Slack could not be reached"),
        ({"attempts": 2}, "the assistant was interrupted"),
        ({"received_at": NOW}, "was not running, or Slack told it of the question only later"),
        ({}, "others had asked before you or the answer took long"),
    ],
)
def test_a_late_answer_says_when_it_was_asked_and_whose_fault_it_is(
    facts: dict[str, Any], words: str
) -> None:
    late = question(30, **facts)
    text = said(late)
    seconds = int(asked_at(late).timestamp())
    assert words in text
    assert f"<!date^{seconds}^{{date_short_pretty}} at {{time}}|earlier>" in text
    assert "UTC" not in text


def test_an_edited_question_is_as_old_as_its_last_edit() -> None:
    edited = question(3000, revision=1, edited_ts=f"{NOW.timestamp() - 60:.6f}")
    assert said(edited) == ""
    assert not is_too_late(replace(edited, postponed=1), NOW)
    assert asked_at(replace(edited, edited_ts="~")) == edited.received_at


def test_a_renewed_answer_says_so() -> None:
    assert said(question(1), is_renewed=True) == (
        "This answer was renewed because the question or its files changed."
    )


def test_pauses_grow_to_ten_minutes_and_no_further() -> None:
    pauses = [pause_seconds(question(0, postponed=count)) for count in range(9)]
    assert pauses[:4] == [5, 15, 45, 135]
    assert max(pauses) == pauses[-1] == 600
    assert pauses == sorted(pauses)


def test_only_what_slack_held_up_for_a_day_is_given_up() -> None:
    assert is_too_late(question(24 * 60 + 1, postponed=1), NOW)
    assert not is_too_late(question(24 * 60 - 1, postponed=1), NOW)
    assert not is_too_late(question(24 * 60 + 1), NOW)
    assert "was not answered, because Slack could not be reached" in not_answered(question(1)).text


def test_remarks_stand_above_an_answer_and_leave_it_within_what_an_update_takes() -> None:
    whole = Message("&amp;" * 760, ({"type": "divider"},))
    marked = with_remarks(whole, ["one", "two" * 40])
    assert marked.text.startswith("one\ntwotwo")
    assert len(marked.text) <= LONGEST_TOTAL + 2 <= 4000
    assert marked.text.removesuffix(" …").endswith("&amp;")
    assert [block["type"] for block in marked.blocks] == ["context", "context", "divider"]
    assert with_remarks(whole, []) is whole


def test_a_question_is_quoted_as_words_that_do_nothing() -> None:
    shown = quoted("*bold* <!channel> `x` https://example.org " + "long " * 200)
    assert "<" not in shown
    assert "*bold*" not in shown
    assert len(shown) < 500
