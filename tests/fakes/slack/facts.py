"""What the parts of the fake Slack share: who is who, what is recorded, what each method needs."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

TEAM = "T0HOME"
BOT_USER = "U0BOT"
BOT_ID = "B0BOT"
APP_ID = "A0APP"
BOT_TOKEN = "xoxb-loopback"  # noqa: S105
APP_TOKEN = "xapp-loopback"  # noqa: S105
SIGNING_SECRET = "signed-on-loopback"  # noqa: S105

Arguments = Mapping[str, Any]
FaultKind = Literal[
    "rate_limited", "server_error", "lost_reply", "dropped", "error", "late", "silent"
]

# Which scopes let a bot call a method; one of them is enough.
SCOPES: Mapping[str, tuple[str, ...]] = {
    "agents.sessions.rename": ("chat:write",),
    "agents.sessions.setStatus": ("chat:write",),
    "apps.connections.open": (),
    "assistant.threads.setStatus": ("chat:write", "assistant:write"),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "assistant.threads.setTitle": ("assistant:write",),
    "auth.test": (),
    "chat.appendStream": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.getPermalink": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.startStream": ("chat:write",),
    "chat.stopStream": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("{kind}:history",),
    "conversations.info": ("{kind}:read",),
    "conversations.members": ("{kind}:read",),
    "conversations.open": ("im:write",),
    "conversations.replies": ("{kind}:history",),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "reactions.get": ("reactions:read",),
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "users.lookupByEmail": ("users:read.email",),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}

# Which scopes an event needs; one of them is enough. {kind} of a message is in its name.
EVENT_SCOPES: Mapping[str, tuple[str, ...]] = {
    "agent_session_stopped": ("chat:write",),
    "app_context_changed": ("assistant:write",),
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "channel_shared": ("channels:read", "groups:read"),
    "channel_unshared": ("channels:read", "groups:read"),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
}

# What is refused for its form: a payload of ours was wrong, whoever reads it and whenever.
REFUSED_FOR_FORM = frozenset(
    {
        "invalid_arguments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_chunks",
        "invalid_metadata_format",
        "invalid_response",
        "invalid_thread_ts",
        "markdown_text_conflict",
        "metadata_too_large",
        "missing_recipient_team_id",
        "missing_recipient_user_id",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "only_one_table_allowed",
        "too_many_attachments",
        "unknown_method",
    }
)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next call of a method.

    `lost_reply` does the work and drops the connection, `dropped` drops it before the work,
    `late` answers after `seconds`, `silent` does the work and keeps the caller waiting for them;
    with `until`, either is over when that is set, and `seconds` are the most that is waited.
    """

    kind: FaultKind
    error: str = "internal_error"
    seconds: float = 1
    until: threading.Event | None = None

    def wait(self) -> None:
        """Let the time of a fault that takes some go by."""
        (self.until or threading.Event()).wait(self.seconds)


@dataclass(frozen=True)
class Call:
    """One call of the Web API as it arrived."""

    method: str
    arguments: Arguments
    token: str
    at: float


@dataclass(frozen=True)
class Refused:
    """A payload that was refused for its form: the error code, what was wrong, and the payload."""

    method: str
    error: str
    why: str
    sent: Arguments


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
    thread_ts: str | None = None


class SlackRefusesError(Exception):
    """What Slack answers with `ok: false`: the error code, and for us what was wrong."""

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(f"{code}: {why}" if why else code)
        self.code = code
        self.why = why
