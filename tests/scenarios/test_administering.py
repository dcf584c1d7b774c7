"""What administrators do in Slack: commands, buttons and the Home tab, over real sockets."""

import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from assistant.domain.errors import CorpusError
from assistant.domain.releases import Action, AuditEntry, Progress, Step
from assistant.slack.app import SlackBot
from assistant.slack.home.page import HOW_IT_WORKS
from assistant.slack.shown import admin_sentences
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack_limits import buttons, seen, texts

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

COMMAND = "/commissioning-admin"
ADMINISTRATOR = "U1ANN"


def said(slack: FakeSlack, text: str = "", user: str = ADMINISTRATOR) -> str:
    """Type the command and return what its sender alone is shown."""
    before = len(slack.shown_alone(user))
    slack.command(user, COMMAND, text)
    return seen(slack.wait_for_reply(user, before + 1).text)


@pytest.mark.parametrize("text", ["", "help"])
def test_the_command_alone_says_what_can_be_typed_and_gives_buttons(
    slack: FakeSlack, text: str
) -> None:
    assert "reload allow-shrink" in said(slack, text)
    (shown,) = slack.shown_alone(ADMINISTRATOR)
    labels = [each["text"]["text"] for each in buttons(shown.blocks)]
    assert labels == ["Status", "Preview", "Reload", "Roll back", "Snapshots", "Failed documents"]


def test_what_is_not_known_is_told_so_with_what_is(slack: FakeSlack) -> None:
    shown = said(slack, "explode <!channel> now")
    assert shown.startswith("I do not know")
    assert "<!" not in shown
    assert "- status" in shown or "status: what is live" in shown


def test_the_status_says_what_is_live_and_how_the_last_reload_ended(slack: FakeSlack) -> None:
    shown = said(slack, "status")
    assert "Live: snapshot-004, made " in shown
    assert "2 documents, 5 passages, 0 definitions" in shown
    assert "Last reload: went live, by " in shown
    assert "1 added" in shown
    assert "2 of 2 golden questions went well" in shown
    assert "bad.pdf cannot be read." in shown


