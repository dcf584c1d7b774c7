"""Slack's events: a question goes into the inbox before Slack is told that it arrived."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import App
from slack_sdk import WebClient

from assistant.slack import sentences
from assistant.slack.clients import SlackCallError, called
from assistant.slack.words import plain_question
from assistant.store.inbox import AttachedFile, Inbox, IncomingQuestion

Event = Mapping[str, Any]

_QUESTION_SUBTYPES = (None, "file_share", "thread_broadcast")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Listeners:
    """What is done with each event.

    `wake` tells the workers that a question waits, `show_home` has a person's Home tab shown.
    """

    inbox: Inbox
    wake: Callable[[], None]
    bot_user: str
    courtesy: WebClient
    show_home: Callable[[str], None]

    def by_event(self) -> Mapping[str, Callable[..., None]]:
        """Return the listener of each type of event that the manifest subscribes to."""
        return {
            "app_mention": self.on_mention,
            "message": self.on_message,
            "app_home_opened": self.on_tab_opened,
        }

    def register(self, app: App) -> None:
        """Give every listener to Bolt, and one for all other events so that they are acknowledged.

        Each returns only when its row is committed; Bolt then acknowledges, or not if it raises.
        """
        for event, listener in self.by_event().items():
            app.event(event)(listener)
        app.event(re.compile(".*"))(_acknowledge)
        app.error(_report)

    def on_mention(self, body: Event, event: Event) -> None:
        """Write down what was asked of us in a channel."""
        self._receive(body, event, "channel")

    def on_message(self, body: Event, event: Event) -> None:
        """Write down what was asked in a direct message; other messages are not for us."""
        if event.get("channel_type") == "im":
            self._receive(body, event, "im")

    def on_tab_opened(self, event: Event) -> None:
        """Show the Home tab, or suggest questions for a direct message; either may fail."""
        if event.get("tab") == "home" and event.get("user"):
            self.show_home(str(event["user"]))
        if event.get("tab") == "messages":
            self._suggest_questions(event)

    def _suggest_questions(self, event: Event) -> None:
        prompts = [{"title": title, "message": message} for title, message in sentences.PROMPTS]
        try:
            # Without thread_ts: under agent_view Slack drops the call when it is given.
            called(
                self.courtesy.api_call,
                api_method="assistant.threads.setSuggestedPrompts",
                json={"channel_id": event["channel"], "prompts": prompts},
            )
        except SlackCallError as error:
            _log.warning("prompts_not_suggested", code=error.code)

    def _receive(self, body: Event, event: Event, channel_type: str) -> None:
        asked = question_in(body, event, channel_type, self.bot_user)
        if asked is not None and self.inbox.receive(asked):
            self.wake()


def question_in(
    body: Event, event: Event, channel_type: str, bot_user: str
) -> IncomingQuestion | None:
    """Return the question that an event holds, or None when it is not a person's own new post."""
    if event.get("subtype") not in _QUESTION_SUBTYPES or event.get("hidden"):
        return None
    if any(event.get(mark) for mark in ("bot_id", "app_id", "bot_profile")):
        return None
    user, channel, ts = (event.get(name) for name in ("user", "channel", "ts"))
    if not (user and channel and ts) or user == bot_user:
        return None
    return IncomingQuestion(
        event_id=str(body["event_id"]),
        team=str(body["team_id"]),
        channel=str(channel),
        channel_type=channel_type,
        ts=str(ts),
        thread_ts=str(event.get("thread_ts") or ts),
        user=str(user),
        text=plain_question(str(event.get("text") or ""), bot_user),
        files=attached(event),
    )


def attached(event: Event) -> tuple[AttachedFile, ...]:
    """Return the files that came with a post."""
    files = [file for file in event.get("files") or () if isinstance(file, Mapping)]
    return tuple(
        AttachedFile(str(file["id"]), str(file.get("name") or file["id"]))
        for file in files
        if file.get("id")
    )


def _acknowledge() -> None:
    """Nothing is to be done; without a listener Slack would send the event again."""


def _report(error: Exception) -> None:
    """Say in the log what kept an event from being acknowledged, without its content."""
    _log.error("event_not_received", error=type(error).__name__, exc_info=error)
