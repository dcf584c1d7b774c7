"""The progress of one question as its thread sees it: a status, then tasks in a stream."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk import WebClient

from assistant.domain.answers import StepBegun
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.errands import Errands
from assistant.slack.api.pacing import APPEND_STREAM, START_STREAM, NotYetError, Pace
from assistant.slack.posts.progress import Tasks, status_of
from assistant.slack.posts.sessions import Sessions
from assistant.store.inbox import Inbox, InboxQuestion, InboxState

# The message is there but no stream any more, or one still: the other way of changing it works.
OTHER_WAY = frozenset(
    {"message_not_in_streaming_state", "stopped_by_user", "streaming_state_conflict"}
)
# The message cannot be made the answer by any way.
GONE = frozenset(
    {
        "message_not_found",
        "message_not_owned_by_app",
        "cant_update_message",
        "edit_window_closed",
        "invalid_ts",
    }
)

_log = structlog.get_logger()

STATUS_SECONDS = 0.5
STREAM_SECONDS = 1.5

ShowStatus = Callable[[InboxQuestion, str], None]


class NotOursError(Exception):
    """The question was stopped, edited, deleted or taken over: nobody waits for what is done."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What streams are made with; neither client repeats a call, and `courtesy` waits not long.

    `team_of` tells the workspace of who asks, which in a shared channel need not be ours.
    """

    posting: WebClient
    courtesy: WebClient
    inbox: Inbox
    pace: Pace
    sessions: Sessions
    errands: Errands
    show_status: ShowStatus
    team_of: Callable[[str], str]
    stream_seconds: float
    status_seconds: float


class Stream:
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
            target, name = copy_context().run, f"showing-{self._question.id}"
            threading.Thread(target=target, args=(self._show,), name=name, daemon=True).start()

    def halt(self) -> None:
        """Show nothing more; what is on its way to Slack is waited for."""
        self._over.set()
        with self._lock:
            return

    def _show(self) -> None:
        try:
            self._watch()
        except Exception as error:  # noqa: BLE001 - the answer comes without what is shown of it
            _log.warning("progress_not_shown", error=type(error).__name__)

    def _watch(self) -> None:
        if self._over.wait(self._left(self._workshop.status_seconds)):
            return
        self._unless_over(self._show_status)
        # What is there from before, known or not, is only ever changed into the answer.
        may_stream = self._question.is_untold
        if self._over.wait(self._left(self._workshop.stream_seconds)):
            return
        self._unless_over(self._say_processing)
        if may_stream:
            reader = self._reader()
            self._unless_over(lambda: self._open(reader))

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

    def _reader(self) -> Mapping[str, str]:
        """Say for whom a stream is; Slack asks for it wherever several could read along."""
        asked = self._question.asked
        if asked.channel_type == "im":
            return {}
        team = self._workshop.team_of(asked.user)
        return {"recipient_user_id": asked.user, "recipient_team_id": team}

    def _open(self, reader: Mapping[str, str]) -> None:
        asked = self._question.asked
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
            self.is_live = error.code not in OTHER_WAY | GONE
            _log.info("stream_not_continued", code=error.code)
