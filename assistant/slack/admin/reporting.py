"""One message of a direct message that follows something long, from its beginning to its end."""

import json
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import structlog
from slack_sdk import WebClient

from assistant.domain.releases import Progress
from assistant.language import say
from assistant.slack.admin.blocks import Told
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.plain_http import post_bytes
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.blocks import Message, sentence_messages

SECONDS_BETWEEN = 2.0

_log = structlog.get_logger()


class Direct:
    """The direct messages of the bot: plain posts there, and reports that are kept up to date."""

    def __init__(
        self,
        posting: WebClient,
        repeating: WebClient,
        courtesy: WebClient,
        notes: Path,
        seconds_between: float = SECONDS_BETWEEN,
    ) -> None:
        """`notes` is the folder that remembers reports that have no end yet."""
        self.posting = posting
        self.repeating = repeating
        self.courtesy = courtesy
        self.seconds_between = seconds_between
        self._notes = notes
        self._open: set[Report] = set()
        self._lock = threading.Lock()

    def channel(self, user: str) -> str:
        """Return the direct message with `user`; raises SlackCallError."""
        answer = called(self.repeating.conversations_open, users=user)
        return str((answer.get("channel") or {})["id"])

    def post(self, channel: str, messages: Sequence[Message], thread_ts: str | None = None) -> str:
        """Post messages and return the ts of the first; raises SlackCallError."""
        sent = [self._post(channel, message, thread_ts) for message in messages]
        return sent[0]

    def begin(self, user: str, what: str, thread_ts: str | None = None) -> "Report":
        """Say that something long has begun; raises SlackCallError when that cannot be said."""
        channel = self.channel(user)
        begun = sentence_messages(admin_sentences.begun(what))
        ts = self.post(channel, begun, thread_ts)
        report = Report(self, channel, ts, what, self._note(channel, ts))
        with self._lock:
            self._open.add(report)
        report.start()
        return report

    def ended(self, report: "Report") -> None:
        """Forget a report that has its end."""
        with self._lock:
            self._open.discard(report)

    def break_off(self) -> None:
        """Say of every report without an end that the assistant was stopped in the middle."""
        with self._lock:
            left = list(self._open)
        for report in left:
            report.break_off()

    def tell_of_what_was_broken_off(self) -> None:
        """Say the same where an earlier process ended without a word."""
        for note in self._left():
            try:
                place = json.loads(note.read_text(encoding="utf-8"))
                self.update(self.repeating, place["channel"], place["ts"], _stopped())
            except (SlackCallError, OSError, ValueError, KeyError, TypeError) as error:
                _log.warning("report_not_ended", error=type(error).__name__)
            note.unlink(missing_ok=True)

    def update(self, client: WebClient, channel: str, ts: str, message: Message) -> None:
        """Put a message in the place of another; raises SlackCallError."""
        called(
            client.chat_update,
            channel=channel,
            ts=ts,
            text=message.text,
            blocks=list(message.blocks),
            parse="none",
        )

    def send_text(self, channel: str, name: str, text: str, thread_ts: str | None) -> None:
        """Send a text as a file; raises SlackCallError."""
        data = text.encode()
        place = called(self.posting.files_getUploadURLExternal, filename=name, length=len(data))
        post_bytes(str(place["upload_url"]), data)
        where = {"channel_id": channel, **({"thread_ts": thread_ts} if thread_ts else {})}
        files = [{"id": str(place["file_id"]), "title": name}]
        called(self.posting.files_completeUploadExternal, files=files, **where)

    def _post(self, channel: str, message: Message, thread_ts: str | None) -> str:
        answer = called(
            self.posting.chat_postMessage,
            channel=channel,
            text=message.text,
            blocks=list(message.blocks),
            unfurl_links=False,
            unfurl_media=False,
            mrkdwn=False,
            parse="none",
            **({"thread_ts": thread_ts} if thread_ts else {}),
        )
        return str(answer["ts"])

    def _note(self, channel: str, ts: str) -> Path | None:
        note = self._notes / f"{uuid.uuid4().hex}.json"
        try:
            self._notes.mkdir(parents=True, exist_ok=True)
            note.write_text(json.dumps({"channel": channel, "ts": ts}), encoding="utf-8")
        except OSError:
            # Without it a crash is told by the status alone.
            _log.warning("report_not_noted")
            return None
        return note

    def _left(self) -> Iterator[Path]:
        with suppress(OSError):
            yield from sorted(self._notes.glob("*.json"))


