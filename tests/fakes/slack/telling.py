"""How the app learns of what happens: the wrapper of events, subscriptions, the way of delivery."""

import json
import time
from collections.abc import Mapping
from typing import Any

from tests.fakes.slack.facts import APP_ID, BOT_USER, EVENT_SCOPES, TEAM, Posted
from tests.fakes.slack.ground import kind_of, type_of
from tests.fakes.slack.requests import Requests


class Telling(Requests):
    """Tells the app what it subscribed to."""

    def event_body(self, event: Mapping[str, Any], event_id: str | None = None) -> dict[str, Any]:
        """Wrap an event as the Events API does."""
        return {
            "token": "unused",
            "team_id": TEAM,
            "api_app_id": APP_ID,
            "type": "event_callback",
            "event_id": event_id or f"Ev{self._born:X}{next(self._numbers):05d}",
            "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
            "is_ext_shared_channel": False,
            "event": dict(event),
        }

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
