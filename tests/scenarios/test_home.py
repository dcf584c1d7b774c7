"""The Home tab: for everybody what they can do and have done, for nobody what is not theirs."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from assistant.domain.answers import Answer, AnswerStatus
from assistant.slack.app import SlackBot
from assistant.slack.home.page import (
    LOOK_UP,
    NO_RECENT,
    NO_UNANSWERED,
    SHOW_ANSWER,
    TERM_ACTION,
    WENT_ELSEWHERE,
    WENT_WRONG,
    WHAT,
)
from assistant.slack.home.windows import NOT_OPENED, ONE_MOMENT
from assistant.slack.shown import sentences
from assistant.store.database import Engine
from assistant.store.shares import Shares, Way
from assistant.store.snapshots import SnapshotPointer
from assistant.store.turns import Turns
from tests.fakes.fake_slack import TEAM, FakeSlack, Fault
from tests.fakes.slack_limits import buttons, seen, texts
from tests.scenarios.conftest import SOURCE, Glossary, Guidance
from tests.scenarios.peers import MEMBER, PEERS_CHANNEL, founded
from tests.scenarios.waiting import at_rest

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

INTERNAL = replace(SOURCE, document="secret.md", audience="internal")


def opened(slack: FakeSlack, user: str, words: str = "") -> Mapping[str, Any]:
    """Return the Home tab that `user` sees, once it shows `words`."""
    slack.open_messages_tab(user, "home")
    found: list[Mapping[str, Any]] = []

    def is_there() -> bool:
        found[:] = [slack.homes[user]] if user in slack.homes else []
        return bool(found) and words in shown(found[0])

    slack.wait_until(is_there)
    return found[0]


def shown(view: Mapping[str, Any]) -> str:
    return seen("\n".join(texts(view["blocks"])))


def in_a_window(slack: FakeSlack, words: str) -> str:
    """Return what the newest modal shows, once it shows `words`."""
    found: list[str] = []

    def is_there() -> bool:
        found[:] = [shown(view) for view in slack.modals[-1:]]
        return bool(found) and words in found[0]

    slack.wait_until(is_there)
    return found[0]


def answered(guidance: Guidance, text: str, *citations: Any) -> None:
    guidance.answer = Answer(
        "q", AnswerStatus.ANSWERED, text, citations=tuple(citations), snapshot="s1"
    )


@pytest.fixture
def ask(slack: FakeSlack, engine: Engine) -> Callable[[str, str], None]:
    """Ask a question in a direct message and wait until its answer is kept."""

    def asked(user: str, question: str) -> None:
        slack.wait_for_answer(slack.direct_message(user, question))
        turns = Turns(engine)
        slack.wait_until(
            lambda: any(kept.question == question for kept in turns.of_person(TEAM, user, 1))
        )

    return asked


@pytest.mark.parametrize(
    "user", ["U2BEN", "U5GUEST", "U6AWAY", "U9GONE"], ids=["member", "guest", "away", "unknown"]
)
def test_everyone_sees_what_the_assistant_does_and_nothing_of_the_corpus(
    slack: FakeSlack, user: str
) -> None:
    slack.add_person("U5GUEST", is_restricted=True)
    slack.add_person("U6AWAY", team_id="T9AWAY")
    if user == "U9GONE":
        slack.add_person("U9GONE")
        with slack.failing("users.info", Fault("error", error="user_not_found")):
            words = shown(opened(slack, user, WHAT))
    else:
        words = shown(opened(slack, user, WHAT))
    for internal in ("snapshot", "bad.pdf", "Reload"):
        assert internal not in words
    if user == "U6AWAY":
        assert "glossary" not in words
        assert sentences.OUTSIDER in words


def test_examples_come_when_they_are_known_to_be_answered(slack: FakeSlack, engine: Engine) -> None:
    assert SnapshotPointer(engine).switch("s1", expected=None)
    words = shown(opened(slack, "U2BEN", sentences.PROMPTS[0][1]))
    assert NO_RECENT in words


def test_a_person_finds_their_own_questions_and_nobody_elses(
    slack: FakeSlack, guidance: Guidance, ask: Callable[[str, str], None]
) -> None:
    answered(guidance, "Outcomes last. [1]", replace(SOURCE, audience="public"))
    ask("U1ANN", "What lasts for Ann?")
    ask("U2BEN", "What lasts for Ben?")
    view = opened(slack, "U1ANN", "What lasts for Ann?")
    assert "What lasts for Ben?" not in shown(view)
    slack.press_button("U1ANN", SHOW_ANSWER, view["blocks"])
    assert "The commissioning cycle > Stages" in in_a_window(slack, "Outcomes last.")


def test_somebody_elses_answer_is_not_opened_by_its_number(
    slack: FakeSlack, guidance: Guidance, engine: Engine, ask: Callable[[str, str], None]
) -> None:
    answered(guidance, "Outcomes last. [1]", replace(SOURCE, audience="public"))
    ask("U1ANN", "What lasts for Ann?")
    (kept,) = Turns(engine).of_person(TEAM, "U1ANN", 5)
    slack.press("U2BEN", "home.answer", str(kept.inbox_id))
    in_a_window(slack, "not shown any more")
    assert "Outcomes last." not in str(slack.modals)


def test_who_became_a_guest_no_longer_sees_what_rests_on_internal_documents(
    slack: FakeSlack, guidance: Guidance, ask: Callable[[str, str], None]
) -> None:
    answered(guidance, "It is secret. [1]", INTERNAL)
    ask("U1ANN", "What is secret?")
    view = opened(slack, "U1ANN", "What is secret?")
    slack.change_person("U1ANN", is_restricted=True)
    slack.press_button("U1ANN", SHOW_ANSWER, view["blocks"])
    in_a_window(slack, "not shown any more")
    assert "It is secret." not in str(slack.modals)


def test_shared_answers_are_for_those_who_may_read_what_they_rest_on(
    slack: FakeSlack, guidance: Guidance, engine: Engine, ask: Callable[[str, str], None]
) -> None:
    slack.add_person("U5GUEST", is_restricted=True)
    for text, source in (
        ("It is open. [1]", replace(SOURCE, audience="public")),
        ("It is secret. [1]", INTERNAL),
    ):
        answered(guidance, text, source)
        ask("U1ANN", f"Is it? {text}")
    for kept in Turns(engine).of_person(TEAM, "U1ANN", 5):
        Shares(engine).claim(kept.inbox_id, TEAM, "U1ANN", Way.SAVED)
    member = shown(opened(slack, "U2BEN", "It is open."))
    assert "It is secret." in member
    guest = shown(opened(slack, "U5GUEST", "It is open."))
    assert "secret" not in guest


def test_what_was_shared_in_a_channel_is_for_who_is_in_it(
    slack: FakeSlack, guidance: Guidance, engine: Engine, ask: Callable[[str, str], None]
) -> None:
    slack.add_channel("C7QUIET", "U1ANN", "U2BEN")
    answered(guidance, "It is open. [1]", replace(SOURCE, audience="public"))
    ask("U1ANN", "Who is to leave?")
    (kept,) = Turns(engine).of_person(TEAM, "U1ANN", 5)
    Shares(engine).claim(kept.inbox_id, TEAM, "U1ANN", Way.CHANNEL, "C7QUIET")
    opened(slack, "U2BEN", "Who is to leave?")
    assert "Who is to leave?" not in shown(opened(slack, "U3CAT", WHAT))
    slack.press("U3CAT", "home.answer", str(kept.inbox_id))
    in_a_window(slack, "not shown any more")
    assert "It is open." not in str(slack.modals)


def test_the_glossary_is_searched_while_somebody_types(slack: FakeSlack) -> None:
    slack.add_person("U5GUEST", is_restricted=True)
    view = opened(slack, "U2BEN", "terms are defined")
    for user, expected in (("U2BEN", ["secret"]), ("U5GUEST", [])):
        envelope = slack.look_for(user, TERM_ACTION, "secr", view)
        slack.wait_for_acknowledgement(envelope)
        options = slack.replied[envelope].get("options", [])
        assert [option["value"] for option in options] == expected
    envelope = slack.look_for("U2BEN", TERM_ACTION, "outco", view)
    slack.wait_for_acknowledgement(envelope)
    slack.choose("U2BEN", TERM_ACTION, slack.replied[envelope]["options"][0], view)
    in_a_window(slack, "outcome is what lasts")
    assert {window["title"]["text"] for window in slack.modals} == {LOOK_UP}


def test_a_question_to_a_file_is_listed_without_what_the_file_says(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    guidance.answer = Answer("q", AnswerStatus.UNANSWERABLE_NO_PASSAGE, "I do not know.")
    file = slack.add_file("plan.md", b"# Plan\nOutcomes first.")
    asked = slack.direct_message("U2BEN", "What does it say?", files=[file], subtype="file_share")
    slack.wait_for_answer(asked)
    at_rest(slack, engine)
    view = opened(slack, "U2BEN", "What does it say?")
    assert WENT_ELSEWHERE in shown(view)
    assert "The file says" not in shown(view)
    assert SHOW_ANSWER not in [each["text"]["text"] for each in buttons(view["blocks"])]


def test_a_question_that_failed_is_listed_for_its_asker_and_for_administrators(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    def fail(_: str) -> None:
        raise ValueError("unexpected")

    guidance.before_answering = fail
    slack.wait_for_answer(slack.direct_message("U2BEN", "Who breaks it?"))
    at_rest(slack, engine)
    view = opened(slack, "U2BEN", "Who breaks it?")
    assert WENT_WRONG in shown(view)
    assert SHOW_ANSWER not in [each["text"]["text"] for each in buttons(view["blocks"])]
    administrators = shown(opened(slack, "U3CAT", "Who breaks it?"))
    assert "something went wrong" in administrators
    assert NO_UNANSWERED not in administrators


def test_what_is_not_listed_for_administrators_is_not_said_to_be_answered(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    guidance.answer = Answer("q", AnswerStatus.UNANSWERABLE_NO_PASSAGE, "I will not guess.")
    founded(slack, engine)
    slack.wait_for_answer(slack.mention(MEMBER, PEERS_CHANNEL, "Who knows Saturn?"))
    at_rest(slack, engine)
    words = shown(opened(slack, "U3CAT", NO_UNANSWERED))
    assert "Who knows Saturn?" not in words


def test_typing_a_term_waits_for_nothing_that_slack_was_asked_a_moment_ago(
    slack: FakeSlack,
) -> None:
    view = opened(slack, "U2BEN", "terms are defined")

    def asked() -> int:
        """Return how often Slack was asked of Ben, or of who is where; others' work may go on."""
        of_ben = [c for c in slack.calls_of("users.info") if c.arguments.get("user") == "U2BEN"]
        return len(of_ben) + len(slack.calls_of("conversations.members"))

    before = asked()
    for typed in ("o", "ou", "out", "outc"):
        envelope = slack.look_for("U2BEN", TERM_ACTION, typed, view)
        slack.wait_for_acknowledgement(envelope)
        assert slack.replied[envelope]["options"]
    assert asked() == before


