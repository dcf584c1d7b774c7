"""Posting once: a message whose reply was lost is looked for before it is posted again."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from slack_sdk import WebClient

from assistant.domain.answers import Answer, AnswerStatus, Turn
from assistant.slack.blocks import Message
from assistant.slack.clients import SlackCallError, called
from assistant.slack.streaming import Streams, is_left_stream
from assistant.store.inbox import InboxQuestion

EVENT_TYPE = "commissioning_answer"
MOST_TRIES = 4

_log = structlog.get_logger()


class LeaseLostError(Exception):
    """Somebody else has the question now; whoever sees this leaves it alone."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in the workspace."""

    team: str
    bot_user: str
    bot_id: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes into the thread.

    `turn` is what a follow-up is understood from, `answer` what is kept of how it was made;
    `alone` that the asker alone is to see it.
    """

    messages: tuple[Message, ...]
    status: AnswerStatus
    turn: Turn | None = None
    answer: Answer | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class PostedPart:
    """A message of ours found in the thread: which part of how many, and its text."""

    part: int
    parts: int
    status: AnswerStatus
    ts: str
    text: str


class Poster:
    """Posts answers into threads, each part once."""

    def __init__(
        self,
        posting: WebClient,
        reading: WebClient,
        identity: Identity,
        stopping: threading.Event,
        streams: Streams,
        pause_seconds: float = 1.0,
    ) -> None:
        self._posting = posting
        self._reading = reading
        self._identity = identity
        self.stopping = stopping
        self.streams = streams
        self._pause_seconds = pause_seconds

    def posted(self, question: InboxQuestion) -> Mapping[int, PostedPart]:
        """Return the parts of the question's answer that are in its thread, by number.

        Raises SlackCallError when Slack does not let us look.
        """
        found = (self._part(message, question) for message in self._replies(question))
        return {part.part: part for part in found if part is not None}

    def post(
        self,
        question: InboxQuestion,
        reply: Reply,
        still_ours: Callable[[], bool],
        already: Mapping[int, PostedPart],
    ) -> str | None:
        """Post the parts of `reply` that are not in the thread yet; return the first one's ts.

        Raises LeaseLostError, or SlackCallError when Slack does not take a message.
        """
        first = already[1].ts if 1 in already else None
        for number, message in enumerate(reply.messages, start=1):
            if number not in already:
                payload = {
                    "inbox_id": question.id,
                    "part": number,
                    "parts": len(reply.messages),
                    "status": reply.status.value,
                }
                ts = self._post_once(question, message, payload, still_ours)
                first = first or ts
        return first

    def _post_once(
        self,
        question: InboxQuestion,
        message: Message,
        payload: Mapping[str, Any],
        still_ours: Callable[[], bool],
    ) -> str:
        for attempt in range(1, MOST_TRIES + 1):
            if not still_ours():
                raise LeaseLostError
            try:
                return self._send(question, message, payload)
            except SlackCallError as error:
                if attempt == MOST_TRIES or not (error.is_lost or error.retry_after is not None):
                    raise
                _log.warning("post_failed", code=error.code, attempt=attempt)
                self._wait(error)
                found = self.posted(question).get(payload["part"]) if error.is_lost else None
                if found is not None:
                    return found.ts
        raise SlackCallError("unreachable", is_lost=True)

    def _send(self, question: InboxQuestion, message: Message, payload: Mapping[str, Any]) -> str:
        metadata = {"event_type": EVENT_TYPE, "event_payload": dict(payload)}
        if payload["part"] == 1:
            find = partial(self._left_stream, question)
            begun = self.streams.end(question, message, metadata, find)
            if begun is not None:
                return begun
        answer = called(
            self._posting.chat_postMessage,
            channel=question.asked.channel,
            thread_ts=question.asked.thread_ts,
            text=message.text,
            blocks=list(message.blocks),
            metadata=metadata,
            unfurl_links=False,
            unfurl_media=False,
            mrkdwn=False,
            parse="none",
        )
        return str(answer["ts"])

    def _left_stream(self, question: InboxQuestion) -> str | None:
        """Return a message of ours whose stream nobody could note; raises SlackCallError."""
        left = (m for m in self._replies(question) if self._is_ours(m) and is_left_stream(m))
        return next((str(message["ts"]) for message in left), None)

    def _is_ours(self, message: Mapping[str, Any]) -> bool:
        ours = (self._identity.bot_id, self._identity.bot_user)
        return message.get("bot_id") in ours or message.get("user") in ours

    def _wait(self, error: SlackCallError) -> None:
        """Wait as long as Slack asks; a moment when a lost message may yet appear."""
        seconds = self._pause_seconds if error.retry_after is None else error.retry_after
        if self.stopping.wait(seconds):
            raise SlackCallError("stopping", is_lost=True)

    def _replies(self, question: InboxQuestion) -> Iterator[Mapping[str, Any]]:
        asked = question.asked
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            try:
                page = called(
                    self._reading.conversations_replies,
                    channel=asked.channel,
                    ts=asked.thread_ts,
                    oldest=asked.ts,
                    include_all_metadata=True,
                    limit=200,
                    **more,
                )
            except SlackCallError as error:
                if error.code == "thread_not_found":
                    return
                raise
            yield from page.get("messages") or ()
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _part(self, message: Mapping[str, Any], question: InboxQuestion) -> PostedPart | None:
        """Return the message as a part of the question's answer, if we posted it for that."""
        if not self._is_ours(message):
            return None
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") != EVENT_TYPE or payload.get("inbox_id") != question.id:
            return None
        return PostedPart(
            part=int(payload["part"]),
            parts=int(payload["parts"]),
            status=AnswerStatus(payload["status"]),
            ts=str(message["ts"]),
            text=str(message.get("text") or ""),
        )
