"""Stewards verify what peers said: who may, what is checked, what comes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from assistant.domain.networks import Lapse, Peer, VerifiedAnswer
from assistant.language import say
from assistant.slack.api import in_time
from assistant.slack.app import SlackBot
from assistant.slack.networks import (
    verifying,
    verifying_blocks,
    verifying_desk,
    verifying_form,
)
from assistant.slack.networks.verifying_blocks import (
    LIST_ACTION,
    NARROW_ACTION,
    RENEW_ACTION,
    RETIRE_ACTION,
    SET_ASIDE_ACTION,
    SET_ASIDES_ACTION,
    SHOW_ACTION,
    TAKE_UP_ACTION,
    VERIFY_ACTION,
    WAITING_ACTION,
)
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.networks.verified_answers import VerifiedAnswers
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.fakes.library_of_sections import ScriptedSections
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack_limits import buttons
from tests.scenarios.peers import (
    AUTHOR,
    CYCLE,
    MEMBER,
    NETWORK,
    OTHER_STEWARD,
    OUTSIDER,
    RULES,
    SHARED,
    STEWARD,
    TODAY,
    entry,
    founded,
    home_of,
    in_a_year,
    outcomes,
    pressed,
    sent,
    share,
    verify,
    words_of,
)

pytestmark = pytest.mark.sockets


@pytest.fixture(autouse=True)
def network(slack: FakeSlack, engine: Engine, start_bot: Callable[[], SlackBot]) -> None:
    founded(slack, engine)
    start_bot()


def verified(engine: Engine) -> Sequence[VerifiedAnswer]:
    return VerifiedAnswers(engine).standing()


def test_a_steward_verifies_a_shared_answer_and_its_author_is_told(
    slack: FakeSlack, engine: Engine
) -> None:
    shared, in_a_year_then = share(engine, note="We met them in May."), in_a_year()
    assert SHARED.question in words_of(home_of(slack, STEWARD))
    form = pressed(slack, STEWARD, VERIFY_ACTION, shared.id)
    assert "Dan, Elm Council" in words_of(form)
    done = sent(slack, STEWARD, form, question="How are small providers involved?")
    assert say(verifying_desk.VERIFIED) in words_of(done)
    (answer,) = verified(engine)
    assert answer.question == "How are small providers involved?"
    assert answer.answer == f"We met them in May.\n{SHARED.answer}"
    assert (answer.by, answer.on, answer.verifier) == (SHARED.by, SHARED.on, STEWARD)
    assert answer.audience == "network-elm"
    assert in_a_year_then <= answer.review_by <= in_a_year()
    assert [each.number for each in answer.citations] == [1, 2]
    assert all(each.digest for each in answer.citations)
    again = PeerAnswers(engine).find(shared.id)
    assert again is not None
    assert again.verified_id == answer.id
    assert (STEWARD, "verified") in outcomes(engine)
    told = slack.wait_for_direct(AUTHOR, "How are small providers involved?")
    assert "We met them in May." in words_of(told)
    assert STEWARD not in str(told["blocks"])
    home_of(slack, STEWARD, lambda home: VERIFY_ACTION not in str(home))


def test_who_is_no_steward_sees_no_button_and_a_forged_one_does_nothing(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain
) -> None:
    shared, held = share(engine), verify(engine)
    assert VERIFY_ACTION not in str(home_of(slack, MEMBER))
    assert RETIRE_ACTION not in str(home_of(slack, MEMBER))
    refused = say(verifying_desk.NOT_YOURS)
    for user in (MEMBER, OUTSIDER):
        for action in (VERIFY_ACTION, SET_ASIDE_ACTION):
            assert words_of(pressed(slack, user, action, shared.id)) == refused
        for action in (RENEW_ACTION, RETIRE_ACTION, NARROW_ACTION, "networks.widen"):
            assert words_of(pressed(slack, user, action, held.id)) == refused
    refusals = [each for each in train.entries if each.outcome == "refused"]
    assert [each.actor.id for each in refusals] == [MEMBER] * 6 + [OUTSIDER] * 6
    assert verified(engine) == [held]
    assert [each.id for each in PeerAnswers(engine).of_network("elm")] == [shared.id]


def test_what_is_not_theirs_and_what_is_not_there_are_refused_in_the_same_words(
    slack: FakeSlack, engine: Engine
) -> None:
    shared, held = share(engine), verify(engine)
    for action, number in ((VERIFY_ACTION, shared.id), (RENEW_ACTION, held.id)):
        theirs = pressed(slack, OUTSIDER, action, number)
        missing = pressed(slack, OUTSIDER, action, 999)
        assert theirs["blocks"] == missing["blocks"]
        assert pressed(slack, STEWARD, action, "999; drop")["blocks"] == missing["blocks"]
    theirs = pressed(slack, OUTSIDER, SHOW_ACTION, held.id)
    assert theirs["blocks"] == pressed(slack, OUTSIDER, SHOW_ACTION, 999)["blocks"]
    for action, value in ((LIST_ACTION, "elm:0"), (SET_ASIDES_ACTION, "elm")):
        theirs = pressed(slack, OUTSIDER, action, value)
        missing = pressed(slack, OUTSIDER, action, value.replace("elm", "oak"))
        assert theirs["blocks"] == missing["blocks"]


def test_an_outsiders_home_shows_nothing_of_the_network(slack: FakeSlack, engine: Engine) -> None:
    share(engine), verify(engine)
    home = str(home_of(slack, OUTSIDER))
    assert "Elm" not in home
    assert say(verifying_blocks.HEADING) not in home


def test_who_is_no_steward_any_more_when_the_form_comes_back_verifies_nothing(
    slack: FakeSlack, engine: Engine
) -> None:
    shared = share(engine)
    form = pressed(slack, STEWARD, VERIFY_ACTION, shared.id)
    networks = Networks(engine)
    there = networks.find(NETWORK.team, "elm")
    assert there is not None
    without = replace(there, stewards=(OTHER_STEWARD,))
    assert networks.change(without, entry("changed"), there.changed_at)
    assert words_of(sent(slack, STEWARD, form)) == say(verifying_desk.NOT_YOURS)
    assert not verified(engine)


def test_what_was_withdrawn_while_the_form_was_open_is_not_verified(
    slack: FakeSlack, engine: Engine
) -> None:
    shared = share(engine)
    form = pressed(slack, STEWARD, VERIFY_ACTION, shared.id)
    assert PeerAnswers(engine).withdraw(shared.id, AUTHOR, entry("withdrawn")) is not None
    assert words_of(sent(slack, STEWARD, form)) == say(verifying_desk.NOT_YOURS)
    assert not verified(engine)


def test_two_stewards_who_verify_the_same_answer_make_one(slack: FakeSlack, engine: Engine) -> None:
    shared = share(engine)
    first = pressed(slack, STEWARD, VERIFY_ACTION, shared.id)
    second = pressed(slack, OTHER_STEWARD, VERIFY_ACTION, shared.id)
    sent(slack, STEWARD, first)
    said = words_of(sent(slack, OTHER_STEWARD, second, answer_0="My own careful words [1]."))
    assert said.startswith(say(verifying_desk.VERIFIED_MEANWHILE))
    assert "My own careful words [1]." in said, "what they wrote is not lost"
    (answer,) = verified(engine)
    assert answer.verifier == STEWARD


def test_what_a_peer_said_rests_on_the_passages_that_a_steward_ticks(
    slack: FakeSlack, engine: Engine, sections: ScriptedSections
) -> None:
    sections.words[CYCLE.document, CYCLE.section] = "Meet providers before you write anything."
    said = share(engine, citations=(), answer="We meet providers early.")
    form = pressed(slack, STEWARD, VERIFY_ACTION, said.id)
    assert say(verifying_form.NEAR) in words_of(form)
    assert CYCLE.section in words_of(form)
    assert words_of(sent(slack, STEWARD, form)) == say(verifying_desk.VERIFIED)
    assert verified(engine)[0].citations == (), "nothing is ticked of itself"
    other = share(engine, citations=(), answer="We meet providers late.", inbox_id=9)
    form = pressed(slack, STEWARD, VERIFY_ACTION, other.id)
    sections.words[CYCLE.document, CYCLE.section] = "Meet providers once a year."
    again = sent(slack, STEWARD, form, passages_0=["1"], answer_0="We meet providers twice.")
    assert say(verifying_desk.NEAR_CHANGED) in words_of(again)
    assert "We meet providers twice." in str(again["blocks"])
    assert words_of(sent(slack, STEWARD, again, passages_0=["1"])) == say(verifying_desk.VERIFIED)
    (cited,) = verified(engine)[-1].citations
    assert (cited.document, cited.section) == (CYCLE.document, CYCLE.section)
    assert cited.digest


def test_what_a_steward_wrote_is_not_lost_when_slack_is_away(
    slack: FakeSlack, engine: Engine
) -> None:
    inside = share(engine, citations=(replace(CYCLE, audience="internal"), RULES))
    form = pressed(slack, STEWARD, VERIFY_ACTION, inside.id)
    away = Fault("server_error")
    with slack.failing("users.info", away), slack.failing("users.list", away):
        again = sent(slack, STEWARD, form, answer_0="Meet providers before you write [1].")
    assert say(in_time.NOT_NOW) in words_of(again)
    assert "Meet providers before you write [1]." in str(again["blocks"])
    assert not verified(engine)


def test_a_steward_does_not_verify_their_own_answer_while_there_is_another(
    slack: FakeSlack, engine: Engine
) -> None:
    own = share(engine, by=Peer(STEWARD, None, ""))
    said = words_of(pressed(slack, STEWARD, VERIFY_ACTION, own.id))
    assert said == say(verifying_desk.OWN_NOT)
    form = pressed(slack, OTHER_STEWARD, VERIFY_ACTION, own.id)
    assert STEWARD not in str(form), "who chose not to be named is named to nobody"
    assert say(verifying_blocks.UNNAMED) in words_of(form)
    sent(slack, OTHER_STEWARD, form)
    assert verified(engine)[0].by.name is None


def test_the_only_steward_may_verify_their_own_answer_and_the_form_says_so(
    slack: FakeSlack, engine: Engine
) -> None:
    networks = Networks(engine)
    there = networks.find(NETWORK.team, "elm")
    assert there is not None
    assert networks.change(replace(there, stewards=(STEWARD,)), entry("c"), there.changed_at)
    own = share(engine, by=Peer(STEWARD, "Ben", "Home"))
    form = pressed(slack, STEWARD, VERIFY_ACTION, own.id)
    assert say(verifying_form.OWN) in words_of(form)
    sent(slack, STEWARD, form)
    assert len(verified(engine)) == 1


def test_what_is_filled_in_wrongly_is_said_at_its_field(slack: FakeSlack, engine: Engine) -> None:
    form = pressed(slack, STEWARD, VERIFY_ACTION, share(engine).id)
    wrong: Sequence[tuple[str, Any, str]] = (
        ("question", " ", verifying_form.QUESTION_MISSING),
        ("answer_0", "\n", verifying_form.ANSWER_MISSING),
        ("review_by", TODAY.isoformat(), verifying_form.DATE_PAST),
        ("review_by", (TODAY + timedelta(days=800)).isoformat(), verifying_form.DATE_FAR),
        ("review_by", None, verifying_form.DATE_MISSING),
    )
    for field, value, sentence in wrong:
        envelope = slack.submit(STEWARD, form, **{field: value})
        slack.wait_for_acknowledgement(envelope)
        assert slack.replied[envelope]["errors"] == {field: say(sentence)}
    assert not verified(engine)


def test_a_passage_that_is_gone_is_shown_as_such_and_cannot_be_ticked(
    slack: FakeSlack, engine: Engine, sections: ScriptedSections
) -> None:
    sections.gone.add((RULES.document, RULES.section))
    form = pressed(slack, STEWARD, VERIFY_ACTION, share(engine).id)
    assert say(verifying_form.HOLDS_NOT) in words_of(form)
    again = sent(slack, STEWARD, form)
    assert say(verifying_form.NOT_CITED, number=2) in words_of(again)
    assert not verified(engine)
    sent(slack, STEWARD, again, answer_0="Meet them early [1].")
    (answer,) = verified(engine)
    assert [each.number for each in answer.citations] == [1]


def test_what_not_every_member_may_read_is_not_verified(slack: FakeSlack, engine: Engine) -> None:
    secret = replace(RULES, audience="network-oak")
    inside = replace(CYCLE, audience="internal")
    slack.change_person(MEMBER, is_restricted=True)
    for citations in ((CYCLE, secret), (inside, RULES)):
        shared = share(engine, citations=citations, inbox_id=share(engine).id + 50)
        form = pressed(slack, STEWARD, VERIFY_ACTION, shared.id)
        again = sent(slack, STEWARD, form)
        assert say(verifying_desk.NOT_FOR_ALL) in words_of(again)
        assert not verified(engine)
        PeerAnswers(engine).withdraw(shared.id, AUTHOR, entry("withdrawn"))


def test_personal_data_is_pointed_out_and_needs_a_tick_for_these_very_words(
    slack: FakeSlack, engine: Engine
) -> None:
    shared = share(engine, answer="Ask Mrs Smith on 0161 496 0123.", citations=())
    form = pressed(slack, STEWARD, VERIFY_ACTION, shared.id)
    assert "0161 496 0123" in words_of(form)
    again = sent(slack, STEWARD, form)
    assert not verified(engine)
    other = sent(slack, STEWARD, again, answer_0="Ask 0113 496 0999.", meant=["yes"])
    assert "0113 496 0999" in words_of(other)
    assert not verified(engine), "the tick was for other words"
    sent(slack, STEWARD, other, meant=["yes"])
    assert verified(engine)[0].answer == "Ask 0113 496 0999."


def to_verify(view: Mapping[str, Any]) -> list[int]:
    """Return the answers that a view lets somebody verify, in their order."""
    return [
        int(each["value"]) for each in buttons(view["blocks"]) if each["action_id"] == VERIFY_ACTION
    ]


def test_all_that_waits_is_found_and_first_what_the_steward_may_verify(
    slack: FakeSlack, engine: Engine
) -> None:
    of_others = [share(engine, question=f"Question {n} of Dan", inbox_id=n) for n in range(1, 14)]
    own = [
        share(engine, question=f"Own {n}", by=replace(SHARED.by, user=STEWARD), inbox_id=20 + n)
        for n in range(3)
    ]
    home = home_of(slack, STEWARD)
    assert "To be verified in Elm Network: 16" in words_of(home)
    assert to_verify(home) == [each.id for each in reversed(of_others[-3:])]
    first = pressed(slack, STEWARD, WAITING_ACTION, f"{NETWORK.id}:0")
    following = pressed(slack, STEWARD, WAITING_ACTION, f"{NETWORK.id}:12")
    listed = [*to_verify(first), *to_verify(following)]
    assert listed == [each.id for each in (*reversed(of_others), *reversed(own))]
    beyond = pressed(slack, STEWARD, WAITING_ACTION, f"{NETWORK.id}:24")
    assert say(verifying_blocks.NOTHING_WAITS) in words_of(beyond)


@pytest.mark.parametrize("user", [MEMBER, OUTSIDER])
def test_what_waits_is_listed_for_stewards_alone(
    slack: FakeSlack, engine: Engine, user: str
) -> None:
    shared = share(engine)
    said = pressed(slack, user, WAITING_ACTION, f"{NETWORK.id}:0")
    assert shared.question not in words_of(said)
    assert words_of(said) == words_of(pressed(slack, user, WAITING_ACTION, "nowhere:0"))


def test_what_is_not_for_reuse_waits_no_more_until_it_is_taken_up_again(
    slack: FakeSlack, engine: Engine
) -> None:
    shared = share(engine)
    done = pressed(slack, STEWARD, SET_ASIDE_ACTION, shared.id)
    assert words_of(done) == say(verifying_desk.IS_SET_ASIDE)
    home_of(slack, STEWARD, lambda home: VERIFY_ACTION not in str(home))
    listed = pressed(slack, OTHER_STEWARD, SET_ASIDES_ACTION, "elm")
    assert SHARED.question in words_of(listed)
    pressed(slack, OTHER_STEWARD, TAKE_UP_ACTION, shared.id)
    home_of(slack, STEWARD, lambda home: VERIFY_ACTION in str(home))
    assert (STEWARD, "not for reuse") in outcomes(engine)
    assert (OTHER_STEWARD, "may be reused") in outcomes(engine)


def test_a_member_reads_a_verified_answer_with_who_stands_behind_it(
    slack: FakeSlack, engine: Engine
) -> None:
    held = verify(engine)
    VerifiedAnswers(engine).lapse(held.id, Lapse.PASSAGE_CHANGED, entry("lapsed", ""))
    listed = pressed(slack, MEMBER, LIST_ACTION, "elm:0")
    assert say(verifying_blocks.LAPSES[Lapse.PASSAGE_CHANGED]) in words_of(listed)
    assert RETIRE_ACTION not in str(listed)
    whole = words_of(pressed(slack, MEMBER, SHOW_ACTION, held.id))
    assert SHARED.answer in whole
    assert "Dan, Elm Council" in whole
    assert "The cycle > Stages" in whole
    assert "Lapsed" in whole
    assert "it is not guidance" in whole


def test_a_lapsed_answer_is_renewed_only_with_what_changed_looked_at(
    slack: FakeSlack, engine: Engine, sections: ScriptedSections
) -> None:
    pinned, in_a_year_then = tuple(sections((CYCLE, RULES))), in_a_year()
    held = verify(engine, citations=pinned)
    sections.words[CYCLE.document, CYCLE.section] = "Now there are five stages."
    VerifiedAnswers(engine).lapse(held.id, Lapse.PASSAGE_CHANGED, entry("lapsed", ""))
    form = pressed(slack, STEWARD, RENEW_ACTION, held.id)
    assert say(verifying_form.CHANGED) in words_of(form)
    assert "Now there are five stages." in words_of(form)
    again = sent(slack, STEWARD, form)
    assert say(verifying_form.NOT_CITED, number=1) in words_of(again)
    done = sent(slack, STEWARD, again, passages_0=["1", "2"])
    assert words_of(done) == say(verifying_desk.RENEWED)
    (answer,) = verified(engine)
    assert answer.lapse is None
    assert in_a_year_then <= answer.review_by <= in_a_year()
    assert answer.citations == tuple(sections((CYCLE, RULES)))
    assert outcomes(engine)[-1] == (STEWARD, "renewed")


def test_a_form_that_was_open_while_somebody_else_renewed_changes_nothing(
    slack: FakeSlack, engine: Engine
) -> None:
    held = verify(engine)
    first = pressed(slack, STEWARD, RENEW_ACTION, held.id)
    second = pressed(slack, OTHER_STEWARD, RENEW_ACTION, held.id)
    sent(slack, STEWARD, first, answer_0="Meet them early [1].")
    again = sent(slack, OTHER_STEWARD, second, answer_0="Never [1].")
    assert verified(engine)[0].answer == "Meet them early [1]."
    assert say(verifying_desk.CHANGED_MEANWHILE) in words_of(again)
    assert "Meet them early [1]." in words_of(again), "what stands there now"
    assert "Never [1]." in str(again["blocks"]), "what they wrote is not lost"
    done = sent(slack, OTHER_STEWARD, again)
    assert words_of(done) == say(verifying_desk.RENEWED)
    assert verified(engine)[0].answer == "Never [1]."


def test_a_steward_retires_an_answer_for_good(slack: FakeSlack, engine: Engine) -> None:
    held = verify(engine)
    done = pressed(slack, STEWARD, RETIRE_ACTION, held.id)
    assert words_of(done) == say(verifying_desk.RETIRED)
    assert not verified(engine)
    assert (STEWARD, "retired") in outcomes(engine)
    said = pressed(slack, MEMBER, SHOW_ACTION, held.id)
    assert words_of(said) == say(verifying.NOT_THERE)
