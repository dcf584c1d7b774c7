"""Dealing with feedback: who may is asked when the button is pressed and when the form is sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient

from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.errands import Errands
from assistant.slack.feedback.blocks import DEAL_ACTION
from assistant.slack.feedback.form import REMARK_VIEW, remark_in, remark_view, sentence_view
from assistant.slack.feedback.rating import Place, place_of, reply
from assistant.slack.feedback.recipients import Recipients
from assistant.slack.rights.administrators import Administrators
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.blocks import sentence_messages
from assistant.slack.shown.lines import SURFACE
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.feedback.table import Feedback, FeedbackState

NOT_YOURS = phrase(
    "Only administrators, and the owner who was told of it, may deal with this feedback; "
    "nothing was done."
)
DONE_ALREADY = phrase("Nothing is left to do: somebody dealt with this, or it was taken back.")
FORM_EXPIRED = phrase("Slack closed the form before it opened; please press the button once more.")

Payload = Mapping[str, Any]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DealingListeners:
    """What is done when somebody deals with feedback.

    `wake` has who gave it told, `refresh` shows an administrator's Home tab anew.
    """

    feedbacks: Feedbacks
    administrators: Administrators
    recipients: Recipients
    errands: Errands
    opening: WebClient
    audit: Callable[[AuditEntry], None]
    wake: Callable[[], None]
    refresh: Callable[[str], None]

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        app.action(DEAL_ACTION)(self.on_deal)
        app.view(REMARK_VIEW)(self.on_remark)

    def on_deal(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Open the form for a remark."""
        ack()
        value = str(action.get("value") or "")
        number = int(value) if value.isdecimal() else 0
        user, place = str(body["user"]["id"]), place_of(body)
        self.errands.begin(lambda: self._open(user, number, place))

    def on_remark(self, ack: Ack, body: Payload, view: Payload) -> None:
        """Mark it as dealt with, in one commit, or say in the form why not."""
        user, said = str(body["user"]["id"]), remark_in(view)
        feedback = self.feedbacks.by_id(said[0]) if said is not None else None
        refused = self._refused(user, feedback)
        if said is None or feedback is None or refused is not None:
            ack(response_action="errors", errors={"remark": refused or say(DONE_ALREADY)})
            return
        if not self.feedbacks.deal_with(feedback.id, user, said[1]):
            now = self.feedbacks.by_id(feedback.id)
            if now is None or now.dealt_with_by != user:
                ack(response_action="errors", errors={"remark": say(DONE_ALREADY)})
                return
        else:
            # Nothing is ever taken out of the audit log, and what people write must be.
            self._note(user, feedback.id, "dealt with", "")
        ack()
        self.wake()
        self.refresh(user)

    def _open(self, user: str, number: int, place: Place) -> None:
        feedback = self.feedbacks.by_id(number)
        sentence = self._refused(user, feedback)
        if feedback is None or feedback.state is not FeedbackState.OPEN:
            sentence = sentence or say(DONE_ALREADY)
        view = sentence_view(sentence or say(DONE_ALREADY))
        if feedback is not None and sentence is None:
            view = remark_view(feedback)
        try:
            called(self.opening.views_open, trigger_id=place.trigger, view=view)
        except SlackCallError as error:
            _log.warning("form_not_opened", code=error.code)
            reply(place, sentence_messages(sentence or say(FORM_EXPIRED)))

    def _refused(self, user: str, feedback: Feedback | None) -> str | None:
        """Return the sentence that refuses somebody, noted in the audit log, or None."""
        refusal = self._refusal(user, feedback)
        if refusal is not None:
            self._note(user, feedback.id if feedback is not None else 0, "refused", refusal)
        return refusal and say(refusal)

    def _refusal(self, user: str, feedback: Feedback | None) -> str | None:
        told = {notice.user for notice in feedback.notices} if feedback is not None else set()
        if user in told:
            try:
                if self.recipients.is_full_member(user):
                    return None
            except SlackCallError as error:
                _log.warning("owner_not_checked", code=error.code)
                return admin_sentences.ADMINISTRATOR_UNCHECKED
        refusal = self.administrators.refusal(user)
        return NOT_YOURS if refusal == admin_sentences.NOT_ADMINISTRATOR else refusal

    def _note(self, user: str, number: int, outcome: str, detail: str) -> None:
        actor, target = Actor(user, SURFACE), f"feedback {number}"
        action = Action.FEEDBACK.value
        self.audit(AuditEntry(datetime.now(UTC), actor, action, target, outcome, detail))
