"""Who reads a verified answer says that it is wrong or out of date; its network's stewards hear."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.networks import AskedBefore, Origin, Response, ResponseKind, VerifiedAnswer
from assistant.language import say
from assistant.slack.app import SlackBot
from assistant.slack.networks import responding, responding_blocks, responding_form
from assistant.slack.networks.responding_blocks import DEAL_ACTION
from assistant.slack.networks.sharing_blocks import GONE_FOR_YOU
from assistant.slack.networks.verifying_blocks import RENEW_ACTION, RETIRE_ACTION, SHOW_ACTION
from assistant.slack.shown.correct_button import CORRECT_ACTION
from assistant.store.database import Engine
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.networks.verified_answers import VerifiedAnswers
from assistant.store.policies import ChannelPolicy, Policies
from tests.fakes.fake_slack import TEAM, FakeSlack
from tests.fakes.slack_limits import buttons
from tests.scenarios.conftest import SOURCE, Guidance
from tests.scenarios.peers import (
    AUTHOR,
    MEMBER,
    NETWORK,
    OTHER_STEWARD,
    OUTSIDER,
    STEWARD,
    TODAY,
    entry,
    founded,
    in_a_year,
    outcomes,
    pressed,
    sent,
    share,
    verify,
    words_of,
)

pytestmark = pytest.mark.sockets

WHAT = "The Act changed in May."
FILLED = {"what": WHAT, "name": "named", "organisation": "Oak Council"}


@pytest.fixture(autouse=True)
def network(slack: FakeSlack, engine: Engine, start_bot: Callable[[], SlackBot]) -> None:
    founded(slack, engine)
    start_bot()


def held(engine: Engine, origin: Origin = Origin.SHARED, **changed: Any) -> VerifiedAnswer:
    """Have a verified answer that was made of a shared one, or of a captured reply."""
    known = {"inbox_id": 7} if origin is Origin.SHARED else {"inbox_id": None, "call_id": 3}
    shared = share(engine, origin=origin, **known)
    asked = "How are small providers involved?"
    made = verify(engine, origin_id=shared.id, question=asked, **changed)
    PeerAnswers(engine).note_verified(shared.id, made.id)
    return made


def offered(answer: VerifiedAnswer) -> Answer:
    """Return an answer of ours with a verified one below it, as it is recognised."""
    before = AskedBefore(
        question=answer.question,
        text=answer.answer,
        document=answer.document,
        audience=answer.audience,
        network="a peer network",
        author=answer.by.name,
        organisation=answer.by.organisation,
        on=answer.on,
        verified_on=answer.verified_at.date(),
        review_by=answer.review_by,
        answer_id=answer.id,
    )
    text = "Meet them early. [1]"
    answered = AnswerStatus.ANSWERED
    return Answer("q", answered, text, citations=(SOURCE,), asked_before=before)


def pressed_below(
    slack: FakeSlack, user: str, message: Mapping[str, Any], channel: str
) -> dict[str, Any]:
    """Press the button below what was asked before, and return the modal that opens, filled."""
    label, before = say("This is wrong or out of date"), len(slack.modals)
    slack.press_button(user, label, message["blocks"], message, channel)
    return slack.wait_for_modal(before + 2)


def said_of(engine: Engine, answer: VerifiedAnswer) -> Sequence[Response]:
    assert answer.origin_id is not None
    return PeerAnswers(engine).responses(answer.origin_id)


def dealt_with(slack: FakeSlack, engine: Engine, answer: VerifiedAnswer) -> None:
    (said,) = said_of(engine, answer)
    form = pressed(slack, STEWARD, DEAL_ACTION, said.id)
    done = sent(slack, STEWARD, form, remark="We look at it in June.")
    assert words_of(done) == say(responding.DEALT_WITH)


def test_a_member_corrects_what_was_asked_before_and_is_told_what_came_of_it(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    answer = held(engine)
    guidance.answer = offered(answer)
    posted = slack.direct_message(MEMBER, "how do we involve small providers?")
    form = pressed_below(slack, MEMBER, slack.wait_for_answer(posted), posted.channel)
    assert answer.question in words_of(form)
    assert say(responding_form.VERIFIERS_TOLD) in words_of(form)
    assert words_of(sent(slack, MEMBER, form, **FILLED)) == say(responding.THANKS_VERIFIED)
    for steward in (STEWARD, OTHER_STEWARD):
        told = slack.wait_for_direct(steward, WHAT)
        assert "was verified is wrong" in words_of(told)
        assert answer.question in words_of(told)
        assert "Oak Council" in words_of(told)
    (renew,) = [b for b in buttons(told["blocks"]) if b["action_id"] == RENEW_ACTION]
    assert answer.answer in str(pressed(slack, STEWARD, renew["action_id"], renew["value"]))
    (whole,) = [b for b in buttons(told["blocks"]) if b["action_id"] == SHOW_ACTION]
    assert answer.answer in words_of(pressed(slack, STEWARD, SHOW_ACTION, whole["value"]))
    dealt_with(slack, engine, answer)
    end = slack.wait_for_direct(MEMBER, "We look at it in June.")
    assert NETWORK.name in words_of(end)
    assert (MEMBER, ResponseKind.WRONG.value) in outcomes(engine)


def test_in_a_channel_the_press_is_answered_to_who_pressed_alone(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    answer = held(engine)
    guidance.answer = offered(answer)
    posted = slack.mention(STEWARD, "C1", "how do we involve small providers?")
    message = slack.wait_for_answer(posted)
    form = pressed_below(slack, MEMBER, message, "C1")
    assert words_of(sent(slack, MEMBER, form, **FILLED)) == say(responding.THANKS_VERIFIED)
    slack.wait_for_direct(STEWARD, WHAT)
    assert [each.by.user for each in said_of(engine, answer)] == [MEMBER]
    assert len(slack.answers(posted)) == 1
    assert WHAT not in str(slack.message("C1", message["ts"]))


def test_who_is_in_no_network_corrects_what_was_opened_to_them_and_reads_no_networks_name(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    answer = held(engine, audience="internal")
    guidance.answer = offered(answer)
    posted = slack.direct_message(OUTSIDER, "how do we involve small providers?")
    form = pressed_below(slack, OUTSIDER, slack.wait_for_answer(posted), posted.channel)
    thanks = sent(slack, OUTSIDER, form, **FILLED)
    assert words_of(thanks) == say(responding.THANKS_VERIFIED)
    slack.wait_for_direct(STEWARD, WHAT)
    pressed(slack, STEWARD, RETIRE_ACTION, answer.id)
    dealt_with(slack, engine, answer)
    end = slack.wait_for_direct(OUTSIDER, "We look at it in June.")
    for shown in (form, thanks, end):
        assert "Elm Network" not in words_of(shown)
        assert "network-elm" not in str(shown)


def test_a_person_of_another_organisation_corrects_where_it_was_let_in_and_nowhere_else(
    slack: FakeSlack, engine: Engine
) -> None:
    answer = held(engine, audience="public")
    slack.add_person("U8DAN", team_id="T9AWAY", is_stranger=True)
    slack.join("U8DAN", "C1")
    slack.change_channel(
        "C1", is_ext_shared=True, is_shared=True, connected_team_ids=[TEAM, "T9AWAY"]
    )
    policy = ChannelPolicy(
        TEAM,
        "C1",
        opened_for="Elm partners",
        opened_until=in_a_year(),
        opened_teams=("T9AWAY",),
        set_by=STEWARD,
        set_at=datetime.now(UTC),
    )
    assert Policies(engine).set(policy, entry("opened"), None)
    posted = slack.mention(STEWARD, "C1", "how do we involve small providers?")
    message = slack.wait_for_answer(posted)
    before = len(slack.modals)
    slack.press("U8DAN", CORRECT_ACTION, str(answer.id), message, "C1")
    form = slack.wait_for_modal(before + 2)
    assert words_of(sent(slack, "U8DAN", form, **FILLED)) == say(responding.THANKS_VERIFIED)
    slack.wait_for_direct(STEWARD, WHAT)
    dealt_with(slack, engine, answer)
    assert "Elm" not in words_of(slack.wait_for_direct("U8DAN", "We look at it in June."))
    alone = pressed(slack, "U8DAN", CORRECT_ACTION, answer.id)
    assert answer.question not in words_of(alone)


def test_who_may_not_read_it_any_more_is_told_nothing_of_it(
    slack: FakeSlack, engine: Engine
) -> None:
    answer = held(engine, audience="internal")
    form = pressed(slack, OUTSIDER, CORRECT_ACTION, answer.id)
    sent(slack, OUTSIDER, form, **FILLED)
    slack.wait_for_direct(OTHER_STEWARD, WHAT)
    assert VerifiedAnswers(engine).open_to(answer.id, NETWORK.audience, entry("narrowed"))
    dealt_with(slack, engine, answer)

    def is_told() -> bool:
        untold = "SELECT count(*) FROM peer_responses WHERE version > told_version"
        with engine.connect() as connection:
            return connection.exec_driver_sql(untold).scalar() == 0

    slack.wait_until(is_told)
    assert "June" not in str(slack.told_directly(OUTSIDER))


def test_what_is_not_theirs_to_read_and_what_is_not_there_read_the_same(
    slack: FakeSlack, engine: Engine
) -> None:
    answer = held(engine)
    form = pressed(slack, MEMBER, CORRECT_ACTION, answer.id)
    gone = say(GONE_FOR_YOU)
    for value in (answer.id, 999, 0, "elm", ""):
        assert words_of(pressed(slack, OUTSIDER, CORRECT_ACTION, value)) == gone
    assert words_of(sent(slack, OUTSIDER, form, **FILLED)) == gone
    assert VerifiedAnswers(engine).retire(answer.id, entry("retired"))
    assert words_of(pressed(slack, MEMBER, CORRECT_ACTION, answer.id)) == gone
    assert words_of(sent(slack, MEMBER, form, **FILLED)) == gone
    assert said_of(engine, answer) == []


def test_what_is_internal_is_not_for_a_guest_in_the_network(
    slack: FakeSlack, engine: Engine
) -> None:
    answer = held(engine)
    cited = tuple(replace(each, audience="internal") for each in answer.citations)
    assert VerifiedAnswers(engine).revise(replace(answer, citations=cited), entry("revised"))
    slack.add_person("U5GUEST", is_restricted=True)
    slack.join("U5GUEST", NETWORK.channels[0])
    shown = pressed(slack, "U5GUEST", CORRECT_ACTION, answer.id)
    assert words_of(shown) == say(GONE_FOR_YOU)
    assert answer.question in words_of(pressed(slack, MEMBER, CORRECT_ACTION, answer.id))


def test_a_form_is_about_the_answer_that_it_was_opened_for(
    slack: FakeSlack, engine: Engine
) -> None:
    answer = held(engine)
    other = share(engine, inbox_id=8)
    form = pressed(slack, MEMBER, CORRECT_ACTION, answer.id)
    metadata = str(form["private_metadata"])
    about_other = metadata.replace(f'"answer_id": {answer.origin_id}', f'"answer_id": {other.id}')
    assert about_other != metadata
    praise = metadata.replace('"wrong"', '"worked"')
    for forged in (about_other, praise):
        result = sent(slack, MEMBER, {**form, "private_metadata": forged}, **FILLED)
        assert words_of(result) == say(GONE_FOR_YOU)
    assert said_of(engine, answer) == PeerAnswers(engine).responses(other.id) == []


def test_an_answer_that_was_made_of_a_reply_is_corrected_to_the_stewards(
    slack: FakeSlack, engine: Engine
) -> None:
    answer = held(engine, Origin.CAPTURED)
    form = pressed(slack, MEMBER, CORRECT_ACTION, answer.id)
    assert words_of(sent(slack, MEMBER, form, **FILLED)) == say(responding.THANKS_VERIFIED)
    assert "was verified is wrong" in words_of(slack.wait_for_direct(STEWARD, WHAT))
    again = pressed(slack, MEMBER, CORRECT_ACTION, answer.id)
    (back,) = [b for b in buttons(again["blocks"]) if b["action_id"].endswith("take_back")]
    taken = pressed(slack, MEMBER, back["action_id"], back["value"])
    assert words_of(taken) == say(responding.TAKEN_BACK)
    gone = slack.wait_for_direct(STEWARD, say(responding_blocks.CORRECTION_GONE))
    assert WHAT not in words_of(gone)


def test_where_nothing_is_left_to_note_it_at_the_reader_is_told_what_to_do(
    slack: FakeSlack, engine: Engine
) -> None:
    answer = verify(engine)
    shown = pressed(slack, MEMBER, CORRECT_ACTION, answer.id)
    assert words_of(shown) == say(responding.NO_ORIGIN)
    theirs = pressed(slack, OUTSIDER, CORRECT_ACTION, answer.id)
    assert words_of(theirs) == say(GONE_FOR_YOU)


def test_what_was_withdrawn_while_the_form_was_open_is_not_corrected(
    slack: FakeSlack, engine: Engine
) -> None:
    answer = held(engine, review_by=TODAY + timedelta(days=9))
    form = pressed(slack, MEMBER, CORRECT_ACTION, answer.id)
    assert PeerAnswers(engine).withdraw(answer.origin_id or 0, AUTHOR, entry("withdrawn"))
    # It is retired as well, a moment later.
    shown = words_of(pressed(slack, MEMBER, CORRECT_ACTION, answer.id))
    assert shown in (say(responding.NO_ORIGIN), say(GONE_FOR_YOU))
    assert words_of(sent(slack, MEMBER, form, **FILLED)) == say(GONE_FOR_YOU)
    assert said_of(engine, answer) == []


def test_the_whole_answer_from_the_home_tab_is_corrected_too(
    slack: FakeSlack, engine: Engine
) -> None:
    answer = held(engine)
    whole = pressed(slack, MEMBER, SHOW_ACTION, answer.id)
    (button,) = [b for b in buttons(whole["blocks"]) if b["action_id"] == CORRECT_ACTION]
    before = len(slack.modals)
    slack.act(MEMBER, {**button, "type": "button"}, view={**whole, "type": "modal"})
    form = slack.wait_for_modal(before + 2)
    assert words_of(sent(slack, MEMBER, form, **FILLED)) == say(responding.THANKS_VERIFIED)
    slack.wait_for_direct(STEWARD, WHAT)
