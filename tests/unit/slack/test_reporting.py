"""One message that follows something long, over a loopback Slack."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.domain.releases import Progress, Step
from assistant.settings import Settings, load_settings
from assistant.slack.admin.blocks import Section, Told, sentence_told, told
from assistant.slack.admin.reporting import Direct
from assistant.slack.api.clients import courtesy_client, posting_client, reading_client
from assistant.slack.api.waits import Waits
from assistant.slack.shown import admin_sentences
from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack, Fault

pytestmark = pytest.mark.sockets

DONE = sentence_told("It is done.")


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        fake.add_person("U1ANN")
        yield fake


@pytest.fixture
def direct(slack: FakeSlack, tmp_path: Path) -> Direct:
    settings = load_settings(
        slack_bot_token=BOT_TOKEN, slack_app_token=APP_TOKEN, slack_api_url=slack.url
    )
    return made(settings, tmp_path)


def made(settings: Settings, tmp_path: Path) -> Direct:
    waits = Waits()
    return Direct(
        posting_client(settings, waits),
        reading_client(settings, waits),
        courtesy_client(settings, waits),
        tmp_path / "notes",
        seconds_between=0.1,
    )


def text_of(slack: FakeSlack) -> list[str]:
    return [message["text"] for message in slack.told_directly("U1ANN")]


def at(done: int) -> Progress:
    return Progress(Step.READ, done, 9)


def test_a_report_begins_goes_on_and_ends_in_one_message(slack: FakeSlack, direct: Direct) -> None:
    report = direct.begin("U1ANN", "Reload")
    assert text_of(slack) == ["Reload: begun."]
    report.on_progress(at(3))
    slack.wait_until(lambda: "3 of 9" in text_of(slack)[0])
    report.finish(DONE)
    assert text_of(slack) == ["It is done."]


def test_progress_that_comes_fast_is_shown_at_intervals_and_the_same_only_once(
    slack: FakeSlack, direct: Direct
) -> None:
    report = direct.begin("U1ANN", "Reload")
    for number in range(50):
        report.on_progress(at(min(number, 5)))
        time.sleep(0.01)
    report.finish(DONE)
    assert 1 <= len(slack.calls_of("chat.update")) <= 6


def test_reporting_never_keeps_the_work_waiting(slack: FakeSlack, direct: Direct) -> None:
    report = direct.begin("U1ANN", "Reload")
    may_go_on = threading.Event()
    slack.fail_next("chat.update", Fault("late", seconds=10, until=may_go_on))
    report.on_progress(at(1))
    slack.wait_until(lambda: slack.faults_left("chat.update") == 0)
    for number in range(100):
        report.on_progress(at(number))
    assert slack.calls_of("chat.update") == [], "the first is still on its way"
    may_go_on.set()
    report.finish(DONE)
    slack.wait_until(lambda: len(slack.calls_of("chat.update")) == 2)
    assert text_of(slack) == ["It is done."]


def test_when_slack_asks_to_slow_down_progress_waits_and_the_end_comes(
    slack: FakeSlack, direct: Direct
) -> None:
    report = direct.begin("U1ANN", "Reload")
    slack.fail_next("chat.update", Fault("rate_limited", seconds=60))
    for number in range(5):
        report.on_progress(at(number))
        time.sleep(0.11)
    assert slack.calls_of("chat.update") == []
    report.finish(DONE)
    assert text_of(slack) == ["Reload: begun.", "It is done."]
    assert (slack.early, len(slack.limited)) == ([], 1)


def test_what_does_not_fit_goes_on_in_the_thread(slack: FakeSlack, direct: Direct) -> None:
    report = direct.begin("U1ANN", "Reload")
    items = tuple(f"{number} {'word ' * 40}" for number in range(50))
    said = told([], [Section("Long", items)], most_items=50)
    assert len(said.messages) > 1
    report.finish(said)
    slack.wait_until(lambda: len(text_of(slack)) >= len(said.messages))
    first, *others = slack.told_directly("U1ANN")
    assert {each["thread_ts"] for each in others} == {first["ts"]}


def test_a_list_that_cannot_be_sent_as_a_file_is_said_not_to_be(
    slack: FakeSlack, direct: Direct
) -> None:
    report = direct.begin("U1ANN", "Reload")
    slack.fail_next("files.getUploadURLExternal", Fault("error", error="not_allowed"))
    report.finish(Told(DONE.messages, "everything"))
    slack.wait_until(lambda: admin_sentences.FILE_NOT_SENT.replace(".", "") in text(slack))


def text(slack: FakeSlack) -> str:
    return "\n".join(text_of(slack)).replace(".", "")


def test_when_the_bot_stops_what_has_no_end_is_said_to_be_broken_off(
    slack: FakeSlack, direct: Direct
) -> None:
    ended = direct.begin("U1ANN", "Preview")
    ended.finish(DONE)
    direct.begin("U1ANN", "Reload")
    direct.break_off()
    assert text_of(slack) == ["It is done.", admin_sentences.STOPPED]


def test_what_a_killed_process_left_without_an_end_is_told_at_the_next_start(
    slack: FakeSlack, direct: Direct, tmp_path: Path
) -> None:
    direct.begin("U1ANN", "Preview").finish(DONE)
    direct.begin("U1ANN", "Reload")
    (tmp_path / "notes" / "damaged.json").write_text("{")
    settings = load_settings(
        slack_bot_token=BOT_TOKEN, slack_app_token=APP_TOKEN, slack_api_url=slack.url
    )
    after = made(settings, tmp_path)
    after.tell_of_what_was_broken_off()
    assert text_of(slack) == ["It is done.", admin_sentences.STOPPED]
    assert list((tmp_path / "notes").iterdir()) == []
    after.tell_of_what_was_broken_off()
    assert len(slack.calls_of("chat.update")) == 2


def test_without_a_folder_for_notes_a_report_goes_on_all_the_same(
    slack: FakeSlack, direct: Direct, tmp_path: Path
) -> None:
    (tmp_path / "notes").write_text("in the way")
    report = direct.begin("U1ANN", "Reload")
    report.finish(DONE)
    direct.tell_of_what_was_broken_off()
    assert text_of(slack) == ["It is done."]


def test_an_answer_that_is_lost_does_not_lose_the_end(slack: FakeSlack, direct: Direct) -> None:
    report = direct.begin("U1ANN", "Reload")
    slack.fail_next("chat.update", Fault("lost_reply"), Fault("server_error"))
    report.finish(DONE)
    assert text_of(slack) == ["It is done."]
