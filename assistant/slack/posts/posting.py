"""Posting once: what is there already is changed, what may be there is looked for first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import structlog
from slack_sdk import WebClient

from assistant.domain.answers import Answer, AnswerStatus, Turn
from assistant.slack.api.admission import Identity
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.pacing import DELETE, POST, UPDATE, NotYetError, Pace
from assistant.slack.posts.finding import EVENT_TYPE, Finder, Place, PostedPart
from assistant.slack.posts.streaming import Streams
from assistant.slack.rights.gatekeeper import Admission
from assistant.slack.shown.blocks import Message
from assistant.store.inbox import Inbox, InboxEntry, InboxQuestion, InboxState

__all__ = ["EVENT_TYPE", "Claim", "Identity", "Job", "LeaseLostError", "Poster", "Reply"]

MOST_TRIES = 3
PAUSE_SECONDS = 1.0

# A message that cannot be changed, or no more: another is posted in its place.
_CANNOT_CHANGE = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "streaming_state_conflict",
        "msg_too_long",
    }
)

_log = structlog.get_logger()


class LeaseLostError(Exception):
    """Somebody else has the question now; whoever sees this leaves it alone."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes into the thread.

    `turn` is what a follow-up is understood from, `answer` what is kept of how it was made;
    `alone` that the asker alone is to see it. `admission` says for whom it was made, as it was
    looked up at the monotonic moment `looked_at`.
    """

    messages: tuple[Message, ...]
    status: AnswerStatus
    turn: Turn | None = None
    answer: Answer | None = None
    alone: bool = False
    admission: Admission | None = None
    looked_at: float = 0.0


@dataclass(slots=True)
class Job:
    """An answer on its way: where it goes, what was there before, and how far it has come.

    `done` are the messages that say it now, by number; `new` those of them that were posted for
    it. After a post whose end is not known, `is_unsure`. `outcome` is what is noted of it, where
    that is not what it says itself.
    """

    question: InboxQuestion
    reply: Reply
    place: Place
    found: Sequence[PostedPart] = ()
    done: dict[int, str] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    unusable: set[str] = field(default_factory=set)
    outcome: Reply | None = None
    is_unsure: bool = False
    is_failure: bool = False
    is_aside: bool = False
    tries: int = 0

    @property
    def is_seen_anew(self) -> bool:
        """Whether something was posted in the thread, at which Slack takes a status away."""
        return bool(self.new) and not self.is_aside


class Claim:
    """Our hold on a question while it is answered."""

    def __init__(self, inbox: Inbox, question: InboxQuestion) -> None:
        self._inbox = inbox
        self._question = question
        self._noted = question.answer_ts

    @property
    def noted(self) -> str | None:
        """What is noted of where the answer is."""
        return self._noted

    def check(self) -> None:
        """Raise LeaseLostError when the question is somebody else's."""
        if not self._inbox.renew(self._question):
            raise LeaseLostError

    def note(self, ts: str) -> None:
        """Note where the answer begins; raises LeaseLostError."""
        if ts != self._noted and not self._inbox.note_posted(self._question, ts):
            raise LeaseLostError
        self._noted = ts


