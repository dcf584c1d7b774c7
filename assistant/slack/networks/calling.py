"""Asking a network: the form, the rounds, and what its asker presses."""

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from slack_bolt import Ack, App

from assistant.domain.networks import Network
from assistant.domain.releases import Action, AuditEntry
from assistant.language import phrase, say
from assistant.network.personal_data import found_in
from assistant.slack.heard.hearing import Deletion, Post
from assistant.slack.networks.calling_blocks import (
    AGAIN_ACTION,
    preview_blocks,
)
from assistant.slack.networks.calling_ending import Ending, actor_of
from assistant.slack.networks.calling_form import (
    CALL_VIEW,
    TITLE,
    Filled,
    call_view,
    filled_in,
    mistakes,
    sentence_modal,
)
from assistant.slack.networks.calling_hearing import ReplyHearing
from assistant.slack.networks.calling_people import name_of
from assistant.slack.networks.calling_reach import Reach
from assistant.slack.networks.calling_rounds import CallRounds
from assistant.slack.networks.capturing import Capturing
from assistant.slack.networks.ground import NetworkGround, Part
from assistant.slack.networks.verifying_pages import (
    FillAgainError,
    Pages,
    Payload,
    Pressed,
    View,
    pressed_in,
)
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.network_buttons import CALL_ACTION
from assistant.store.networks.calls import Call

NOT_HERE = phrase(
    "There is no network here that you can ask. A network is asked by its members; somebody who "
    "looks after one can invite you."
)
NOT_THIS = phrase("You cannot ask this network from here now. What you wrote is still in the form.")
NOT_FOUND = phrase("This question is not one that you can put to a network from here.")
NOBODY = phrase("There is nobody in this network whom I could ask for you now.")
SENT = phrase(
    "Your question is on its way. I tell you in our direct message when it went out and who "
    "replies."
)

_log = structlog.get_logger()


def utc_now() -> datetime:
    """Return the moment by which calls go on."""
    return datetime.now(UTC)


