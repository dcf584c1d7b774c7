"""Progress while an answer takes long: a streamed message of tasks that becomes the answer.

Nothing of an answer is in the stream before it is checked: tasks say what is being done. The
message is noted as soon as it is there, so that whoever has the question next goes on with it.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk import WebClient

from assistant.domain.answers import OnStep, StepBegun
from assistant.slack.blocks import Message
from assistant.slack.clients import SlackCallError, called
from assistant.slack.errands import Errands
from assistant.slack.pacing import (
    APPEND_STREAM,
    DELETE,
    START_STREAM,
    STOP_STREAM,
    UPDATE,
    NotYetError,
    Pace,
)
from assistant.slack.progress import Tasks, status_of
from assistant.slack.sessions import Sessions, say_stopped
from assistant.store.inbox import UNFINISHED, Inbox, InboxQuestion, InboxState, Surface

STATUS_SECONDS = 0.5
STREAM_SECONDS = 1.5

# The message is there but no stream any more, or one still: the other way of changing it works.
_OTHER_WAY = frozenset(
    {"message_not_in_streaming_state", "stopped_by_user", "streaming_state_conflict"}
)
# The message cannot be made the answer by any way.
_GONE = frozenset(
    {
        "message_not_found",
        "message_not_owned_by_app",
        "cant_update_message",
        "edit_window_closed",
        "invalid_ts",
    }
)

_log = structlog.get_logger()

ShowStatus = Callable[[InboxQuestion, str], None]
FindLeft = Callable[[], str | None]


class NotOursError(Exception):
    """The question was stopped, edited, deleted or taken over: nobody waits for what is done."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What streams are made with; neither client repeats a call, and `courtesy` waits not long."""

    posting: WebClient
    courtesy: WebClient
    inbox: Inbox
    pace: Pace
    sessions: Sessions
    errands: Errands
    show_status: ShowStatus
    stream_seconds: float
    status_seconds: float


