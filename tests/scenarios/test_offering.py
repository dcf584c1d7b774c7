"""A file in a direct message of an administrator: offered, filled in, and through the train."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assistant.domain.errors import CorpusError
from assistant.settings import Settings
from assistant.slack.shown import admin_sentences
from assistant.store.database import Engine
from tests.fakes.fake_slack import BOT_TOKEN, FakeSlack, Fault
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack_limits import buttons, seen
from tests.scenarios.conftest import Guidance
from tests.scenarios.waiting import at_rest

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

ANN = "U1ANN"
LABEL = "Offer for the corpus\u2026"
SOON = (datetime.now(UTC) + timedelta(days=400)).date().isoformat()


@pytest.fixture
def file(slack: FakeSlack) -> dict[str, Any]:
    return slack.add_file("Outcomes_2026.md", b"one\ntwo")


def send(slack: FakeSlack, *files: dict[str, Any], text: str = "", user: str = ANN) -> Any:
    """Send files in a direct message; return the post."""
    return slack.direct_message(user, text, subtype="file_share", files=list(files))


def opened(slack: FakeSlack, *files: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Send files, press the first one's button; return the post and the form."""
    posted = send(slack, *files)
    invitation = slack.wait_for_answer(posted)
    slack.press_button(ANN, LABEL, invitation["blocks"], invitation, posted.channel)
    return posted, slack.wait_for_modal()


def submitted(slack: FakeSlack, *files: dict[str, Any], **filled: dict[str, Any]) -> Any:
    """Send files, fill in the first one's form and submit it; return the post."""
    posted, form = opened(slack, *files)
    envelope = slack.submit(ANN, form, **filled)
    slack.wait_for_acknowledgement(envelope)
    assert slack.replied[envelope] == {}
    return posted


def outcome(slack: FakeSlack, words: str) -> str:
    """Wait for the report that holds these words; return it as a person sees it."""
    return seen(slack.wait_for_direct(ANN, words)["text"])


def test_an_administrators_file_is_offered_in_its_thread(
    slack: FakeSlack, file: dict[str, Any], guidance: Guidance
) -> None:
    invitation = slack.wait_for_answer(send(slack, file))
    assert seen(invitation["text"]).startswith(admin_sentences.OFFER_INVITATION)
    assert "Outcomes_2026.md" in seen(invitation["text"])
    assert "cannot read files" not in invitation["text"]
    assert guidance.asked == []


def test_a_question_with_a_file_is_answered_too(
    slack: FakeSlack, file: dict[str, Any], guidance: Guidance
) -> None:
    posted = send(slack, file, text="what is an outcome?")
    assert "You asked: what is an outcome?" in slack.wait_for_answer(posted)["text"]
    assert list(buttons(slack.wait_for_answer(posted, 2)["blocks"]))
    assert len(slack.answers(posted)) == 2


def test_a_file_in_a_later_message_of_a_thread_is_offered(
    slack: FakeSlack, file: dict[str, Any]
) -> None:
    first = slack.direct_message(ANN, "what is an outcome?")
    slack.wait_for_answer(first)
    slack.direct_message(
        ANN, "", thread_ts=first.ts, subtype="file_share", files=[slack.add_file("b.md", b"x")]
    )
    assert "b.md" in seen(slack.wait_for_answer(first, 2)["text"])


@pytest.mark.parametrize("user", ["U2BEN", "U5GUEST"])
def test_anybody_elses_file_gets_what_it_always_got(
    slack: FakeSlack, file: dict[str, Any], user: str
) -> None:
    slack.add_person("U5GUEST", is_restricted=True)
    answer = slack.wait_for_answer(send(slack, file, user=user))
    assert answer["text"].startswith("What would you like to know of what you sent?")
    assert not list(buttons(answer["blocks"]))


def test_a_file_in_a_channel_is_offered_to_nobody(
    slack: FakeSlack, file: dict[str, Any], engine: Engine
) -> None:
    posted = slack.mention(ANN, "C1", "what is this?", subtype="file_share", files=[file])
    slack.wait_for_answer(posted)
    at_rest(slack, engine)
    assert len(slack.answers(posted)) == 1


def test_several_files_have_a_button_each(slack: FakeSlack) -> None:
    files = [slack.add_file(f"{number}.md", b"x") for number in range(10)]
    invitation = slack.wait_for_answer(send(slack, *files))
    assert len(list(buttons(invitation["blocks"]))) == 8
    assert "and 2 more" in invitation["text"]


def test_the_form_is_filled_in_as_far_as_it_can_be(slack: FakeSlack, file: dict[str, Any]) -> None:
    _, form = opened(slack, file)
    elements = {block["block_id"]: block["element"] for block in form["blocks"]}
    assert elements["title"]["initial_value"] == "Outcomes 2026"
    assert elements["audience"]["initial_option"]["value"] == "internal"
    assert elements["review_by"]["initial_date"] > datetime.now(UTC).date().isoformat()


