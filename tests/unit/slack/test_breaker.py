"""What is said instead of an answer: during a pause, to a word that stops, after many edits."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from assistant.domain.answers import AnswerStatus
from assistant.slack.heard.changing import MOST_EDITS
from assistant.slack.heard.stopping import STOPPED, STOPPED_DIRECT
from assistant.slack.posts.posting import Reply
from assistant.slack.questions import breaker
from assistant.slack.questions.breaker import (
    MOST_IN_A_DIRECT_MESSAGE,
    MOST_IN_A_THREAD,
    WINDOW,
    Breaker,
)
from assistant.slack.questions.restraint import Restraint
from assistant.store.database import open_database
from assistant.store.inbox import Inbox, InboxQuestion, InboxState, IncomingQuestion, Surface
from assistant.store.pauses import Pause, Pauses
from assistant.store.threads import Threads

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
# How many messages a question gets during a pause, and whether its asker alone sees them.
TOLD, TOLD_ALONE, UNTOLD = (1, False), (1, True), (0, False)


class Conversation:
    """Asks questions and notes them as answered, unless something else is said to them."""

    def __init__(self, folder: Path) -> None:
        self.engine = open_database(folder)
        self.inbox = Inbox(self.engine)
        self.breaker = Breaker(self.inbox, Pauses(self.engine))
        self._number = 0

    def take(
        self, thread: str = "", channel_type: str = "channel", **fields: object
    ) -> InboxQuestion:
        self._number += 1
        ts = f"{self._number:06d}.0"
        asked = IncomingQuestion(
            f"Ev{ts}", "T1", "C1", channel_type, ts, thread or ts, "U1", "what is an output?"
        )
        self.inbox.receive(replace(asked, **fields))  # type: ignore[arg-type]
        question = self.inbox.take()
        assert question is not None
        return question

    def ask(
        self, thread: str = "", channel_type: str = "channel", user: str = "U1"
    ) -> Reply | None:
        question = self.take(thread, channel_type, user=user)
        reply = self.breaker.reply(question)
        outcome = "answered" if reply is None else reply.status.value
        self.inbox.finish(question, InboxState.ANSWERED, outcome, None)
        return reply


@pytest.fixture
def conversation(tmp_path: Path) -> Iterator[Conversation]:
    conversation = Conversation(tmp_path)
    yield conversation
    conversation.engine.dispose()


def test_a_thread_is_paused_after_its_limit_and_told_once(conversation: Conversation) -> None:
    with time_machine.travel(NOW, tick=False):
        assert [conversation.ask("t") for _ in range(MOST_IN_A_THREAD)] == [None] * MOST_IN_A_THREAD
        told = conversation.ask("t")
        assert told is not None
        assert told.status is AnswerStatus.REFUSED_LIMIT
        (message,) = told.messages
        assert message.text == (
            "I have answered 12 times in this thread within 10 minutes, so I pause here until "
            "10 minutes from now; please ask again after that."
        )
        (section,) = message.blocks[0]["elements"]
        date = section["elements"][1]
        assert date["timestamp"] == int((NOW + WINDOW).timestamp())
        for _ in range(3):
            untold = conversation.ask("t")
            assert untold is not None
            assert untold.messages == ()
            assert untold.status is AnswerStatus.REFUSED_LIMIT
        assert conversation.ask("elsewhere") is None


def test_a_pause_ends_and_is_told_anew_when_there_is_another(conversation: Conversation) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(MOST_IN_A_THREAD + 4):
            conversation.ask("t")
        clock.shift(WINDOW - timedelta(seconds=1))
        assert conversation.ask("t") is not None
        clock.shift(timedelta(seconds=2))
        assert [conversation.ask("t") for _ in range(MOST_IN_A_THREAD)] == [None] * MOST_IN_A_THREAD
        told = conversation.ask("t")
        assert told is not None
        assert len(told.messages) == 1


def test_answers_from_longer_ago_do_not_count(conversation: Conversation) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(3 * MOST_IN_A_THREAD):
            assert conversation.ask("t") is None
            clock.shift(WINDOW / (MOST_IN_A_THREAD - 1))


def test_a_channel_is_paused_whatever_the_threads(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert breaker.MOST_IN_A_CHANNEL > 2 * MOST_IN_A_THREAD
    monkeypatch.setattr(breaker, "MOST_IN_A_CHANNEL", MOST_IN_A_THREAD + 1)
    with time_machine.travel(NOW, tick=False):
        assert all(conversation.ask() is None for _ in range(MOST_IN_A_THREAD + 1))
        told = conversation.ask()
        assert told is not None
        assert "13 times in this channel" in told.messages[0].text
        assert not told.alone


@pytest.mark.parametrize("channel_type", ["channel", "im"])
def test_during_a_pause_everybody_is_told_once_in_each_thread_and_alone(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch, channel_type: str
) -> None:
    monkeypatch.setattr(breaker, "MOST_IN_A_CHANNEL", 2)
    monkeypatch.setattr(breaker, "MOST_IN_A_DIRECT_MESSAGE", 2)

    def ask(thread: str, user: str) -> tuple[int, bool]:
        reply = conversation.ask(thread, channel_type, user)
        assert reply is not None
        assert reply.status is AnswerStatus.REFUSED_LIMIT
        return len(reply.messages), reply.alone

    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(2):
            assert conversation.ask(channel_type=channel_type) is None
        assert ask("t", "U1") == TOLD
        clock.shift(timedelta(seconds=1))
        assert ask("t", "U1") == UNTOLD
        assert [ask("other", "U1"), ask("other", "U1")] == [TOLD_ALONE, UNTOLD]
        assert [ask("t", "U2"), ask("t", "U2")] == [TOLD_ALONE, UNTOLD]
        assert ask("other", "U2") == TOLD_ALONE


def test_in_a_paused_thread_everybody_else_is_told_once_and_alone(
    conversation: Conversation,
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(MOST_IN_A_THREAD + 1):
            conversation.ask("t")
        clock.shift(timedelta(seconds=1))
        told = [conversation.ask("t", user=user) for user in ("U1", "U2", "U2", "U3")]
        said = [(len(reply.messages), reply.alone) for reply in told if reply is not None]
        assert said == [UNTOLD, TOLD_ALONE, UNTOLD, TOLD_ALONE]


def test_who_was_answered_while_the_pause_began_is_told_of_it_too(
    conversation: Conversation,
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(MOST_IN_A_THREAD):
            conversation.ask("t")
        in_hand = conversation.take("t", user="U2")
        # It was taken just before another process began the pause.
        pause = Pause("t", NOW + WINDOW, 999)
        assert Pauses(conversation.engine).begin("T1", "C1", pause, NOW)
        clock.shift(timedelta(seconds=1))
        conversation.inbox.finish(in_hand, InboxState.ANSWERED, "answered", None)
        told = conversation.ask("t", user="U2")
        assert told is not None
        assert (len(told.messages), told.alone) == TOLD_ALONE


def test_an_answer_that_is_there_says_in_a_pause_why_it_is_not_renewed(
    conversation: Conversation,
) -> None:
    with time_machine.travel(NOW, tick=False):
        for _ in range(MOST_IN_A_THREAD + 1):
            conversation.ask("t")
        edited = replace(conversation.take("t"), revision=1, answer_ts="7.0")
        reply = conversation.breaker.reply(edited)
        assert reply is not None
        assert len(reply.messages) == 1
        assert not reply.alone
        unseen = conversation.breaker.reply(replace(edited, answer_ts="shown-0"))
        assert unseen is not None
        assert unseen.messages == ()


def test_a_direct_message_has_a_limit_of_its_own(conversation: Conversation) -> None:
    with time_machine.travel(NOW, tick=False):
        for _ in range(MOST_IN_A_DIRECT_MESSAGE):
            assert conversation.ask("t", "im") is None
        told = conversation.ask("t", "im")
        assert told is not None
        assert "I have answered you 30 times" in told.messages[0].text


def test_another_attempt_at_the_question_that_was_told_tells_it_again(
    conversation: Conversation,
) -> None:
    for _ in range(MOST_IN_A_THREAD):
        conversation.ask("t")
    question = conversation.take("t")
    first, second = conversation.breaker.reply(question), conversation.breaker.reply(question)
    assert first is not None
    assert second is not None
    assert len(first.messages) == len(second.messages) == 1


def test_of_two_workers_that_meet_the_limit_at_once_one_tells_of_it(
    conversation: Conversation,
) -> None:
    class Stale(Pauses):
        """Pauses as they were when the other worker had not begun one yet."""

        def latest(self, team: str, channel: str, thread_ts: str) -> tuple[Pause, ...]:
            return ()

    for _ in range(MOST_IN_A_THREAD):
        conversation.ask("t")
    told = conversation.ask("t")
    late = Breaker(conversation.inbox, Stale(conversation.engine))
    untold = late.reply(conversation.take("t"))
    assert told is not None
    assert untold is not None
    assert (len(told.messages), len(untold.messages)) == (1, 0)


def test_what_is_asked_alone_is_not_paused(conversation: Conversation) -> None:
    for _ in range(MOST_IN_A_THREAD):
        conversation.ask("t")
    alone = conversation.take("t", surface=Surface.ALONE)
    assert conversation.breaker.reply(alone) is None


@pytest.mark.parametrize(
    ("channel_type", "sentence"), [("channel", STOPPED), ("mpim", STOPPED), ("im", STOPPED_DIRECT)]
)
def test_a_word_that_stops_is_answered_with_what_it_does(
    conversation: Conversation, channel_type: str, sentence: str
) -> None:
    restraint = Restraint(conversation.breaker, Threads(conversation.engine))
    reply = restraint.reply(conversation.take("t", channel_type, text="Stop!"))
    assert reply is not None
    assert [message.text for message in reply.messages] == [sentence]


def test_alone_a_word_that_stops_is_a_question(conversation: Conversation) -> None:
    alone = conversation.take("t", text="stop", surface=Surface.ALONE)
    assert Restraint(conversation.breaker, Threads(conversation.engine)).reply(alone) is None


def test_a_question_changed_too_often_is_not_answered_again(conversation: Conversation) -> None:
    restraint = Restraint(conversation.breaker, Threads(conversation.engine))
    question = conversation.take("t")
    assert restraint.reply(replace(question, revision=MOST_EDITS)) is None
    reply = restraint.reply(replace(question, revision=MOST_EDITS + 1))
    assert reply is not None
    assert "changed 11 times" in reply.messages[0].text
    assert reply.status is AnswerStatus.REFUSED_LIMIT
