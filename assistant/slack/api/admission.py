"""Who we are in the workspace, and the first address of a socket: both prove a token."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from assistant.domain.errors import SlackError
from assistant.settings import Settings, SlackWay
from assistant.slack.api.clients import SlackCallError, called, posting_client
from assistant.slack.api.waits import Waits

# Of a network that is not there, whoever starts the program should hear soon; what Slack asks to
# wait for ends by itself.
PAUSES_WHEN_AWAY = (1.0, 2.0)
LONGEST_WAIT = 300.0

_REFUSED_TOKENS = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "not_allowed_token_type",
        "no_permission",
        "missing_scope",
    }
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in the workspace; `team` is the one in which the app is installed.

    An event from a channel that is shared may name another, so whatever is kept is kept under ours.
    """

    team: str
    bot_user: str
    bot_id: str


def admitted(settings: Settings, waits: Waits) -> tuple[Identity, str]:
    """Return who the bot token is and, for Socket Mode, an address to connect to.

    Waits as long as Slack asks, five minutes in all, and over a short outage; raises SlackError
    with one sentence when a token is refused or Slack stays away.
    """
    client = posting_client(settings, waits)
    try:
        who = _called_patiently(client.auth_test)
    except SlackCallError as error:
        raise _sentence(error, settings, "SLACK_BOT_TOKEN", "OAuth & Permissions") from None
    identity = Identity(str(who["team_id"]), str(who["user_id"]), str(who.get("bot_id") or ""))
    if settings.slack_way is SlackWay.HTTP:
        return identity, ""
    token = settings.slack_app_token
    try:
        # Slack gives out few addresses a minute, so the one that proves the token is used.
        opened = _called_patiently(
            client.apps_connections_open, app_token=token.get_secret_value() if token else ""
        )
    except SlackCallError as error:
        page = "Basic Information, App-Level Tokens, with the scope connections:write"
        raise _sentence(error, settings, "SLACK_APP_TOKEN", page) from None
    return identity, str(opened["url"])


def _called_patiently(method: Callable[..., Any], **arguments: Any) -> Mapping[str, Any]:
    """Call a method that may be repeated; raises SlackCallError when waiting does not help."""
    until, away = time.monotonic() + LONGEST_WAIT, iter(PAUSES_WHEN_AWAY)
    while True:
        try:
            return called(method, **arguments)
        except SlackCallError as error:
            seconds = error.retry_after
            if seconds is None and error.is_outage:
                seconds = next(away, None)
            if seconds is None or time.monotonic() + seconds > until:
                raise
            if error.retry_after is not None:
                _log.warning("slack_asks_to_wait", code=error.code, seconds=round(seconds))
        time.sleep(seconds)


def _sentence(error: SlackCallError, settings: Settings, variable: str, page: str) -> SlackError:
    if error.code in _REFUSED_TOKENS:
        return SlackError(
            f"Slack does not accept {variable} ({error.code}); copy it again from the app's page: "
            f"{page}."
        )
    if error.code == "unreachable":
        # What stands before an @ in an address may be a password.
        address = re.sub(r"//[^/]*@", "//", settings.slack_api_url)
        return SlackError(f"Slack cannot be reached at {address}; check the network and the proxy.")
    return SlackError(f"Slack answered {error.code} at the start; try again in a few minutes.")
