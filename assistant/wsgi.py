"""The assistant as an application of any WSGI server: `assistant.wsgi:create_app`.

Nothing runs until the first request of a process, so a server may fork as it likes before.
"""

import atexit
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from assistant.domain.errors import AssistantError, SettingsError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from assistant.bootstrap import Services

SECONDS_BETWEEN_TRIES = 5.0

_log = structlog.get_logger()


def create_app() -> "WSGIApplication":
    """Return the application by the settings; raises SettingsError when they are not for HTTP."""
    from assistant.bootstrap import Services
    from assistant.settings import SlackWay, load_settings
    from assistant.telemetry import configure_logging

    settings = load_settings()
    configure_logging(settings.log_level, as_json=settings.log_json)
    if settings.slack_way is not SlackWay.HTTP:
        raise SettingsError(
            "A WSGI server needs SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET, as docs/slack.md "
            "describes; in Socket Mode run `assistant serve`."
        )
    services = Services(settings)
    services.require_snapshot()
    return OnFirstUse(lambda: _running(services))


class OnFirstUse:
    """Starts what answers when the first request comes, and ends it with the process."""

    def __init__(self, start: "Callable[[], tuple[WSGIApplication, ExitStack]]") -> None:
        """`start` gives the application and what is to be closed at the end."""
        self._start = start
        self._lock = threading.Lock()
        self._app: WSGIApplication | None = None
        self._not_before = 0.0

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request, or say that it is too early."""
        app = self._app or self._started()
        if app is not None:
            return app(environ, start_response)
        status = HTTPStatus.SERVICE_UNAVAILABLE
        start_response(f"{status.value} {status.phrase}", [("Content-Length", "0")])
        return [b""]

    def _started(self) -> "WSGIApplication | None":
        """Start, unless that was tried in vain a moment ago; the reason goes to the log."""
        with self._lock:
            if self._app is not None or time.monotonic() < self._not_before:
                return self._app
            try:
                self._app, ending = self._start()
            except AssistantError as error:
                _log.error("not_started", reason=str(error))
                self._not_before = time.monotonic() + SECONDS_BETWEEN_TRIES
                return None
            atexit.register(ending.close)
            return self._app


def _running(services: "Services") -> "tuple[WSGIApplication, ExitStack]":
    from assistant.slack.app import SlackBot
    from assistant.slack.ways.web import HttpWay

    bot = SlackBot(services.settings, services.engine, services.abilities)
    way = bot.way
    assert isinstance(way, HttpWay)  # noqa: S101 - `create_app` has seen to it
    with ExitStack() as stack:
        stack.enter_context(services.following())
        bot.start()
        stack.callback(bot.stop)
        # Slack waits three seconds for an answer and loading the models takes longer.
        threading.Thread(target=_warm_up, args=(services,), daemon=True).start()
        return way, stack.pop_all()


def _warm_up(services: "Services") -> None:
    try:
        services.warm_up()
    except AssistantError as error:
        _log.error("not_warmed_up", reason=str(error))