class Streams:
    """The progress of every question in hand."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._lock = threading.Lock()
        # By lease: an edited question may be in two hands for a moment.
        self._in_hand: dict[str, _Stream] = {}

    def begin(self, question: InboxQuestion, *, alone: bool) -> OnStep:
        """Return what the answer path tells its steps; `alone`, the thread sees nothing of them.

        It raises NotOursError when the question is no longer the caller's. May be called again
        for a question that is answered a second time.
        """
        with self._lock:
            stream = self._in_hand.setdefault(question.lease, _Stream(self._workshop, question))
        stream.is_shown = not alone and question.asked.surface is Surface.THREAD
        return stream.on_step

    def end(
        self,
        question: InboxQuestion,
        message: Message,
        metadata: Mapping[str, Any],
        find_left: FindLeft,
    ) -> str | None:
        """Make the message that is there already the first one of the answer; return its ts.

        None when there is none, so that a new one must be posted. May be repeated. `find_left`
        looks in the thread for a stream whose start was never confirmed. Raises SlackCallError
        and NotYetError.
        """
        stream = self._of(question)
        if stream is not None:
            stream.halt()
        ts = (stream.ts if stream is not None else None) or question.answer_ts
        if ts is None and (question.attempts > 1 or (stream is not None and stream.is_unsure)):
            ts = find_left()
        if ts is None:
            return None
        is_live = stream is not None and stream.is_live
        if stream is not None:
            # Tried again, it may have ended unheard.
            stream.is_live = False
        is_answer = self._put(question, ts, message, metadata, is_live=is_live)
        if not is_answer:
            self._take_away(question, ts)
        if stream is not None:
            stream.ts, stream.is_answer = (ts if is_answer else None), is_answer
        return ts if is_answer else None

    def close(self, question: InboxQuestion) -> None:
        """Forget the question, after its end or when it is somebody else's."""
        with self._lock:
            stream = self._in_hand.pop(question.lease, None)
        if stream is None:
            return
        stream.halt()
        asked = question.asked
        if stream.ts is not None and not stream.is_answer:
            self._leave_nothing_half(question, stream.ts)
        is_first = asked.thread_ts == asked.ts
        if stream.is_watched and (stream.is_processing or is_first):
            self._workshop.errands.begin(lambda: self._workshop.sessions.active(asked))
        if stream.is_watched and is_first and question.revision:
            self._workshop.errands.begin(lambda: self._workshop.sessions.rename(asked))

    def withdrawn(self, question: InboxQuestion) -> None:
        """Take a question that was taken back out of the title of the thread that it began."""
        asked = question.asked
        if asked.surface is Surface.THREAD and asked.thread_ts == asked.ts:
            self._workshop.errands.begin(lambda: self._workshop.sessions.rename(asked))

    def _of(self, question: InboxQuestion) -> "_Stream | None":
        with self._lock:
            return self._in_hand.get(question.lease)

    def _put(
        self,
        question: InboxQuestion,
        ts: str,
        message: Message,
        metadata: Mapping[str, Any],
        *,
        is_live: bool,
    ) -> bool:
        """Try each way that there is; False when the message cannot become the answer."""
        ways = [self._update, self._stop, self._update]
        for way in [self._stop, *ways] if is_live else ways:
            try:
                way(question, ts, message, metadata)
            except SlackCallError as error:
                if error.code in _GONE:
                    return False
                # A change may be made twice; if a stream ended unheard, it shows in the next way.
                if error.code not in _OTHER_WAY and not (error.is_lost and way == self._stop):
                    raise
                _log.info("stream_not_taken", code=error.code)
            else:
                return True
        return False

    def _stop(
        self, question: InboxQuestion, ts: str, message: Message, metadata: Mapping[str, Any]
    ) -> None:
        self._workshop.pace.call(
            STOP_STREAM,
            self._workshop.posting.chat_stopStream,
            channel=question.asked.channel,
            ts=ts,
            blocks=list(message.blocks),
            metadata=dict(metadata),
        )
        # A stream takes no words for who sees no blocks, and its tasks have done their work.
        try:
            self._update(question, ts, message, metadata)
        except SlackCallError as error:
            _log.warning("stream_without_words", code=error.code)

    def _update(
        self, question: InboxQuestion, ts: str, message: Message, metadata: Mapping[str, Any]
    ) -> None:
        self._workshop.pace.call(
            UPDATE,
            self._workshop.posting.chat_update,
            channel=question.asked.channel,
            ts=ts,
            text=message.text,
            blocks=list(message.blocks),
            metadata=dict(metadata),
            parse="none",
        )

    def _take_away(self, question: InboxQuestion, ts: str) -> None:
        """Delete what could not become the answer, so that no half message stays above it.

        Raises NotYetError, or SlackCallError when Slack is away.
        """
        delete = self._workshop.posting.chat_delete
        try:
            self._workshop.pace.call(DELETE, delete, channel=question.asked.channel, ts=ts)
        except SlackCallError as error:
            if error.is_lost:
                raise
            if error.code not in _GONE:
                _log.warning("stream_not_taken_away", code=error.code)

    def _leave_nothing_half(self, question: InboxQuestion, ts: str) -> None:
        """End a stream whose question has ended elsewhere; whoever has it in hand goes on with it.

        One that was stopped says so. Where the asker alone was answered, nothing stays.
        """
        entry = self._workshop.inbox.by_id(question.id)
        if entry is None or entry.state in UNFINISHED:
            return
        try:
            if entry.state is InboxState.STOPPED:
                say_stopped(self._workshop.posting, question.asked.channel, ts)
            else:
                self._take_away(question, ts)
        except (SlackCallError, NotYetError) as error:
            _log.warning("stream_left", reason=str(error))


