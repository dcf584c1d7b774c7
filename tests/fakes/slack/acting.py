"""What people do with the app: commands, buttons, menus, modals, shortcuts, the stop button."""

import time
from collections.abc import Mapping
from typing import Any

from tests.fakes.slack.facts import APP_ID, TEAM
from tests.fakes.slack.ground import ResponseUrl
from tests.fakes.slack.telling import Telling
from tests.fakes.slack_limits import actions, buttons

Payload = dict[str, Any]
# What an element starts with, by its field in the state that a modal sends.
_INITIAL = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_date": "initial_date",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
    "selected_channel": "initial_channel",
    "selected_channels": "initial_channels",
}

_ALWAYS = ("value", "selected_option", "selected_date")


class Acting(Telling):
    """People who use the app."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._submitted: dict[str, Mapping[str, Any]] = {}
        self._searched: set[str] = set()

    def command(self, user: str, command: str, text: str = "", channel: str = "C1") -> str:
        """Type a slash command; return the envelope's id."""
        payload = {
            "command": command,
            "text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "channel_id": channel,
            "channel_name": "directmessage" if channel.startswith("D") else channel.lower(),
            "team_id": self.team_named(channel, user),
            "user_id": user,
            "user_name": user.lower(),
            "api_app_id": APP_ID,
            "response_url": self._new_response_url(user, channel),
            "trigger_id": self.new_trigger(),
        }
        return self.deliver(payload, kind="slash_commands")

    def press(
        self,
        user: str,
        action_id: str,
        value: str = "",
        message: Mapping[str, Any] | None = None,
        channel: str = "",
    ) -> str:
        """Press a button, in a message or, without one, in the Home tab; it may be forged."""
        action = {"type": "button", "action_id": action_id, "value": value}
        return self.act(user, action, message, channel)

    def act(
        self,
        user: str,
        action: Mapping[str, Any],
        message: Mapping[str, Any] | None = None,
        channel: str = "",
        view: Mapping[str, Any] | None = None,
    ) -> str:
        """Use an element, as `action` says, in a message, a modal or the Home tab."""
        payload: Payload = {
            "type": "block_actions",
            "api_app_id": APP_ID,
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": self.team_of(user)},
            "trigger_id": self.new_trigger(),
            "container": {"type": "view", "view_id": (view or {}).get("id", "V1")},
            "actions": [{"action_ts": self._new_ts(), "block_id": "b", **action}],
        }
        if view is not None:
            payload["view"] = dict(view)
        if message is not None:
            payload["container"] = {
                "type": "message",
                "message_ts": message.get("ts"),
                "channel_id": channel,
                "is_ephemeral": "ts" not in message,
            }
            thread = _thread_of(message)
            if thread is not None and "ts" not in message:
                payload["container"]["thread_ts"] = thread
            payload["team"] = {"id": self.team_named(channel, user)}
            payload["channel"] = {"id": channel}
            payload["message"] = dict(message)
            payload["response_url"] = self._new_response_url(user, channel, thread)
        return self.deliver(payload, kind="interactive")

    def press_button(
        self,
        user: str,
        label: str,
        blocks: object,
        message: Mapping[str, Any] | None = None,
        channel: str = "",
    ) -> str:
        """Press the button with this label, which must be among the blocks."""
        found = [each for each in buttons(blocks) if each["text"]["text"] == label]
        if not found:
            raise AssertionError(f"There is no button {label}.")
        return self.press(user, found[0]["action_id"], found[0].get("value", ""), message, channel)

    def rate(self, user: str, message: Mapping[str, Any], channel: str, *, helpful: bool) -> str:
        """Press one of the feedback buttons below a message, which must be there."""
        found = [
            each for each in actions(message.get("blocks")) if each["type"] == "feedback_buttons"
        ]
        if not found:
            raise AssertionError("There are no feedback buttons.")
        side = found[0]["positive_button" if helpful else "negative_button"]
        action = {
            "type": "feedback_buttons",
            "action_id": found[0]["action_id"],
            "value": side["value"],
            "text": side["text"],
        }
        return self.act(user, action, message, channel)

    def choose(
        self,
        user: str,
        action_id: str,
        value: object,
        shown: Mapping[str, Any],
        channel: str = "",
    ) -> str:
        """Choose in a select, radio, overflow or date element of a message or a view shown."""
        found = [each for each in actions(shown.get("blocks")) if each["action_id"] == action_id]
        if not found:
            raise AssertionError(f"There is no element {action_id}.")
        action = {"type": found[0]["type"], "action_id": action_id, **chosen(found[0], value)}
        is_message = "ts" in shown or bool(channel)
        return self.act(
            user, action, shown if is_message else None, channel, None if is_message else shown
        )

    def look_for(self, user: str, action_id: str, typed: str, view: Mapping[str, Any]) -> str:
        """Type into an external select of a view; the choices come in `replied[envelope]`."""
        found = [each for each in actions(view.get("blocks")) if each["action_id"] == action_id]
        if not found or found[0]["type"] != "external_select":
            raise AssertionError(f"There is no external select {action_id}.")
        payload = {
            "type": "block_suggestion",
            "api_app_id": APP_ID,
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": self.team_of(user)},
            "container": {"type": "view", "view_id": view.get("id", "V1")},
            "view": dict(view),
            "block_id": "b",
            "action_id": action_id,
            "value": typed,
        }
        with self._changed:
            envelope = self.deliver(payload, kind="interactive")
            self._searched.add(envelope)
        return envelope

    def submit(self, user: str, view: Mapping[str, Any], **filled: object) -> str:
        """Submit a modal with these blocks changed from what it was opened with.

        What is filled in is a state as Slack sends it, or the value chosen or written, or several.
        """
        values: dict[str, dict[str, Any]] = {}
        for block in view["blocks"]:
            element = block.get("element")
            if element is None:
                continue
            block_id = block.get("block_id", f"b{len(values)}")
            state = {"type": element["type"], **dict.fromkeys(_ALWAYS)}
            state |= {name: element[key] for name, key in _INITIAL.items() if key in element}
            state |= _filled(element, filled[block_id]) if block_id in filled else {}
            values[block_id] = {element["action_id"]: state}
        unknown = set(filled) - set(values)
        if unknown:
            raise AssertionError(f"The modal has no {', '.join(sorted(unknown))}.")
        payload = {
            "type": "view_submission",
            "api_app_id": APP_ID,
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": self.team_of(user)},
            "trigger_id": self.new_trigger(),
            "view": {**view, "state": {"values": values}},
        }
        with self._changed:
            envelope = self.deliver(payload, kind="interactive")
            self._submitted[envelope] = dict(view)
        return envelope

    def close_modal(self, user: str, view: Mapping[str, Any]) -> str:
        """Close a modal; the app is told where the view asks for it."""
        if not view.get("notify_on_close"):
            return ""
        payload = {
            "type": "view_closed",
            "api_app_id": APP_ID,
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": self.team_of(user)},
            "view": dict(view),
            "is_cleared": False,
        }
        return self.deliver(payload, kind="interactive")

    def message_shortcut(
        self, user: str, callback_id: str, channel: str, message: Mapping[str, Any]
    ) -> str:
        """Use a shortcut in a message's menu; return the envelope."""
        payload = self._shortcut("message_action", user, callback_id)
        payload |= {
            "team": {"id": self.team_named(channel, user), "domain": "home"},
            "channel": {"id": channel, "name": channel.lower()},
            "message": dict(message),
            "message_ts": message.get("ts"),
            "response_url": self._new_response_url(user, channel, _thread_of(message)),
        }
        return self.deliver(payload, kind="interactive")

    def global_shortcut(self, user: str, callback_id: str) -> str:
        """Use a shortcut of the app that no message belongs to; return the envelope."""
        return self.deliver(self._shortcut("shortcut", user, callback_id), kind="interactive")

    def press_stop(self, user: str, channel: str, thread_ts: str) -> str:
        """Press the stop button of a session; it must be there: processing, and subscribed."""
        if not self.is_subscribed("agent_session_stopped"):
            raise AssertionError("Slack shows no stop button to an app that did not subscribe.")
        event = {
            "type": "agent_session_stopped",
            "channel": channel,
            "thread_ts": thread_ts,
            "user": user,
            "streaming_message_ts": self._stop_streams(channel, thread_ts),
        }
        return self.tell(event)

    def new_trigger(self) -> str:
        """Return a trigger that opens one modal within three seconds."""
        with self._changed:
            trigger = f"trigger-{next(self._numbers)}"
            self._workspace.triggers[trigger] = time.monotonic()
            return trigger

    def _stop_streams(self, channel: str, thread_ts: str) -> list[str]:
        """Stop what streams in a thread, as its reader does; return the messages' ts."""
        raise NotImplementedError

    def _shortcut(self, kind: str, user: str, callback_id: str) -> Payload:
        return {
            "type": kind,
            "callback_id": callback_id,
            "trigger_id": self.new_trigger(),
            "api_app_id": APP_ID,
            "team": {"id": TEAM, "domain": "home"},
            "user": {"id": user, "team_id": self.team_of(user), "username": user.lower()},
            "action_ts": self._new_ts(),
        }

    def _new_response_url(self, user: str, channel: str, thread_ts: str | None = None) -> str:
        with self._changed:
            token = f"{next(self._numbers)}"
            response = ResponseUrl(user, channel, time.monotonic(), thread_ts)
            self._workspace.responses[token] = response
        return f"http://{self.host}/commands/{token}"


