"""Keeping a reply to a call: only with the consent of who wrote it, as they let it be kept."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

import structlog
from slack_bolt import Ack, App

from assistant.domain.networks import Network, Origin, Peer, PeerAnswer
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.language import phrase, say
from assistant.network.personal_data import found_in
from assistant.slack.feedback.rating import place_of, reply
from assistant.slack.heard.hearing import Deletion
from assistant.slack.networks.calling_blocks import CONSENT_ACTION, DECLINE_ACTION
from assistant.slack.networks.calling_form import sentence_modal, tick_of
from assistant.slack.networks.calling_people import name_of, words_of
from assistant.slack.networks.capturing_form import (
    CAPTURE_VIEW,
    LONGEST_WORDS,
    NO_WORDS,
    TICK_MISSING,
    TITLE,
    Consent,
    capture_view,
    consent_in,
)
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.verifying_pages import Pages, Payload, View, pressed_in
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.blocks import sentence_messages
from assistant.store.networks.calls import Call, CallReply, ReplyState

NOT_YOURS = phrase("Only who wrote the reply can do this.")
GONE = phrase("Your reply is no longer there, so there is nothing to keep.")
TAKEN_BACK = phrase("Who asked took the question back, so nothing of your reply is kept.")
NO_MEMBER = phrase("You are no longer in this network, so nothing was kept.")
KEPT = phrase(
    "Thank you; it is kept. You can take it back at any time by deleting your reply in Slack."
)
KEPT_BEFORE = phrase("What you let the assistant keep is kept already; nothing was added to it.")
NOTHING_KEPT = phrase("Nothing of your reply is kept.")
# More posts than these of one person in one thread are not looked up.
MOST_POSTS = 20

_log = structlog.get_logger()


class Capturing:
    """Asks for a replier's words when they say yes, and keeps what they then send."""

    def __init__(self, laid: NetworkGround, pages: Pages, now: Callable[[], datetime]) -> None:
        self._laid = laid
        self._pages = pages
        self._now = now

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        app.action(CONSENT_ACTION)(self.on_yes)
        app.action(DECLINE_ACTION)(self.on_no)
        app.view(CAPTURE_VIEW)(self.on_form)

    def on_yes(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Show who replied their words as they are in Slack now."""
        ack()
        pressed = pressed_in(body, action)
        self._pages.open(pressed, lambda: self._form(pressed.user, pressed.number))

    def on_no(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Note that nothing is to be kept; what was kept before goes by that."""
        pressed = pressed_in(body, action)
        found = self._theirs(pressed.user, pressed.number)
        if found is not None:
            theirs, call = found
            entry = self._entry(call, pressed.user, "not kept", theirs)
            self._laid.calls.replies.decline(theirs.id, pressed.user, entry)
            self._withdraw(theirs)
            self._laid.wake()
        ack()
        sentence = NOTHING_KEPT if found is not None else NOT_YOURS
        with self._laid.ground.directory.spoken_to(pressed.user):
            messages = sentence_messages(say(sentence))
        self._laid.errands.begin(lambda: reply(place_of(body), messages))

    def on_form(self, ack: Ack, body: Payload, view: Payload) -> None:
        """Keep what was sent, once personal data in it was pointed out."""
        user, consent = str(body["user"]["id"]), consent_in(view)
        personal = _personal(consent)
        if not consent.words:
            ack(response_action="errors", errors={"words": say(NO_WORDS)})
        elif personal and consent.ticked != tick_of(personal):
            self._point_out(ack, view, consent, personal)
        elif not self._pages.answer(ack, user, lambda: self._kept(user, consent), view):
            ack(response_action="errors", errors={"words": say(admin_sentences.BUSY)})

    def forget(self, deletion: Deletion) -> bool:
        """Take back what was passed on and kept of a deleted reply; False when it was none."""
        now = self._now()
        gone = self._laid.calls.replies.deleted(deletion.channel, deletion.ts, now)
        if gone is None:
            return False
        self._withdraw(gone)
        self._laid.wake()
        return True

    def _withdraw(self, gone: CallReply) -> None:
        call = self._laid.calls.find(gone.call_id)
        kept = self._kept_before(gone.call_id, gone.user)
        if call is not None and kept is not None:
            entry = self._entry(call, gone.user, "withdrawn", gone)
            self._laid.answers.withdraw(kept.id, gone.user, entry)

    def _point_out(
        self, ack: Ack, view: Payload, consent: Consent, personal: Sequence[str]
    ) -> None:
        elements = [block.get("element") or {} for block in view.get("blocks") or ()]
        if any(element.get("action_id") == tick_of(personal) for element in elements):
            ack(response_action="errors", errors={"words": say(TICK_MISSING)})
        else:
            ack(response_action="update", view=capture_view(consent, personal))

    def _form(self, user: str, reply_id: int) -> View:
        found = self._theirs(user, reply_id)
        if found is None:
            return sentence_modal(TITLE, say(NOT_YOURS))
        _, call = found
        if call.has_no_words:
            return sentence_modal(TITLE, say(TAKEN_BACK))
        if self._kept_before(call.id, user) is not None:
            return sentence_modal(TITLE, say(KEPT_BEFORE))
        words = "\n".join(words for _, words in self._said(call, user))
        if not words:
            return sentence_modal(TITLE, say(GONE))
        organisation = self._laid.networks.organisation(call.team, user) or ""
        consent = Consent(reply_id, words[:LONGEST_WORDS], is_named=True, organisation=organisation)
        return capture_view(consent, _personal(consent))

    def _kept(self, user: str, consent: Consent) -> View:
        """Keep a reply for who wrote it; what is said of it is a sentence."""
        found = self._theirs(user, consent.reply_id)
        if found is None:
            return sentence_modal(TITLE, say(NOT_YOURS))
        theirs, call = found
        if call.has_no_words:
            return sentence_modal(TITLE, say(TAKEN_BACK))
        network = self._laid.networks.find(call.team, call.network)
        where = "" if theirs.channel.startswith("D") else theirs.channel
        if network is None or not self._laid.memberships.is_member(user, network, where):
            return sentence_modal(TITLE, say(NO_MEMBER))
        return sentence_modal(TITLE, say(self._kept_of(call, network, consent, user)))

    def _kept_of(self, call: Call, network: Network, consent: Consent, user: str) -> str:
        said = [each for each, _ in self._said(call, user)]
        if not said:
            return GONE
        if self._kept_before(call.id, user) is not None:
            return KEPT_BEFORE
        return KEPT if self._keep(call, network, consent, said) else GONE

    def _keep(
        self, call: Call, network: Network, consent: Consent, said: Sequence[CallReply]
    ) -> bool:
        """Keep an answer; False when a reply that it is made of was deleted meanwhile."""
        first = said[0]
        reading = self._laid.ground.clients.reading
        name = name_of(reading, first.user) if consent.is_named else None
        answer = PeerAnswer(
            id=0,
            network=network.id,
            origin=Origin.CAPTURED,
            question=call.question,
            answer=consent.words,
            by=Peer(first.user, name, consent.organisation),
            on=_day_of(first),
            call_id=call.id,
            channel=first.channel,
            message_ts=first.ts,
        )
        entry = self._entry(call, first.user, "kept", first)
        kept = self._laid.answers.add(answer, entry)
        if consent.organisation:
            self._laid.networks.note_organisation(call.team, first.user, consent.organisation)
        if not self._laid.calls.replies.captured(said, kept.id):
            self._withdraw(first)
            return False
        _log.info("reply_kept", call=call.id, peer_answer=kept.id)
        return True

    def _said(self, call: Call, user: str) -> Sequence[tuple[CallReply, str]]:
        """Return a person's replies to a call that are still there, each with its words now."""
        bot_user = self._laid.ground.identity.bot_user
        said = []
        for theirs in self._laid.calls.replies.of_person(call.id, user)[:MOST_POSTS]:
            message = self._laid.posts.said(theirs.channel, theirs.ts, theirs.thread_ts)
            words = words_of(message, bot_user) if message is not None else ""
            if words:
                said.append((theirs, words))
        return said

    def _theirs(self, user: str, reply_id: int) -> tuple[CallReply, Call] | None:
        """Return a reply that somebody wrote as a member, and the call; None if it is not so."""
        found = self._laid.calls.replies.find(reply_id)
        if found is None or found.user != user or found.state is ReplyState.REFUSED:
            return None
        call = self._laid.calls.find(found.call_id)
        return (found, call) if call is not None else None

    def _kept_before(self, call_id: int, user: str) -> PeerAnswer | None:
        """Return what is kept of somebody's replies to a call."""
        theirs = self._laid.answers.shared_by(user, most=1000)
        return next((each for each in theirs if each.call_id == call_id), None)

    def _entry(self, call: Call, user: str, outcome: str, about: CallReply) -> AuditEntry:
        target = f"network-{call.network}, call {call.id}"
        detail = f"reply {about.id}"
        actor = Actor(user, "Slack")
        return AuditEntry(self._now(), actor, Action.CAPTURE.value, target, outcome, detail)


def _personal(consent: Consent) -> Sequence[str]:
    return [each.words for text in (consent.words, consent.organisation) for each in found_in(text)]


def _day_of(said: CallReply) -> date:
    return datetime.fromtimestamp(float(said.ts), UTC).date()
