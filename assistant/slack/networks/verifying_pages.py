"""Modals in which something is worked out first: opened at once, filled when it is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt import Ack
from slack_sdk import WebClient

from assistant.domain.errors import AssistantError
from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.errands import Errands
from assistant.slack.api.in_time import NOT_NOW, ONE_MOMENT
from assistant.slack.api.opening import fill
from assistant.slack.api.plain_http import address_of, reply_alone
from assistant.slack.rights.directory import Directory
from assistant.slack.shown.blocks import sentence_messages, text_blocks
from assistant.slack.shown.elements import modal
from assistant.slack.shown.filled_again import filled_again
from assistant.store.database import DatabaseTrouble

TITLE = phrase("Peer networks")
BUSY = phrase("Too much is going on just now; please try again in a minute.")
NOT_OPENED = phrase("Slack closed the form before it opened; please press the button once more.")

Payload = Mapping[str, Any]
View = dict[str, Any]

_log = structlog.get_logger()


class FillAgainError(AssistantError):
    """A form cannot be taken, or not now: its words, for the reader, are shown above the form."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button that somebody pressed: its value, and the modal or the message it stands in.

    `view_id` is empty in the Home tab and in messages, `channel` and `ts` are elsewhere. At
    `response_url`, empty for what is no message, who pressed is told something alone.
    """

    user: str
    value: str
    trigger: str
    view_id: str = ""
    channel: str = ""
    ts: str = ""
    response_url: str = ""

    @property
    def number(self) -> int:
        """The number that the value is; 0, which nothing has, where it is none."""
        is_one = self.value.isdecimal() and len(self.value) <= 9  # noqa: PLR2004 - an id's digits
        return int(self.value) if is_one else 0


def pressed_in(body: Payload, action: Payload) -> Pressed:
    """Return what Slack says of a button that was pressed."""
    view, container = body.get("view") or {}, body.get("container") or {}
    return Pressed(
        user=str(body["user"]["id"]),
        value=str(action.get("value") or ""),
        trigger=str(body.get("trigger_id") or ""),
        view_id=str(view.get("id") or "") if view.get("type") == "modal" else "",
        channel=str(container.get("channel_id") or ""),
        ts=str(container.get("message_ts") or ""),
        response_url=address_of(body),
    )


def _waiting(external_id: str) -> View:
    """Return a modal that asks to wait, found again by an id of ours."""
    return {**sentence_view(say(ONE_MOMENT)), "external_id": external_id}


def sentence_view(sentence: str) -> View:
    """Return a modal that says a sentence."""
    return modal(say(TITLE), text_blocks(sentence))


@dataclass(frozen=True, slots=True)
class Pages:
    """Shows modals; what Slack does not take is logged and left."""

    opening: WebClient
    updating: WebClient
    directory: Directory
    errands: Errands

    def open(self, pressed: Pressed, view: Callable[[], View]) -> None:
        """Open a modal over whatever there is, in an errand; say so when too much waits."""
        if not self.errands.begin(lambda: self._open(pressed, view)):
            with self.directory.spoken_to(pressed.user):
                self._tell(pressed, say(BUSY))

    def answer(
        self, ack: Ack, user: str, view: Callable[[], View], form: Payload | None = None
    ) -> bool:
        """Have a form that was sent wait, and fill it in an errand; False when too much waits.

        `form` is the view as Slack sent it. Where `view` raises, it is shown again as it was
        filled, so that nothing that was typed is lost: below the words of a FillAgainError, and
        below NOT_NOW for any other error of ours.
        """
        waiting = _waiting(uuid4().hex)
        own_id = waiting["external_id"]
        with self.directory.spoken_to(user):
            is_begun = self.errands.begin(lambda: self._fill(user, own_id, view, form))
        if is_begun:
            ack(response_action="update", view=waiting)
        return is_begun

    def say(self, pressed: Pressed, sentence: Callable[[], str]) -> None:
        """Open a modal that says a sentence, which may take a moment to know."""
        self.open(pressed, lambda: sentence_view(sentence()))

    def _open(self, pressed: Pressed, view: Callable[[], View]) -> None:
        method = self.opening.views_push if pressed.view_id else self.opening.views_open
        waiting = _waiting(uuid4().hex)
        try:
            # A trigger lasts three seconds, and Slack and the corpus may take longer.
            called(method, trigger_id=pressed.trigger, view=waiting)
        except SlackCallError as error:
            _log.warning("form_not_opened", code=error.code)
            if not error.is_lost:
                with self.directory.spoken_to(pressed.user):
                    self._tell(pressed, say(NOT_OPENED))
                return
        self._fill(pressed.user, waiting["external_id"], view)

    def _tell(self, pressed: Pressed, sentence: str) -> None:
        """Say something to who pressed: below the message, or in a modal where there is none."""
        method = self.opening.views_push if pressed.view_id else self.opening.views_open
        try:
            if pressed.response_url:
                reply_alone(pressed.response_url, sentence_messages(sentence)[0])
            else:
                called(method, trigger_id=pressed.trigger, view=sentence_view(sentence))
        except SlackCallError as error:
            _log.warning("not_told_in_networks", code=error.code)

    def _fill(
        self, user: str, external_id: str, view: Callable[[], View], form: Payload | None = None
    ) -> None:
        with self.directory.spoken_to(user):
            made = self._made(view, form)
        fill(self.updating, external_id, made)

    def _made(self, view: Callable[[], View], form: Payload | None) -> View:
        try:
            return view()
        except (AssistantError, DatabaseTrouble) as error:
            _log.warning("not_done_in_networks", reason=type(error).__name__)
            sentence = str(error) if isinstance(error, FillAgainError) else say(NOT_NOW)
            return sentence_view(sentence) if form is None else filled_again(form, sentence)
