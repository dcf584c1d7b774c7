"""What events tell of: posts, edits and deletions, and whom a post speaks to."""

import time
from typing import Any

import pytest

from assistant.slack.api.admission import Identity
from assistant.slack.heard.hearing import (
    Change,
    Deletion,
    read_change,
    read_deletion,
    read_post,
    spoken_to,
)

US = Identity("T1", "UBOT", "BBOT")
# In a shared channel Slack may name another workspace than ours.
BODY = {"event_id": "Ev1", "team_id": "T9"}
EVENT: dict[str, Any] = {
    "type": "app_mention",
    "user": "U1",
    "channel": "C1",
    "ts": "1.0",
    "text": "<@UBOT> what is commissioning?",
}


def changed(after: dict[str, Any], before: dict[str, Any] | None) -> Change | Deletion | None:
    event = {
        "type": "message",
        "subtype": "message_changed",
        "channel": "C1",
        "channel_type": "channel",
        "hidden": True,
        "ts": "9.0",
        "event_ts": "9.0",
        "message": after,
        "previous_message": before,
    }
    return read_change(BODY, event, US)


def message(text: str, **fields: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U1", "ts": "1.0", "text": text, **fields}


def test_a_post_is_a_question_to_be_answered_in_its_own_thread() -> None:
    post = read_post(BODY, EVENT, US)
    assert post is not None
    asked = post.question
    assert (asked.event_id, asked.team, asked.channel, asked.user) == ("Ev1", "T1", "C1", "U1")
    assert (asked.ts, asked.thread_ts, asked.channel_type) == ("1.0", "1.0", "channel")
    assert asked.text == "what is commissioning?"
    assert (post.is_to_us, post.is_reply, post.is_direct) == (True, False, False)


def test_a_post_in_a_thread_is_to_be_answered_in_that_thread() -> None:
    post = read_post(BODY, {**EVENT, "thread_ts": "0.5", "parent_user_id": "U2"}, US)
    assert post is not None
    assert (post.ts, post.thread_ts, post.parent, post.is_reply) == ("1.0", "0.5", "U2", True)


@pytest.mark.parametrize("subtype", [None, "file_share", "thread_broadcast", "me_message"])
def test_a_persons_own_post_is_heard(subtype: str | None) -> None:
    post = read_post(BODY, {**EVENT, "subtype": subtype, "channel_type": "im"}, US)
    assert post is not None
    assert post.is_remark == (subtype == "me_message")
    assert post.is_direct


@pytest.mark.parametrize(
    "change",
    [
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": "message_replied"},
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
def test_what_is_not_a_persons_own_new_post_is_not_heard(change: dict[str, Any]) -> None:
    assert read_post(BODY, {**EVENT, **change}, US) is None


@pytest.mark.parametrize(
    ("text", "to_us", "to_others"),
    [
        ("<@UBOT> what is an outcome?", True, False),
        ("<@UBOT|bot> what is an outcome?", True, False),
        ("Good morning, <@UBOT> what is an outcome?", True, False),
        ("What does <@UBOT> say of outcomes?", True, False),
        ("what is an outcome?", False, False),
        ("what does <@U2> say of it in their plan?", False, False),
        ("<@U2> what do you think?", False, True),
        ("<@U2|ben> what do you think?", False, True),
        (":wave: <@U2>, what do you think?", False, True),
        ("Thanks <@U2>, that helps", False, True),
        ("Good morning <@U2>, any news?", False, True),
        ("<!here> any news?", False, True),
        ("<!subteam^S1> any news?", False, True),
        ("<@U2> <@UBOT> what is an outcome?", True, False),
        ("<@UBOT> <@U2> what is an outcome?", True, False),
        ("<@U2> and <@UBOT>, what is an outcome?", True, False),
        ("<@U2> you can ask <@UBOT> about it", False, True),
        ("<@U2> asked me this. <@UBOT> what is an outcome?", True, True),
        ("<@U2> asked me this\n<@UBOT> what is an outcome?", True, True),
    ],
)
def test_who_is_spoken_to(text: str, to_us: bool, to_others: bool) -> None:  # noqa: FBT001
    assert spoken_to(text, "UBOT") == (to_us, to_others)


@pytest.mark.parametrize("piece", [":-", ":a", "a ", "a, ", "<@U2> and ", "<@U2", "<", "\n", "- "])
def test_no_text_takes_long_to_be_read(piece: str) -> None:
    began = time.perf_counter()
    spoken_to(piece * 10_000 + "x", "UBOT")
    assert time.perf_counter() - began < 1


def test_an_edit_tells_what_the_post_says_now_and_before() -> None:
    edited = {"user": "U1", "ts": "8.0"}
    change = changed(message("<@UBOT> new", edited=edited), message("<@UBOT> old"))
    assert isinstance(change, Change)
    assert change.before is not None
    assert (change.after.text, change.before.text, change.at) == ("new", "old", "8.0")
    assert (change.after.channel, change.after.ts) == ("C1", "1.0")


@pytest.mark.parametrize(
    "after",
    [
        message("<@UBOT> old", attachments=[{"from_url": "https://example.org"}]),
        message("<@UBOT>  old ", edited={"user": "U1", "ts": "8.0"}),
        message("<@UBOT> old", language={"locale": "en"}, reply_count=3),
        message("<@UBOT> new", edited={"user": "U2", "ts": "8.0"}),
        message("<@UBOT> new", bot_id="B1"),
        message("<@UBOT> new", user="UBOT"),
        message("<@UBOT> new", subtype="bot_message"),
    ],
)
def test_what_is_not_the_authors_own_change_of_words_is_none(after: dict[str, Any]) -> None:
    assert changed(after, message("<@UBOT> old")) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (message("what?"), message("<@UBOT> what?")),
        (message("<@UBOT> what?"), message("what?")),
        (message("what?"), message("<@U2> what?")),
        (message("what?"), message("what?", files=[{"id": "F1", "name": "a.pdf"}])),
        (
            message("what?", files=[{"id": "F1", "name": "a.pdf"}]),
            message("what?", files=[{"id": "F1", "mode": "tombstone"}]),
        ),
    ],
)
def test_a_change_of_files_or_of_who_is_spoken_to_is_one(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert isinstance(changed(after, before), Change)


def test_a_post_deleted_while_it_has_replies_comes_as_a_change_and_is_a_deletion() -> None:
    tombstone = message("This message was deleted.", subtype="tombstone", user="USLACKBOT")
    deletion = changed({**tombstone, "hidden": True}, message("<@UBOT> old"))
    assert isinstance(deletion, Deletion)
    assert (deletion.team, deletion.channel, deletion.ts) == ("T1", "C1", "1.0")
    assert deletion.before is not None


def test_a_deletion_names_the_post_and_may_not_tell_what_it_was() -> None:
    event = {"subtype": "message_deleted", "channel": "C1", "deleted_ts": "1.0", "ts": "9.0"}
    assert read_deletion(BODY, event, US) == Deletion("T1", "C1", "1.0", None)
    known = read_deletion(BODY, {**event, "previous_message": message("<@UBOT> old")}, US)
    assert known is not None
    assert known.before is not None
    assert known.before.text == "old"


def test_a_change_or_deletion_that_does_not_say_of_what_is_none() -> None:
    assert read_deletion(BODY, {"channel": "C1", "ts": "9.0"}, US) is None
    assert read_change(BODY, {"channel": "C1", "ts": "9.0"}, US) is None
    assert changed({"subtype": "tombstone"}, None) is None


FORWARDED = {
    "is_share": True,
    "is_msg_unfurl": True,
    "from_url": "https://example.slack.com/archives/C7/p1665615886364019",
    "text": "<@UBOT> stop &amp; think: what is a <https://example.org|cycle>?",
    "files": [{"id": "F7", "name": "plan.md"}],
}


def test_what_is_forwarded_is_asked_with_what_is_said_of_it() -> None:
    event = {**EVENT, "text": "<@UBOT> can you answer this?", "attachments": [FORWARDED]}
    post = read_post(BODY, event, US)
    assert post is not None
    assert post.text == "can you answer this?"
    assert post.question.text == "can you answer this?\n\n“stop & think: what is a cycle?”"
    assert [file.id for file in post.question.files] == ["F7"]


def test_what_is_forwarded_alone_is_a_question_and_speaks_to_nobody() -> None:
    event = {**EVENT, "text": "", "attachments": [{**FORWARDED, "text": "<@U7> <@UBOT> stop"}]}
    post = read_post(BODY, event, US)
    assert post is not None
    assert (post.text, post.is_empty) == ("", False)
    assert (post.is_to_us, post.is_to_others) == (False, False)


def test_the_preview_of_a_link_is_no_forwarded_message() -> None:
    preview = {**FORWARDED, "is_share": False}
    post = read_post(BODY, {**EVENT, "attachments": [preview, "odd"]}, US)
    assert post == read_post(BODY, EVENT, US)