def test_a_term_that_is_longer_than_a_choice_is_found_and_looked_up_whole(
    slack: FakeSlack, glossary: Glossary
) -> None:
    longest = "outcomes-based " * 20 + "commissioning"
    glossary.named = ("output", longest)
    view = opened(slack, "U2BEN", "3 terms are defined")
    envelope = slack.look_for("U2BEN", TERM_ACTION, "outcomes-b", view)
    slack.wait_for_acknowledgement(envelope)
    (choice,) = slack.replied[envelope]["options"]
    slack.choose("U2BEN", TERM_ACTION, choice, view)
    in_a_window(slack, "is what lasts")
    assert [term for term, _ in glossary.asked] == [longest]


def test_an_administrator_sees_questions_without_an_answer(
    slack: FakeSlack, guidance: Guidance, ask: Callable[[str, str], None]
) -> None:
    guidance.answer = Answer("q", AnswerStatus.UNANSWERABLE_NO_PASSAGE, "I will not guess.")
    ask("U2BEN", "Who knows the moon?")
    view = opened(slack, "U3CAT", "Who knows the moon?")
    assert "Preview" in [each["text"]["text"] for each in buttons(view["blocks"])]
    assert "Who knows the moon?" in shown(opened(slack, "U2BEN", "Who knows the moon?"))
    slack.add_person("U4DAN")
    assert "Who knows the moon?" not in shown(opened(slack, "U4DAN"))


