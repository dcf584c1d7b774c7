"""Every word of ours is of the catalogue: conversations, forms and reports in marked language."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant import language
from assistant.domain.answers import Answer, AnswerStatus
from assistant.settings import Settings
from assistant.slack.app import SlackBot
from assistant.slack.feedback.shortcuts import ASK_ABOUT_THIS, OUT_OF_DATE, SAVE_AS_SHARED
from assistant.slack.home.page import TERM_ACTION
from assistant.store.database import Engine
from assistant.store.turns import Turns
from tests.fakes.fake_slack import TEAM, Ephemeral, FakeSlack, Fault
from tests.fakes.marked_language import outside_marks, speak_in_marks
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack_limits import buttons, seen
from tests.scenarios.conftest import SOURCE, Guidance

pytestmark = pytest.mark.sockets

ASKER, ADMINISTRATOR = "U2BEN", "U1ANN"
COMMAND = "/commissioning-admin"
QUESTION = "77 88?"
ANSWERED = Answer(
    QUESTION,
    AnswerStatus.ANSWERED,
    "123 456. [1]",
    citations=(replace(SOURCE, audience="public"),),
    snapshot="s1",
)
# What documents and people say, and what the train writes down for every reader.
NOT_OURS = (
    "The commissioning cycle > Stages",
    "Example Institute, 2011",
    "The commissioning cycle",
    "Four worlds",
    "is what lasts [1]",
    "commissioning",
    "outcome",
    "output",
    "secret",
    "elm-house",
    "explode",
    "The file says: 1 bytes",
    "bad.pdf cannot be read.",
    "bad.pdf",
    "cycle.md",
    "new.md",
    "7.txt",
    "7.md",
    "7.txt",
    "snapshot-",
    COMMAND,
    "U1ANN",
    "U2BEN",
    "U8DEE",
    "S1ADMINS",
    "S2OTHERS",
    "network-7777",
    "Slack",
    "ben",
    "C1",
)
_SLACKS_OWN = re.compile(
    r"<@[A-Z0-9]+>|<#[A-Z0-9]+>|<https?://[^|>]*\|?|<!date\^\d+\^|\{\w+\}|\bUTC\b"
)
_SHOWN = frozenset(("text", "title", "fallback", "details", "output", "format", "alt_text"))
_OF_THE_TRAIN = re.compile(r"\bSnapshot snapshot-\d+ is live[^.\n]*\.")
_HELD = frozenset({"metadata", "private_metadata"})


@pytest.fixture
def settings(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """The bot speaks a language whose every string is in marks."""
    speak_in_marks(tmp_path / "locale", monkeypatch, "xx")
    yield settings.model_copy(update={"language": "xx"})
    language.speak("en")


def said(node: object, *, shown: bool = False) -> Iterator[str]:
    """Yield every text of a payload that a person sees or hears; a line of pieces is one."""
    if isinstance(node, str) and shown:
        yield node
    elif isinstance(node, list | tuple):
        for item in node:
            yield from said(item, shown=shown)
    elif isinstance(node, Mapping) and node.get("type") == "rich_text_section":
        yield "".join(str(e.get("text") or e.get("fallback") or "") for e in node["elements"])
    elif isinstance(node, Mapping):
        for name, value in node.items():
            if name not in _HELD:
                yield from said(value, shown=name in _SHOWN)


def everything_said(slack: FakeSlack) -> Iterator[str]:
    for call in list(slack.calls):
        yield from said(call.arguments)
    yield from (status for _, _, status in list(slack.statuses))
    for ephemeral in list(slack.ephemeral):
        yield ephemeral.text
        yield from said(ephemeral.blocks)
    for reply in list(slack.replied.values()):
        yield from said(reply)
        yield from said(list((reply.get("errors") or {}).values()), shown=True)


def not_of_the_catalogue(slack: FakeSlack) -> set[str]:
    """Return what was said in words of ours that are in no marks."""
    left = set()
    for text in everything_said(slack):
        plain = outside_marks(_SLACKS_OWN.sub("", html.unescape(seen(text))))
        plain = _OF_THE_TRAIN.sub("", plain)
        for theirs in NOT_OURS:
            plain = plain.replace(theirs, "")
        if re.search(r"[^\W\d_]{2,}", plain):
            left.add(plain.strip())
    return left


def labels(blocks: object) -> list[str]:
    return [each["text"]["text"] for each in buttons(blocks)]


def type_and_wait(
    slack: FakeSlack, text: str, user: str = ADMINISTRATOR, command: str = COMMAND
) -> Ephemeral:
    before = len(slack.shown_alone(user))
    slack.command(user, command, text)
    return slack.wait_for_reply(user, before + 1)


def test_an_answer_its_rating_and_a_refusal(
    slack: FakeSlack, guidance: Guidance, bot: SlackBot
) -> None:
    guidance.answer = ANSWERED
    answer = slack.wait_for_answer(slack.mention(ASKER, "C1", QUESTION))
    slack.rate(ASKER, answer, "C1", helpful=True)
    slack.wait_for_reply(ASKER)
    slack.rate(ASKER, answer, "C1", helpful=False)
    slack.submit(ASKER, slack.wait_for_modal(), reason="outdated", words="99")
    notice = slack.wait_for_direct(ADMINISTRATOR, "99")
    channel = slack.direct_channel(ADMINISTRATOR)
    (deal,) = labels(notice["blocks"])
    slack.press_button(ADMINISTRATOR, deal, notice["blocks"], notice, channel)
    slack.submit(ADMINISTRATOR, slack.wait_for_modal(2), remark="66")
    slack.wait_for_direct(ASKER, "66")
    slack.add_person("U6AWAY", team_id="T9AWAY")
    slack.add_channel("C2", "U1ANN", "U6AWAY", is_ext_shared=True)
    slack.wait_for_answer(slack.mention("U1ANN", "C2", QUESTION))
    slack.wait_for_answer(slack.mention(ASKER, "C1", ""))
    slack.wait_for_answer(slack.mention(ASKER, "C1", "7 " * 1500))
    assert not_of_the_catalogue(slack) == set()


def test_answers_for_one_alone_and_what_is_shared(
    slack: FakeSlack, guidance: Guidance, bot: SlackBot
) -> None:
    guidance.answer = ANSWERED
    shown = type_and_wait(slack, QUESTION, ASKER, "/ask")
    share = labels(shown.blocks)[0]
    slack.press_button(ASKER, share, shown.blocks, {}, "C1")
    slack.wait_for_reply(ASKER, 2)
    slack.press_button(ASKER, share, shown.blocks, {}, "C1")
    slack.wait_for_reply(ASKER, 3)
    slack.wait_for_acknowledgement(slack.command(ASKER, "/ask", " "))
    slack.wait_for_acknowledgement(slack.command(ASKER, "/ask", "7 " * 1500))
    type_and_wait(slack, "outcome", ASKER, "/define")
    type_and_wait(slack, "", ASKER, "/define")
    type_and_wait(slack, "7" * 250, ASKER, "/define")
    with slack.failing("users.info", Fault("error", error="fatal_error")):
        type_and_wait(slack, "outcome", ASKER, "/define")
    assert not_of_the_catalogue(slack) == set()


def test_the_pane_files_and_shortcuts(slack: FakeSlack, guidance: Guidance, bot: SlackBot) -> None:
    guidance.answer = ANSWERED
    slack.open_messages_tab(ASKER)
    file = slack.add_file("7.txt", b"7")
    slack.wait_for_answer(slack.direct_message(ASKER, QUESTION, files=[file]))
    slack.wait_for_answer(slack.direct_message(ADMINISTRATOR, "", files=[file]))
    answer = slack.wait_for_answer(slack.mention(ASKER, "C1", QUESTION))
    for shortcut in (SAVE_AS_SHARED, SAVE_AS_SHARED, OUT_OF_DATE):
        before = len(slack.shown_alone(ASKER)) + len(slack.modals)
        slack.message_shortcut(ASKER, shortcut, "C1", answer)
        slack.wait_until(lambda b=before: len(slack.shown_alone(ASKER)) + len(slack.modals) > b)
    modals = len(slack.modals)
    slack.message_shortcut(ASKER, ASK_ABOUT_THIS, "C1", answer)
    form = slack.wait_for_modal(modals + 1)
    slack.wait_for_acknowledgement(slack.submit(ASKER, form, question=" "))
    assert not_of_the_catalogue(slack) == set()


def test_the_home_tab_of_everybody_and_of_administrators(
    slack: FakeSlack, guidance: Guidance, bot: SlackBot, engine: Engine
) -> None:
    guidance.answer = ANSWERED
    slack.add_person("U6AWAY", team_id="T9AWAY")
    slack.wait_for_answer(slack.direct_message(ASKER, QUESTION))
    slack.wait_until(lambda: bool(Turns(engine).of_person(TEAM, ASKER, 1)))
    for user in (ASKER, ADMINISTRATOR, "U6AWAY"):
        slack.open_messages_tab(user, "home")
        slack.wait_until(lambda user=user: user in slack.homes)
    view = slack.homes[ASKER]
    slack.press_button(ASKER, labels(view["blocks"])[0], view["blocks"])
    slack.wait_for_modal(2)
    term = {"text": {"type": "plain_text", "text": "outcome"}, "value": "outcome"}
    slack.choose(ASKER, TERM_ACTION, term, view)
    slack.wait_for_modal(4)
    slack.press(ASKER, "home.answer", "999")
    slack.wait_for_modal(6)
    assert not_of_the_catalogue(slack) == set()


def test_what_administrators_are_told_at_once(slack: FakeSlack, bot: SlackBot) -> None:
    for typed in ("", "explode", "status", "snapshots", "failed", "purge cycle.md", "feedback"):
        type_and_wait(slack, typed)
    type_and_wait(slack, "status", ASKER)
    assert not_of_the_catalogue(slack) == set()


def test_reports_of_what_takes_long(slack: FakeSlack, bot: SlackBot, train: ScriptedTrain) -> None:
    train.documents["new.md"] = "one\ntwo"
    for count, typed in enumerate(("preview", "reload", "rollback", "purge cycle.md"), start=1):
        slack.wait_until(lambda: train.running() is None)
        shown = type_and_wait(slack, typed)
        if typed.startswith("purge"):
            slack.press_button(ADMINISTRATOR, labels(shown.blocks)[0], shown.blocks, {}, "C1")
        slack.wait_until(lambda count=count: len(reports(slack)) == count)
    bot.stop()
    assert not_of_the_catalogue(slack) == set()


def reports(slack: FakeSlack) -> list[Mapping[str, Any]]:
    return [each for each in slack.told_directly(ADMINISTRATOR) if each.get("edited")]


def test_the_policy_of_a_channel_and_the_form_for_a_file(slack: FakeSlack, bot: SlackBot) -> None:
    slack.command(ADMINISTRATOR, COMMAND, "channel", "C1")
    form = slack.wait_for_modal()
    slack.wait_for_acknowledgement(slack.submit(ADMINISTRATOR, form, networks="No Network"))
    before = len(slack.shown_alone(ADMINISTRATOR))
    slack.submit(ADMINISTRATOR, form, audiences=["public"], networks="elm-house")
    slack.wait_for_reply(ADMINISTRATOR, before + 1)
    type_and_wait(slack, "channels")
    file = slack.add_file("7.md", b"# 7\n\n7")
    invitation = slack.wait_for_answer(slack.direct_message(ADMINISTRATOR, "", files=[file]))
    channel = slack.direct_channel(ADMINISTRATOR)
    (offer,) = labels(invitation["blocks"])
    slack.press_button(ADMINISTRATOR, offer, invitation["blocks"], invitation, channel)
    form = slack.wait_for_modal(2)
    slack.wait_for_acknowledgement(slack.submit(ADMINISTRATOR, form, title=" "))
    slack.submit(ADMINISTRATOR, form, title="7")
    slack.wait_until(
        lambda: any("7.md" in str(each) for each in slack.told_directly(ADMINISTRATOR))
    )
    assert not_of_the_catalogue(slack) == set()


def test_networks_are_made_joined_and_looked_after(slack: FakeSlack, bot: SlackBot) -> None:
    type_and_wait(slack, "", ASKER, "/network")
    slack.command(ADMINISTRATOR, "/network", "new")
    slack.wait_until(lambda: bool(slack.modals) and "name" in str(slack.modals[-1]["blocks"]))
    form = slack.modals[-1]
    filled = {"name": "7777", "purpose": "8888", "openness": "restricted", "channels": ["C1"]}
    for more in ({"stewards": []}, {"stewards": [ADMINISTRATOR], "hours": "x"}):
        slack.wait_for_acknowledgement(slack.submit(ADMINISTRATOR, form, **filled, **more))
    sent = slack.submit(ADMINISTRATOR, form, **filled, stewards=[ADMINISTRATOR])
    slack.wait_for_acknowledgement(sent)
    slack.add_person("U8DEE")
    shown = type_and_wait(slack, "7777", "U8DEE", "/network")
    slack.press_button("U8DEE", labels(shown.blocks)[0], shown.blocks, {}, "C1")
    slack.wait_for_direct(ADMINISTRATOR, "7777")
    page = type_and_wait(slack, "7777", ADMINISTRATOR, "/network")
    for button in list(buttons(page.blocks)):
        if button["action_id"].startswith("managing.") and "confirm" not in button:
            before = len(slack.modals)
            slack.press(ADMINISTRATOR, button["action_id"], button["value"], {}, "C1")
            # First the empty modal, then what it is for.
            slack.wait_until(lambda before=before: len(slack.modals) >= before + 2)
    type_and_wait(slack, "nowhere", "U8DEE", "/network")
    assert not_of_the_catalogue(slack) == set()


def test_a_word_in_no_marks_is_found(slack: FakeSlack, bot: SlackBot, guidance: Guidance) -> None:
    guidance.answer = replace(ANSWERED, note="A sentence of no catalogue.")
    slack.wait_for_answer(slack.mention(ASKER, "C1", QUESTION))
    assert any("A sentence of no catalogue." in said for said in not_of_the_catalogue(slack))
