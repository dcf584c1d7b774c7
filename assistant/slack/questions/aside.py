"""Answers that the asker alone is to see: where they asked, or else in their direct message.

What is shown to one person cannot be looked for afterwards. So it is noted before that it may be
shown, it is never shown twice, and where it may be lost the asker is told so.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog
from slack_sdk import WebClient

from assistant.domain.answers import AnswerStatus
from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.pacing import OPEN, POST_ALONE, NotYetError, Pace
from assistant.slack.api.plain_http import reply_alone
from assistant.slack.posts.finding import Place
from assistant.slack.posts.lateness import quoted, with_remarks
from assistant.slack.posts.posting import Claim, Job, Poster, Reply
from assistant.slack.shown.blocks import Message, sentence_messages
from assistant.slack.shown.words import escaped
from assistant.store.inbox import InboxQuestion, Surface

# Slack takes five replies within half an hour.
ADDRESS_HOLDS = timedelta(minutes=29)
MOST_REPLIES = 5

MAY_BE_LOST = phrase(
    "You asked me something whose answer only you were to see, and I cannot tell whether Slack "
    "showed it to you. If you do not see it where you asked, please ask there once more, or ask "
    "me here."
)
MOVED = phrase(
    "You asked me this for you alone, and I could not show you the answer there: {question}"
)
UNANSWERED = phrase("You asked me this, and I could not answer you there: {question}")

_SHOWN, _WAITING, _DIRECT = "shown", "waiting", "direct"

_log = structlog.get_logger()


class Aside:
    """Tells one person; where it has come with that is noted in the place of a message's ts."""

    def __init__(self, posting: WebClient, pace: Pace, poster: Poster) -> None:
        self._posting = posting
        self._pace = pace
        self._poster = poster

    def taken_up(self, question: InboxQuestion) -> Job | None:
        """Return what is still to be said of a question that was in hand before; None if nothing.

        Its place is where an answer may be found. Raises SlackCallError and NotYetError.
        """
        stage, is_current = _told(question)
        if stage is None or not is_current:
            return None
        place = self.direct_place(question)
        if stage == _SHOWN:
            lost = Reply(sentence_messages(say(MAY_BE_LOST)), AnswerStatus.ERROR_UNEXPECTED)
            return Job(question, lost, place, is_aside=True)
        return Job(question, Reply((), AnswerStatus.ANSWERED), place, is_aside=True)

    def direct_place(self, question: InboxQuestion) -> Place:
        """Return the direct message with the asker; raises SlackCallError and NotYetError."""
        user = question.asked.user
        answer = self._pace.call(OPEN, self._posting.conversations_open, users=user)
        oldest = f"{(question.received_at - timedelta(minutes=1)).timestamp():.6f}"
        return Place(str((answer.get("channel") or {})["id"]), None, oldest)

    def forget(self, question: InboxQuestion) -> None:
        """Delete from the asker's direct message what was said to the question's earlier words.

        Raises NotYetError, or SlackCallError when Slack is away.
        """
        try:
            place = self.direct_place(question)
        except SlackCallError as error:
            if error.is_lost or error.retry_after is not None:
                raise
            _log.warning("direct_message_not_opened", code=error.code)
            return
        for part in self._poster.finder.find(question, place):
            if part.revision < question.revision:
                self._poster.remove(place.channel, part.ts)

    def publish(self, job: Job, claim: Claim) -> None:
        """Show the reply to the asker alone, each message once; may be called again for the job.

        Raises LeaseLostError, NotYetError, or SlackCallError when Slack takes it nowhere.
        """
        if not job.is_aside:
            if self._shown_where_asked(job, claim):
                return
            job.place, job.done, job.is_aside = self.direct_place(job.question), {}, True
        claim.note(_mark(_DIRECT, job.question))
        self._poster.publish(job, claim)

    def _shown_where_asked(self, job: Job, claim: Claim) -> bool:
        """Show message after message; False when what is left of the job is for elsewhere."""
        for number, message in enumerate(job.reply.messages, start=1):
            if number in job.done:
                continue
            claim.check()
            try:
                self._show(job, number, message, claim)
            except SlackCallError as error:
                _log.warning("answer_not_shown_alone", code=error.code, is_lost=error.is_lost)
                if error.is_outage and not error.is_lost:
                    claim.note(_not_shown(job.question))
                    raise
                _leave_for_elsewhere(job, number, is_lost=error.is_lost)
                return False
            job.done[number] = ""
        return True

    def _show(self, job: Job, number: int, message: Message, claim: Claim) -> None:
        asked = job.question.asked
        if asked.surface is not Surface.ALONE or asked.reply_url is None:
            self._show_in_channel(job.question, message, claim)
            return
        age = datetime.now(UTC) - job.question.received_at
        if age > ADDRESS_HOLDS or number > MOST_REPLIES:
            raise SlackCallError("address_used_up")
        claim.note(_mark(_SHOWN, job.question))
        try:
            reply_alone(asked.reply_url, message)
        except SlackCallError as error:
            if error.retry_after is None:
                raise
            claim.note(_not_shown(job.question))
            raise NotYetError(error.retry_after) from error

    def _show_in_channel(self, question: InboxQuestion, message: Message, claim: Claim) -> None:
        asked = question.asked
        seconds = self._pace.seconds_until(POST_ALONE)
        if seconds > 0:
            raise NotYetError(seconds)
        claim.note(_mark(_SHOWN, question))
        # In a thread that nobody has answered yet, Slack shows nothing to one person alone.
        thread = {"thread_ts": asked.thread_ts} if asked.thread_ts != asked.ts else {}
        try:
            self._pace.call(
                POST_ALONE,
                self._posting.chat_postEphemeral,
                channel=asked.channel,
                user=asked.user,
                text=message.text,
                blocks=list(message.blocks),
                parse="none",
                **thread,
            )
        except NotYetError:
            claim.note(_not_shown(question))
            raise


