"""Sharing an answer with a network: asked for, previewed, shared once, and withdrawn."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt import Ack, App

from assistant.domain.networks import Network, Origin, PeerAnswer
from assistant.domain.releases import Action
from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks.ground import NetworkGround, Part
from assistant.slack.networks.sharing_blocks import (
    LIST_ACTION,
    OWN,
    SHOW_ACTION,
    WHOLE_VIEW,
    WITHDRAW_ACTION,
    home_shown,
    list_view,
    whole_view,
)
from assistant.slack.networks.sharing_desk import NOT_SEEN, SharingDesk, entry_of
from assistant.slack.networks.sharing_form import (
    NOT_TICKED,
    VIEW,
    Filled,
    Held,
    errors_in,
    filled_in,
    held_in,
    share_view,
)
from assistant.slack.networks.sharing_preview import CHANGED, preview_view
from assistant.slack.networks.sharing_rounds import SharingRounds
from assistant.slack.networks.verifying_pages import (
    BUSY,
    FillAgainError,
    Pages,
    Payload,
    Pressed,
    View,
    pressed_in,
    sentence_view,
)
from assistant.slack.rights.gatekeeper import UncheckedError
from assistant.slack.sharing.posts import NotSharedError
from assistant.slack.shown.blocks import Shown
from assistant.slack.shown.lines import name
from assistant.slack.shown.network_buttons import SHARE_ACTION

# Of a network's answers, and of one person's, the newest.
MOST_LOOKED_AT = 200

SHARED = phrase(
    "It is shared with {network}. You can withdraw it at any time, here on my Home tab or below it."
)
UNCHECKED = phrase("I could not check who would read it, so nothing was shared; please try again.")
WITHDRAWN = phrase("It is withdrawn: its words are deleted, and what peers said of it with them.")
NOT_YOURS = phrase(
    "Nothing was withdrawn: only who shared an answer can withdraw it, and only once."
)

_log = structlog.get_logger()


class Shelf:
    """Finds the shared answers that somebody may see, as of now."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid

    def readable(
        self, user: str, number: int, channel: str = ""
    ) -> tuple[PeerAnswer, Network] | None:
        """Return an answer of a network of somebody's that they may read where they are.

        A captured reply is for who wrote it and the stewards until it is verified.
        Raises SlackCallError and UncheckedError when Slack does not tell.
        """
        answer = self._laid.answers.find(number)
        if answer is None or answer.withdrawn_at is not None:
            return None
        network = self._laid.networks.find(self._laid.ground.identity.team, answer.network)
        if network is None or not self._laid.memberships.is_member(user, network, channel):
            return None
        is_for_all = answer.origin is Origin.SHARED or answer.by.user == user
        if not is_for_all and not self._laid.memberships.is_steward(user, network):
            return None
        admission = self._laid.ground.gatekeeper.admit_alone(user, channel)
        audiences = {*admission.audiences, network.audience}
        if admission.refusal is not None or not _is_for(answer, audiences):
            return None
        return answer, network

    def own(self, user: str) -> Sequence[tuple[PeerAnswer, Network]]:
        """Return what somebody shared or let be kept, the newest first, wherever they are now."""
        team = self._laid.ground.identity.team
        return [
            (answer, found)
            for answer in self._laid.answers.shared_by(user, MOST_LOOKED_AT)
            if (found := self._laid.networks.find(team, answer.network)) is not None
        ]

    def shared(self, user: str, audiences: Sequence[str]) -> Sequence[tuple[PeerAnswer, Network]]:
        """Return what others shared with a person's networks and they may read, the newest first.

        Raises SlackCallError.
        """
        shared = [
            (answer, network)
            for network in self._laid.memberships.of(user)
            for answer in self._laid.answers.of_network(network.id, MOST_LOOKED_AT, Origin.SHARED)
            if answer.by.user != user and _is_for(answer, {*audiences, network.audience})
        ]
        return sorted(shared, key=lambda both: both[0].id, reverse=True)


