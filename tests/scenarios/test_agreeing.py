"""Definitions of a network of three organisations: proposed, discussed, agreed by its stewards."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assistant.domain.answers import Answer, AnswerStatus, Statement
from assistant.domain.networks import (
    Member,
    MemberState,
    Network,
    Openness,
    Proposal,
    ProposalState,
)
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.language import say
from assistant.slack.api import in_time
from assistant.slack.app import SlackBot
from assistant.slack.networks import agreeing_words as words
from assistant.slack.networks import managing_words, room
from assistant.slack.networks.agreeing_blocks import (
    AGREE_ACTION,
    DECLINE_ACTION,
    RETIRE_ACTION,
    SHOW_ACTION,
)
from assistant.slack.networks.agreeing_form import DECLINE_VIEW, PROPOSE_VIEW, Draft, propose_view
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.networks import proposals as store
from assistant.store.networks.networks import Networks
from assistant.store.networks.proposals import Proposals
from assistant.store.policies import ChannelPolicy, Policies
from tests.fakes.fake_slack import TEAM, FakeSlack, Fault
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack.facts import FaultKind
from tests.fakes.slack_limits import seen
from tests.scenarios.conftest import SOURCE, Glossary
from tests.scenarios.peers import home_of, words_of

pytestmark = pytest.mark.sockets

# Ann is a member here and Ben, Cat and Dan are stewards; Eve and Fay are of two other workspaces.
MEMBER, FIRST, SECOND, THIRD = "U1ANN", "U2BEN", "U3CAT", "U4DAN"
EVE, FAY, NOBODY = "U8EVE", "U9FAY", "U7GIL"
AWAY, FAR = "T8AWAY", "T9FAR"
CHANNEL = "C9ELM"
NOW = datetime.now(UTC)
ENTRY = AuditEntry(NOW, Actor(FIRST, "Slack"), Action.NETWORK.value, "elm", "done")
ELM = Network(
    id="elm",
    team=TEAM,
    name="Elm Network",
    purpose="What works",
    openness=Openness.PRIVATE,
    stewards=(FIRST, SECOND, THIRD),
    channels=(CHANNEL,),
)
TEXT = "An outcome is what changes for a person."


@pytest.fixture
def people(slack: FakeSlack, engine: Engine) -> FakeSlack:
    """A channel that was opened for two other workspaces, with people of all three in it."""
    for user in (THIRD, NOBODY):
        slack.add_person(user)
    slack.add_person(EVE, team_id=AWAY, is_stranger=True)
    slack.add_person(FAY, team_id=FAR, is_stranger=True)
    facts = {"is_ext_shared": True, "is_shared": True, "connected_team_ids": [TEAM, AWAY, FAR]}
    slack.add_channel(CHANNEL, MEMBER, FIRST, SECOND, EVE, FAY, **facts)
    until = NOW.date() + timedelta(days=30)
    policy = ChannelPolicy(TEAM, CHANNEL, set_by=FIRST, set_at=NOW)
    opened = replace(policy, opened_for="Elm", opened_until=until, opened_teams=(AWAY, FAR))
    assert Policies(engine).set(opened, ENTRY, None)
    return slack


@pytest.fixture
def elm(
    people: FakeSlack,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> Network:
    monkeypatch.setattr(room, "ROUND_SECONDS", 0.2)
    made = Networks(engine).create(ELM, ENTRY)
    assert made is not None
    return made


@pytest.fixture
def started(slack: FakeSlack, elm: Network, start_bot: Callable[[], SlackBot]) -> FakeSlack:
    start_bot()
    return slack


def appoint(engine: Engine, *stewards: str, **changed: Any) -> None:
    networks = Networks(engine)
    there = networks.find(TEAM, "elm")
    assert there is not None
    changed |= {"stewards": stewards} if stewards else {}
    assert networks.change(replace(there, **changed), ENTRY, there.changed_at)


def form_of(slack: FakeSlack, user: str, term: str = "", channel: str = CHANNEL) -> dict[str, Any]:
    """Type the command and return the form that stands, or the sentence in its place."""
    count = len(slack.modals)
    slack.command(user, "/network", f"propose {term}".strip(), channel)
    return after_a_moment(slack, count)


def after_a_moment(slack: FakeSlack, count: int) -> dict[str, Any]:
    """Return the modal that stands when there are more than `count` and none asks to wait."""
    waits = say(managing_words.ONE_MOMENT)

    def stands() -> bool:
        return len(slack.modals) > count and waits not in said(slack.modals[-1]["blocks"])

    slack.wait_until(stands)
    return slack.modals[-1]


def send(slack: FakeSlack, user: str, form: dict[str, Any], **filled: object) -> dict[str, Any]:
    """Send a form; return what Slack is answered."""
    envelope = slack.submit(user, form, **filled)
    slack.wait_for_acknowledgement(envelope)
    return dict(slack.replied[envelope])


def proposed(
    slack: FakeSlack, engine: Engine, user: str = MEMBER, term: str = "Outcome", text: str = TEXT
) -> Proposal:
    """Propose a definition and return it once it is shown."""
    before = Proposals(engine).of_network("elm")
    answered = send(slack, user, form_of(slack, user, term), text=text, network="elm")
    assert answered["response_action"] == "update", answered

    def posted() -> bool:
        now = Proposals(engine).of_network("elm")
        return len(now) == len(before) + 1 and now[0].message_ts is not None

    slack.wait_until(posted)
    return Proposals(engine).of_network("elm")[0]


def message_of(slack: FakeSlack, proposal: Proposal) -> dict[str, Any]:
    return dict(slack.message(str(proposal.channel), str(proposal.message_ts)))


def shows(slack: FakeSlack, proposal: Proposal, what: str) -> None:
    """Wait until the message that shows a proposal says something."""
    slack.wait_until(lambda: what in said(message_of(slack, proposal)["blocks"]))


def said(shown: object) -> str:
    """Return what is seen of blocks, people by their ids."""
    return seen("".join(_pieces(shown))).strip()


def _pieces(node: object) -> Iterator[str]:
    if isinstance(node, list | tuple):
        for item in node:
            yield from _pieces(item)
            yield "" if _is_inline(item) else "\n"
    elif isinstance(node, Mapping):
        for key, value in node.items():
            if key in ("text", "user_id") and isinstance(value, str):
                yield value
            else:
                yield from _pieces(value)


def _is_inline(node: object) -> bool:
    return isinstance(node, Mapping) and node.get("type") in ("text", "user")


def press(slack: FakeSlack, user: str, action: str, proposal: Proposal, value: str = "") -> str:
    """Press a button of a proposal's message, and return what who pressed is told."""
    count = len(slack.shown_alone(user))
    message = message_of(slack, proposal)
    slack.press(user, action, value or str(proposal.id), message, str(proposal.channel))
    return slack.wait_for_reply(user, count + 1).text


