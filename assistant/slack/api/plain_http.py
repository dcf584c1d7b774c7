"""Addresses that Slack gave us, called without its SDK: replies, and files out."""

import json
import socket
import urllib.error
import urllib.request
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit

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


def reply_alone(url: str, message: Message) -> None:
    """Answer a command or a button where it was used, to who used it; raises SlackCallError.

    Slack takes five replies within half an hour. What is lost was perhaps shown, and an outage
    that is not lost never reached Slack.
    """
    body = {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": message.text,
        "blocks": list(message.blocks),
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
