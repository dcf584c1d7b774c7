"""What follows when a question cannot be answered now: it is held, put off, left or given up."""

import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from assistant.domain.answers import AnswerStatus
from assistant.domain.errors import AssistantError
from assistant.language import phrase, say
from assistant.slack.api.ailments import Ailment
from assistant.slack.api.clients import SlackCallError
from assistant.slack.posts.finding import PostedPart, thread_of
from assistant.slack.posts.lateness import LAST_CALL, asked_at, pause_seconds
from assistant.slack.posts.posting import Job, Reply
from assistant.slack.questions.hands import Hands, InHand
from assistant.slack.rights.gatekeeper import UncheckedError
from assistant.slack.shown import sentences
from assistant.slack.shown.blocks import sentence_messages
from assistant.store.inbox import Inbox, InboxQuestion

# Attempts that ended without an end; those that Slack ended do not count.
MOST_ATTEMPTS = 7
# Slack says of some failures that they are its own, but they may be of what we send.
MOST_FAILURES = 7
HELD_SECONDS = 5.0

# Slack lets nobody post there, or not us; the asker can be told elsewhere.
_CLOSED = frozenset(
    {
        "cannot_reply_to_message",
        "channel_not_found",
        "is_archived",
        "no_permission",
        "not_in_channel",
        "thread_not_found",
    }
)

CLOSED = phrase(
    "Slack does not let me write where you asked, so I did not answer you there. Please ask me in "
    "a direct message."
)

_log = structlog.get_logger()


class TakenTooOftenError(AssistantError):
    """The question was taken again and again; perhaps it ends the process each time."""


class Mishaps:
    """Decides how a question that is in hand goes on; each method says whether it stays there."""

    def __init__(
        self,
        inbox: Inbox,
        hands: Hands,
        stopping: threading.Event,
        has_streamed: Callable[[InboxQuestion], bool],
    ) -> None:
        """`has_streamed` tells whether the progress of a question may stand in its thread."""
        self._has_streamed = has_streamed
        self._inbox = inbox
        self._hands = hands
        self._stopping = stopping
        self._slack = Ailment("slack_away", "slack_back")
        self.left = Ailment("question_left", "questions_end_again")

    def all_is_well(self) -> None:
        """Note that a question came to its end."""
        self._slack.worked()
        self.left.worked()

    def wait(self, held: InHand, seconds: float) -> bool:
        """Go on when Slack may be called again: soon with what is ready, or later anew."""
        if seconds <= HELD_SECONDS:
            self._hands.hold(held, seconds)
            return True
        if held.mine:
            _log.warning("message_left", seconds=seconds)
        else:
            self._put_off(held, seconds)
            _log.info("question_postponed", code="ratelimited", seconds=seconds)
        return False

    def lose(self, held: InHand) -> bool:
        """Leave a question to whoever has it now, but for what was posted about it too late."""
        _log.info("lease_lost")
        job = held.job
        if job is None or not job.new or job.is_aside:
            return False
        held.mine = tuple(job.new)
        self._hands.hold(held, 0.0)
        return True

    def postpone(self, held: InHand, error: BaseException | None) -> bool:
        """Put a question off when Slack is at fault; False when it is to be told as a failure."""
        question = held.question
        if not isinstance(error, SlackCallError) or not self._is_waited_out(question, error):
            return False
        if held.mine:
            return self.wait(held, HELD_SECONDS)
        if self._stopping.is_set():
            self._inbox.release(question)
            return True
        self._slack.failed(error)
        seconds = error.retry_after or pause_seconds(question)
        self._put_off(held, seconds)
        _log.info("question_postponed", code=error.code, seconds=seconds)
        return True

    def _put_off(self, held: InHand, seconds: float) -> None:
        # Nothing is posted before there is an answer, but for what streams.
        is_unposted = held.job is None and not self._has_streamed(held.question)
        self._inbox.postpone(held.question, seconds, is_unposted=is_unposted)

    def failure(self, held: InHand, error: Exception) -> Job:
        """Return the job of telling in one plain sentence that the question failed."""
        reference = uuid.uuid4().hex[:8]
        _log.error("question_failed", reference=reference, exc_info=error)
        before = held.job
        is_alone = is_closed_to_us(error) or (before is not None and before.reply.alone)
        return Job(
            held.question,
            Reply(
                sentence_messages(_sentence(error, reference)),
                AnswerStatus.ERROR_UNEXPECTED,
                alone=is_alone,
            ),
            before.place if before is not None else thread_of(held.question),
            _said(before),
            is_failure=True,
            is_aside=before is not None and before.is_aside,
        )

    def _is_waited_out(self, question: InboxQuestion, error: SlackCallError) -> bool:
        if error.is_outage or error.retry_after is not None:
            return datetime.now(UTC) - asked_at(question) < LAST_CALL
        return error.is_lost and question.attempts < MOST_FAILURES


def is_closed_to_us(error: Exception) -> bool:
    """Whether Slack does not let us post where we tried to."""
    code = error.code if isinstance(error, SlackCallError) else ""
    return code in _CLOSED or code.startswith("restricted_action")


def _sentence(error: Exception, reference: str) -> str:
    if isinstance(error, UncheckedError):
        return say(sentences.UNCHECKED)
    return say(CLOSED) if is_closed_to_us(error) else sentences.failure(reference)


def _said(job: Job | None) -> Sequence[PostedPart]:
    """Return what stands there already, to be changed into what is said now."""
    if job is None:
        return ()
    known = {part.ts for part in job.found}
    ours = [PostedPart(ts, part=n) for n, ts in job.done.items() if ts and ts not in known]
    return (*job.found, *ours)
