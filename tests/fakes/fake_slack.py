"""A Slack on loopback: its Web API over HTTP and its Socket Mode over a WebSocket.

Unchanged clients of Slack talk to it. It keeps what is posted, refuses what Slack would refuse,
records every call and every acknowledgement, and fails on demand.
"""

import itertools
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import parse_qsl

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.fakes.slack_limits import (
    SlackRefusesError,
    buttons,
    refuse_bad_message,
    refuse_bad_view,
    seen,
)

TEAM = "T0HOME"
BOT_USER = "U0BOT"
BOT_ID = "B0BOT"
APP_ID = "A0APP"
BOT_TOKEN = "xoxb-loopback"  # noqa: S105
APP_TOKEN = "xapp-loopback"  # noqa: S105

Arguments = Mapping[str, Any]
FaultKind = Literal[
    "rate_limited", "server_error", "lost_reply", "dropped", "error", "late", "silent"
]


# Which scopes let a bot call a method; one of them is enough.
SCOPES: Mapping[str, tuple[str, ...]] = {
    "assistant.threads.setStatus": ("assistant:write", "chat:write"),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.info": ("{kind}:read",),
    "conversations.members": ("{kind}:read",),
    "conversations.open": ("im:write",),
    "conversations.replies": ("{kind}:history",),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "views.open": (),
    "views.publish": (),
}
TRIGGER_SECONDS = 3.0
MOST_RESPONSES = 5
RESPONSE_SECONDS = 1800.0


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next call of a method.

    `lost_reply` does the work and drops the connection, `dropped` drops it before the work,
    `late` answers after `seconds`, `silent` does the work and keeps the caller waiting for them.
    """

    kind: FaultKind
    error: str = "internal_error"
    seconds: int = 1


@dataclass(frozen=True)
class Call:
    """One call of the Web API as it arrived."""

    method: str
    arguments: Arguments
    token: str
    at: float


@dataclass(frozen=True)
class Posted:
    """A person's post and the event that tells of it."""

    channel: str
    ts: str
    thread_ts: str
    envelope: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Ephemeral:
    """What one person alone was shown, in the place where they used a command or a button."""

    user: str
    channel: str
    text: str
    blocks: list[Any]


@dataclass
class _ResponseUrl:
    user: str
    channel: str
    made_at: float
    used: int = 0


@dataclass
class _Workspace:
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    groups: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    triggers: dict[str, float] = field(default_factory=dict)
    responses: dict[str, _ResponseUrl] = field(default_factory=dict)


