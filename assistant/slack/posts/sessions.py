"""Slack's view of the agent at work: a session's status and title, and its stop button."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import App
from slack_sdk import WebClient

from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.errands import Errands
from assistant.slack.shown.blocks import inert, sentence_messages
from assistant.store.inbox import Inbox, IncomingQuestion

STOP_EVENT = "agent_session_stopped"
LONGEST_TITLE = 200
SECONDS_WITHOUT = 3600.0
STOPPED_TYPE = "commissioning_stopped"
STOPPED = phrase("Stopped. Ask again whenever you like.")
TAKEN_BACK = phrase("A question that was taken back")
NOTHING_TO_STOP = phrase(
    "There is nothing of yours to stop here; an answer is stopped by the person who asked."
)

_PROCESSING, _ACTIVE = "processing", "active"
# What a workspace says that has no sessions, or an app that is no agent there.
_HAS_NONE = frozenset({"unknown_method", "method_not_supported_for_channel_type", "not_an_agent"})

_log = structlog.get_logger()


class Sessions:
    """Says of each thread whether we work on it; failing to costs nothing but the stop button."""

    def __init__(self, client: WebClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._not_before = float("-inf")

    def processing(self, asked: IncomingQuestion) -> None:
        """Say that we work on the thread, so that Slack shows the stop button."""
        self._set(asked, _PROCESSING)

    def active(self, asked: IncomingQuestion) -> None:
        """Say that nothing is being done in the thread."""
        self._set(asked, _ACTIVE)

    def rename(self, asked: IncomingQuestion) -> None:
        """Give a thread the title of its first question as it reads now, or of one taken back."""
        title = title_of(asked.text) if asked.text else say(TAKEN_BACK)
        arguments = {"channel_id": asked.channel, "thread_ts": asked.thread_ts, "title": title}
        self._call(self._client.agents_sessions_rename, **arguments)

    def _set(self, asked: IncomingQuestion, status: str) -> None:
        self._call(
            self._client.agents_sessions_setStatus,
            channel_id=asked.channel,
            thread_ts=asked.thread_ts,
            status=status,
            # Slack takes it for a new session only, so the thread's first question names it.
            title=title_of(asked.text),
        )

    def _call(self, method: Callable[..., Any], **arguments: Any) -> None:
        if self._clock() < self._not_before:
            return
        try:
            called(method, **arguments)
        except SlackCallError as error:
            seconds = SECONDS_WITHOUT if error.code in _HAS_NONE else error.retry_after or 0.0
            self._not_before = max(self._not_before, self._clock() + seconds)
            _log.info("session_not_set", code=error.code)


@dataclass(frozen=True, slots=True)
class StopButton:
    """What follows when somebody presses Slack's stop button in a thread.

    `home` is the workspace in which the app is installed.
    """

    inbox: Inbox
    client: WebClient
    errands: Errands
    home: str

    def register(self, app: App) -> None:
        """Give the listener to Bolt, before one that takes every event."""
        app.event(STOP_EVENT)(self.on_stopped)

    def on_stopped(self, event: Mapping[str, Any]) -> None:
        """End what the person who pressed it has asked in the thread, before Slack is told.

        Nobody else's: an answer that somebody waits for is not another's to take away.
        """
        channel, thread_ts = str(event["channel"]), str(event.get("thread_ts") or "")
        user = str(event.get("user") or "")
        if not (thread_ts and user):
            return
        streamed = [str(ts) for ts in event.get("streaming_message_ts") or ()]
        # Slack may send it late; what was asked after the button was pressed goes on.
        pressed_at = str(event["event_ts"]) if event.get("event_ts") else None
        stopped = self.inbox.stop(self.home, channel, thread_ts, asker=user, before=pressed_at)
        if stopped:
            self.errands.begin(lambda: self._say_stopped(channel, thread_ts, streamed))
        else:
            self.errands.begin(lambda: self._say_nothing_to_stop(channel, thread_ts, user))

    def _say_stopped(self, channel: str, thread_ts: str, streamed: Sequence[str]) -> None:
        try:
            for ts in streamed:
                say_stopped(self.client, channel, ts)
            if not streamed:
                called(
                    self.client.chat_postMessage,
                    channel=channel,
                    thread_ts=thread_ts,
                    **stopped_message(),
                )
        except SlackCallError as error:
            _log.warning("stop_not_said", code=error.code)
        try:
            called(
                self.client.agents_sessions_setStatus,
                channel_id=channel,
                thread_ts=thread_ts,
                status=_ACTIVE,
            )
        except SlackCallError as error:
            _log.info("session_not_set", code=error.code, status=_ACTIVE)

    def _say_nothing_to_stop(self, channel: str, thread_ts: str, user: str) -> None:
        message = sentence_messages(say(NOTHING_TO_STOP))[0]
        try:
            called(
                self.client.chat_postEphemeral,
                channel=channel,
                thread_ts=thread_ts,
                user=user,
                text=message.text,
                blocks=list(message.blocks),
            )
        except SlackCallError as error:
            _log.info("stop_not_explained", code=error.code)


def say_stopped(client: WebClient, channel: str, ts: str) -> None:
    """Let a message of ours that was under way say that it was stopped; raises SlackCallError."""
    try:
        called(client.chat_update, channel=channel, ts=ts, **stopped_message())
    except SlackCallError as error:
        if error.code != "streaming_state_conflict":
            raise
        called(client.chat_stopStream, channel=channel, ts=ts)
        called(client.chat_update, channel=channel, ts=ts, **stopped_message())


def stopped_message() -> dict[str, Any]:
    """Return what a thread is told of an answer that was stopped, as arguments of a call."""
    message = sentence_messages(say(STOPPED))[0]
    return {
        "text": message.text,
        "blocks": list(message.blocks),
        # Whoever looks for what a crash left must not take this for it.
        "metadata": {"event_type": STOPPED_TYPE, "event_payload": {"status": "stopped"}},
    }


def title_of(text: str) -> str:
    """Return the title of a thread that began with this question: plain, one line, not too long."""
    line = inert(" ".join(text.split()))
    if len(line) <= LONGEST_TITLE:
        return line or "…"
    return f"{line[: LONGEST_TITLE - 1].rstrip()}…"
