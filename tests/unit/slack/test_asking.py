"""Which events hold a question."""

from typing import Any

import pytest

from assistant.slack.asking import question_in

BODY = {"event_id": "Ev1", "team_id": "T1"}
EVENT: dict[str, Any] = {
    "type": "app_mention",
    "user": "U1",
    "channel": "C1",
    "ts": "1.0",
    "text": "<@UBOT> what is commissioning?",
}


def test_a_post_is_a_question_to_be_answered_in_its_own_thread() -> None:
    asked = question_in(BODY, EVENT, "channel", "UBOT")
    assert asked is not None
    assert (asked.event_id, asked.team, asked.channel, asked.user) == ("Ev1", "T1", "C1", "U1")
    assert (asked.ts, asked.thread_ts) == ("1.0", "1.0")
    assert asked.text == "what is commissioning?"


def test_a_post_in_a_thread_is_to_be_answered_in_that_thread() -> None:
    asked = question_in(BODY, {**EVENT, "thread_ts": "0.5"}, "channel", "UBOT")
    assert asked is not None
    assert (asked.ts, asked.thread_ts) == ("1.0", "0.5")


@pytest.mark.parametrize("subtype", [None, "file_share", "thread_broadcast"])
def test_a_persons_own_post_is_a_question(subtype: str | None) -> None:
    assert question_in(BODY, {**EVENT, "subtype": subtype}, "im", "UBOT") is not None


@pytest.mark.parametrize(
    "change",
    [
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"hidden": True},
        {"bot_id": "B1"},
        {"app_id": "A1"},
        {"bot_profile": {"id": "B1"}},
        {"user": None},
        {"user": "UBOT"},
        {"channel": None},
        {"ts": None},
    ],
)
def test_what_is_not_a_persons_own_new_post_is_no_question(change: dict[str, Any]) -> None:
    assert question_in(BODY, {**EVENT, **change}, "im", "UBOT") is None
