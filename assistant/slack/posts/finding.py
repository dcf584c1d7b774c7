"""Which messages in a place answer a question: known by what Slack keeps with each of ours."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient

from assistant.domain.answers import AnswerStatus
from assistant.slack.api.admission import Identity
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.pacing import HISTORY, REPLIES, Pace
from assistant.slack.posts.streaming import is_left_stream
from assistant.store.inbox import InboxQuestion

EVENT_TYPE = "commissioning_answer"
SHARED_TYPE = "commissioning_share"
NO_THREAD = frozenset({"thread_not_found", "message_not_found"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: a thread, or without one a conversation; nothing of it is `oldest`."""

    channel: str
    thread_ts: str | None
    oldest: str


@dataclass(frozen=True, slots=True)
class PostedPart:
    """A message of ours about a question: which part of how many, and which edit it answers.

    One that is known by its ts alone, as what a stream left, is of no parts and has no status.
    """

    ts: str
    text: str = ""
    part: int = 1
    parts: int = 0
    revision: int = -1
    status: AnswerStatus | None = None


def thread_of(question: InboxQuestion) -> Place:
    """Return the thread in which a question is answered."""
    asked = question.asked
    return Place(asked.channel, asked.thread_ts, asked.ts)


def whole_answer(found: Sequence[PostedPart], revision: int) -> Mapping[int, PostedPart] | None:
    """Return the parts of a whole answer to the question as it reads now, if it is there."""
    current = [part for part in found if part.revision == revision and part.status is not None]
    for count in sorted({part.parts for part in current}):
        parts = {part.part: part for part in reversed(current) if part.parts == count}
        if set(parts) == set(range(1, count + 1)):
            return parts
    return None


class Finder:
    """Looks for our messages; it raises SlackCallError and NotYetError."""

    def __init__(self, client: WebClient, pace: Pace, identity: Identity) -> None:
        self._client = client
        self._pace = pace
        self._identity = identity

    def find(self, question: InboxQuestion, place: Place) -> Sequence[PostedPart]:
        """Return every message of ours about the question, the earliest first."""
        parts = (self._part(message, question) for message in self._ours(place))
        return sorted((part for part in parts if part is not None), key=lambda part: part.ts)

    def shared(self, question: InboxQuestion, place: Place) -> Sequence[str]:
        """Return the ts of each message in the place by which the question was shown to others."""
        return [str(m["ts"]) for m in self._ours(place) if _is_share(m, question)]

    def left_streams(self, place: Place) -> Sequence[str]:
        """Return the ts of each stream in the place that has not become an answer."""
        return [str(m["ts"]) for m in self._ours(place) if is_left_stream(m)]

    def _ours(self, place: Place) -> Iterator[Mapping[str, Any]]:
        ours = (self._identity.bot_id, self._identity.bot_user)
        for message in self._messages(place):
            if message.get("bot_id") in ours or message.get("user") in ours:
                yield message

    def _messages(self, place: Place) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        while True:
            try:
                page = self._page(place, {"cursor": cursor} if cursor else {})
            except SlackCallError as error:
                if error.code in NO_THREAD:
                    return
                raise
            yield from page.get("messages") or ()
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _page(self, place: Place, more: Mapping[str, str]) -> Mapping[str, Any]:
        arguments = {
            "channel": place.channel,
            "oldest": place.oldest,
            "include_all_metadata": True,
            "limit": 200,
            **more,
        }
        if place.thread_ts is None:
            return self._pace.call(HISTORY, self._client.conversations_history, **arguments)
        replies = self._client.conversations_replies
        return self._pace.call(REPLIES, replies, ts=place.thread_ts, **arguments)

    def _part(self, message: Mapping[str, Any], question: InboxQuestion) -> PostedPart | None:
        """Return the message as a part of the question's answer, if it is one."""
        ts, text = str(message["ts"]), str(message.get("text") or "")
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") == EVENT_TYPE and payload.get("inbox_id") == question.id:
            return PostedPart(
                ts,
                text,
                part=int(payload["part"]),
                parts=int(payload["parts"]),
                revision=int(payload.get("revision", 0)),
                status=AnswerStatus(payload["status"]),
            )
        return PostedPart(ts) if ts == question.answer_ts and not metadata else None


def _is_share(message: Mapping[str, Any], question: InboxQuestion) -> bool:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return metadata.get("event_type") == SHARED_TYPE and payload.get("inbox_id") == question.id
