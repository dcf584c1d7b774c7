"""The fake Slack's Web API refuses what Slack refuses; slack_sdk's own client is the caller."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.fakes.fake_slack import BOT_TOKEN, FakeSlack, Fault, RateTiers
from tests.fakes.slack.troubles import Chaos

pytestmark = pytest.mark.sockets

DIVIDER = {"type": "divider"}


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        fake.add_person("U1ANN", profile={"email": "Ann@example.org"})
        fake.add_channel("C1", "U1ANN")
        yield fake


@pytest.fixture
def client(slack: FakeSlack) -> WebClient:
    return WebClient(BOT_TOKEN, base_url=slack.url, retry_handlers=[])


def refusal(call: Any, **arguments: Any) -> str:
    """Return the error code that a call ends in."""
    with pytest.raises(SlackApiError) as refused:
        call(**arguments)
    return str(refused.value.response["error"])


def test_an_update_without_blocks_takes_them_away_and_leaves_the_metadata(
    slack: FakeSlack, client: WebClient
) -> None:
    metadata = {"event_type": "x", "event_payload": {"a": 1}}
    ts = client.chat_postMessage(channel="C1", text="a", blocks=[DIVIDER], metadata=metadata)["ts"]
    client.chat_update(channel="C1", ts=ts, text="b")
    message = slack.message("C1", ts)
    assert (message["text"], message["blocks"], message["edited"]) == ("b", [], True)
    assert message["metadata"] == metadata


def test_updates_and_deletions_are_for_own_messages_that_are_there(
    slack: FakeSlack, client: WebClient
) -> None:
    theirs = slack.say("U1ANN", "C1", "mine")
    assert refusal(client.chat_update, channel="C1", ts=theirs, text="b") == "cant_update_message"
    assert refusal(client.chat_delete, channel="C1", ts=theirs) == "cant_delete_message"
    assert refusal(client.chat_delete, channel="C1", ts="1.1") == "message_not_found"
    assert slack.refused == []


def test_what_is_refused_for_its_form_is_recorded_with_the_reason(
    slack: FakeSlack, client: WebClient
) -> None:
    ts = client.chat_postMessage(channel="C1", text="a")["ts"]
    assert refusal(client.chat_update, channel="C1", ts=ts, text="x" * 4001) == "msg_too_long"
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "a"}, "colour": "red"}]
    arguments = {"channel": "C1", "text": "a", "blocks": blocks}
    assert refusal(client.chat_postMessage, **arguments) == "invalid_blocks"
    assert [(each.error, each.why) for each in slack.refused] == [
        ("msg_too_long", "text of an update over 4,000 characters"),
        ("invalid_blocks", "section.colour: unknown"),
    ]


def test_only_members_of_a_channel_are_shown_something_alone(
    slack: FakeSlack, client: WebClient
) -> None:
    client.chat_postEphemeral(channel="C1", user="U1ANN", text="psst")
    assert [shown.text for shown in slack.shown_alone("U1ANN")] == ["psst"]
    slack.leave("U1ANN", "C1")
    arguments = {"channel": "C1", "user": "U1ANN", "text": "psst"}
    assert refusal(client.chat_postEphemeral, **arguments) == "user_not_in_channel"


def started(slack: FakeSlack, client: WebClient, **arguments: Any) -> tuple[str, str]:
    """Start a stream in a thread of the channel; return the thread's ts and the stream's."""
    root = slack.say("U1ANN", "C1", "why?")
    recipient = {"recipient_user_id": "U1ANN", "recipient_team_id": "T0HOME"}
    arguments = {"channel": "C1", "thread_ts": root, **recipient, **arguments}
    return root, client.chat_startStream(**arguments)["ts"]


def test_a_stream_becomes_a_message_with_its_tasks_text_blocks_and_metadata(
    slack: FakeSlack, client: WebClient
) -> None:
    task = {"type": "task_update", "id": "1", "title": "Search", "status": "in_progress"}
    root, ts = started(slack, client, chunks=[task])
    client.chat_appendStream(channel="C1", ts=ts, markdown_text="one ")
    done = {**task, "status": "complete", "output": "three passages"}
    metadata = {"event_type": "x", "event_payload": {}}
    client.chat_stopStream(
        channel="C1",
        ts=ts,
        chunks=[done, {"type": "markdown_text", "text": "two"}],
        blocks=[DIVIDER],
        metadata=metadata,
        session_status="active",
    )
    stream = slack.streams[ts]
    assert (stream.text, stream.tasks["1"]["status"], stream.state) == (
        "one two",
        "complete",
        "completed",
    )
    found = client.conversations_replies(channel="C1", ts=root, include_all_metadata=True)
    message = found["messages"][1]
    assert message["metadata"] == metadata
    assert [block["type"] for block in message["blocks"]] == ["markdown", "divider"]
    assert slack.sessions["C1", root].status == "active"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"thread_ts": ""}, "invalid_thread_ts"),
        ({"recipient_user_id": None}, "missing_recipient_user_id"),
        ({"recipient_team_id": None}, "missing_recipient_team_id"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        (
            {
                "chunks": [
                    {
                        "type": "task_update",
                        "id": "1",
                        "title": "t",
                        "status": "complete",
                        "details": "x" * 257,
                    }
                ]
            },
            "invalid_chunks",
        ),
    ],
)
def test_a_stream_that_slack_would_not_start_is_refused(
    slack: FakeSlack, client: WebClient, changed: dict[str, Any], error: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        started(slack, client, **changed)
    assert refused.value.response["error"] == error
    assert [each.error for each in slack.refused] == [error]


def test_in_a_direct_message_a_stream_needs_no_recipient(
    slack: FakeSlack, client: WebClient
) -> None:
    posted = slack.direct_message("U1ANN", "why?")
    assert client.chat_startStream(channel=posted.channel, thread_ts=posted.ts)["ok"]


def test_a_stream_cannot_be_updated_until_it_ends_of_itself_and_then_not_streamed_to(
    slack: FakeSlack, client: WebClient
) -> None:
    _, ts = started(slack, client)
    conflict = refusal(client.chat_update, channel="C1", ts=ts, text="b")
    assert conflict == "streaming_state_conflict"
    slack.stream_idle_seconds = 0.0
    ended = refusal(client.chat_appendStream, channel="C1", ts=ts, markdown_text="late")
    assert ended == "message_not_in_streaming_state"
    client.chat_update(channel="C1", ts=ts, text="b")
    assert slack.message("C1", ts)["text"] == "b"


def test_a_stream_stopped_by_its_reader_takes_no_more(slack: FakeSlack, client: WebClient) -> None:
    root, ts = started(slack, client, markdown_text="so far")
    slack.press_stop("U1ANN", "C1", root)
    assert refusal(client.chat_stopStream, channel="C1", ts=ts) == "stopped_by_user"
    assert slack.message("C1", ts)["text"] == "so far"
    with pytest.raises(AssertionError, match="no stop button"):
        slack.press_stop("U1ANN", "C1", root)


def test_sessions_statuses_and_prompts_have_their_limits(
    slack: FakeSlack, client: WebClient
) -> None:
    root = slack.say("U1ANN", "C1", "why?")
    session = {"channel_id": "C1", "thread_ts": root}
    setting = client.agents_sessions_setStatus
    assert refusal(setting, **session, status="busy") == "invalid_arguments"
    assert refusal(setting, **session, status="active", title="x" * 201) == "invalid_arguments"
    client.agents_sessions_setStatus(**session, status="processing", title="Why")
    client.agents_sessions_rename(**session, title="Wherefore")
    assert slack.sessions["C1", root].title == "Wherefore"
    status = {**session, "status": "reading", "loading_messages": ["a"] * 11}
    assert refusal(client.assistant_threads_setStatus, **status) == "invalid_arguments"
    prompts = [{"title": "a", "message": "b"}]
    client.assistant_threads_setSuggestedPrompts(channel_id="C1", prompts=prompts, title="Hello")
    assert slack.prompts["C1"] == {"title": "Hello", "prompts": prompts}
    client.assistant_threads_setSuggestedPrompts(**session, prompts=[*prompts, *prompts])
    assert len(slack.prompts["C1"]["prompts"]) == 1, "with thread_ts nothing is shown"


def modal(**changed: Any) -> dict[str, Any]:
    """Return a modal with one question."""
    element = {
        "type": "static_select",
        "action_id": "a",
        "options": [
            {"text": {"type": "plain_text", "text": text}, "value": text} for text in ("x", "y")
        ],
    }
    label = {"type": "plain_text", "text": "Which?"}
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Choose"},
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": [{"type": "input", "block_id": "b", "label": label, "element": element}],
        **changed,
    }


def test_modals_open_while_their_trigger_lasts(slack: FakeSlack, client: WebClient) -> None:
    slack.trigger_seconds = 0.0
    refused = refusal(client.views_open, trigger_id=slack.new_trigger(), view=modal())
    assert refused == "expired_trigger_id"
    slack.trigger_seconds = 60.0
    assert client.views_open(trigger_id=slack.new_trigger(), view=modal())["ok"]


def test_modals_open_once_for_a_trigger_stack_three_deep_and_are_updated(
    slack: FakeSlack, client: WebClient
) -> None:
    trigger = slack.new_trigger()
    view = client.views_open(trigger_id=trigger, view=modal())["view"]
    assert refusal(client.views_open, trigger_id=trigger, view=modal()) == "exchanged_trigger_id"
    for _ in range(2):
        client.views_push(trigger_id=slack.new_trigger(), view=modal())
    pushed = refusal(client.views_push, trigger_id=slack.new_trigger(), view=modal())
    assert pushed == "push_limit_reached"
    title = {"type": "plain_text", "text": "Chosen"}
    client.views_update(view_id=view["id"], view=modal(title=title))
    assert slack.modals[-1]["title"] == title
    unsubmitted = modal()
    del unsubmitted["submit"]
    arguments = {"trigger_id": slack.new_trigger(), "view": unsubmitted}
    assert refusal(client.views_open, **arguments) == "invalid_arguments"


def test_people_are_found_by_address_and_have_a_locale_for_who_asks_for_it(
    client: WebClient,
) -> None:
    assert client.users_lookupByEmail(email="ann@EXAMPLE.org")["user"]["id"] == "U1ANN"
    assert refusal(client.users_lookupByEmail, email="ben@example.org") == "users_not_found"
    assert "locale" not in client.users_info(user="U1ANN")["user"]
    assert client.users_info(user="U1ANN", include_locale=True)["user"]["locale"] == "en-GB"
    assert client.users_info(user="U1ANN")["user"]["tz"] == "Europe/London"


def test_posts_too_fast_for_their_channel_are_limited_and_calls_too_early_are_recorded(
    slack: FakeSlack, client: WebClient
) -> None:
    slack.tiers = RateTiers(burst_of_posts=2)
    slack.add_channel("C2", "U1ANN")
    for _ in range(2):
        client.chat_postMessage(channel="C1", text="a")
    assert refusal(client.chat_postMessage, channel="C1", text="a") == "ratelimited"
    assert slack.early == []
    client.chat_postMessage(channel="C2", text="another channel has its own measure")
    assert refusal(client.chat_postMessage, channel="C1", text="a") == "ratelimited"
    assert [(each.method, each.channel) for each in slack.limited] == [
        ("chat.postMessage", "C1")
    ] * 2
    assert len(slack.early) == 1


def test_a_limit_asked_for_by_a_test_has_its_early_callers_recorded_too(
    slack: FakeSlack, client: WebClient
) -> None:
    slack.fail_next("users.info", Fault("rate_limited", seconds=5))
    assert refusal(client.users_info, user="U1ANN") == "ratelimited"
    client.users_info(user="U1ANN")
    assert [call.method for call in slack.early] == ["users.info"]


def outcomes(slack: FakeSlack, client: WebClient) -> list[str]:
    """Return how thirty calls end."""
    found = []
    for _ in range(30):
        try:
            client.users_info(user="U1ANN")
            found.append("ok")
        except SlackApiError as error:
            found.append(str(error.response["error"]))
        except (OSError, ValueError) as error:
            found.append(type(error).__name__)
    return found


def test_chaos_is_the_same_for_the_same_seed_and_spares_what_it_is_to_spare(
    slack: FakeSlack, client: WebClient
) -> None:
    wild = Chaos(rate_limited=0.2, server_error=0.2, dropped=0.2, lost_reply=0.2)
    seen = []
    for seed in (7, 7, 8):
        slack.chaos = replace(wild, seed=seed)
        seen.append(outcomes(slack, client))
    assert seen[0] == seen[1] != seen[2]
    assert len(set(seen[0])) >= 3
    slack.chaos = Chaos(dropped=1.0)
    assert client.auth_test()["ok"]
