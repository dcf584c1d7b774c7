"""What is done with each post: asked, told to stop, or noted that somebody else speaks."""

from datetime import UTC, datetime

import structlog

from assistant.slack.heard.addressing import Heard, begun_by, heard, may_matter
from assistant.slack.heard.hearing import Post
from assistant.slack.heard.looking import Looking
from assistant.slack.heard.reception import Reception
from assistant.store.threads import Thread, Threads

_log = structlog.get_logger()


class Conversing:
    """Hears posts; whatever follows from one is committed when it returns."""

    def __init__(
        self, reception: Reception, threads: Threads, looking: Looking, bot_user: str
    ) -> None:
        self._reception = reception
        self._threads = threads
        self._looking = looking
        self._bot_user = bot_user
        self._listening_since = datetime.now(UTC)

    def hear(self, post: Post, at: str | None = None) -> bool:
        """Do what a new post asks for; return whether it is in the inbox now for the first time.

        `at` is the time of the edit that made the post what it is. Raises SlackCallError when Slack
        must tell who spoke in the thread and may do so later.
        """
        if not may_matter(post):
            return False
        thread = self._thread(post)
        what = self._sure(post, thread, self._heard(post, thread))
        if what is Heard.JOINED:
            self._threads.join(post.place)
        if what not in (Heard.QUESTION, Heard.STOP):
            return False
        if not post.is_direct and (thread is None or thread.asker != post.user):
            self._threads.begin(post.place, begun_by(post, self._bot_user, datetime.now(UTC)))
        if what is Heard.STOP:
            self.stop(post)
        return self._reception.receive(post.question, at)

    def is_for_us(self, post: Post) -> bool:
        """Whether a post is, or may be, something to be answered as things stand."""
        if not may_matter(post):
            return False
        what = self._heard(post, self._thread(post))
        return what in (Heard.QUESTION, Heard.STOP, Heard.UNSURE)

    def stop(self, post: Post) -> None:
        """End what was asked before a post that says so, and stay out of its thread."""
        if not post.is_direct:
            self._threads.stop(post.place, post.ts)
        # What stands outside threads in a direct message is told to all of it.
        thread_ts = None if post.is_direct and not post.is_reply else post.thread_ts
        count = self._reception.stop(post.team, post.channel, thread_ts, post.ts)
        _log.info("told_to_stop", stopped=count)

    def _thread(self, post: Post) -> Thread | None:
        return None if post.is_direct else self._threads.find(post.place)

    def _heard(self, post: Post, thread: Thread | None) -> Heard:
        return heard(post, thread, self._listening_since)

    def _sure(self, post: Post, thread: Thread | None, what: Heard) -> Heard:
        """Look into the thread where that is needed to know whether a post is for us."""
        if what is not Heard.UNSURE or thread is None:
            return what
        at = datetime.now(UTC)
        joined = self._looking.others_spoke(post.place, thread.asker)
        self._threads.note_seen(post.place, at, joined=joined)
        return self._heard(post, self._thread(post))