def test_what_is_offered_goes_through_the_train_with_its_front_matter(
    slack: FakeSlack, file: dict[str, Any], train: ScriptedTrain
) -> None:
    posted = submitted(
        slack,
        file,
        title={"value": " What an\u200b outcome\nis "},
        audience={"selected_option": {"value": "network"}},
        network={"value": "north-west"},
        review_by={"selected_date": SOON},
        owner={"value": "Ann"},
    )
    report = outcome(slack, "is in the corpus now")
    assert report.startswith("\u201cWhat an outcome is\u201d is in the corpus now, as sent/Outc")
    assert "The snapshot passed its tests." in report
    (told,) = [m for m in slack.told_directly(ANN) if "is in the corpus" in m["text"]]
    assert told["thread_ts"] == posted.ts
    assert train.offered == {
        "sent/Outcomes_2026.md": {
            "title": "What an outcome is",
            "audience": "network-north-west",
            "review_by": SOON,
            "owner": "Ann",
        }
    }
    assert train.documents["sent/Outcomes_2026.md"] == "one\ntwo"
    assert train.snapshots()[0].documents == 3
    assert slack.downloads == [(file["id"], BOT_TOKEN)]


@pytest.mark.parametrize(
    ("field", "filled", "sentence"),
    [
        ("title", {"value": " \u200b "}, admin_sentences.TITLE_MISSING),
        ("title", {"value": None}, admin_sentences.TITLE_MISSING),
        ("network", {"value": "north-west"}, admin_sentences.NETWORK_TOO_MUCH),
        ("review_by", {"selected_date": None}, admin_sentences.REVIEW_DATE_MISSING),
        ("review_by", {"selected_date": "2020-01-01"}, admin_sentences.REVIEW_DATE_PAST),
    ],
)
def test_a_mistake_in_the_form_is_a_sentence_at_its_field(
    slack: FakeSlack,
    file: dict[str, Any],
    train: ScriptedTrain,
    field: str,
    filled: dict[str, Any],
    sentence: str,
) -> None:
    _, form = opened(slack, file)
    envelope = slack.submit(ANN, form, **{field: filled})
    slack.wait_for_acknowledgement(envelope)
    assert slack.replied[envelope] == {
        "response_action": "errors",
        "errors": {field: sentence},
    }
    assert train.offered == {}


@pytest.mark.parametrize("name", ["", "North West", "a/b", "x" * 41, "../internal"])
def test_a_network_needs_a_name_that_is_one(
    slack: FakeSlack, file: dict[str, Any], name: str
) -> None:
    _, form = opened(slack, file)
    chosen = {"selected_option": {"value": "network"}}
    envelope = slack.submit(ANN, form, audience=chosen, network={"value": name})
    slack.wait_for_acknowledgement(envelope)
    assert slack.replied[envelope]["errors"] == {"network": admin_sentences.NETWORK_MISSING}


def test_what_the_gate_refuses_is_taken_back_and_the_reason_told(
    slack: FakeSlack, file: dict[str, Any], train: ScriptedTrain
) -> None:
    train.gate_failures = ("The question of the cycle is not answered any more.",)
    submitted(slack, file)
    report = outcome(slack, "was not taken in")
    assert "nothing of it was kept" in report
    assert "The question of the cycle is not answered any more." in report
    assert train.offered == {}
    assert "sent/Outcomes_2026.md" not in train.documents