class _Stream:
    """The progress of one question: a status after a moment, a streamed message after another.

    `is_unsure` says that a message may be there whose ts is not known, `is_live` that Slack still
    took the last news of it, `is_shown` that the thread may see what is done, `is_answer` that the
    message has become the answer.
    """

    def __init__(self, workshop: Workshop, question: InboxQuestion) -> None:
        self.ts: str | None = None
        self.is_live = False
        self.is_unsure = False
        self.is_processing = False
        self.is_shown = False
        self.is_watched = False
        self.is_answer = False
        self._workshop = workshop
        self._question = question
        self._began = time.monotonic()
        self._tasks = Tasks(question.id)
        self._lock = threading.Lock()
        self._over = threading.Event()

    def on_step(self, begun: StepBegun) -> None:
        """Note what is being done now and show it; raises NotOursError."""
        if not self._workshop.inbox.renew(self._question):
            raise NotOursError
        with self._lock:
            news = self._tasks.begin(begun)
            if self.is_live and self.is_shown:
                self._append(news)
        if self.is_shown and not self.is_watched:
            self.is_watched = True
            # The reader's language is the worker's context's, so it goes along.
            target = copy_context().run
            threading.Thread(target=target, args=(self._watch,), daemon=True).start()

    def halt(self) -> None:
        """Show nothing more; what is on its way to Slack is waited for."""
        self._over.set()
        with self._lock:
            return

    def _watch(self) -> None:
        if self._over.wait(self._left(self._workshop.status_seconds)):
            return
        self._unless_over(self._show_status)
        # What is there from before is only ever changed into the answer.
        may_stream = self._question.answer_ts is None and self._question.attempts == 1
        if self._over.wait(self._left(self._workshop.stream_seconds)):
            return
        self._unless_over(self._say_processing)
        if may_stream:
            self._unless_over(self._open)

    def _left(self, seconds: float) -> float:
        return max(0.0, self._began + seconds - time.monotonic())

    def _unless_over(self, work: Callable[[], None]) -> None:
        """Do something that must not come after the answer."""
        with self._lock:
            if self.is_shown and not self._over.is_set():
                work()

    def _show_status(self) -> None:
        step = self._tasks.now
        if step is not None:
            self._workshop.show_status(self._question, status_of(step))

    def _say_processing(self) -> None:
        self.is_processing = True
        self._workshop.sessions.processing(self._question.asked)

    def _open(self) -> None:
        asked = self._question.asked
        is_direct = asked.channel_type == "im"
        reader = {} if is_direct else _reader(asked.user, asked.team)
        try:
            answer = self._workshop.pace.call(
                START_STREAM,
                self._workshop.courtesy.chat_startStream,
                channel=asked.channel,
                thread_ts=asked.thread_ts,
                task_display_mode="timeline",
                chunks=self._tasks.all(),
                **reader,
            )
        except NotYetError:
            _log.info("stream_not_started", code="too_soon")
            return
        except SlackCallError as error:
            self.is_unsure = error.is_lost
            _log.info("stream_not_started", code=error.code)
            return
        self.ts, self.is_live = str(answer["ts"]), True
        if not self._workshop.inbox.note_posted(self._question, self.ts):
            self._disown()

    def _disown(self) -> None:
        """Leave no message behind that nobody else knows of; one that was stopped says so."""
        entry = self._workshop.inbox.by_id(self._question.id)
        if self.ts is None or (entry is not None and entry.state is InboxState.STOPPED):
            return
        try:
            channel = self._question.asked.channel
            called(self._workshop.posting.chat_delete, channel=channel, ts=self.ts)
        except SlackCallError as error:
            _log.warning("stream_left", code=error.code)
        self.ts, self.is_live = None, False

    def _append(self, news: Sequence[Mapping[str, Any]]) -> None:
        try:
            self._workshop.pace.call(
                APPEND_STREAM,
                self._workshop.courtesy.chat_appendStream,
                channel=self._question.asked.channel,
                ts=self.ts,
                chunks=list(news),
            )
        except NotYetError:
            _log.info("stream_not_continued", code="too_soon")
        except SlackCallError as error:
            self.is_live = error.code not in _OTHER_WAY | _GONE
            _log.info("stream_not_continued", code=error.code)


def _reader(user: str, team: str) -> Mapping[str, str]:
    """Say for whom a stream is; Slack asks for it wherever several could read along."""
    return {"recipient_user_id": user, "recipient_team_id": team}


def is_left_stream(message: Mapping[str, Any]) -> bool:
    """Whether a message of ours is a stream that never became an answer."""
    return bool(message.get("streaming_state")) and not message.get("metadata")
