"""The fake Slack tells an app of what people do, over sockets and over HTTP, as Slack does."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack
from tests.fakes.slack.troubles import Chaos

pytestmark = pytest.mark.sockets


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        fake.add_person("U1ANN")
        fake.add_channel("C1", "U1ANN")
        yield fake


def address(slack: FakeSlack) -> str:
    """Ask for the address of a socket."""
    client = WebClient(base_url=slack.url, retry_handlers=[])
    return str(client.apps_connections_open(app_token=APP_TOKEN)["url"])


@contextmanager
def connected(slack: FakeSlack) -> Iterator[ClientConnection]:
    """Hold a socket that has been greeted."""
    with connect(address(slack), proxy=None) as socket:
        assert received(socket)["type"] == "hello"
        yield socket


def received(socket: ClientConnection, seconds: float = 3.0) -> dict[str, Any]:
    return dict(json.loads(socket.recv(timeout=seconds)))


def acknowledge(socket: ClientConnection, frame: dict[str, Any]) -> None:
    socket.send(json.dumps({"envelope_id": frame["envelope_id"]}))


def events(socket: ClientConnection, count: int) -> list[dict[str, Any]]:
    """Return the next events, each acknowledged."""
    found = []
    for _ in range(count):
        frame = received(socket)
        acknowledge(socket, frame)
        found.append(frame["payload"]["event"])
    return found


def test_a_mention_is_told_twice_with_two_event_ids(slack: FakeSlack) -> None:
    with connected(slack) as socket:
        slack.mention("U1ANN", "C1", "why?")
        first, second = received(socket), received(socket)
    assert [each["payload"]["event"]["type"] for each in (first, second)] == [
        "app_mention",
        "message",
    ]
    assert first["payload"]["event"]["ts"] == second["payload"]["event"]["ts"]
    assert first["payload"]["event_id"] != second["payload"]["event_id"]


def test_an_app_is_told_only_of_what_it_subscribed_to_and_has_scopes_for() -> None:
    every = ["app_mention", "message.channels", "reaction_added"]
    with FakeSlack(["app_mentions:read", "channels:history"], events=every) as slack:
        slack.add_person("U1ANN")
        slack.add_channel("C1", "U1ANN")
        ts = slack.say("U1ANN", "C1", "hello")
        assert slack.react("U1ANN", "tada", "C1", ts) == "", "no scope"
        assert slack.join("U2BEN", "C1") == "", "no subscription"
        assert slack.post("U1ANN", "C1", "hello").envelope
        slack.leave("U0BOT", "C1")
        assert not slack.post("U1ANN", "C1", "hello").envelope, "the bot is not there"


def test_edits_previews_and_deletions_are_told_as_slack_tells_them(slack: FakeSlack) -> None:
    with connected(slack) as socket:
        ts = slack.post("U1ANN", "C1", "why?").ts
        slack.unfurl("C1", ts)
        slack.edit("C1", ts, "why not?")
        slack.delete("C1", ts)
        _, unfurled, edited, deleted = events(socket, 4)
    assert unfurled["subtype"] == edited["subtype"] == "message_changed"
    assert unfurled["message"]["text"] == unfurled["previous_message"]["text"]
    assert (edited["previous_message"]["text"], edited["message"]["text"]) == ("why?", "why not?")
    assert edited["hidden"]
    assert edited["ts"] != ts
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert deleted["previous_message"]["text"] == "why not?"


def test_a_deleted_root_with_replies_leaves_a_tombstone(slack: FakeSlack) -> None:
    with connected(slack) as socket:
        root = slack.say("U1ANN", "C1", "why?")
        slack.say("U1ANN", "C1", "really", thread_ts=root)
        slack.delete("C1", root)
        (event,) = events(socket, 1)
    assert event["message"]["subtype"] == "tombstone"
    assert event["previous_message"]["text"] == "why?"
    assert [each["text"] for each in slack.thread("C1", root)] == [
        "This message was deleted.",
        "really",
    ]


def test_an_app_hears_its_own_messages_too(slack: FakeSlack) -> None:
    client = WebClient(BOT_TOKEN, base_url=slack.url, retry_handlers=[])
    with connected(slack) as socket:
        ts = client.chat_postMessage(channel="C1", text="a")["ts"]
        client.chat_update(channel="C1", ts=ts, text="b")
        posted, changed = events(socket, 2)
    assert (posted["bot_id"], changed["subtype"]) == ("B0BOT", "message_changed")


def test_reactions_members_and_sharing_are_told(slack: FakeSlack) -> None:
    with connected(slack) as socket:
        ts = slack.say("U1ANN", "C1", "hello")
        slack.react("U1ANN", "tada", "C1", ts)
        slack.unreact("U1ANN", "tada", "C1", ts)
        slack.join("U2BEN", "C1")
        slack.share_channel("C1", "T9AWAY")
        added, removed, joined, shared = events(socket, 4)
    assert added["item"] == removed["item"] == {"type": "message", "channel": "C1", "ts": ts}
    assert (added["item_user"], joined["user"]) == ("U1ANN", "U2BEN")
    assert shared["connected_team_id"] == "T9AWAY"


def test_each_envelope_goes_to_one_of_several_connections(slack: FakeSlack) -> None:
    with connected(slack) as one, connected(slack) as other:
        slack.wait_for_connection(count=2)
        for number in range(40):
            slack.post("U1ANN", "C1", f"{number}")
        heard: list[list[str]] = [[], []]
        until = time.monotonic() + 20
        while sum(map(len, heard)) < 40 and time.monotonic() < until:
            for socket, found in zip((one, other), heard, strict=True):
                found.extend(texts_until_quiet(socket, 0.1))
    assert all(heard)
    assert sorted([*heard[0], *heard[1]], key=int) == [f"{number}" for number in range(40)]


def texts_until_quiet(socket: ClientConnection, seconds: float) -> list[str]:
    """Return the texts of the events that come until none has come for so long."""
    texts = []
    with suppress(TimeoutError):
        while True:
            frame = received(socket, seconds)
            acknowledge(socket, frame)
            texts.append(str(frame["payload"]["event"]["text"]))
    return texts


def test_an_eleventh_connection_and_an_address_used_twice_are_refused(slack: FakeSlack) -> None:
    used = address(slack)
    with connect(used, proxy=None):
        slack.wait_for_connection()
        with pytest.raises(InvalidStatus):
            connect(used, proxy=None).close()
    slack.wait_until(lambda: slack.connections == 0)
    with ExitStack() as ten:
        for _ in range(10):
            ten.enter_context(connected(slack))
        with connect(address(slack), proxy=None) as eleventh:
            frame = received(eleventh)
            assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
            with pytest.raises(ConnectionClosed):
                received(eleventh)


def test_what_comes_while_a_client_changes_its_connection_waits_for_the_new_one(
    slack: FakeSlack,
) -> None:
    with connected(slack) as old:
        slack.disconnect("refresh_requested")
        assert received(old)["reason"] == "refresh_requested"
        slack.post("U1ANN", "C1", "meanwhile")
        with connected(slack) as new:
            assert events(new, 1)[0]["text"] == "meanwhile"


def test_an_envelope_that_nobody_acknowledges_is_sent_again_as_seen_in_the_wild(
    slack: FakeSlack,
) -> None:
    slack.redeliver_after = 0.3
    with connected(slack) as socket:
        slack.post("U1ANN", "C1", "why?")
        first, second, third = (received(socket) for _ in range(3))
        acknowledge(socket, third)
        with pytest.raises(TimeoutError):
            received(socket, 1.2)
    assert [each["retry_attempt"] for each in (first, second, third)] == [0, 1, 0]
    assert first["envelope_id"] == third["envelope_id"] != second["envelope_id"]
    assert len({each["payload"]["event_id"] for each in (first, second, third)}) == 1


def test_chaos_doubles_delays_and_reorders_envelopes_and_loses_none(slack: FakeSlack) -> None:
    slack.chaos = Chaos(3, duplicated=0.3, delayed=0.3, delay_seconds=0.3, reordered=0.3)
    with connected(slack) as socket:
        for number in range(30):
            slack.post("U1ANN", "C1", f"{number:02}")
        texts = texts_until_quiet(socket, 1.5)
    assert set(texts) == {f"{number:02}" for number in range(30)}
    assert len(texts) > 30
    assert list(dict.fromkeys(texts)) != sorted(set(texts))


class App:
    """An app over HTTP that answers as it is told and keeps what came."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], str]] = []
        self.answers: list[tuple[int, dict[str, str], float]] = []
        self._server: ThreadingHTTPServer

    def __enter__(self) -> "App":
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                app.requests.append((dict(self.headers), body))
                sent = json.loads(body) if body.startswith("{") else {}
                status, headers, seconds = app.answers.pop(0) if app.answers else (200, {}, 0.0)
                threading.Event().wait(seconds)
                answer = sent.get("challenge", "").encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/slack/events"


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