def test_what_was_asked_among_a_networks_people_is_not_told_to_administrators(
    slack: FakeSlack, engine: Engine, guidance: Guidance, ask: Callable[[str, str], None]
) -> None:
    guidance.answer = Answer("q", AnswerStatus.UNANSWERABLE_NO_PASSAGE, "I will not guess.")
    founded(slack, engine)
    slack.wait_for_answer(slack.mention(MEMBER, PEERS_CHANNEL, "Who knows Saturn?"))
    ask("U2BEN", "Who knows the moon?")
    assert "Who knows Saturn?" not in shown(opened(slack, "U3CAT", "Who knows the moon?"))


@pytest.mark.parametrize("method", ["views.open", "views.update"])
def test_who_cannot_be_shown_an_answer_is_told_so_in_the_direct_message(
    slack: FakeSlack, guidance: Guidance, ask: Callable[[str, str], None], method: str
) -> None:
    answered(guidance, "Outcomes last. [1]", replace(SOURCE, audience="public"))
    ask("U2BEN", "What lasts?")
    view = opened(slack, "U2BEN", "What lasts?")
    slack.fail_next(method, Fault("error", error="expired_trigger_id"))
    slack.press_button("U2BEN", SHOW_ANSWER, view["blocks"])
    slack.wait_for_direct("U2BEN", NOT_OPENED)