def test_a_preview_says_in_the_direct_message_what_a_reload_would_do(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    train.documents["new.md"] = "one\ntwo"
    assert said(slack, "preview") == admin_sentences.IN_DIRECT_MESSAGE
    report = slack.wait_for_direct(ADMINISTRATOR, "A reload would give")
    assert "1 added" in seen(report["text"])
    assert "new.md, 2 of 2 passages to prepare for the search" in seen(report["text"])
    assert "2 of 7 passages would be prepared for the search" in seen(report["text"])
    assert "bad.pdf cannot be read." in seen(report["text"])
    assert len(train.snapshots()) == 2


def test_a_reload_reports_in_one_message_what_changed_what_failed_and_the_gate(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    train.documents["new.md"] = "one\ntwo"
    said(slack, "reload")
    report = slack.wait_for_direct(ADMINISTRATOR, "is live")
    assert report["edited"]
    assert len(slack.told_directly(ADMINISTRATOR)) == 1
    for words in ("1 added", "2 of them newly", "bad.pdf", "passed its tests", "It took"):
        assert words in seen(report["text"])
    assert train.snapshots()[0].is_live


def test_progress_shows_in_the_same_message_and_not_too_often(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    may_end = threading.Event()
    train.while_reloading = lambda: may_end.wait(60)
    train.documents["new.md"] = "one"
    said(slack, "reload")
    slack.wait_for_direct(ADMINISTRATOR, "4 of 4 documents are done")
    may_end.set()
    slack.wait_for_direct(ADMINISTRATOR, "is live")
    assert len(slack.told_directly(ADMINISTRATOR)) == 1
    *ticks, _ = [call.at for call in slack.calls_of("chat.update")]
    assert all(later - earlier >= 1.9 for earlier, later in pairwise(ticks))


def test_a_shut_gate_says_why_and_leaves_the_live_snapshot(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    live = train.snapshots()[0].snapshot
    train.documents.clear()
    train.documents["one.md"] = "one"
    train.gate_failures = ("The question of the cycle is not answered any more.",)
    said(slack, "reload")
    report = slack.wait_for_direct(ADMINISTRATOR, admin_sentences.GATE_SHUT)
    assert "The question of the cycle is not answered any more." in seen(report["text"])
    assert train.snapshots()[0].snapshot == live
    channel = slack.direct_channel(ADMINISTRATOR)
    train.gate_failures = ()
    slack.press_button(ADMINISTRATOR, "Reload, allow to shrink", report["blocks"], report, channel)
    slack.wait_for_direct(ADMINISTRATOR, "is live")


def test_a_corpus_that_shrank_goes_in_only_with_the_word_for_it(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    train.documents.clear()
    said(slack, "reload")
    slack.wait_for_direct(ADMINISTRATOR, "less than half of its documents")
    said(slack, "RELOAD  Allow-Shrink")
    slack.wait_for_direct(ADMINISTRATOR, "is live")


def test_a_second_reload_is_told_who_is_at_it_and_the_status_shows_it(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    may_end = threading.Event()
    train.while_reloading = lambda: may_end.wait(60)
    train.documents["new.md"] = "one"
    said(slack, "reload")
    slack.wait_until(lambda: train.running() is not None)
    assert "Under way: Reload by " in said(slack, "status")
    said(slack, "reload", "U3CAT")
    slack.wait_for_direct("U3CAT", "U1ANN is at it already")
    may_end.set()
    slack.wait_for_direct(ADMINISTRATOR, "is live")


def test_a_roll_back_goes_to_the_snapshot_before_or_to_the_one_that_is_named(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    said(slack, "rollback")
    slack.wait_for_direct(ADMINISTRATOR, "snapshot-002 is live again")
    said(slack, "rollback snapshot-004")
    slack.wait_for_direct(ADMINISTRATOR, "snapshot-004 is live again")
    said(slack, "rollback snapshot-999")
    slack.wait_for_direct(ADMINISTRATOR, "There is no snapshot snapshot-999.")


def test_snapshots_are_listed_each_with_a_button_that_goes_back_to_it(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    shown = said(slack, "snapshots")
    assert shown.index("snapshot-004, live") < shown.index("snapshot-002, made")
    (ephemeral,) = slack.shown_alone(ADMINISTRATOR)
    (button,) = buttons(ephemeral.blocks)
    assert button["confirm"]["text"]["text"].startswith("snapshot-002")
    slack.press_button(ADMINISTRATOR, "Roll back to this", ephemeral.blocks, {"ts": "1.1"}, "C1")
    slack.wait_for_direct(ADMINISTRATOR, "snapshot-002 is live again")


def test_failed_documents_are_listed_with_their_reasons(slack: FakeSlack) -> None:
    assert "bad.pdf cannot be read." in said(slack, "failed")


def test_a_purge_asks_first_and_then_says_what_was_checked(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    assert said(slack, "purge cycle.md").startswith("Purge cycle.md?")
    assert "cycle.md" in train.documents
    (shown,) = slack.shown_alone(ADMINISTRATOR)
    assert next(buttons(shown.blocks))["confirm"]
    slack.press_button(ADMINISTRATOR, "Purge it", shown.blocks, {"ts": "1.1"}, "C1")
    report = slack.wait_for_direct(ADMINISTRATOR, "cycle.md is gone.")
    assert "Looked for: 3 sentences, 3 vectors." in seen(report["text"])
    assert "cycle.md" not in train.documents


def test_a_long_list_is_cut_and_the_whole_of_it_is_sent_as_a_file(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    for number in range(46):
        train.documents[f"bad-{number:02d}.pdf"] = "broken"
    said(slack, "reload")
    report = slack.wait_for_direct(ADMINISTRATOR, "and 35 more")
    assert "bad-45.pdf" not in seen(report["text"])
    slack.wait_until(lambda: any("files" in each for each in slack.told_directly(ADMINISTRATOR)))
    (sent,) = [each for each in slack.told_directly(ADMINISTRATOR) if "files" in each]
    assert sent["thread_ts"] == report["ts"]
    whole = slack.content_of(sent["files"][0]["id"]).decode()
    assert all(f"bad-{number:02d}.pdf cannot be read." in whole for number in range(46))
    assert "and 35 more" in said(slack, "failed")
    slack.wait_until(lambda: sum("files" in m for m in slack.told_directly(ADMINISTRATOR)) == 2)


def test_a_failure_that_is_known_is_its_sentence_and_one_that_is_not_a_reference(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    def fail(error: Exception) -> Callable[[], None]:
        def raise_it() -> None:
            raise error

        return raise_it

    train.while_reloading = fail(CorpusError("The folder <!channel> cannot be read."))
    said(slack, "reload")
    told = slack.wait_for_direct(ADMINISTRATOR, "cannot be read")
    assert "<!channel>" not in told["text"]
    train.while_reloading = fail(ZeroDivisionError("secret"))
    said(slack, "reload")
    told = slack.wait_for_direct(ADMINISTRATOR, "Reference: ")
    assert "secret" not in told["text"]
    train.while_reloading = lambda: None
    train.documents["new.md"] = "one"
    said(slack, "reload")
    slack.wait_for_direct(ADMINISTRATOR, "is live")


def test_nothing_of_it_is_ever_posted_to_a_channel(slack: FakeSlack, train: ScriptedTrain) -> None:
    for text in ("", "status", "preview", "snapshots", "failed", "purge cycle.md", "rollback"):
        said(slack, text)
    slack.wait_for_direct(ADMINISTRATOR, "is live again")
    channels = {call.arguments["channel"] for call in slack.calls_of("chat.postMessage")}
    assert channels == {slack.direct_channel(ADMINISTRATOR)}


def test_every_command_and_button_is_acknowledged_before_anything_is_done(
    slack: FakeSlack, bot: SlackBot
) -> None:
    # Who would wait for Slack to say who this is would wait for longer than the test does.
    bot._administration._direct.courtesy.timeout = 60
    is_known = threading.Event()
    with slack.failing("users.info", Fault("late", seconds=60, until=is_known)):
        typed = slack.command(ADMINISTRATOR, COMMAND, "reload")
        pressed = slack.press(ADMINISTRATOR, "administration.status", "status")
        unknown = slack.press(ADMINISTRATOR, "something.else", "x")
        opened = slack.open_messages_tab(ADMINISTRATOR, "home")
        try:
            for envelope in (typed, pressed, unknown, opened):
                slack.wait_for_acknowledgement(envelope)
            assert slack.calls_of("users.info") == []
        finally:
            is_known.set()


def test_what_cannot_be_reported_at_its_place_is_reported_anew(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    train.documents["new.md"] = "one"
    with slack.failing("chat.update", Fault("error", error="message_not_found")):
        said(slack, "reload")
        slack.wait_for_direct(ADMINISTRATOR, "is live")
    assert len(slack.told_directly(ADMINISTRATOR)) == 2


def test_what_cannot_be_said_to_have_begun_is_not_done(
    slack: FakeSlack, bot: SlackBot, train: ScriptedTrain
) -> None:
    train.documents["new.md"] = "one"
    before = train.snapshots()[0].snapshot
    slack.fail_next("chat.postMessage", Fault("error", error="restricted_action"))
    slack.command(ADMINISTRATOR, COMMAND, "reload")
    slack.wait_until(lambda: slack.faults_left("chat.postMessage") == 0)
    assert "Under way" not in said(slack, "status")
    bot.stop()
    assert train.snapshots()[0].snapshot == before


def test_the_home_tab_of_an_administrator_shows_how_the_corpus_stands(slack: FakeSlack) -> None:
    slack.open_messages_tab(ADMINISTRATOR, "home")
    slack.wait_until(lambda: ADMINISTRATOR in slack.homes)
    blocks = slack.homes[ADMINISTRATOR]["blocks"]
    shown = seen("\n".join(texts(blocks)))
    for words in ("snapshot-004", "2 documents", "Last reload", "bad.pdf cannot be read."):
        assert words in shown
    assert HOW_IT_WORKS in shown, "what a snapshot and a reload are is said first"
    assert not any(word in shown for word in ("embed", "ingest", "gate "))
    labels = [each["text"]["text"] for each in buttons(blocks)]
    assert labels.count("Roll back to this") == 1
    assert all(each.get("confirm") for each in buttons(blocks) if "Roll back" in str(each["text"]))


def test_the_home_tab_is_shown_anew_after_an_action(slack: FakeSlack, train: ScriptedTrain) -> None:
    slack.open_messages_tab(ADMINISTRATOR, "home")
    slack.wait_until(lambda: ADMINISTRATOR in slack.homes)
    blocks = slack.homes[ADMINISTRATOR]["blocks"]
    slack.press_button(ADMINISTRATOR, "Roll back to this", blocks)
    slack.wait_for_direct(ADMINISTRATOR, "snapshot-002 is live again")
    slack.wait_until(lambda: "Live: snapshot-002" in str(slack.homes[ADMINISTRATOR]))


def test_a_reload_of_another_process_shows_in_the_home_tab_with_its_progress(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    may_end = threading.Event()
    train.while_reloading = lambda: may_end.wait(60)
    said(slack, "reload", "U3CAT")
    slack.wait_until(lambda: train.running() is not None)
    slack.open_messages_tab(ADMINISTRATOR, "home")
    slack.wait_until(lambda: "Under way: " in str(slack.homes.get(ADMINISTRATOR)))
    may_end.set()


def test_a_name_in_a_document_is_only_words_wherever_it_is_shown(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    evil = "<!channel> *x* <https://evil.example|y>\n- two @here.md"
    train.documents[evil] = "broken"
    said(slack, "reload")
    slack.wait_for_direct(ADMINISTRATOR, "Nothing has changed")
    said(slack, "failed")
    shown = slack.shown_alone(ADMINISTRATOR)[-1].text
    said(slack, "preview")
    slack.wait_for_direct(ADMINISTRATOR, "Would be refused")
    for text in (shown, *(each["text"] for each in slack.told_directly(ADMINISTRATOR))):
        assert "<!" not in text
        assert "<http" not in text
        assert "@here" not in text
    assert "\n- two" not in shown
    for blocks in [each["blocks"] for each in slack.told_directly(ADMINISTRATOR)]:
        assert "mrkdwn" not in str(blocks)


def test_actions_are_in_the_audit_log(slack: FakeSlack, train: ScriptedTrain) -> None:
    for text in ("status", "snapshots", "failed", "preview", "rollback", "purge outcome.md"):
        said(slack, text)
    slack.wait_for_direct(ADMINISTRATOR, "is live again")
    slack.wait_until(lambda: len(train.entries) == 6)
    done = [(e.actor.id, e.actor.surface, e.action, e.target) for e in train.entries]
    for action, target in (
        (Action.STATUS, "status"),
        (Action.STATUS, "snapshots"),
        (Action.STATUS, "failed"),
        (Action.PURGE, "outcome.md"),
    ):
        assert (ADMINISTRATOR, "Slack", action.value, target) in done
    actions = [entry.action for entry in train.entries]
    assert Action.PREVIEW.value in actions
    assert Action.ROLL_BACK.value in actions


def test_an_estimate_is_part_of_the_progress() -> None:
    shown = admin_sentences.progress("Reload", Progress(Step.EMBED, 1200, 20000, 175.0))
    assert shown == (
        "Reload: step 2 of 4, preparing passages for the search. 1,200 of 20,000 passages are "
        "done. Time left: about 3 minutes."
    )


def test_what_cannot_be_noted_is_not_shown_and_the_reply_says_why(
    slack: FakeSlack, train: ScriptedTrain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: AuditEntry) -> None:
        raise CorpusError("The audit log cannot be written; look at the disk.")

    monkeypatch.setattr(train, "audit", fail)
    assert "The audit log cannot be written" in said(slack, "snapshots")


def test_a_button_pressed_while_too_much_waits_is_told_so(
    slack: FakeSlack, bot: SlackBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot._administration._errands, "begin", lambda _: False)
    slack.press(ADMINISTRATOR, "administration.status", "status")
    slack.wait_for_direct(ADMINISTRATOR, admin_sentences.BUSY)
