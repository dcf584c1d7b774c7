"""Rounds over the feedback that somebody is to be shown, or told the end of; each once."""

import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from assistant.slack.api.clients import SlackCallError
from assistant.slack.feedback.blocks import count_message, notice_message, told_message
from assistant.slack.feedback.posts import FeedbackPosts
from assistant.slack.feedback.recipients import Recipient, Recipients
from assistant.slack.shown.blocks import Message
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.feedback.table import Feedback, FeedbackState, Notice, Rating
from assistant.store.inbox import Inbox, Surface
from assistant.store.turns import Turns
from assistant.store.turns_table import KeptAnswer

POLL_SECONDS = 2.0
MOST_ATTEMPTS = 8
FIRST_PAUSE = 15.0
LONGEST_PAUSE = 3600.0
# So long it waits for somebody who can be told; afterwards it is on the list alone.
LONGEST_WAIT = timedelta(days=7)

_log = structlog.get_logger()


class Rounds:
    """Shows feedback to who is to deal with it, and tells who gave it what came of it.

    What is to be done is in the table, so that a round after a crash does what one before did not.
    """

    def __init__(
        self,
        feedbacks: Feedbacks,
        inbox: Inbox,
        turns: Turns,
        recipients: Recipients,
        posts: FeedbackPosts,
        command: str,
    ) -> None:
        """`command` is what administrators type."""
        self._feedbacks = feedbacks
        self._inbox = inbox
        self._turns = turns
        self._recipients = recipients
        self._posts = posts
        self._command = command
        self._stopping = threading.Event()
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._go_round, name="feedback", daemon=True)

    def start(self) -> None:
        """Begin with what is left from before."""
        self._thread.start()

    def wake(self) -> None:
        """Look now."""
        self._news.set()

    def stop(self, seconds: float) -> None:
        """End after what is in hand, within `seconds`."""
        self._stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _go_round(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            if not self._take_one():
                self._news.wait(POLL_SECONDS)

    def _take_one(self) -> bool:
        """Do what is longest due; False when nothing is, or nothing can be done."""
        try:
            feedback = self._feedbacks.take()
            if feedback is None:
                return False
            self._carry_out_or_put_off(feedback)
        except Exception:  # noqa: BLE001 - a thread that ended would never be missed; the lease runs out
            _log.exception("feedback_left")
            return False
        return True

    def _carry_out_or_put_off(self, feedback: Feedback) -> None:
        try:
            self._carry_out(feedback)
        except SlackCallError as error:
            if feedback.attempts >= MOST_ATTEMPTS:
                _log.error("feedback_given_up", feedback=feedback.id, code=error.code)
                self._feedbacks.shown(feedback)
                if feedback.state is FeedbackState.DEALT_WITH:
                    self._feedbacks.told(feedback, FeedbackState.NOT_TOLD)
                return
            pause = min(FIRST_PAUSE * 2**feedback.attempts, LONGEST_PAUSE)
            _log.warning("feedback_put_off", feedback=feedback.id, code=error.code)
            self._feedbacks.put_off(feedback, error.retry_after or pause)

    def _carry_out(self, feedback: Feedback) -> None:
        if feedback.version > feedback.shown_version:
            is_reached = self._show(feedback)
            if not is_reached and feedback.state is FeedbackState.OPEN:
                self._leave_due(feedback)
                return
            if not self._feedbacks.shown(feedback):
                return
        if feedback.state is FeedbackState.DEALT_WITH:
            self._feedbacks.told(feedback, self._tell(feedback))

    def _leave_due(self, feedback: Feedback) -> None:
        """Look again later whether there is somebody to show it to, but not for ever."""
        if datetime.now(UTC) - feedback.given_at > LONGEST_WAIT:
            _log.warning("feedback_for_nobody", feedback=feedback.id)
            self._feedbacks.shown(feedback)
            return
        _log.warning("feedback_waits_for_somebody", feedback=feedback.id)
        self._feedbacks.wait(feedback, LONGEST_PAUSE)

    def _show(self, feedback: Feedback) -> bool:
        """Bring every notice to what holds now; post those that are not there yet.

        Returns False when somebody should be told, and nobody could be.
        """
        is_nothing = feedback.rating is not Rating.NOT_HELPFUL and not feedback.notices
        if feedback.is_counted_elsewhere or is_nothing:
            return True
        message = self._notice(feedback)
        for notice in feedback.notices:
            self._renew(notice, message)
        if feedback.notices and feedback.attempts == 1:
            return True
        there = {(notice.user, notice.user or notice.channel) for notice in feedback.notices}
        for recipients in self._to(feedback):
            reached = [
                (each.user, each.user or each.channel) in there
                or self._send(feedback, each, message)
                for each in recipients
            ]
            if any(reached):
                return True
        return False

    def _notice(self, feedback: Feedback) -> Message:
        if feedback.counted_in is not None:
            count = self._feedbacks.counted_in(feedback.id)
            return count_message(count, self._command)
        return notice_message(feedback, self._kept(feedback))

    def _to(self, feedback: Feedback) -> Iterable[Sequence[Recipient]]:
        if feedback.counted_in is not None:
            return [self._recipients.administrators()]
        return self._recipients.of(feedback.documents, self._kept(feedback))

    def _kept(self, feedback: Feedback) -> KeptAnswer | None:
        """Return the answer that it is about, None where what is kept is another."""
        return None if feedback.is_edited else self._turns.kept(feedback.inbox_id)

    def _send(self, feedback: Feedback, recipient: Recipient, message: Message) -> bool:
        """Post a notice and note it at once; False for one who cannot be written to."""
        try:
            channel = recipient.channel or self._posts.direct(str(recipient.user))
            ts = self._post_once(channel, feedback, "notice", message, feedback.given_at)
        except SlackCallError as error:
            if error.is_lost or error.retry_after is not None:
                raise
            _log.warning("feedback_not_shown", feedback=feedback.id, code=error.code)
            return False
        self._feedbacks.note(feedback, Notice(recipient.user, channel, ts))
        return True

    def _renew(self, notice: Notice, message: Message) -> None:
        try:
            self._posts.update(notice.channel, notice.ts, message)
        except SlackCallError as error:
            if error.is_lost or error.retry_after is not None:
                raise
            # Somebody deleted it, or the channel is gone.
            _log.warning("feedback_notice_not_renewed", code=error.code)

    def _tell(self, feedback: Feedback) -> FeedbackState:
        """Tell who gave it what came of it, and return what is then to be noted."""
        message = told_message(feedback, self._link(feedback))
        since = feedback.dealt_with_at or datetime.now(UTC)
        try:
            channel = self._posts.direct(feedback.user)
            self._post_once(channel, feedback, "told", message, since)
        except SlackCallError as error:
            if error.is_lost or error.retry_after is not None:
                raise
            _log.warning("feedback_end_not_told", feedback=feedback.id, code=error.code)
            return FeedbackState.NOT_TOLD
        return FeedbackState.TOLD

    def _link(self, feedback: Feedback) -> str | None:
        entry = self._inbox.by_id(feedback.inbox_id)
        is_there = entry is not None and entry.answer_ts and feedback.question
        if entry is None or not is_there or entry.asked.surface is Surface.ALONE:
            return None
        return self._posts.link(entry.asked.channel, str(entry.answer_ts))

    def _post_once(
        self, channel: str, feedback: Feedback, kind: str, message: Message, since: datetime
    ) -> str:
        """Post unless an earlier turn, which did not end, has done so already."""
        dealt_with = feedback.dealt_with_at.isoformat() if feedback.dealt_with_at else ""
        payload = {"feedback_id": feedback.id, "kind": kind}
        if kind == "told":
            payload["dealt_with_at"] = dealt_with
        found = self._posts.find(channel, payload, since) if feedback.attempts > 1 else None
        return found or self._posts.post(channel, message, payload)
