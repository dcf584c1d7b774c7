"""Shortcuts in the menu of a message: ask about it, save it, say that it is out of date."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient

from assistant.language import phrase, say
from assistant.slack.api.admission import Identity
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.errands import Errands
from assistant.slack.feedback.rating import Place, RatingListeners, place_of, reply
from assistant.slack.feedback.shortcut_form import ASK_VIEW, ask_view, asked_in
from assistant.slack.heard.private import NOT_TAKEN, acknowledged, made_ts
from assistant.slack.posts.our_answers import OurAnswer, OurAnswers
from assistant.slack.rights.administrators import Administrators
from assistant.slack.shown import sentences
from assistant.slack.shown.blocks import Message, sentence_messages
from assistant.slack.shown.taking_back import with_take_back
from assistant.slack.shown.words import plain_question
from assistant.store.database import DatabaseTrouble
from assistant.store.feedback.table import Feedback, Rating, Reason, Way
from assistant.store.inbox import Inbox, IncomingQuestion, Surface
from assistant.store.shares import Shares
from assistant.store.shares import Way as Shared

ASK_ABOUT_THIS = "ask_about_this"
SAVE_AS_SHARED = "save_as_shared_answer"
OUT_OF_DATE = "this_is_out_of_date"

NOTHING_ASKED = phrase("Write the question that I am to answer.")
FORM_NOT_OPENED = phrase(
    "Slack closed the form before it opened; please choose the shortcut again."
)
NOT_AN_ANSWER = phrase(
    "This is not an answer of mine, so it cannot be saved or marked; choose an answer of mine."
)
NOT_YOURS_TO_SAVE = phrase("Only who asked the question, or an administrator, can save its answer.")
NO_ANSWER_TO_SAVE = phrase("This message does not answer a question, so it cannot be saved.")
NO_SOURCES_TO_SAVE = phrase(
    "This answer names no source of the guidance, so nobody else could be shown it; it was not "
    "saved."
)
SAVED = phrase(
    "Saved: colleagues who may read its sources see the answer in the Home tab of the app."
)
SAVED_ALREADY = phrase("This answer is saved already.")
NOT_LOOKED_UP = phrase("Slack did not say what this message is; please try again in a minute.")

Payload = Mapping[str, Any]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ShortcutListeners:
    """What is done with each shortcut; `wake` has a question answered."""

    inbox: Inbox
    answers: OurAnswers
    shares: Shares
    rating: RatingListeners
    administrators: Administrators
    errands: Errands
    opening: WebClient
    identity: Identity
    wake: Callable[[], None]

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        app.message_shortcut(ASK_ABOUT_THIS)(self.on_ask)
        app.message_shortcut(SAVE_AS_SHARED)(self.on_save)
        app.message_shortcut(OUT_OF_DATE)(self.on_out_of_date)
        app.view(ASK_VIEW)(self.on_question)

    def on_ask(self, ack: Ack, body: Payload) -> None:
        """Open a form with the message's words as a question that may be changed."""
        ack()
        message = body.get("message") or {}
        words = plain_question(str(message.get("text") or ""), self.identity.bot_user)
        place, channel = place_of(body), str((body.get("channel") or {}).get("id") or "")
        self.errands.begin(lambda: self._open(place, ask_view(words, channel, place.response_url)))

    def on_question(self, ack: Ack, body: Payload, view: Payload) -> None:
        """Write the question down; nothing of the message but what was submitted is kept."""
        asked = asked_in(view)
        text = plain_question(asked.text, self.identity.bot_user)
        wrong = None if text else say(NOTHING_ASKED)
        if len(text) > sentences.LONGEST_QUESTION:
            wrong = sentences.question_too_long()
        user, number = str(body["user"]["id"]), str(view.get("id") or "")
        question = self._question(user, asked.channel, text, asked.url, number)
        if wrong is None and not self._received(question):
            wrong = say(NOT_TAKEN)
        if wrong is not None:
            ack(response_action="errors", errors={"question": wrong})
            return
        ack()
        self.wake()
        self.errands.begin(lambda: self._acknowledge(question, asked.url))

    def on_save(self, ack: Ack, body: Payload) -> None:
        """Keep an answer for everybody who may read its sources."""
        ack()
        self.errands.begin(lambda: reply(place_of(body), self._saved(body)))

    def on_out_of_date(self, ack: Ack, body: Payload) -> None:
        """Write down that an answer is out of date, and ask for words."""
        channel, ts = _message_of(body)
        answer = self.answers.at(channel, ts)
        if answer is not None:
            feedback = self._rate(answer, body)
            ack()
            self.errands.begin(lambda: self.rating.ask_why(place_of(body), feedback))
            return
        ack()
        self.errands.begin(lambda: self._rate_found(body))

    def _open(self, place: Place, view: Payload) -> None:
        try:
            called(self.opening.views_open, trigger_id=place.trigger, view=view)
        except SlackCallError as error:
            _log.warning("form_not_opened", code=error.code)
            reply(place, sentence_messages(say(FORM_NOT_OPENED)))

    def _question(
        self, user: str, channel: str, text: str, url: str, number: str
    ) -> IncomingQuestion:
        """Return the question; one form asks once, however often it is delivered."""
        digest = hashlib.sha256(json.dumps([user, number]).encode()).hexdigest()
        ts = made_ts(int(digest, 16))
        return IncomingQuestion(
            event_id=f"about-{digest[:48]}",
            team=self.identity.team,
            channel=channel,
            channel_type="im" if channel.startswith("D") else "channel",
            ts=ts,
            thread_ts=ts,
            user=user,
            text=text,
            surface=Surface.ALONE,
            reply_url=url,
        )

    def _acknowledge(self, question: IncomingQuestion, url: str) -> None:
        reply(Place("", url), sentence_messages(acknowledged(self.inbox, question)))

    def _received(self, question: IncomingQuestion) -> bool:
        try:
            self.inbox.receive(question)
        except DatabaseTrouble as error:
            _log.error("question_not_written_down", error=type(error).__name__)
            return False
        return True

    def _saved(self, body: Payload) -> Sequence[Message]:
        """Save the answer if it is one and it may be; return what says so."""
        user = str(body["user"]["id"])
        try:
            answer = self._found(body)
        except SlackCallError:
            return sentence_messages(say(NOT_LOOKED_UP))
        wrong = self._not_saved(user, answer)
        if answer is None or wrong is not None:
            return sentence_messages(say(wrong or NOT_AN_ANSWER))
        kept = answer.kept
        share, is_new = self.shares.claim(kept.inbox_id, kept.team, user, Shared.SAVED)
        (said,) = sentence_messages(say(SAVED if is_new else SAVED_ALREADY))
        return [with_take_back(said, share.id) if share.shared_by == user else said]

    def _not_saved(self, user: str, answer: OurAnswer | None) -> str | None:
        """Return the phrase that says why an answer is not saved, None if it is."""
        if answer is None:
            return NOT_AN_ANSWER
        kept = answer.kept
        if user != kept.user and not self.administrators.is_one(user):
            return NOT_YOURS_TO_SAVE
        if kept.status is None or not kept.status.answers or kept.is_withdrawn:
            return NO_ANSWER_TO_SAVE
        return NO_SOURCES_TO_SAVE if kept.may_rest_on_anything else None

    def _rate_found(self, body: Payload) -> None:
        """Rate an answer whose later message was chosen, which only Slack knows."""
        try:
            answer = self._found(body)
        except SlackCallError:
            reply(place_of(body), sentence_messages(say(NOT_LOOKED_UP)))
            return
        if answer is None:
            reply(place_of(body), sentence_messages(say(NOT_AN_ANSWER)))
            return
        self.rating.ask_why(place_of(body), self._rate(answer, body))

    def _rate(self, answer: OurAnswer, body: Payload) -> Feedback:
        user = str(body["user"]["id"])
        press = answer.press(user, Rating.NOT_HELPFUL, Way.SHORTCUT, Reason.OUTDATED)
        feedback = self.rating.feedbacks.rate(press)
        self.rating.wake()
        return feedback

    def _found(self, body: Payload) -> OurAnswer | None:
        """Return the answer that a message is part of; raises SlackCallError."""
        if not self.answers.is_ours(body.get("message") or {}):
            return None
        channel, ts = _message_of(body)
        return self.answers.at(channel, ts) or self.answers.look_up(channel, ts)


def _message_of(body: Payload) -> tuple[str, str]:
    message = body.get("message") or {}
    return str((body.get("channel") or {}).get("id") or ""), str(message.get("ts") or "")