class FakeSlack:
    """One workspace with one app installed; use it as a context manager."""

    def __init__(self, scopes: Collection[str] | None = None, page_size: int = 100) -> None:
        """Install an app with these scopes, or with every scope."""
        self.scopes = scopes
        self.page_size = page_size
        self.calls: list[Call] = []
        self.acknowledged: dict[str, float] = {}
        self.replied: dict[str, Mapping[str, Any]] = {}
        self.ephemeral: list[Ephemeral] = []
        self.homes: dict[str, dict[str, Any]] = {}
        self.modals: list[dict[str, Any]] = []
        self.downloads: list[tuple[str, str]] = []
        self.connections_opened = 0
        self._workspace = _Workspace()
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._numbers = itertools.count(1)
        self._changed = threading.Condition(threading.RLock())
        self._sockets: list[ServerConnection] = []
        self._undelivered: deque[str] = deque()
        self._http: ThreadingHTTPServer
        self._websocket: Server
        self.add_person(BOT_USER, is_bot=True)

    def __enter__(self) -> Self:
        """Listen on two free ports of loopback."""
        handler = type("Handler", (_WebApi,), {"workspace": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        # Frequent pings let a client that waits for a frame notice that it is to stop.
        self._websocket = serve(
            self._hold_socket, "127.0.0.1", 0, compression=None, ping_interval=0.2
        )
        # Looking often for the end makes the end of each test quick.
        http = partial(self._http.serve_forever, poll_interval=0.02)
        for target in (http, self._websocket.serve_forever):
            threading.Thread(target=target, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._websocket.shutdown()
        for socket in list(self._sockets):
            with suppress(OSError, ConnectionClosed):
                socket.close()
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        """What `SLACK_API_URL` is set to."""
        return f"http://127.0.0.1:{self._http.server_port}/api/"

    @property
    def host(self) -> str:
        """Where files are fetched from."""
        return f"127.0.0.1:{self._http.server_port}"

    # The workspace

    def add_person(self, user: str, **facts: Any) -> str:
        """Let `user` exist; `facts` are fields of Slack's user object."""
        with self._changed:
            self._workspace.people[user] = {
                "id": user,
                "team_id": TEAM,
                "deleted": False,
                "is_bot": False,
                "is_restricted": False,
                "is_ultra_restricted": False,
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
        if channel not in self._workspace.channels:
            self.add_channel(channel, user, is_channel=False, is_im=True, user=user)
        return channel

    def add_group(self, group: str, *members: str) -> str:
        """Let a user group have these members, and no other."""
        with self._changed:
            self._workspace.groups[group] = list(members)
        return group

    def add_file(self, name: str, content: bytes, **facts: Any) -> dict[str, Any]:
        """Let a file exist; `facts` are fields of Slack's file object, or where it redirects."""
        with self._changed:
            file = f"F{next(self._numbers):06d}"
            self._workspace.contents[file] = content
            self._workspace.files[file] = {
                "id": file,
                "name": name,
                "size": len(content),
                "url_private_download": f"http://{self.host}/files/{file}",
                **facts,
            }
            return self._workspace.files[file]

    def content_of(self, file: str) -> bytes:
        """Return what is in a file that the app sent."""
        with self._changed:
            return self._workspace.contents[file]

    # What people do

    def command(self, user: str, command: str, text: str = "", channel: str = "C1") -> str:
        """Type a slash command; return the envelope's id."""
        payload = {
            "command": command,
            "text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "channel_id": channel,
            "team_id": TEAM,
            "user_id": user,
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
        payload = {
            "type": "block_actions",
            "api_app_id": APP_ID,
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": TEAM},
            "trigger_id": self.new_trigger(),
            "container": {"type": "view", "view_id": "V1"},
            "actions": [{"type": "button", "action_id": action_id, "value": value}],
        }
        if message is not None:
            payload["container"] = {
                "type": "message",
                "message_ts": message.get("ts"),
                "channel_id": channel,
            }
            payload["channel"] = {"id": channel}
            payload["message"] = dict(message)
            payload["response_url"] = self._new_response_url(user, channel)
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
        return self.press(user, found[0]["action_id"], found[0]["value"], message, channel)

    def submit(self, user: str, view: Mapping[str, Any], **filled: Mapping[str, Any]) -> str:
        """Submit a modal with these fields changed from what it was opened with."""
        values = {}
        for block in view["blocks"]:
            element = block["element"]
            state = {
                "type": element["type"],
                "value": element.get("initial_value"),
                "selected_option": element.get("initial_option"),
                "selected_date": element.get("initial_date"),
                **filled.get(block["block_id"], {}),
            }
            values[block["block_id"]] = {element["action_id"]: state}
        payload = {
            "type": "view_submission",
            "api_app_id": APP_ID,
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": TEAM},
            "view": {**view, "state": {"values": values}},
        }
        return self.deliver(payload, kind="interactive")

    def new_trigger(self) -> str:
        """Return a trigger that opens one modal within three seconds."""
        with self._changed:
            trigger = f"trigger-{next(self._numbers)}"
            self._workspace.triggers[trigger] = time.monotonic()
            return trigger

    def _new_response_url(self, user: str, channel: str) -> str:
        with self._changed:
            token = f"{next(self._numbers)}"
            self._workspace.responses[token] = _ResponseUrl(user, channel, time.monotonic())
        return f"http://{self.host}/commands/{token}"

    def mention(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None, **fields: Any
    ) -> Posted:
        """Post `text` in `channel` with a mention of the bot and tell the app."""
        post = self._post(user, channel, f"<@{BOT_USER}> {text}", thread_ts, fields)
        return self._tell(channel, {**post, "type": "app_mention", "channel": channel})

    def direct_message(
        self, user: str, text: str, *, thread_ts: str | None = None, **fields: Any
    ) -> Posted:
        """Send the bot a direct message and tell the app."""
        channel = self.direct_channel(user)
        post = self._post(user, channel, text, thread_ts, fields)
        return self._tell(channel, {**post, "channel": channel, "channel_type": "im"})

    def say(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None, **fields: Any
    ) -> str:
        """Post without telling the app; return the message's ts."""
        return str(self._post(user, channel, text, thread_ts, fields)["ts"])

    def open_messages_tab(self, user: str, tab: str = "messages") -> str:
        """Let `user` look at the app's tab; return the envelope's id."""
        event = {
            "type": "app_home_opened",
            "user": user,
            "channel": self.direct_channel(user),
            "tab": tab,
            "event_ts": self._new_ts(),
        }
        return self.deliver(self.event_body(event))

    def event_body(self, event: Mapping[str, Any], event_id: str | None = None) -> dict[str, Any]:
        """Wrap an event as the Events API does."""
        return {
            "token": "unused",
            "team_id": TEAM,
            "api_app_id": APP_ID,
            "type": "event_callback",
            "event_id": event_id or f"Ev{next(self._numbers):08d}",
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
        """Send something over the socket, now or when a client connects; return its envelope."""
        envelope = envelope or f"envelope-{next(self._numbers)}"
        frame: dict[str, Any] = {
            "envelope_id": envelope,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": dict(body),
        }
        if kind == "events_api":
            frame["retry_attempt"] = retry_attempt
            frame["retry_reason"] = "timeout" if retry_attempt else ""
        with self._changed:
            self._undelivered.append(json.dumps(frame))
            self._flush()
        return envelope

    def deliver_again(self, posted: Posted) -> str:
        """Send a post's event once more, in a new envelope, as a retry."""
        return self.deliver(posted.body, retry_attempt=1)

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every client to connect anew."""
        with self._changed:
            for socket in self._sockets:
                socket.send(json.dumps({"type": "disconnect", "reason": reason}))

    def fail_next(self, method: str, *faults: Fault) -> None:
        """Let the next calls of `method` fail, one fault each."""
        with self._changed:
            self._faults[method].extend(faults)

    # What the app did

    def thread(self, channel: str, thread_ts: str) -> list[dict[str, Any]]:
        """Return the messages of a thread, its root first."""
        with self._changed:
            return [
                message
                for message in self._workspace.messages[channel]
                if thread_ts in (message["ts"], message.get("thread_ts"))
            ]

    def answers(self, posted: Posted) -> list[dict[str, Any]]:
        """Return what the bot posted in the post's thread."""
        return [
            message
            for message in self.thread(posted.channel, posted.thread_ts)
            if message.get("bot_id") == BOT_ID
        ]

    def everything_posted(self) -> list[dict[str, Any]]:
        """Return what the bot posted anywhere."""
        with self._changed:
            return [
                message
                for messages in self._workspace.messages.values()
                for message in messages
                if message.get("bot_id") == BOT_ID
            ]

    def wait_for_answer(
        self, posted: Posted, count: int = 1, seconds: float = 10
    ) -> dict[str, Any]:
        """Wait until the bot has posted `count` messages in the thread; return the last."""
        self.wait_until(lambda: len(self.answers(posted)) >= count, seconds)
        return self.answers(posted)[count - 1]

    def wait_for_acknowledgement(self, envelope: str, seconds: float = 10) -> None:
        """Wait until the envelope was acknowledged."""
        self.wait_until(lambda: envelope in self.acknowledged, seconds)

    def wait_for_connection(self, seconds: float = 10) -> None:
        """Wait until a client has connected."""
        self.wait_until(lambda: bool(self._sockets), seconds)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until something has come true, looking again at each change and each moment."""
        until = time.monotonic() + seconds
        with self._changed:
            while not condition():
                if time.monotonic() > until:
                    raise TimeoutError("Slack waited in vain.")
                self._changed.wait(0.02)

    def shown_alone(self, user: str) -> list[Ephemeral]:
        """Return what this person alone was shown, oldest first."""
        with self._changed:
            return [shown for shown in self.ephemeral if shown.user == user]

    def wait_for_reply(self, user: str, count: int = 1, seconds: float = 10) -> Ephemeral:
        """Wait until this person alone was shown `count` messages; return the last of them."""
        self.wait_until(lambda: len(self.shown_alone(user)) >= count, seconds)
        return self.shown_alone(user)[count - 1]

    def told_directly(self, user: str) -> list[dict[str, Any]]:
        """Return what the bot posted in its direct message with this person, as it reads now."""
        channel = self.direct_channel(user)
        with self._changed:
            messages = self._workspace.messages[channel]
            return [dict(each) for each in messages if each.get("bot_id") == BOT_ID]

    def wait_for_direct(self, user: str, words: str, seconds: float = 10) -> dict[str, Any]:
        """Wait until a message in the direct message holds these words; return it."""

        def found() -> list[dict[str, Any]]:
            return [
                each for each in self.told_directly(user) if words in seen(each.get("text", ""))
            ]

        self.wait_until(lambda: bool(found()), seconds)
        return found()[0]

    def wait_for_modal(self, count: int = 1, seconds: float = 10) -> dict[str, Any]:
        """Wait until `count` modals were opened; return the last of them."""
        self.wait_until(lambda: len(self.modals) >= count, seconds)
        return self.modals[count - 1]

    def calls_of(self, method: str) -> list[Call]:
        """Return the calls of one method, in order."""
        with self._changed:
            return [call for call in self.calls if call.method == method]

    # The Web API's methods

    def answer_call(self, call: Call) -> dict[str, Any]:
        """Do what a method does and return its answer; raises SlackRefusesError."""
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
            if call.token != (APP_TOKEN if call.method == "apps.connections.open" else BOT_TOKEN):
                raise SlackRefusesError("invalid_auth" if call.token else "not_authed")
            method: Callable[[Arguments], dict[str, Any]] | None = getattr(
                self, "_" + call.method.replace(".", "_"), None
            )
            if method is None:
                raise SlackRefusesError("unknown_method")
            self._refuse_without_scope(call)
            answer = method(call.arguments)
            self._changed.notify_all()
            return answer

    def _refuse_without_scope(self, call: Call) -> None:
        needed = SCOPES.get(call.method, ())
        channel = self._workspace.channels.get(str(call.arguments.get("channel")))
        if channel is not None:
            needed = tuple(scope.format(kind=_kind(channel)) for scope in needed)
        if self.scopes is not None and needed and not set(needed) & set(self.scopes):
            raise SlackRefusesError("missing_scope")

    def faults_left(self, method: str) -> int:
        """Return how many calls of `method` are still to fail."""
        with self._changed:
            return len(self._faults[method])

    def next_fault(self, method: str) -> Fault | None:
        """Return the fault that the next call of `method` meets."""
        with self._changed:
            faults = self._faults[method]
            return faults.popleft() if faults else None

    def _auth_test(self, _: Arguments) -> dict[str, Any]:
        return {
            "url": "https://home.slack.com/",
            "team": "Home",
            "team_id": TEAM,
            "user": "assistant",
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def _apps_connections_open(self, _: Arguments) -> dict[str, Any]:
        self.connections_opened += 1
        port = self._websocket.socket.getsockname()[1]
        return {"url": f"ws://127.0.0.1:{port}/link/?ticket={self.connections_opened}"}

    def _chat_postMessage(self, sent: Arguments) -> dict[str, Any]:  # noqa: N802
        channel = self._channel(sent)["id"]
        refuse_bad_message(sent)
        message = {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT_ID,
            "app_id": APP_ID,
            "ts": self._new_ts(),
            **{
                name: sent[name]
                for name in ("text", "blocks", "thread_ts", "metadata")
                if sent.get(name)
            },
        }
        self._workspace.messages[channel].append(message)
        return {"channel": channel, "ts": message["ts"], "message": message}

    def _chat_update(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent)["id"]
        refuse_bad_message(sent)
        if len(sent.get("text") or "") > 4000:
            raise SlackRefusesError("msg_too_long")
        for message in self._workspace.messages[channel]:
            if message["ts"] == sent.get("ts"):
                if message.get("bot_id") != BOT_ID:
                    raise SlackRefusesError("cant_update_message")
                message.update(text=sent.get("text"), blocks=sent.get("blocks") or [], edited=True)
                return {"channel": channel, "ts": message["ts"], "text": message["text"]}
        raise SlackRefusesError("message_not_found")

    def _conversations_open(self, sent: Arguments) -> dict[str, Any]:
        if sent.get("users") not in self._workspace.people:
            raise SlackRefusesError("user_not_found")
        return {"channel": {"id": self.direct_channel(str(sent["users"]))}}

    def _usergroups_users_list(self, sent: Arguments) -> dict[str, Any]:
        if sent.get("usergroup") not in self._workspace.groups:
            raise SlackRefusesError("no_such_subteam")
        return {"users": self._workspace.groups[str(sent["usergroup"])]}

    def _views_open(self, sent: Arguments) -> dict[str, Any]:
        view = sent["view"]
        view = json.loads(view) if isinstance(view, str) else view
        made_at = self._workspace.triggers.pop(str(sent.get("trigger_id")), None)
        if made_at is None:
            raise SlackRefusesError("exchanged_trigger_id")
        if time.monotonic() - made_at > TRIGGER_SECONDS:
            raise SlackRefusesError("expired_trigger_id")
        refuse_bad_view(view, "modal")
        self.modals.append({**view, "id": f"V{next(self._numbers)}"})
        return {"view": self.modals[-1]}

    def _views_publish(self, sent: Arguments) -> dict[str, Any]:
        view = sent["view"]
        view = json.loads(view) if isinstance(view, str) else view
        refuse_bad_view(view, "home")
        self.homes[str(sent["user_id"])] = view
        return {"view": view}

    def _files_info(self, sent: Arguments) -> dict[str, Any]:
        file = self._workspace.files.get(str(sent.get("file")))
        if file is None:
            raise SlackRefusesError("file_not_found")
        return {"file": file}

    def _files_getUploadURLExternal(self, sent: Arguments) -> dict[str, Any]:  # noqa: N802
        file = f"F{next(self._numbers):06d}"
        facts = {"id": file, "name": str(sent["filename"]), "size": int(sent["length"])}
        self._workspace.files[file] = facts
        return {"upload_url": f"http://{self.host}/upload/{file}", "file_id": file}

    def _files_completeUploadExternal(self, sent: Arguments) -> dict[str, Any]:  # noqa: N802
        channel = self._channel({"channel": sent.get("channel_id")})["id"]
        files = json.loads(sent["files"]) if isinstance(sent["files"], str) else sent["files"]
        held = [self._workspace.files[each["id"]] for each in files]
        for file in held:
            if len(self._workspace.contents.get(file["id"], b"")) != file["size"]:
                raise SlackRefusesError("invalid_upload")
        message = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "ts": self._new_ts()}
        message |= {"text": "", "files": held}
        if sent.get("thread_ts"):
            message["thread_ts"] = sent["thread_ts"]
        self._workspace.messages[channel].append(message)
        return {"files": held}

    # What is not the Web API: replies to commands and buttons, files

    def take_response(self, token: str, sent: Arguments) -> int:
        """Show one person what answers their command or button; return the HTTP status."""
        with self._changed:
            response = self._workspace.responses.get(token)
            if response is None or time.monotonic() - response.made_at > RESPONSE_SECONDS:
                return 404
            response.used += 1
            if response.used > MOST_RESPONSES:
                return 404
            try:
                refuse_bad_message(sent)
            except SlackRefusesError:
                return 400
            blocks = sent.get("blocks") or []
            if sent.get("response_type", "ephemeral") != "ephemeral":
                raise AssertionError("A reply to a command went to everyone.")
            shown = Ephemeral(response.user, response.channel, str(sent.get("text")), blocks)
            self.ephemeral.append(shown)
            self._changed.notify_all()
            return 200

    def take_upload(self, file: str, content: bytes) -> int:
        """Keep what the app sends; return the HTTP status."""
        with self._changed:
            self._workspace.contents[file] = content
            return 200

    def give_file(self, file: str, token: str) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and content of a file, or the login page without the token."""
        with self._changed:
            self.downloads.append((file, token))
            facts = self._workspace.files.get(file, {})
            if "redirect" in facts:
                return 302, {"Location": facts["redirect"]}, b""
            content = self._workspace.contents.get(file)
            if content is None:
                return 404, {}, b""
            if token != BOT_TOKEN or facts.get("wants_another_token"):
                return 200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>Sign in</html>"
            kind = facts.get("mimetype", "application/octet-stream")
            return 200, {"Content-Type": kind, "Content-Disposition": "attachment"}, content

    def _conversations_replies(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent)["id"]
        found = self.thread(channel, str(sent["ts"]))
        if not found:
            raise SlackRefusesError("thread_not_found")
        if str(sent.get("include_all_metadata", "")).lower() not in ("1", "true"):
            found = [{k: v for k, v in m.items() if k != "metadata"} for m in found]
        oldest, latest = str(sent.get("oldest") or "0"), str(sent.get("latest") or "9")
        is_inclusive = str(sent.get("inclusive", "")).lower() in ("1", "true")
        rest = [m for m in found[1:] if oldest < m["ts"] < latest]
        edges = [m for m in found[1:] if is_inclusive and m["ts"] in (oldest, latest)]
        found = [found[0], *rest, *edges]
        return self._page(sent, "messages", found)

    def _conversations_info(self, sent: Arguments) -> dict[str, Any]:
        return {"channel": self._channel(sent)}

    def _conversations_members(self, sent: Arguments) -> dict[str, Any]:
        return self._page(sent, "members", self._workspace.members[self._channel(sent)["id"]])

    def _users_info(self, sent: Arguments) -> dict[str, Any]:
        person = self._workspace.people.get(str(sent.get("user")))
        if person is None:
            raise SlackRefusesError("user_not_found")
        return {"user": person}

    def _users_list(self, sent: Arguments) -> dict[str, Any]:
        return self._page(sent, "members", list(self._workspace.people.values()))

    def _assistant_threads_setStatus(self, sent: Arguments) -> dict[str, Any]:  # noqa: N802
        self._channel({"channel": sent.get("channel_id")})
        if not sent.get("thread_ts"):
            raise SlackRefusesError("invalid_thread_ts")
        return {}

    def _assistant_threads_setSuggestedPrompts(  # noqa: N802
        self, sent: Arguments
    ) -> dict[str, Any]:
        self._channel({"channel": sent.get("channel_id")})
        prompts = sent["prompts"]
        prompts = json.loads(prompts) if isinstance(prompts, str) else prompts
        if not 1 <= len(prompts) <= 4:
            raise SlackRefusesError("invalid_arguments")
        return {}

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

    def _channel(self, sent: Arguments) -> dict[str, Any]:
        channel = self._workspace.channels.get(str(sent.get("channel")))
        if channel is None:
            raise SlackRefusesError("channel_not_found")
        return channel

    # Sockets and time

    def _post(
        self,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None,
        fields: Mapping[str, Any],
    ) -> dict[str, Any]:
        ts = self._new_ts()
        post: dict[str, Any] = {"type": "message", "user": user, "text": text, "ts": ts, **fields}
        if thread_ts:
            post["thread_ts"] = thread_ts
        with self._changed:
            self._workspace.messages[channel].append(post)
        return post

    def _tell(self, channel: str, event: dict[str, Any]) -> Posted:
        body = self.event_body({**event, "event_ts": event["ts"], "team": TEAM})
        envelope = self.deliver(body)
        ts = str(event["ts"])
        return Posted(channel, ts, str(event.get("thread_ts") or ts), envelope, body)

    def _new_ts(self) -> str:
        return f"{int(time.time())}.{next(self._numbers):06d}"

    def _hold_socket(self, socket: ServerConnection) -> None:
        socket.send(json.dumps({"type": "hello", "num_connections": 1}))
        with self._changed:
            self._sockets.append(socket)
            self._flush()
            self._changed.notify_all()
        try:
            for frame in self._frames(socket):
                with self._changed:
                    self.acknowledged.setdefault(frame["envelope_id"], time.monotonic())
                    self.replied.setdefault(frame["envelope_id"], frame.get("payload") or {})
                    self._changed.notify_all()
        finally:
            with self._changed:
                self._sockets.remove(socket)
                self._changed.notify_all()

    def _frames(self, socket: ServerConnection) -> Iterator[dict[str, Any]]:
        with suppress(ConnectionClosed):
            for frame in socket:
                yield json.loads(frame)

    def _flush(self) -> None:
        while self._undelivered and self._sockets:
            frame = self._undelivered.popleft()
            try:
                self._sockets[-1].send(frame)
            except ConnectionClosed:
                self._undelivered.appendleft(frame)
                return


class _WebApi(BaseHTTPRequestHandler):
    """Speaks HTTP for one FakeSlack."""

    workspace: FakeSlack

    def do_GET(self) -> None:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        file = self.path.removeprefix("/files/")
        status, headers, content = self.workspace.give_file(file, token)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(content)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/upload/"):
            self._send(self.workspace.take_upload(self.path.removeprefix("/upload/"), content), {})
            return
        body = content.decode()
        if self.path.startswith("/commands/"):
            token = self.path.removeprefix("/commands/")
            self._send(self.workspace.take_response(token, json.loads(body)), {"ok": True})
            return
        self._do_method(body)

    def _do_method(self, body: str) -> None:
        method = self.path.removeprefix("/api/")
        fault = self.workspace.next_fault(method)
        if fault is not None and self._fails_before(fault):
            return
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        call = Call(method, self._arguments(body), token, time.monotonic())
        try:
            answer = {"ok": True, **self.workspace.answer_call(call)}
        except SlackRefusesError as refusal:
            answer = {"ok": False, "error": str(refusal)}
        if fault is not None and fault.kind in ("lost_reply", "silent"):
            time.sleep(fault.seconds if fault.kind == "silent" else 0)
            self.close_connection = True
            return
        self._send(200, answer)

    def _fails_before(self, fault: Fault) -> bool:
        """Answer with the fault, unless the fault comes after the work."""
        if fault.kind == "rate_limited":
            self._send(429, {"ok": False, "error": "ratelimited"}, retry_after=fault.seconds)
        elif fault.kind == "server_error":
            self._send(500, {"ok": False, "error": "internal_error"})
        elif fault.kind == "error":
            self._send(200, {"ok": False, "error": fault.error})
        elif fault.kind == "dropped":
            self.close_connection = True
        elif fault.kind == "late":
            time.sleep(fault.seconds)
        return fault.kind not in ("lost_reply", "late", "silent")

    def _arguments(self, body: str) -> Arguments:
        if "json" in (self.headers.get("Content-Type") or ""):
            return dict(json.loads(body or "{}"))
        return dict(parse_qsl(body))

    def _send(self, status: int, answer: object, *, retry_after: int | None = None) -> None:
        payload = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """Keep quiet: the calls are recorded."""


def _kind(channel: Mapping[str, Any]) -> str:
    """Return the name that a channel's kind has in scopes."""
    if channel["is_im"]:
        return "im"
    if channel["is_mpim"]:
        return "mpim"
    return "groups" if channel.get("is_private") else "channels"