def test_requests_are_signed_as_the_sdk_verifies_them_and_encoded_by_their_kind(
    slack: FakeSlack, app: App
) -> None:
    assert slack.deliver_to(app.url)
    slack.wait_for_acknowledgement(slack.post("U1ANN", "C1", "why?").envelope)
    slack.wait_for_acknowledgement(slack.command("U1ANN", "/ask", "why?"))
    slack.wait_for_acknowledgement(slack.press("U1ANN", "button"))
    verifier = SignatureVerifier(SIGNING_SECRET)
    assert all(verifier.is_valid_request(body, headers) for headers, body in app.requests)
    assert not SignatureVerifier("other").is_valid_request(app.requests[1][1], app.requests[1][0])
    _, event, command, press = [body for _, body in app.requests]
    assert json.loads(event)["event"]["text"] == "why?"
    assert parse_qs(command)["command"] == ["/ask"]
    assert json.loads(parse_qs(press)["payload"][0])["actions"][0]["action_id"] == "button"


def test_events_that_fail_come_again_with_number_and_reason_and_commands_do_not(
    slack: FakeSlack, app: App
) -> None:
    assert slack.deliver_to(app.url)
    slack.retry_after, slack.request_timeout = (0.0, 0.05, 0.1), 1.5
    app.answers = [(500, {}, 0.0), (200, {}, 10.0), (200, {}, 0.0)]
    envelope = slack.post("U1ANN", "C1", "why?").envelope
    slack.wait_for_acknowledgement(envelope)
    assert [(each.number, each.reason, each.status) for each in slack.attempts] == [
        (0, "", 500),
        (1, "http_error", None),
        (2, "http_timeout", 200),
    ]
    assert [headers.get("X-Slack-Retry-Num") for headers, _ in app.requests[1:]] == [None, "1", "2"]
    app.answers = [(500, {}, 0.0)]
    command = slack.command("U1ANN", "/ask")
    slack.wait_until(lambda: slack.attempts[-1].envelope == command)
    with pytest.raises(TimeoutError):
        slack.wait_for_acknowledgement(command, seconds=0.4)


