"""The application of any WSGI server: it starts at the first request, once."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from assistant import wsgi
from assistant.domain.errors import NoSnapshotError, SettingsError, SlackError
from assistant.wsgi import OnFirstUse, create_app

ROOT = Path(__file__).parents[2]
SECRET = "0123456789abcdef" * 2


def hello(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"hello"]


def status_of(app: Any) -> str:
    answered: list[str] = []
    list(app({}, lambda status, headers, info=None: answered.append(status)))
    return answered[0]


def test_many_first_requests_at_once_start_it_once() -> None:
    starts: list[int] = []

    def start() -> Any:
        starts.append(1)
        time.sleep(0.1)
        return hello, ExitStack()

    app = OnFirstUse(start)
    assert starts == []
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(status_of(app))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers, starts) == (["200 OK"] * 8, [1])


def test_a_start_that_fails_is_logged_and_tried_again_a_moment_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starts: list[int] = []

    def start() -> Any:
        starts.append(1)
        if len(starts) == 1:
            raise SlackError("Slack cannot be reached.")
        return hello, ExitStack()

    app = OnFirstUse(start)
    with capture_logs() as events:
        assert status_of(app).startswith("503")
        assert status_of(app).startswith("503")
    assert starts == [1], "Slack is not asked with every request"
    assert [event["reason"] for event in events] == ["Slack cannot be reached."]
    monkeypatch.setattr(wsgi, "SECONDS_BETWEEN_TRIES", 0.0)
    app = OnFirstUse(start)
    starts.clear()
    assert [status_of(app)[:3], status_of(app)[:3]] == ["503", "200"]


def test_what_was_started_is_ended_with_the_process() -> None:
    code = (
        "from contextlib import ExitStack\nfrom assistant.wsgi import OnFirstUse\n"
        "stack = ExitStack()\nstack.callback(print, 'ended')\n"
        "app = OnFirstUse(lambda: (lambda environ, start: [b'hello'], stack))\n"
        "print(app({}, None))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.splitlines() == ["[b'hello']", "ended"]


@pytest.mark.parametrize(
    "variables",
    [{}, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}],
    ids=["nothing is set", "socket mode"],
)
def test_settings_that_are_not_for_http_are_one_sentence(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match="SLACK_SIGNING_SECRET"):
        create_app()


def test_before_the_first_ingest_a_server_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", SECRET)
    monkeypatch.setenv("ASSISTANT_DATA_DIR", str(tmp_path / "data"))
    with pytest.raises(NoSnapshotError, match="assistant ingest"):
        create_app()
