"""What a test looks at: answers, what one person was shown, what was called."""

from typing import Any

from tests.fakes.slack.facts import BOT_ID, Call, Ephemeral, Posted
from tests.fakes.slack.reading import Reading
from tests.fakes.slack.views import Views
from tests.fakes.slack_limits import seen


class Looking(Reading, Views):
    """What became of it all."""

    def answers(self, posted: Posted) -> list[dict[str, Any]]:
        """Return what the bot posted in the post's thread."""
        return [
            message
            for message in self.thread(posted.channel, posted.thread_ts)
            if message.get("bot_id") == BOT_ID
        ]

    def everything_posted(self) -> list[dict[str, Any]]:
        """Return what the bot posted anywhere."""
        with self._changed:
            return [
                message
                for messages in self._workspace.messages.values()
                for message in messages
                if message.get("bot_id") == BOT_ID
            ]

    def wait_for_answer(
        self, posted: Posted, count: int = 1, seconds: float = 10
    ) -> dict[str, Any]:
        """Wait until the bot has posted `count` messages in the thread; return the last.

        A message that is still streamed, or whose stream is over and has no words yet, is none yet.
        """
        self.wait_until(lambda: len(self._done(posted)) >= count, seconds)
        return self._done(posted)[count - 1]

    def _done(self, posted: Posted) -> list[dict[str, Any]]:
        there = self.answers(posted)
        return [
            each for each in there if each["text"] and each.get("streaming_state") != "in_progress"
        ]

    def wait_for_acknowledgement(self, envelope: str, seconds: float = 10) -> None:
        """Wait until the envelope was acknowledged."""
        self.wait_until(lambda: envelope in self.acknowledged, seconds)

    def shown_alone(self, user: str) -> list[Ephemeral]:
        """Return what this person alone was shown, oldest first."""
        with self._changed:
            return [shown for shown in self.ephemeral if shown.user == user]

    def wait_for_reply(self, user: str, count: int = 1, seconds: float = 10) -> Ephemeral:
        """Wait until this person alone was shown `count` messages; return the last of them."""
        self.wait_until(lambda: len(self.shown_alone(user)) >= count, seconds)
        return self.shown_alone(user)[count - 1]

    def told_directly(self, user: str) -> list[dict[str, Any]]:
        """Return what the bot posted in its direct message with this person, as it reads now."""
        channel = self.direct_channel(user)
        with self._changed:
            messages = self._workspace.messages[channel]
            return [dict(each) for each in messages if each.get("bot_id") == BOT_ID]

    def wait_for_direct(self, user: str, words: str, seconds: float = 10) -> dict[str, Any]:
        """Wait until a message in the direct message holds these words; return it."""

        def found() -> list[dict[str, Any]]:
            return [
                each for each in self.told_directly(user) if words in seen(each.get("text", ""))
            ]

        self.wait_until(lambda: bool(found()), seconds)
        return found()[0]

    def wait_for_modal(self, count: int = 1, seconds: float = 10) -> dict[str, Any]:
        """Wait until `count` modals were opened; return the last of them."""
        self.wait_until(lambda: len(self.modals) >= count, seconds)
        return self.modals[count - 1]

    def calls_of(self, method: str) -> list[Call]:
        """Return the calls of one method, in order."""
        with self._changed:
            return [call for call in self.calls if call.method == method]
