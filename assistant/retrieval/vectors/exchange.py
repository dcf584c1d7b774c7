"""HTTP with a Chroma server: time limits, a second try, and a sentence for each way to fail.

Chroma's own client waits without end for a server that does not answer, and raises bare exceptions
(docs/adr/0020). Nothing is sent to another address, and no redirection is followed.
"""

import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from assistant.domain.errors import CorpusError

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 5.0
# A distributed deployment refuses writes for a while when its compactor is behind.
BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
BUSY_PAUSES = (0.2, 1.0, 3.0, 6.0)
REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class MissingError(CorpusError):
    """What was asked for is not on the server."""


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """Where a Chroma server is, and which database on it; `url` holds no secret."""

    url: str
    token: str | None = field(default=None, repr=False)
    tenant: str = "default_tenant"
    database: str = "default_database"


class Exchange:
    """Requests and replies with one server, for any number of threads.

    Raises CorpusError, with a sentence for the operator, when the server cannot be reached or
    refuses, and MissingError when it says that something is not there.
    """

    def __init__(self, server: ChromaServer, pauses: Sequence[float] = BUSY_PAUSES) -> None:
        """Take the server, and the seconds to wait before each new try while it is busy."""
        self._server = server
        self._pauses = pauses
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def request(self, method: str, path: str, body: object = None, *, seconds: float) -> Any:
        """Send a request and return the JSON of its reply; wait and repeat while it is busy."""
        response = self._send(method, path, body, seconds)
        for pause in self._pauses:
            if response.status_code not in BUSY:
                break
            time.sleep(pause)
            response = self._send(method, path, body, seconds)
        return self._content(response)

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    @property
    def not_chroma(self) -> CorpusError:
        """The error for a server that speaks something else."""
        message = (
            f"What answers at {self._server.url} does not speak the protocol of Chroma 1.0 or "
            "newer; check ASSISTANT_CHROMA_URL, and the server's version."
        )
        return CorpusError(message)

    def _send(self, method: str, path: str, body: object, seconds: float) -> "httpx.Response":
        import httpx

        limits = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        client = self._open()
        try:
            try:
                return client.request(method, path, json=body, timeout=limits)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # The server may close a kept connection just when it is used again. To send
                # anything twice does no harm: ids and names that are there are passed over.
                return client.request(method, path, json=body, timeout=limits)
        except httpx.TimeoutException:
            raise CorpusError(self._late(seconds)) from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise CorpusError(self._unreachable(error)) from None

    def _open(self) -> "httpx.Client":
        import httpx

        with self._lock:
            if self._client is None:
                token = self._server.token
                self._client = httpx.Client(
                    base_url=self._server.url.rstrip("/") + "/api/v2",
                    headers={"X-Chroma-Token": token} if token is not None else {},
                    follow_redirects=False,
                )
                weakref.finalize(self, self._client.close)
            return self._client

    def _content(self, response: "httpx.Response") -> Any:
        url, status = self._server.url, response.status_code
        if status in REFUSED:
            message = f"The Chroma server at {url} refuses us; check ASSISTANT_CHROMA_TOKEN."
            raise CorpusError(message)
        try:
            content: Any = response.json()
        except ValueError:
            content = None
        if response.is_success:
            if content is None:
                raise self.not_chroma
            return content
        if isinstance(content, dict) and content.get("error") == "NotFoundError":
            raise MissingError(f"The Chroma server at {url} no longer has what was asked for.")
        if content is None and not response.is_server_error:
            raise self.not_chroma
        if status in BUSY:
            raise CorpusError(f"The Chroma server at {url} is too busy; try again in a minute.")
        message = f"The Chroma server at {url} failed with status {status}; its log says why."
        raise CorpusError(message)

    def _late(self, seconds: float) -> str:
        return (
            f"The Chroma server at {self._server.url} did not answer within {seconds:g} seconds; "
            "see whether it runs and has memory to spare."
        )

    def _unreachable(self, error: Exception) -> str:
        url = self._server.url
        if "CERTIFICATE" in str(error):
            return f"The certificate of the Chroma server at {url} is not trusted; check it."
        return (
            f"No Chroma server answers at {url}; start it, or check ASSISTANT_CHROMA_URL "
            "(unset, the vectors are kept in the data folder)."
        )
