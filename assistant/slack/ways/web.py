"""Slack's requests over HTTP: proved to be Slack's and new, then what they hold goes to Bolt.

A WSGI application, to be run by any server. Nothing of a request is parsed before it is proved.
"""

import json
import logging
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import structlog
from slack_bolt import App, BoltRequest
from slack_sdk.signature import SignatureVerifier

from assistant.domain.errors import SlackError
from assistant.slack.ways.manifest import EVENTS_PATH
from assistant.store.database import DatabaseTrouble
from assistant.store.requests import SeenRequests

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

HEALTH_PATH = "/healthz"
MOST_BYTES = 1_000_000
THREADS = 8
SECONDS_TO_CLOSE = 5.0
SECONDS_BETWEEN_LOOKS = 0.25

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_PLAIN = (("Content-Type", "text/plain; charset=utf-8"),)
_RETRIES = {
    "HTTP_X_SLACK_RETRY_NUM": "x-slack-retry-num",
    "HTTP_X_SLACK_RETRY_REASON": "x-slack-retry-reason",
}

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back to whoever sent a request."""

    status: HTTPStatus
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = _PLAIN

    def sent(self, start_response: "StartResponse") -> Iterable[bytes]:
        """Give it to a WSGI server."""
        length = ("Content-Length", str(len(self.body)))
        start_response(f"{self.status.value} {self.status.phrase}", [*self.headers, length])
        return [self.body]


class RefusedRequestError(SlackError):
    """A request is none that is taken; `status` says why."""

    def __init__(self, status: HTTPStatus, *headers: tuple[str, str]) -> None:
        super().__init__(f"A request was refused: {status.phrase}.")
        self.status = status
        self.headers = headers


class HttpWay:
    """Slack sends a request for each event, command and button; here they come in."""

    def __init__(self, app: App, secret: str, seen: SeenRequests) -> None:
        """`app` is not to verify requests itself: it would parse them first."""
        self._app = app
        self._verifier = SignatureVerifier(secret)
        self._seen = seen
        self._is_open = False

    def open(self) -> None:
        """Take requests from now on."""
        self._is_open = True

    def close(self) -> None:
        """Take no more: Slack is told to come again."""
        self._is_open = False

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request of a WSGI server."""
        try:
            response = self._response(environ)
        except RefusedRequestError as refused:
            said = refused.status.phrase.encode()
            response = Response(refused.status, said, (*_PLAIN, *refused.headers))
        return response.sent(start_response)

    def _response(self, environ: "WSGIEnvironment") -> Response:
        path = environ.get("PATH_INFO", "")
        if path == HEALTH_PATH:
            _require_method(environ, "GET")
            self._require_open()
            return Response(HTTPStatus.OK, b"ok")
        if path != EVENTS_PATH:
            raise RefusedRequestError(HTTPStatus.NOT_FOUND)
        _require_method(environ, "POST")
        kind = str(environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
        if kind not in (_JSON, _FORM):
            raise RefusedRequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        body = _body(environ)
        self._require_open()
        signature = self._proved(environ, body)
        return self._once(signature, _payload(kind, body), _retries(environ))

    def _require_open(self) -> None:
        if not self._is_open:
            raise RefusedRequestError(HTTPStatus.SERVICE_UNAVAILABLE)

    def _proved(self, environ: "WSGIEnvironment", body: bytes) -> str:
        """Return the signature of a request that Slack signed within five minutes."""
        timestamp = str(environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP") or "")
        signature = str(environ.get("HTTP_X_SLACK_SIGNATURE") or "")
        try:
            # Whatever else stands there makes the comparison itself fail.
            is_valid = signature.isascii() and self._verifier.is_valid(body, timestamp, signature)
        except ValueError:
            is_valid = False
        if not is_valid:
            _log.warning("request_not_signed")
            raise RefusedRequestError(HTTPStatus.UNAUTHORIZED)
        return signature

    def _once(
        self, signature: str, payload: dict[str, Any], retries: dict[str, str | Sequence[str]]
    ) -> Response:
        try:
            is_new = self._seen.remember(signature)
        except DatabaseTrouble:
            _log.exception("request_not_taken")
            raise RefusedRequestError(HTTPStatus.SERVICE_UNAVAILABLE) from None
        if not is_new:
            _log.warning("request_replayed")
            raise RefusedRequestError(HTTPStatus.FORBIDDEN)
        # The same mode as over a socket: Bolt gets what the payload holds, not how it came.
        request = BoltRequest(body=payload, headers=retries, mode="socket_mode")
        is_done = False
        try:
            answer = self._app.dispatch(request)
            is_done = answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        finally:
            if not is_done:
                self._forget(signature)
        headers = [(name, each) for name, values in answer.headers.items() for each in values]
        kept = [each for each in headers if each[0].lower() != "content-length"]
        return Response(HTTPStatus(answer.status), (answer.body or "").encode(), kept)

    def _forget(self, signature: str) -> None:
        """Let Slack send again at once, within the same second, what was not done."""
        try:
            self._seen.forget(signature)
        except DatabaseTrouble:
            _log.exception("request_not_forgotten")


def _require_method(environ: "WSGIEnvironment", method: str) -> None:
    if environ.get("REQUEST_METHOD") != method:
        raise RefusedRequestError(HTTPStatus.METHOD_NOT_ALLOWED, ("Allow", method))


def _body(environ: "WSGIEnvironment") -> bytes:
    said = str(environ.get("CONTENT_LENGTH") or "")
    if not said:
        raise RefusedRequestError(HTTPStatus.LENGTH_REQUIRED)
    if not (said.isascii() and said.isdigit()):
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST)
    length = int(said) if len(said) < len(str(MOST_BYTES)) + 1 else MOST_BYTES + 1
    if length > MOST_BYTES:
        raise RefusedRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    body = environ["wsgi.input"].read(length)
    if len(body) != length:
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST)
    return bytes(body)


