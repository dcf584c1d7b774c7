"""How a press, a command or a form about networks is taken: told soon, done, answered in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import Ack

from assistant.domain.networks import Network
from assistant.language import say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.in_time import FormAnswer, FormsInTime
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.managing_blocks import page_view
from assistant.slack.networks.managing_changes import Changes
from assistant.slack.networks.managing_elements import sentence_view
from assistant.slack.networks.managing_rights import RefusedError, Rights
from assistant.slack.networks.managing_screens import Place, Screens, place_of
from assistant.slack.networks.managing_shelf import Shelf
from assistant.slack.shown.blocks import sentence_messages
from assistant.store.database import DatabaseTrouble

Payload = Mapping[str, Any]
# What is done for who pressed, with what the button says.
Work = Callable[[Place, str], None]
# What a form does: `user` sent `view`.
FormWork = Callable[[str, Payload], FormAnswer]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Counter:
    """What all who look after networks, join and leave them, are served with."""

    laid: NetworkGround
    rights: Rights
    shelf: Shelf
    changes: Changes
    screens: Screens

    def on_press(self, work: Work) -> Callable[[Ack, Payload, Payload], None]:
        """Return a listener that has something done for who pressed a button."""

        def pressed(ack: Ack, body: Payload, action: Payload) -> None:
            ack()
            self.begin(place_of(body), lambda place: work(place, str(action.get("value") or "")))

        return pressed

    def on_form(self, field: str, work: FormWork) -> Callable[[Ack, Payload, Payload], None]:
        """Return a listener that does what a form asks for; refusals are said at `field`."""

        def sent(ack: Ack, body: Payload, view: Payload) -> None:
            user = str(body["user"]["id"])
            forms = FormsInTime(self.laid.errands, self.screens.reading)
            forms.answer(ack, view, lambda: self._answered(field, work, user, view))

        return sent

    def _answered(self, field: str, work: FormWork, user: str, view: Payload) -> FormAnswer:
        with self.laid.ground.directory.spoken_to(user):
            try:
                return work(user, view)
            except RefusedError as error:
                return errors({field: say(str(error))})
            except DatabaseTrouble as error:
                _log.error("network_form_not_kept", error=type(error).__name__)
                return errors({field: say(words.NOT_KEPT)})

    def begin(self, place: Place, work: Callable[[Place], None]) -> None:
        """Have something done soon, and say so when too much waits already."""
        if not self.laid.errands.begin(lambda: self._done(place, work)):
            self.screens.say(place, sentence_messages(say(words.BUSY)))

    def in_modal(self, place: Place, make: Callable[[], Mapping[str, Any]]) -> None:
        """Open a modal at once, where none is open, and show in it what is then made."""
        view_id = self.screens.begin(place)
        if view_id is None:
            return
        try:
            view = make()
        except RefusedError as error:
            view = sentence_view(say(str(error)))
        except SlackCallError as error:
            _log.warning("network_not_looked_up", code=error.code)
            view = sentence_view(say(words.UNCHECKED))
        self.screens.show(view_id, view)

    def show_page(self, place: Place, network_id: str, notice: str = "") -> None:
        """Open a network's page for a member; `notice` stands above."""

        def page() -> Mapping[str, Any]:
            network = self.rights.belonging(place.user, network_id)
            facts = self.shelf.facts(place.user, network)
            return page_view(facts, self.laid.ground.settings.admin_command, notice)

        self.in_modal(place, page)

    def show_to_steward(
        self, place: Place, network_id: str, view: Callable[[Network], Mapping[str, Any]]
    ) -> None:
        """Open something for a steward of a network; raises RefusedError for who is none."""
        network = self.stewarded(place.user, network_id)
        self.in_modal(place, lambda: view(network))

    def stewarded(self, user: str, network_id: str) -> Network:
        """Return a network that somebody looks after; raises RefusedError, and notes it."""
        try:
            return self.rights.stewarded(user, network_id)
        except RefusedError as error:
            network = self.rights.open_network(network_id)
            self.changes.note_refusal(user, network.id if network else "none", str(error))
            raise

    def _done(self, place: Place, work: Callable[[Place], None]) -> None:
        """Do something; whatever refuses it is said as a sentence."""
        with self.laid.ground.directory.spoken_to(place.user):
            try:
                work(place)
            except RefusedError as error:
                sentence = say(str(error))
            except SlackCallError as error:
                _log.warning("network_not_looked_up", code=error.code)
                sentence = say(words.UNCHECKED)
            except DatabaseTrouble as error:
                _log.error("network_not_kept", error=type(error).__name__)
                sentence = say(words.NOT_KEPT)
            else:
                return
            self.screens.say(place, sentence_messages(sentence))


def counter_of(laid: NetworkGround) -> Counter:
    """Return what serves people, made of what the room stands on."""
    rights, clients = Rights(laid), laid.ground.clients
    screens = Screens(clients.courtesy, clients.reading)
    return Counter(laid, rights, Shelf(laid, rights), Changes(laid), screens)


def errors(by_field: Mapping[str, str]) -> FormAnswer:
    """Return what says at the fields of a form why it is not taken."""
    return {"response_action": "errors", "errors": dict(by_field)}


def shown_next(view: Mapping[str, Any]) -> FormAnswer:
    """Return what shows something in the place of a form that was sent."""
    return {"response_action": "update", "view": dict(view)}
