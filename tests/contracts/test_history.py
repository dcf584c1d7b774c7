"""What of a thread a follow-up is understood from, on every database."""

from dataclasses import replace

import pytest

from assistant.domain.answers import Answer, AnswerStatus, Citation, Turn
from assistant.store.database import Engine
from assistant.store.inbox import Inbox, IncomingQuestion
from assistant.store.turns import Turns

ASKED = IncomingQuestion(
    "Ev1", "T1", "C1", "channel", "1.000001", "1.000001", "U1", "Who is in it?"
)


def answered(engine: Engine, number: int, *audiences: str) -> None:
    """Let a question of the thread be answered from documents for these audiences."""
    inbox = Inbox(engine)
    asked = replace(ASKED, event_id=f"Ev{number}", ts=f"1.00000{number}", text=f"Question {number}")
    assert inbox.receive(asked)
    question = inbox.take()
    assert question is not None
    cited = tuple(
        Citation(n, f"{audience}.md", "Title", "Title", "Words.", "Source", audience=audience)
        for n, audience in enumerate(audiences, start=1)
    )
    turn = Turn(question.asked.text, f"Answer {number}")
    answer = Answer(turn.question, AnswerStatus.ANSWERED, turn.answer, citations=cited)
    assert Turns(engine).conclude(question, turn, "answered", None, answer)


@pytest.mark.parametrize(
    ("readable", "answers"),
    [
        (None, ["Answer 1", "Answer 2", "Answer 3"]),
        (("public", "internal", "network-elm"), ["Answer 1", "Answer 2", "Answer 3"]),
        (("public", "internal"), ["Answer 1", "Answer 2", ""]),
        (("public",), ["Answer 1", "", ""]),
    ],
)
def test_an_earlier_answer_that_readers_may_not_read_is_left_out_of_the_history(
    engine: Engine, readable: tuple[str, ...] | None, answers: list[str]
) -> None:
    answered(engine, 1, "public")
    answered(engine, 2, "public", "internal")
    answered(engine, 3, "network-elm")
    history = Turns(engine).last("T1", "C1", ASKED.thread_ts, readable=readable)
    assert [turn.answer for turn in history] == answers
    assert [turn.question for turn in history] == ["Question 1", "Question 2", "Question 3"]


def test_an_answer_that_does_not_say_what_it_rests_on_is_left_out_of_what_readers_may_read(
    engine: Engine,
) -> None:
    assert Inbox(engine).receive(ASKED)
    question = Inbox(engine).take()
    assert question is not None
    assert Turns(engine).conclude(question, Turn(ASKED.text, "Found in Slack."), "answered", None)
    turns = Turns(engine)
    (for_readers,) = turns.last("T1", "C1", ASKED.thread_ts, readable=("public", "internal"))
    assert for_readers == Turn(ASKED.text, "")
    assert turns.last("T1", "C1", ASKED.thread_ts) == [Turn(ASKED.text, "Found in Slack.")]
