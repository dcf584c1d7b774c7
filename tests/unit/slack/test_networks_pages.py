"""A press that comes to nothing is answered all the same."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from assistant.language import say
from assistant.slack.api.errands import MOST_WAITING, Errands
from assistant.slack.networks.verifying_pages import BUSY, Pages, Pressed, sentence_view
from assistant.slack.rights.directory import Directory
from tests.fakes.fake_slack import BOT_TOKEN, FakeSlack
from tests.fakes.slack_limits import seen, texts

pytestmark = pytest.mark.sockets


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        yield fake


def test_who_presses_while_too_much_waits_is_told_so(slack: FakeSlack) -> None:
    client = WebClient(BOT_TOKEN, base_url=slack.url, retry_handlers=[])
    errands = Errands(0)
    pages = Pages(client, client, Directory(client), errands)
    for _ in range(MOST_WAITING):
        assert errands.begin(lambda: None)
    pressed = Pressed("U1ANN", "1", slack.new_trigger())
    pages.open(pressed, lambda: sentence_view("Never made."))
    assert say(BUSY) in seen("\n".join(texts(slack.modals[-1]["blocks"])))
