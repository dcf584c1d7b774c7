"""The whole program over HTTP, behind a WSGI server in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from assistant.bootstrap import Services
from tests.fakes.fake_slack import BOT_TOKEN, SIGNING_SECRET, FakeSlack, Posted
from tests.fakes.slack_limits import seen

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.sockets]

ROOT = Path(__file__).parents[2]
SERVER = """
import signal, sys
from waitress.server import create_server
from assistant.wsgi import create_app
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = create_server(create_app(), host="127.0.0.1", port=0)
print(server.effective_port, flush=True)
server.run()
"""


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    with FakeSlack(scopes, events=events) as fake:
        fake.add_person("U1ANN")
        yield fake


@contextmanager
def server(slack: FakeSlack, data: Path) -> Iterator[str]:
    """Run a server in a process of its own; give its address."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HF_HUB_OFFLINE")},
        "PYTHONPATH": str(ROOT),
        "ASSISTANT_DATA_DIR": str(data),
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": slack.url,
        "ASSISTANT_SLACK_FILE_HOSTS": slack.host,
    }
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()


def words_of(slack: FakeSlack, posted: Posted) -> str:
    """Wait for the answer; return its words as a person sees them."""
    answer = slack.wait_for_answer(posted, seconds=120)
    assert len(slack.answers(posted)) == 1
    return seen(answer["text"])


def test_a_question_and_a_file_are_answered_behind_a_wsgi_server(
    services: Services, slack: FakeSlack, tmp_path: Path
) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "visits.md").write_text(
        "---\naudience: internal\n---\n# Home visits\n\nA home visit takes about forty minutes.\n"
    )
    services.ingest(folder)
    plan = b"# Our plan\n\nReablement visits start within 48 hours of discharge.\n"
    with server(slack, services.settings.data_dir) as address:
        assert httpx.get(f"{address}/healthz", timeout=120).status_code == 200
        assert slack.deliver_to(f"{address}/slack/events")
        posted = slack.direct_message(
            "U1ANN",
            "When do reablement visits start?",
            subtype="file_share",
            files=[slack.add_file("plan.md", plan)],
        )
        text = words_of(slack, posted)
        assert "From the file you attached, plan.md:" in text
        assert "Reablement visits start within 48 hours of discharge. [1]" in text
        asked = slack.direct_message("U1ANN", "How long does a home visit take?")
        assert "Home visits" in words_of(slack, asked), "the guidance was read too"
    assert not slack.refused
