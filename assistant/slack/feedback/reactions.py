"""Reactions of the asker on an answer count as a press of the buttons below it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk import WebClient

from assistant.language import say
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.errands import Errands
from assistant.slack.feedback.blocks import ASK_WHY, why_messages
from assistant.slack.posts.our_answers import OurAnswer, OurAnswers
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.feedback.table import Feedback, Rating, Way

Event = Mapping[str, Any]

REACTION_EVENTS = ("reaction_added", "reaction_removed")

_HELPFUL = frozenset(
    {
        "+1",
        "thumbsup",
        "white_check_mark",
        "heavy_check_mark",
        "ballot_box_with_check",
        "heart",
        "clap",
        "raised_hands",
        "pray",
        "100",
        "tada",
        "star",
        "ok_hand",
    }
)
_NOT_HELPFUL = frozenset(
    {
        "-1",
        "thumbsdown",
        "x",
        "heavy_multiplication_x",
        "negative_squared_cross_mark",
        "no_entry",
        "no_entry_sign",
        "confused",
        "disappointed",
        "angry",
    }
)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reacted:
    """A reaction with a meaning on a message of ours; `at` orders it among others."""

    user: str
    channel: str
    ts: str
    reaction: str
    rating: Rating
    at: str
    added: bool


def meaning(reaction: str) -> Rating | None:
    """Return what a reaction says of an answer, whatever its skin tone; most say nothing."""
    plain = reaction.partition("::")[0]
    if plain in _HELPFUL:
        return Rating.HELPFUL
    return Rating.NOT_HELPFUL if plain in _NOT_HELPFUL else None


def reacted_in(event: Event, bot_user: str, *, added: bool) -> Reacted | None:
    """Return the reaction that an event tells of; None unless it is on us and means something."""
    item = event.get("item") or {}
    reaction, at = str(event.get("reaction") or ""), str(event.get("event_ts") or "")
    rating = meaning(reaction)
    if event.get("item_user") != bot_user or item.get("type") != "message" or rating is None:
        return None
    if not at.replace(".", "", 1).isdecimal():
        return None
    user, channel, ts = str(event.get("user")), str(item.get("channel")), str(item.get("ts"))
    return Reacted(user, channel, ts, reaction.partition("::")[0], rating, at, added)


@dataclass(frozen=True, slots=True)
class ReactionListeners:
    """What is done with a reaction; `wake` has whoever is concerned told."""

    feedbacks: Feedbacks
    answers: OurAnswers
    errands: Errands
    courtesy: WebClient
    bot_user: str
    wake: Callable[[], None]

    def by_event(self) -> Mapping[str, Callable[..., None]]:
        """Return the listener of each type of event."""
        return dict(zip(REACTION_EVENTS, (self.on_added, self.on_removed), strict=True))

    def on_added(self, event: Event) -> None:
        """Take up a reaction."""
        self._take(reacted_in(event, self.bot_user, added=True))

    def on_removed(self, event: Event) -> None:
        """Take up that a reaction was taken off."""
        self._take(reacted_in(event, self.bot_user, added=False))

    def _take(self, reacted: Reacted | None) -> None:
        if reacted is None:
            return
        answer = self.answers.at(reacted.channel, reacted.ts)
        if answer is not None:
            self._note(reacted, answer)
        else:
            # It may be a later message of a long answer, which only Slack knows.
            self.errands.begin(lambda: self._look_up(reacted))

    def _look_up(self, reacted: Reacted) -> None:
        try:
            answer = self.answers.look_up(reacted.channel, reacted.ts)
        except SlackCallError as error:
            _log.warning("reaction_not_placed", code=error.code)
            return
        if answer is not None:
            self._note(reacted, answer)

    def _note(self, reacted: Reacted, answer: OurAnswer) -> None:
        """Write it down if it is the asker's."""
        if reacted.user != answer.entry.asked.user:
            return
        press = answer.press(reacted.user, reacted.rating, Way.REACTION)
        feedback = self.feedbacks.react(press, reacted.reaction, reacted.at, added=reacted.added)
        if feedback is None:
            return
        self.wake()
        if feedback.rating is Rating.NOT_HELPFUL and feedback.reason is None:
            self.errands.begin(lambda: self._ask_why(feedback, answer))

    def _ask_why(self, feedback: Feedback, answer: OurAnswer) -> None:
        """Ask the asker alone, below the answer; failing to costs no more than a reason."""
        try:
            for message in why_messages(say(ASK_WHY), feedback.inbox_id):
                called(
                    self.courtesy.chat_postEphemeral,
                    channel=answer.entry.asked.channel,
                    thread_ts=answer.thread_ts,
                    user=feedback.user,
                    text=message.text,
                    blocks=list(message.blocks),
                    parse="none",
                )
        except SlackCallError as error:
            _log.warning("reason_not_asked", code=error.code)
