"""HTTP delivery: signed requests to the app's URL, with Slack's time-out and its retries."""

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.fakes.slack.facts import SIGNING_SECRET
from tests.fakes.slack.sockets import Sockets

TIMEOUT_SECONDS = 3.0


@dataclass(frozen=True)
class Request:
    """One signed request, as it can be sent again by whoever overheard it."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Attempt:
    """One request to the app and what came of it; `status` is None without an answer in time."""

    envelope: str
    number: int
    reason: str
    status: int | None
    seconds: float


@dataclass(frozen=True)
class _Delivery:
    envelope: str
    body: bytes
    content_type: str
    is_retried: bool


class Requests(Sockets):
    """Delivers over HTTP once `deliver_to` has named the app's URL; before that over sockets.

    `retry_after` are the seconds before each retry: Slack's are 0, 60 and 300.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.request_url: str | None = None
        self.signing_secret = SIGNING_SECRET
        self.retry_after: Sequence[float] = (0.0, 60.0, 300.0)
        self.request_timeout = TIMEOUT_SECONDS
        self.attempts: list[Attempt] = []

    def deliver_to(self, url: str) -> bool:
        """Send everything to `url` from now; return whether it answered Slack's challenge."""
        challenge = f"challenge-{next(self._numbers)}"
        body = {"token": "unused", "type": "url_verification", "challenge": challenge}
        status, answer = self.send_request(url, self.signed(json.dumps(body).encode()))
        if status == http.HTTPStatus.OK and challenge in answer.decode():
            self.request_url = url
        return self.request_url == url

    def signed(
        self, body: bytes, content_type: str = "application/json", at: int | None = None
    ) -> Request:
        """Return a request with Slack's signature, made now or `at` a Unix time."""
        timestamp = str(int(time.time()) if at is None else at)
        secret, text = self.signing_secret.encode(), b"v0:" + timestamp.encode() + b":" + body
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={hmac.new(secret, text, hashlib.sha256).hexdigest()}",
        }
        return Request(body, headers)

    def send_request(self, url: str, request: Request) -> tuple[int, bytes]:
        """Send it; return status and body. Raises OSError when there is no answer in time."""
        status, _, answer = self._exchange(url, request)
        return status, answer

    def _exchange(self, url: str, request: Request) -> tuple[int, Mapping[str, str], bytes]:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=self.request_timeout)
        try:
            connection.request("POST", parts.path or "/", request.body, dict(request.headers))
            response = connection.getresponse()
            return response.status, dict(response.headers), response.read()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()

    def _request(self, envelope: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Send a payload as its kind is sent over HTTP, on a thread of its own."""
        body, content_type = _encoded(kind, payload)
        delivery = _Delivery(envelope, body, content_type, kind == "events_api")
        self.delivered.setdefault(envelope, time.monotonic())
        self._begin(delivery, 0, "")

    def _begin(self, delivery: _Delivery, number: int, reason: str) -> None:
        threading.Thread(target=self._attempt, args=(delivery, number, reason), daemon=True).start()

    def _attempt(self, delivery: _Delivery, number: int, reason: str) -> None:
        request = self.signed(delivery.body, delivery.content_type)
        if number:
            retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
            request = Request(request.body, {**request.headers, **retry})
        began = time.monotonic()
        status, headers, answer, why = self._outcome(request)
        with self._changed:
            seconds = time.monotonic() - began
            self.attempts.append(Attempt(delivery.envelope, number, reason, status, seconds))
            self._changed.notify_all()
        if status is not None and status < http.HTTPStatus.MULTIPLE_CHOICES:
            self._acknowledge(delivery.envelope, _reply_in(answer))
        elif delivery.is_retried and headers.get("X-Slack-No-Retry") != "1":
            self._retry(delivery, number, why)

    def _outcome(self, request: Request) -> tuple[int | None, Mapping[str, str], bytes, str]:
        try:
            status, headers, answer = self._exchange(str(self.request_url), request)
        except TimeoutError:
            return None, {}, b"", "http_timeout"
        except OSError:
            return None, {}, b"", "connection_failed"
        return status, headers, answer, "http_error"

    def _retry(self, delivery: _Delivery, number: int, why: str) -> None:
        if number < len(self.retry_after):
            self.later.after(
                self.retry_after[number], lambda: self._begin(delivery, number + 1, why)
            )


def _encoded(kind: str, payload: Mapping[str, Any]) -> tuple[bytes, str]:
    form = "application/x-www-form-urlencoded"
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)}).encode(), form
    if kind == "slash_commands":
        return urlencode(payload).encode(), form
    return json.dumps(payload).encode(), "application/json"


def _reply_in(answer: bytes) -> Mapping[str, Any]:
    try:
        reply = json.loads(answer or b"{}")
    except ValueError:
        return {"text": answer.decode()}
    return reply if isinstance(reply, dict) else {}
