"""How long is waited for Slack, and what is said of an answer that comes late or was renewed."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from assistant.language import phrase, say
from assistant.slack.shown.blocks import LONGEST_TEXT, Message, inert
from assistant.slack.shown.words import escaped
from assistant.store.inbox import InboxQuestion

LATE_AFTER = timedelta(minutes=2)
PATIENCE = timedelta(days=1)
# Nobody is told any more of a question that nobody could be told of for so long.
LAST_CALL = timedelta(days=3)
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0
LONGEST_TOTAL = 3900

# Slack's own writing of a time, in the reader's zone and language.
WHEN = phrase("{date_short_pretty} at {time}")
WHEN_UNKNOWN = phrase("earlier")

LATE_BY_SLACK = phrase(
    "This answer is late: your question is from {when}, and Slack could not be reached for a while."
)
LATE_BY_US = phrase(
    "This answer is late: your question is from {when}, and the assistant was interrupted."
)
LATE_BY_ARRIVAL = phrase(
    "This answer is late: your question is from {when}, and the assistant was not running, or "
    "Slack told it of the question only later."
)
LATE_BY_WORK = phrase(
    "This answer is late: your question is from {when}, and others had asked before you or the "
    "answer took long to make."
)
RENEWED = phrase("This answer was renewed because the question or its files changed.")
NOT_ANSWERED = phrase(
    "Your question from {when} was not answered, because Slack could not be reached for a day. "
    "Please ask it again."
)

_HALF_ENTITY = re.compile(r"&\w*$")


def asked_at(question: InboxQuestion) -> datetime:
    """Return when the question was asked, or last edited, by Slack's clock."""
    stamp = (question.edited_ts or "") if question.revision else question.asked.ts
    try:
        return datetime.fromtimestamp(float(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return question.received_at


def pause_seconds(question: InboxQuestion) -> float:
    """Return how long the question is left alone after Slack failed once more."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 3 ** min(question.postponed, 6)))


def is_too_late(question: InboxQuestion, now: datetime) -> bool:
    """Whether Slack was away so long that the asker is told to ask again."""
    return question.postponed > 0 and now - asked_at(question) > PATIENCE


def remarks(question: InboxQuestion, *, is_renewed: bool) -> Sequence[str]:
    """Return what is said above an answer, in Slack's mrkdwn."""
    said = [escaped(say(RENEWED))] if is_renewed else []
    if datetime.now(UTC) - asked_at(question) > LATE_AFTER:
        said.append(_timed(_reason(question), question))
    return said


def not_answered(question: InboxQuestion) -> Message:
    """Say that a question was given up."""
    text = _timed(NOT_ANSWERED, question)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
    return Message(text, (section,))


def with_remarks(message: Message, said: Sequence[str]) -> Message:
    """Return the message with remarks of ours, in mrkdwn, above it."""
    if not said:
        return message
    blocks = [
        {
            "type": "context",
            "elements": [{"type": "mrkdwn", "text": remark, "verbatim": True}],
        }
        for remark in said
    ]
    text = "\n".join([*said, message.text])
    if len(text) > LONGEST_TOTAL:
        text = _HALF_ENTITY.sub("", text[:LONGEST_TOTAL]) + " …"
    return replace(message, text=text, blocks=(*blocks, *message.blocks))


def quoted(text: str) -> str:
    """Return a question as mrkdwn that shows its words and nothing else, cut where it is long."""
    words = inert(" ".join(text.split()))
    cut = words if len(words) <= LONGEST_TEXT // 8 else f"{words[: LONGEST_TEXT // 8]}…"
    return re.sub(r"([*_~`])", "\N{WORD JOINER}\\1\N{WORD JOINER}", escaped(cut))


def _reason(question: InboxQuestion) -> str:
    if question.postponed:
        return LATE_BY_SLACK
    if question.attempts > 1:
        return LATE_BY_US
    if not question.revision and question.received_at - asked_at(question) > LATE_AFTER / 2:
        return LATE_BY_ARRIVAL
    return LATE_BY_WORK


def _timed(text: str, question: InboxQuestion) -> str:
    seconds = int(asked_at(question).timestamp())
    marker = "\0"
    spoken = escaped(say(text, when=marker))
    when = f"<!date^{seconds}^{say(WHEN)}|{escaped(say(WHEN_UNKNOWN))}>"
    return spoken.replace(marker, when)
