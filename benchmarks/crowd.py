"""People who ask, edit and delete in the fake Slack, by chance from a seed."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.fake_slack import FakeSlack

PEOPLE = 200
CHANNELS = 40
KINDS = ("direct", "channel", "follow-up", "ask")
WEIGHTS = (35, 40, 15, 10)
EDITED, DELETED = 0.05, 0.03


@dataclass
class Question:
    """A question as it was asked; `ts` is None for a command, which has no post."""

    kind: str
    user: str
    channel: str
    envelope: str
    at: float
    ts: str | None = None
    thread_ts: str | None = None
    edited: bool = False
    deleted: bool = False


@dataclass
class Crowd:
    """People who ask, edit and delete; what they did is kept."""

    slack: FakeSlack
    chance: random.Random
    texts: Sequence[str]
    asked: list[Question] = field(default_factory=list)
    commanded: set[tuple[str, str]] = field(default_factory=set)

    def settle(self) -> None:
        """Let people and channels exist."""
        for number in range(PEOPLE):
            self.slack.add_person(f"U{number:04d}")
        for number in range(CHANNELS):
            self.slack.add_channel(f"C{number:04d}", *(f"U{n:04d}" for n in range(PEOPLE)))

    def ask(self) -> None:
        """Ask one question somewhere."""
        user = f"U{self.chance.randrange(PEOPLE):04d}"
        channel = f"C{self.chance.randrange(CHANNELS):04d}"
        text = self.chance.choice(self.texts)
        kind = self.chance.choices(KINDS, WEIGHTS)[0]
        at = time.monotonic()
        if kind == "ask" and (user, channel) not in self.commanded:
            self.commanded.add((user, channel))
            envelope = self.slack.command(user, "/ask", text, channel)
            self.asked.append(Question("ask", user, channel, envelope, at))
            return
        before = self._thread() if kind == "follow-up" else None
        if before is not None:
            posted = self._follow(before, text)
        elif kind == "channel":
            posted = self.slack.mention(user, channel, text)
        else:
            posted = self.slack.direct_message(user, text)
        asker = before.user if before is not None else user
        self.asked.append(
            Question(kind, asker, posted.channel, posted.envelope, at, posted.ts, posted.thread_ts)
        )
        self._change_one()

    def counted(self) -> list[Question]:
        """Return what is to have an end.

        Slack sends a command once, and says itself that it failed when nobody acknowledges it.
        """
        heard = self.slack.acknowledged
        return [q for q in self.asked if q.ts is not None or q.envelope in heard]

    def _follow(self, before: Question, text: str) -> Any:
        if before.channel.startswith("D"):
            return self.slack.direct_message(before.user, text, thread_ts=before.thread_ts)
        return self.slack.mention(before.user, before.channel, text, thread_ts=before.thread_ts)

    def _thread(self) -> Question | None:
        found = [q for q in self.asked[-200:] if q.ts and q.ts == q.thread_ts and not q.deleted]
        return self.chance.choice(found) if found else None

    def _change_one(self) -> None:
        """Now and then somebody edits or deletes what they asked a while ago."""
        drawn = self.chance.random()
        found = [q for q in self.asked[-60:] if q.ts and not q.edited and not q.deleted]
        if not found or drawn > EDITED + DELETED:
            return
        chosen = self.chance.choice(found)
        if drawn < DELETED:
            chosen.deleted = True
            self.slack.delete(chosen.channel, str(chosen.ts))
            return
        chosen.edited = True
        mention = "" if chosen.channel.startswith("D") else "<@U0BOT> "
        words = mention + self.chance.choice(self.texts)
        self.slack.edit(chosen.channel, str(chosen.ts), words)
