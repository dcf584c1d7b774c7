"""What every database must do for the inbox and the turns."""

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from assistant.domain.answers import Answer, AnswerStatus, Citation, Turn
from assistant.store.database import Engine, transaction
from assistant.store.inbox import (
    AttachedFile,
    Inbox,
    InboxQuestion,
    InboxState,
    IncomingQuestion,
)
from assistant.store.turns import Turns
from assistant.store.turns_table import TurnRow
from tests.fakes.databases import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def inbox(engine: Engine) -> Inbox:
    return Inbox(engine)


@pytest.fixture
def turns(engine: Engine) -> Turns:
    return Turns(engine)


def asked(
    ts: str, user: str = "U1", thread: str | None = None, event: str = ""
) -> IncomingQuestion:
    return IncomingQuestion(
        event_id=event or f"Ev{ts}",
        team="T1",
        channel="C1",
        channel_type="channel",
        ts=ts,
        thread_ts=thread or ts,
        user=user,
        text=f"question {ts}",
    )


def taken(inbox: Inbox) -> InboxQuestion:
    question = inbox.take()
    assert question is not None
    return question


def test_a_question_comes_out_as_it_went_in(inbox: Inbox) -> None:
    incoming = asked("1.0")
    assert inbox.receive(incoming)
    question = taken(inbox)
    assert question.asked == incoming
    assert question.attempts == 1
    assert question.received_at.tzinfo == UTC
    assert abs(datetime.now(UTC) - question.received_at) < timedelta(minutes=1)


FILES = (AttachedFile("F1", "plan.pdf"),)


def test_files_that_come_later_are_a_waiting_questions_own(inbox: Inbox, turns: Turns) -> None:
    inbox.receive(asked("1.0"))
    later = replace(asked("1.0", event="Ev2"), files=FILES)
    assert turns.complete(later)
    assert not turns.complete(later), "it has them"
    question = taken(inbox)
    assert (question.asked.files, question.revision) == (FILES, 0)


def test_who_has_a_question_in_hand_whose_files_come_later_loses_it(
    inbox: Inbox, turns: Turns
) -> None:
    inbox.receive(asked("1.0"))
    first = taken(inbox)
    assert turns.complete(replace(asked("1.0", event="Ev2"), files=FILES))
    assert not inbox.renew(first)
    second = taken(inbox)
    assert (second.asked.files, second.revision) == (FILES, 1)


def test_an_answered_question_whose_files_come_later_is_answered_anew(
    inbox: Inbox, turns: Turns
) -> None:
    inbox.receive(asked("1.0"))
    first = taken(inbox)
    turns.conclude(first, Turn("q", "a"), "answered", "1.1")
    assert turns.complete(replace(asked("1.0", event="Ev2"), files=FILES))
    assert turns.kept(first.id) is None
    assert taken(inbox).asked.files == FILES


def test_files_do_not_come_back_to_what_was_changed_stopped_or_deleted(
    inbox: Inbox, turns: Turns
) -> None:
    for ts in ("1.0", "2.0", "3.0", "4.0"):
        inbox.receive(asked(ts))
    turns.revise(("T1", "C1", "1.0"), "no file any more", (), "1.5")
    inbox.stop("T1", "C1", "2.0")
    turns.forget("T1", "C1", "3.0")
    assert not any(
        turns.complete(replace(asked(ts, event=f"Ev{ts}b"), files=FILES))
        for ts in ("1.0", "2.0", "3.0", "5.0")
    )
    assert not turns.complete(asked("4.0"))


def test_the_same_event_twice_is_one_question(inbox: Inbox) -> None:
    assert inbox.receive(asked("1.0", event="Ev1"))
    assert not inbox.receive(asked("2.0", event="Ev1"))
    assert inbox.counts() == {"received": 1}


def test_two_events_of_the_same_post_are_one_question(inbox: Inbox) -> None:
    assert inbox.receive(asked("1.0", event="Ev1"))
    assert not inbox.receive(asked("1.0", event="Ev2"))
    assert inbox.counts() == {"received": 1}


def test_the_same_event_delivered_at_the_same_moment_is_one_question(inbox: Inbox) -> None:
    barrier = threading.Barrier(8)
    received: list[bool] = []

    def deliver() -> None:
        barrier.wait()
        received.append(inbox.receive(asked("1.0")))

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(received) == [False] * 7 + [True]
    assert inbox.counts() == {"received": 1}


def test_a_row_that_cannot_be_written_is_not_taken_for_a_duplicate(inbox: Inbox) -> None:
    broken = asked("1.0")
    object.__setattr__(broken, "text", None)
    with pytest.raises(IntegrityError) as failed:
        inbox.receive(broken)
    assert "Ev1.0" not in str(failed.value), "parameters are people's words"


def test_workers_at_the_same_moment_take_different_questions(inbox: Inbox) -> None:
    for number in range(12):
        inbox.receive(asked(f"{number}.0", user=f"U{number}"))
    barrier = threading.Barrier(6)
    found: list[int] = []

    def work() -> None:
        barrier.wait()
        while (question := inbox.take()) is not None:
            found.append(question.id)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(set(found))
    assert len(found) == 12


