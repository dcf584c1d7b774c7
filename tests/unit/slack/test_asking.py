"""What hearing a message costs before Slack is told that it arrived."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from sqlalchemy import event as sqlalchemy_event

from assistant.slack.api.admission import Identity
from assistant.slack.heard.asking import Posts
from assistant.slack.heard.reception import Reception
from assistant.store.database import Engine, open_database
from assistant.store.inbox import Inbox
from assistant.store.threads import Threads
from assistant.store.turns import Turns

US = Identity("T1", "UBOT", "BBOT")
MESSAGE = {"type": "message", "channel": "C1", "channel_type": "channel", "user": "U1"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def posts(engine: Engine) -> Posts:
    reception = Reception(Inbox(engine), Turns(engine), lambda: None)
    # A client without an address: whatever is said to Slack here fails.
    return Posts(reception, Threads(engine), US, WebClient(base_url="http://127.0.0.1:9/"))


@pytest.fixture
def statements(engine: Engine) -> list[str]:
    held: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        held.append(statement)

    sqlalchemy_event.listen(engine, "before_cursor_execute", note)
    return held


def hear(posts: Posts, **fields: Any) -> None:
    message = {**MESSAGE, **fields}
    posts.on_message({"event_id": f"Ev{message['ts']}", "team_id": "T1"}, message)


def test_a_message_that_begins_a_thread_without_naming_us_costs_nothing(
    posts: Posts, statements: list[str]
) -> None:
    hear(posts, ts="1.0", text="our plan")
    assert statements == []


@pytest.mark.parametrize("user", ["U1", "U2"])
def test_a_message_in_a_thread_that_is_not_for_us_costs_one_look(
    posts: Posts, statements: list[str], user: str
) -> None:
    hear(posts, ts="2.0", thread_ts="1.0", text="a good one", user=user)
    assert len(statements) == 1
    assert statements[0].startswith("SELECT")


def test_what_apps_write_costs_nothing(posts: Posts, statements: list[str]) -> None:
    hear(posts, ts="2.0", thread_ts="1.0", text="<@UBOT> green", bot_id="B9")
    assert statements == []


def test_a_third_person_is_noted_once(posts: Posts, engine: Engine, statements: list[str]) -> None:
    hear(posts, ts="1.0", text="<@UBOT> what is an output?")
    hear(posts, ts="2.0", thread_ts="1.0", text="well", user="U2")
    statements.clear()
    hear(posts, ts="3.0", thread_ts="1.0", text="well", user="U2")
    assert len(statements) == 1
    assert Inbox(engine).counts() == {"received": 1}
