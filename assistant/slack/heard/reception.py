"""Where questions are handed in, from wherever they come: written down, then the workers told."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.store.inbox import Inbox, InboxEntry, IncomingQuestion
from assistant.store.turns import Turns


@dataclass(frozen=True, slots=True)
class Reception:
    """Commits what is asked, changed or taken back; `wake` tells the workers of it.

    Each returns when it is committed, so that Slack may be told that it arrived.
    """

    inbox: Inbox
    turns: Turns
    wake: Callable[[], None]

    def receive(self, asked: IncomingQuestion, at: str | None = None) -> bool:
        """Hand a question in; return False when it is there already.

        `at` is the time of the edit that made its words what they are. The second event of a post
        may bring the files that the first did not.
        """
        if self._told(is_new=self.inbox.receive(asked, at)):
            return True
        if asked.files and at is None:
            self._told(is_new=self.turns.complete(asked))
        return False

    def find(self, team: str, channel: str, ts: str) -> InboxEntry | None:
        """Return the question of a post, if it is one."""
        return self.inbox.find(team, channel, ts)

    def revise(self, asked: IncomingQuestion, at: str) -> bool:
        """Hand in a question's new words, of the time `at`; False when nothing changes."""
        post = (asked.team, asked.channel, asked.ts)
        return self._told(is_new=self.turns.revise(post, asked.text, asked.files, at))

    def withdraw(self, team: str, channel: str, ts: str, at: str | None = None) -> bool:
        """Take a question and its answer back: deleted, or edited away at the time `at`."""
        return self._told(is_new=self.turns.forget(team, channel, ts, at))

    def bury(self, asked: IncomingQuestion, at: str | None = None) -> bool:
        """Have a post not answered whose deletion, or whose edit at `at`, has overtaken it."""
        return self.inbox.bury(asked, at)

    def stop(self, team: str, channel: str, thread_ts: str | None, before: str) -> int:
        """End what was asked in a thread, or in a whole channel, before a post; say how many."""
        return self.inbox.stop(team, channel, thread_ts, before=before)

    def _told(self, *, is_new: bool) -> bool:
        if is_new:
            self.wake()
        return is_new
