"""Progress while an answer takes long: a streamed message of tasks that becomes the answer.

Nothing of an answer is in the stream before it is checked: tasks say what is being done. The
message is noted as soon as it is there, so that whoever has the question next goes on with it.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog

from assistant.domain.answers import OnStep
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.pacing import DELETE, STOP_STREAM, UPDATE, NotYetError
from assistant.slack.posts.sessions import say_stopped
from assistant.slack.posts.showing import GONE, OTHER_WAY, Stream, Workshop
from assistant.slack.shown.blocks import Message
from assistant.store.inbox import UNFINISHED, InboxQuestion, InboxState, Surface

FindLeft = Callable[[], Iterable[str]]

_log = structlog.get_logger()


class Streams:
    """The progress of every question in hand."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._lock = threading.Lock()
        # By lease: an edited question may be in two hands for a moment.
        self._in_hand: dict[str, Stream] = {}

    def begin(self, question: InboxQuestion, *, alone: bool) -> OnStep:
        """Return what the answer path tells its steps; `alone`, the thread sees nothing of them.

        It raises NotOursError when the question is no longer the caller's. May be called again
        for a question that is answered a second time.
        """
        with self._lock:
            stream = self._in_hand.setdefault(question.lease, Stream(self._workshop, question))
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
        looks in the thread for streams whose start was never confirmed. Raises SlackCallError and
        NotYetError.
        """
        stream = self._of(question)
        if stream is not None:
            stream.halt()
        ts = (stream.ts if stream is not None else None) or question.answer_ts
        is_unsure = stream is not None and stream.is_unsure
        if ts is None and (is_unsure or not question.is_untold):
            ts = next(iter(self.left(question, find_left)), None)
        if ts is None:
            return None
        is_live = stream is not None and stream.is_live
        is_answer = self._put(question, ts, message, metadata, is_live=is_live)
        if not is_answer:
            self._take_away(question, ts)
        if stream is not None:
            stream.ts, stream.is_answer = (ts if is_answer else None), is_answer
        return ts if is_answer else None

    def left(self, question: InboxQuestion, find_left: FindLeft) -> list[str]:
        """Return those of the streams that are left which another question does not show."""
        asked, inbox = question.asked, self._workshop.inbox
        of = {ts: inbox.of_answer(asked.team, asked.channel, ts) for ts in find_left()}
        return [ts for ts, entry in of.items() if entry is None or entry.id == question.id]

    def has_begun(self, question: InboxQuestion) -> bool:
        """Whether a message may be there; nothing more is shown of the question from now on."""
        stream = self._of(question)
        if stream is None:
            return False
        stream.halt()
        return stream.ts is not None or stream.is_unsure

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

    def _of(self, question: InboxQuestion) -> Stream | None:
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
                if error.code in GONE:
                    return False
                if error.code not in OTHER_WAY:
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
            if error.code not in GONE:
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


def is_left_stream(message: Mapping[str, Any]) -> bool:
    """Whether a message of ours is a stream that never became an answer."""
    blocks = message.get("blocks") or ()
    shows_tasks = any(block.get("type") in ("task_card", "plan") for block in blocks)
    return (shows_tasks or bool(message.get("streaming_state"))) and not message.get("metadata")
