"""Waiting until there is nothing left to do, so that what did not happen can be told."""

from assistant.store.database import Engine
from assistant.store.inbox import UNFINISHED, Inbox
from tests.fakes.fake_slack import FakeSlack


def at_rest(slack: FakeSlack, engine: Engine, *envelopes: str, seconds: float = 20) -> None:
    """Wait until some events are acknowledged, so written down, and every question has ended."""
    for envelope in envelopes:
        slack.wait_for_acknowledgement(envelope)
    inbox = Inbox(engine)
    slack.wait_until(lambda: not set(UNFINISHED) & set(inbox.counts()), seconds=seconds)
