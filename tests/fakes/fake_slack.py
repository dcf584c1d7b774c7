"""A Slack on loopback: its Web API over HTTP; its events over Socket Mode or signed HTTP requests.

Unchanged clients of Slack talk to it. It keeps what is posted, refuses what Slack would refuse,
records every call, every acknowledgement and every refusal, and fails on demand. Its parts are in
`tests.fakes.slack`, the facts about Slack in docs/slack.md.
"""

import threading
from functools import partial
from http.server import ThreadingHTTPServer
from typing import Self

from tests.fakes.slack.facts import (
    APP_ID,
    APP_TOKEN,
    BOT_ID,
    BOT_TOKEN,
    BOT_USER,
    SCOPES,
    SIGNING_SECRET,
    TEAM,
    Call,
    Ephemeral,
    Fault,
    Posted,
    Refused,
    SlackRefusesError,
)
from tests.fakes.slack.troubles import Chaos, Limited, RateTiers
from tests.fakes.slack.web_api import Handler, WebApi

__all__ = [
    "APP_ID",
    "APP_TOKEN",
    "BOT_ID",
    "BOT_TOKEN",
    "BOT_USER",
    "SCOPES",
    "SIGNING_SECRET",
    "TEAM",
    "Call",
    "Chaos",
    "Ephemeral",
    "FakeSlack",
    "Fault",
    "Limited",
    "Posted",
    "RateTiers",
    "Refused",
    "SlackRefusesError",
]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Many callers at once must not be turned away at the door.
    request_queue_size = 128


class FakeSlack(WebApi):
    """One workspace with one app installed; use it as a context manager."""

    def __enter__(self) -> Self:
        """Listen on two free ports of loopback."""
        self._http = _Server(("127.0.0.1", 0), type("Speaker", (Handler,), {"slack": self}))
        # Looking often for the end makes the end of each test quick.
        serve = partial(self._http.serve_forever, poll_interval=0.02)
        threading.Thread(target=serve, daemon=True).start()
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self.later.stop()
        self._hang_up()
        self._http.shutdown()
        self._http.server_close()
