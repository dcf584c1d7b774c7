"""The breaker: so much is answered in a thread and in a channel, and no more for a while.

Bots that answer each other end here, whoever they say they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from assistant.domain.answers import AnswerStatus
from assistant.language import phrase, say
from assistant.slack.posts.posting import Reply
from assistant.slack.questions.aside import is_aside
from assistant.slack.shown.blocks import Message, messages_of
from assistant.slack.shown.weaving import time_of_day, woven
from assistant.store.inbox import Inbox, InboxQuestion, IncomingQuestion, Surface
from assistant.store.pauses import WHOLE_CHANNEL, Pause, Pauses

WINDOW = timedelta(minutes=10)
MOST_IN_A_THREAD = 12
MOST_IN_A_CHANNEL = 90
MOST_IN_A_DIRECT_MESSAGE = 30

# {time} is a time of day in the reader's own zone.
THREAD_PAUSED = phrase(
    "I have answered {count} times in this thread within {minutes} minutes, so I pause here until "
    "{time}; please ask again after that."
)
CHANNEL_PAUSED = phrase(
    "I have answered {count} times in this channel within {minutes} minutes, so I pause here until "
    "{time}; please ask again after that, or in a direct message."
)
DIRECT_PAUSED = phrase(
    "I have answered you {count} times within {minutes} minutes, so I pause until {time}; please "
    "ask again after that."
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Limit:
    thread_ts: str
    most: int
    sentence: str


class Breaker:
    """Counts in the database what was answered, over every process that shares it."""

    def __init__(self, inbox: Inbox, pauses: Pauses) -> None:
        self._inbox = inbox
        self._pauses = pauses

    def reply(self, question: InboxQuestion) -> Reply | None:
        """Return what is said instead of an answer while there is a pause; None when there is none.

        The question that begins a pause is told of it, and by a change, which no bot answers, an
        edited one that has an answer. Everybody else is told alone, where no bot hears it, each
        person once in each thread. After that they get no message at all.
        """
        asked = question.asked
        if asked.surface is Surface.ALONE:
            # A bot cannot type a command, and nobody else sees what is said.
            return None
        now = datetime.now(UTC)
        latest = {
            pause.thread_ts: pause
            for pause in self._pauses.latest(asked.team, asked.channel, asked.thread_ts)
        }
        for limit in _limits(question):
            pause = latest.get(limit.thread_ts)
            if pause is None or pause.until <= now:
                pause = self._begun(question, limit, pause, now)
            if pause is not None:
                return self._told(question, limit, pause)
        return None

    def _told(self, question: InboxQuestion, limit: _Limit, pause: Pause) -> Reply:
        is_told = pause.said_to == question.id or _is_answered(question)
        is_told_alone = not is_told and not self._was_told(question.asked, pause)
        messages = (_paused(limit, pause.until),) if is_told or is_told_alone else ()
        return Reply(messages, AnswerStatus.REFUSED_LIMIT, alone=is_told_alone)

    def _was_told(self, asked: IncomingQuestion, pause: Pause) -> bool:
        """Whether this person was told of the pause in this thread already."""
        return self._inbox.has_ended(asked, AnswerStatus.REFUSED_LIMIT, pause.until - WINDOW)

    def _begun(
        self, question: InboxQuestion, limit: _Limit, last: Pause | None, now: datetime
    ) -> Pause | None:
        """Begin a pause if the limit is reached since the last one, and return it."""
        asked = question.asked
        since = max(now - WINDOW, last.until if last else now - WINDOW)
        thread_ts = limit.thread_ts or None
        if self._inbox.finished_since(asked.team, asked.channel, since, thread_ts) < limit.most:
            return None
        pause = Pause(limit.thread_ts, now + WINDOW, question.id)
        if not self._pauses.begin(asked.team, asked.channel, pause, now):
            # Another worker was quicker, and tells of it.
            return self._pauses.at(asked.team, asked.channel, limit.thread_ts)
        _log.warning("breaker_tripped", channel=asked.channel, whole=not limit.thread_ts)
        return pause


def _limits(question: InboxQuestion) -> Iterator[_Limit]:
    asked = question.asked
    if asked.channel_type == "im":
        yield _Limit(WHOLE_CHANNEL, MOST_IN_A_DIRECT_MESSAGE, DIRECT_PAUSED)
        return
    yield _Limit(asked.thread_ts, MOST_IN_A_THREAD, THREAD_PAUSED)
    yield _Limit(WHOLE_CHANNEL, MOST_IN_A_CHANNEL, CHANNEL_PAUSED)


def _is_answered(question: InboxQuestion) -> bool:
    """Whether a message in the thread is about the question already."""
    return question.answer_ts is not None and not is_aside(question)


def _paused(limit: _Limit, until: datetime) -> Message:
    minutes = int(WINDOW.total_seconds() // 60)
    spoken = say(limit.sentence, count=limit.most, minutes=minutes, time="{time}")
    (message,) = messages_of([woven(spoken, time=time_of_day(until))])
    return message
