"""What is taken over HTTP and what is refused, with a real Bolt app and a real database."""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from wsgiref.validate import validator

import httpx
import pytest
import time_machine
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import text

from assistant.domain.errors import SlackError
from assistant.slack.ways.manifest import EVENTS_PATH
from assistant.slack.ways.web import HEALTH_PATH, MOST_BYTES, HttpWay, listening
from assistant.store.database import Engine, open_database
from assistant.store.requests import SeenRequests

TOKEN = "xoxb-1"  # noqa: S105
SECRET = "0123456789abcdef" * 2
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
EVENT = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_mention"}}


@dataclass
class Heard:
    """What listeners of the app got, and whether they fail."""

    events: list[Mapping[str, Any]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    fails: bool = False


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "data")
    yield engine
    engine.dispose()


@pytest.fixture
def bolt(heard: Heard) -> App:
    logger = logging.getLogger("test.bolt")
    logger.setLevel(logging.CRITICAL)

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token=TOKEN, bot_id="B1")

    app = App(
        client=WebClient(token=TOKEN),
        authorize=authorize,
        logger=logger,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
    )

    def hear(event: Mapping[str, Any]) -> None:
        if heard.fails:
            raise RuntimeError("The row was not committed.")
        heard.events.append(event)

    def obey(ack: Ack, command: Mapping[str, Any]) -> None:
        heard.commands.append(command["text"])
        ack("done")

    app.event("app_mention")(hear)
    app.command("/ask")(obey)
    app.error(lambda error: None)
    return app


@pytest.fixture
def way(bolt: App, engine: Engine) -> HttpWay:
    way = HttpWay(bolt, SECRET, SeenRequests(engine))
    way.open()
    return way


def signed(
    body: bytes, *, secret: str = SECRET, at: float | str | None = None, kind: str = JSON
) -> dict[str, str]:
    """Return the headers with which Slack sends a body."""
    timestamp = str(at) if isinstance(at, str) else str(int(time.time() if at is None else at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": str(signature),
    }


def send(
    way: Any,
    body: bytes,
    headers: Mapping[str, str],
    *,
    method: str = "POST",
    path: str = EVENTS_PATH,
    length: str | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Send a request as a WSGI server does, through the checks of the standard library."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(body)) if length is None else length,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    answered: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], info: Any = None) -> Any:
        answered.append((status, headers))
        return lambda _: None

    parts = validator(way)(environ, start_response)
    try:
        content = b"".join(parts)
    finally:
        parts.close()
    return int(answered[0][0].split()[0]), dict(answered[0][1]), content


def event(**more: Any) -> bytes:
    return json.dumps({**EVENT, **more}).encode()


def test_a_request_that_slack_signed_reaches_the_listener(way: HttpWay, heard: Heard) -> None:
    status, _, body = send(way, event(), signed(event()))
    assert (status, body) == (200, b"")
    assert heard.events == [EVENT["event"]]


def test_the_address_is_verified_by_sending_the_challenge_back(way: HttpWay) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    status, headers, content = send(way, body, signed(body))
    assert status == 200
    assert headers["content-type"].startswith("application/json")
    assert json.loads(content) == {"challenge": "abc"}


def test_the_challenge_of_an_unsigned_request_is_not_sent_back(way: HttpWay) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    assert send(way, body, {"Content-Type": JSON})[0] == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "text",
    ["what is a cycle?", "what is a payload?", "payload=1&command=/other", "Beträge für 2 €"],
)
def test_a_command_comes_as_it_was_typed(way: HttpWay, heard: Heard, text: str) -> None:
    """Bolt's own parser takes every form with the word payload in it for something else."""
    body = urlencode({"command": "/ask", "text": text, "team_id": "T1", "user_id": "U1"}).encode()
    status, _, content = send(way, body, signed(body, kind=FORM))
    assert (status, content) == (200, b"done")
    assert heard.commands == [text]


def test_an_interaction_comes_as_json_within_a_form(way: HttpWay, bolt: App) -> None:
    pressed: list[str] = []

    def press(ack: Ack, action: Mapping[str, Any]) -> None:
        ack()
        pressed.append(action["value"])

    bolt.action("press")(press)
    payload = {
        "type": "block_actions",
        "user": {"id": "U1"},
        "team": {"id": "T1"},
        "actions": [{"type": "button", "action_id": "press", "value": "5"}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    assert send(way, body, signed(body, kind=FORM))[0] == 200
    assert pressed == ["5"]


def altered(body: bytes) -> tuple[bytes, dict[str, str]]:
    return body.replace(b"Ev1", b"Ev2"), signed(body)


def late(body: bytes) -> tuple[bytes, dict[str, str]]:
    return body, signed(body, at=time.time() - 301)


def early(body: bytes) -> tuple[bytes, dict[str, str]]:
    return body, signed(body, at=time.time() + 302)


def without(name: str) -> Callable[[bytes], tuple[bytes, dict[str, str]]]:
    def made(body: bytes) -> tuple[bytes, dict[str, str]]:
        return body, {k: v for k, v in signed(body).items() if k != name}

    return made


def with_signature(signature: str) -> Callable[[bytes], tuple[bytes, dict[str, str]]]:
    return lambda body: (body, {**signed(body), "X-Slack-Signature": signature})


def not_a_time(body: bytes) -> tuple[bytes, dict[str, str]]:
    return body, signed(body, at="soon")


def broken_text(body: bytes) -> tuple[bytes, dict[str, str]]:
    return b"\xff" + body, signed(body)


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda body: (body, {"Content-Type": JSON}), id="unsigned"),
        pytest.param(lambda body: (body, signed(body, secret="f" * 32)), id="another secret"),
        pytest.param(altered, id="altered body"),
        pytest.param(late, id="six minutes old"),
        pytest.param(early, id="from the future"),
        pytest.param(without("X-Slack-Signature"), id="without signature"),
        pytest.param(without("X-Slack-Request-Timestamp"), id="without time"),
        pytest.param(with_signature(""), id="empty signature"),
        pytest.param(with_signature("v0=é"), id="signature in other letters"),
        pytest.param(not_a_time, id="a time that is none"),
        pytest.param(broken_text, id="no text"),
    ],
)
def test_what_slack_did_not_sign_within_five_minutes_is_refused(
    way: HttpWay, heard: Heard, engine: Engine, made: Callable[..., tuple[bytes, dict[str, str]]]
) -> None:
    body, headers = made(event())
    assert send(way, body, headers)[0] == HTTPStatus.UNAUTHORIZED
    assert heard.events == []
    with engine.connect() as connection:
        seen = connection.execute(text("select count(*) from seen_requests")).scalar()
    assert seen == 0, "what is not Slack's fills no table"


