"""The Web API over HTTP, and the addresses beside it: files, uploads, replies to commands."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl

from tests.fakes.slack.facts import (
    APP_TOKEN,
    BOT_TOKEN,
    REFUSED_FOR_FORM,
    SCOPES,
    Arguments,
    Call,
    Fault,
    Refused,
    SlackRefusesError,
)
from tests.fakes.slack.files import Files
from tests.fakes.slack.ground import METHODS, kind_of
from tests.fakes.slack.looking import Looking
from tests.fakes.slack.streams import Streams
from tests.fakes.slack.troubles import Troubles


class WebApi(Looking, Streams, Files, Troubles):
    """Answers calls."""

    def answer_call(self, call: Call) -> dict[str, Any]:
        """Do what a method does and return its answer; raises SlackRefusesError."""
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
            try:
                answer = self._do(call)
            except SlackRefusesError as refusal:
                if refusal.code in REFUSED_FOR_FORM:
                    self.refused.append(
                        Refused(call.method, refusal.code, refusal.why, call.arguments)
                    )
                raise
            finally:
                self._changed.notify_all()
            # What is kept may change while the answer is written.
            return dict(json.loads(json.dumps(answer)))

    def _do(self, call: Call) -> dict[str, Any]:
        if call.token != (APP_TOKEN if call.method == "apps.connections.open" else BOT_TOKEN):
            raise SlackRefusesError("invalid_auth" if call.token else "not_authed")
        if call.method not in METHODS:
            raise SlackRefusesError("unknown_method", call.method)
        self._refuse_without_scope(call)
        method: Callable[[Arguments], dict[str, Any]] = getattr(self, METHODS[call.method])
        return method(call.arguments)

    def _refuse_without_scope(self, call: Call) -> None:
        needed = SCOPES.get(call.method, ())
        channel = self._workspace.channels.get(str(call.arguments.get("channel")))
        if channel is not None:
            needed = tuple(scope.format(kind=kind_of(channel)) for scope in needed)
        if self.scopes is not None and needed and not set(needed) & set(self.scopes):
            raise SlackRefusesError("missing_scope")


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for one fake Slack."""

    slack: WebApi

    def do_GET(self) -> None:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        file = self.path.removeprefix("/files/")
        status, headers, content = self.slack.give_file(file, token)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(content)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/upload/"):
            self._send(self.slack.take_upload(self.path.removeprefix("/upload/"), content), {})
            return
        body = content.decode()
        if self.path.startswith("/commands/"):
            self._do_response(self.path.removeprefix("/commands/"), json.loads(body))
            return
        self._do_method(body)

    def _do_response(self, token: str, sent: Arguments) -> None:
        """Show one person something; faults of `response_url` meet it."""
        fault = self.slack.fault_of(Call("response_url", sent, "", time.monotonic()))
        if fault is not None and self._fails_before(fault):
            return
        status = self.slack.take_response(token, sent)
        if not self._goes_silent(fault):
            self._send(status, {"ok": True})

    def _do_method(self, body: str) -> None:
        method = self.path.removeprefix("/api/")
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        call = Call(method, self._arguments(body), token, time.monotonic())
        fault = self.slack.fault_of(call)
        if fault is not None and self._fails_before(fault):
            return
        if fault is not None and fault.kind == "late":
            call = Call(call.method, call.arguments, call.token, time.monotonic())
        try:
            answer = {"ok": True, **self.slack.answer_call(call)}
        except SlackRefusesError as refusal:
            answer = {"ok": False, "error": refusal.code}
        if not self._goes_silent(fault):
            self._send(200, answer)

    def _goes_silent(self, fault: Fault | None) -> bool:
        """Say nothing of what was done, if that is the fault."""
        if fault is None or fault.kind not in ("lost_reply", "silent"):
            return False
        if fault.kind == "silent":
            fault.wait()
        self.close_connection = True
        return True

    def _fails_before(self, fault: Fault) -> bool:
        """Answer with the fault, unless the fault comes after the work."""
        if fault.kind == "rate_limited":
            seconds = int(fault.seconds)
            self._send(429, {"ok": False, "error": "ratelimited"}, retry_after=seconds)
        elif fault.kind == "server_error":
            self._send(500, {"ok": False, "error": "internal_error"})
        elif fault.kind == "error":
            self._send(200, {"ok": False, "error": fault.error})
        elif fault.kind == "dropped":
            self.close_connection = True
        elif fault.kind == "late":
            fault.wait()
        return fault.kind not in ("lost_reply", "late", "silent")

    def _arguments(self, body: str) -> Arguments:
        if "json" in (self.headers.get("Content-Type") or ""):
            return dict(json.loads(body or "{}"))
        return dict(parse_qsl(body))

    def _send(self, status: int, answer: object, *, retry_after: int | None = None) -> None:
        payload = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """Keep quiet: the calls are recorded."""
