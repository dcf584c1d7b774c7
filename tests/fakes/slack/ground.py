"""The workspace itself: people, channels, groups, files, and what all parts of the fake need."""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any, TypeVar

from tests.fakes.slack.facts import (
    BOT_USER,
    TEAM,
    Arguments,
    Call,
    Ephemeral,
    Refused,
    SlackRefusesError,
)
from tests.fakes.slack.later import Later

Method = TypeVar("Method", bound=Callable[..., dict[str, Any]])
# Which attribute of the fake does a method of the Web API.
METHODS: dict[str, str] = {}


def web_method(name: str) -> Callable[[Method], Method]:
    """Mark what does a method of the Web API."""

    def mark(method: Method) -> Method:
        METHODS[name] = method.__name__
        return method

    return mark


@dataclass
class ResponseUrl:
    """Where answers to a command or a press go, in which thread it was, and how many came."""

    user: str
    channel: str
    made_at: float
    thread_ts: str | None = None
    used: int = 0


@dataclass
class Workspace:
    """What a workspace holds."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    groups: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    triggers: dict[str, float] = field(default_factory=dict)
    responses: dict[str, ResponseUrl] = field(default_factory=dict)


class Ground:
    """What all parts of the fake stand on."""

    def __init__(
        self,
        scopes: Collection[str] | None = None,
        page_size: int = 100,
        events: Collection[str] | None = None,
    ) -> None:
        """Install an app with these scopes and subscriptions, or with all of them."""
        self.scopes = scopes
        self.events = events
        self.page_size = page_size
        self.calls: list[Call] = []
        self.refused: list[Refused] = []
        self.ephemeral: list[Ephemeral] = []
        self.later = Later()
        self._workspace = Workspace()
        self._numbers = itertools.count(1)
        # Event ids are never used again, by a later Slack with the same database neither.
        self._born = time.time_ns() // 1_000_000
        self._changed = threading.Condition(threading.RLock())
        self._http: ThreadingHTTPServer
        self.add_person(BOT_USER, is_bot=True)

    @property
    def url(self) -> str:
        """What `SLACK_API_URL` is set to."""
        return f"http://{self.host}/api/"

    @property
    def host(self) -> str:
        """Where files are fetched from."""
        return f"127.0.0.1:{self._http.server_port}"

    def add_person(self, user: str, **facts: Any) -> str:
        """Let `user` exist; `facts` are fields of Slack's user object."""
        with self._changed:
            self._workspace.people[user] = {
                "id": user,
                "team_id": TEAM,
                "name": user.lower(),
                "real_name": user,
                "deleted": False,
                "is_bot": False,
                "is_restricted": False,
                "is_ultra_restricted": False,
                "locale": "en-GB",
                "tz": "Europe/London",
                "tz_offset": 0,
                "profile": {"real_name": user, "display_name": user.lower()},
                **facts,
            }
        return user

    def change_person(self, user: str, **facts: Any) -> None:
        """Change fields of a person, as an administrator would."""
        with self._changed:
            self._workspace.people[user].update(facts)

    def add_channel(self, channel: str, *members: str, **facts: Any) -> str:
        """Let `channel` exist with these members and the bot."""
        with self._changed:
            self._workspace.channels[channel] = {
                "id": channel,
                "name": channel.lower(),
                "is_channel": True,
                "is_im": False,
                "is_mpim": False,
                "is_ext_shared": False,
                "is_pending_ext_shared": False,
                "is_org_shared": False,
                "is_shared": False,
                "is_archived": False,
                **facts,
            }
            self._workspace.members[channel] = [*members, BOT_USER]
        return channel

    def change_channel(self, channel: str, **facts: Any) -> None:
        """Change fields of a channel, as sharing it does."""
        with self._changed:
            self._workspace.channels[channel].update(facts)

    def direct_channel(self, user: str) -> str:
        """Return the direct channel of `user` and the bot, made when it is not there."""
        channel = f"D{user}"
        with self._changed:
            if channel not in self._workspace.channels:
                self.add_channel(channel, user, is_channel=False, is_im=True, user=user)
        return channel

    def add_group(self, group: str, *members: str) -> str:
        """Let a user group have these members, and no other."""
        with self._changed:
            self._workspace.groups[group] = list(members)
        return group

    def wait_until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until something has come true, looking again at each change and each moment."""
        until = time.monotonic() + seconds
        with self._changed:
            while not condition():
                if time.monotonic() > until:
                    raise TimeoutError("Slack waited in vain.")
                self._changed.wait(0.02)

    def _new_ts(self) -> str:
        return f"{int(time.time())}.{next(self._numbers):06d}"

    def _channel(self, sent: Arguments, name: str = "channel") -> dict[str, Any]:
        channel = self._workspace.channels.get(str(sent.get(name)))
        if channel is None:
            raise SlackRefusesError("channel_not_found")
        return channel

    def _page(self, sent: Arguments, name: str, items: list[Any]) -> dict[str, Any]:
        size = min(int(sent.get("limit") or self.page_size), self.page_size)
        start = int(sent.get("cursor") or 0)
        end = start + size
        more = end < len(items)
        return {
            name: items[start:end],
            "has_more": more,
            "response_metadata": {"next_cursor": str(end) if more else ""},
        }


def kind_of(channel: Arguments) -> str:
    """Return the name that a channel's kind has in scopes and subscriptions."""
    if channel["is_im"]:
        return "im"
    if channel["is_mpim"]:
        return "mpim"
    return "groups" if channel.get("is_private") else "channels"


def type_of(channel: Arguments) -> str:
    """Return the name that a channel's kind has in events: `channel_type`."""
    return {"im": "im", "mpim": "mpim", "groups": "group", "channels": "channel"}[kind_of(channel)]


def is_true(value: object) -> bool:
    """Whether an argument, in JSON or in a form, says yes."""
    return str(value).lower() in ("1", "true")