def test_a_question_in_hand_is_not_taken_again_before_its_lease_ends(inbox: Inbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        inbox.receive(asked("1.0"))
        first = taken(inbox)
        clock.shift(inbox.lease - timedelta(seconds=1))
        assert inbox.take() is None
        assert inbox.renew(first)
        clock.shift(inbox.lease - timedelta(seconds=1))
        assert inbox.take() is None
        clock.shift(timedelta(seconds=2))
        assert taken(inbox).attempts == 2


def test_who_lost_the_lease_can_change_nothing(inbox: Inbox, turns: Turns) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        inbox.receive(asked("1.0"))
        lost = taken(inbox)
        clock.shift(inbox.lease + timedelta(seconds=1))
        held = taken(inbox)
        assert not inbox.renew(lost)
        assert not inbox.finish(lost, InboxState.ANSWERED, "answered", "9.0")
        assert not turns.conclude(lost, Turn("q", "a"), "answered", "9.0")
        inbox.release(lost)
        inbox.postpone(lost, 60)
        assert turns.last("T1", "C1", "1.0") == []
        assert inbox.renew(held)


def test_a_finished_question_is_not_taken_again(inbox: Inbox) -> None:
    inbox.receive(asked("1.0"))
    inbox.receive(asked("2.0"))
    assert inbox.finish(taken(inbox), InboxState.ANSWERED, "answered", "9.0")
    assert inbox.finish(taken(inbox), InboxState.FAILED, "error_unexpected", None)
    assert inbox.take() is None
    assert inbox.counts() == {"answered": 1, "failed": 1}


def test_a_released_question_is_taken_at_once(inbox: Inbox) -> None:
    inbox.receive(asked("1.0"))
    inbox.release(taken(inbox))
    assert taken(inbox).attempts == 2


def test_what_a_dead_bot_had_in_hand_is_released_but_what_was_postponed_waits(
    inbox: Inbox, engine: Engine
) -> None:
    inbox.receive(asked("1.0", user="U1"))
    inbox.receive(asked("2.0", user="U2"))
    inbox.postpone(taken(inbox), 60)
    in_hand = taken(inbox)
    if engine.dialect.name != "sqlite":
        assert inbox.release_all() == 0, "another machine may have it in hand"
        return
    assert inbox.release_all() == 1
    assert taken(inbox).id == in_hand.id
    assert inbox.take() is None


def test_a_postponed_question_waits_for_its_time(inbox: Inbox) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        inbox.receive(asked("1.0"))
        inbox.postpone(taken(inbox), 60)
        clock.shift(timedelta(seconds=59))
        assert inbox.take() is None
        clock.shift(timedelta(seconds=2))
        assert taken(inbox).asked.ts == "1.0"


def test_whether_something_may_be_posted_is_known_from_how_the_attempts_before_ended(
    inbox: Inbox,
) -> None:
    inbox.receive(asked("1.0"))
    for _ in range(2):
        question = taken(inbox)
        assert question.is_untold
        inbox.postpone(question, 0, is_unposted=True)
    inbox.postpone(taken(inbox), 0)
    for _ in range(2):
        question = taken(inbox)
        assert not question.is_untold, "what was posted once stays there"
        inbox.postpone(question, 0, is_unposted=True)


def test_after_an_attempt_that_nobody_ended_something_may_be_posted(
    inbox: Inbox, engine: Engine
) -> None:
    inbox.receive(asked("1.0"))
    with time_machine.travel(NOW, tick=False) as clock:
        inbox.postpone(taken(inbox), 0, is_unposted=True)
        clock.shift(timedelta(seconds=1))
        assert taken(inbox).is_untold
        clock.shift(inbox.lease + timedelta(seconds=1))
        assert not taken(inbox).is_untold


def test_one_persons_questions_are_taken_in_order(inbox: Inbox) -> None:
    for ts in ("1.0", "3.0", "2.0"):
        inbox.receive(asked(ts))
    assert [taken(inbox).asked.ts for _ in range(3)] == ["1.0", "2.0", "3.0"]


def test_a_person_with_many_questions_does_not_keep_others_waiting(inbox: Inbox) -> None:
    for number in range(1, 6):
        inbox.receive(asked(f"{number}.0", user="U1"))
    inbox.receive(asked("6.0", user="U2"))
    inbox.receive(asked("7.0", user="U3"))
    order = [taken(inbox).asked.user for _ in range(7)]
    assert order[:3] == ["U1", "U2", "U3"]


def test_a_follow_up_waits_until_the_question_before_it_has_ended(inbox: Inbox) -> None:
    inbox.receive(asked("1.0", user="U1"))
    inbox.receive(asked("2.0", user="U2", thread="1.0"))
    first = taken(inbox)
    assert inbox.take() is None
    inbox.finish(first, InboxState.ANSWERED, "answered", "9.0")
    assert taken(inbox).asked.ts == "2.0"


def test_the_last_turns_of_a_thread_are_given_the_earliest_first(
    inbox: Inbox, turns: Turns
) -> None:
    for number in range(1, 9):
        inbox.receive(asked(f"{number}.0", thread="1.0"))
        turn = Turn(f"question {number}", f"answer {number}")
        assert turns.conclude(taken(inbox), turn, "answered", f"{number}.5")
    expected = [Turn(f"question {n}", f"answer {n}") for n in range(3, 9)]
    assert turns.last("T1", "C1", "1.0") == expected
    assert inbox.counts() == {"answered": 8}


def test_turns_of_other_threads_channels_and_teams_are_not_given(
    inbox: Inbox, turns: Turns
) -> None:
    inbox.receive(asked("1.0"))
    turns.conclude(taken(inbox), Turn("q", "a"), "answered", "1.5")
    assert turns.last("T1", "C1", "2.0") == []
    assert turns.last("T1", "C2", "1.0") == []
    assert turns.last("T2", "C1", "1.0") == []


QUOTE = "Commissioning is a cycle: it has four stages."
ANSWER = Answer(
    question="What are the stages of commissioning?",
    status=AnswerStatus.ANSWERED_PARTLY,
    text="There are four stages. [1]",
    citations=(
        Citation(
            number=1,
            document="guidance/cycle.md",
            title="The cycle",
            section="The cycle > Stages",
            quote=QUOTE,
            source="Example Institute, 2011",
        ),
    ),
    confidence=0.71,
    snapshot="20260302-1",
    prompt="answer-1",
)


def kept(engine: Engine) -> TurnRow:
    with transaction(engine) as session:
        return session.scalars(select(TurnRow)).one()


def test_how_an_answer_was_made_is_kept_with_it(inbox: Inbox, turns: Turns, engine: Engine) -> None:
    inbox.receive(asked("1.0"))
    assert turns.conclude(taken(inbox), Turn("q", "a"), "answered_partly", "1.5", ANSWER)
    turn = kept(engine)
    assert (turn.status, turn.prompt) == ("answered_partly", "answer-1")
    assert (turn.snapshot, turn.confidence) == ("20260302-1", 0.71)
    assert turn.citations == [
        {
            "number": 1,
            "document": "guidance/cycle.md",
            "section": "The cycle > Stages",
            "quote_sha256": hashlib.sha256(QUOTE.encode()).hexdigest(),
            "line": "[1] The cycle > Stages. Example Institute, 2011",
            "url": "",
            "audience": "",
        }
    ]


def test_an_answer_in_the_guidances_own_words_has_no_prompt(
    inbox: Inbox, turns: Turns, engine: Engine
) -> None:
    inbox.receive(asked("1.0"))
    extractive = replace(ANSWER, prompt=None, citations=(), confidence=0.0)
    assert turns.conclude(taken(inbox), Turn("q", "a"), "answered", "1.5", extractive)
    turn = kept(engine)
    assert turn.prompt is None
    assert (turn.citations, turn.confidence) == ([], 0.0), "nothing cited is known, not unknown"


def test_of_an_answer_found_in_the_thread_what_is_not_known_is_kept_as_such(
    inbox: Inbox, turns: Turns, engine: Engine
) -> None:
    inbox.receive(asked("1.0"))
    assert turns.conclude(taken(inbox), Turn("q", "a"), "answered", "1.5")
    unknown = text("SELECT prompt, snapshot, confidence, citations FROM turns")
    with transaction(engine) as session:
        assert session.execute(unknown).one() == (None, None, None, None)
    assert kept(engine).status == "answered"


def test_what_was_received_is_there_when_the_database_is_opened_again(
    inbox: Inbox, engine: Engine, database: Database
) -> None:
    inbox.receive(asked("1.0"))
    engine.dispose()
    again = database.open()
    assert taken(Inbox(again)).asked == asked("1.0")
    again.dispose()


def test_what_no_database_keeps_of_a_text_is_replaced_and_the_question_answered(
    inbox: Inbox, turns: Turns, engine: Engine
) -> None:
    odd, name = "What \0 is \ud83d a grant \U0001f600?", "notes\0\udcff.pdf"
    incoming = replace(asked("1.0"), text=odd, files=(AttachedFile("F1", name),))
    assert inbox.receive(incoming)
    question = taken(inbox)
    assert question.asked.text == "What \ufffd is \ufffd a grant \U0001f600?"
    assert question.asked.files == (AttachedFile("F1", name),)
    citation = Citation(1, "a\0\udcff.md", "T", "S\0\ud83d", "Q", "E")
    answer = Answer(odd, AnswerStatus.ANSWERED, odd, citations=(citation,))
    assert turns.conclude(question, Turn(odd, odd), "answered", "1.5", answer)
    assert kept(engine).answer == question.asked.text
    assert turns.cited() == {"a\0\udcff.md"}
    assert turns.withdraw("a\0\udcff.md") == 1
