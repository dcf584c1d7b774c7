"""Both ways in: what happens is heard over sockets and over HTTP, by the same listeners."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from pydantic import SecretStr
from slack_sdk.socket_mode.builtin.connection import Connection
from sqlalchemy import text
from structlog.testing import capture_logs

from assistant.domain.errors import SlackError
from assistant.domain.ports import Abilities
from assistant.settings import Settings
from assistant.slack.app import SlackBot
from assistant.slack.ways import sockets
from assistant.slack.ways.sockets import SocketWay
from assistant.slack.ways.web import HttpWay, listening
from assistant.store.database import Engine
from tests.fakes.fake_slack import SIGNING_SECRET, FakeSlack, Fault
from tests.fakes.slack import sockets as slacks_sockets
from tests.scenarios.conftest import Guidance

pytestmark = pytest.mark.sockets

QUESTION = "what is the cycle?"


def over_http(settings: Settings) -> Settings:
    """Return settings with the signing secret in the place of the token of a socket."""
    secret = SecretStr(SIGNING_SECRET)
    return settings.model_copy(update={"slack_app_token": None, "slack_signing_secret": secret})


def with_connections(settings: Settings, count: int) -> Settings:
    return settings.model_copy(update={"slack_connections": count})


@contextmanager
def running(
    slack: FakeSlack, settings: Settings, engine: Engine, abilities: Abilities
) -> Iterator[SlackBot]:
    """Run a bot until the end of the block, reachable in its way."""
    bot = SlackBot(settings, engine, abilities)
    with ExitStack() as stack:
        port = 0
        if isinstance(bot.way, HttpWay):
            port = stack.enter_context(listening(bot.way, "127.0.0.1", 0))
        bot.start()
        stack.callback(bot.stop)
        if port:
            assert slack.deliver_to(f"http://127.0.0.1:{port}/slack/events")
        else:
            slack.wait_for_connection()
        yield bot


@pytest.fixture(params=["socket", "http"])
def bot(
    slack: FakeSlack,
    settings: Settings,
    engine: Engine,
    abilities: Abilities,
    request: pytest.FixtureRequest,
) -> Iterator[SlackBot]:
    chosen = settings if request.param == "socket" else over_http(settings)
    with running(slack, chosen, engine, abilities) as bot:
        yield bot


@pytest.mark.usefixtures("bot")
def test_a_mention_and_a_direct_message_are_answered_in_their_threads(slack: FakeSlack) -> None:
    for posted in (slack.mention("U1ANN", "C1", QUESTION), slack.direct_message("U2BEN", QUESTION)):
        assert QUESTION in slack.wait_for_answer(posted)["text"]
        slack.wait_for_acknowledgement(posted.envelope)


@pytest.mark.usefixtures("bot")
def test_what_slack_sends_again_is_answered_once(slack: FakeSlack, guidance: Guidance) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_for_answer(posted)
    # Slack's signature changes with the second.
    time.sleep(1.1)
    slack.wait_for_acknowledgement(slack.deliver_again(posted))
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "another one"))
    assert len(slack.answers(posted)) == 1
    assert len(guidance.asked) == 2


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("term", ["outcome", "what is a payload & <b>?"])
def test_a_command_is_answered_to_the_person_alone(slack: FakeSlack, term: str) -> None:
    slack.wait_for_acknowledgement(slack.command("U1ANN", "/define", term))
    assert "is what lasts" in slack.wait_for_reply("U1ANN").text


@pytest.mark.usefixtures("bot")
def test_a_button_and_a_form_do_what_they_say(slack: FakeSlack) -> None:
    file = slack.add_file("Outcomes.md", b"one")
    posted = slack.direct_message("U1ANN", "", subtype="file_share", files=[file])
    invitation = slack.wait_for_answer(posted)
    slack.press_button(
        "U1ANN", "Offer for the corpus\u2026", invitation["blocks"], invitation, posted.channel
    )
    envelope = slack.submit(
        "U1ANN", slack.wait_for_modal(), review_by={"selected_date": "2001-01-01"}
    )
    slack.wait_for_acknowledgement(envelope)
    assert slack.replied[envelope]["response_action"] == "errors", "the form says what is wrong"


@pytest.mark.usefixtures("bot")
def test_the_home_tab_is_shown(slack: FakeSlack) -> None:
    slack.open_messages_tab("U2BEN", "home")
    slack.wait_until(lambda: "U2BEN" in slack.homes)


@pytest.mark.usefixtures("bot")
def test_what_could_not_be_committed_is_not_acknowledged_and_answered_when_sent_again(
    slack: FakeSlack, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As often as it takes: three times would be over before a slow machine has the table back.
    slack.retry_after, slack.redeliver_after = (0.3,) * 50, 0.3
    monkeypatch.setattr(slacks_sockets, "MOST_RETRIES", 50)
    with engine.begin() as connection:
        connection.execute(text("alter table inbox rename to elsewhere"))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    time.sleep(0.2)
    assert posted.envelope not in slack.acknowledged
    with engine.begin() as connection:
        connection.execute(text("alter table elsewhere rename to inbox"))
    assert QUESTION in slack.wait_for_answer(posted)["text"]
    assert len(slack.answers(posted)) == 1


def test_a_request_that_is_overheard_does_nothing_when_it_is_sent_again(
    slack: FakeSlack, settings: Settings, engine: Engine, abilities: Abilities, guidance: Guidance
) -> None:
    with running(slack, over_http(settings), engine, abilities):
        posted = slack.mention("U1ANN", "C1", QUESTION, thread_ts=None)
        slack.wait_for_answer(posted)
        body = {**posted.body, "event_id": "Ev99", "event": {**posted.body["event"], "ts": "9.9"}}
        overheard = slack.signed(json.dumps(body).encode())
        url = str(slack.request_url)
        slack.request_timeout = 30
        assert slack.send_request(url, overheard)[0] == 200
        assert slack.send_request(url, overheard)[0] == 403
        slack.signing_secret = "f" * 32
        assert slack.send_request(url, slack.signed(overheard.body))[0] == 401


def test_over_http_slack_is_not_asked_for_a_socket(
    slack: FakeSlack, settings: Settings, engine: Engine, abilities: Abilities
) -> None:
    with running(slack, over_http(settings), engine, abilities):
        slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    assert slack.connections_opened == 0


def test_with_all_connections_open_each_question_is_answered_once(
    slack: FakeSlack, settings: Settings, engine: Engine, abilities: Abilities
) -> None:
    with running(slack, with_connections(settings, 4), engine, abilities):
        slack.wait_for_connection(count=4)
        posts = [slack.mention("U1ANN", "C1", f"question {n}") for n in range(5)]
        for posted in posts:
            slack.wait_for_answer(posted)
        assert [len(slack.answers(posted)) for posted in posts] == [1] * 5
        began = time.monotonic()
    assert time.monotonic() - began < 10, "one after the other, each could take three seconds"
    slack.wait_until(lambda: slack.connections == 0)


def test_a_connection_that_breaks_comes_back_while_the_others_go_on(
    slack: FakeSlack, settings: Settings, engine: Engine, abilities: Abilities
) -> None:
    with running(slack, with_connections(settings, 3), engine, abilities):
        slack.wait_for_connection(count=3)
        slack.drop_sockets(1)
        slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
        slack.wait_until(lambda: slack.connections_opened == 4, seconds=15)
        slack.wait_for_connection(count=3, seconds=15)
        assert slack.connections_opened == 4


def test_connections_beyond_slacks_number_are_reported_and_done_without(
    slack: FakeSlack,
    settings: Settings,
    engine: Engine,
    abilities: Abilities,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slacks_sockets, "MOST_CONNECTIONS", 2)
    with (
        capture_logs() as events,
        running(slack, with_connections(settings, 4), engine, abilities),
    ):
        slack.wait_until(lambda: slack.connections_refused == 2)
        slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
        time.sleep(1.5)
        assert (slack.connections, slack.connections_refused) == (2, 2), "nobody insists"
        assert slack.connections_opened == 4
    refused = [each for each in events if each["event"] == "slack_connection_refused"]
    assert [each["code"] for each in refused] == ["too_many_websockets"] * 2


def test_a_connection_for_which_slack_gives_no_address_is_tried_again_later(
    slack: FakeSlack,
    settings: Settings,
    engine: Engine,
    abilities: Abilities,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "PAUSES", (0.2,))
    bot = SlackBot(with_connections(settings, 2), engine, abilities)
    slack.fail_next(
        "apps.connections.open", Fault("error", error="internal_error"), Fault("rate_limited")
    )
    with capture_logs() as events:
        bot.start()
        try:
            slack.wait_for_connection(count=2)
        finally:
            bot.stop()
    codes = [e["code"] for e in events if e["event"] == "slack_connection_not_opened"]
    assert codes[0] == "internal_error"
    assert "ratelimited" not in codes, "as long as Slack said was waited"


def test_the_end_does_not_wait_for_a_connection_that_is_not_there_yet(
    slack: FakeSlack, settings: Settings, engine: Engine, abilities: Abilities
) -> None:
    bot = SlackBot(with_connections(settings, 3), engine, abilities)
    faults = [Fault("rate_limited", seconds=60)] * 2
    slack.fail_next("apps.connections.open", *faults)
    bot.start()
    slack.wait_until(lambda: slack.faults_left("apps.connections.open") == 0)
    began = time.monotonic()
    bot.stop()
    assert time.monotonic() - began < 30


def test_a_first_connection_that_fails_is_one_sentence_and_leaves_no_thread(
    settings: Settings, engine: Engine, abilities: Abilities, slack: FakeSlack
) -> None:
    bot = SlackBot(settings, engine, abilities)
    before = threading.active_count()
    slack.drop_sockets()
    slack.__exit__()
    with pytest.raises(SlackError, match="socket cannot be opened"):
        bot.start()
    slack.wait_until(lambda: threading.active_count() <= before)


def test_an_address_at_which_nobody_answers_is_one_sentence_and_leaves_no_thread(
    settings: Settings, engine: Engine, abilities: Abilities, slack: FakeSlack
) -> None:
    bot = SlackBot(settings, engine, abilities)
    assert isinstance(bot.way, SocketWay)
    before = threading.active_count()
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(SlackError, match="socket cannot be opened"),
    ):
        bot.way.open(f"ws://127.0.0.1:{silent.getsockname()[1]}/")
    slack.wait_until(lambda: threading.active_count() <= before)


def test_a_connection_that_is_made_while_the_bot_ends_is_hung_up(
    slack: FakeSlack,
    settings: Settings,
    engine: Engine,
    abilities: Abilities,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Connection] = []
    may_connect, is_connecting = threading.Event(), threading.Event()
    connect = Connection.connect

    def late(connection: Connection) -> None:
        made.append(connection)
        if len(made) > 1:
            is_connecting.set()
            may_connect.wait(30)
        connect(connection)

    monkeypatch.setattr(Connection, "connect", late)
    with capture_logs() as events:
        with running(slack, with_connections(settings, 2), engine, abilities):
            assert is_connecting.wait(10)
        may_connect.set()
        slack.wait_until(lambda: not [t for t in threading.enumerate() if t.name == "connecting"])
    assert "slack_connection_not_opened" not in [event["event"] for event in events]
    assert [connection.is_active() for connection in made] == [False, False]
