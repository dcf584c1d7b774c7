"""How the app learns of what happens: the wrapper of events, subscriptions, the way of delivery."""

import json
import time
from collections.abc import Mapping
from typing import Any, Literal

from tests.fakes.slack.facts import APP_ID, BOT_USER, EVENT_SCOPES, TEAM, Posted
from tests.fakes.slack.ground import kind_of, type_of
from tests.fakes.slack.requests import Requests

NamedTeam = Literal["home", "author", "origin"]


class Telling(Requests):
    """Tells the app what it subscribed to."""

    # Which workspace Slack names for what happens in a channel that is shared with another: it is
    # not said which, so ours, that of who did it, and that in which the channel was made all occur.
    named_team: NamedTeam = "home"

    def event_body(self, event: Mapping[str, Any], event_id: str | None = None) -> dict[str, Any]:
        """Wrap an event as the Events API does."""
        channel = str(event.get("channel") or (event.get("item") or {}).get("channel") or "")
        message = event.get("message") or event.get("previous_message") or {}
        return {
            "token": "unused",
            "team_id": self.team_named(channel, str(event.get("user") or message.get("user"))),
            "api_app_id": APP_ID,
            "type": "event_callback",
            "event_id": event_id or f"Ev{self._born:X}{next(self._numbers):05d}",
            "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
            "is_ext_shared_channel": self._is_shared(channel),
            "event": dict(event),
        }

    def team_of(self, user: str) -> str:
        """Return the workspace that a person belongs to."""
        return str(self._workspace.people.get(user, {}).get("team_id") or TEAM)

    def team_named(self, channel: str, user: str) -> str:
        """Return the workspace that Slack names for what `user` does in `channel`."""
        if self.named_team == "home" or not self._is_shared(channel):
            return TEAM
        if self.named_team == "author":
            return self.team_of(user)
        return str(self._workspace.channels[channel].get("conversation_host_id") or TEAM)

    def _is_shared(self, channel: str) -> bool:
        return bool(self._workspace.channels.get(channel, {}).get("is_ext_shared"))

    def deliver(
        self,
        body: Mapping[str, Any],
        *,
        envelope: str | None = None,
        retry_attempt: int = 0,
        kind: str = "events_api",
    ) -> str:
        """Send something to the app, now or when a client connects; return its envelope."""
        envelope = envelope or f"envelope-{next(self._numbers)}"
        frame: dict[str, Any] = {
            "envelope_id": envelope,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            # As text and back: what is kept here may change before it is sent.
            "payload": json.loads(json.dumps(body)),
        }
        if kind == "events_api":
            frame["retry_attempt"] = retry_attempt
            frame["retry_reason"] = "timeout" if retry_attempt else ""
        self._dispatch(frame)
        return envelope

    def _dispatch(self, frame: dict[str, Any]) -> None:
        """Send a frame the way the app has chosen; troubles on the way are put in here."""
        if self.request_url is not None:
            self._request(frame["envelope_id"], frame["type"], frame["payload"])
        else:
            self._send_frame(frame)

    def deliver_again(self, posted: Posted) -> str:
        """Send a post's event once more, in a new envelope, as a retry."""
        return self.deliver(posted.body, retry_attempt=1)

    def is_subscribed(self, name: str) -> bool:
        """Whether the app is told of events of this name: subscribed, and with a scope for it."""
        needed = EVENT_SCOPES[name]
        has_scope = self.scopes is None or not needed or bool(set(needed) & set(self.scopes))
        return has_scope and (self.events is None or name in self.events)

    def tell(self, event: Mapping[str, Any], name: str | None = None) -> str:
        """Tell the app of an event if it subscribed; return the envelope, empty when not told."""
        if not self.is_subscribed(name or str(event["type"])):
            return ""
        return self.deliver(self.event_body({"event_ts": self._new_ts(), **event}))

    def _tell_of_message(self, channel: str, event: Mapping[str, Any]) -> str:
        """Tell of a message event in a place that the bot is in."""
        facts = self._workspace.channels[channel]
        if BOT_USER not in self._workspace.members[channel]:
            return ""
        event = {"type": "message", **event, "channel": channel, "channel_type": type_of(facts)}
        event.setdefault("event_ts", event["ts"])
        return self.tell(event, f"message.{kind_of(facts)}")
