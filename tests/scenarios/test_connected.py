"""A channel shared with another workspace: one conversation, whichever workspace Slack names."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.ports import Abilities
from assistant.domain.releases import Actor, AuditEntry
from assistant.settings import Settings
from assistant.slack import pane
from assistant.slack.heard.stopping import STOPPED
from assistant.slack.posts.sessions import STOPPED as STOPPED_BY_BUTTON
from assistant.store.database import Engine
from assistant.store.inbox import Inbox
from assistant.store.policies import ChannelPolicy, Policies
from tests.fakes.fake_slack import BOT_USER, TEAM, FakeSlack
from tests.fakes.slack_limits import seen, texts
from tests.scenarios.conftest import SOURCE, Guidance
from tests.scenarios.test_ways import over_http, running
from tests.scenarios.waiting import at_rest

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

AWAY = "T9AWAY"
QUESTION = "what is commissioning?"
ENTRY = AuditEntry(datetime.now(UTC), Actor("U1ANN", "Slack"), "set", "C9", "done")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes a moment takes a shorter one."""
    monkeypatch.setattr(pane, "STATUS_SECONDS", 0.05)
    monkeypatch.setattr(pane, "STREAM_SECONDS", 0.15)


@pytest.fixture(params=[("author", "socket"), ("origin", "http")], ids=["author", "origin"])
def named(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Which workspace Slack names, and the way in."""
    team, way = request.param
    return team, way


@pytest.fixture
def bot(
    slack: FakeSlack,
    settings: Settings,
    engine: Engine,
    abilities: Abilities,
    named: tuple[str, str],
) -> Iterator[None]:
    chosen = settings if named[1] == "socket" else over_http(settings)
    with running(slack, chosen, engine, abilities):
        yield


@pytest.fixture
def shared(slack: FakeSlack, engine: Engine, named: tuple[Any, str]) -> str:
    """A channel of theirs that is shared with us and opened for them; Eve is one of them."""
    slack.named_team = named[0]
    slack.add_person("U9EVE", team_id=AWAY, is_stranger=True)
    facts = {"is_ext_shared": True, "is_shared": True, "connected_team_ids": [TEAM, AWAY]}
    slack.add_channel("C9", "U1ANN", "U9EVE", conversation_host_id=AWAY, **facts)
    policy = ChannelPolicy(
        TEAM,
        "C9",
        set_by="U1ANN",
        set_at=datetime.now(UTC),
        audiences=("public",),
        opened_for="Elm partners",
        opened_until=datetime.now(UTC).date() + timedelta(days=30),
        opened_teams=(AWAY,),
    )
    assert Policies(engine).set(policy, ENTRY, Policies(engine).of(TEAM, "C9").set_at)
    return "C9"


@pytest.fixture
def let_go(guidance: Guidance) -> Iterator[threading.Event]:
    """An answer is made when this is set."""
    let_go = threading.Event()
    guidance.before_answering = lambda _: let_go.wait(20)
    yield let_go
    let_go.set()


def home_of(slack: FakeSlack, user: str) -> str:
    """Open somebody's Home tab; return its words."""
    slack.open_messages_tab(user, "home")
    slack.wait_until(lambda: user in slack.homes)
    return seen("\n".join(texts(slack.homes[user]["blocks"])))


def test_the_fake_names_the_other_workspace(slack: FakeSlack, shared: str) -> None:
    bodies = [slack.mention(user, shared, QUESTION).body for user in ("U9EVE", "U1ANN")]
    assert bodies[0]["team_id"] == AWAY
    assert [body["authorizations"][0]["team_id"] for body in bodies] == [TEAM, TEAM]


def test_an_outsiders_reply_ends_a_thread_of_two(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str
) -> None:
    first = slack.mention("U1ANN", shared, QUESTION)
    slack.wait_for_answer(first)
    reply = slack.post("U9EVE", shared, "Ann, I can tell you about that", thread_ts=first.ts)
    slack.wait_for_acknowledgement(reply.envelope)
    thanks = slack.post("U1ANN", shared, "Do you have time tomorrow?", thread_ts=first.ts)
    at_rest(slack, engine, thanks.envelope)
    assert [question for question, _, _ in guidance.asked] == [QUESTION]


def test_what_both_sides_ask_in_a_thread_is_one_conversation(
    slack: FakeSlack, guidance: Guidance, shared: str
) -> None:
    first = slack.mention("U9EVE", shared, QUESTION)
    slack.wait_for_answer(first)
    slack.mention("U1ANN", shared, "and who does it?", thread_ts=first.ts)
    slack.wait_for_answer(first, 2)
    assert [turn.question for turn in guidance.asked[1][1]] == [QUESTION]


def test_the_word_stop_ends_what_the_other_side_asked(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str, let_go: threading.Event
) -> None:
    first = slack.mention("U9EVE", shared, QUESTION)
    slack.wait_until(lambda: bool(guidance.asked))
    slack.mention("U1ANN", shared, "stop", thread_ts=first.ts)
    slack.wait_until(lambda: any(STOPPED in m["text"] for m in slack.answers(first)))
    let_go.set()
    at_rest(slack, engine)
    assert Inbox(engine).counts().get("stopped") == 1
    assert not any("You asked" in message["text"] for message in slack.answers(first))


def test_the_stop_button_finds_what_is_to_be_stopped_and_the_stream_names_its_reader(
    slack: FakeSlack, engine: Engine, shared: str, let_go: threading.Event
) -> None:
    first = slack.mention("U9EVE", shared, QUESTION)
    slack.wait_until(lambda: bool(slack.streams))
    (call,) = slack.calls_of("chat.startStream")
    assert call.arguments["recipient_user_id"] == "U9EVE"
    assert call.arguments["recipient_team_id"] == AWAY
    slack.press_stop("U9EVE", shared, first.ts)
    slack.wait_until(lambda: [m["text"] for m in slack.answers(first)] == [STOPPED_BY_BUTTON])
    let_go.set()
    at_rest(slack, engine)
    assert Inbox(engine).counts() == {"stopped": 1}


def test_an_edit_of_the_other_side_renews_its_answer_and_a_deletion_takes_it_away(
    slack: FakeSlack, engine: Engine, shared: str
) -> None:
    first = slack.mention("U9EVE", shared, QUESTION)
    slack.wait_for_answer(first)
    at_rest(slack, engine)
    slack.edit(shared, first.ts, f"<@{BOT_USER}> what is procurement?")
    slack.wait_until(lambda: "what is procurement?" in slack.answers(first)[0]["text"])
    at_rest(slack, engine)
    slack.delete(shared, first.ts)
    slack.wait_until(lambda: slack.answers(first) == [])


def test_what_was_asked_there_is_in_the_home_tab_and_can_be_shared_there(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str
) -> None:
    source = replace(SOURCE, audience="public")
    guidance.answer = Answer(
        QUESTION, AnswerStatus.ANSWERED, "It is [1]", citations=(source,), snapshot="s1"
    )
    posted = slack.mention("U1ANN", shared, QUESTION)
    answer = slack.wait_for_answer(posted)
    at_rest(slack, engine)
    assert QUESTION in home_of(slack, "U1ANN")
    slack.message_shortcut("U1ANN", "save_as_shared_answer", shared, answer)
    assert slack.wait_for_reply("U1ANN").text.startswith("Saved")
    assert QUESTION in home_of(slack, "U2BEN")


def test_what_an_outsider_says_of_an_answer_is_written_down(
    slack: FakeSlack, engine: Engine, shared: str
) -> None:
    posted = slack.mention("U9EVE", shared, QUESTION)
    answer = slack.wait_for_answer(posted)
    at_rest(slack, engine)
    slack.wait_for_acknowledgement(slack.rate("U9EVE", answer, shared, helpful=True))
    assert slack.wait_for_reply("U9EVE").text.startswith("Thank")
