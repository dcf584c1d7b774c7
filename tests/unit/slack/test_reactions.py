"""Which reactions say something of an answer."""

from typing import Any

import pytest

from assistant.slack.feedback.reactions import meaning, reacted_in
from assistant.store.feedback.table import Rating

BOT = "U0BOT"


def event(**changes: Any) -> dict[str, Any]:
    return {
        "type": "reaction_added",
        "user": "U1",
        "reaction": "+1",
        "item_user": BOT,
        "item": {"type": "message", "channel": "C1", "ts": "1.5"},
        "event_ts": "2.000001",
        **changes,
    }


@pytest.mark.parametrize(
    ("reaction", "rating"),
    [
        ("+1", Rating.HELPFUL),
        ("+1::skin-tone-5", Rating.HELPFUL),
        ("thumbsup", Rating.HELPFUL),
        ("white_check_mark", Rating.HELPFUL),
        ("heart", Rating.HELPFUL),
        ("-1", Rating.NOT_HELPFUL),
        ("-1::skin-tone-2", Rating.NOT_HELPFUL),
        ("x", Rating.NOT_HELPFUL),
        ("eyes", None),
        ("joy", None),
        ("", None),
    ],
)
def test_a_reaction_means_helpful_or_not_or_nothing(reaction: str, rating: Rating | None) -> None:
    assert meaning(reaction) is rating


def test_a_reaction_on_a_message_of_ours_is_read() -> None:
    reacted = reacted_in(event(), BOT, added=True)
    assert reacted is not None
    assert (reacted.user, reacted.channel, reacted.ts) == ("U1", "C1", "1.5")
    assert (reacted.rating, reacted.at, reacted.added) == (Rating.HELPFUL, "2.000001", True)


@pytest.mark.parametrize(
    "changes",
    [
        {"item_user": "U2"},
        {"item_user": None},
        {"item": {"type": "file", "file": "F1"}},
        {"reaction": "eyes"},
        {"event_ts": "yesterday"},
        {"event_ts": ""},
    ],
)
def test_other_reactions_are_left_alone(changes: dict[str, Any]) -> None:
    assert reacted_in(event(**changes), BOT, added=True) is None