def now(engine: Engine, proposal: Proposal) -> Proposal:
    found = Proposals(engine).find(proposal.id)
    assert found is not None
    return found


def is_all_done(engine: Engine) -> bool:
    """Whether what is to be shown is, and who is to be told was."""
    undone = (
        "SELECT count(*) FROM proposals WHERE version != shown_version "
        "OR leased_until IS NOT NULL OR (state != 'proposed' AND told_of IS NULL)"
    )
    with engine.connect() as connection:
        return connection.exec_driver_sql(undone).scalar() == 0


def outcomes(engine: Engine) -> list[tuple[str, str]]:
    entries = [e for e in AuditLog(engine).recent(100) if e.action == Action.AGREE.value]
    return [(each.actor.id, each.outcome) for each in reversed(entries)]


def test_what_a_partner_proposes_is_discussed_in_the_channel_and_agreed_by_most_stewards(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    proposal = proposed(slack, engine, EVE)
    message = message_of(slack, proposal)
    shown = said(message["blocks"])
    assert proposal.channel == CHANNEL
    assert TEXT in shown
    assert "2 of the 3 stewards" in shown
    assert press(slack, FIRST, AGREE_ACTION, proposal) == say(words.COUNTED, agree=1, needed=2)
    shows(slack, proposal, f"{FIRST} agreed on")
    assert press(slack, SECOND, AGREE_ACTION, proposal) == say(words.AGREED_TOLD)
    shows(slack, proposal, "Agreed by the network's stewards on")
    agreed = now(engine, proposal)
    assert agreed.state is ProposalState.AGREED
    assert agreed.agreed_by == (FIRST, SECOND)
    assert Proposals(engine).agreed() == [agreed]
    # Nobody of another workspace is written to, so that Eve is told where she proposed it.
    slack.wait_until(lambda: len(slack.thread(CHANNEL, str(proposal.message_ts))) == 2)
    told = slack.thread(CHANNEL, str(proposal.message_ts))[-1]
    assert "agreed on" in said(told["blocks"])
    slack.wait_until(lambda: is_all_done(engine))
    assert slack.told_directly(EVE) == []
    assert outcomes(engine) == [
        (EVE, "proposed"),
        (FIRST, "agreed"),
        (SECOND, "agreed"),
        (SECOND, "agreed by its stewards"),
    ]
    assert all("outcome" not in e.detail.lower() for e in AuditLog(engine).recent(100))


def test_what_was_agreed_before_is_shown_as_what_would_be_replaced_and_retired(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    appoint(engine, FIRST)
    first = proposed(slack, engine)
    press(slack, FIRST, AGREE_ACTION, first)
    other = "An outcome is a result that people value."
    second = proposed(slack, engine, term="outcomes", text=other)
    shown = said(message_of(slack, second)["blocks"])
    assert "It would take the place of what was agreed on" in shown
    assert TEXT in shown
    press(slack, FIRST, AGREE_ACTION, second)
    assert now(engine, first).state is ProposalState.RETIRED
    assert [each.id for each in Proposals(engine).agreed()] == [second.id]
    shows(slack, first, "It has not held since")
    slack.wait_for_direct(MEMBER, "on your definition of outcomes")
    slack.wait_until(lambda: is_all_done(engine))
    assert len(slack.told_directly(MEMBER)) == 2


@pytest.mark.parametrize("action", [AGREE_ACTION, RETIRE_ACTION])
def test_who_is_no_steward_changes_nothing_and_is_told_the_same_of_what_is_not_there(
    started: FakeSlack, engine: Engine, train: ScriptedTrain, action: str
) -> None:
    slack = started
    proposal = proposed(slack, engine)
    before = now(engine, proposal)
    for user in (MEMBER, EVE, FAY, NOBODY):
        told = {
            press(slack, user, action, proposal, value)
            for value in (str(proposal.id), "4711", "-1", "9" * 40, "elm")
        }
        assert told == {say(words.NOT_YOURS)}
        refused = [entry for entry in train.entries if entry.actor.id == user]
        assert {(each.action, each.outcome) for each in refused} == {(Action.AGREE, "refused")}
    assert now(engine, proposal) == before


def test_who_is_no_steward_gets_no_form_to_decline_and_a_forged_one_declines_nothing(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    proposal = proposed(slack, engine)
    assert press(slack, MEMBER, DECLINE_ACTION, proposal) == say(words.NOT_YOURS)
    form = declining(slack, FIRST, proposal)
    for user in (MEMBER, EVE, NOBODY):
        answered = send(slack, user, form, reason="Too narrow.")
        assert answered["errors"] == {"reason": say(words.NOT_YOURS)}
    assert now(engine, proposal) == proposal


def test_a_steward_who_presses_often_counts_once(started: FakeSlack, engine: Engine) -> None:
    slack = started
    proposal = proposed(slack, engine)
    message = message_of(slack, proposal)
    for _ in range(4):
        slack.press(FIRST, AGREE_ACTION, str(proposal.id), message, CHANNEL)
    slack.wait_for_reply(FIRST, 4)
    assert now(engine, proposal).agreed_by == (FIRST,)
    assert now(engine, proposal).state is ProposalState.PROPOSED
    assert outcomes(engine).count((FIRST, "agreed")) == 1


def test_a_steward_who_was_removed_in_between_counts_no_longer(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    proposal = proposed(slack, engine)
    press(slack, FIRST, AGREE_ACTION, proposal)
    appoint(engine, SECOND, THIRD)
    told = press(slack, SECOND, AGREE_ACTION, proposal)
    assert told == say(words.COUNTED, agree=1, needed=2)
    assert press(slack, FIRST, AGREE_ACTION, proposal) == say(words.NOT_YOURS)
    assert now(engine, proposal).state is ProposalState.PROPOSED
    shows(slack, proposal, f"{SECOND} agreed on")
    assert f"{FIRST} agreed" not in said(message_of(slack, proposal)["blocks"])


def declining(slack: FakeSlack, user: str, proposal: Proposal) -> dict[str, Any]:
    """Press Decline and return the form."""
    count = len(slack.modals)
    message = message_of(slack, proposal)
    slack.press(user, DECLINE_ACTION, str(proposal.id), message, str(proposal.channel))
    form = after_a_moment(slack, count)
    assert form.get("callback_id") == DECLINE_VIEW
    return form


def _callback(slack: FakeSlack) -> str:
    return str(slack.modals[-1].get("callback_id"))


def test_who_proposed_is_told_why_it_was_declined(started: FakeSlack, engine: Engine) -> None:
    slack = started
    proposal = proposed(slack, engine)
    empty = send(slack, FIRST, declining(slack, FIRST, proposal), reason="  ")
    assert list(empty["errors"]) == ["reason"]
    for user in (FIRST, SECOND):
        form = declining(slack, user, proposal)
        send(slack, user, form, reason=f"Too narrow, says {user}.")
    assert now(engine, proposal).state is ProposalState.DECLINED
    told = slack.wait_for_direct(MEMBER, "declined your definition of Outcome")
    assert "Too narrow, says U3CAT." in said(told["blocks"])
    shows(slack, proposal, "Declined by the network's stewards on")
    assert press(slack, THIRD, AGREE_ACTION, proposal) == say(words.ENDED)
    assert now(engine, proposal).state is ProposalState.DECLINED


def test_who_belongs_to_no_network_where_they_are_is_told_of_none(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    forged = {**propose_view(Draft("elm", "Outcome", TEXT, channel="C1"), [ELM]), "id": "V9"}
    nowhere = {**propose_view(Draft("oak", "Outcome", TEXT), [replace(ELM, id="oak")]), "id": "V8"}
    for user in (NOBODY, EVE):
        shown = form_of(slack, user, "outcome", channel="C1")
        assert said(shown["blocks"]) == say(words.NO_NETWORK)
        wanted = send(slack, user, forged)["errors"]
        assert send(slack, user, nowhere)["errors"] == wanted == {"network": say(words.NO_SUCH)}
    assert Proposals(engine).of_network("elm") == []


def test_a_channel_that_a_form_only_claims_lets_nobody_in(
    started: FakeSlack, engine: Engine
) -> None:
    forged = {**propose_view(Draft("elm", "Outcome", TEXT, channel=CHANNEL), [ELM]), "id": "V9"}
    answered = send(started, NOBODY, forged)
    assert answered["errors"] == {"network": say(words.NO_SUCH)}
    assert Proposals(engine).of_network("elm") == []


def test_a_form_that_arrives_twice_proposes_once(started: FakeSlack, engine: Engine) -> None:
    slack = started
    form = form_of(slack, MEMBER, "Outcome")
    for _ in range(2):
        assert send(slack, MEMBER, form, text=TEXT)["response_action"] == "update"
    again = send(slack, MEMBER, form_of(slack, MEMBER, "outcome"), text=TEXT)
    assert again["errors"] == {"text": say(words.PROPOSED_ALREADY)}
    assert len(Proposals(engine).of_network("elm")) == 1


def test_a_form_that_slack_opened_without_telling_us_is_filled(started: FakeSlack) -> None:
    started.fail_next("views.open", Fault("lost_reply"))
    assert form_of(started, MEMBER)["callback_id"] == PROPOSE_VIEW
    assert started.shown_alone(MEMBER) == []


def test_who_types_the_command_and_gets_no_form_is_told_so(started: FakeSlack) -> None:
    started.fail_next("views.open", Fault("server_error"))
    started.command(MEMBER, "/network", "propose", CHANNEL)
    assert started.wait_for_reply(MEMBER).text == say(managing_words.FORM_EXPIRED)
    assert started.modals == []


def test_what_cannot_be_taken_is_said_at_its_field(started: FakeSlack, engine: Engine) -> None:
    form = form_of(started, MEMBER)
    mistakes: Sequence[tuple[dict[str, str], str]] = (
        ({"term": " ", "text": TEXT}, "term"),
        ({"term": "x" * 121, "text": TEXT}, "term"),
        ({"term": "?!", "text": TEXT}, "term"),
        ({"term": "Outcome", "text": "\u200b"}, "text"),
        ({"term": "Outcome", "text": "x" * 1501}, "text"),
        ({"term": "Outcome", "text": TEXT, "whose": "x" * 201}, "whose"),
    )
    for filled, field in mistakes:
        assert list(send(started, MEMBER, form, **filled)["errors"]) == [field]
    assert Proposals(engine).of_network("elm") == []


INTERNAL_WORDS = "An outcome is what our cabinet signed off."


@pytest.fixture
def internal_first(glossary: Glossary) -> None:
    """A definition from internal guidance, then one that is public."""
    cited = replace(SOURCE, document="cabinet.md", audience="internal", source="Our cabinet")
    open_one = replace(SOURCE, number=2, audience="public")
    glossary.answer = Answer(
        "outcome",
        AnswerStatus.ANSWERED,
        f"{INTERNAL_WORDS} {TEXT}",
        (Statement(INTERNAL_WORDS, (1,)), Statement(TEXT, (2,))),
        (cited, open_one),
    )


@pytest.mark.usefixtures("internal_first")
def test_words_from_internal_guidance_are_neither_filled_in_nor_taken_where_others_read(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    form = form_of(slack, MEMBER, "outcome")
    assert "cabinet" not in repr(form)
    assert TEXT in repr(form)
    answered = send(slack, MEMBER, form, text=f"We say: {INTERNAL_WORDS}")
    assert answered["errors"] == {"text": say(words.NOT_FOR_ALL)}
    assert Proposals(engine).of_network("elm") == []


@pytest.mark.usefixtures("internal_first")
def test_among_full_members_internal_words_are_filled_in_and_proposed(
    started: FakeSlack, engine: Engine, slack: FakeSlack
) -> None:
    slack.add_channel("C8HOME", MEMBER, FIRST, SECOND)
    appoint(engine, channels=("C8HOME",))
    form = form_of(slack, MEMBER, "outcome", "C8HOME")
    assert INTERNAL_WORDS in repr(form)
    assert "Our cabinet" in repr(form)
    assert send(started, MEMBER, form)["response_action"] == "update"
    (kept,) = Proposals(engine).of_network("elm")
    assert (kept.text, kept.is_internal) == (INTERNAL_WORDS, True)


def test_where_everything_is_internal_nothing_is_filled_in_and_it_is_said(
    started: FakeSlack, glossary: Glossary
) -> None:
    cited = replace(SOURCE, audience="internal")
    statement = Statement(INTERNAL_WORDS, (1,))
    glossary.answer = Answer(
        "outcome", AnswerStatus.ANSWERED, INTERNAL_WORDS, (statement,), (cited,)
    )
    form = form_of(started, MEMBER, "outcome")
    assert "cabinet" not in repr(form)
    assert say(words.NOT_FILLED_IN) in said(form["blocks"])


def test_below_a_definition_a_member_finds_the_way_to_propose_it(
    started: FakeSlack, glossary: Glossary
) -> None:
    slack = started
    slack.command(MEMBER, "/define", "outcome", CHANNEL)
    shown = slack.wait_for_reply(MEMBER)
    slack.press_button(MEMBER, "Propose for a network", shown.blocks, {"blocks": []}, CHANNEL)
    slack.wait_until(lambda: bool(slack.modals) and _callback(slack) == PROPOSE_VIEW)
    assert "outcome" in repr(slack.modals[-1])
    slack.command(NOBODY, "/define", "outcome")
    assert "Propose" not in repr(slack.wait_for_reply(NOBODY).blocks)
    glossary.answer = Answer("x", AnswerStatus.UNANSWERABLE_NO_PASSAGE, "No such term.")
    slack.command(MEMBER, "/define", "x")
    assert "Propose" not in repr(slack.wait_for_reply(MEMBER, 2).blocks)


def test_without_a_channel_each_steward_has_it_in_a_direct_message(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    Networks(engine).put_member(Member("elm", MEMBER, MemberState.MEMBER, FIRST, NOW), ENTRY)
    appoint(engine, FIRST, SECOND, channels=())
    proposal = proposed(slack, engine)
    for steward in (FIRST, SECOND):
        told = slack.wait_for_direct(steward, TEXT)
        assert f"they are {FIRST}, {SECOND}" in said(told["blocks"])
    slack.wait_until(lambda: is_all_done(engine))
    assert slack.told_directly(THIRD) == slack.told_directly(NOBODY) == []
    direct = slack.told_directly(FIRST)[0]
    slack.press_button(FIRST, "Agree", direct["blocks"], direct, slack.direct_channel(FIRST))
    slack.wait_until(lambda: now(engine, proposal).agreed_by == (FIRST,))
    slack.wait_until(lambda: f"{FIRST} agreed" in said(slack.told_directly(SECOND)[0]["blocks"]))
    # Who is a steward no more is told no more.
    appoint(engine, FIRST)
    slack.press_button(FIRST, "Agree", direct["blocks"], direct, slack.direct_channel(FIRST))
    slack.wait_for_direct(MEMBER, "agreed on")
    slack.wait_until(lambda: "Agreed by" in said(slack.told_directly(FIRST)[0]["blocks"]))
    slack.wait_until(lambda: is_all_done(engine))
    assert "Agreed by" not in said(slack.told_directly(SECOND)[0]["blocks"])


def test_who_becomes_a_steward_while_it_is_open_has_it_in_a_direct_message_too(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    Networks(engine).put_member(Member("elm", MEMBER, MemberState.MEMBER, FIRST, NOW), ENTRY)
    appoint(engine, FIRST, channels=())
    proposal = proposed(slack, engine)
    direct = slack.wait_for_direct(FIRST, TEXT)
    appoint(engine, FIRST, SECOND)
    slack.press_button(FIRST, "Agree", direct["blocks"], direct, slack.direct_channel(FIRST))
    theirs = slack.wait_for_direct(SECOND, TEXT)
    slack.press_button(SECOND, "Agree", theirs["blocks"], theirs, slack.direct_channel(SECOND))
    slack.wait_until(lambda: now(engine, proposal).state is ProposalState.AGREED)


def test_a_channel_that_is_not_open_any_more_is_shown_nothing_new(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    policies = Policies(engine)
    there = policies.of(TEAM, CHANNEL)
    shut = replace(there, opened_until=NOW.date() - timedelta(days=1), set_at=datetime.now(UTC))
    assert policies.set(shut, ENTRY, there.set_at)
    form = form_of(slack, FIRST, "Outcome")
    assert send(slack, FIRST, form, text=TEXT)["response_action"] == "update"
    slack.wait_for_direct(FIRST, TEXT)
    slack.wait_until(lambda: is_all_done(engine))
    assert not [m for m in slack.everything_posted() if TEXT in repr(m) and "D" not in m["text"]]
    assert slack.thread(CHANNEL, "0") == []
    assert all(not post.startswith("C") for post in _channels_of(engine))


def _channels_of(engine: Engine) -> list[str]:
    return [str(each.channel) for each in Proposals(engine).of_network("elm")]


def test_the_home_tab_shows_members_what_was_agreed_and_stewards_what_waits(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    proposal = proposed(slack, engine)
    proposed_there = "Outcome is proposed in Elm Network"
    home_of(slack, MEMBER, lambda home: proposed_there in words_of(home))
    assert "Outcome waits for your word in Elm Network" in words_of(home_of(slack, FIRST))
    for user in (NOBODY, EVE):
        shown = words_of(home_of(slack, user))
        assert "Outcome" not in shown
        assert "Elm" not in shown
    press(slack, FIRST, AGREE_ACTION, proposal)
    home_of(slack, FIRST, lambda home: "waits for your word" not in words_of(home))
    press(slack, SECOND, AGREE_ACTION, proposal)
    home = home_of(slack, MEMBER, lambda home: "Outcome (Elm Network, agreed on" in words_of(home))
    slack.press_button(MEMBER, "Look at it", home["blocks"])
    slack.wait_until(lambda: bool(slack.modals) and TEXT in said(slack.modals[-1]["blocks"]))
    for value in (str(proposal.id), "4711"):
        count = len(slack.modals)
        slack.press(NOBODY, SHOW_ACTION, value)
        assert said(after_a_moment(slack, count)["blocks"]) == say(words.NO_SUCH)


def test_a_steward_lets_a_definition_hold_no_longer(started: FakeSlack, engine: Engine) -> None:
    slack = started
    appoint(engine, FIRST)
    proposal = proposed(slack, engine)
    press(slack, FIRST, AGREE_ACTION, proposal)
    assert press(slack, MEMBER, RETIRE_ACTION, proposal) == say(words.NOT_YOURS)
    assert press(slack, FIRST, RETIRE_ACTION, proposal) == say(words.RETIRED_TOLD)
    assert press(slack, FIRST, RETIRE_ACTION, proposal) == say(words.ENDED)
    assert Proposals(engine).agreed() == []
    assert outcomes(engine).count((FIRST, "retired")) == 1
    shows(slack, proposal, "It has not held since")


def test_when_slack_loses_a_reply_it_is_still_posted_once(
    started: FakeSlack, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LEASE", timedelta(milliseconds=50))
    slack = started
    slack.fail_next("chat.postMessage", Fault("lost_reply"))
    proposal = proposed(slack, engine)
    shows(slack, proposal, TEXT)
    slack.wait_until(lambda: is_all_done(engine))
    assert len([m for m in slack.everything_posted() if TEXT in repr(m)]) == 1


def test_when_slack_does_not_say_who_presses_nothing_changes(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    proposal = proposed(slack, engine)
    with slack.failing("users.info", Fault("error", error="fatal_error")):
        said = press(slack, FIRST, AGREE_ACTION, proposal)
    assert said in {say(words.UNCHECKED), say(words.NOT_YOURS)}
    assert now(engine, proposal).agreed_by == ()


def test_words_of_a_purged_document_go_from_the_message_too(
    started: FakeSlack, engine: Engine
) -> None:
    slack = started
    proposal = proposed(slack, engine)
    assert Proposals(engine).withdraw_quoting([TEXT]) == 1
    shows(slack, proposal, "are gone with it")
    assert TEXT not in repr(message_of(slack, proposal))


def test_a_form_is_acknowledged_while_slack_takes_its_time_and_is_done_once(
    started: FakeSlack, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack = started
    monkeypatch.setattr(in_time, "PATIENCE", 0.2)
    form, told = form_of(slack, MEMBER, "Outcome"), threading.Event()
    with slack.failing("users.info", Fault("late", seconds=60, until=told)):
        answered = send(slack, MEMBER, form, text=TEXT, network="elm")
        assert said(answered["view"]["blocks"]) == say(in_time.ONE_MOMENT)
        assert Proposals(engine).of_network("elm") == []
        told.set()
    told_so = say(words.PROPOSED_TOLD, term="Outcome", network="Elm Network")
    slack.wait_until(lambda: told_so in said(slack.modals[-1]["blocks"]))
    assert len(Proposals(engine).of_network("elm")) == 1


@pytest.mark.parametrize(
    ("kind", "sentence"), [("silent", words.UNCHECKED), ("late", words.PROPOSED_ALREADY)]
)
def test_what_is_wrong_with_a_form_that_waited_stands_above_it_and_its_words_are_kept(
    started: FakeSlack,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    kind: FaultKind,
    sentence: str,
) -> None:
    slack = started
    proposed(slack, engine)
    monkeypatch.setattr(in_time, "PATIENCE", 0.2)
    form, told = form_of(slack, MEMBER, "Outcome"), threading.Event()
    with slack.failing("users.info", Fault(kind, seconds=60, until=told)):
        answered = send(slack, MEMBER, form, text=TEXT, whose="Elm Council", network="elm")
        assert said(answered["view"]["blocks"]) == say(in_time.ONE_MOMENT)
        told.set()
        slack.wait_until(lambda: say(sentence) in said(slack.modals[-1]["blocks"]), seconds=30)
    again = slack.modals[-1]
    assert again["callback_id"] == PROPOSE_VIEW
    assert TEXT in str(again["blocks"])
    assert "Elm Council" in str(again["blocks"])
    assert len(Proposals(engine).of_network("elm")) == 1
