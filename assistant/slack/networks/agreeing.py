"""Words that networks agree on: `/network propose`, the forms, the buttons, the Home tab."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from slack_bolt import Ack, App

from assistant.domain.networks import Network, Proposal, ProposalState
from assistant.language import say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.in_time import FormAnswer, FormsInTime
from assistant.slack.networks import agreeing_words as words
from assistant.slack.networks.agreeing_blocks import (
    AGREE_ACTION,
    DECLINE_ACTION,
    MOST_AGREED_IN_HOME,
    MOST_OPEN_IN_HOME,
    PROPOSE_ACTION,
    RETIRE_ACTION,
    SHOW_ACTION,
    HomePart,
    Standing,
    home_shown,
    proposal_view,
)
from assistant.slack.networks.agreeing_desk import Desk, RefusedError
from assistant.slack.networks.agreeing_form import (
    DECLINE_VIEW,
    LONGEST_REASON,
    LONGEST_TERM,
    PROPOSE_VIEW,
    REASON,
    TEXT,
    decline_view,
    draft_in,
    number_in,
    propose_view,
    reason_in,
)
from assistant.slack.networks.agreeing_showing import Showings
from assistant.slack.networks.ground import NetworkGround, Part
from assistant.slack.networks.managing_elements import sentence_view
from assistant.slack.networks.managing_screens import Place, Screens, place_of, place_of_command
from assistant.slack.shown.blocks import Shown, heading_block, inert, sentence_messages
from assistant.slack.shown.lines import name
from assistant.slack.shown.network_buttons import PROPOSE_TERM_ACTION
from assistant.store.database import DatabaseTrouble

COMMAND = "propose"
# Twice as many as a form's id and version of it ever have.
LONGEST_FORM = 64

Payload = Mapping[str, Any]
_log = structlog.get_logger()


class Agreeing(Part):
    """Definitions are proposed by members, discussed in a thread, and agreed by stewards."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        self._desk = Desk(laid)
        self._showings = Showings(laid)
        self._screens = Screens(laid.ground.clients.courtesy, laid.ground.clients.reading)

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        app.action(PROPOSE_ACTION)(self._on_press(self.open_for_network))
        app.action(PROPOSE_TERM_ACTION)(self._on_press(self.open_for_term))
        app.action(SHOW_ACTION)(self._on_press(self.show))
        app.action(DECLINE_ACTION)(self._on_press(self.open_decline))
        app.action(AGREE_ACTION)(self._on_press(self.agree))
        app.action(RETIRE_ACTION)(self._on_press(self.retire))
        app.view(PROPOSE_VIEW)(self._on_form(TEXT, self.propose))
        app.view(DECLINE_VIEW)(self._on_form(REASON, self.decline))

    def command(self, words: Sequence[str], body: dict[str, Any]) -> bool:
        """Open the form for `/network propose`, with the term that is typed after it."""
        if not words or words[0] != COMMAND:
            return False
        term, channel = " ".join(words[1:])[:LONGEST_TERM], str(body.get("channel_id") or "")
        self._begin(place_of_command(body), lambda place: self._open(place, channel, term, ""))
        return True

    def home(self, user: str, audiences: Sequence[str]) -> Sequence[Shown]:
        """Show what a person's networks agreed, what is open, and what waits for their word."""
        team = self._laid.ground.identity.team
        own = [n for n in self._laid.networks.all(team) if n.audience in audiences]
        agreed = _readable(self._of(own, ProposalState.AGREED), audiences)
        proposed = _readable(self._of(own, ProposalState.PROPOSED), audiences)
        waiting = [each for each in proposed if _waits_for(user, each)]
        return home_shown(
            HomePart(
                tuple(agreed[:MOST_AGREED_IN_HOME]),
                tuple([e for e in proposed if e not in waiting][:MOST_OPEN_IN_HOME]),
                tuple(waiting[:MOST_OPEN_IN_HOME]),
                bool(own),
            )
        )

    def go_round(self) -> None:
        """Post what is proposed, bring it up to date, and tell who proposed it."""
        self._showings.show_due()

    def open_for_network(self, place: Place, channel: str, value: str) -> None:
        """Open the form for a network, or for any."""
        self._open(place, channel, "", value.removeprefix("-"))

    def open_for_term(self, place: Place, channel: str, value: str) -> None:
        """Open the form for a term whose definition was shown."""
        self._open(place, channel, value[:LONGEST_TERM], "")

    def show(self, place: Place, channel: str, value: str) -> None:
        """Show a definition to a member of its network."""
        proposal, network = self._desk.readable(place.user, number_in(value), channel)
        view_id = self._screens.begin(place)
        if view_id is not None:
            standing = self._showings.standing(proposal, network)
            self._screens.show(view_id, proposal_view(standing))

    def agree(self, place: Place, _channel: str, value: str) -> None:
        """Count a steward's agreement."""
        self._told(place, self._desk.agree(place.user, number_in(value)))

    def retire(self, place: Place, _channel: str, value: str) -> None:
        """Let an agreed definition hold no longer."""
        self._told(place, self._desk.retire(place.user, number_in(value)))

    def open_decline(self, place: Place, _channel: str, value: str) -> None:
        """Ask a steward why they decline."""
        proposal, _ = self._desk.stewarded(place.user, number_in(value))
        if proposal.state is not ProposalState.PROPOSED:
            raise RefusedError(words.ENDED)
        view_id = self._screens.begin(place)
        if view_id is not None:
            shown = [heading_block(inert(name(proposal.term)))]
            self._screens.show(view_id, decline_view(proposal.id, shown))

    def propose(self, user: str, view: Payload) -> dict[str, Any]:
        """Take a proposal, or say at its fields what is wrong; return what Slack is answered."""
        draft = draft_in(view)
        form = f"{view.get('id')} {view.get('hash') or ''}"[:LONGEST_FORM]
        kept = self._desk.propose(user, draft, form)
        if not isinstance(kept, Proposal):
            return {"response_action": "errors", "errors": dict(kept)}
        self._changed(user)
        network = self._desk.network(kept)
        called = name(network.name) if network is not None else kept.network
        return _next(say(words.PROPOSED_TOLD, term=name(kept.term), network=called))

    def decline(self, user: str, view: Payload) -> dict[str, Any]:
        """Take the word of a steward who declines; return what Slack is answered."""
        number, reason = reason_in(view)
        if not 0 < len(reason) <= LONGEST_REASON:
            sentence = say(words.REASON_LENGTH, most=LONGEST_REASON)
            return {"response_action": "errors", "errors": {REASON: sentence}}
        told = self._desk.decline(user, number, reason)
        self._changed(user)
        return _next(told)

    def _open(self, place: Place, channel: str, term: str, network_id: str) -> None:
        view_id = self._screens.begin(place)
        if view_id is None:
            return
        place = Place(place.user, view=view_id)
        try:
            opened = self._desk.opened(place.user, channel, term, network_id)
        except RefusedError as error:
            self._screens.show(view_id, sentence_view(say(str(error))))
        except SlackCallError as error:
            _log.warning("networks_not_looked_up", code=error.code)
            self._screens.show(view_id, sentence_view(say(words.UNCHECKED)))
        else:
            view = propose_view(opened.draft, opened.networks, is_kept_back=opened.is_kept_back)
            self._screens.show(view_id, view)

    def _of(self, networks: Sequence[Network], state: ProposalState) -> list[Standing]:
        """Return what is in a state in some networks, the newest first."""
        found = [
            Standing(proposal, network)
            for network in networks
            for proposal in self._laid.proposals.of_network(network.id, state)
        ]
        return sorted(found, key=_age, reverse=True)

    def _told(self, place: Place, sentence: str) -> None:
        self._screens.say(place, sentence_messages(sentence))
        self._changed(place.user)

    def _changed(self, user: str) -> None:
        self._laid.wake()
        self._laid.show_home(user)

    def _on_press(
        self, work: Callable[[Place, str, str], None]
    ) -> Callable[[Ack, Payload, Payload], None]:
        def pressed(ack: Ack, body: Payload, action: Payload) -> None:
            ack()
            channel = str((body.get("container") or {}).get("channel_id") or "")
            value = str(action.get("value") or "")
            self._begin(place_of(body), lambda place: work(place, channel, value))

        return pressed

    def _on_form(
        self, field: str, work: Callable[[str, Payload], FormAnswer]
    ) -> Callable[[Ack, Payload, Payload], None]:
        def sent(ack: Ack, body: Payload, view: Payload) -> None:
            user = str(body["user"]["id"])
            forms = FormsInTime(self._laid.errands, self._screens.reading)
            forms.answer(ack, view, lambda: self._answered(field, work, user, view))

        return sent

    def _answered(
        self, field: str, work: Callable[[str, Payload], FormAnswer], user: str, view: Payload
    ) -> FormAnswer:
        with self._laid.ground.directory.spoken_to(user):
            try:
                return work(user, view)
            except (RefusedError, SlackCallError, DatabaseTrouble) as error:
                return {"response_action": "errors", "errors": {field: _sentence(error)}}

    def _begin(self, place: Place, work: Callable[[Place], None]) -> None:
        if not self._laid.errands.begin(lambda: self._done(place, work)):
            self._screens.say(place, sentence_messages(say(words.BUSY)))

    def _done(self, place: Place, work: Callable[[Place], None]) -> None:
        """Do something; what refuses it is said as a sentence."""
        with self._laid.ground.directory.spoken_to(place.user):
            try:
                work(place)
            except (RefusedError, SlackCallError, DatabaseTrouble) as error:
                self._screens.say(place, sentence_messages(_sentence(error)))


def _sentence(error: Exception) -> str:
    if isinstance(error, RefusedError):
        return say(str(error))
    _log.warning("definition_not_dealt_with", error=type(error).__name__)
    return say(words.UNCHECKED if isinstance(error, SlackCallError) else words.NOT_KEPT)


def _next(sentence: str) -> dict[str, Any]:
    return {"response_action": "update", "view": sentence_view(sentence)}


def _age(standing: Standing) -> tuple[int, int]:
    agreed = standing.proposal.agreed_on
    return (agreed.toordinal() if agreed is not None else 0, standing.proposal.id)


def _readable(found: Sequence[Standing], audiences: Sequence[str]) -> list[Standing]:
    """Return those that readers of these audiences may read: some may have come in since."""
    return [each for each in found if each.proposal.readers.issubset(audiences)]


def _waits_for(user: str, standing: Standing) -> bool:
    said = {vote.steward for vote in standing.proposal.votes}
    return user in standing.network.stewards and user not in said
