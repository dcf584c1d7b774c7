"""Peers say below a shared answer what came of it; corrections go to the stewards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assistant.domain.networks import PeerAnswer, Response, ResponseKind
from assistant.language import say
from assistant.slack.api import in_time
from assistant.slack.networks import (
    responding,
    responding_blocks,
    responding_form,
)
from assistant.slack.networks import sharing_blocks as blocks
from assistant.slack.networks.sharing_form import NAME_MISSING
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from assistant.store.networks.peer_answers import PeerAnswers
from tests.fakes.fake_slack import TEAM, FakeSlack, Fault
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack.facts import FaultKind
from tests.fakes.slack_limits import buttons, texts
from tests.scenarios.conftest import Guidance
from tests.scenarios.peer_world import AWAY, ELM, ENTRY, THIRD, Payload, World, words_of

pytestmark = [pytest.mark.sockets]

RESPOND = {kind: f"{blocks.RESPOND_ACTION}.{kind}" for kind in ResponseKind}
WHAT = "It halved the waiting time."


@pytest.fixture
def world(
    slack: FakeSlack, engine: Engine, guidance: Guidance, train: ScriptedTrain, bot: object
) -> World:
    world = World(slack, engine, guidance, train)
    world.begin()
    return world


def said_of(world: World, answer: PeerAnswer) -> list[Response]:
    return list(PeerAnswers(world.engine).responses(answer.id))


def is_all_told(world: World) -> bool:
    """Whether the stewards, and who corrected something, were told all that they are to be."""
    untold = "SELECT count(*) FROM peer_responses WHERE kind = 'wrong' AND version > told_version"
    with world.engine.connect() as connection:
        return connection.exec_driver_sql(untold).scalar() == 0


def respond(
    world: World, post: Payload, label: str = blocks.WORKED, user: str = "U2BEN", **filled: object
) -> str:
    """Fill the form behind a button below a shared answer; return what is said then."""
    form = world.pressed(label, post, user)
    return words_of(world.submitted(form, user, **{"what": WHAT, "name": "named", **filled}))


def wait_for_words(world: World, post: Payload, *words: str) -> str:
    """Wait until the message that shows a shared answer says so; return what it says."""

    def shown() -> str:
        return words_of(world.slack.message("C5", post["ts"]))

    # What is changed in the database alone waits for the next round.
    world.slack.wait_until(lambda: all(each in shown() for each in words), seconds=30)
    return shown()


def test_what_worked_is_shown_below_the_answer_with_name_organisation_and_day(
    world: World,
) -> None:
    world.slack.join("U3CAT", "C5")
    answer = world.shared(name="named")
    post = world.wait_for_post()
    said = respond(
        world,
        post,
        organisation="Oak Council",
        when="2026-01-15",
        link="https://example.org/ours",
    )
    assert said == say(responding.THANKS)
    shown = wait_for_words(world, post, WHAT)
    assert "This worked for us: U2BEN, Oak Council," in shown
    assert "when: 15 January 2026" in shown
    assert say(blocks.COUNTS, worked=1, differently=0, wrong=0) in shown
    assert "https://example.org/ours" in str(world.slack.message("C5", post["ts"])["blocks"])
    target = f"shared answer {answer.id} of network-elm"
    assert world.outcomes()[0] == ("U2BEN", "worked", target)
    respond(world, post, blocks.WRONG, "U3CAT", what="It is old.")
    world.slack.wait_for_direct("U1ANN", "It is old.")
    assert len(world.slack.told_directly("U1ANN")) == 1, "only a correction goes to the stewards"


def test_who_shared_an_answer_does_not_count_among_those_for_whom_it_worked(world: World) -> None:
    answer = world.shared("U2BEN", name="unnamed")
    post = world.wait_for_post()
    form = world.pressed(blocks.WORKED, post, "U1ANN")
    assert words_of(world.pressed(blocks.WORKED, post, "U2BEN")) == say(responding_form.OWN_ANSWER)
    forged = world.submitted(form, "U2BEN", what=WHAT, name="named")
    assert words_of(forged) == say(responding_form.OWN_ANSWER)
    assert said_of(world, answer) == []
    before = Response(0, answer.id, ResponseKind.WORKED, answer.by, WHAT, None, None, ENTRY.at)
    PeerAnswers(world.engine).respond(before, ENTRY)
    shown = world.pressed(blocks.WORKED, post, "U2BEN")
    (taken,) = buttons(shown["blocks"])
    assert words_of(world.acted(taken["action_id"], taken["value"], None, "U2BEN")) == say(
        responding.TAKEN_BACK
    )
    assert respond(world, post, blocks.DIFFERENTLY) == say(responding.THANKS)


def test_who_does_not_want_to_be_named_is_not(world: World) -> None:
    world.shared(name="named")
    post = world.wait_for_post()
    respond(world, post, blocks.DIFFERENTLY, name="unnamed")
    shown = wait_for_words(world, post, WHAT)
    assert "U2BEN" not in str(world.slack.message("C5", post["ts"]))
    assert say(blocks.UNNAMED) in shown


def test_the_newest_are_shown_and_the_rest_behind_a_button(world: World) -> None:
    answer = world.shared(name="named")
    post = world.wait_for_post()
    first = respond(world, post, what="The first of them.")
    assert first == say(responding.THANKS)
    ben = said_of(world, answer)[0]
    for number in range(4):
        other = replace(ben, by=replace(ben.by, user=f"U{number}"), what=f"Number {number}.")
        later = replace(other, at=ben.at + timedelta(seconds=number + 1))
        PeerAnswers(world.engine).respond(later, ENTRY)
    shown = wait_for_words(world, post, "Number 3.", "Number 1.")
    assert "Number 0." not in shown
    assert "The first of them." not in shown
    assert say(blocks.COUNTS, worked=5, differently=0, wrong=0) in shown
    whole = words_of(world.pressed(blocks.SHOW_ALL, post, "U2BEN"))
    assert "The first of them." in whole
    assert "Number 0." in whole


def test_who_is_in_the_network_no_more_can_take_back_what_they_said_and_sees_nothing_else(
    world: World,
) -> None:
    answer = world.shared(name="named")
    post = world.wait_for_post()
    respond(world, post)
    assert Networks(world.engine).close(ELM, ENTRY)
    shown = world.pressed(blocks.WORKED, post, "U2BEN")
    assert WHAT in words_of(shown)
    assert answer.question not in words_of(shown)
    (taken,) = buttons(shown["blocks"])
    back = world.acted(taken["action_id"], taken["value"], None, "U2BEN")
    assert words_of(back) == say(responding.TAKEN_BACK)
    assert said_of(world, answer) == []
    assert words_of(world.pressed(blocks.WORKED, post, "U2BEN")) == say(blocks.GONE_FOR_YOU)


def test_what_was_said_can_be_corrected_and_taken_back_by_who_said_it(world: World) -> None:
    answer = world.shared(name="named")
    post = world.wait_for_post()
    respond(world, post)
    form = world.pressed(blocks.WORKED, post, "U2BEN")
    assert WHAT in str(form["blocks"])
    world.submitted(form, "U2BEN", what="It quartered it.")
    assert [each.what for each in said_of(world, answer)] == ["It quartered it."]
    wait_for_words(world, post, "It quartered it.")
    (taken,) = [b for b in buttons(form["blocks"]) if b["action_id"].endswith("take_back")]
    theirs = world.acted(taken["action_id"], taken["value"], None, "U1ANN")
    assert words_of(theirs) == say(responding.NOT_TAKEN_BACK)
    back = world.acted(taken["action_id"], taken["value"], None, "U2BEN")
    assert words_of(back) == say(responding.TAKEN_BACK)
    assert said_of(world, answer) == []
    world.slack.wait_until(
        lambda: "quartered" not in words_of(world.slack.message("C5", post["ts"]))
    )
    assert ("U2BEN", "taken back", f"response {taken['value']}") in world.outcomes()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("what", "", responding_form.WHAT_MISSING),
        ("link", "http://example.org", responding_form.LINK_WRONG),
        ("link", "https://ann@example.org/", responding_form.LINK_WRONG),
        ("link", "javascript:alert(1)", responding_form.LINK_WRONG),
        (
            "when",
            (datetime.now(UTC).date() + timedelta(days=3)).isoformat(),
            responding_form.WHEN_AHEAD,
        ),
        ("name", None, NAME_MISSING),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    world: World, field: str, value: str | None, sentence: str
) -> None:
    answer = world.shared(name="named")
    form = world.pressed(blocks.WORKED, world.wait_for_post(), "U2BEN")
    filled = {"what": WHAT, "name": "named", field: value}
    envelope = world.slack.submit("U2BEN", form, **filled)
    world.slack.wait_for_acknowledgement(envelope)
    assert world.slack.replied[envelope]["errors"] == {field: say(sentence)}
    assert said_of(world, answer) == []


@pytest.mark.parametrize("fault", ["server_error", "error"])
def test_what_was_said_is_not_lost_when_slack_is_away(world: World, fault: FaultKind) -> None:
    answer = world.shared(name="named")
    form = world.pressed(blocks.WORKED, world.wait_for_post(), "U2BEN")
    with world.slack.failing("users.info", Fault(fault)):
        again = world.submitted(form, "U2BEN", what=WHAT, name="named", when="2026-01-15")
    assert say(in_time.NOT_NOW) in words_of(again)
    assert say(responding_form.ALL_SEE) in words_of(again)
    assert words_of(world.submitted(again, "U2BEN")) == say(responding.THANKS)
    (said,) = said_of(world, answer)
    assert (said.what, said.by.name) == (WHAT, "U2BEN")
    assert said.when == datetime(2026, 1, 15, tzinfo=UTC).date()


def test_what_may_be_personal_data_needs_a_tick_here_too(world: World) -> None:
    answer = world.shared(name="named")
    form = world.pressed(blocks.WORKED, world.wait_for_post(), "U2BEN")
    again = world.submitted(form, "U2BEN", what="Mrs Green liked it.", name="named")
    assert "This looks like a person's name: Mrs Green" in words_of(again)
    assert said_of(world, answer) == []
    other = world.submitted(again, "U2BEN", what="Mr Brown liked it.", personal=["meant"])
    assert "Mr Brown" in words_of(other), "a tick is for the words that were shown"
    assert said_of(world, answer) == []
    world.submitted(other, "U2BEN", personal=["meant"])
    assert [each.what for each in said_of(world, answer)] == ["Mr Brown liked it."]


def test_a_correction_goes_to_each_steward_once_and_its_end_to_who_made_it(world: World) -> None:
    answer = world.shared(name="named")
    post = world.wait_for_post()
    said = respond(world, post, blocks.WRONG, what="It is from before the Act.")
    assert said == say(responding.THANKS_CORRECTION)
    notice = world.slack.wait_for_direct("U1ANN", "It is from before the Act.")
    assert "https://" not in words_of(notice)
    world.home("U1ANN", "before the Act")
    assert say(responding_blocks.CORRECTIONS) not in words_of(world.home("U2BEN"))
    form = world.pressed(
        responding_blocks.DEAL, notice, "U1ANN", world.slack.direct_channel("U1ANN")
    )
    done = world.submitted(form, remark="We asked for the new guide.")
    assert words_of(done) == say(responding.DEALT_WITH)
    told = world.slack.wait_for_direct("U2BEN", "We asked for the new guide.")
    assert "U1ANN" not in str(texts(told["blocks"]))
    shown = wait_for_words(world, post, say(blocks.DEALT_WITH))
    assert "before the Act" in shown
    world.slack.wait_until(lambda: is_all_told(world))
    assert len(world.slack.told_directly("U1ANN")) == 1
    assert world.outcomes()[0][:2] == ("U1ANN", "dealt with")
    assert PeerAnswers(world.engine).corrections("elm") == []
    again = world.pressed(
        responding_blocks.DEAL, notice, "U1ANN", world.slack.direct_channel("U1ANN")
    )
    assert words_of(again) == say(responding.DEALT_WITH_BEFORE)
    assert said_of(world, answer)[0].dealt_with_by == "U1ANN"


def steward_was_told(world: World) -> str:
    """Return all that Slack shows a steward in the direct message now."""
    return "\n".join(words_of(each) for each in world.slack.told_directly("U1ANN"))


@pytest.mark.parametrize("how", ["taken back", "changed", "withdrawn"])
def test_words_that_are_taken_back_are_gone_from_the_stewards_message(
    world: World, how: str
) -> None:
    world.slack.join("U3CAT", "C5")
    answer = world.shared("U2BEN", name="named")
    post = world.wait_for_post()
    respond(world, post, blocks.WRONG, user="U3CAT", what="It cost us a tribunal.")
    world.slack.wait_for_direct("U1ANN", "It cost us a tribunal.")
    world.slack.wait_until(lambda: are_noted(world))
    (said,) = said_of(world, answer)
    if how == "taken back":
        world.acted(responding_form.TAKE_BACK_ACTION, str(said.id), None, "U3CAT")
    elif how == "changed":
        respond(world, post, blocks.WRONG, user="U3CAT", what="Other words.")
    else:
        world.acted(blocks.WITHDRAW_ACTION, str(answer.id), post, "U2BEN")
    world.slack.wait_until(lambda: "tribunal" not in steward_was_told(world))
    assert say(responding_blocks.CORRECTION_GONE) in steward_was_told(world)
    assert (answer.question in steward_was_told(world)) == (how == "changed")
    if how == "changed":
        world.slack.wait_for_direct("U1ANN", "Other words.")


def test_a_message_to_a_steward_that_was_never_noted_is_found_and_taken_back(world: World) -> None:
    world.slack.join("U3CAT", "C5")
    answer = world.shared("U2BEN", name="named")
    respond(world, world.wait_for_post(), blocks.WRONG, user="U3CAT")
    world.slack.wait_for_direct("U1ANN", WHAT)
    world.slack.wait_until(lambda: are_noted(world))
    with world.engine.begin() as connection:
        # As if the process had ended before.
        connection.exec_driver_sql("UPDATE correction_notices SET channel=NULL, message_ts=NULL")
    (said,) = said_of(world, answer)
    world.acted(responding_form.TAKE_BACK_ACTION, str(said.id), None, "U3CAT")
    world.slack.wait_until(lambda: WHAT not in steward_was_told(world))


def are_noted(world: World) -> bool:
    """Whether it is known where each steward was told."""
    with world.engine.connect() as connection:
        noted = connection.exec_driver_sql("SELECT message_ts FROM correction_notices").scalars()
        found = list(noted)
    return bool(found) and all(found)


def test_only_stewards_deal_with_corrections(world: World) -> None:
    answer = world.shared(name="named")
    respond(world, world.wait_for_post(), blocks.WRONG)
    notice = world.slack.wait_for_direct("U1ANN", WHAT)
    (deal,) = [b for b in buttons(notice["blocks"]) if b["text"]["text"] == responding_blocks.DEAL]
    form = world.acted(deal["action_id"], deal["value"], None, "U1ANN")
    for user in ("U2BEN", "U4FAY"):
        shown = world.acted(deal["action_id"], deal["value"], None, user)
        nothing = world.acted(deal["action_id"], "999", None, user)
        assert words_of(shown) == words_of(nothing) == say(responding.NOT_YOURS)
        sent = words_of(world.submitted(form, user, remark="I say so."))
        assert sent == say(responding.NOT_YOURS)
        assert (user, f"response {deal['value']}") in world.refusals()
    assert said_of(world, answer)[0].dealt_with_at is None


def test_a_correction_that_was_changed_meanwhile_is_looked_at_again(world: World) -> None:
    world.shared(name="named")
    post = world.wait_for_post()
    respond(world, post, blocks.WRONG)
    notice = world.slack.wait_for_direct("U1ANN", WHAT)
    (deal,) = [b for b in buttons(notice["blocks"]) if b["text"]["text"] == responding_blocks.DEAL]
    form = world.acted(deal["action_id"], deal["value"], None, "U1ANN")
    respond(world, post, blocks.WRONG, what="Other words.")
    world.slack.wait_for_direct("U1ANN", "Other words.")
    assert words_of(world.submitted(form)) == say(responding.DEALT_WITH_BEFORE)
    assert len(PeerAnswers(world.engine).corrections("elm")) == 1


def test_a_person_of_an_organisation_that_was_let_in_responds_there_and_in_the_whole_of_it(
    world: World,
) -> None:
    answer = world.shared(name="named")
    post = world.wait_for_post()
    world.share_channel(AWAY)
    assert respond(world, post, user="U9EVE", organisation="Oak Trust") == say(responding.THANKS)
    wait_for_words(world, post, "U9EVE, Oak Trust")
    whole = world.pressed(blocks.SHOW_ALL, post, "U9EVE")
    (button,) = [
        b for b in buttons(whole["blocks"]) if b["action_id"] == RESPOND[ResponseKind.WRONG]
    ]
    before = len(world.slack.modals)
    world.slack.act("U9EVE", {"type": "button", **button}, view={**whole, "type": "modal"})
    form = world.modal_after(before)
    said = words_of(world.submitted(form, "U9EVE", what="It is old.", name="unnamed"))
    assert said == say(responding.THANKS_CORRECTION)
    assert {each.by.user for each in said_of(world, answer)} == {"U9EVE"}
    alone = world.acted(RESPOND[ResponseKind.DIFFERENTLY], str(answer.id), None, "U9EVE")
    assert words_of(alone) == say(blocks.GONE_FOR_YOU), "outside the channel they have no rights"


def test_who_is_no_member_responds_to_nothing(world: World) -> None:
    answer = world.shared(name="named")
    post = world.wait_for_post()
    form = world.pressed(blocks.WORKED, post, "U2BEN")
    world.share_channel(AWAY, THIRD)
    for user in ("U8DAN", "U9EVE", "U4FAY"):
        there = world.acted(RESPOND[ResponseKind.WORKED], str(answer.id), post, user)
        nowhere = world.acted(RESPOND[ResponseKind.WORKED], "999", post, user)
        assert words_of(there) == words_of(nowhere) == say(blocks.GONE_FOR_YOU)
        sent = world.submitted(form, user, what=WHAT, name="named")
        assert words_of(sent) == say(blocks.GONE_FOR_YOU)
    assert said_of(world, answer) == []


def test_nobody_responds_in_a_network_that_was_closed_meanwhile(world: World) -> None:
    answer = world.shared(name="named")
    form = world.pressed(blocks.WORKED, world.wait_for_post(), "U2BEN")
    network = Networks(world.engine).find(TEAM, ELM.id)
    assert network is not None
    assert Networks(world.engine).close(network, ENTRY)
    sent = world.submitted(form, "U2BEN", what=WHAT, name="named")
    assert words_of(sent) == say(blocks.GONE_FOR_YOU)
    assert said_of(world, answer) == []
