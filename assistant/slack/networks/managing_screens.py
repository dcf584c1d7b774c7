"""Where a person is answered about networks: a modal, or words for them alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk import WebClient

from assistant.language import say
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.opening import opened
from assistant.slack.api.plain_http import address_of, reply_alone
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.managing_elements import sentence_view
from assistant.slack.shown.blocks import Message, sentence_messages

# A response_url takes five posts.
MOST_REPLIES = 5

Payload = Mapping[str, Any]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """Who pressed or typed, and where they can be answered.

    `view` is a modal that is open; `channel` and `ts` are the message below which was pressed.
    """

    user: str
    trigger: str = ""
    response_url: str = ""
    view: str = ""
    channel: str = ""
    ts: str = ""


def place_of(body: Payload) -> Place:
    """Return where who pressed a button is answered."""
    view, container = body.get("view") or {}, body.get("container") or {}
    is_modal = view.get("type") == "modal"
    return Place(
        user=str(body["user"]["id"]),
        trigger=str(body.get("trigger_id") or ""),
        response_url=address_of(body),
        view=str(view.get("id") or "") if is_modal else "",
        channel=str(container.get("channel_id") or ""),
        ts="" if container.get("is_ephemeral") else str(container.get("message_ts") or ""),
    )


def place_of_command(body: Payload) -> Place:
    """Return where who typed a command is answered."""
    trigger, url = str(body.get("trigger_id") or ""), str(body.get("response_url") or "")
    return Place(str(body["user_id"]), trigger, url)


@dataclass(frozen=True, slots=True)
class Screens:
    """Shows modals and says sentences; that it could not be done is only logged.

    `opening` neither repeats nor waits, since a modal can be opened once, and soon; what it then
    shows may take longer.
    """

    opening: WebClient
    reading: WebClient

    def begin(self, place: Place) -> str | None:
        """Return the id of a modal to show something in, None where none could be opened."""
        if place.view:
            return place.view
        try:
            view = sentence_view(say(words.ONE_MOMENT))
            return opened(self.opening, self.reading, place.trigger, view) or None
        except SlackCallError as error:
            _log.warning("form_not_opened", code=error.code)
            self._reply(place, sentence_messages(say(words.FORM_EXPIRED)))
            return None

    def show(self, view_id: str, view: Mapping[str, Any]) -> None:
        """Show something in a modal that is open; one that was closed stays so."""
        try:
            called(self.reading.views_update, view_id=view_id, view=dict(view))
        except SlackCallError as error:
            _log.warning("form_not_shown", code=error.code)

    def say(self, place: Place, messages: Sequence[Message]) -> None:
        """Say something to who pressed or typed, alone: in words where they are, else in a modal.

        What does not fit into Slack's five replies is left out.
        """
        if place.response_url:
            self._reply(place, messages)
            return
        view_id = self.begin(place)
        if view_id is not None:
            blocks = [block for message in messages for block in message.blocks]
            self.show(view_id, {**sentence_view(say(words.ONE_MOMENT)), "blocks": blocks})

    def _reply(self, place: Place, messages: Sequence[Message]) -> None:
        if not place.response_url:
            return
        try:
            for message in messages[:MOST_REPLIES]:
                reply_alone(place.response_url, message)
        except SlackCallError as error:
            _log.warning("reply_alone_not_sent", code=error.code)