def test_the_window_of_a_term_is_open_before_the_term_is_looked_up(
    slack: FakeSlack, glossary: Glossary
) -> None:
    view = opened(slack, "U2BEN", "terms are defined")
    slack.add_person("U2BEN", team_id="T9AWAY")
    for user, words in (("U2BEN", sentences.OUTSIDER), ("U1ANN", "went wrong")):
        glossary.answer = ValueError("unexpected")
        before = len(slack.modals)
        slack.choose(user, TERM_ACTION, {"value": "outcome"}, view)
        in_a_window(slack, words)
        assert ONE_MOMENT in shown(slack.modals[before])


def test_a_tab_that_slack_does_not_take_is_shown_at_the_next_opening(
    slack: FakeSlack, start_bot: Callable[[], SlackBot]
) -> None:
    slack.fail_next("views.publish", Fault("error", error="internal_error"))
    slack.open_messages_tab("U2BEN", "home")
    slack.wait_until(lambda: slack.faults_left("views.publish") == 0)
    assert WHAT in shown(opened(slack, "U2BEN"))


def test_a_tab_that_was_made_before_something_changed_does_not_come_after_the_one_made_then(
    slack: FakeSlack, guidance: Guidance, ask: Callable[[str, str], None]
) -> None:
    answered(guidance, "Outcomes last. [1]", replace(SOURCE, audience="public"))
    slack.fail_next("views.publish", Fault("late", seconds=2))
    slack.open_messages_tab("U2BEN", "home")
    slack.wait_until(lambda: slack.faults_left("views.publish") == 0)
    ask("U2BEN", "What lasts?")
    slack.open_messages_tab("U2BEN", "home")
    slack.wait_until(lambda: len(slack.calls_of("views.publish")) == 2)
    assert "What lasts?" in shown(slack.homes["U2BEN"])
