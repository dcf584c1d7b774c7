"""Addresses that Slack gave us, called without its SDK: replies, and files out."""

import json
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit

from assistant.slack.blocks import Message
from assistant.slack.clients import SlackCallError

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

    Slack takes five replies within half an hour.
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
        raise SlackCallError(f"status_{error.code}", is_lost=error.code >= 500) from error  # noqa: PLR2004
    except (OSError, HTTPException) as error:
        raise SlackCallError("unreachable", is_lost=True) from error


def opener() -> urllib.request.OpenerDirector:
    """Return what opens an address and follows no redirect."""
    return urllib.request.build_opener(_NoRedirect)
