"""Clients of Slack's Web API, and its failures translated into ours."""

import logging
import random
import time
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import RetryHandler
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.web import SlackResponse

from assistant.domain.errors import SlackError
from assistant.settings import Settings
from assistant.slack.api.waits import Waits

SDK_LOGGER = "assistant.slack.sdk"

LONGEST_WAIT = 86_400.0
LONGEST_SLEEP = 5.0

_MAYBE_DONE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})


class SlackCallError(SlackError):
    """One call failed.

    `code` is Slack's word for it, or `unreachable`. `is_lost` says that the call may have been
    carried out all the same, `is_outage` that Slack is away rather than that it refuses.
    `retry_after` is in seconds, when Slack asks us to slow down.
    """

    def __init__(
        self,
        code: str,
        *,
        is_lost: bool = False,
        is_outage: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"Slack did not carry out a call: {code}.")
        self.code = code
        self.is_lost = is_lost
        self.is_outage = is_outage
        self.retry_after = retry_after


class TimelyClient(WebClient):
    """Makes no call before a wait is over that Slack asked for, and tells of each that it asks for.

    It sleeps through the short ones as often as `sleeps` says. A call that would be too soon is not
    made, and ends as one that Slack refuses for its rate: in SlackCallError.
    """

    def __init__(self, waits: Waits, *, sleeps: int = 0, **named: Any) -> None:
        super().__init__(**named)
        self._waits = waits
        self._sleeps = sleeps

    def api_call(self, api_method: str, **arguments: Any) -> SlackResponse:
        """Call a method when it may be called."""
        channel = str((arguments.get("json") or {}).get("channel") or "")
        sleeps_left = self._sleeps
        while True:
            seconds = self._waits.seconds(api_method, channel)
            if seconds <= 0:
                try:
                    return super().api_call(api_method, **arguments)
                except SlackApiError as error:
                    asked = _translated(error).retry_after
                    if asked is None:
                        raise
                self._waits.learn(api_method, channel, asked)
                seconds = asked
            if not sleeps_left or seconds > LONGEST_SLEEP:
                raise SlackCallError("ratelimited", retry_after=seconds)
            sleeps_left -= 1
            # Who sleeps through the same wait does not come back in the same moment.
            time.sleep(seconds + random.random())  # noqa: S311


def called(method: Callable[..., Any], **arguments: Any) -> Mapping[str, Any]:
    """Call a method of a WebClient and return Slack's answer; raises SlackCallError."""
    try:
        answer = method(**arguments).data
    except SlackApiError as error:
        raise _translated(error) from None
    except (OSError, HTTPException, SlackClientError) as error:
        raise SlackCallError("unreachable", is_lost=True, is_outage=True) from error
    return answer if isinstance(answer, Mapping) else {}


def reading_client(settings: Settings, waits: Waits | None = None) -> WebClient:
    """Return a client for calls that may be repeated without harm; it sleeps through short waits.

    Of `waits` there is one for all clients with a token; without it, this one has its own.
    """
    repeating: list[RetryHandler] = [
        ConnectionErrorRetryHandler(max_retry_count=2),
        ServerErrorRetryHandler(max_retry_count=2),
    ]
    return _client(settings, waits, timeout=10, sleeps=3, retry_handlers=repeating)


def posting_client(settings: Settings, waits: Waits | None = None) -> WebClient:
    """Return a client that never repeats a call: a message whose reply is lost may be there."""
    return _client(settings, waits, timeout=15, retry_handlers=[])


def courtesy_client(settings: Settings, waits: Waits | None = None) -> WebClient:
    """Return a client for what may be left undone: it neither repeats nor waits long."""
    return _client(settings, waits, timeout=2, retry_handlers=[])


def _client(settings: Settings, waits: Waits | None, **named: Any) -> WebClient:
    token = settings.slack_bot_token
    client = TimelyClient(
        waits or Waits(),
        token=token.get_secret_value() if token else None,
        base_url=settings.slack_api_url,
        logger=logging.getLogger(SDK_LOGGER),
        **named,
    )
    if urllib.request.proxy_bypass(urlsplit(settings.slack_api_url).hostname or ""):
        # slack_sdk reads HTTP_PROXY and the like but knows no NO_PROXY.
        client.proxy = None
    return client


def _translated(error: SlackApiError) -> SlackCallError:
    response = error.response
    status = getattr(response, "status_code", None) or 0
    headers = getattr(response, "headers", None) or {}
    body = getattr(response, "data", response)
    code = str(body.get("error", "unknown")) if isinstance(body, Mapping) else "unreadable"
    if status == 429 or code == "ratelimited":  # noqa: PLR2004
        return SlackCallError("ratelimited", retry_after=seconds_asked(headers))
    is_outage = status >= 500  # noqa: PLR2004
    return SlackCallError(code, is_lost=is_outage or code in _MAYBE_DONE, is_outage=is_outage)


def seconds_asked(headers: Mapping[str, Any]) -> float:
    """Return how many seconds Slack asks to wait."""
    value = headers.get("Retry-After") or headers.get("retry-after") or "30"
    value = value[0] if isinstance(value, list) else value
    try:
        return min(max(float(value), 0.0), LONGEST_WAIT)
    except ValueError:
        return 30.0