class Calling(Part):
    """Questions to networks, from the button below an answer to the reply that helped."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        self._reach = Reach(laid)
        self._hearing = ReplyHearing(laid)
        self._rounds = CallRounds(laid, self._reach, utc_now)
        clients, directory = laid.ground.clients, laid.ground.directory
        self._pages = Pages(clients.courtesy, clients.reading, directory, laid.errands)
        self._capturing = Capturing(laid, self._pages, utc_now)

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        app.action(CALL_ACTION)(self.on_ask)
        app.action(AGAIN_ACTION)(self.on_ask_again)
        app.view(CALL_VIEW)(self.on_form)
        self._capturing.register(app)
        Ending(self._laid, utc_now).register(app)

    def hears(self, post: Post) -> bool:
        """Write down that a post replies to a call, unless it speaks to the assistant.

        Raises SlackCallError when Slack must tell what its thread is and may do so later.
        """
        if not post.is_reply or post.is_to_us:
            return False
        is_reply = self._hearing.hears(post, utc_now())
        if is_reply:
            self._laid.wake()
        return is_reply

    def forgets(self, deletion: Deletion) -> bool:
        """Take back what was passed on and kept of a reply that was deleted."""
        return self._capturing.forget(deletion)

    def go_round(self) -> None:
        """Do what is due of calls."""
        self._rounds.go_round()

    def on_ask(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Open the form for the question under whose answer a button was pressed."""
        ack()
        pressed = pressed_in(body, action)
        self._pages.open(pressed, lambda: self._form(pressed.user, self._asked_of(pressed, body)))

    def on_ask_again(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Open the form for a question that came back to its asker, filled as it was."""
        ack()
        pressed = pressed_in(body, action)
        self._pages.open(pressed, lambda: self._form(pressed.user, self._asked_before(pressed)))

    def on_form(self, ack: Ack, body: Payload, view: Payload) -> None:
        """Show what a form becomes or, where that was seen already, send it."""
        user, filled = str(body["user"]["id"]), filled_in(view)
        wrong = mistakes(filled, _personal(filled))
        if wrong:
            ack(response_action="errors", errors=wrong)
            return
        work = self._sent if filled.is_previewed else self._previewed
        form = str(view["id"])
        if not self._pages.answer(ack, user, lambda: work(user, filled, form), view):
            ack(response_action="errors", errors={"question": say(admin_sentences.BUSY)})

    def _asked_of(self, pressed: Pressed, body: Payload) -> Filled | None:
        found = self._laid.our_answers.pressed(pressed.number, body)
        if found is None:
            return None
        team = self._laid.ground.identity.team
        return Filled(
            network="",
            question=found.entry.asked.text,
            is_named=True,
            organisation=self._laid.networks.organisation(team, pressed.user) or "",
            asked_in="" if pressed.channel.startswith("D") else pressed.channel,
            inbox_id=found.entry.id,
        )

    def _asked_before(self, pressed: Pressed) -> Filled | None:
        call = self._laid.calls.find(pressed.number)
        if call is None or call.asker != pressed.user or call.has_no_words:
            return None
        return Filled(
            network=call.network,
            question=call.question,
            is_named=not call.is_anonymous,
            organisation=call.organisation,
            asked_in=call.asked_in,
            inbox_id=call.inbox_id or 0,
        )

    def _form(self, user: str, filled: Filled | None) -> View:
        if filled is None:
            return sentence_modal(TITLE, say(NOT_FOUND))
        networks = self._laid.memberships.of(user, filled.asked_in)
        if not networks:
            return sentence_modal(TITLE, say(NOT_HERE))
        return call_view(networks, filled)

    def _previewed(self, user: str, filled: Filled, _: str) -> View:
        """Show what will go and to whom; the form can still be changed."""
        network = self._asked(user, filled)
        first = self._reach.first(network, filled.question, user)
        wider = self._reach.wider(network, user, first.people)
        if not (first.people or wider.recipients):
            raise FillAgainError(say(NOBODY))
        call = self._call(user, filled, network, "")
        networks = self._laid.memberships.of(user, filled.asked_in)
        preview = preview_blocks(call, network.name, first, wider)
        return call_view(networks, filled, preview, _personal(filled))

    def _sent(self, user: str, filled: Filled, form: str) -> View:
        """Put a question to a network; the same form does so once."""
        network = self._asked(user, filled)
        call = self._call(user, filled, network, form)
        actor, target = actor_of(call), network.audience
        entry = AuditEntry(call.asked_at, actor, Action.CALL.value, target, "asked")
        kept = self._laid.calls.ask(call, entry)
        _log.info("network_asked", call=kept.id, network=network.id)
        if filled.organisation:
            self._laid.networks.note_organisation(call.team, user, filled.organisation)
        self._laid.wake()
        return sentence_modal(TITLE, say(SENT))

    def _asked(self, user: str, filled: Filled) -> Network:
        """Return the network of a form; raises FillAgainError unless the person may ask it now."""
        network = self._laid.networks.find(self._laid.ground.identity.team, filled.network)
        if network is None or not self._reach.may_ask(user, network, filled.asked_in):
            raise FillAgainError(say(NOT_THIS))
        return network

    def _call(self, user: str, filled: Filled, network: Network, form: str) -> Call:
        reading = self._laid.ground.clients.reading
        return Call(
            id=0,
            team=network.team,
            network=network.id,
            asker=user,
            question=filled.question,
            name=name_of(reading, user) if filled.is_named else None,
            organisation=filled.organisation,
            asked_in=filled.asked_in,
            form=form,
            asked_at=utc_now(),
            wait_hours=network.wait_hours,
            inbox_id=filled.inbox_id or None,
        )


def _personal(filled: Filled) -> Sequence[str]:
    written = (filled.question, filled.organisation)
    return [each.words for text in written for each in found_in(text)]
