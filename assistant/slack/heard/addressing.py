"""Who is spoken to in a thread: the rules, on facts alone."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from assistant.slack.heard.hearing import Post
from assistant.slack.heard.stopping import is_stop
from assistant.store.threads import Thread

# A post that arrives later than this may have been overtaken by what others wrote below it.
PROMPT = timedelta(seconds=5)


class Heard(StrEnum):
    """What a post is to the assistant.

    JOINED is somebody else's word in a thread that went on until then; UNSURE is the asker's in a
    thread of which is not known whether others have spoken there.
    """

    QUESTION = "question"
    STOP = "stop"
    JOINED = "joined"
    UNSURE = "unsure"
    NOTHING = "nothing"


def may_matter(post: Post) -> bool:
    """Whether a post can be anything to the assistant, whatever is known of its thread."""
    return post.is_direct or post.is_to_us or post.is_reply


def heard(post: Post, thread: Thread | None, listening_since: datetime) -> Heard:
    """Return what a post is; `thread` is what is known of its thread.

    What was known before `listening_since` may have changed while nobody listened.
    """
    if post.is_direct:
        # "/me waves" asks nothing, unless it names us.
        return Heard.NOTHING if post.is_remark and not post.is_to_us else _asked(post)
    if post.is_to_us:
        # What comes late, from before the word that told us to stay out, is stopped too.
        is_late = thread is not None and post.ts < (thread.stopped_ts or "")
        return Heard.NOTHING if is_late else _asked(post)
    if thread is None or (thread.joined and post.user != thread.asker):
        return Heard.NOTHING
    return _said_below(post, thread, listening_since)


def begun_by(post: Post, bot_user: str, now: datetime) -> Thread:
    """Return what is known of a thread when the assistant is first spoken to in it."""
    is_anothers = post.is_reply and post.parent not in (None, post.user, bot_user)
    is_prompt = now - moment(post.ts) < PROMPT
    return Thread(
        asker=post.user,
        since_ts=post.ts,
        joined=is_anothers,
        seen_at=now if is_prompt and not post.is_reply else None,
    )


def moment(ts: str) -> datetime:
    """Return the moment that Slack's time of a message names."""
    return datetime.fromtimestamp(float(ts), UTC)


def _said_below(post: Post, thread: Thread, listening_since: datetime) -> Heard:
    """Return what a post is that names nobody or somebody else, in a thread that is known."""
    if post.user != thread.asker:
        return Heard.JOINED
    is_for_us = not (post.is_to_others or post.is_remark or post.is_empty)
    goes_on = not thread.joined and thread.stopped_ts is None and post.ts > thread.since_ts
    if not (is_for_us and goes_on):
        return Heard.NOTHING
    if thread.seen_at is None or thread.seen_at < listening_since:
        return Heard.UNSURE
    return _asked(post)


def _asked(post: Post) -> Heard:
    return Heard.STOP if is_stop(post.text) else Heard.QUESTION
