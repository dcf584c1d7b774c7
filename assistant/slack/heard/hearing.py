"""What Slack's events say: who posted what where, and whom they speak to. Pure functions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.slack.api.admission import Identity
from assistant.slack.shown.words import plain_question
from assistant.store.inbox import AttachedFile, IncomingQuestion
from assistant.store.threads import Place

Event = Mapping[str, Any]

REMARK = "me_message"
_OWN_POSTS = (None, "file_share", "thread_broadcast", REMARK)
_NOT_A_PERSON = ("bot_id", "app_id", "bot_profile")
# Possessive, since a text could be made of signs that may be read in ever so many ways.
_LEADING = r"(?:\s|:[a-z0-9_+'-]+:|[:,;.!\-\u2013\u2014])*+"
_SOMEBODY = r"<(?:@[^<>]+|!subteam\^[^<>]+|!(?:here|channel|everyone)(?:\|[^<>]*)?)>"
_NAMES = rf"{_SOMEBODY}(?:{_LEADING}(?:and |& )?{_SOMEBODY})*"
_WORD = r"[^\W\d_]+[ ,]+"
# "Thanks @Ben" and "Good morning @Ben, …" speak to Ben, "what does @Ben say" does not.
_SPOKEN_TO_FIRST = re.compile(
    rf"{_LEADING}(?:(?:{_WORD})?({_NAMES})|(?:{_WORD}){{2}}({_NAMES})\s*(?:[,.!:]|$))", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Post:
    """A person's own post.

    `team` is the workspace in which we are installed, whoever wrote it. `text` is what it says in
    plain words. `is_to_us` says that it speaks to the assistant by name, `is_to_others` that it
    begins by speaking to somebody else. `forwarded` is what the messages say that were forwarded
    with it: asked about, but nobody's word to us. `parent` is who began its thread, where Slack
    says so; `is_remark` marks "/me" posts.
    """

    event_id: str
    team: str
    channel: str
    channel_type: str
    ts: str
    thread_ts: str
    user: str
    text: str
    forwarded: str = ""
    files: tuple[AttachedFile, ...] = ()
    is_to_us: bool = False
    is_to_others: bool = False
    is_remark: bool = False
    parent: str | None = None

    @property
    def place(self) -> Place:
        """The thread in which it stands, or that it begins."""
        return Place(self.team, self.channel, self.thread_ts)

    @property
    def is_direct(self) -> bool:
        """Whether it stands in a direct message, where everything is said to the assistant."""
        return self.channel_type == "im"

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread that another post began."""
        return self.thread_ts != self.ts

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it to answer."""
        return not (self.text or self.forwarded or self.files)

    @property
    def question(self) -> IncomingQuestion:
        """The post as a question to be answered in its thread."""
        return IncomingQuestion(
            event_id=self.event_id,
            team=self.team,
            channel=self.channel,
            channel_type=self.channel_type,
            ts=self.ts,
            thread_ts=self.thread_ts,
            user=self.user,
            text=self.asked_text,
            files=self.files,
        )

    def reads_as(self, other: "Post") -> bool:
        """Whether both say the same to the same, whatever Slack has added to one of them."""
        mine = (self.asked_text, self.files, self.is_to_us, self.is_to_others)
        return mine == (other.asked_text, other.files, other.is_to_us, other.is_to_others)

    @property
    def asked_text(self) -> str:
        """What is to be answered: what was forwarded, quoted where something is said of it."""
        if self.text and self.forwarded:
            return f"{self.text}\n\n\u201c{self.forwarded}\u201d"
        return self.text or self.forwarded


@dataclass(frozen=True, slots=True)
class Change:
    """An edit: the post as it is now and, where Slack says so, as it was; `at` is when."""

    after: Post
    before: Post | None
    at: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion: where and when the post was made and, where Slack says so, the post."""

    team: str
    channel: str
    ts: str
    before: Post | None


