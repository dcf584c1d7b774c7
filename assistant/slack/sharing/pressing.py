"""What follows from a press of a button of sharing: something in an errand, and a sentence."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.errands import Errands
from assistant.slack.api.plain_http import address_of, reply_alone
from assistant.slack.rights.gatekeeper import UncheckedError
from assistant.slack.sharing.posts import NotSharedError
from assistant.slack.shown import admin_sentences, sentences
from assistant.slack.shown.blocks import Message, sentence_messages

UNCHECKED = phrase(
    "I could not check who reads this channel, so nothing was shared; please press again in a "
    "minute."
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pressed:
    """The press of a button of ours: the number on it, who pressed it and where."""

    number: int
    user: str
    channel: str
    response_url: str


def begin(
    errands: Errands,
    body: Mapping[str, Any],
    action: Mapping[str, Any],
    work: Callable[[Pressed], Message],
) -> None:
    """Have something done, and who pressed told alone what came of it."""
    pressed = pressed_in(body, action)
    if pressed is None:
        _log.warning("share_button_not_known")
    elif not errands.begin(lambda: _tell(pressed, lambda: _worked(pressed, work))):
        _tell(pressed, lambda: sentence_messages(say(admin_sentences.BUSY))[0])


def pressed_in(body: Mapping[str, Any], action: Mapping[str, Any]) -> Pressed | None:
    """Return the press of a button that has a number, None when it is none of ours."""
    container = body.get("container") or {}
    value = str(action.get("value") or "")
    channel, url = container.get("channel_id"), address_of(body)
    if not (value.isascii() and value.isdigit() and channel and url):
        return None
    return Pressed(int(value[:18]), str(body["user"]["id"]), str(channel), str(url))


def _worked(pressed: Pressed, work: Callable[[Pressed], Message]) -> Message:
    """Return what is said of it; every failure ends in a sentence."""
    try:
        return work(pressed)
    except NotSharedError as error:
        return sentence_messages(str(error))[0]
    except UncheckedError:
        return sentence_messages(say(UNCHECKED))[0]
    except Exception as error:  # noqa: BLE001 - every failure ends in a sentence
        reference = uuid.uuid4().hex[:8]
        _log.error("sharing_failed", reference=reference, exc_info=error)
        return sentence_messages(sentences.failure(reference))[0]


def _tell(pressed: Pressed, work: Callable[[], Message]) -> None:
    try:
        reply_alone(pressed.response_url, work())
    except SlackCallError as error:
        _log.warning("sharer_not_told", code=error.code)