def _thread_of(message: Mapping[str, Any]) -> str | None:
    """Return the thread in which a message stands; the one that begins it is outside."""
    thread = message.get("thread_ts")
    return str(thread) if thread and thread != message.get("ts") else None


def chosen(element: Mapping[str, Any], value: object) -> dict[str, Any]:
    """Return the state of an element in which a value, or several, were chosen or written."""
    kind = str(element["type"])
    if kind == "external_select":
        assert isinstance(value, Mapping), "an option that was among the choices"
        return {"selected_option": dict(value)}
    if kind in ("static_select", "radio_buttons", "overflow"):
        return {"selected_option": _option(element, value)}
    if kind in ("checkboxes", "multi_static_select"):
        assert isinstance(value, list | tuple)
        return {"selected_options": [_option(element, each) for each in value]}
    name = {
        "datepicker": "selected_date",
        "users_select": "selected_user",
        "multi_users_select": "selected_users",
        "conversations_select": "selected_conversation",
        "multi_conversations_select": "selected_conversations",
        "channels_select": "selected_channel",
        "multi_channels_select": "selected_channels",
    }.get(kind, "value")
    return {name: value}


def _filled(element: Mapping[str, Any], value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else chosen(element, value)


def _option(element: Mapping[str, Any], value: object) -> Mapping[str, Any] | None:
    if value is None:
        return None
    groups = element.get("option_groups") or [element]
    options = [each for group in groups for each in group["options"]]
    found = [each for each in options if each["value"] == value]
    if not found:
        raise AssertionError(f"There is no option {value}.")
    return dict(found[0])