def _payload(kind: str, body: bytes) -> dict[str, Any]:
    """Return what a request holds: JSON, or a form, in which JSON may stand as `payload`."""
    try:
        if kind == _JSON:
            payload = json.loads(body)
        else:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            payload = json.loads(form["payload"]) if "payload" in form else form
    except ValueError:
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST) from None
    if not isinstance(payload, dict):
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST)
    return payload


def _retries(environ: Mapping[str, Any]) -> dict[str, str | Sequence[str]]:
    return {name: str(environ[key]) for key, name in _RETRIES.items() if key in environ}


@contextmanager
def listening(way: HttpWay, host: str, port: int) -> Iterator[int]:
    """Hear requests on an address in the block, and give the port; raises SlackError."""
    from waitress.server import create_server

    # It warns of every request that waits a moment for a thread.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    sockets: dict[int, Any] = {}
    bound = _bound(host, port)
    server = create_server(
        way,
        map=sockets,
        sockets=[bound],
        threads=THREADS,
        ident=None,
        max_request_body_size=MOST_BYTES,
    )
    ending = threading.Event()
    thread = threading.Thread(target=_serve, args=(sockets, ending), name="http", daemon=True)
    thread.start()
    try:
        yield int(bound.getsockname()[1])
    finally:
        way.close()
        # What is being answered gets its answer before the sockets go.
        server.task_dispatcher.shutdown(timeout=SECONDS_TO_CLOSE)
        ending.set()
        thread.join(SECONDS_TO_CLOSE)


def _serve(sockets: dict[int, Any], ending: threading.Event) -> None:
    """Look at the sockets until told to end, then close them in the thread that looks."""
    from waitress import wasyncore

    while not ending.is_set():
        wasyncore.loop(timeout=SECONDS_BETWEEN_LOOKS, use_poll=True, map=sockets, count=1)
    wasyncore.close_all(sockets, ignore_all=True)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SlackError(
            f"Requests cannot be heard on {host}, port {port}; choose others with "
            "ASSISTANT_HTTP_HOST and ASSISTANT_HTTP_PORT."
        ) from error
