"""What peers say below a shared answer, and what stewards do about corrections."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt import Ack, App

from assistant.domain.networks import Network, Origin, Peer, PeerAnswer, Response, ResponseKind
from assistant.domain.releases import Action
from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks.calling_people import name_of
from assistant.slack.networks.correcting import VerifiedShelf
from assistant.slack.networks.ground import NetworkGround, Part
from assistant.slack.networks.responding_blocks import DEAL_ACTION, corrections_shown
from assistant.slack.networks.responding_form import (
    DEAL_VIEW,
    OWN_ANSWER,
    TAKE_BACK_ACTION,
    VIEW,
    DealtWith,
    FilledResponse,
    HeldResponse,
    deal_view,
    dealt_with_in,
    digest_of,
    errors_in,
    filled_in,
    first_filled,
    held_in,
    own_view,
    response_view,
)
from assistant.slack.networks.responding_rounds import CorrectionRounds
from assistant.slack.networks.sharing import Shelf, pressed_where
from assistant.slack.networks.sharing_blocks import GONE_FOR_YOU, RESPOND_ACTION
from assistant.slack.networks.sharing_desk import entry_of
from assistant.slack.networks.sharing_form import personal_in
from assistant.slack.networks.verifying_pages import (
    BUSY,
    Pages,
    Pressed,
    View,
    sentence_view,
)
from assistant.slack.rights.places import today_utc
from assistant.slack.shown.blocks import Shown
from assistant.slack.shown.correct_button import CORRECT_ACTION

MOST_ON_HOME = 3

THANKS = phrase("Thank you; everybody in the network sees it below the answer.")
THANKS_CORRECTION = phrase(
    "Thank you; everybody in the network sees it below the answer. Its stewards are told, and you "
    "are told what came of it."
)
THANKS_VERIFIED = phrase(
    "Thank you. The stewards of the network that verified it are told, and you are told what came "
    "of it."
)
NO_ORIGIN = phrase(
    "It cannot be noted here, as what this answer was made of is gone. Tell a steward of the "
    "network that verified it, or an administrator of the assistant; they can have it taken out."
)
TAKEN_BACK = phrase("It is taken back, and nobody sees it any more.")
NOT_TAKEN_BACK = phrase("Nothing was taken back: it is not yours, or it is gone already.")
NOT_YOURS = phrase("Only stewards of the network deal with corrections; nothing was done.")
DEALT_WITH = phrase("It is dealt with; who said it is told.")
DEALT_WITH_BEFORE = phrase("Nothing is left to do: it was dealt with, changed or taken back.")

_log = structlog.get_logger()


class Responding(Part):
    """The buttons below shared and verified answers, their form, and corrections for stewards."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        clients = laid.ground.clients
        self._shelf = Shelf(laid)
        self._verified = VerifiedShelf(laid)
        self._rounds = CorrectionRounds(laid)
        self._pages = Pages(clients.courtesy, clients.reading, laid.ground.directory, laid.errands)

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        for kind in ResponseKind:
            app.action(f"{RESPOND_ACTION}.{kind}")(self._on(self._opened_by(kind)))
        app.action(CORRECT_ACTION)(self._on(self._correcting))
        app.action(TAKE_BACK_ACTION)(self._on(self._taken_back))
        app.action(DEAL_ACTION)(self._on(self._correction))
        app.view(VIEW)(self.on_filled)
        app.view(DEAL_VIEW)(self.on_dealt_with)

    def home(self, user: str, audiences: Sequence[str]) -> Sequence[Shown]:  # noqa: ARG002
        """Return the corrections that wait for a steward."""
        try:
            networks = self._laid.memberships.of(user)
            own = [n for n in networks if self._laid.memberships.is_steward(user, n)]
        except SlackCallError as error:
            _log.info("corrections_not_shown", code=error.code)
            return ()
        found = [
            (answer, response)
            for network in own
            for response in self._laid.answers.corrections(network.id)
            if (answer := self._laid.answers.find(response.answer_id)) is not None
        ]
        verified = self._laid.verified.of_origin
        return corrections_shown([(a, r, verified(a.id)) for a, r in found[:MOST_ON_HOME]])

    def go_round(self) -> None:
        """Have stewards and correctors told."""
        self._rounds.go_round()

    def on_filled(self, ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        """Take what a peer wrote; what may be personal data is pointed out first."""
        user, held, filled = str(body["user"]["id"]), held_in(view), filled_in(view)
        errors = errors_in(filled, today_utc())
        if held is None or errors:
            ack(response_action="errors", errors=dict(errors) or {"what": say(GONE_FOR_YOU)})
        elif not self._pages.answer(ack, user, lambda: self._responded(user, held, filled), view):
            ack(response_action="errors", errors={"what": say(BUSY)})

    def on_dealt_with(self, ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        """Take what a steward did about a correction."""
        user, said = str(body["user"]["id"]), dealt_with_in(view)
        if said is None:
            ack(response_action="errors", errors={"remark": say(NOT_YOURS)})
        elif not self._pages.answer(
            ack, user, lambda: sentence_view(say(self._dealt_with(user, said))), view
        ):
            ack(response_action="errors", errors={"remark": say(BUSY)})

    def _on(self, view: Callable[[Pressed], View]) -> Callable[..., None]:
        def pressed(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
            ack()
            one = pressed_where(body, action)
            self._pages.open(one, lambda: view(one))

        return pressed

    def _opened_by(self, kind: ResponseKind) -> Callable[[Pressed], View]:
        def form(pressed: Pressed) -> View:
            return self._form(pressed.user, HeldResponse(pressed.number, kind, pressed.channel))

        return form

    def _correcting(self, pressed: Pressed) -> View:
        """Return the form for a verified answer, which is kept with what it was made of."""
        number, origin = pressed.number, self._verified.origin(pressed.number)
        if origin is None:
            found = self._verified.readable(pressed.user, number, pressed.channel)
            return sentence_view(say(GONE_FOR_YOU if found is None else NO_ORIGIN))
        held = HeldResponse(origin.id, ResponseKind.WRONG, pressed.channel, verified_id=number)
        return self._form(pressed.user, held)

    def _form(self, user: str, held: HeldResponse) -> View:
        found = self._answerable(user, held)
        if found is None:
            return self._left_behind(user, held)
        answer, _ = found
        said = self._said(user, answer.id, held.kind)
        if self._is_praise(user, answer, held.kind):
            # What was said before there was this rule can be taken back.
            if said is None:
                return sentence_view(say(OWN_ANSWER))
            return own_view(said, is_own_answer=True)
        team = self._laid.ground.identity.team
        organisation = self._laid.networks.organisation(team, user) or ""
        return response_view(held, answer, first_filled(said, organisation), said)

    def _answerable(self, user: str, held: HeldResponse) -> tuple[PeerAnswer, Network] | None:
        """Return an answer of which somebody may say what came, which is theirs to read.

        It was shared, or what was verified of it is meant.
        """
        if held.verified_id:
            verified = self._verified.readable(user, held.verified_id, held.channel)
            origin = self._verified.origin(held.verified_id)
            is_it = origin is not None and origin.id == held.answer_id
            is_right = is_it and held.kind is ResponseKind.WRONG
            return (origin, verified[1]) if verified and origin and is_right else None
        found = self._shelf.readable(user, held.answer_id, held.channel)
        return found if found is not None and found[0].origin is Origin.SHARED else None

    def _is_praise(self, user: str, answer: PeerAnswer, kind: ResponseKind) -> bool:
        """Whether somebody is about to count among those for whom their own answer worked."""
        return kind is ResponseKind.WORKED and answer.by.user == user

    def _left_behind(self, user: str, held: HeldResponse) -> View:
        """Return what somebody said while they could read an answer, to be taken back, if so."""
        said = self._said(user, held.answer_id, held.kind)
        return own_view(said) if said is not None else sentence_view(say(GONE_FOR_YOU))

    def _responded(self, user: str, held: HeldResponse, filled: FilledResponse) -> View:
        found = self._answerable(user, held)
        if found is None:
            return sentence_view(say(GONE_FOR_YOU))
        answer, network = found
        if self._is_praise(user, answer, held.kind):
            return sentence_view(say(OWN_ANSWER))
        personal = personal_in(filled.what, filled.organisation, filled.link)
        digest = digest_of(personal)
        if personal and not (filled.is_meant and held.pointed_out == digest):
            again = replace(held, pointed_out=digest)
            said = self._said(user, answer.id, held.kind)
            return response_view(again, answer, filled, said, personal)
        if not self._kept(user, held, filled, network):
            return sentence_view(say(GONE_FOR_YOU))
        thanks = THANKS_CORRECTION if held.kind is ResponseKind.WRONG else THANKS
        return sentence_view(say(THANKS_VERIFIED if held.verified_id else thanks))

    def _kept(
        self, user: str, held: HeldResponse, filled: FilledResponse, network: Network
    ) -> bool:
        called = name_of(self._laid.ground.clients.reading, user) if filled.is_named else None
        response = Response(
            id=0,
            answer_id=held.answer_id,
            kind=held.kind,
            by=Peer(user, called, filled.organisation),
            what=filled.what,
            when=filled.when,
            link=filled.link or None,
            at=datetime.now(UTC),
        )
        shared = f"shared answer {held.answer_id}"
        about = f"verified answer {held.verified_id}" if held.verified_id else shared
        target = f"{about} of {network.audience}"
        entry = entry_of(user, Action.RESPOND, target, held.kind.value)
        if self._laid.answers.respond(response, entry) is None:
            return False
        if filled.organisation:
            team = self._laid.ground.identity.team
            self._laid.networks.note_organisation(team, user, filled.organisation)
        self._laid.wake()
        return True

    def _taken_back(self, pressed: Pressed) -> View:
        target = f"response {pressed.number}"
        entry = entry_of(pressed.user, Action.RESPOND, target, "taken back")
        taken = self._laid.answers.take_back(pressed.number, pressed.user, entry)
        if taken is not None:
            self._laid.wake()
        return sentence_view(say(NOT_TAKEN_BACK if taken is None else TAKEN_BACK))

    def _correction(self, pressed: Pressed) -> View:
        response = self._laid.answers.response(pressed.number)
        if self._stewarded(pressed.user, response) is None or response is None:
            return sentence_view(say(self._refused(pressed.user, pressed.number)))
        if response.dealt_with_at is not None:
            return sentence_view(say(DEALT_WITH_BEFORE))
        return deal_view(response)

    def _dealt_with(self, user: str, said: DealtWith) -> str:
        response = self._laid.answers.response(said.number)
        network = self._stewarded(user, response)
        if network is None or response is None:
            return self._refused(user, said.number)
        target = f"response {said.number} in {network.audience}"
        entry = entry_of(user, Action.RESPOND, target, "dealt with")
        is_as_seen = response.at == said.seen
        if not (is_as_seen and self._laid.answers.deal_with(said.number, user, entry, said.remark)):
            return DEALT_WITH_BEFORE
        self._laid.wake()
        self._laid.show_home(user)
        return DEALT_WITH

    def _refused(self, user: str, number: int) -> str:
        entry = entry_of(user, Action.RESPOND, f"response {number}", "refused")
        self._laid.ground.abilities.train.audit(entry)
        return NOT_YOURS

    def _stewarded(self, user: str, response: Response | None) -> Network | None:
        """Return the network of a correction, where somebody is its steward now."""
        answer = self._laid.answers.find(response.answer_id) if response is not None else None
        if response is None or answer is None or response.kind is not ResponseKind.WRONG:
            return None
        network = self._laid.networks.find(self._laid.ground.identity.team, answer.network)
        is_theirs = network is not None and self._laid.memberships.is_steward(user, network)
        return network if is_theirs else None

    def _said(self, user: str, answer_id: int, kind: ResponseKind) -> Response | None:
        """Return what somebody said of an answer in this way before."""
        said = self._laid.answers.responses(answer_id)
        return next((each for each in said if (each.by.user, each.kind) == (user, kind)), None)
