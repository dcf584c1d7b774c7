"""Addresses that Slack gave us, called without its SDK: replies, and files in and out."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from assistant.domain.errors import SlackError
from assistant.slack import admin_sentences
from assistant.slack.blocks import Message
from assistant.slack.clients import SlackCallError

SECONDS = 15.0
PIECE = 1 << 16


class FileNotFetchedError(SlackError):
    """A file of Slack could not be fetched; the message says why to who sent it."""


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


def fetched(url: str, token: str, hosts: Sequence[str], most_bytes: int, *, plain: bool) -> bytes:
    """Return the file at `url`, with the token shown to one of `hosts` and to nobody else.

    `plain` lets an address without encryption pass, for a Slack that is itself spoken to so.
    Raises FileNotFetchedError.
    """
    _check_address(url, hosts, plain=plain)
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    try:
        with _opener().open(request, timeout=SECONDS) as response:
            # To a token that it does not accept Slack sends its login page, with status 200.
            if "text/html" in str(response.headers.get("Content-Type")).lower():
                disposition = str(response.headers.get("Content-Disposition")).lower()
                if "attachment" not in disposition:
                    raise FileNotFetchedError(admin_sentences.FILE_NOT_GIVEN)
            return _read(response, most_bytes)
    except (OSError, HTTPException) as error:
        raise FileNotFetchedError(admin_sentences.FILE_NOT_GIVEN) from error


def _check_address(url: str, hosts: Sequence[str], *, plain: bool) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise FileNotFetchedError(admin_sentences.FILE_ELSEWHERE) from None
    schemes = ("https", "http") if plain else ("https",)
    # The whole authority is compared, so a name before an @ or another port is another host.
    if parts.scheme not in schemes or parts.netloc.lower() not in [h.lower() for h in hosts]:
        raise FileNotFetchedError(admin_sentences.FILE_ELSEWHERE)


def _read(response: Any, most_bytes: int) -> bytes:
    read = bytearray()
    while piece := response.read(PIECE):
        read += piece
        if len(read) > most_bytes:
            raise FileNotFetchedError(admin_sentences.file_too_large(most_bytes))
    return bytes(read)


def _post(url: str, body: bytes, content_type: str) -> None:
    if urlsplit(url).scheme not in ("https", "http"):
        raise SlackCallError("no_address")
    request = urllib.request.Request(  # noqa: S310
        url, data=body, headers={"Content-Type": content_type}, method="POST"
    )
    try:
        with _opener().open(request, timeout=SECONDS):
            return
    except urllib.error.HTTPError as error:
        raise SlackCallError(f"status_{error.code}", is_lost=error.code >= 500) from error  # noqa: PLR2004
    except (OSError, HTTPException) as error:
        raise SlackCallError("unreachable", is_lost=True) from error


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirect)
