"""Clients of Slack's Web API, and its failures translated into ours."""

import logging
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryHandler, RetryState
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)

from assistant.domain.errors import SlackError
from assistant.settings import Settings

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


class _ShortWaits(RateLimitErrorRetryHandler):
    """Waits as Slack asks where that is short; who waits longer should not sleep meanwhile."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        is_limited = super()._can_retry(
            state=state, request=request, response=response, error=error
        )
        if response is None or not is_limited:
            return False
        return seconds_asked(response.headers) <= LONGEST_SLEEP


def called(method: Callable[..., Any], **arguments: Any) -> Mapping[str, Any]:
    """Call a method of a WebClient and return Slack's answer; raises SlackCallError."""
    try:
        answer = method(**arguments).data
    except SlackApiError as error:
        raise _translated(error) from None
    except (OSError, HTTPException, SlackClientError) as error:
        raise SlackCallError("unreachable", is_lost=True, is_outage=True) from error
    return answer if isinstance(answer, Mapping) else {}


def reading_client(settings: Settings) -> WebClient:
    """Return a client for calls that may be repeated without harm."""
    return _client(
        settings,
        10,
        [
            ConnectionErrorRetryHandler(max_retry_count=2),
            _ShortWaits(max_retry_count=3),
            ServerErrorRetryHandler(max_retry_count=2),
        ],
    )


def posting_client(settings: Settings) -> WebClient:
    """Return a client that never repeats a call: a message whose reply is lost may be there."""
    return _client(settings, 15, [])


def courtesy_client(settings: Settings) -> WebClient:
    """Return a client for what may be left undone: it neither repeats nor waits long."""
    return _client(settings, 2, [])


def _client(settings: Settings, timeout: int, handlers: list[RetryHandler]) -> WebClient:
    token = settings.slack_bot_token
    client = WebClient(
        token=token.get_secret_value() if token else None,
        base_url=settings.slack_api_url,
        timeout=timeout,
        logger=logging.getLogger(SDK_LOGGER),
        retry_handlers=handlers,
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