def is_aside(question: InboxQuestion) -> bool:
    """Whether what was noted of a question is no message of its thread."""
    return (question.answer_ts or "").partition("-")[0] in (_SHOWN, _WAITING, _DIRECT)


def was_told_before(question: InboxQuestion) -> bool:
    """Whether the asker alone was told something before the question was edited."""
    stage, is_current = _told(question)
    return stage is not None and not is_current


def may_be_in_direct(question: InboxQuestion) -> bool:
    """Whether something was said in the direct message before the question was edited."""
    stage, is_current = _told(question)
    return stage == _DIRECT and not is_current


def _leave_for_elsewhere(job: Job, number: int, *, is_lost: bool) -> None:
    """Let the job say the rest of it, or that it may be lost."""
    job.outcome = job.outcome or job.reply
    if is_lost:
        sentence = sentence_messages(say(MAY_BE_LOST))
        job.reply = replace(job.reply, messages=sentence, status=AnswerStatus.ERROR_UNEXPECTED)
        return
    question = quoted(job.question.asked.text)
    first, *rest = job.reply.messages[number - 1 :]
    is_refused = job.is_failure or job.reply.status is AnswerStatus.REFUSED_LIMIT
    remark = UNANSWERED if is_refused else MOVED
    moved = with_remarks(first, [escaped(say(remark, question="\0")).replace("\0", question)])
    job.reply = replace(job.reply, messages=(moved, *rest))


def _told(question: InboxQuestion) -> tuple[str | None, bool]:
    """Return where the asker alone was told, None for nowhere, and if of the words as they are."""
    stage, _, revision = (question.answer_ts or "").partition("-")
    where = stage if stage in (_SHOWN, _DIRECT) else None
    return where, revision == str(question.revision)


def _mark(stage: str, question: InboxQuestion) -> str:
    return f"{stage}-{question.revision}"


def _not_shown(question: InboxQuestion) -> str:
    """Return the mark of a question of which nothing was shown since it was edited."""
    return (question.answer_ts or "") if was_told_before(question) else _mark(_WAITING, question)