def test_an_app_that_asks_for_no_retry_gets_none(slack: FakeSlack, app: App) -> None:
    assert slack.deliver_to(app.url)
    slack.retry_after = (0.0,)
    app.answers = [(404, {"X-Slack-No-Retry": "1"}, 0.0)]
    slack.post("U1ANN", "C1", "why?")
    slack.wait_until(lambda: len(slack.attempts) == 1)
    with pytest.raises(TimeoutError):
        slack.wait_until(lambda: len(slack.attempts) > 1, seconds=0.3)


def test_an_answer_to_a_submission_is_held_to_its_form(slack: FakeSlack) -> None:
    view = {
        "type": "modal",
        "blocks": [
            {
                "type": "input",
                "block_id": "b",
                "element": {"type": "plain_text_input", "action_id": "a"},
            }
        ],
    }
    with connected(slack) as socket:
        for errors in ({"b": "too long"}, {"c": "no such field"}):
            slack.submit("U1ANN", view, b="words")
            frame = received(socket)
            state = frame["payload"]["view"]["state"]["values"]["b"]["a"]
            assert state["value"] == "words"
            reply = {"response_action": "errors", "errors": errors}
            socket.send(json.dumps({"envelope_id": frame["envelope_id"], "payload": reply}))
            slack.wait_for_acknowledgement(frame["envelope_id"])
    assert [each.why for each in slack.refused] == ["errors must name inputs of the view"]
