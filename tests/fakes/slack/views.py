"""Views: modals that open in time, on a stack of three, and Home tabs; answers to submissions."""

import json
import time
from collections.abc import Mapping
from typing import Any

from tests.fakes.slack.acting import Acting
from tests.fakes.slack.facts import Arguments, Ephemeral, Refused, SlackRefusesError
from tests.fakes.slack.ground import web_method
from tests.fakes.slack_limits import (
    blocks_of,
    refuse_bad_message,
    refuse_bad_options,
    refuse_bad_view,
)

TRIGGER_SECONDS = 3.0
MOST_RESPONSES = 5
RESPONSE_SECONDS = 1800.0
DEEPEST_STACK = 3


class Views(Acting):
    """Modals and Home tabs; `modals` holds what was opened, pushed and updated, in order.

    `trigger_seconds` is how long a trigger opens a modal.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.homes: dict[str, dict[str, Any]] = {}
        self.modals: list[dict[str, Any]] = []
        self.hidden: list[str] = []
        self.trigger_seconds = TRIGGER_SECONDS
        self._depths: dict[str, int] = {}
        self._own_ids: dict[str, str] = {}

    @web_method("views.open")
    def _open_view(self, sent: Arguments) -> dict[str, Any]:
        self._use_trigger(sent)
        return {"view": self._show(_view_in(sent), 1)}

    @web_method("views.push")
    def _push_view(self, sent: Arguments) -> dict[str, Any]:
        self._use_trigger(sent)
        depth = max(self._depths.values(), default=0) + 1
        if depth > DEEPEST_STACK:
            raise SlackRefusesError("push_limit_reached", "a stack of more than three")
        return {"view": self._show(_view_in(sent), depth)}

    @web_method("views.update")
    def _update_view(self, sent: Arguments) -> dict[str, Any]:
        view_id = str(sent.get("view_id") or self._own_ids.get(str(sent.get("external_id"))))
        if view_id not in self._depths:
            raise SlackRefusesError("not_found")
        view = _view_in(sent)
        refuse_bad_view(view, "modal")
        self.modals.append({**view, "id": view_id})
        return {"view": self.modals[-1]}

    @web_method("views.publish")
    def _publish_view(self, sent: Arguments) -> dict[str, Any]:
        view = _view_in(sent)
        if str(sent.get("user_id")) not in self._workspace.people:
            raise SlackRefusesError("user_not_found")
        refuse_bad_view(view, "home")
        self.homes[str(sent["user_id"])] = view
        return {"view": view}

    def _use_trigger(self, sent: Arguments) -> None:
        made_at = self._workspace.triggers.pop(str(sent.get("trigger_id")), None)
        if made_at is None:
            raise SlackRefusesError("exchanged_trigger_id")
        if time.monotonic() - made_at > self.trigger_seconds:
            raise SlackRefusesError("expired_trigger_id")

    def _show(self, view: Mapping[str, Any], depth: int) -> dict[str, Any]:
        refuse_bad_view(view, "modal")
        shown = {**view, "id": f"V{next(self._numbers)}", "hash": f"{next(self._numbers)}.h"}
        if view.get("external_id"):
            if view["external_id"] in self._own_ids:
                raise SlackRefusesError("duplicate_external_id")
            self._own_ids[view["external_id"]] = shown["id"]
        self._depths[shown["id"]] = depth
        self.modals.append(shown)
        return shown

    def _acknowledge(self, envelope: str, reply: Mapping[str, Any]) -> None:
        """Take the acknowledgement, and what it says to a submission: errors or another view."""
        with self._changed:
            view = self._submitted.pop(envelope, None)
            if reply and envelope not in self.acknowledged:
                try:
                    if envelope in self._searched:
                        refuse_bad_options(reply)
                    else:
                        self._take_reply(view, reply)
                except SlackRefusesError as refusal:
                    self.refused.append(
                        Refused("acknowledgement", refusal.code, refusal.why, reply)
                    )
            super()._acknowledge(envelope, reply)

    def _take_reply(self, view: Mapping[str, Any] | None, reply: Mapping[str, Any]) -> None:
        if view is None:
            refuse_bad_message(reply)
            return
        what = reply.get("response_action")
        if what == "errors":
            inputs = {each.get("block_id") for each in view["blocks"] if each["type"] == "input"}
            errors = reply.get("errors") or {}
            if not errors or not set(errors) <= inputs or not all(errors.values()):
                raise SlackRefusesError("invalid_response", "errors must name inputs of the view")
        elif what == "update":
            # The view keeps its id, so that it can be updated again.
            refuse_bad_view(reply["view"], "modal")
            self._own_ids[str(reply["view"].get("external_id"))] = view["id"]
            self.modals.append({**reply["view"], "id": view["id"]})
        elif what == "push":
            self._show(reply["view"], 2)
        elif what != "clear":
            raise SlackRefusesError("invalid_response", f"response_action {what}")

    def take_response(self, token: str, sent: Arguments) -> int:
        """Show one person what answers their command or button; return the HTTP status."""
        with self._changed:
            response = self._workspace.responses.get(token)
            if response is None or time.monotonic() - response.made_at > RESPONSE_SECONDS:
                return 404
            response.used += 1
            if response.used > MOST_RESPONSES:
                return 404
            if sent.get("delete_original"):
                self.hidden.append(response.user)
                return 200
            try:
                refuse_bad_message(sent)
            except SlackRefusesError as refusal:
                self.refused.append(Refused("response_url", refusal.code, refusal.why, sent))
                return 400
            if sent.get("response_type", "ephemeral") != "ephemeral":
                raise AssertionError("A reply to a command went to everyone.")
            text = str(sent.get("text") or "")
            thread = str(sent["thread_ts"]) if sent.get("thread_ts") else None
            if thread != response.thread_ts:
                # Slack shows it all the same, where nobody looks.
                why = f"used in the thread {response.thread_ts}, answered in {thread}"
                self.refused.append(Refused("response_url", "outside_the_thread", why, sent))
            shown = Ephemeral(response.user, response.channel, text, blocks_of(sent), thread)
            self.ephemeral.append(shown)
            self._changed.notify_all()
            return 200


def _view_in(sent: Arguments) -> dict[str, Any]:
    view = sent.get("view")
    view = json.loads(view) if isinstance(view, str) else view
    if not isinstance(view, dict):
        raise SlackRefusesError("invalid_arguments", "no view")
    return view
