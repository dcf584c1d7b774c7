"""Files of Slack: what it says of one, and what is in it."""

import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import structlog
from slack_sdk import WebClient

from assistant.domain.errors import SlackError
from assistant.settings import Settings
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.plain_http import PIECE, SECONDS, opener

BYTES_IN_MEGABYTE = 1_000_000

_log = structlog.get_logger()


class NotFetched(StrEnum):
    """Why a file of Slack could not be fetched."""

    GONE = "gone"
    ELSEWHERE = "elsewhere"
    NOT_GIVEN = "not_given"
    TOO_LARGE = "too_large"
    EMPTY = "empty"


class FileNotFetchedError(SlackError):
    """A file of Slack could not be fetched; what that means to whom is for who tells them.

    `name` is what Slack calls the file, where it still told that.
    """

    def __init__(self, reason: NotFetched, name: str | None = None) -> None:
        super().__init__(f"The file could not be fetched: {reason.value}.")
        self.reason = reason
        self.name = name


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file's name as its owner gave it, Slack's word for its kind, and what is in it."""

    name: str
    kind: str
    data: bytes


class SlackFiles:
    """Fetches files of up to `most_bytes`, with the token shown to the hosts of the settings."""

    def __init__(self, client: WebClient, settings: Settings, most_bytes: int) -> None:
        self._client = client
        self._hosts = settings.slack_file_hosts
        # A Slack that is itself spoken to without encryption is one for tests.
        self._plain = settings.slack_api_url.startswith("http://")
        self.most_bytes = most_bytes

    def fetch(self, file: str) -> FetchedFile:
        """Return the file with Slack's id `file`; raises FileNotFetchedError."""
        try:
            facts = called(self._client.files_info, file=file).get("file")
        except SlackCallError as error:
            _log.warning("file_not_told", code=error.code)
            is_refused = error.code == "missing_scope"
            reason = NotFetched.NOT_GIVEN if is_refused else NotFetched.GONE
            raise FileNotFetchedError(reason) from None
        held: Mapping[str, Any] = facts if isinstance(facts, Mapping) else {}
        name = str(held["name"]) if held.get("name") else None
        try:
            data = self._fetched(held)
        except FileNotFetchedError as error:
            raise FileNotFetchedError(error.reason, name) from error
        return FetchedFile(name or file, str(held.get("filetype") or ""), data)

    def _fetched(self, held: Mapping[str, Any]) -> bytes:
        """Return what is in the file of which Slack says what is in `held`."""
        if held.get("is_external"):
            raise FileNotFetchedError(NotFetched.ELSEWHERE)
        url = str(held.get("url_private_download") or "")
        if not url:
            raise FileNotFetchedError(NotFetched.GONE)
        if int(held.get("size") or 0) > self.most_bytes:
            raise FileNotFetchedError(NotFetched.TOO_LARGE)
        data = self._content(url)
        if not data:
            raise FileNotFetchedError(NotFetched.EMPTY)
        return data

    def _content(self, url: str) -> bytes:
        """Return what is at `url`, with the token shown to an allowed host and to nobody else."""
        _check_address(url, self._hosts, plain=self._plain)
        headers = {"Authorization": f"Bearer {self._client.token}"}
        request = urllib.request.Request(url, headers=headers)  # noqa: S310
        try:
            with opener().open(request, timeout=SECONDS) as response:
                # To a token that it does not accept Slack sends its login page, with status 200.
                if "text/html" in str(response.headers.get("Content-Type")).lower():
                    disposition = str(response.headers.get("Content-Disposition")).lower()
                    if "attachment" not in disposition:
                        raise FileNotFetchedError(NotFetched.NOT_GIVEN)
                return _read(response, self.most_bytes)
        except (OSError, HTTPException) as error:
            raise FileNotFetchedError(NotFetched.NOT_GIVEN) from error


def _check_address(url: str, hosts: Sequence[str], *, plain: bool) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise FileNotFetchedError(NotFetched.ELSEWHERE) from None
    schemes = ("https", "http") if plain else ("https",)
    # The whole authority is compared, so a name before an @ or another port is another host.
    if parts.scheme not in schemes or parts.netloc.lower() not in [h.lower() for h in hosts]:
        raise FileNotFetchedError(NotFetched.ELSEWHERE)


def _read(response: Any, most_bytes: int) -> bytes:
    read = bytearray()
    while piece := response.read(PIECE):
        read += piece
        if len(read) > most_bytes:
            raise FileNotFetchedError(NotFetched.TOO_LARGE)
    return bytes(read)