def test_a_file_that_cannot_be_read_is_taken_back_and_the_reason_told(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    submitted(slack, slack.add_file("Outcomes.md", b"broken"))
    report = outcome(slack, "was not taken in")
    assert "sent/Outcomes.md cannot be read." in report
    assert train.offered == {}


@pytest.mark.parametrize("error", [CorpusError("The disk is full."), ZeroDivisionError("secret")])
def test_when_the_reload_fails_the_file_is_taken_back(
    slack: FakeSlack, file: dict[str, Any], train: ScriptedTrain, error: Exception
) -> None:
    def fail() -> None:
        raise error

    train.while_reloading = fail
    submitted(slack, file)
    known = isinstance(error, CorpusError)
    report = outcome(slack, "The disk is full." if known else "Reference: ")
    assert "secret" not in report
    assert train.offered == {}


def test_while_a_reload_is_under_way_nothing_is_offered(
    slack: FakeSlack, file: dict[str, Any], train: ScriptedTrain
) -> None:
    may_end = threading.Event()
    train.while_reloading = lambda: may_end.wait(60)
    slack.command("U3CAT", "/commissioning-admin", "reload")
    slack.wait_until(lambda: train.running() is not None)
    submitted(slack, file)
    assert admin_sentences.RELOAD_UNDER_WAY in outcome(slack, "was not taken in")
    assert train.offered == {}
    may_end.set()


def test_a_kind_of_file_that_is_not_read_is_told_so(slack: FakeSlack, train: ScriptedTrain) -> None:
    submitted(slack, slack.add_file("outcomes.exe", b"MZ"))
    assert "Files like outcomes.exe cannot be read." in outcome(slack, "was not taken in")


def test_the_file_has_the_name_that_slack_knows_and_not_the_one_of_the_form(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    long_name = "x" * 300 + ".md"
    submitted(slack, slack.add_file(long_name, b"one"))
    outcome(slack, "is in the corpus now")
    assert list(train.offered) == [f"sent/{long_name}"]


@pytest.mark.parametrize(
    "change", ["another host", "a name before an @", "no address", "a file:", "not an address"]
)
def test_the_token_goes_to_no_host_that_is_not_allowed(
    slack: FakeSlack, elsewhere_slack: FakeSlack, train: ScriptedTrain, change: str
) -> None:
    file = elsewhere_slack.add_file("Outcomes.md", b"one")
    url = {
        "another host": file["url_private_download"],
        "a name before an @": f"http://{slack.host}@{elsewhere_slack.host}/files/{file['id']}",
        "no address": "",
        "a file:": "file:///etc/hostname",
        "not an address": "http://[broken",
    }[change]
    submitted(slack, slack.add_file("Outcomes.md", b"one", url_private_download=url))
    report = outcome(slack, "was not taken in")
    assert admin_sentences.FILE_ELSEWHERE in report or admin_sentences.FILE_GONE in report
    assert elsewhere_slack.downloads == []
    assert slack.downloads == []
    assert train.offered == {}


def test_a_redirect_is_not_followed(
    slack: FakeSlack, elsewhere_slack: FakeSlack, train: ScriptedTrain
) -> None:
    there = elsewhere_slack.add_file("Outcomes.md", b"one")
    file = slack.add_file("Outcomes.md", b"one", redirect=there["url_private_download"])
    submitted(slack, file)
    assert admin_sentences.FILE_NOT_GIVEN in outcome(slack, "was not taken in")
    assert elsewhere_slack.downloads == []


def test_slacks_login_page_is_not_taken_for_the_file(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    file = slack.add_file("Outcomes.md", b"one", wants_another_token=True)
    submitted(slack, file)
    assert admin_sentences.FILE_NOT_GIVEN in outcome(slack, "was not taken in")
    assert train.offered == {}


def test_a_saved_web_page_is_taken_although_it_is_one(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    submitted(slack, slack.add_file("Outcomes.md", b"<p>one</p>", mimetype="text/html"))
    outcome(slack, "is in the corpus now")


@pytest.mark.parametrize("found", ["by Slack's word", "while it is fetched"])
def test_a_file_that_is_too_large_is_refused(
    slack: FakeSlack, train: ScriptedTrain, settings: Settings, found: str
) -> None:
    most = settings.offer_megabytes * 1_000_000
    is_told = found == "by Slack's word"
    content = b"x" if is_told else b"x" * (most + 1)
    size = most + 1 if is_told else 1
    submitted(slack, slack.add_file("Outcomes.md", content, size=size))
    assert "larger than 1 MB" in outcome(slack, "was not taken in")
    assert len(slack.downloads) == (0 if is_told else 1)
    assert train.offered == {}


def test_an_empty_file_and_one_that_is_gone_are_told_so(
    slack: FakeSlack, train: ScriptedTrain, file: dict[str, Any]
) -> None:
    submitted(slack, slack.add_file("Empty.md", b""))
    assert admin_sentences.FILE_EMPTY in outcome(slack, "was not taken in")
    slack.fail_next("files.info", Fault("error", error="file_deleted"))
    posted = send(slack, file)
    invitation = slack.wait_for_answer(posted)
    slack.press_button(ANN, LABEL, invitation["blocks"], invitation, posted.channel)
    slack.submit(ANN, slack.wait_for_modal(2))
    assert outcome(slack, admin_sentences.FILE_GONE)


def test_a_form_that_slack_did_not_open_in_time_is_told_so(
    slack: FakeSlack, file: dict[str, Any]
) -> None:
    posted = send(slack, file)
    invitation = slack.wait_for_answer(posted)
    slack.fail_next("views.open", Fault("error", error="expired_trigger_id"))
    slack.press_button(ANN, LABEL, invitation["blocks"], invitation, posted.channel)
    assert slack.wait_for_reply(ANN).text == admin_sentences.OFFER_EXPIRED


def test_who_is_no_administrator_any_more_when_the_form_comes_back_is_refused(
    slack: FakeSlack, file: dict[str, Any], train: ScriptedTrain
) -> None:
    _, form = opened(slack, file)
    slack.change_person(ANN, is_restricted=True)
    slack.submit(ANN, form)
    slack.wait_for_direct(ANN, admin_sentences.NOT_ADMINISTRATOR)
    assert train.offered == {}
    assert slack.downloads == []


def test_when_slack_does_not_tell_of_the_files_the_words_are_answered(
    slack: FakeSlack, file: dict[str, Any], engine: Engine
) -> None:
    slack.fail_next("conversations.replies", Fault("error", error="fatal_error"))
    posted = send(slack, file, text="what is an outcome?")
    assert "You asked: what is an outcome?" in slack.wait_for_answer(posted)["text"]
    at_rest(slack, engine)
    assert slack.faults_left("conversations.replies") == 0
    assert len(slack.answers(posted)) == 1


@pytest.fixture
def elsewhere_slack() -> Iterator[FakeSlack]:
    """Another server, to which nothing of ours may go."""
    with FakeSlack() as other:
        yield other
