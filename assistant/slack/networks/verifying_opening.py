"""Opening a verified answer more widely: a steward wishes it, its author decides."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_bolt import Ack, App

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.errors import AssistantError
from assistant.domain.networks import Network, VerifiedAnswer
from assistant.language import phrase, say, say_day
from assistant.network.publishing import source_line
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.in_time import NOT_NOW
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.verifying_blocks import (
    LONGEST_QUESTION,
    LONGEST_SHOWN,
    WIDEN_ACTION,
)
from assistant.slack.networks.verifying_desk import NOT_YOURS, Desk
from assistant.slack.networks.verifying_news import (
    AGREE_ACTION,
    DECLINE_ACTION,
    decided_message,
    sentence_message,
)
from assistant.slack.networks.verifying_pages import (
    BUSY,
    Pages,
    Payload,
    Pressed,
    View,
    pressed_in,
    sentence_view,
)
from assistant.slack.shown.blocks import (
    Message,
    context_blocks,
    heading_block,
    text_blocks,
)
from assistant.slack.shown.elements import field_block, option, plain
from assistant.slack.shown.filled import FormState
from assistant.slack.shown.lines import name
from assistant.store.database import DatabaseTrouble
from assistant.store.networks.verifying import Opening, OpeningState

VIEW = "networks.open_more_widely"

TITLE = phrase("Open more widely")
ASK_THE_AUTHOR = phrase("Ask the author")
CANCEL = phrase("Cancel")
WHO = phrase("Who is to read it")
NETWORK_ALONE = phrase("Nothing changes until its author agrees to it in a direct message.")
EXACTLY = phrase("They will read exactly this, and below it whose experience it is:")
NOT_WIDER = phrase(
    "It cannot be opened more widely: it rests on passages that not everybody outside the network "
    "may read."
)
LAPSED_NOT = phrase("It lapsed; please renew it before it is opened more widely.")
ASKED = phrase("Its author is asked. It is opened when they agree, and you are told.")
ASKED_ALREADY = phrase(
    "Its author was asked on {asked} and has not answered yet. You can ask again from {again} on."
)
NOT_ASKED = phrase(
    "Nothing is to be decided here any more: the wish was taken back, it was answered, or the "
    "answer changed."
)

PATIENCE = timedelta(days=7)
MOST_DIGITS = 9
LONGEST_SOURCE = 1000

_WIDER = (
    (INTERNAL, phrase("Everyone in the organisation")),
    (PUBLIC, phrase("Everyone whom the assistant answers")),
)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OpeningListeners:
    """What is done when a steward wishes to open an answer, and when its author answers."""

    laid: NetworkGround
    desk: Desk
    pages: Pages

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        app.action(WIDEN_ACTION)(self.on_widen)
        app.view(VIEW)(self.on_chosen)
        app.action(AGREE_ACTION)(self.on_agree)
        app.action(DECLINE_ACTION)(self.on_decline)

    def on_widen(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Show who would read what."""
        ack()
        pressed = pressed_in(body, action)
        self.pages.open(pressed, lambda: self._form(pressed))

    def on_chosen(self, ack: Ack, body: Payload, view: Payload) -> None:
        """Have the author asked."""
        user, chosen = str(body["user"]["id"]), chosen_in(view)
        if chosen is None:
            ack(response_action="errors", errors={"audience": say(NOT_YOURS)})
        elif not self.pages.answer(ack, user, lambda: self._asked(user, *chosen), view):
            ack(response_action="errors", errors={"audience": say(BUSY)})

    def on_agree(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Open the answer, if all still holds."""
        ack()
        self._decide_later(pressed_in(body, action), agrees=True)

    def on_decline(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Leave the answer as it is."""
        ack()
        self._decide_later(pressed_in(body, action), agrees=False)

    def _decide_later(self, pressed: Pressed, *, agrees: bool) -> None:
        self.laid.errands.begin(lambda: self._decide(pressed, agrees=agrees))

    def _form(self, pressed: Pressed) -> View:
        found = self.desk.verified(pressed.user, pressed.number)
        if found is None:
            return sentence_view(self.desk.refused(pressed.user, pressed.number))
        network, answer = found
        refusal = self._refusal(network, answer)
        if refusal is not None:
            return sentence_view(say(refusal))
        wider = self._wider(network, answer)
        return opening_view(answer, wider, source_line(answer, network, wider[-1]))

    def _asked(self, user: str, number: int, audience: str) -> View:
        found = self.desk.verified(user, number)
        if found is None:
            return sentence_view(self.desk.refused(user, number))
        refusal = self._refusal(*found)
        if refusal is not None or audience not in self._wider(*found):
            return sentence_view(say(refusal or NOT_WIDER))
        entry = self.desk.entry(user, "opening asked", _target(number), audience)
        before = self.desk.notes.opening(number)
        if before is not None and self._is_over(before, found[0], entry.at):
            self.desk.end_opening(user, number)
        is_new = self.desk.notes.ask_to_open(Opening(number, audience, user, entry.at), entry)
        self.laid.wake()
        return sentence_view(say(ASKED) if is_new or before is None else _asked_already(before))

    def _is_over(self, opening: Opening, network: Network, now: datetime) -> bool:
        """Whether a wish that waits has waited long enough, or nobody stands behind it any more."""
        is_old = now - opening.asked_at >= PATIENCE
        return is_old or not self.laid.memberships.is_steward(opening.asked_by, network)

    def _refusal(self, network: Network, answer: VerifiedAnswer) -> str | None:
        if answer.lapse is not None:
            return LAPSED_NOT
        return None if self._wider(network, answer) else NOT_WIDER

    def _wider(self, network: Network, answer: VerifiedAnswer) -> tuple[str, ...]:
        """Return the audiences to which an answer may be opened, beyond who reads it now."""
        present = [audience for audience, _ in _WIDER].index
        wider = (
            _WIDER
            if answer.audience == network.audience
            else _WIDER[present(answer.audience) + 1 :]
        )
        return tuple(a for a, _ in wider if self.desk.allows(a, network, answer.citations))

    def _decide(self, pressed: Pressed, *, agrees: bool) -> None:
        number, stamp = _wish_in(pressed.value)
        with self.laid.ground.directory.spoken_to(pressed.user):
            try:
                message = self._decided(pressed.user, number, stamp, agrees=agrees)
            except (AssistantError, DatabaseTrouble) as error:
                _log.warning("opening_not_decided", reason=type(error).__name__)
                self.pages.say(pressed, lambda: say(NOT_NOW))
                return
        if message is None:
            self.desk.refused(pressed.user, number)
            self.pages.say(pressed, lambda: say(NOT_ASKED))
            return
        self.laid.wake()
        try:
            self.laid.posts.update(pressed.channel, pressed.ts, message)
        except SlackCallError as error:
            _log.warning("opening_not_shown", code=error.code)

    def _decided(self, user: str, number: int, stamp: str, *, agrees: bool) -> Message | None:
        """Return what the author sees then; None for everybody else and for another wish."""
        opening, found = self.desk.notes.opening(number), self.desk.standing(number)
        if opening is None or opening.state is not OpeningState.ASKED or opening.stamp != stamp:
            return None
        if found is None or found[1].by.user != user:
            return None
        network, answer = found
        target = _target(number)
        if not agrees:
            entry = self.desk.entry(user, "opening declined", target)
            self.desk.notes.end_opening(opening, OpeningState.DECLINED, entry)
            return decided_message(answer, network, agrees=False)
        if not self._may_be_opened(opening, network, answer):
            entry = self.desk.entry(user, "opening not possible any more", target)
            self.desk.notes.end_opening(opening, OpeningState.TAKEN_BACK, entry)
            return sentence_message(say(NOT_ASKED))
        entry = self.desk.entry(user, "opened, its author agreeing", target, opening.audience)
        is_open = self.desk.notes.agree(opening, entry)
        return decided_message(answer, network, agrees=True) if is_open else None

    def _may_be_opened(self, opening: Opening, network: Network, answer: VerifiedAnswer) -> bool:
        """Whether a steward still wishes it, of the same words, and all may still read them."""
        is_wished = self.laid.memberships.is_steward(opening.asked_by, network)
        is_as_asked = answer.verified_at <= opening.asked_at
        return is_wished and is_as_asked and opening.audience in self._wider(network, answer)


def opening_view(answer: VerifiedAnswer, audiences: tuple[str, ...], source: str) -> dict[str, Any]:
    """Return the modal that shows exactly what who would read, `source` being its last line."""
    options = [option(say(label), audience) for audience, label in _WIDER if audience in audiences]
    if not options:
        return sentence_view(say(NOT_WIDER))
    radio = {"type": "radio_buttons", "options": options}
    choice = field_block("audience", say(WHO), radio)
    shown = [
        *context_blocks(say(NETWORK_ALONE)),
        *text_blocks(say(EXACTLY)),
        heading_block(name(answer.question, LONGEST_QUESTION)),
        *text_blocks(answer.answer[:LONGEST_SHOWN]),
        *context_blocks(name(source, LONGEST_SOURCE)),
    ]
    return {
        "type": "modal",
        "callback_id": VIEW,
        "private_metadata": json.dumps({"number": answer.id}),
        "title": plain(say(TITLE)[:24]),
        "submit": plain(say(ASK_THE_AUTHOR)[:24]),
        "close": plain(say(CANCEL)[:24]),
        "blocks": [choice, *(one.block for one in shown)][:95],
    }


def chosen_in(view: Mapping[str, Any]) -> tuple[int, str] | None:
    """Return the answer and the audience that a form holds; None if it is not ours."""
    try:
        number = int(json.loads(str(view.get("private_metadata") or ""))["number"])
    except (ValueError, KeyError, TypeError):
        return None
    return number, FormState(view).choice("audience")


def _asked_already(opening: Opening) -> str:
    return say(
        ASKED_ALREADY,
        asked=say_day(opening.asked_at),
        again=say_day(opening.asked_at + PATIENCE),
    )


def _wish_in(value: str) -> tuple[int, str]:
    """Return the answer and the wish that a button is about; 0, which no answer has, if none."""
    number, _, stamp = value.partition(" ")
    return (int(number) if number.isdecimal() and len(number) <= MOST_DIGITS else 0), stamp


def _target(number: int) -> str:
    return f"verified answer {number}"
