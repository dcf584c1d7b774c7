"""Forms are answered in the acknowledgement where that is soon, and else in a form that waits."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt import Ack
from slack_sdk import WebClient
from structlog.testing import capture_logs

from assistant.language import say
from assistant.slack.api import in_time
from assistant.slack.api.errands import MOST_WAITING, Errands
from assistant.slack.api.in_time import FormAnswer, FormsInTime
from assistant.slack.shown.blocks import text_blocks
from assistant.slack.shown.elements import field_block, modal, text_element
from tests.fakes.fake_slack import BOT_TOKEN, FakeSlack
from tests.fakes.slack_limits import seen, texts

pytestmark = pytest.mark.sockets

DONE: FormAnswer = {
    "response_action": "update",
    "view": modal("A form", text_blocks("It is done.")),
}
FORM = {
    **modal("A form", text_blocks("Say it.")),
    "callback_id": "said",
    "submit": {"type": "plain_text", "text": "Say"},
    "blocks": [field_block("words", "Words", text_element("", 100))],
    "state": {"values": {"words": {"words": {"type": "plain_text_input", "value": "Rates."}}}},
}


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        yield fake


@pytest.fixture
def errands() -> Iterator[Errands]:
    made = Errands(1)
    made.start()
    yield made
    made.stop(10)


def forms(slack: FakeSlack, errands: Errands) -> FormsInTime:
    return FormsInTime(errands, WebClient(BOT_TOKEN, base_url=slack.url, retry_handlers=[]))


def answered(one: FormsInTime, work: Callable[[], FormAnswer]) -> dict[str, Any]:
    """Send a form and return what Slack is acknowledged."""
    ack = Ack()  # type: ignore[no-untyped-call]  # Bolt gives it no types
    one.answer(ack, FORM, work)
    assert ack.response is not None
    body = ack.response.body
    return dict(json.loads(body) if isinstance(body, str) else body)


def failing() -> FormAnswer:
    raise KeyError("a fault of ours")


def test_what_is_soon_done_is_answered_at_once(slack: FakeSlack, errands: Errands) -> None:
    assert answered(forms(slack, errands), lambda: DONE) == DONE


def test_while_too_much_waits_a_form_is_answered_all_the_same(slack: FakeSlack) -> None:
    busy = Errands(0)
    for _ in range(MOST_WAITING):
        assert busy.begin(lambda: None)
    assert answered(forms(slack, busy), lambda: DONE) == DONE


def test_a_fault_of_ours_is_no_acknowledgement(slack: FakeSlack, errands: Errands) -> None:
    with pytest.raises(KeyError):
        answered(forms(slack, errands), failing)


def test_a_form_that_waited_for_a_fault_of_ours_comes_back_as_it_was_filled(
    slack: FakeSlack, errands: Errands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_time, "PATIENCE", 0.0)
    one, may_end = forms(slack, errands), threading.Event()

    def failing_later() -> FormAnswer:
        may_end.wait(60)
        return failing()

    with capture_logs() as events:
        waiting = answered(one, failing_later)["view"]
        assert say(in_time.ONE_MOMENT) in seen("\n".join(texts(waiting["blocks"])))
        one.updating.views_open(trigger_id=slack.new_trigger(), view=waiting)
        may_end.set()
        slack.wait_until(lambda: slack.modals[-1].get("callback_id") == FORM["callback_id"])
        errands.stop(10)
    again = slack.modals[-1]
    assert say(in_time.NOT_NOW) in seen("\n".join(texts(again["blocks"])))
    assert again["blocks"][-1]["element"]["initial_value"] == "Rates."
    assert [each["event"] for each in events] == ["form_not_answered"]