def read_post(body: Event, event: Event, us: Identity) -> Post | None:
    """Return the post that an event tells of, or None when it is not a person's own.

    It is of our workspace whatever the event says: in a channel that is shared with others Slack
    may name the author's, or the one in which the channel was made.
    """
    if event.get("subtype") not in _OWN_POSTS or event.get("hidden") or not is_persons(event):
        return None
    user, channel, ts = (event.get(name) for name in ("user", "channel", "ts"))
    if not (user and channel and ts) or user == us.bot_user:
        return None
    text = str(event.get("text") or "")
    to_us, to_others = spoken_to(text, us.bot_user)
    return Post(
        event_id=str(body["event_id"]),
        team=us.team,
        channel=str(channel),
        channel_type=str(event.get("channel_type") or "channel"),
        ts=str(ts),
        thread_ts=str(event.get("thread_ts") or ts),
        user=str(user),
        text=plain_question(text, us.bot_user),
        forwarded=_forwarded(event, us.bot_user),
        files=attached(event),
        is_to_us=to_us,
        is_to_others=to_others,
        is_remark=event.get("subtype") == REMARK,
        parent=str(event["parent_user_id"]) if event.get("parent_user_id") else None,
    )


def read_change(body: Event, event: Event, us: Identity) -> Change | Deletion | None:
    """Return what a `message_changed` tells of; None when no person changed a post of their own.

    A post that is deleted while it has replies comes as a change, into a tombstone.
    """
    message = _mapping(event.get("message"))
    if message.get("subtype") == "tombstone":
        return _deletion(body, event, message.get("ts"), us)
    before = _inner(body, event, "previous_message", us)
    after = _inner(body, event, "message", us)
    if after is None:
        return None
    edited = _mapping(message.get("edited"))
    if edited.get("user", after.user) != after.user:
        return None
    if before is not None and before.reads_as(after):
        return None
    return Change(after, before, str(edited.get("ts") or event.get("event_ts") or event.get("ts")))


def read_deletion(body: Event, event: Event, us: Identity) -> Deletion | None:
    """Return what a `message_deleted` tells of, if it says which post."""
    return _deletion(body, event, event.get("deleted_ts"), us)


def spoken_to(text: str, bot_user: str) -> tuple[bool, bool]:
    """Return whether a text speaks to the assistant, and whether it begins by speaking to others.

    Who begins with somebody else's name speaks to them; to the assistant too only where a
    sentence or a line begins with its name.
    """
    ours = rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>"
    first = _SPOKEN_TO_FIRST.match(text)
    if first is None or re.search(ours, first[0]):
        return re.search(ours, text) is not None, False
    return re.search(rf"(?:[.?!:;]\s+|\n\s*){ours}", text) is not None, True


def attached(event: Event) -> tuple[AttachedFile, ...]:
    """Return the files that came with a post, or with a message that was forwarded with it."""
    holding = (event, *_forwarded_messages(event))
    files = [_mapping(file) for held in holding for file in held.get("files") or ()]
    return tuple(
        AttachedFile(str(file["id"]), str(file.get("name") or file["id"]))
        for file in files
        if file.get("id") and file.get("mode") != "tombstone"
    )


def _forwarded(event: Event, bot_user: str) -> str:
    """Return in plain words what the messages say that were forwarded with a post."""
    texts = [str(each.get("text") or "") for each in _forwarded_messages(event)]
    return "\n\n".join(filter(None, (plain_question(text, bot_user) for text in texts)))


def _forwarded_messages(event: Event) -> list[Event]:
    """Return what was forwarded; the preview of a link is none, and Slack adds it later."""
    attachments = [_mapping(each) for each in event.get("attachments") or ()]
    return [each for each in attachments if each.get("is_share")]


def is_persons(message: Event) -> bool:
    """Whether a person wrote a message, not an app, a workflow or a bot."""
    return not any(message.get(mark) for mark in _NOT_A_PERSON)


def _deletion(body: Event, event: Event, ts: object, us: Identity) -> Deletion | None:
    if not (ts and event.get("channel")):
        return None
    before = _inner(body, event, "previous_message", us)
    return Deletion(us.team, str(event["channel"]), str(ts), before)


def _inner(body: Event, event: Event, name: str, us: Identity) -> Post | None:
    """Return a message within an event as a post; where it stands is said outside it."""
    message = _mapping(event.get(name))
    where = {"channel": event.get("channel"), "channel_type": event.get("channel_type")}
    return read_post(body, {**message, **where}, us)


def _mapping(value: object) -> Event:
    return value if isinstance(value, Mapping) else {}