class Report:
    """The message that says how far something is, at most every two seconds, and how it ended."""

    def __init__(self, direct: Direct, channel: str, ts: str, what: str, note: Path | None) -> None:
        self.channel = channel
        self.ts = ts
        self._direct = direct
        self._what = what
        self._note = note
        self._latest: Progress | None = None
        self._over = threading.Event()
        self._writing = threading.Lock()
        self._ticker = threading.Thread(target=self._tick, name="reporting", daemon=True)

    def start(self) -> None:
        """Begin to show progress, in a thread of its own: what is reported on must not wait."""
        self._ticker.start()

    def on_progress(self, progress: Progress) -> None:
        """Take note of how far it is."""
        self._latest = progress

    def finish(self, said: Told, thread_ts: str | None = None) -> None:
        """Put how it ended in the message's place, and what does not fit into its thread."""
        self._end()
        thread = thread_ts or self.ts
        first, *others = said.messages
        try:
            self._put(first)
            if others:
                self._direct.post(self.channel, others, thread)
        except SlackCallError as error:
            _log.error("report_not_told", code=error.code)
            return
        finally:
            self._forget()
        self._send_whole(said.whole, thread)

    def break_off(self) -> None:
        """Say that the assistant was stopped in the middle of it."""
        self._end()
        try:
            self._direct.update(self._direct.repeating, self.channel, self.ts, _stopped())
        except SlackCallError as error:
            # The note stays, so the next start says it.
            _log.warning("report_not_ended", code=error.code)
            return
        self._forget()

    def _tick(self) -> None:
        shown: Progress | None = None
        while not self._over.wait(self._direct.seconds_between):
            latest = self._latest
            if latest is not None and latest != shown:
                shown = latest
                self._over.wait(self._show(latest))

    def _show(self, progress: Progress) -> float:
        """Show progress; return the seconds that Slack asks us to wait before more of it."""
        (message,) = sentence_messages(admin_sentences.progress(self._what, progress))
        with self._writing:
            if self._over.is_set():
                return 0.0
            try:
                self._direct.update(self._direct.courtesy, self.channel, self.ts, message)
            except SlackCallError as error:
                _log.warning("progress_not_shown", code=error.code)
                return error.retry_after or 0.0
        return 0.0

    def _put(self, message: Message) -> None:
        """Update the message; where it is gone, post another."""
        try:
            self._direct.update(self._direct.repeating, self.channel, self.ts, message)
        except SlackCallError as error:
            _log.warning("report_posted_anew", code=error.code)
            self._direct.post(self.channel, [message])

    def _send_whole(self, whole: str | None, thread: str) -> None:
        if whole is None:
            return
        try:
            self._direct.send_text(self.channel, f"{self._what}.txt", whole, thread)
        except SlackCallError as error:
            _log.warning("list_not_sent", code=error.code)
            with suppress(SlackCallError):
                sorry = sentence_messages(say(admin_sentences.FILE_NOT_SENT))
                self._direct.post(self.channel, sorry, thread)

    def _end(self) -> None:
        self._over.set()
        # A progress that is on its way must not arrive after the end.
        with self._writing:
            pass
        self._direct.ended(self)

    def _forget(self) -> None:
        if self._note is not None:
            self._note.unlink(missing_ok=True)


def _stopped() -> Message:
    (message,) = sentence_messages(say(admin_sentences.STOPPED))
    return message
