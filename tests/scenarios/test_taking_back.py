"""What somebody showed to others on purpose they can take back, and nobody else can."""

from collections.abc import Mapping
from typing import Any

import pytest

from assistant.slack.feedback.shortcuts import SAVE_AS_SHARED, SAVED, SAVED_ALREADY
from assistant.slack.home.page import OWN, SHARED
from assistant.slack.sharing import sharing
from assistant.slack.sharing.blocks import ANEW_LABEL, SHARE_LABEL
from assistant.slack.sharing.taking_back import (
    NOT_DELETED,
    NOT_TO_TAKE_BACK,
    POST_LEFT,
    TAKEN_BACK,
)
from assistant.slack.shown.taking_back import TAKE_BACK, TAKE_BACK_ACTION
from assistant.store.database import Engine
from assistant.store.shares import Shares, Way
from assistant.store.turns import Turns
from tests.fakes.fake_slack import TEAM, Ephemeral, FakeSlack, Fault
from tests.fakes.slack_limits import buttons, seen, texts
from tests.scenarios.conftest import Guidance
from tests.scenarios.test_shared_posts import (
    ADMINISTRATOR,
    ASKER,
    COLLEAGUE,
    QUESTION,
    answers,
    asked_below,
    shared,
    told,
)
from tests.scenarios.waiting import at_rest

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]


def take_back(slack: FakeSlack, shown: Ephemeral, words: str) -> None:
    """Press the button below what the asker alone is told, and wait for the words."""
    slack.press_button(ASKER, TAKE_BACK, shown.blocks, {}, "C1")
    told(slack, ASKER, words)


def home_of(slack: FakeSlack, user: str, words: str = "") -> Mapping[str, Any]:
    slack.homes.pop(user, None)
    slack.open_messages_tab(user, "home")
    slack.wait_until(lambda: user in slack.homes and words in on(slack.homes[user]))
    return slack.homes[user]


def home_without(slack: FakeSlack, user: str, words: str) -> None:
    """Open somebody's Home tab and wait until it does not hold these words, or no more."""
    slack.homes.pop(user, None)
    slack.open_messages_tab(user, "home")
    slack.wait_until(lambda: user in slack.homes and words not in on(slack.homes[user]))


def on(view: Mapping[str, Any]) -> str:
    return seen("\n".join(texts(view["blocks"])))


@pytest.mark.parametrize("text", ["It is a plan. [1]", "A sentence about plans. [1] " * 700])
def test_a_share_is_taken_back_with_every_message_that_shows_it_and_can_be_made_again(
    slack: FakeSlack, guidance: Guidance, engine: Engine, text: str
) -> None:
    shared(slack, guidance, text)
    assert QUESTION in on(home_of(slack, COLLEAGUE, SHARED))
    take_back(slack, told(slack, ASKER, sharing.SHARED), TAKEN_BACK[Way.CHANNEL])
    assert slack.everything_posted() == []
    home_without(slack, COLLEAGUE, QUESTION)
    assert Shares(engine).of_person(TEAM, ASKER, 5) == []
    assert Turns(engine).kept(1) is not None, "it stays the asker's own answer"
    slack.press_button(ASKER, SHARE_LABEL, told(slack, ASKER, SHARE_LABEL).blocks, {}, "C1")
    slack.wait_until(lambda: bool(slack.everything_posted()))


