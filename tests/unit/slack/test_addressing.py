"""Who is spoken to in a thread, by the rules alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assistant.slack.heard.addressing import Heard, begun_by, heard, may_matter
from assistant.slack.heard.hearing import Post
from assistant.slack.heard.stopping import is_stop, stopped_sentence
from assistant.store.threads import Thread

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
ROOT = f"{NOW.timestamp():.6f}"
THREAD = Thread(asker="U1", since_ts="1.0", seen_at=NOW)
BELOW = Post("Ev2", "T1", "C1", "channel", "2.0", "1.0", "U1", "and the second?")
MENTION = replace(BELOW, is_to_us=True)


def test_the_asker_goes_on_without_a_mention() -> None:
    assert heard(BELOW, THREAD, BEFORE) is Heard.QUESTION


@pytest.mark.parametrize(
    "thread",
    [
        None,
        replace(THREAD, joined=True),
        replace(THREAD, stopped_ts="1.5"),
        replace(THREAD, since_ts="3.0"),
        replace(THREAD, asker="U9", joined=True),
    ],
)
def test_in_a_thread_that_does_not_go_on_only_a_mention_is_for_us(thread: Thread | None) -> None:
    assert heard(BELOW, thread, BEFORE) is Heard.NOTHING
    assert heard(MENTION, thread, BEFORE) is Heard.QUESTION


@pytest.mark.parametrize(
    "post",
    [
        replace(BELOW, is_to_others=True),
        replace(BELOW, is_remark=True),
        replace(BELOW, text=""),
    ],
)
def test_what_is_said_to_others_or_says_nothing_is_not_for_us(post: Post) -> None:
    assert heard(post, THREAD, BEFORE) is Heard.NOTHING


def test_somebody_else_joins_once() -> None:
    other = replace(BELOW, user="U2")
    assert heard(other, THREAD, BEFORE) is Heard.JOINED
    assert heard(other, replace(THREAD, stopped_ts="1.5"), BEFORE) is Heard.JOINED
    assert heard(other, replace(THREAD, joined=True), BEFORE) is Heard.NOTHING


def test_a_remark_with_a_mention_is_a_question() -> None:
    assert heard(replace(MENTION, is_remark=True), THREAD, BEFORE) is Heard.QUESTION


@pytest.mark.parametrize("thread", [replace(THREAD, seen_at=None), THREAD])
def test_where_others_may_have_spoken_unheard_it_is_not_sure(thread: Thread) -> None:
    since = AFTER if thread.seen_at else BEFORE
    assert heard(BELOW, thread, since) is Heard.UNSURE
    assert heard(MENTION, thread, since) is Heard.QUESTION


def test_the_asker_stops_a_thread_that_goes_on_and_anybody_does_by_mentioning_us() -> None:
    stop = replace(BELOW, text="Stop!")
    assert heard(stop, THREAD, BEFORE) is Heard.STOP
    assert heard(stop, replace(THREAD, joined=True), BEFORE) is Heard.NOTHING
    assert heard(replace(stop, user="U2"), THREAD, BEFORE) is Heard.JOINED
    assert heard(replace(stop, user="U2", is_to_us=True), THREAD, BEFORE) is Heard.STOP


def test_a_mention_from_before_a_stop_that_comes_late_is_stopped_too() -> None:
    stopped = replace(THREAD, stopped_ts="2.5")
    assert heard(MENTION, stopped, BEFORE) is Heard.NOTHING
    assert heard(replace(MENTION, ts="3.0"), stopped, BEFORE) is Heard.QUESTION
    again = replace(MENTION, ts="2.5", text="stop")
    assert heard(again, stopped, BEFORE) is Heard.STOP


def test_in_a_direct_message_everything_is_for_us() -> None:
    direct = replace(BELOW, channel_type="im", is_to_others=True)
    assert may_matter(replace(direct, thread_ts="2.0"))
    assert heard(direct, None, AFTER) is Heard.QUESTION
    assert heard(replace(direct, text="stop"), None, AFTER) is Heard.STOP


def test_a_remark_in_a_direct_message_asks_nothing_unless_it_names_us() -> None:
    remark = replace(BELOW, channel_type="im", is_remark=True)
    assert heard(remark, None, AFTER) is Heard.NOTHING
    assert heard(replace(remark, is_to_us=True), None, AFTER) is Heard.QUESTION


def test_a_post_that_begins_a_thread_without_a_mention_cannot_matter() -> None:
    assert not may_matter(replace(BELOW, thread_ts="2.0"))
    assert may_matter(BELOW)
    assert may_matter(replace(MENTION, thread_ts="2.0"))


def test_a_thread_that_the_asker_begins_is_known_whole() -> None:
    root = replace(MENTION, ts=ROOT, thread_ts=ROOT)
    begun = begun_by(root, "UBOT", NOW + timedelta(seconds=1))
    assert begun == Thread("U1", ROOT, seen_at=NOW + timedelta(seconds=1))


def test_of_a_mention_that_comes_late_it_is_not_known_what_was_said_below() -> None:
    root = replace(MENTION, ts=ROOT, thread_ts=ROOT)
    assert begun_by(root, "UBOT", NOW + timedelta(minutes=1)).seen_at is None


@pytest.mark.parametrize(
    ("parent", "joined"), [("U2", True), ("U1", False), ("UBOT", False), (None, False)]
)
def test_within_somebody_elses_thread_others_have_spoken(parent: str | None, joined: bool) -> None:  # noqa: FBT001
    begun = begun_by(replace(MENTION, ts=ROOT, thread_ts="1.0", parent=parent), "UBOT", NOW)
    assert (begun.joined, begun.seen_at) == (joined, None)


@pytest.mark.parametrize(
    "text", ["stop", "Stop.", "STOP!!", "please stop", "That\u2019s enough", "stop, please"]
)
def test_words_that_stop(text: str) -> None:
    assert is_stop(text)


@pytest.mark.parametrize(
    "text", ["", "when can a provider stop a service?", "stop-start funding", "full stop", "no"]
)
def test_words_that_do_not_stop(text: str) -> None:
    assert not is_stop(text)


def test_what_is_said_to_a_stop_tells_how_to_go_on() -> None:
    assert "mention me" in stopped_sentence(is_direct=False)
    assert "write to me" in stopped_sentence(is_direct=True)