def test_a_request_that_was_overheard_is_refused_the_second_time(
    way: HttpWay, heard: Heard
) -> None:
    headers = signed(event())
    assert send(way, event(), headers)[0] == 200
    assert send(way, event(), headers)[0] == HTTPStatus.FORBIDDEN
    assert len(heard.events) == 1


def test_a_replay_is_refused_by_every_replica_and_after_a_restart(
    way: HttpWay, bolt: App, engine: Engine, heard: Heard
) -> None:
    headers = signed(event())
    assert send(way, event(), headers)[0] == 200
    other = HttpWay(bolt, SECRET, SeenRequests(engine))
    other.open()
    assert send(other, event(), headers)[0] == HTTPStatus.FORBIDDEN
    assert len(heard.events) == 1


def test_what_slack_sends_again_with_a_new_time_is_taken(way: HttpWay, heard: Heard) -> None:
    assert send(way, event(), signed(event(), at=time.time() - 60))[0] == 200
    again = {**signed(event()), "X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    assert send(way, event(), again)[0] == 200
    assert len(heard.events) == 2, "whether it is the same event is for the inbox to say"


def test_a_listener_that_fails_makes_slack_send_again_even_within_the_second(
    way: HttpWay, heard: Heard
) -> None:
    headers = signed(event())
    heard.fails = True
    assert send(way, event(), headers)[0] == HTTPStatus.INTERNAL_SERVER_ERROR
    heard.fails = False
    assert send(way, event(), headers)[0] == 200
    assert len(heard.events) == 1


def test_a_database_that_is_away_makes_slack_send_again(
    way: HttpWay, engine: Engine, heard: Heard
) -> None:
    with engine.begin() as connection:
        connection.execute(text("alter table seen_requests rename to elsewhere"))
    headers = signed(event())
    assert send(way, event(), headers)[0] == HTTPStatus.SERVICE_UNAVAILABLE
    assert heard.events == []
    with engine.begin() as connection:
        connection.execute(text("alter table elsewhere rename to seen_requests"))
    assert send(way, event(), headers)[0] == 200


def test_signatures_are_kept_as_long_as_they_hold_and_no_longer(engine: Engine) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        seen = SeenRequests(engine)
        assert seen.remember("v0=a")
        clock.shift(600)
        assert not seen.remember("v0=a"), "a clock that is behind lets it hold ten minutes"
        clock.shift(61)
        assert seen.remember("v0=b")
        with engine.connect() as connection:
            kept = connection.execute(text("select signature from seen_requests")).scalars().all()
    assert kept == ["v0=b"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", EVENTS_PATH, 405),
        ("PUT", EVENTS_PATH, 405),
        ("POST", HEALTH_PATH, 405),
        ("POST", "/", 404),
        ("POST", f"{EVENTS_PATH}/", 404),
        ("GET", "/slack/install", 404),
    ],
)
def test_only_two_addresses_are_there_each_with_its_method(
    way: HttpWay, heard: Heard, method: str, path: str, status: int
) -> None:
    got, headers, body = send(way, event(), signed(event()), method=method, path=path)
    assert (got, body) == (status, HTTPStatus(status).phrase.encode())
    assert ("Allow" in headers) is (status == 405)
    assert heard.events == []


