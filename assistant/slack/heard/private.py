"""`/ask`: a question that nobody else sees, written down before Slack is told that it came."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import Ack, App

from assistant.language import phrase, say, say_some
from assistant.slack.shown import sentences
from assistant.slack.shown.words import plain_question
from assistant.store.database import DatabaseTrouble
from assistant.store.inbox import Inbox, IncomingQuestion, Surface

ASK_COMMAND = "/ask"
LOOKING = phrase("Looking into the guidance… The answer comes here, for you alone.")
ASK_WHAT = phrase(
    "Type your question after the command, for example: /ask What is a commissioning cycle?"
)
NOT_TAKEN = phrase(
    "Your question could not be written down, so it will not be answered; please ask again in a "
    "few minutes."
)
_THREE_DIGITS = 10**3

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Private:
    """What is asked of us by command; `home` is the workspace in which the app is installed."""

    inbox: Inbox
    wake: Callable[[], None]
    home: str
    bot_user: str

    def register(self, app: App) -> None:
        """Give Bolt the command."""
        app.command(ASK_COMMAND)(self.on_ask)

    def on_ask(self, ack: Ack, command: Mapping[str, Any]) -> None:
        """Write the question down and say so; the acknowledgement is the first that is seen."""
        asked = self._question(command)
        if not asked.text:
            ack(say(ASK_WHAT))
        elif len(asked.text) > sentences.LONGEST_QUESTION:
            ack(sentences.question_too_long())
        else:
            ack(acknowledged(self.inbox, asked) if self._received(asked) else say(NOT_TAKEN))

    def _received(self, asked: IncomingQuestion) -> bool:
        try:
            self.inbox.receive(asked)
        except DatabaseTrouble as error:
            _log.error("question_not_written_down", error=type(error).__name__)
            return False
        self.wake()
        return True

    def _question(self, command: Mapping[str, Any]) -> IncomingQuestion:
        channel = str(command["channel_id"])
        # Slack sends a command once, but a socket may bring it twice, with the same trigger.
        digest = hashlib.sha256(str(command["trigger_id"]).encode()).hexdigest()
        ts = made_ts(int(digest, 16))
        return IncomingQuestion(
            event_id=f"ask-{digest[:48]}",
            team=self.home,
            channel=channel,
            channel_type="im" if channel.startswith("D") else "channel",
            ts=ts,
            thread_ts=ts,
            user=str(command["user_id"]),
            text=plain_question(str(command.get("text") or ""), self.bot_user),
            surface=Surface.ALONE,
            reply_url=str(command["response_url"]),
        )


def acknowledged(inbox: Inbox, asked: IncomingQuestion) -> str:
    """Say that a question was written down and, where others wait, how many are before it."""
    try:
        waiting = inbox.waiting()
    except DatabaseTrouble as error:
        _log.warning("place_not_told", error=type(error).__name__)
        waiting = ()
    before = sum(each.place - 1 for each in waiting if each.asked.event_id == asked.event_id)
    if not before:
        return say(LOOKING)
    return say_some(
        "One question is before yours. The answer comes here, for you alone.",
        "{count} questions are before yours. The answer comes here, for you alone.",
        before,
    )


def made_ts(number: int) -> str:
    """Return a time like that of a post, with nine decimals so that no post has the same."""
    return f"{time.time():.6f}{number % _THREE_DIGITS:03d}"
