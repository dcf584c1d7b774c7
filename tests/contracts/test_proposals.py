"""The contract of the definitions that networks propose and agree, on every database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest

from assistant.domain.networks import Network, Openness, Proposal, ProposalState, Vote
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from assistant.store.networks.proposals import Proposals

AT = datetime(2027, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
OUTCOME = Proposal(
    id=0,
    network="elm",
    term="Outcome",
    text="A change in somebody's life that they value.",
    whose="Elm partners",
    state=ProposalState.PROPOSED,
    proposed_by="U9",
    proposed_at=AT,
)
THREE = ("U1", "U2", "U3")
FOUNDED = AuditEntry(AT, Actor("U1", "Slack"), Action.NETWORK, "network elm", "created")


@pytest.fixture
def networks(engine: Engine) -> Networks:
    """The networks Elm, with three stewards, and Oak, with one."""
    networks = Networks(engine)
    for name, stewards in (("elm", THREE), ("oak", ("U1",))):
        network = Network(name, "T1", name.title(), "To learn.", Openness.OPEN, stewards)
        assert networks.create(network, FOUNDED) is not None
    return networks


@pytest.fixture
def proposals(engine: Engine, networks: Networks) -> Proposals:
    return Proposals(engine)


def appoint(networks: Networks, stewards: Sequence[str]) -> None:
    elm = networks.find("T1", "elm")
    assert elm is not None
    assert elm.changed_at is not None
    assert networks.change(replace(elm, stewards=tuple(stewards)), FOUNDED, elm.changed_at)


def entry(user: str, outcome: str = "proposed", at: datetime = AT) -> AuditEntry:
    return AuditEntry(at, Actor(user, "Slack"), Action.AGREE, "a proposal", outcome)


def same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def proposed(proposals: Proposals, form: str = "V1", **changes: str) -> Proposal:
    kept = proposals.add(replace(OUTCOME, **changes), form, entry("U9"))  # type: ignore[arg-type]
    assert kept is not None
    return kept


def agree(proposals: Proposals, proposal: Proposal, steward: str, at: datetime = AT) -> Proposal:
    vote = Vote(steward, agrees=True, at=at)
    found = proposals.agree(proposal.id, vote, same, entry(steward, "agreed", at))
    assert found is not None
    return found


def decline(proposals: Proposals, proposal: Proposal, steward: str) -> Proposal:
    vote = Vote(steward, agrees=False, at=AT, reason="Too narrow.")
    found = proposals.decline(proposal.id, vote, entry(steward, "declined"))
    assert found is not None
    return found


def outcomes(engine: Engine) -> list[tuple[str, str, str]]:
    recent = [each for each in AuditLog(engine).recent(50) if each.action == Action.AGREE]
    return [(each.actor.id, each.target, each.outcome) for each in reversed(recent)]


def test_a_proposal_comes_back_as_it_was_made_and_once_for_each_form(
    proposals: Proposals, engine: Engine
) -> None:
    first = proposed(proposals)
    assert first == replace(OUTCOME, id=first.id)
    assert proposed(proposals) == first
    second = proposed(proposals, "V2", term="Output")
    assert proposals.find(first.id) == first
    assert proposals.find(second.id + 1) is None
    assert proposals.of_network("elm") == [second, first]
    assert proposals.of_network("elm", ProposalState.AGREED) == []
    assert proposals.of_network("oak") == []
    assert outcomes(engine) == [
        ("U9", f"proposal {first.id} of network elm", "proposed"),
        ("U9", f"proposal {second.id} of network elm", "proposed"),
    ]


def test_to_a_closed_network_nothing_is_proposed_and_what_it_agreed_holds_no_longer(
    proposals: Proposals, networks: Networks, engine: Engine
) -> None:
    appoint(networks, ["U1"])
    agreed = agree(proposals, proposed(proposals), "U1")
    left = proposed(proposals, "V2", term="Output")
    assert proposals.agreed() == [agreed]
    elm = networks.find("T1", "elm")
    assert elm is not None
    networks.close(elm, FOUNDED)
    before = outcomes(engine)
    assert proposals.agreed() == []
    assert proposals.add(OUTCOME, "V3", entry("U9")) is None
    assert agree(proposals, left, "U1") == left
    assert decline(proposals, left, "U1") == left
    assert proposals.retire(agreed.id, "U1", entry("U1", "retired")) is None
    assert outcomes(engine) == before


@pytest.mark.parametrize(
    ("stewards", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4)]
)
def test_more_than_half_of_the_stewards_agree_a_definition(
    proposals: Proposals, networks: Networks, stewards: int, needed: int
) -> None:
    everybody = [f"U{n}" for n in range(stewards)]
    appoint(networks, everybody)
    proposal = proposed(proposals)
    for steward in everybody[: needed - 1]:
        assert agree(proposals, proposal, steward).state is ProposalState.PROPOSED
    agreed = agree(proposals, proposal, everybody[needed - 1])
    assert agreed.state is ProposalState.AGREED
    assert agreed.agreed_on == date(2027, 3, 1)
    assert set(agreed.agreed_by) == set(everybody[:needed])
    assert proposals.agreed() == [agreed]


def test_a_steward_counts_once_however_often_they_press(
    proposals: Proposals, engine: Engine
) -> None:
    proposal = proposed(proposals)
    for _ in range(3):
        open_still = agree(proposals, proposal, "U1")
    assert open_still.state is ProposalState.PROPOSED
    assert open_still.agreed_by == ("U1",)
    assert [outcome for _, _, outcome in outcomes(engine)] == ["proposed", "agreed"]


def test_who_is_no_steward_is_not_counted_and_not_written_down(
    proposals: Proposals, engine: Engine
) -> None:
    proposal = proposed(proposals)
    # A steward of another network is none of this one.
    other = proposed(proposals, "V2", network="oak")
    assert agree(proposals, other, "U2") == other
    assert agree(proposals, proposal, "U9") == proposal
    assert decline(proposals, proposal, "U9") == proposal
    assert [outcome for _, _, outcome in outcomes(engine)] == ["proposed"] * 2


def test_who_ceased_to_be_a_steward_counts_no_longer(
    proposals: Proposals, networks: Networks
) -> None:
    proposal = proposed(proposals)
    agree(proposals, proposal, "U1")
    appoint(networks, ["U2", "U3", "U4"])
    left = agree(proposals, proposal, "U2")
    assert left.state is ProposalState.PROPOSED
    assert left.agreed_by == ("U2",)
    # Back again, they are asked again.
    appoint(networks, THREE)
    assert agree(proposals, proposal, "U3").agreed_by == ("U2", "U3")


def test_an_agreement_is_counted_anew_when_stewards_left(
    proposals: Proposals, networks: Networks
) -> None:
    proposal = proposed(proposals)
    assert agree(proposals, proposal, "U1").state is ProposalState.PROPOSED
    appoint(networks, ["U1"])
    assert agree(proposals, proposal, "U1").state is ProposalState.AGREED


@pytest.mark.parametrize(("stewards", "needed"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
def test_it_is_declined_when_more_than_half_can_agree_no_longer(
    proposals: Proposals, networks: Networks, engine: Engine, stewards: int, needed: int
) -> None:
    everybody = [f"U{n}" for n in range(stewards)]
    appoint(networks, everybody)
    proposal = proposed(proposals)
    for steward in everybody[: needed - 1]:
        assert decline(proposals, proposal, steward).state is ProposalState.PROPOSED
    declined = decline(proposals, proposal, everybody[needed - 1])
    assert declined.state is ProposalState.DECLINED
    assert declined.ended_by == everybody[needed - 1]
    assert declined.votes[0].reason == "Too narrow."
    assert agree(proposals, proposal, everybody[0]) == declined
    assert proposals.agreed() == []
    assert outcomes(engine)[-1][2] == "declined by its stewards"


def test_a_steward_may_change_their_mind_while_it_is_open(proposals: Proposals) -> None:
    proposal = proposed(proposals)
    decline(proposals, proposal, "U1")
    changed = agree(proposals, proposal, "U1")
    assert [(vote.steward, vote.agrees, vote.reason) for vote in changed.votes] == [
        ("U1", True, "")
    ]


def test_what_was_agreed_before_in_the_network_is_retired_in_the_same_commit(
    proposals: Proposals, networks: Networks, engine: Engine
) -> None:
    appoint(networks, ["U1"])
    old = agree(proposals, proposed(proposals), "U1")
    elsewhere = agree(proposals, proposed(proposals, "V2", network="oak"), "U1")
    another = agree(proposals, proposed(proposals, "V3", term="Output"), "U1")
    new = agree(proposals, proposed(proposals, "V4", term="OUTCOME"), "U1")
    assert proposals.agreed() == [elsewhere, another, new]
    retired = proposals.find(old.id)
    assert retired is not None
    assert (retired.state, retired.ended_by) == (ProposalState.RETIRED, "U1")
    assert retired.agreed_on == date(2027, 3, 1)
    assert outcomes(engine)[-3:] == [
        ("U1", "a proposal", "agreed"),
        ("U1", "a proposal", "agreed by its stewards"),
        ("U1", f"proposal {old.id} of network elm", "retired"),
    ]
    assert AuditLog(engine).verify() == ()


def test_only_what_is_agreed_can_be_retired_by_a_steward_and_once(
    proposals: Proposals, networks: Networks, engine: Engine
) -> None:
    appoint(networks, ["U1"])
    proposal = proposed(proposals)
    assert proposals.retire(proposal.id, "U1", entry("U1", "retired")) is None
    agree(proposals, proposal, "U1")
    assert proposals.retire(proposal.id, "U2", entry("U2", "retired")) is None
    retired = proposals.retire(proposal.id, "U1", entry("U1", "retired"))
    assert retired is not None
    assert (retired.state, retired.ended_by, retired.ended_at) == (
        ProposalState.RETIRED,
        "U1",
        AT,
    )
    assert proposals.retire(proposal.id, "U1", entry("U1", "retired")) is None
    assert proposals.agreed() == []
    assert [outcome for _, _, outcome in outcomes(engine)].count("retired") == 1


def test_stewards_who_agree_at_one_moment_are_both_counted(
    proposals: Proposals, engine: Engine
) -> None:
    proposal = proposed(proposals)
    threads = [
        Thread(target=agree, args=(Proposals(engine), proposal, steward))
        for steward in ("U1", "U2")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = proposals.find(proposal.id)
    assert found is not None
    assert found.state is ProposalState.AGREED
    assert AuditLog(engine).verify() == ()


def test_it_is_taken_to_be_shown_by_one_at_a_time_and_after_each_change(
    proposals: Proposals,
) -> None:
    proposal = proposed(proposals)
    assert proposals.take(["oak"]) is None
    taken = proposals.take(["elm", "oak"])
    assert taken is not None
    assert (taken.proposal, taken.posts, taken.is_shown) == (proposal, (), False)
    assert proposals.take(["elm"]) is None
    proposals.note_posted(proposal.id, "C1", "1.0")
    proposals.note_posted(proposal.id, "C1", "1.0")
    proposals.note_posted(proposal.id, "D1", "2.0")
    agree(proposals, proposal, "U1")
    proposals.note_shown(proposal.id, taken.version)
    proposals.let_go(proposal.id)
    again = proposals.take(["elm"])
    assert again is not None
    assert again.posts == (("C1", "1.0"), ("D1", "2.0"))
    assert not again.is_shown
    proposals.note_shown(proposal.id, again.version)
    proposals.let_go(proposal.id)
    assert proposals.take(["elm"]) is None
    found = proposals.at("D1", "2.0")
    assert found is not None
    assert (found.id, found.channel, found.message_ts) == (proposal.id, "C1", "1.0")
    assert proposals.at("D1", "1.0") is None


def test_whoever_proposed_is_to_be_told_once_of_how_it_ended(
    proposals: Proposals, networks: Networks
) -> None:
    appoint(networks, ["U1"])
    proposal = proposed(proposals)
    agree(proposals, proposal, "U1")
    taken = proposals.take(["elm"])
    assert taken is not None
    assert not taken.is_told
    proposals.note_shown(proposal.id, taken.version)
    proposals.let_go(proposal.id)
    to_tell = proposals.take(["elm"])
    assert to_tell is not None
    assert (to_tell.is_shown, to_tell.is_told) == (True, False)
    proposals.note_told(proposal.id, ProposalState.AGREED)
    proposals.let_go(proposal.id)
    assert proposals.take(["elm"]) is None


def test_words_of_a_purged_document_go_out_of_proposals_which_end(proposals: Proposals) -> None:
    proposal = proposed(proposals)
    other = proposed(proposals, "V2", text="What a service does.")
    lost = proposals.withdraw_quoting(["A change in somebody's life that they value."])
    assert lost == 1
    found = proposals.find(proposal.id)
    assert found is not None
    assert (found.term, found.text, found.whose) == ("", "", "")
    assert found.state is ProposalState.RETIRED
    assert proposals.find(other.id) == other


def test_moments_come_back_in_order_of_the_votes(proposals: Proposals, networks: Networks) -> None:
    proposal = proposed(proposals)
    appoint(networks, [f"U{n}" for n in range(5)])
    agree(proposals, proposal, "U4", AT)
    found = agree(proposals, proposal, "U2", AT + timedelta(minutes=1))
    assert [(vote.steward, vote.at) for vote in found.votes] == [
        ("U4", AT),
        ("U2", AT + timedelta(minutes=1)),
    ]