class Sharing(Part):
    """The button below each answer, its form, what was shared in the Home tab, and withdrawing."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        clients = laid.ground.clients
        self._desk = SharingDesk(laid)
        self._shelf = Shelf(laid)
        self._rounds = SharingRounds(laid, self._desk)
        self._pages = Pages(clients.courtesy, clients.reading, laid.ground.directory, laid.errands)

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        app.action(SHARE_ACTION)(self.on_share)
        app.action(SHOW_ACTION)(self.on_show)
        app.action(WITHDRAW_ACTION)(self.on_withdraw)
        app.action(LIST_ACTION)(self.on_list)
        app.view(VIEW)(self.on_filled)

    def home(self, user: str, audiences: Sequence[str]) -> Sequence[Shown]:
        """Return what was shared with a person's networks, and what they shared."""
        try:
            shared = self._shelf.shared(user, audiences)
        except SlackCallError as error:
            _log.info("shared_answers_not_shown", code=error.code)
            shared = ()
        return home_shown(shared, self._shelf.own(user))

    def go_round(self) -> None:
        """Have what was shared posted, and shown as it is now."""
        self._rounds.go_round()

    def on_share(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        """Open the form for the answer above the button."""
        ack()
        pressed = pressed_in(body, action)
        self._pages.open(pressed, lambda: self._said(lambda: self._form(pressed, body)))

    def on_show(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        """Show a shared answer whole, with everything that peers say of it."""
        ack()
        pressed = pressed_where(body, action)
        self._pages.open(pressed, lambda: self._whole(pressed))

    def on_list(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        """Show a page of what somebody shared, or of what others shared with their networks."""
        ack()
        pressed = pressed_in(body, action)
        self._pages.open(pressed, lambda: self._said(lambda: self._list(pressed)))

    def on_withdraw(self, ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        """Withdraw an answer for who shared it."""
        ack()
        pressed = pressed_in(body, action)
        self._pages.open(pressed, lambda: sentence_view(say(self._withdrawn(pressed))))

    def on_filled(self, ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        """Take the form: show what others would see, or share what was shown."""
        user, held, filled = str(body["user"]["id"]), held_in(view), filled_in(view)
        errors = errors_in(filled)
        if held is None or errors:
            ack(response_action="errors", errors=dict(errors) or {"question": say(NOT_SEEN)})
            return
        if not self._pages.answer(
            ack, user, lambda: self._said(lambda: self._submitted(user, held, filled)), view
        ):
            ack(response_action="errors", errors={"question": say(BUSY)})

    def _form(self, pressed: Pressed, body: Payload) -> View:
        if self._laid.our_answers.pressed(pressed.number, body) is None:
            raise NotSharedError(say(NOT_SEEN))
        networks, filled = self._desk.begun(pressed.user, pressed.number)
        return share_view(networks, filled, Held(pressed.number))

    def _submitted(self, user: str, held: Held, filled: Filled) -> View:
        preview = self._desk.preview(user, held.inbox_id, filled)
        networks, _ = self._desk.begun(user, held.inbox_id)
        is_seen = held.shown == preview.digest
        if not is_seen or (preview.personal and not filled.is_meant):
            sentence = ""
            if held.shown:
                sentence = say(NOT_TICKED if is_seen else CHANGED)
            return preview_view(preview, networks, filled, sentence)
        self._desk.share(preview)
        self._laid.wake()
        self._laid.show_home(user)
        return sentence_view(say(SHARED, network=name(preview.network.name)))

    def _whole(self, pressed: Pressed) -> View:
        found = self._shelf.readable(pressed.user, pressed.number, pressed.channel)
        if found is None:
            return whole_view(None, None)
        return whole_view(*found, self._laid.answers.responses(found[0].id), pressed.channel)

    def _list(self, pressed: Pressed) -> View:
        whose, _, digits = pressed.value.partition(":")
        offset = int(digits) if digits.isdecimal() and len(digits) < 6 else 0  # noqa: PLR2004
        if whose == OWN:
            return list_view(self._shelf.own(pressed.user), offset, are_own=True)
        admission = self._laid.ground.gatekeeper.admit_alone(pressed.user, "")
        audiences = admission.audiences if admission.refusal is None else ()
        return list_view(self._shelf.shared(pressed.user, audiences), offset)

    def _withdrawn(self, pressed: Pressed) -> str:
        answer = self._laid.answers.find(pressed.number)
        network = answer.network if answer is not None else "none"
        target = f"shared answer {pressed.number} of network-{network}"
        entry = entry_of(pressed.user, Action.SHARE, target, "withdrawn")
        if self._laid.answers.withdraw(pressed.number, pressed.user, entry) is None:
            refused = entry_of(
                pressed.user, Action.SHARE, f"shared answer {pressed.number}", "refused"
            )
            self._laid.ground.abilities.train.audit(refused)
            return NOT_YOURS
        self._laid.wake()
        self._laid.show_home(pressed.user)
        return WITHDRAWN

    def _said(self, work: Callable[[], View]) -> View:
        """Return a view, or the sentence that says why nothing is done.

        Raises FillAgainError where Slack does not tell.
        """
        try:
            return work()
        except NotSharedError as error:
            return sentence_view(str(error))
        except (SlackCallError, UncheckedError) as error:
            _log.warning("sharing_not_checked", reason=type(error).__name__)
            raise FillAgainError(say(UNCHECKED)) from error


def pressed_where(body: Payload, action: Payload) -> Pressed:
    """Return a press with the channel from which its modal was opened, if it is in one of ours."""
    view, pressed = body.get("view") or {}, pressed_in(body, action)
    if not pressed.view_id or view.get("callback_id") != WHOLE_VIEW:
        return pressed
    return replace(pressed, channel=str(view.get("private_metadata") or ""))


def _is_for(answer: PeerAnswer, audiences: set[str]) -> bool:
    """Whether readers of `audiences` may read everything that an answer rests on."""
    return all(cited.audience in audiences for cited in answer.citations)
