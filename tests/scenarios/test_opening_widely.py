"""A verified answer is opened more widely only when its author agrees, and narrowed at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import yaml

from assistant.domain.networks import Lapse, Openness, VerifiedAnswer
from assistant.language import say
from assistant.network.publishing import PeerKnowledge
from assistant.slack.app import SlackBot
from assistant.slack.networks import verifying_desk, verifying_opening
from assistant.slack.networks.verifying_blocks import NARROW_ACTION, RENEW_ACTION, WIDEN_ACTION
from assistant.slack.networks.verifying_news import AGREE_ACTION, DECLINE_ACTION
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from assistant.store.networks.proposals import Proposals
from assistant.store.networks.verified_answers import VerifiedAnswers
from assistant.store.networks.verifying import OpeningState, VerifyingNotes
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.fakes.slack_limits import buttons
from tests.scenarios.peers import (
    AUTHOR,
    CYCLE,
    MEMBER,
    NETWORK,
    OTHER_STEWARD,
    RULES,
    STEWARD,
    entry,
    founded,
    outcomes,
    pressed,
    sent,
    verify,
    words_of,
)

pytestmark = pytest.mark.sockets
ASKED = "would like more people to read"


@pytest.fixture(autouse=True)
def network(slack: FakeSlack, engine: Engine, start_bot: Callable[[], SlackBot]) -> None:
    founded(slack, engine)
    start_bot()


@pytest.fixture
def held(engine: Engine) -> VerifiedAnswer:
    return verify(engine)


def wish(slack: FakeSlack, held: VerifiedAnswer, audience: str = "internal") -> dict[str, Any]:
    form = pressed(slack, STEWARD, WIDEN_ACTION, held.id)
    return sent(slack, STEWARD, form, audience=audience)


def questions(slack: FakeSlack) -> list[dict[str, Any]]:
    """Return the messages that ask the author and have their buttons still."""
    return [each for each in slack.told_directly(AUTHOR) if ASKED in words_of(each)]


def asked(slack: FakeSlack) -> dict[str, Any]:
    return slack.wait_for_direct(AUTHOR, ASKED)


def answer(slack: FakeSlack, action: str, user: str = AUTHOR) -> None:
    press(slack, user, action, asked(slack))


def press(slack: FakeSlack, user: str, action: str, message: dict[str, Any]) -> None:
    """Press a button of the message by which the author was asked."""
    (button,) = (each for each in buttons(message["blocks"]) if each["action_id"] == action)
    slack.press(user, action, str(button["value"]), message, slack.direct_channel(user))


def audience_of(engine: Engine, held: VerifiedAnswer) -> str:
    found = VerifiedAnswers(engine).find(held.id)
    assert found is not None
    return found.audience


def test_an_answer_is_opened_when_its_author_agrees_and_narrowed_without_asking(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer
) -> None:
    assert words_of(wish(slack, held)) == say(verifying_opening.ASKED)
    message = asked(slack)
    assert held.answer in words_of(message)
    assert STEWARD not in str(message["blocks"])
    assert audience_of(engine, held) == NETWORK.audience, "nothing is opened before"
    answer(slack, AGREE_ACTION)
    slack.wait_for_direct(AUTHOR, "You agreed that more people read")
    assert audience_of(engine, held) == "internal"
    slack.wait_for_direct(STEWARD, "The author agreed")
    assert (AUTHOR, "opened, its author agreeing") in outcomes(engine)
    done = pressed(slack, OTHER_STEWARD, NARROW_ACTION, held.id)
    assert words_of(done) == say(verifying_desk.NARROWED)
    assert audience_of(engine, held) == NETWORK.audience
    assert (OTHER_STEWARD, "for the network alone") in outcomes(engine)


@pytest.mark.parametrize("openness", list(Openness))
def test_who_wishes_and_who_agrees_see_the_source_as_readers_will(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer, openness: Openness
) -> None:
    there = Networks(engine).find(NETWORK.team, "elm")
    assert there is not None
    changed = replace(there, openness=openness)
    if changed != there:
        assert Networks(engine).change(changed, entry("changed"), there.changed_at)
    form = pressed(slack, STEWARD, WIDEN_ACTION, held.id)
    sent(slack, STEWARD, form, audience="internal")
    question = asked(slack)
    peers = PeerKnowledge(Networks(engine), VerifiedAnswers(engine), Proposals(engine))
    VerifiedAnswers(engine).open_to(held.id, "internal", entry("opened", ""))
    (document,) = peers.documents()
    experience = yaml.safe_load(document.data.split(b"---")[1])["experience"]
    for shown in (form, question):
        assert f"({experience})" in words_of(shown)
    assert (experience == NETWORK.name) is (openness is not Openness.PRIVATE)


def test_an_old_button_does_not_open_what_was_narrowed(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer
) -> None:
    wish(slack, held)
    message = asked(slack)
    pressed(slack, STEWARD, NARROW_ACTION, held.id)
    before = len(slack.modals)
    press(slack, AUTHOR, AGREE_ACTION, message)
    said = slack.wait_for_modal(before + 2)
    assert words_of(said) == say(verifying_opening.NOT_ASKED)
    assert audience_of(engine, held) == NETWORK.audience


def test_what_its_author_declines_stays(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer
) -> None:
    wish(slack, held, "public")
    answer(slack, DECLINE_ACTION)
    slack.wait_for_direct(AUTHOR, "stays for the network's members")
    slack.wait_for_direct(STEWARD, "The author did not agree")
    assert audience_of(engine, held) == NETWORK.audience
    assert (AUTHOR, "opening declined") in outcomes(engine)


@pytest.mark.parametrize("user", [MEMBER, STEWARD])
def test_nobody_agrees_in_the_authors_place(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer, user: str
) -> None:
    wish(slack, held)
    before = len(slack.modals)
    answer(slack, AGREE_ACTION, user)
    said = slack.wait_for_modal(before + 2)
    assert words_of(said) == say(verifying_opening.NOT_ASKED)
    assert audience_of(engine, held) == NETWORK.audience


def test_without_a_wish_an_author_opens_nothing(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer
) -> None:
    for value in (str(held.id), f"{held.id} 20260101T000000.000000", "", "x y"):
        said = pressed(slack, AUTHOR, AGREE_ACTION, value)
        assert words_of(said) == say(verifying_opening.NOT_ASKED)
    assert audience_of(engine, held) == NETWORK.audience


def test_an_author_agrees_to_the_words_that_they_saw_alone(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer
) -> None:
    wish(slack, held)
    asked(slack)
    form = pressed(slack, OTHER_STEWARD, RENEW_ACTION, held.id)
    sent(slack, OTHER_STEWARD, form, answer_0="Something else [1][2].")
    before = len(slack.modals)
    answer(slack, AGREE_ACTION)
    said = slack.wait_for_modal(before + 2)
    assert words_of(said) == say(verifying_opening.NOT_ASKED)
    assert audience_of(engine, held) == NETWORK.audience


def test_other_words_are_for_the_network_alone_until_their_author_agrees_to_them(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer
) -> None:
    VerifiedAnswers(engine).open_to(held.id, "public", entry("opened", ""))
    form = pressed(slack, STEWARD, RENEW_ACTION, held.id)
    done = sent(slack, STEWARD, form, answer_0="Something else [1][2].")
    assert words_of(done) == say(verifying_desk.CHANGED_AND_NARROWED)
    assert audience_of(engine, held) == NETWORK.audience


def test_an_author_agrees_to_the_readers_of_whom_they_were_told_alone(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer
) -> None:
    wish(slack, held, "internal")
    first = asked(slack)
    assert words_of(wish(slack, held, "public")) == say(verifying_opening.ASKED)
    slack.wait_until(lambda: len(questions(slack)) == 2)
    before = len(slack.modals)
    press(slack, AUTHOR, AGREE_ACTION, first)
    said = slack.wait_for_modal(before + 2)
    assert words_of(said) == say(verifying_opening.NOT_ASKED)
    assert audience_of(engine, held) == NETWORK.audience
    press(slack, AUTHOR, AGREE_ACTION, questions(slack)[-1])
    slack.wait_for_direct(AUTHOR, "You agreed that more people read")
    assert audience_of(engine, held) == "public"


def test_the_wish_of_who_is_no_steward_any_more_opens_nothing_and_keeps_nobody_waiting(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer
) -> None:
    wish(slack, held)
    there = Networks(engine).find(NETWORK.team, "elm")
    assert there is not None
    asked(slack)
    without = replace(there, stewards=(OTHER_STEWARD,))
    assert Networks(engine).change(without, entry("changed"), there.changed_at)
    answer(slack, AGREE_ACTION)
    slack.wait_for_direct(AUTHOR, "Nothing is to be decided here any more")
    assert audience_of(engine, held) == NETWORK.audience
    assert (AUTHOR, "opening not possible any more") in outcomes(engine)
    assert (AUTHOR, "refused") not in outcomes(engine)
    form = pressed(slack, OTHER_STEWARD, WIDEN_ACTION, held.id)
    done = sent(slack, OTHER_STEWARD, form, audience="internal")
    assert words_of(done) == say(verifying_opening.ASKED)


def test_an_author_who_does_not_answer_is_asked_again_after_a_week_and_no_sooner(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer
) -> None:
    wish(slack, held)
    notes = VerifyingNotes(engine)
    first = notes.opening(held.id)
    assert first is not None
    assert "has not answered yet" in words_of(wish(slack, held))
    assert notes.opening(held.id) == first
    week = verifying_opening.PATIENCE
    notes.end_opening(first, OpeningState.TAKEN_BACK, entry("taken back", ""))
    notes.ask_to_open(replace(first, asked_at=first.asked_at - week), entry("asked", ""))
    assert words_of(wish(slack, held)) == say(verifying_opening.ASKED)
    assert (STEWARD, "opening taken back") in outcomes(engine)


def test_only_what_rests_on_passages_that_all_may_read_is_opened(
    slack: FakeSlack, engine: Engine
) -> None:
    inside = verify(engine, citations=(replace(CYCLE, audience="internal"), RULES))
    form = pressed(slack, STEWARD, WIDEN_ACTION, inside.id)
    assert "public" not in str(form["blocks"][0])
    own = verify(engine, citations=(replace(CYCLE, audience=NETWORK.audience),))
    said = pressed(slack, STEWARD, WIDEN_ACTION, own.id)
    assert words_of(said) == say(verifying_opening.NOT_WIDER)
    forged = {**form, "private_metadata": f'{{"number": {own.id}}}'}
    assert words_of(sent(slack, STEWARD, forged, audience="internal")) == words_of(said)
    assert VerifyingNotes(engine).openings() == []


def test_what_lapsed_is_not_opened_before_it_is_renewed(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer
) -> None:
    VerifiedAnswers(engine).lapse(held.id, Lapse.REVIEW_DUE, entry("lapsed", ""))
    said = pressed(slack, STEWARD, WIDEN_ACTION, held.id)
    assert words_of(said) == say(verifying_opening.LAPSED_NOT)


def test_when_its_author_cannot_be_reached_it_stays_and_the_steward_is_told(
    slack: FakeSlack, engine: Engine
) -> None:
    gone = verify(engine, by=replace(verify(engine).by, user="U8GONE"))
    wish(slack, gone)
    told = slack.wait_for_direct(STEWARD, "The author cannot be reached")
    assert gone.question in words_of(told)
    opening = VerifyingNotes(engine).opening(gone.id)
    assert opening is not None
    assert opening.state is OpeningState.UNREACHABLE
    assert audience_of(engine, gone) == NETWORK.audience


def test_an_author_is_asked_once_although_slacks_reply_was_lost(
    slack: FakeSlack, engine: Engine, held: VerifiedAnswer
) -> None:
    VerifyingNotes(engine).take_news(held.id, f"live {held.verified_at:%Y%m%dT%H%M%S.%f}")
    slack.wait_for_direct(AUTHOR, "verified what you said")
    slack.fail_next("chat.postMessage", Fault("lost_reply"))
    wish(slack, held)
    asked(slack)
    slack.wait_until(lambda: slack.faults_left("chat.postMessage") == 0)
    opening = VerifyingNotes(engine).opening(held.id)
    assert opening is not None
    kind = f"opening asked {opening.asked_at:%Y%m%dT%H%M%S.%f}"
    looks = len(slack.calls_of("conversations.history"))
    notes = VerifyingNotes(engine)

    def is_told_when_due_now() -> bool:
        notes.put_off(held.id, kind, timedelta(seconds=-1))
        return (held.id, kind) in notes.told()

    slack.wait_until(is_told_when_due_now, seconds=20)
    assert len(slack.calls_of("conversations.history")) > looks
    assert [ASKED in words_of(each) for each in slack.told_directly(AUTHOR)].count(True) == 1