class Poster:
    """Posts answers, each part once, and takes them away."""

    def __init__(
        self,
        posting: WebClient,
        pace: Pace,
        identity: Identity,
        streams: Streams,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        """`posting` never repeats a call."""
        self._posting = posting
        self.pace = pace
        self.finder = Finder(posting, pace, identity)
        self.streams = streams
        self._pause_seconds = pause_seconds

    def publish(self, job: Job, claim: Claim) -> str | None:
        """Make the place say the reply, whatever it said before; return the first message's ts.

        May be called again for the same job, and goes on where it was. Raises LeaseLostError,
        NotYetError, or SlackCallError when Slack does not take a message.
        """
        if job.is_unsure:
            self._look_again(job)
        for number, message in enumerate(job.reply.messages, start=1):
            if number not in job.done:
                claim.check()
                job.done[number] = self._put_patiently(job, number, message, claim)
            if number == 1:
                self._note(job, claim)
        for part in job.found:
            if part.ts not in job.done.values():
                self.remove(job.place.channel, part.ts)
        return job.done.get(1)

    def remove(self, channel: str, ts: str) -> None:
        """Delete a message of ours; raises NotYetError, or SlackCallError when Slack is away."""
        delete = self._posting.chat_delete
        try:
            try:
                self.pace.call(DELETE, delete, channel=channel, ts=ts)
            except SlackCallError as error:
                if not error.is_lost:
                    raise
                # It may be done twice without harm.
                self.pace.call(DELETE, delete, channel=channel, ts=ts)
        except SlackCallError as error:
            if error.is_lost:
                raise
            if error.code != "message_not_found":
                _log.warning("message_not_deleted", code=error.code)

    def take_back(self, entry: InboxEntry, place: Place, mine: Sequence[str]) -> None:
        """Delete what was posted by who lost the question, unless it has become its answer."""
        if entry.state in (InboxState.ANSWERED, InboxState.FAILED):
            question = InboxQuestion(entry.id, "", 1, entry.received_at, entry.asked)
            found = self.finder.find(question, place)
            kept = {part.ts for part in found if part.revision == entry.revision}
            other = {part.part for part in found if part.ts in kept and part.ts not in mine}
            adopted = {p.ts for p in found if p.ts in kept and p.part not in other}
            mine = [ts for ts in mine if ts != entry.answer_ts and ts not in adopted]
        for ts in mine:
            self.remove(place.channel, ts)

    def _note(self, job: Job, claim: Claim) -> None:
        # What is told aside stands in another conversation than the question.
        if not job.is_aside:
            claim.note(job.done[1])

    def _put_patiently(self, job: Job, number: int, message: Message, claim: Claim) -> str:
        """Try again in a moment when a reply is lost: a message may appear that late."""
        try:
            ts = self._put(job, number, message, claim)
        except SlackCallError as error:
            job.tries += 1
            if not error.is_lost or job.tries >= MOST_TRIES:
                raise
            _log.warning("post_failed", code=error.code, attempt=job.tries)
            raise NotYetError(self._pause_seconds) from error
        job.tries = 0
        return ts

    def _put(self, job: Job, number: int, message: Message, claim: Claim) -> str:
        metadata = _metadata(job, number)
        target = self._target(job, number)
        if target is not None and number == 1 and not job.is_aside:
            # Before it is changed, so that nobody takes it for what may be deleted.
            claim.note(target.ts)
        if number == 1 and not job.is_aside:
            ts = self._end_stream(job, target, message, metadata)
        else:
            ts = self._changed(job, target, message, metadata)
        return ts if ts is not None else self._post(job, message, metadata)

    def _target(self, job: Job, number: int) -> PostedPart | None:
        """Return the message that is to become a part: the one that was noted goes first."""
        fit = [p for p in job.found if p.part == number and p.ts not in job.unusable]
        noted = [part for part in fit if part.ts == job.question.answer_ts]
        return next(iter([*noted, *fit]), None)

    def _end_stream(
        self, job: Job, target: PostedPart | None, message: Message, metadata: Mapping[str, Any]
    ) -> str | None:
        """Make what shows the progress, or said the answer before, say it now; None if nothing."""
        question = replace(job.question, answer_ts=target.ts if target is not None else None)
        find_left = partial(self.finder.left_streams, job.place)
        return self.streams.end(question, message, metadata, find_left)

    def _changed(
        self, job: Job, target: PostedPart | None, message: Message, metadata: Mapping[str, Any]
    ) -> str | None:
        if target is None:
            return None
        try:
            self.pace.call(
                UPDATE,
                self._posting.chat_update,
                channel=job.place.channel,
                ts=target.ts,
                text=message.text,
                blocks=list(message.blocks),
                metadata=dict(metadata),
                parse="none",
            )
        except SlackCallError as error:
            if error.code not in _CANNOT_CHANGE:
                raise
            _log.warning("message_not_changed", code=error.code)
            job.unusable.add(target.ts)
            return None
        return target.ts

    def _post(self, job: Job, message: Message, metadata: Mapping[str, Any]) -> str:
        thread = {"thread_ts": job.place.thread_ts} if job.place.thread_ts else {}
        try:
            answer = self.pace.call(
                POST,
                self._posting.chat_postMessage,
                channel=job.place.channel,
                text=message.text,
                blocks=list(message.blocks),
                metadata=dict(metadata),
                unfurl_links=False,
                unfurl_media=False,
                mrkdwn=False,
                parse="none",
                **thread,
            )
        except SlackCallError as error:
            job.is_unsure = error.is_lost
            raise
        job.new.append(str(answer["ts"]))
        return job.new[-1]

    def _look_again(self, job: Job) -> None:
        """Find out what became of a post whose end is not known."""
        known = {part.ts for part in job.found} | set(job.done.values())
        for part in self.finder.find(job.question, job.place):
            is_current = part.revision == job.question.revision and part.status is not None
            if is_current and part.ts not in known and part.part not in job.done:
                job.done[part.part] = part.ts
                job.new.append(part.ts)
        job.is_unsure = False


def _metadata(job: Job, number: int) -> Mapping[str, Any]:
    payload = {
        "inbox_id": job.question.id,
        "part": number,
        "parts": len(job.reply.messages),
        "status": job.reply.status.value,
        "revision": job.question.revision,
    }
    return {"event_type": EVENT_TYPE, "event_payload": payload}
