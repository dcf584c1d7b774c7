"""What every database must do for questions edited, deleted or stopped, and for lookers-on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from assistant.domain.answers import Answer, AnswerStatus, Citation, Turn
from assistant.store.database import Engine
from assistant.store.inbox import (
    AttachedFile,
    Inbox,
    InboxQuestion,
    InboxState,
    IncomingQuestion,
    Surface,
    Task,
)
from assistant.store.shares import Shares, Way
from assistant.store.turns import Turns
from assistant.store.turns_table import WITHDRAWN

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POST = ("T1", "C1", "1.0")
SOURCE = Citation(
    1,
    "guidance/cycle.md",
    "The cycle",
    "The cycle > Stages",
    "Four.",
    "Institute",
    audience="public",
)


@pytest.fixture
def inbox(engine: Engine) -> Inbox:
    return Inbox(engine)


@pytest.fixture
def turns(engine: Engine) -> Turns:
    return Turns(engine)


def asked(ts: str, user: str = "U1", thread: str | None = None, text: str = "") -> IncomingQuestion:
    return IncomingQuestion(
        f"Ev{ts}", "T1", "C1", "channel", ts, thread or ts, user, text or f"question {ts}"
    )


def taken(inbox: Inbox) -> InboxQuestion:
    question = inbox.take()
    assert question is not None
    return question


def answered(inbox: Inbox, turns: Turns, ts: str, **fields: str) -> InboxQuestion:
    inbox.receive(asked(ts, **fields))
    question = taken(inbox)
    answer = Answer("q", AnswerStatus.ANSWERED, "Four.", citations=(SOURCE,), snapshot="s1")
    turn = Turn(question.asked.text, f"answer {ts}")
    assert turns.conclude(question, turn, "answered", f"{ts}1", answer)
    return question


def test_files_and_a_private_surface_come_out_as_they_went_in(inbox: Inbox) -> None:
    incoming = IncomingQuestion(
        "Ev1",
        "T1",
        "C1",
        "channel",
        "1.0",
        "1.0",
        "U1",
        "q",
        files=(AttachedFile("F1", "plan.pdf"),),
        surface=Surface.ALONE,
        reply_url="https://hooks.example.org/1",
    )
    assert inbox.receive(incoming)
    assert taken(inbox).asked == incoming


def test_an_edited_question_is_answered_anew_with_its_new_words(inbox: Inbox, turns: Turns) -> None:
    answered(inbox, turns, "1.0")
    files = (AttachedFile("F1", "a.pdf"),)
    assert inbox.revise(POST, "another question", files)
    question = taken(inbox)
    assert (question.asked.text, question.asked.files) == ("another question", files)
    assert (question.revision, question.attempts, question.answer_ts) == (1, 1, "1.01")
    assert question.task is Task.ANSWER
    assert turns.conclude(question, Turn("another question", "new"), "answered", "1.01")
    assert turns.last("T1", "C1", "1.0") == [Turn("another question", "new")]


def test_an_edit_that_changes_nothing_is_none(inbox: Inbox) -> None:
    inbox.receive(asked("1.0"))
    assert not inbox.revise(POST, "question 1.0")
    assert not inbox.revise(("T1", "C1", "9.0"), "unknown")
    assert taken(inbox).revision == 0


def test_who_has_an_edited_question_in_hand_loses_it(inbox: Inbox, turns: Turns) -> None:
    inbox.receive(asked("1.0"))
    old = taken(inbox)
    assert inbox.revise(POST, "another question")
    assert not inbox.renew(old)
    assert not inbox.note_posted(old, "1.1")
    assert not turns.conclude(old, Turn("question 1.0", "old"), "answered", "1.1")
    assert turns.last("T1", "C1", "1.0") == []
    assert taken(inbox).asked.text == "another question"


def test_an_edited_question_keeps_its_place_in_the_thread(inbox: Inbox, turns: Turns) -> None:
    answered(inbox, turns, "1.0")
    answered(inbox, turns, "2.0", thread="1.0")
    assert inbox.revise(POST, "another question")
    assert turns.conclude(taken(inbox), Turn("another question", "new"), "answered", "1.01")
    questions = [turn.question for turn in turns.last("T1", "C1", "1.0")]
    assert questions == ["another question", "question 2.0"]


def test_of_an_edited_question_the_old_words_are_gone_before_the_new_ones_are_answered(
    inbox: Inbox, turns: Turns, engine: Engine
) -> None:
    inbox_id = answered(inbox, turns, "1.0").id
    shares = Shares(engine)
    shares.claim(inbox_id, "T1", "U9", Way.SAVED)
    assert not turns.revise(POST, "question 1.0")
    assert turns.kept(inbox_id) is not None
    assert turns.revise(POST, "another question")
    assert turns.kept(inbox_id) is None
    assert turns.last("T1", "C1", "1.0") == []
    assert shares.find(inbox_id, Way.SAVED) is None
    assert taken(inbox).asked.text == "another question"


def test_a_thread_below_a_post_that_shares_an_answer_begins_with_it(
    inbox: Inbox, turns: Turns, engine: Engine
) -> None:
    shares = Shares(engine)
    for number, way in enumerate((Way.CHANNEL, Way.ANEW), start=1):
        original = answered(inbox, turns, f"{number}.0", thread=f"made-{number}")
        share, _ = shares.claim(original.id, "T1", "U1", way, "C1")
        shares.note(share, f"{number}.5")
    answered(inbox, turns, "3.0", thread="1.5")

    def questions(channel: str, thread_ts: str, most: int = 6) -> list[str]:
        return [turn.question for turn in turns.last("T1", channel, thread_ts, most)]

    assert questions("C1", "1.5") == ["question 1.0", "question 3.0"]
    assert questions("C1", "1.5", most=1) == ["question 3.0"]
    assert questions("C1", "2.5") == []
    assert questions("C2", "1.5") == []
    found = shares.of_message("T1", "C1", "1.5")
    assert found is not None
    assert shares.by_id(found.id) == found
    assert shares.of_message("T1", "C1", "2.5") is None
    shares.drop(found)
    assert questions("C1", "1.5") == ["question 3.0"]
    assert shares.by_id(found.id) is None


def test_a_deleted_question_takes_what_was_asked_anew_from_it_with_it(
    inbox: Inbox, turns: Turns, engine: Engine
) -> None:
    original = answered(inbox, turns, "1.0")
    shares = Shares(engine)
    share, _ = shares.claim(original.id, "T1", "U1", Way.ANEW, "C1")
    shares.note(share, "2.0")
    assert turns.was_shared(original.id)
    anew = answered(inbox, turns, "2.0", thread="1.0", text=original.asked.text)
    other = answered(inbox, turns, "3.0", thread="1.0")
    assert not turns.was_shared(other.id)
    assert turns.forget(*POST)
    assert turns.kept(anew.id) is None
    assert turns.kept(other.id) is not None
    entry = inbox.by_id(anew.id)
    assert entry is not None
    assert entry.asked.text == ""
    for _ in range(2):
        question = taken(inbox)
        assert question.task is Task.WITHDRAW
        inbox.finish(question, InboxState.WITHDRAWN, "withdraw", None)


def test_a_deleted_question_leaves_no_words_and_its_answer_is_taken_away(
    inbox: Inbox, turns: Turns
) -> None:
    inbox_id = answered(inbox, turns, "1.0").id
    assert turns.forget(*POST)
    question = taken(inbox)
    assert (question.task, question.asked.text, question.answer_ts) == (Task.WITHDRAW, "", "1.01")
    assert turns.kept(inbox_id) is None
    assert turns.last("T1", "C1", "1.0") == []
    assert inbox.finish(question, InboxState.WITHDRAWN, "withdrawn", None)
    assert inbox.take() is None


def test_a_question_is_deleted_once_and_not_edited_afterwards(inbox: Inbox, turns: Turns) -> None:
    inbox.receive(asked("1.0"))
    assert turns.forget(*POST)
    assert not turns.forget(*POST)
    assert not inbox.revise(POST, "words that must not come back")
    assert not turns.forget("T1", "C1", "9.0")
    assert taken(inbox).asked.text == ""


def test_what_waits_or_is_in_hand_in_a_thread_can_be_stopped(inbox: Inbox, turns: Turns) -> None:
    answered(inbox, turns, "1.0")
    inbox.receive(asked("2.0", thread="1.0"))
    in_hand = taken(inbox)
    inbox.receive(asked("3.0", thread="1.0"))
    inbox.receive(asked("4.0"))
    assert inbox.stop("T1", "C1", "1.0") == 2
    assert not inbox.renew(in_hand)
    stopped = inbox.by_id(in_hand.id)
    assert stopped is not None
    assert stopped.state is InboxState.STOPPED
    assert taken(inbox).asked.ts == "4.0"
    assert inbox.counts() == {"answered": 1, "stopped": 2, "answering": 1}


def test_of_a_question_that_was_stopped_or_taken_back_no_address_is_kept(
    inbox: Inbox, turns: Turns
) -> None:
    address = "https://hooks.example.org/1"
    for ts in ("1.0", "2.0"):
        alone = replace(asked(ts), surface=Surface.ALONE, reply_url=address)
        assert inbox.receive(replace(alone, files=(AttachedFile("F1", "plan.pdf"),)))
    assert inbox.stop("T1", "C1", "1.0") == 1
    assert turns.forget("T1", "C1", "2.0")
    stopped, withdrawn = inbox.find("T1", "C1", "1.0"), inbox.find("T1", "C1", "2.0")
    assert stopped is not None
    assert withdrawn is not None
    assert (stopped.asked.reply_url, withdrawn.asked.reply_url) == (None, None)
    assert withdrawn.asked.files == ()


def test_busy_channels_are_left_alone_but_for_private_answers(inbox: Inbox) -> None:
    inbox.receive(asked("1.0"))
    assert inbox.take(busy={"C1"}) is None
    alone = asked("2.0", user="U2")
    object.__setattr__(alone, "surface", Surface.ALONE)
    inbox.receive(alone)
    found = inbox.take(busy={"C1"})
    assert found is not None
    assert found.asked.ts == "2.0"
    assert inbox.take(busy={"C2"}) is not None


def test_a_postponed_question_says_how_often(inbox: Inbox) -> None:
    inbox.receive(asked("1.0"))
    inbox.postpone(taken(inbox), 0)
    question = taken(inbox)
    assert (question.attempts, question.postponed) == (2, 1)


def test_the_queue_is_in_the_order_of_turns(inbox: Inbox) -> None:
    for ts, user in (("1.0", "U1"), ("2.0", "U1"), ("3.0", "U1"), ("4.0", "U2"), ("5.0", "U3")):
        inbox.receive(asked(ts, user=user))
    assert [(w.place, w.asked.ts) for w in inbox.waiting()] == [
        (1, "1.0"),
        (2, "4.0"),
        (3, "5.0"),
        (4, "2.0"),
        (5, "3.0"),
    ]
    order = []
    while (question := inbox.take()) is not None:
        order.append(question.asked.ts)
    assert order == ["1.0", "4.0", "5.0", "2.0", "3.0"]
    assert inbox.waiting() == []


def test_the_breaker_counts_what_ended_in_a_channel_and_in_a_thread(
    inbox: Inbox, turns: Turns
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        answered(inbox, turns, "1.0")
        clock.shift(timedelta(minutes=11))
        answered(inbox, turns, "2.0", thread="1.0")
        answered(inbox, turns, "3.0")
        inbox.receive(asked("4.0"))
        since = datetime.now(UTC) - timedelta(minutes=10)
        assert inbox.finished_since("T1", "C1", since) == 2
        assert inbox.finished_since("T1", "C1", since, "1.0") == 1
        assert inbox.finished_since("T1", "C2", since) == 0


def test_what_a_person_was_told_in_a_thread_of_late_is_known(inbox: Inbox) -> None:
    with time_machine.travel(NOW, tick=False):
        inbox.receive(asked("1.0"))
        inbox.finish(taken(inbox), InboxState.ANSWERED, "refused_limit", None)
        later = asked("2.0", thread="1.0")
        assert inbox.has_ended(later, "refused_limit", NOW)
        assert not inbox.has_ended(later, "answered", NOW)
        assert not inbox.has_ended(later, "refused_limit", NOW + timedelta(seconds=1))
        for name, value in (
            ("user", "U2"),
            ("thread_ts", "2.0"),
            ("channel", "C2"),
            ("team", "T2"),
        ):
            elsewhere = replace(later, **{name: value})  # type: ignore[arg-type]
            assert not inbox.has_ended(elsewhere, "refused_limit", NOW)


def test_a_question_is_found_by_its_post_and_by_its_answer(inbox: Inbox, turns: Turns) -> None:
    question = answered(inbox, turns, "1.0")
    for found in (
        inbox.find(*POST),
        inbox.of_answer("T1", "C1", "1.01"),
        inbox.by_id(question.id),
    ):
        assert found is not None
        assert (found.id, found.asked.text) == (question.id, "question 1.0")
        assert (found.state, found.outcome) == (InboxState.ANSWERED, "answered")
    assert inbox.find("T1", "C1", "9.0") is None
    assert inbox.of_answer("T1", "C1", "1.0") is None


def test_what_is_kept_of_an_answer_can_be_shown_again(inbox: Inbox, turns: Turns) -> None:
    question = answered(inbox, turns, "1.0")
    kept = turns.kept(question.id)
    assert kept is not None
    assert (kept.question, kept.answer, kept.user) == ("question 1.0", "answer 1.0", "U1")
    (citation,) = kept.citations
    assert citation.line == "[1] The cycle > Stages. Institute"
    assert (citation.url, citation.audience) == (None, "public")
    assert turns.kept(99) is None


def test_a_deleted_document_leaves_its_name_in_what_is_kept(inbox: Inbox, turns: Turns) -> None:
    question = answered(inbox, turns, "1.0")
    turns.withdraw("guidance/cycle.md", ())
    kept = turns.kept(question.id)
    assert kept is not None
    assert kept.is_withdrawn
    assert kept.answer == WITHDRAWN
    (citation,) = kept.citations
    assert (citation.document, citation.line, citation.section) == ("guidance/cycle.md", "", "")


def test_a_person_sees_their_own_latest_questions(inbox: Inbox, turns: Turns) -> None:
    for ts in ("1.0", "2.0", "3.0"):
        answered(inbox, turns, ts)
    answered(inbox, turns, "4.0", user="U2")
    assert [kept.question for kept in turns.of_person("T1", "U1", 2)] == [
        "question 3.0",
        "question 2.0",
    ]
    assert turns.of_person("T2", "U1", 2) == []


def test_questions_without_an_answer_are_found(inbox: Inbox, turns: Turns) -> None:
    answered(inbox, turns, "1.0")
    inbox.receive(asked("2.0"))
    unknown = "unanswerable_no_passage"
    assert turns.conclude(taken(inbox), Turn("question 2.0", "I do not know."), unknown, "2.1")
    since = datetime.now(UTC) - timedelta(days=1)
    assert [kept.question for kept in turns.without_answer("T1", since, 5)] == ["question 2.0"]
    assert turns.without_answer("T1", datetime.now(UTC) + timedelta(hours=1), 5) == []


def test_a_question_that_failed_is_found_with_those_of_its_asker_until_it_is_deleted(
    inbox: Inbox, turns: Turns
) -> None:
    answered(inbox, turns, "1.0")
    inbox.receive(asked("2.0"))
    # The answer was made, and Slack did not take it.
    inbox.finish(taken(inbox), InboxState.FAILED, "answered", None)
    since = datetime.now(UTC) - timedelta(days=1)
    failed, earlier = turns.of_person("T1", "U1", 5)
    assert (failed.question, failed.answer, failed.is_failed) == ("question 2.0", "", True)
    assert (earlier.question, earlier.is_failed) == ("question 1.0", False)
    assert [kept.question for kept in turns.without_answer("T1", since, 5)] == ["question 2.0"]
    assert turns.without_answer("T2", since, 5) == []
    assert turns.forget("T1", "C1", "2.0")
    inbox.finish(taken(inbox), InboxState.FAILED, "not_withdrawn", None)
    assert [kept.question for kept in turns.of_person("T1", "U1", 5)] == ["question 1.0"]
    assert turns.without_answer("T1", since, 5) == []


def test_an_edit_that_a_later_one_has_overtaken_changes_nothing(inbox: Inbox) -> None:
    inbox.receive(asked("1.0"))
    assert inbox.revise(POST, "the last words", edited_ts="3.0")
    assert not inbox.revise(POST, "the words before", edited_ts="2.0")
    assert not inbox.revise(POST, "the words before", edited_ts="3.0")
    assert taken(inbox).asked.text == "the last words"


def test_an_edit_older_than_the_one_with_which_a_question_came_changes_nothing(
    inbox: Inbox,
) -> None:
    assert inbox.receive(asked("1.0", text="the last words"), edited_ts="3.0")
    assert not inbox.revise(POST, "the words before", edited_ts="2.0")
    assert taken(inbox).asked.text == "the last words"


def test_what_an_edit_took_back_a_later_one_asks_anew_but_no_earlier_one(
    inbox: Inbox, turns: Turns
) -> None:
    inbox.receive(asked("1.0"))
    assert turns.forget(*POST, "3.0")
    assert not inbox.revise(POST, "words from before", edited_ts="2.0")
    assert inbox.revise(POST, "asked anew", edited_ts="4.0")
    question = taken(inbox)
    assert (question.task, question.asked.text) == (Task.ANSWER, "asked anew")


def test_no_edit_asks_anew_what_was_deleted(inbox: Inbox, turns: Turns) -> None:
    inbox.receive(asked("1.0"))
    assert turns.forget(*POST, "3.0")
    assert not turns.forget(*POST)
    assert not inbox.revise(POST, "asked anew", edited_ts="4.0")
    assert taken(inbox).task is Task.WITHDRAW


def test_a_post_whose_deletion_came_first_is_not_taken_and_leaves_no_words(inbox: Inbox) -> None:
    assert inbox.bury(asked("1.0"))
    assert not inbox.receive(asked("1.0", text="late"))
    assert not inbox.bury(asked("1.0"))
    assert inbox.take() is None
    assert not inbox.revise(POST, "asked anew", edited_ts="4.0")
    found = inbox.find(*POST)
    assert found is not None
    assert (found.state, found.asked.text) == (InboxState.WITHDRAWN, "")


def test_a_post_whose_edit_came_first_may_be_asked_anew(inbox: Inbox) -> None:
    assert inbox.bury(asked("1.0"), edited_ts="3.0")
    assert inbox.revise(POST, "asked anew", edited_ts="4.0")
    assert taken(inbox).asked.text == "asked anew"


def test_a_stop_ends_what_was_posted_before_it_in_a_thread_or_in_the_whole_channel(
    inbox: Inbox,
) -> None:
    for ts, thread in (("1.0", "1.0"), ("2.0", "1.0"), ("3.0", "3.0"), ("5.0", "1.0")):
        inbox.receive(asked(ts, thread=thread))
    assert inbox.stop("T1", "C1", "1.0", before="2.0") == 1
    assert inbox.stop("T1", "C1", None, before="4.0") == 2
    assert taken(inbox).asked.ts == "5.0"
