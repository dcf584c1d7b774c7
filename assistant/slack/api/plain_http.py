"""Addresses that Slack gave us, called without its SDK: replies, and files out."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urldefrag, urlsplit

from assistant.slack.api.clients import SlackCallError, seconds_asked
from assistant.slack.shown.blocks import Message

SECONDS = 15.0
PIECE = 1 << 16


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nobody: a header with a token must not travel on."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        """Leave the redirect as the failure that it is."""


def address_of(body: Mapping[str, Any]) -> str:
    """Return where who pressed a button or chose a shortcut is answered alone; empty if nowhere.

    After a # it names the thread in which they did, since Slack forgets it; the message that begins
    a thread is outside.
    """
    url = str(body.get("response_url") or "")
    container, message = body.get("container") or {}, body.get("message") or {}
    thread = container.get("thread_ts") or message.get("thread_ts")
    is_inside = thread and thread != message.get("ts")
    return f"{url}#{thread}" if url and is_inside else url


def reply_alone(address: str, message: Message) -> None:
    """Answer a command or a button where it was used, to who used it; raises SlackCallError.

    `address` is one of `address_of`, or a command's, which knows no threads. Slack takes five
    replies within half an hour. What is lost was perhaps shown, and an outage that is not lost
    never reached Slack.
    """
    url, thread = urldefrag(address)
    body = {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": message.text,
        "blocks": list(message.blocks),
        **({"thread_ts": thread} if thread else {}),
    }
    _post(url, json.dumps(body).encode(), "application/json; charset=utf-8")


def post_bytes(url: str, body: bytes) -> None:
    """Post the content of a file to an address that Slack gave us; raises SlackCallError."""
    _post(url, body, "application/octet-stream")


def _post(url: str, body: bytes, content_type: str) -> None:
    if urlsplit(url).scheme not in ("https", "http"):
        raise SlackCallError("no_address")
    request = urllib.request.Request(  # noqa: S310
        url, data=body, headers={"Content-Type": content_type}, method="POST"
    )
    try:
        with opener().open(request, timeout=SECONDS):
            return
    except urllib.error.HTTPError as error:
        raise _refused(error) from error
    except (OSError, HTTPException) as error:
        is_lost = not _never_sent(error)
        raise SlackCallError("unreachable", is_lost=is_lost, is_outage=True) from error


def _refused(error: urllib.error.HTTPError) -> SlackCallError:
    if error.code == HTTPStatus.TOO_MANY_REQUESTS:
        return SlackCallError("ratelimited", retry_after=seconds_asked(dict(error.headers)))
    is_outage = error.code >= HTTPStatus.INTERNAL_SERVER_ERROR
    return SlackCallError(f"status_{error.code}", is_lost=is_outage, is_outage=is_outage)


def _never_sent(error: Exception) -> bool:
    """Whether there was no connection at all."""
    reason = getattr(error, "reason", error)
    return isinstance(reason, ConnectionRefusedError | socket.gaierror)


def opener() -> urllib.request.OpenerDirector:
    """Return what opens an address and follows no redirect."""
    return urllib.request.build_opener(_NoRedirect)
