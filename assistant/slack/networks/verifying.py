"""Stewards verify what their networks shared; members read what was verified."""

from collections.abc import Callable, Sequence
from typing import Any

import structlog
from slack_bolt import Ack, App

from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks.ground import NetworkGround, Part
from assistant.slack.networks.verifying_blocks import (
    LIST_ACTION,
    NARROW_ACTION,
    RENEW_ACTION,
    RETIRE_ACTION,
    SET_ASIDE_ACTION,
    SET_ASIDES_ACTION,
    SHOW_ACTION,
    TAKE_UP_ACTION,
    VERIFY_ACTION,
    WAITING_ACTION,
    home_blocks,
    list_view,
    set_aside_view,
    verified_view,
    waiting_view,
)
from assistant.slack.networks.verifying_desk import NOT_YOURS, Desk
from assistant.slack.networks.verifying_form import (
    VIEW,
    Filled,
    Held,
    Kind,
    draft_view,
    filled_in,
    held_in,
    mistakes,
)
from assistant.slack.networks.verifying_opening import OpeningListeners
from assistant.slack.networks.verifying_pages import (
    BUSY,
    Pages,
    Payload,
    Pressed,
    View,
    pressed_in,
    sentence_view,
)
from assistant.slack.networks.verifying_rounds import Rounds
from assistant.slack.shown.blocks import Shown
from assistant.store.networks.verifying import VerifyingNotes

NOT_THERE = phrase("There is no such answer, or it is not for you to read.")
NO_NETWORK = phrase("There is no such network, or it is not for you to read.")

MOST_DIGITS = 5

_log = structlog.get_logger()


class Verifying(Part):
    """Verifying, renewing, opening more widely and retiring; what is due is done in rounds."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        clients = laid.ground.clients
        notes = VerifyingNotes(laid.ground.engine)
        self._desk = Desk(laid, notes)
        self._pages = Pages(clients.courtesy, clients.reading, laid.ground.directory, laid.errands)
        self._opening = OpeningListeners(laid, self._desk, self._pages)
        self._rounds = Rounds(laid, self._desk, notes)

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        for action, view in self._views().items():
            app.action(action)(self._opened_by(view))
        for action, deed in self._deeds().items():
            app.action(action)(self._done_by(deed))
        app.view(VIEW)(self.on_filled)
        self._opening.register(app)

    def home(self, user: str, audiences: Sequence[str]) -> Sequence[Shown]:  # noqa: ARG002
        """Return what waits for a steward, and what a member's networks verified."""
        try:
            return list(home_blocks(self._desk.shelves(user)))
        except SlackCallError as error:
            _log.info("networks_not_shown", code=error.code)
            return ()

    def go_round(self) -> None:
        """Have published, checked and told what is due."""
        self._rounds.go_round()

    def on_filled(self, ack: Ack, body: Payload, view: Payload) -> None:
        """Look at what was filled in; what it says is done in an errand."""
        user, held, filled = str(body["user"]["id"]), held_in(view), filled_in(view)
        wrong = mistakes(filled, self._desk.today())
        if held is None or wrong:
            ack(response_action="errors", errors=wrong or {"question": say(NOT_YOURS)})
            return
        if not self._pages.answer(ack, user, lambda: self._submitted(user, held, filled), view):
            ack(response_action="errors", errors={"question": say(BUSY)})

    def _views(self) -> dict[str, Callable[[Pressed], View]]:
        return {
            VERIFY_ACTION: lambda pressed: self._form(pressed, Kind.NEW),
            RENEW_ACTION: lambda pressed: self._form(pressed, Kind.RENEWAL),
            SHOW_ACTION: self._whole,
            SET_ASIDES_ACTION: self._set_asides,
            WAITING_ACTION: self._waiting,
            LIST_ACTION: self._list,
        }

    def _deeds(self) -> dict[str, Callable[[str, int], str]]:
        return {
            SET_ASIDE_ACTION: self._desk.set_aside,
            TAKE_UP_ACTION: self._desk.take_up,
            NARROW_ACTION: self._desk.narrow,
            RETIRE_ACTION: self._desk.retire,
        }

    def _opened_by(self, view: Callable[[Pressed], View]) -> Callable[..., None]:
        def on_pressed(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
            ack()
            pressed = pressed_in(body, action)
            self._pages.open(pressed, lambda: view(pressed))

        return on_pressed

    def _done_by(self, deed: Callable[[str, int], str]) -> Callable[..., None]:
        def on_pressed(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
            ack()
            pressed = pressed_in(body, action)
            self._pages.open(pressed, lambda: self._done(pressed, deed))

        return on_pressed

    def _done(self, pressed: Pressed, deed: Callable[[str, int], str]) -> View:
        sentence = deed(pressed.user, pressed.number)
        self._laid.wake()
        self._laid.show_home(pressed.user)
        return sentence_view(sentence)

    def _submitted(self, user: str, held: Held, filled: Filled) -> View:
        result = self._desk.submit(user, held, filled)
        if not isinstance(result, str):
            return draft_view(result)
        self._laid.wake()
        self._laid.show_home(user)
        return sentence_view(result)

    def _form(self, pressed: Pressed, kind: Kind) -> View:
        draft = self._desk.draft(pressed.user, kind, pressed.number)
        if isinstance(draft, str):
            return sentence_view(draft)
        return draft_view(draft)

    def _whole(self, pressed: Pressed) -> View:
        found = self._desk.readable(pressed.user, pressed.number)
        if found is None:
            return sentence_view(say(NOT_THERE))
        network, answer = found
        return verified_view(answer, network)

    def _list(self, pressed: Pressed) -> View:
        network_id, offset = _page_in(pressed.value)
        user, memberships = pressed.user, self._laid.memberships
        network = self._desk.network(network_id)
        if network is None or not memberships.is_member(user, network):
            return sentence_view(say(NO_NETWORK))
        is_steward = memberships.is_steward(user, network)
        shelf = self._desk.shelf(user, network, is_steward=is_steward)
        return list_view(shelf, offset)

    def _waiting(self, pressed: Pressed) -> View:
        network_id, offset = _page_in(pressed.value)
        network = self._desk.network(network_id)
        if network is None or not self._laid.memberships.is_steward(pressed.user, network):
            return sentence_view(say(NO_NETWORK))
        return waiting_view(network, self._desk.waiting(network, pressed.user), offset)

    def _set_asides(self, pressed: Pressed) -> View:
        network = self._desk.network(pressed.value)
        if network is None or not self._laid.memberships.is_steward(pressed.user, network):
            return sentence_view(say(NO_NETWORK))
        return set_aside_view(network, self._desk.set_asides(network))


def _page_in(value: str) -> tuple[str, int]:
    """Return the network that a button is about, and how many of its list come before."""
    network_id, _, offset = value.partition(":")
    return network_id, int(offset) if offset.isdecimal() and len(offset) <= MOST_DIGITS else 0
