"""Socket Mode over several connections: Slack sends each envelope over any one of them."""

import json
import logging
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain, repeat
from socket import SHUT_RDWR
from typing import Any, cast

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import Connection
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from assistant.domain.errors import SlackError
from assistant.slack.api.clients import SDK_LOGGER, SlackCallError, called

# Slack gives out few addresses a minute, to all connections together.
PAUSES = (5.0, 15.0, 60.0, 300.0)
PAUSE_WHEN_TOO_MANY = 300.0
SECONDS_TO_CLOSE = 3.0
SECONDS_TO_CONNECT = 2.0

_log = structlog.get_logger()


class SocketWay:
    """Holds connections to Slack open; each of them connects anew by itself."""

    def __init__(self, app: App, app_token: str, client: WebClient, connections: int) -> None:
        """`client` is one that never repeats a call: how long to wait is decided here."""
        self._app = app
        self._token = app_token
        self._client = client
        self._connections = connections
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._lines: set[_Line] = set()

    def open(self, address: str) -> None:
        """Connect to an address that Slack gave us, and the other connections in their time.

        Raises SlackError when the first cannot be opened; what becomes of the others is logged.
        """
        line = self._new_line()
        try:
            line.open(address)
        except Exception as error:
            self.close()
            raise SlackError("Slack's socket cannot be opened; check the network.") from error
        for _ in range(self._connections - 1):
            self._add_line(PAUSES)

    def close(self) -> None:
        """Hang up everywhere, at once."""
        self._ending.set()
        with self._lock:
            lines = list(self._lines)
        enders = [threading.Thread(target=line.end, daemon=True) for line in lines]
        for ender in enders:
            ender.start()
        until = time.monotonic() + SECONDS_TO_CLOSE
        for ender in enders:
            ender.join(max(0.0, until - time.monotonic()))

    def _new_line(self) -> "_Line":
        line = _Line(self._app, self._token, self._client, self._ending, self._on_too_many)
        with self._lock:
            self._lines.add(line)
        return line

    def _add_line(self, pauses: Iterable[float]) -> None:
        threading.Thread(
            target=self._keep_trying, args=(pauses,), name="connecting", daemon=True
        ).start()

    def _keep_trying(self, pauses: Iterable[float]) -> None:
        """Open one more connection, with a longer and longer pause after each failure."""
        for pause in chain(pauses, repeat(PAUSES[-1])):
            if self._ending.is_set():
                return
            line = self._new_line()
            try:
                line.open(line.issue_new_wss_url())
            except Exception as error:  # noqa: BLE001 - a network fails in more ways than are named
                self._on_not_opened(error)
            else:
                return
            self._drop(line)
            self._ending.wait(pause)

    def _on_not_opened(self, error: Exception) -> None:
        # What fails because we end is no news.
        if not self._ending.is_set():
            code = error.code if isinstance(error, SlackCallError) else type(error).__name__
            _log.warning("slack_connection_not_opened", code=code)

    def _on_too_many(self, line: "_Line") -> None:
        """Do without a connection that Slack refuses, and ask for it again much later."""
        _log.warning("slack_connection_refused", code="too_many_websockets")

        def replace() -> None:
            self._drop(line)
            if not self._ending.wait(PAUSE_WHEN_TOO_MANY):
                self._keep_trying(PAUSES)

        # The thread that hears of it is one that ends with the connection.
        threading.Thread(target=replace, name="connecting", daemon=True).start()

    def _drop(self, line: "_Line") -> None:
        with self._lock:
            self._lines.discard(line)
        line.end()