def test_what_others_saved_from_a_shared_post_goes_with_it(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    (post,) = shared(slack, guidance)
    slack.message_shortcut(ADMINISTRATOR, SAVE_AS_SHARED, "C1", post)
    told(slack, ADMINISTRATOR, SAVED)
    take_back(slack, told(slack, ASKER, sharing.SHARED), TAKEN_BACK[Way.CHANNEL])
    assert Shares(engine).latest(TEAM, 5) == []


def test_a_follow_up_below_a_post_that_was_taken_back_knows_nothing_of_it(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    (post,) = shared(slack, guidance)
    asked_below(slack, engine, post)
    take_back(slack, told(slack, ASKER, sharing.SHARED), TAKEN_BACK[Way.CHANNEL])
    asked_below(slack, engine, post)
    assert [turn.question for turn in guidance.asked[-1][1]] == ["who does that then?"]


def test_what_was_asked_for_everyone_is_taken_back_with_its_answer(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    slack.add_person("U9EVE", is_restricted=True)
    slack.join("U9EVE", "C1")
    answers(guidance)
    slack.command(ASKER, "/ask", QUESTION, "C1")
    slack.press_button(ASKER, ANEW_LABEL, told(slack, ASKER, ANEW_LABEL).blocks, {}, "C1")
    slack.wait_until(lambda: len(slack.everything_posted()) == 2)
    at_rest(slack, engine)
    take_back(slack, told(slack, ASKER, sharing.ASKED_ANEW), TAKEN_BACK[Way.ANEW])
    slack.wait_until(lambda: not slack.everything_posted())
    at_rest(slack, engine)
    assert Turns(engine).kept(2) is None
    assert Turns(engine).kept(1) is not None


def test_a_saved_answer_is_taken_back_where_its_saver_was_told_of_it(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    answers(guidance)
    answer = slack.wait_for_answer(slack.mention(ASKER, "C1", QUESTION))
    slack.message_shortcut(ASKER, SAVE_AS_SHARED, "C1", answer)
    told(slack, ASKER, SAVED)
    slack.message_shortcut(ASKER, SAVE_AS_SHARED, "C1", answer)
    take_back(slack, told(slack, ASKER, SAVED_ALREADY), TAKEN_BACK[Way.SAVED])
    assert Shares(engine).latest(TEAM, 5) == []
    assert slack.everything_posted() == [answer], "the answer itself stays"


def test_who_did_not_save_it_is_offered_no_button(slack: FakeSlack, guidance: Guidance) -> None:
    answers(guidance)
    answer = slack.wait_for_answer(slack.mention(ASKER, "C1", QUESTION))
    slack.message_shortcut(ADMINISTRATOR, SAVE_AS_SHARED, "C1", answer)
    told(slack, ADMINISTRATOR, SAVED)
    slack.message_shortcut(ASKER, SAVE_AS_SHARED, "C1", answer)
    assert list(buttons(told(slack, ASKER, SAVED_ALREADY).blocks)) == []


def test_the_home_tab_lists_what_its_reader_showed_to_others_and_takes_it_back(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    shared(slack, guidance)
    assert OWN not in on(home_of(slack, COLLEAGUE))
    view = home_of(slack, ASKER, OWN)
    slack.press_button(ASKER, TAKE_BACK, view["blocks"])
    slack.wait_until(lambda: any(TAKEN_BACK[Way.CHANNEL] in on(each) for each in slack.modals))
    slack.wait_until(lambda: OWN not in on(slack.homes[ASKER]))
    assert slack.everything_posted() == []


def test_a_window_that_slack_opened_without_telling_us_is_filled(
    slack: FakeSlack, guidance: Guidance
) -> None:
    shared(slack, guidance)
    view = home_of(slack, ASKER, OWN)
    slack.fail_next("views.open", Fault("lost_reply"))
    slack.press_button(ASKER, TAKE_BACK, view["blocks"])
    slack.wait_until(lambda: any(TAKEN_BACK[Way.CHANNEL] in on(each) for each in slack.modals))
    assert slack.told_directly(ASKER) == []


@pytest.mark.parametrize("user", [COLLEAGUE, ADMINISTRATOR])
def test_nobody_else_takes_it_back_by_its_number(
    slack: FakeSlack, guidance: Guidance, engine: Engine, user: str
) -> None:
    shared(slack, guidance)
    (share,) = Shares(engine).of_person(TEAM, ASKER, 5)
    slack.press(user, TAKE_BACK_ACTION, str(share.id), {}, "C1")
    told(slack, user, NOT_TO_TAKE_BACK)
    assert len(slack.everything_posted()) == 1
    assert Shares(engine).by_id(share.id) == share


def test_what_slack_does_not_delete_is_not_said_to_be_taken_back(
    slack: FakeSlack, guidance: Guidance
) -> None:
    shared(slack, guidance)
    slack.fail_next("chat.delete", Fault("error", error="internal_error"))
    shown = told(slack, ASKER, sharing.SHARED)
    take_back(slack, shown, NOT_DELETED)
    assert len(slack.everything_posted()) == 1
    take_back(slack, shown, TAKEN_BACK[Way.CHANNEL])
    assert slack.everything_posted() == []
    take_back(slack, shown, NOT_TO_TAKE_BACK)


def test_where_the_assistant_is_no_member_any_more_the_post_is_said_to_stay(
    slack: FakeSlack, guidance: Guidance
) -> None:
    shared(slack, guidance)
    slack.fail_next("chat.delete", Fault("error", error="not_in_channel"))
    take_back(slack, told(slack, ASKER, sharing.SHARED), POST_LEFT)
    home_without(slack, COLLEAGUE, QUESTION)