def test_a_body_that_is_too_large_is_not_read(way: HttpWay) -> None:
    class Unread(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("It was read.")

    body = b"{}".ljust(MOST_BYTES + 1)
    environ_body = Unread(body)
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": EVENTS_PATH,
        "CONTENT_TYPE": JSON,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": environ_body,
    }
    way(environ, lambda status, headers, info=None: answered.append(status) or (lambda _: None))
    assert answered[0].startswith("413 ")


def test_the_largest_body_is_taken(way: HttpWay, heard: Heard) -> None:
    body = event().ljust(MOST_BYTES)
    assert send(way, body, signed(body))[0] == 200
    assert len(heard.events) == 1


@pytest.mark.parametrize(
    ("length", "status"),
    [("99999999999999999999999999", 413), ("many", 400), ("", 411), ("-5", 400), ("1e3", 400)],
)
def test_a_length_that_is_none_or_too_much_is_refused(
    way: HttpWay, length: str, status: int
) -> None:
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": EVENTS_PATH,
        "CONTENT_TYPE": JSON,
        "CONTENT_LENGTH": length,
        "wsgi.input": io.BytesIO(b""),
    }
    way(environ, lambda status, headers, info=None: answered.append(status) or (lambda _: None))
    assert answered[0].startswith(f"{status} ")


def test_a_body_that_ends_early_is_refused(way: HttpWay, heard: Heard) -> None:
    headers = signed(event())
    assert send(way, event(), headers, length=str(len(event()) + 1))[0] == 400
    assert heard.events == []


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", ""])
def test_another_kind_of_content_is_refused(way: HttpWay, kind: str) -> None:
    assert send(way, event(), signed(event(), kind=kind))[0] == 415


@pytest.mark.parametrize(
    ("kind", "body"),
    [(JSON, b"{"), (JSON, b"[1]"), (JSON, b"1"), (FORM, b"payload=%7B"), (FORM, b"payload=5")],
)
def test_what_holds_no_payload_is_refused(way: HttpWay, kind: str, body: bytes) -> None:
    assert send(way, body, signed(body, kind=kind))[0] == 400


def test_before_the_start_and_after_the_end_slack_is_told_to_come_again(
    bolt: App, engine: Engine, heard: Heard
) -> None:
    way = HttpWay(bolt, SECRET, SeenRequests(engine))
    headers = signed(event())
    assert send(way, event(), headers)[0] == 503
    assert send(way, b"", {}, method="GET", path=HEALTH_PATH)[0] == 503
    way.open()
    assert send(way, event(), headers)[0] == 200, "what was not taken is not remembered"
    assert send(way, b"", {}, method="GET", path=HEALTH_PATH)[0] == 200
    way.close()
    assert send(way, event(), signed(event(event_id="Ev2")))[0] == 503
    assert len(heard.events) == 1


@pytest.mark.sockets
def test_it_is_heard_over_a_real_socket_and_closed_at_the_end(way: HttpWay, heard: Heard) -> None:
    with listening(way, "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}{EVENTS_PATH}"
        got = httpx.post(url, content=event(), headers=signed(event()))
        assert (got.status_code, got.headers.get("server")) == (200, None)
        assert httpx.post(url, content=event(), headers={"Content-Type": JSON}).status_code == 401
        assert httpx.post(url, content=b" " * (MOST_BYTES + 1)).status_code == 413
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert len(heard.events) == 1
    with pytest.raises(httpx.ConnectError):
        httpx.post(url, content=event(), headers=signed(event()))


@pytest.mark.sockets
def test_a_port_that_is_taken_is_one_sentence(way: HttpWay) -> None:
    with (
        listening(way, "127.0.0.1", 0) as port,
        pytest.raises(SlackError, match="ASSISTANT_HTTP_PORT"),
        listening(way, "127.0.0.1", port),
    ):
        pass


@pytest.mark.sockets
def test_an_address_that_is_none_is_one_sentence(way: HttpWay) -> None:
    with pytest.raises(SlackError, match="ASSISTANT_HTTP_HOST"), listening(way, "999.0.0.1", 0):
        pass