class _Line(SocketModeClient):
    """One connection. What comes over it goes to Bolt, whose answer acknowledges it."""

    def __init__(
        self, app: App, token: str, client: WebClient, ending: threading.Event, on_too_many: Any
    ) -> None:
        self._broken: Connection | None = None
        self._may_end = threading.Lock()
        super().__init__(
            app_token=token,
            web_client=client,
            logger=logging.getLogger(SDK_LOGGER),
            proxy=client.proxy,
            ping_interval=10,
        )
        self.proxy = client.proxy
        self._app = app
        self._ending = ending
        self._on_too_many = on_too_many
        self.socket_mode_request_listeners.append(self._handle)

    def open(self, address: str) -> None:
        """Connect to an address that can be used once."""
        with self.connect_operation_lock:
            self.wss_uri = address
            self.connect()

    def connect(self) -> None:
        """Connect, and raise when that fails, which the SDK only logs."""
        super().connect()
        session = self.current_session
        if session is None or session.sock is None:
            raise ConnectionError("The connection was not established.")
        session.sock = cast(Any, _HonestSocket(session.sock))
        if self.closed:
            # Who hung up meanwhile did not see this connection yet.
            self.auto_reconnect_enabled = False
            self.current_app_monitor.event.set()
            self.disconnect()
            raise ConnectionError("The connection was hung up while it was made.")

    def end(self) -> None:
        """Hang up for good; who is second to do so need not wait."""
        if not self._may_end.acquire(blocking=False):
            return
        # The SDK looks once a second whether it is to end; an empty message wakes it.
        self.closed = True
        self.auto_reconnect_enabled = False
        self.message_queue.put(None)
        # The SDK forgets the socket of a connection that fails while it is made.
        if self.connect_operation_lock.acquire(timeout=SECONDS_TO_CONNECT):
            self.connect_operation_lock.release()
        session = self.current_session
        if session is not None and session.sock is not None:
            # It would wait for something to come, up to three seconds.
            with suppress(OSError):
                session.sock.shutdown(SHUT_RDWR)
        self.close()

    def issue_new_wss_url(self) -> str:
        """Ask for an address, no sooner than Slack allows; raises SlackCallError."""
        while True:
            try:
                return str(
                    called(self.web_client.apps_connections_open, app_token=self.app_token)["url"]
                )
            except SlackCallError as error:
                if error.retry_after is None or self._ending.wait(error.retry_after):
                    raise

    def _run_current_session(self) -> None:
        """Hear what comes; when the connection broke, connect anew now and not in ten seconds."""
        super()._run_current_session()  # type: ignore[no-untyped-call]
        session = self.current_session
        is_over = session is not None and not session.is_active()
        if not is_over or session is self._broken or not self.auto_reconnect_enabled:
            return
        # Once: after a failure the SDK tries again by itself, with a pause each time.
        self._broken = session
        try:
            self.connect_to_new_endpoint()
        except Exception as error:  # noqa: BLE001 - a network fails in more ways than are named
            _log.warning("slack_connection_not_opened", code=type(error).__name__)

    def _on_error(self, error: Exception) -> None:
        """Report what went wrong, unless it is that we hang up ourselves."""
        if not self.closed:
            super()._on_error(error)

    def disconnect(self) -> None:
        """Hang up for now."""
        # The SDK takes the socket away from under whoever hangs up in the same moment.
        with suppress(AttributeError):
            super().disconnect()

    def enqueue_message(self, message: str) -> None:
        """Take a message, unless it says that there are too many connections."""
        if _reason(message) != "too_many_websockets":
            super().enqueue_message(message)
            return
        self.auto_reconnect_enabled = False
        self._on_too_many(self)

    def _handle(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        began = time.time()
        send_response(client, request, run_bolt_app(self._app, request), began)


class _HonestSocket:
    """A socket that says when the other side has hung up.

    To the SDK the nothing that is read then is a pause: it reads on without one, at the full speed
    of a processor, until five pings in a row have failed.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def recv(self, size: int) -> bytes:
        """Return what has come, at least a byte; raises ConnectionResetError at the end."""
        received = bytes(self._sock.recv(size))
        if not received:
            raise ConnectionResetError("The other side hung up.")
        return received


def _reason(message: str) -> str:
    """Return why Slack asks to hang up, nothing when it does not."""
    if '"disconnect"' not in message:
        return ""
    try:
        held = json.loads(message)
    except ValueError:
        return ""
    asked = isinstance(held, dict) and held.get("type") == "disconnect"
    return str(held.get("reason") or "") if asked else ""
