"""Ratings of answers: written down before Slack is told that a button was pressed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient

from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.errands import Errands
from assistant.slack.api.plain_http import address_of, reply_alone
from assistant.slack.feedback.blocks import (
    FORM_NOT_OPENED,
    NOT_RATEABLE,
    RATE_ACTION,
    THANKS_HELPFUL,
    THANKS_NOT_HELPFUL,
    THANKS_NOTED,
    WHY_ACTION,
    read_rating,
    why_messages,
)
from assistant.slack.feedback.form import REASON_VIEW, reason_in, reason_view
from assistant.slack.posts.our_answers import OurAnswers
from assistant.slack.shown.blocks import Message, sentence_messages
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.feedback.table import Feedback, Rating, Way

NOT_KEPT = phrase(
    "This was not kept, because you have not rated that answer; please rate it first."
)

Payload = Mapping[str, Any]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody can be answered alone: the form that may be opened, the address for words."""

    trigger: str
    response_url: str


@dataclass(frozen=True, slots=True)
class RatingListeners:
    """What is done when somebody rates an answer; `wake` has whoever is concerned told.

    `can_deal` says of documents whether anybody is named who could deal with what is said of them.
    """

    feedbacks: Feedbacks
    answers: OurAnswers
    errands: Errands
    opening: WebClient
    can_deal: Callable[[Sequence[str]], bool]
    wake: Callable[[], None]

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        app.action(RATE_ACTION)(self.on_rating)
        app.action(WHY_ACTION)(self.on_say_why)
        app.view(REASON_VIEW)(self.on_reason)

    def on_rating(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Write the rating down, thank for it, and ask what was wrong if something was."""
        rated = read_rating(str(action.get("value") or ""))
        answer = self.answers.pressed(rated[1], body) if rated is not None else None
        place = place_of(body)
        if rated is None or answer is None:
            ack()
            self.errands.begin(lambda: reply(place, sentence_messages(say(NOT_RATEABLE))))
            return
        press = answer.press(str(body["user"]["id"]), rated[0], Way.BUTTON)
        feedback = self.feedbacks.rate(press)
        ack()
        self.wake()
        self.errands.begin(lambda: self._thank(place, feedback))

    def on_say_why(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Open the form for a rating that is there."""
        ack()
        value = str(action.get("value") or "")
        number = int(value) if value.isdecimal() else 0
        feedback = self.feedbacks.of_person(number, str(body["user"]["id"]))
        place = place_of(body)
        if feedback is None:
            self.errands.begin(lambda: reply(place, sentence_messages(say(NOT_KEPT))))
        else:
            self.errands.begin(lambda: self.ask_why(place, feedback))

    def on_reason(self, ack: Ack, body: Payload, view: Payload) -> None:
        """Write down what was wrong."""
        said = reason_in(view)
        found = said and self.feedbacks.explain(said[0], str(body["user"]["id"]), said[1], said[2])
        if not found:
            ack(response_action="errors", errors={"words": say(NOT_KEPT)})
            return
        ack()
        self.wake()

    def ask_why(self, place: Place, feedback: Feedback) -> None:
        """Open the form, and thank; where it cannot be opened, give a button for it."""
        try:
            view = reason_view(feedback.inbox_id, feedback.reason)
            called(self.opening.views_open, trigger_id=place.trigger, view=view)
        except SlackCallError as error:
            _log.warning("reason_not_asked", code=error.code)
            reply(place, why_messages(say(FORM_NOT_OPENED), feedback.inbox_id))
        else:
            is_told = self.can_deal(feedback.documents)
            thanks = THANKS_NOT_HELPFUL if is_told else THANKS_NOTED
            reply(place, sentence_messages(say(thanks)))

    def _thank(self, place: Place, feedback: Feedback) -> None:
        if feedback.rating is Rating.HELPFUL:
            reply(place, sentence_messages(say(THANKS_HELPFUL)))
        else:
            self.ask_why(place, feedback)


def place_of(body: Payload) -> Place:
    """Return where who pressed can be answered alone."""
    return Place(str(body.get("trigger_id") or ""), address_of(body))


def reply(place: Place, messages: Sequence[Message]) -> None:
    """Say something to who pressed, alone; that it could not be said is only logged."""
    try:
        for message in messages:
            reply_alone(place.response_url, message)
    except SlackCallError as error:
        _log.warning("reply_alone_not_sent", code=error.code)
