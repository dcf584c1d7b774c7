"""Sharing an answer with a network, and taking it back: people of three organisations, refusals."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.networks import (
    Origin,
    Peer,
    PeerAnswer,
    Response,
    ResponseKind,
    VerifiedAnswer,
)
from assistant.language import say, say_day
from assistant.slack.networks import (
    sharing,
    sharing_blocks,
    sharing_desk,
    sharing_form,
    sharing_rounds,
    verifying_pages,
)
from assistant.slack.networks import sharing_preview as preview
from assistant.slack.shown.network_buttons import SHARE, SHARE_ACTION
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.networks.verified_answers import VerifiedAnswers
from assistant.store.turns import Turns
from tests.fakes.fake_slack import TEAM, FakeSlack, Fault
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack_limits import buttons, seen
from tests.scenarios.conftest import SOURCE, Guidance
from tests.scenarios.peer_world import (
    AWAY,
    ELM,
    ENTRY,
    QUESTION,
    THIRD,
    World,
    cites,
    said_shared,
    words_of,
)

pytestmark = [pytest.mark.sockets]


def verified_of(answer: PeerAnswer) -> VerifiedAnswer:
    """Return what a steward made of a shared answer."""
    return VerifiedAnswer(
        id=0,
        network=answer.network,
        question=answer.question,
        answer=answer.answer,
        by=answer.by,
        on=answer.on,
        verifier="U1ANN",
        verified_at=ENTRY.at,
        review_by=ENTRY.at.date() + timedelta(days=300),
        audience="network-elm",
        origin_id=answer.id,
    )


def captured(world: World, user: str = "U1ANN") -> PeerAnswer:
    """Keep what somebody replied to a question in the network."""
    answer = PeerAnswer(
        id=0,
        network="elm",
        origin=Origin.CAPTURED,
        question="What did others do?",
        answer="We kept a gosledger.",
        by=Peer(user, user, "Oak Council"),
        on=ENTRY.at.date(),
        call_id=902,
    )
    return PeerAnswers(world.engine).add(answer, ENTRY)


@pytest.fixture
def world(
    slack: FakeSlack, engine: Engine, guidance: Guidance, train: ScriptedTrain, bot: object
) -> World:
    world = World(slack, engine, guidance, train)
    world.begin()
    return world


def test_a_member_shares_an_answer_after_seeing_what_others_will_see(world: World) -> None:
    form = world.pressed(SHARE, world.answered())
    preview_shown = world.submitted(
        form, name="named", note="We let our panels judge.", organisation="Elm Council"
    )
    assert world.kept() == [], "nothing is shared before it was seen"
    said = words_of(world.submitted(preview_shown))
    assert said == said_shared()
    post = world.wait_for_post()
    shown = words_of(post)
    for words in (
        "U1ANN, Elm Council, shared an answer of the assistant with Elm peers",
        QUESTION,
        "Commissioning is a cycle. [1]",
        "We let our panels judge.",
        "[1] The commissioning cycle > Stages",
    ):
        assert words in shown
        assert words in words_of(preview_shown)
    assert world.slack.message("C5", post["ts"]) == post
    (kept,) = world.kept()
    assert (kept.by.user, kept.by.name, kept.by.organisation) == ("U1ANN", "U1ANN", "Elm Council")
    shared = ("U1ANN", "shared", f"question {kept.inbox_id} with network-elm")
    assert shared in world.outcomes()
    assert Networks(world.engine).organisation(TEAM, "U1ANN") == "Elm Council"


def test_the_preview_says_who_will_see_it(world: World) -> None:
    world.slack.add_person("U5GUY", is_restricted=True)
    world.slack.join("U5GUY", "C5")
    world.share_channel(AWAY)
    form = world.pressed(SHARE, world.answered())
    shown = world.submitted(form, name="unnamed")
    words = words_of(shown)
    assert "4 people belong to this network now" in words
    assert say(preview.GUESTS, count=1) in words
    assert say(preview.OUTSIDERS, count=1) in words
    assert "Elm partners" in words
    channels = [
        leaf["channel_id"]
        for block in shown["blocks"]
        for part in block.get("elements", ())
        for leaf in part.get("elements", ())
        if leaf.get("type") == "channel"
    ]
    assert channels == ["C5", "C5"]


def test_who_is_not_named_is_named_nowhere_but_in_the_audit_log(world: World) -> None:
    kept = world.shared(name="unnamed")
    post = world.wait_for_post()
    assert "U1ANN" not in str(post["blocks"]) + post["text"] + str(post["metadata"])
    assert say(sharing_blocks.UNNAMED) in words_of(post)
    assert kept.by.name is None
    home = world.home("U2BEN")
    assert QUESTION in words_of(home)
    assert "U1ANN" not in str(home)
    whole = world.pressed(sharing_blocks.SHOW_ALL, post, "U2BEN")
    assert "U1ANN" not in str(whole["blocks"])
    assert any(user == "U1ANN" for user, *_ in world.outcomes())


def test_a_captured_reply_is_for_who_wrote_it_and_the_stewards_alone(world: World) -> None:
    kept = captured(world, "U2BEN")
    world.slack.join("U3CAT", "C5")
    show, opening = sharing_blocks.SHOW_ACTION, "U2BEN, Oak Council, replied to a question in Elm"
    assert "What did others do?" not in words_of(world.home("U3CAT"))
    there = world.acted(show, str(kept.id), None, "U3CAT")
    assert words_of(there) == say(sharing_blocks.GONE_FOR_YOU)
    for user in ("U1ANN", "U2BEN"):
        whole = world.acted(show, str(kept.id), None, user)
        assert opening in words_of(whole)
        assert say(sharing_blocks.NOT_VERIFIED) in words_of(whole)
        assert list(buttons(whole["blocks"])) == []
        said = world.acted(f"{sharing_blocks.RESPOND_ACTION}.worked", str(kept.id), None, user)
        assert words_of(said) == say(sharing_blocks.GONE_FOR_YOU)


def test_the_question_may_be_edited_before_it_is_shared(world: World) -> None:
    form = world.pressed(SHARE, world.answered())
    (asked,) = [b for b in form["blocks"] if b.get("block_id") == "question"]
    assert asked["element"]["initial_value"] == QUESTION
    shown = world.submitted(form, name="unnamed", question="What does one commission?")
    world.submitted(shown)
    assert [each.question for each in world.kept()] == ["What does one commission?"]


def test_what_may_be_personal_data_needs_a_tick(world: World) -> None:
    form = world.pressed(SHARE, world.answered())
    note = "Mrs Green rang us from 07700 900123."
    shown = world.submitted(form, name="unnamed", note=note)
    assert "This looks like a telephone number: 07700 900123" in words_of(shown)
    assert "This looks like a person's name: Mrs Green" in words_of(shown)
    again = world.submitted(shown)
    assert say(sharing_form.NOT_TICKED) in words_of(again)
    assert world.kept() == []
    other = world.submitted(again, note="Mr Brown wrote to us.", personal=["meant"])
    assert say(preview.CHANGED) in words_of(other), "a tick is for the words that were shown"
    assert world.kept() == []
    assert words_of(world.submitted(other, personal=["meant"])) == said_shared()
    assert world.kept()[0].note == "Mr Brown wrote to us."


AWAY_FOR_NOW = [
    Fault("server_error"),
    Fault("rate_limited", seconds=60),
    Fault("dropped"),
    Fault("error", error="internal_error"),
]


@pytest.mark.parametrize("fault", AWAY_FOR_NOW, ids=lambda fault: fault.kind)
def test_nothing_that_was_typed_is_lost_when_slack_does_not_tell_who_reads_it(
    world: World, fault: Fault
) -> None:
    form = world.pressed(SHARE, world.answered())
    filled = {"question": "What does one commission?", "note": "We let our panels judge."}
    with world.slack.failing("users.info", fault):
        again = world.submitted(form, name="unnamed", organisation="Oak Trust", **filled)
    assert say(sharing.UNCHECKED) in words_of(again)
    inputs = {b["block_id"]: b["element"] for b in again["blocks"] if b["type"] == "input"}
    assert inputs["question"]["initial_value"] == "What does one commission?"
    assert inputs["note"]["initial_value"] == "We let our panels judge."
    assert inputs["organisation"]["initial_value"] == "Oak Trust"
    assert inputs["name"]["initial_option"]["value"] == "unnamed"
    assert inputs["network"]["initial_option"]["value"] == "elm"


def test_a_form_that_came_again_is_sent_as_it_is(world: World) -> None:
    form = world.pressed(SHARE, world.answered())
    with world.slack.failing("users.info", Fault("server_error")):
        again = world.submitted(form, name="unnamed", note="We let our panels judge.")
    assert say(sharing.UNCHECKED) in words_of(again)
    shown = world.submitted(again)
    assert words_of(world.submitted(shown)) == said_shared()
    assert world.kept()[0].note == "We let our panels judge."


def test_personal_data_that_is_taken_out_needs_no_tick(world: World) -> None:
    form = world.pressed(SHARE, world.answered())
    shown = world.submitted(form, name="unnamed", note="Ring 07700 900123.")
    clean = world.submitted(shown, note="Ring us.")
    assert "personal" not in {each.get("block_id") for each in clean["blocks"]}
    assert words_of(world.submitted(clean)) == said_shared()


def test_who_joins_meanwhile_is_shown_before_it_is_shared(world: World) -> None:
    form = world.pressed(SHARE, world.answered())
    shown = world.submitted(form, name="unnamed")
    network = Networks(world.engine).find(TEAM, "elm")
    assert network is not None
    changed = replace(network, stewards=("U1ANN", "U4FAY"), changed_at=datetime.now(UTC))
    assert Networks(world.engine).change(changed, ENTRY, network.changed_at)
    again = world.submitted(shown)
    assert say(preview.CHANGED) in words_of(again)
    assert "3 people belong" in words_of(again)
    assert world.kept() == []


def test_pressing_twice_shares_once(world: World) -> None:
    message = world.answered()
    form = world.pressed(SHARE, message)
    shown = world.submitted(form, name="named")
    for _ in range(2):
        world.slack.submit("U1ANN", shown)
    world.slack.wait_until(
        lambda: [words_of(each) for each in world.slack.modals].count(said_shared()) == 2
    )
    world.wait_for_post()
    world.slack.wait_until(world.is_all_shown)
    assert len(world.kept()) == 1
    again = world.submitted(world.pressed(SHARE, message), name="named")
    assert words_of(again) == say(sharing_desk.SHARED_BEFORE)
    assert len(world.posts()) == 1


def test_a_post_whose_reply_is_lost_is_found_again(world: World) -> None:
    form = world.pressed(SHARE, world.answered())
    shown = world.submitted(form, name="named")
    world.slack.fail_next("chat.postMessage", Fault("lost_reply"))
    world.submitted(shown)
    world.slack.wait_until(world.is_noted, seconds=30)
    assert len(world.posts()) == 1


@pytest.mark.parametrize(
    ("audience", "is_shared"),
    [(PUBLIC, True), ("network-elm", True), (INTERNAL, True), ("network-oak", False), ("", False)],
)
def test_what_not_everybody_in_the_network_may_read_is_not_shared(
    world: World, audience: str, *, is_shared: bool
) -> None:
    world.guidance.answer = cites(audience)
    form = world.pressed(SHARE, world.answered())
    shown = world.submitted(form, name="named")
    said = words_of(shown)
    assert (say(preview.WHO_SEES) in said) == is_shared
    if not is_shared:
        assert "is not for everybody in this network" in said
        assert "[1] The commissioning cycle > Stages" in said
        assert "network" in {b.get("block_id") for b in shown["blocks"]}, "another may be chosen"
    assert world.kept() == []


@pytest.mark.parametrize("who", ["guest", "outsider"])
def test_what_is_internal_is_shared_with_full_members_alone(world: World, who: str) -> None:
    world.guidance.answer = cites(INTERNAL)
    message = world.answered(channel="C1")
    if who == "guest":
        world.slack.add_person("U5GUY", is_restricted=True)
        world.slack.join("U5GUY", "C5")
    else:
        world.share_channel(AWAY)
    form = world.pressed(SHARE, message, channel="C1")
    assert "is not for everybody" in words_of(world.submitted(form, name="named"))


def test_a_person_of_an_organisation_that_was_let_in_shares_there(world: World) -> None:
    world.share_channel(AWAY)
    world.shared("U9EVE", name="named", organisation="Oak Trust")
    assert "Oak Trust" in words_of(world.wait_for_post())


def test_nothing_is_posted_where_an_organisation_was_not_let_in(world: World) -> None:
    message = world.answered(channel="C1")
    world.share_channel(AWAY, THIRD)
    form = world.pressed(SHARE, message, channel="C1")
    shown = world.submitted(form, name="named")
    words = words_of(shown)
    assert say(preview.POSTED_NOWHERE) in words
    assert say(preview.ALONE) in words, "who is in that channel alone does not count"
    world.submitted(shown)
    world.slack.wait_until(lambda: bool(world.kept()) and world.is_all_shown())
    assert world.posts() == []


@pytest.mark.parametrize("user", ["U4FAY", "U8DAN"])
def test_who_is_no_member_shares_nothing(world: World, user: str) -> None:
    message = world.answered(channel="C1")
    world.slack.join(user, "C1")
    shown = world.pressed(SHARE, message, user, "C1")
    assert words_of(shown) == say(sharing_desk.NO_NETWORK)


def test_a_network_that_is_none_of_theirs_is_refused_like_one_that_is_not(world: World) -> None:
    oak = replace(ELM, id="oak", name="Oak secrets", stewards=("U4FAY",), channels=())
    assert Networks(world.engine).create(oak, ENTRY) is not None
    form = world.pressed(SHARE, world.answered())
    assert "Oak secrets" not in str(form)
    said = []
    for number, network in enumerate(("oak", "nowhere")):
        forged = {"selected_option": {"value": network}}
        said.append(words_of(world.submitted(form, name="named", network=forged)))
        assert len(world.kept()) == 0, number
    assert said == [say(sharing_desk.NO_NETWORK)] * 2


def test_who_left_the_network_before_sending_shares_nothing(world: World) -> None:
    form = world.pressed(SHARE, world.answered("U2BEN"), "U2BEN")
    shown = world.submitted(form, "U2BEN", name="named")
    network = Networks(world.engine).find(TEAM, "elm")
    assert network is not None
    left = replace(network, channels=(), changed_at=datetime.now(UTC))
    assert Networks(world.engine).change(left, ENTRY, network.changed_at)
    assert words_of(world.submitted(shown, "U2BEN")) == say(sharing_desk.NO_NETWORK)
    assert world.kept() == []


def test_an_answer_that_somebody_does_not_see_is_not_shared(world: World) -> None:
    message = world.answered(channel=world.slack.direct_channel("U1ANN"))
    (button,) = [b for b in buttons(message["blocks"]) if b["action_id"] == SHARE_ACTION]
    there = world.answered("U2BEN")
    shown = world.acted(SHARE_ACTION, button["value"], there, "U2BEN")
    assert words_of(shown) == say(sharing_desk.NOT_SEEN)
    form = world.pressed(SHARE, there, "U2BEN")
    forged = {**form, "private_metadata": f'{{"inbox_id": {button["value"]}, "shown": ""}}'}
    said = words_of(world.submitted(forged, "U2BEN", name="named"))
    assert said == say(sharing_desk.NOT_SEEN)


@pytest.mark.parametrize(
    "status", [AnswerStatus.CLARIFICATION, AnswerStatus.UNANSWERABLE_LOW_SCORE]
)
def test_what_is_no_answer_has_no_button_and_is_not_shared(
    world: World, status: AnswerStatus
) -> None:
    world.guidance.answer = Answer(QUESTION, status, "I do not know.")
    message = world.answered()
    assert SHARE_ACTION not in {each["action_id"] for each in buttons(message["blocks"])}
    shown = world.acted(SHARE_ACTION, "1", message)
    assert words_of(shown) in (say(sharing_desk.NOT_ANSWERED), say(sharing_desk.NOT_SEEN))


def test_an_answer_whose_document_was_purged_is_not_shared(world: World) -> None:
    form = world.pressed(SHARE, world.answered())
    shown = world.submitted(form, name="named")
    Turns(world.engine).withdraw(SOURCE.document)
    assert words_of(world.submitted(shown)) == say(sharing_desk.GONE)
    assert world.kept() == []


def test_who_shared_it_withdraws_it_and_its_words_are_gone(world: World) -> None:
    kept = world.shared(note="Ours is better.", name="named")
    post = world.wait_for_post()
    said = words_of(world.pressed(sharing_blocks.WITHDRAW, post))
    assert said == say(sharing.WITHDRAWN)
    ts = post["ts"]
    world.slack.wait_until(
        lambda: words_of(world.slack.message("C5", ts)) == say(sharing_blocks.WITHDRAWN)
    )
    left = PeerAnswers(world.engine).find(kept.id)
    assert left is not None
    assert (left.question, left.answer, left.note) == ("", "", "")
    assert QUESTION not in words_of(world.home("U2BEN"))
    withdrawn = ("U1ANN", "withdrawn", f"shared answer {kept.id} of network-elm")
    assert withdrawn in world.outcomes()


@pytest.mark.parametrize("away", [0, 2])
def test_what_is_withdrawn_is_gone_also_where_its_message_was_never_noted(
    world: World, away: int
) -> None:
    kept = world.shared(name="named")
    post = world.wait_for_post()
    world.slack.wait_until(world.is_noted)
    world.slack.wait_until(world.is_all_shown)
    with world.engine.begin() as connection:
        # As if the process had ended before.
        connection.exec_driver_sql("UPDATE peer_answers SET channel = NULL, message_ts = NULL")
    world.slack.fail_next("conversations.history", *[Fault("server_error")] * 3 * away)
    said = words_of(world.acted(sharing_blocks.WITHDRAW_ACTION, str(kept.id), None))
    assert said == say(sharing.WITHDRAWN)

    def is_gone() -> bool:
        world.make_due()
        return words_of(world.slack.message("C5", post["ts"])) == say(sharing_blocks.WITHDRAWN)

    world.slack.wait_until(is_gone, seconds=30)
    world.slack.wait_until(world.is_all_shown)
    assert len(world.posts()) == 1


@pytest.mark.parametrize("user", ["U2BEN", "U4FAY"])
def test_nobody_else_withdraws_it(world: World, user: str) -> None:
    kept = world.shared(name="unnamed")
    said = words_of(world.acted(sharing_blocks.WITHDRAW_ACTION, str(kept.id), None, user))
    assert said == say(sharing.NOT_YOURS)
    assert [each.id for each in world.kept()] == [kept.id]
    assert world.refusals() == [(user, f"shared answer {kept.id}")]
    nothing = words_of(world.acted(sharing_blocks.WITHDRAW_ACTION, "999", None, user))
    assert nothing == said


@pytest.mark.parametrize("was_retired", [False, True])
def test_what_was_verified_of_a_withdrawn_answer_is_erased_and_stewards_are_told(
    world: World, *, was_retired: bool
) -> None:
    kept = world.shared("U2BEN", name="named")
    post = world.wait_for_post()
    verified = VerifiedAnswers(world.engine).add(verified_of(kept), ENTRY)
    PeerAnswers(world.engine).note_verified(kept.id, verified.id)
    if was_retired:
        assert VerifiedAnswers(world.engine).retire(verified.id, ENTRY)
    world.pressed(sharing_blocks.WITHDRAW, post, "U2BEN")
    told = say(sharing_rounds.PARTED, network="Elm peers", day=say_day(kept.on))
    world.slack.wait_for_direct("U1ANN", told)
    now = VerifiedAnswers(world.engine).find(verified.id)
    assert now is not None
    assert now.retired_at is not None
    assert (now.question, now.answer, now.by.name, now.citations) == ("", "", None, ())
    assert "U2BEN" not in str(world.slack.told_directly("U1ANN"))
    world.slack.wait_until(lambda: not PeerAnswers(world.engine).withdrawn_but_verified())


def test_what_not_everybody_may_read_any_more_is_hidden_at_the_next_change(world: World) -> None:
    world.guidance.answer = cites(INTERNAL)
    kept = world.shared(name="named")
    post = world.wait_for_post()
    world.slack.wait_until(world.is_noted)
    world.slack.add_person("U5GUY", is_restricted=True)
    world.slack.join("U5GUY", "C5")
    said = Response(
        0, kept.id, ResponseKind.WORKED, Peer("U2BEN", None, ""), "Yes.", None, None, ENTRY.at
    )
    assert PeerAnswers(world.engine).respond(said, ENTRY) is not None
    world.slack.wait_until(
        lambda: words_of(world.slack.message("C5", post["ts"])) == sharing_blocks.NOT_FOR_ALL_NOW,
        seconds=20,
    )
    theirs = world.acted(sharing_blocks.SHOW_ACTION, str(kept.id), post, "U5GUY")
    assert words_of(theirs) == say(sharing_blocks.GONE_FOR_YOU)


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing_rounds, "BETWEEN_LOOKS", 0.0)


@pytest.mark.usefixtures("looks_often")
def test_what_not_everybody_may_read_any_more_is_hidden_though_nothing_else_happens(
    world: World,
) -> None:
    world.guidance.answer = cites(INTERNAL)
    world.shared(name="named")
    post = world.wait_for_post()
    world.slack.wait_until(world.is_noted)
    world.slack.add_person("U5GUY", is_restricted=True)
    world.slack.join("U5GUY", "C5")
    hidden = say(sharing_blocks.NOT_FOR_ALL_NOW)
    # What is known of a channel's people is a minute old at most.
    world.slack.wait_until(
        lambda: words_of(world.slack.message("C5", post["ts"])) == hidden, seconds=90
    )


def test_a_question_that_is_deleted_takes_the_shared_answer_away(world: World) -> None:
    ts = world.slack.mention("U1ANN", "C5", QUESTION)
    message = world.slack.wait_for_answer(ts)
    form = world.pressed(SHARE, message)
    world.submitted(world.submitted(form, name="named"))
    post = world.wait_for_post()
    assert Turns(world.engine).forget(TEAM, "C5", str(message["thread_ts"]))
    world.slack.wait_until(
        lambda: words_of(world.slack.message("C5", post["ts"])) == say(sharing_blocks.WITHDRAWN)
    )


@pytest.mark.parametrize("user", ["U4FAY", "U9EVE", "U8DAN"])
def test_who_is_no_member_is_shown_nothing_of_it(world: World, user: str) -> None:
    kept = world.shared(name="named")
    there = words_of(world.acted(sharing_blocks.SHOW_ACTION, str(kept.id), None, user))
    nowhere = words_of(world.acted(sharing_blocks.SHOW_ACTION, "999", None, user))
    assert there == nowhere == say(sharing_blocks.GONE_FOR_YOU)
    home = world.home(user)
    assert "network-elm" not in str(home)
    assert "cycle. [1]" not in words_of(home)


def test_a_closed_network_shows_nothing(world: World) -> None:
    kept = world.shared(name="named")
    assert Networks(world.engine).close(ELM, ENTRY)
    shown = words_of(world.acted(sharing_blocks.SHOW_ACTION, str(kept.id), None))
    assert shown == say(sharing_blocks.GONE_FOR_YOU)


def test_more_than_fit_on_the_home_tab_are_listed_and_each_can_be_withdrawn(world: World) -> None:
    answers = PeerAnswers(world.engine)
    for number in range(1, 26):
        answers.add(
            PeerAnswer(
                id=0,
                network="elm",
                origin=Origin.SHARED,
                question=f"Question number {number}?",
                answer="It went well.",
                by=Peer("U1ANN", "Ann", "Ash Council"),
                on=ENTRY.at.date(),
                inbox_id=1000 + number,
            ),
            ENTRY,
        )
    assert say(sharing_blocks.ALL_OWN) in str(world.home("U1ANN"))
    assert say(sharing_blocks.ALL_SHARED) in str(world.home("U2BEN"))
    first = world.acted(sharing_blocks.LIST_ACTION, "own:0", None)
    assert "Question number 25?" in words_of(first)
    assert "Question number 1?" not in words_of(first)
    last = world.acted(sharing_blocks.LIST_ACTION, "own:20", None)
    withdraw = [b for b in buttons(last["blocks"]) if b["text"]["text"] == "Withdraw"]
    assert len(withdraw) == 5
    said = world.acted(withdraw[-1]["action_id"], withdraw[-1]["value"], None)
    assert words_of(said) == say(sharing.WITHDRAWN)
    others = world.acted(sharing_blocks.LIST_ACTION, "others:0", None, "U2BEN")
    assert "Question number 25?" in words_of(others)
    assert "Withdraw" not in words_of(others)
    stranger = world.acted(sharing_blocks.LIST_ACTION, "others:0", None, "U4FAY")
    assert "Question" not in words_of(stranger)
    assert Networks(world.engine).close(ELM, ENTRY)
    after = world.acted(sharing_blocks.LIST_ACTION, "own:0", None)
    assert "Question number 25?" in words_of(after)


def test_who_presses_a_button_whose_form_slack_does_not_open_is_told_so(world: World) -> None:
    message = world.answered()
    (share,) = [b for b in buttons(message["blocks"]) if b["text"]["text"] == say(SHARE)]
    world.slack.fail_next("views.open", Fault("error", error="expired_trigger_id"))
    before = len(world.slack.shown_alone("U1ANN"))
    world.slack.press("U1ANN", share["action_id"], share["value"], message, "C5")
    told = world.slack.wait_for_reply("U1ANN", before + 1)
    assert say(verifying_pages.NOT_OPENED) in seen(told.text)
