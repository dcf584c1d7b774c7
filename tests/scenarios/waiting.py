"""Waiting until there is nothing left to do, so that what did not happen can be told."""

from assistant.slack.app import SlackBot
from assistant.store.database import Engine
from assistant.store.inbox import UNFINISHED, Inbox
from tests.fakes.fake_slack import FakeSlack


def at_rest(slack: FakeSlack, engine: Engine, *envelopes: str, seconds: float = 20) -> None:
    """Wait until some events are acknowledged, so written down, and every question has ended."""
    for envelope in envelopes:
        slack.wait_for_acknowledgement(envelope)
    inbox = Inbox(engine)
    slack.wait_until(lambda: not set(UNFINISHED) & set(inbox.counts()), seconds=seconds)


def waits(bot: SlackBot, method: str) -> bool:
    """Return whether a bot knows that Slack asked to wait with a method, and the wait is not over.

    It knows a moment after Slack has asked, and then also looks at what other bots were told.
    """
    return bot._delivery._poster.pace._waits.seconds(method) > 0
