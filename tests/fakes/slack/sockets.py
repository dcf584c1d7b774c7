"""Socket Mode: several connections; envelopes acknowledged, lost, sent again, held back."""

import json
import random
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from socket import SHUT_RDWR
from typing import Any

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from tests.fakes.slack.facts import APP_ID
from tests.fakes.slack.ground import Ground, web_method

MOST_CONNECTIONS = 10
MOST_RETRIES = 3

Frame = dict[str, Any]


class Sockets(Ground):
    """Delivers over WebSockets.

    With `redeliver_after` an envelope that nobody acknowledged in so many seconds is sent again,
    three times; `keeps_envelope_id` lets the second of these carry the first's id and no attempt,
    which has been seen in the wild.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.acknowledged: dict[str, float] = {}
        self.delivered: dict[str, float] = {}
        self.replied: dict[str, Mapping[str, Any]] = {}
        self.connections_opened = 0
        self.connections_refused = 0
        self.redeliver_after: float | None = None
        self.keeps_envelope_id = True
        self._websocket: Server
        self._sockets: list[ServerConnection] = []
        self._fading: set[ServerConnection] = set()
        self._tickets: set[str] = set()
        self._undelivered: deque[Frame] = deque()
        self._event_of: dict[str, str] = {}
        self._heard: set[str] = set()
        self._choice = random.Random(1)  # noqa: S311

    def _listen(self) -> None:
        # Frequent pings let a client that waits for a frame notice that it is to stop.
        self._websocket = serve(
            self._hold_socket,
            "127.0.0.1",
            0,
            compression=None,
            ping_interval=0.2,
            close_timeout=0.5,
            process_request=self._admit,
        )
        threading.Thread(target=self._websocket.serve_forever, daemon=True).start()

    def _hang_up(self) -> None:
        self._websocket.shutdown()
        self.drop_sockets()

    @web_method("apps.connections.open")
    def _open_connection(self, _: Mapping[str, Any]) -> dict[str, Any]:
        self.connections_opened += 1
        ticket = f"{self.connections_opened}"
        self._tickets.add(ticket)
        port = self._websocket.socket.getsockname()[1]
        return {"url": f"ws://127.0.0.1:{port}/link/?ticket={ticket}&app_id={APP_ID}"}

    @property
    def connections(self) -> int:
        """How many clients are connected now."""
        return len(self._sockets)

    def wait_for_connection(self, seconds: float = 10, count: int = 1) -> None:
        """Wait until clients have connected, `count` of them."""
        self.wait_until(lambda: len(self._sockets) >= count, seconds)

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every client to connect anew; what comes meanwhile waits for the new connection."""
        with self._changed:
            for socket in self._sockets:
                # A warning announces the end some seconds before; the others are the end.
                if reason != "warning":
                    self._fading.add(socket)
                with suppress(ConnectionClosed):
                    socket.send(json.dumps(_disconnect_frame(reason)))

    def drop_sockets(self, count: int | None = None) -> None:
        """Cut connections without a word: all, or `count` of them."""
        with self._changed:
            dropped = list(self._sockets)[:count]
        for socket in dropped:
            with suppress(OSError):
                socket.socket.shutdown(SHUT_RDWR)

    def _send_frame(self, frame: Frame) -> None:
        """Send to one of the connections, now or when there is one; again when nobody answers."""
        self._queue_frame(frame)
        if self.redeliver_after is not None and frame["type"] == "events_api":
            self.later.after(self.redeliver_after, lambda: self._send_again(frame, 1))

    def _send_again(self, frame: Frame, attempt: int) -> None:
        event_id = str(frame["payload"].get("event_id"))
        if event_id in self._heard or attempt > MOST_RETRIES or self.redeliver_after is None:
            return
        again = dict(frame)
        if not (self.keeps_envelope_id and attempt == 2):
            again["envelope_id"] = f"{frame['envelope_id']}-{attempt}"
            again |= {"retry_attempt": attempt, "retry_reason": "timeout"}
        self._queue_frame(again)
        self.later.after(self.redeliver_after * 3, lambda: self._send_again(frame, attempt + 1))

    def _queue_frame(self, frame: Frame) -> None:
        with self._changed:
            self._event_of[frame["envelope_id"]] = str(frame["payload"].get("event_id"))
            self._undelivered.append(frame)
            self._flush()

    def _admit(self, _: ServerConnection, request: Request) -> Response | None:
        ticket = request.path.partition("ticket=")[2].partition("&")[0]
        with self._changed:
            if ticket in self._tickets:
                self._tickets.remove(ticket)
                return None
        reason = "This address was used before."
        headers = Headers({"Content-Length": str(len(reason)), "Connection": "close"})
        return Response(HTTPStatus.FORBIDDEN, "Forbidden", headers, reason.encode())

    def _hold_socket(self, socket: ServerConnection) -> None:
        with self._changed:
            if len(self._sockets) >= MOST_CONNECTIONS:
                self.connections_refused += 1
                socket.send(json.dumps(_disconnect_frame("too_many_websockets")))
                return
            number = len(self._sockets) + 1
            hello = {
                "type": "hello",
                "num_connections": number,
                "connection_info": {"app_id": APP_ID},
            }
            socket.send(json.dumps(hello))
            self._sockets.append(socket)
            self._flush()
            self._changed.notify_all()
        try:
            for frame in _frames(socket):
                self._acknowledge(str(frame["envelope_id"]), frame.get("payload") or {})
        finally:
            with self._changed:
                self._sockets.remove(socket)
                self._fading.discard(socket)
                self._changed.notify_all()

    def _acknowledge(self, envelope: str, reply: Mapping[str, Any]) -> None:
        with self._changed:
            self.acknowledged.setdefault(envelope, time.monotonic())
            self._heard.add(self._event_of.get(envelope, ""))
            self.replied.setdefault(envelope, reply)
            self._changed.notify_all()

    def _flush(self) -> None:
        while self._undelivered:
            ready = [each for each in self._sockets if each not in self._fading]
            if not ready:
                return
            frame = self._undelivered.popleft()
            socket = self._choice.choice(ready)
            try:
                socket.send(json.dumps(frame))
                self.delivered.setdefault(frame["envelope_id"], time.monotonic())
            except ConnectionClosed:
                self._undelivered.appendleft(frame)
                self._fading.add(socket)


def _frames(socket: ServerConnection) -> Iterator[Frame]:
    with suppress(ConnectionClosed):
        for frame in socket:
            yield json.loads(frame)


def _disconnect_frame(reason: str) -> Frame:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "loopback"}}
