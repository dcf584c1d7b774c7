"""Who belongs to a network by each way in, and who does not."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from assistant.domain.errors import SlackError
from assistant.domain.networks import Member, MemberState, Network, Openness
from assistant.domain.releases import Actor, AuditEntry
from assistant.network.membership import MOST_LOOKED_INTO, Memberships, Rank
from assistant.store.database import open_database
from assistant.store.networks.networks import Networks

NOW = datetime(2027, 3, 1, tzinfo=UTC)
ENTRY = AuditEntry(NOW, Actor("U1", "Slack"), "belong to a network", "elm", "done")
STEWARD, MEMBER, OTHER, GUEST, PARTNER = "U1", "U2", "U3", "U4", "U5"
ELM = Network(
    id="elm",
    team="T1",
    name="Elm",
    purpose="What works",
    openness=Openness.PRIVATE,
    stewards=(STEWARD,),
    channels=("C1", "C2"),
    groups=("S1",),
)


@dataclass
class SlackSays:
    """A double of Slack: what it says of people and places, and how often it was asked."""

    standing: dict[str, Rank] = field(
        default_factory=lambda: {GUEST: Rank.GUEST, PARTNER: Rank.OUTSIDE}
    )
    there: dict[str, set[str] | None] = field(default_factory=dict)
    closed_places: set[str] = field(default_factory=set)
    let_in: set[tuple[str, str]] = field(default_factory=set)
    too_many: bool = False
    unknown: set[str] = field(default_factory=set)
    looked_into: list[str] = field(default_factory=list)
    is_away: bool = False

    def rank(self, user: str) -> Rank:
        return self.standing.get(user, Rank.FULL)

    def ranks(self, users: Collection[str]) -> Mapping[str, Rank] | None:
        if self.too_many:
            return None
        return {user: self.rank(user) for user in users if user not in self.unknown}

    def is_in(self, user: str, channel: str) -> bool:
        return user in (self._look_into(channel) or ())

    def counts(self, channel: str) -> bool:
        return channel not in self.closed_places

    def is_let_in(self, user: str, channel: str) -> bool:
        return (user, channel) in self.let_in

    def members(self, channel: str) -> Collection[str] | None:
        return self._look_into(channel)

    def members_of(self, group: str) -> Collection[str]:
        return self._look_into(group) or ()

    def may_be_said_in(self, channel: str) -> bool:
        return self.counts(channel) and self.there.get(channel) is not None

    def _look_into(self, place: str) -> set[str] | None:
        if self.is_away:
            raise SlackError("Slack is away.")
        self.looked_into.append(place)
        return self.there.get(place, set())


@pytest.fixture
def networks(tmp_path: Path) -> Networks:
    networks = Networks(open_database(tmp_path))
    assert networks.create(ELM, ENTRY) is not None
    return networks


@pytest.fixture
def says() -> SlackSays:
    return SlackSays()


@pytest.fixture
def memberships(networks: Networks, says: SlackSays) -> Memberships:
    return Memberships(networks, says, "T1")


def put(networks: Networks, user: str, state: MemberState, by: str = STEWARD) -> None:
    assert networks.put_member(Member("elm", user, state, by, NOW), ENTRY)


def ids(found: Collection[Network]) -> list[str]:
    return [network.id for network in found]


def test_who_has_nothing_to_do_with_a_network_does_not_belong_to_it(
    memberships: Memberships,
) -> None:
    assert memberships.of(OTHER) == []
    assert memberships.of(OTHER, "C1") == []
    assert not memberships.is_member(OTHER, ELM)
    assert not memberships.is_steward(OTHER, ELM)


def test_without_any_network_slack_is_not_asked(tmp_path: Path, says: SlackSays) -> None:
    class NeverAsked(SlackSays):
        def rank(self, user: str) -> Rank:
            raise AssertionError(user)

    memberships = Memberships(Networks(open_database(tmp_path)), NeverAsked(), "T1")
    assert list(memberships.of(STEWARD, "C1")) == []


def test_a_steward_belongs_and_looks_after_it_while_a_full_member(
    memberships: Memberships, says: SlackSays
) -> None:
    assert ids(memberships.of(STEWARD)) == ["elm"]
    assert memberships.is_steward(STEWARD, ELM)
    assert memberships.is_member(STEWARD, ELM)
    assert not memberships.is_steward(MEMBER, ELM)
    for rank in (Rank.GUEST, Rank.OUTSIDE):
        says.standing[STEWARD] = rank
        assert list(memberships.of(STEWARD)) == []
        assert not memberships.is_steward(STEWARD, ELM)
        assert not memberships.is_member(STEWARD, ELM)


def test_a_steward_is_one_by_what_is_kept_not_by_what_is_handed_in(
    memberships: Memberships,
) -> None:
    forged = replace(ELM, stewards=(OTHER,), channels=("C9",), groups=())
    assert not memberships.is_steward(OTHER, forged)
    assert memberships.is_steward(STEWARD, forged)


@pytest.mark.parametrize("place", ["C1", "C2", "S1"])
def test_a_full_member_belongs_by_a_channel_or_a_user_group(
    memberships: Memberships, says: SlackSays, place: str
) -> None:
    says.there[place] = {MEMBER}
    assert ids(memberships.of(MEMBER)) == ["elm"]
    assert ids(memberships.of(MEMBER, "C9")) == ["elm"]
    assert memberships.is_member(MEMBER, ELM)
    assert list(memberships.of(OTHER)) == []


def test_who_leaves_the_channel_leaves_the_network(
    memberships: Memberships, says: SlackSays
) -> None:
    says.there["C1"] = {MEMBER}
    assert memberships.is_member(MEMBER, ELM)
    says.there["C1"] = set()
    assert not memberships.is_member(MEMBER, ELM)


def test_a_shared_channel_that_is_not_opened_makes_nobody_a_member(
    memberships: Memberships, says: SlackSays
) -> None:
    says.there["C1"] = {MEMBER, GUEST, PARTNER}
    says.closed_places = {"C1"}
    for user in (MEMBER, GUEST, PARTNER):
        assert list(memberships.of(user)) == []
        assert list(memberships.of(user, "C1")) == []
    assert memberships.people(ELM) == [STEWARD]


@pytest.mark.parametrize(
    ("state", "belonging"),
    [(MemberState.MEMBER, ["elm"]), (MemberState.INVITED, []), (MemberState.REQUESTED, [])],
)
@pytest.mark.parametrize("user", [MEMBER, GUEST])
def test_only_who_has_arrived_belongs(
    memberships: Memberships,
    networks: Networks,
    user: str,
    state: MemberState,
    belonging: list[str],
) -> None:
    put(networks, user, state)
    assert ids(memberships.of(user)) == belonging
    assert memberships.is_member(user, ELM) is bool(belonging)
    assert not memberships.is_steward(user, ELM)
    assert memberships.people(ELM) == ([STEWARD, user] if belonging else [STEWARD])


def test_who_was_removed_does_not_belong(memberships: Memberships, networks: Networks) -> None:
    put(networks, MEMBER, MemberState.MEMBER)
    assert memberships.is_member(MEMBER, ELM)
    networks.drop_member("elm", MEMBER, ENTRY)
    assert not memberships.is_member(MEMBER, ELM)
    assert memberships.people(ELM) == [STEWARD]


def test_a_guest_belongs_by_a_channel_only_in_it(memberships: Memberships, says: SlackSays) -> None:
    says.there["C1"] = {GUEST}
    says.there["S1"] = {GUEST}
    assert list(memberships.of(GUEST)) == []
    assert list(memberships.of(GUEST, "C2")) == []
    assert ids(memberships.of(GUEST, "C1")) == ["elm"]
    assert not memberships.is_member(GUEST, ELM)
    assert memberships.is_member(GUEST, ELM, "C1")


def test_a_guest_who_is_not_in_the_channel_does_not_belong_there(
    memberships: Memberships, says: SlackSays
) -> None:
    says.there["C1"] = {MEMBER}
    assert list(memberships.of(GUEST, "C1")) == []
    assert list(memberships.of(OTHER, "C1")) == []


def test_a_guest_whom_a_steward_let_in_belongs_everywhere_and_who_joined_alone_nowhere(
    memberships: Memberships, networks: Networks
) -> None:
    put(networks, GUEST, MemberState.MEMBER, by=STEWARD)
    assert ids(memberships.of(GUEST)) == ["elm"]
    networks.drop_member("elm", GUEST, ENTRY)
    # They joined an open network when they were a full member.
    put(networks, GUEST, MemberState.MEMBER, by=GUEST)
    assert list(memberships.of(GUEST)) == []
    assert memberships.people(ELM) == [STEWARD]


def test_a_full_member_who_joined_by_themselves_belongs(
    memberships: Memberships, networks: Networks
) -> None:
    put(networks, MEMBER, MemberState.MEMBER, by=MEMBER)
    assert ids(memberships.of(MEMBER)) == ["elm"]
    assert memberships.people(ELM) == [STEWARD, MEMBER]


def test_an_outsider_belongs_only_where_they_were_let_in(
    memberships: Memberships, networks: Networks, says: SlackSays
) -> None:
    put(networks, PARTNER, MemberState.MEMBER)
    says.there = {"C1": {PARTNER}, "C2": {PARTNER}, "S1": {PARTNER}}
    says.let_in = {(PARTNER, "C1"), (PARTNER, "C9")}
    assert ids(memberships.of(PARTNER, "C1")) == ["elm"]
    assert memberships.is_member(PARTNER, ELM, "C1")
    for channel in ("", "C2", "C9"):
        assert list(memberships.of(PARTNER, channel)) == []
        assert not memberships.is_member(PARTNER, ELM, channel)


def test_to_a_closed_network_nobody_belongs(
    memberships: Memberships, networks: Networks, says: SlackSays
) -> None:
    put(networks, MEMBER, MemberState.MEMBER)
    says.there = {"C1": {MEMBER, GUEST}}
    says.let_in = {(PARTNER, "C1")}
    networks.close(ELM, ENTRY)
    for user in (STEWARD, MEMBER, GUEST, PARTNER):
        assert list(memberships.of(user, "C1")) == []
        assert not memberships.is_member(user, ELM, "C1")
        assert not memberships.is_steward(user, ELM)
    assert list(memberships.people(ELM) or ()) == []
    assert list(memberships.channels(ELM)) == []


def test_another_workspaces_network_has_no_members_here(networks: Networks) -> None:
    elsewhere = Memberships(networks, SlackSays(), "T2")
    assert list(elsewhere.of(STEWARD)) == []
    assert not elsewhere.is_member(STEWARD, ELM)
    assert not elsewhere.is_steward(STEWARD, ELM)


def test_what_slack_does_not_tell_now_is_raised_not_guessed(
    memberships: Memberships, says: SlackSays
) -> None:
    says.is_away = True
    with pytest.raises(SlackError):
        memberships.of(MEMBER)
    with pytest.raises(SlackError):
        memberships.people(ELM)
    # What is kept needs no Slack but for who they are.
    assert ids(memberships.of(STEWARD)) == ["elm"]


def test_all_who_may_read_are_told_or_none(
    memberships: Memberships, networks: Networks, says: SlackSays
) -> None:
    put(networks, "U7", MemberState.MEMBER)
    says.there = {"C1": {MEMBER, GUEST, PARTNER}, "C2": set(), "S1": {OTHER, GUEST, "U8"}}
    says.standing["U8"] = Rank.GUEST
    assert memberships.people(ELM) == [STEWARD, MEMBER, OTHER, GUEST, PARTNER, "U7"]
    assert memberships.anywhere(ELM) == [STEWARD, MEMBER, OTHER, "U7"]
    put(networks, GUEST, MemberState.MEMBER)
    assert memberships.anywhere(ELM) == [STEWARD, MEMBER, OTHER, GUEST, "U7"]
    says.too_many = True
    assert memberships.people(ELM) is None
    assert memberships.anywhere(ELM) is None
    says.too_many = False
    says.there["C2"] = None
    assert memberships.people(ELM) is None
    assert memberships.anywhere(ELM) is None


def test_who_reads_in_a_channel_and_is_not_known_is_told_of_but_not_written_to(
    memberships: Memberships, says: SlackSays
) -> None:
    says.there["C1"] = {"U404"}
    says.unknown = {"U404"}
    assert memberships.people(ELM) == [STEWARD, "U404"]
    assert memberships.anywhere(ELM) == [STEWARD]
    assert not memberships.are_full_members(ELM)


def test_that_all_are_full_members_is_said_only_when_it_is_known(
    memberships: Memberships, says: SlackSays
) -> None:
    says.there["C1"] = {MEMBER}
    assert memberships.are_full_members(ELM)
    says.there["C1"] = {MEMBER, GUEST}
    assert not memberships.are_full_members(ELM)
    says.there["C1"] = None
    assert not memberships.are_full_members(ELM)
    says.there["C1"] = {MEMBER}
    says.too_many = True
    assert not memberships.are_full_members(ELM)


def test_its_channels_are_those_in_which_it_may_be_said(
    memberships: Memberships, says: SlackSays
) -> None:
    says.there = {"C1": {MEMBER}, "C2": {MEMBER}}
    assert list(memberships.channels(ELM)) == ["C1", "C2"]
    says.closed_places = {"C2"}
    assert list(memberships.channels(ELM)) == ["C1"]


def many(networks: Networks, count: int, places: int) -> None:
    for number in range(count):
        channels = tuple(f"C{number}x{place}" for place in range(places))
        made = replace(ELM, id=f"n{number:02}", stewards=("U9",), channels=channels, groups=())
        assert networks.create(made, ENTRY) is not None


def test_slack_is_asked_of_a_bounded_number_of_places(
    memberships: Memberships, networks: Networks, says: SlackSays
) -> None:
    many(networks, 10, 5)
    with capture_logs() as logs:
        assert list(memberships.of(OTHER)) == []
    assert len(says.looked_into) == MOST_LOOKED_INTO
    assert [each["event"] for each in logs] == ["networks_not_all_looked_into"]


def test_each_network_has_its_turn_before_any_has_its_second(
    memberships: Memberships, networks: Networks, says: SlackSays
) -> None:
    many(networks, 15, 30)
    says.there["C14x0"] = {OTHER}
    assert ids(memberships.of(OTHER)) == ["n14"]


def test_a_place_of_several_networks_is_looked_into_once_and_none_for_what_is_known(
    memberships: Memberships, networks: Networks, says: SlackSays
) -> None:
    for name in ("oak", "ash"):
        networks.create(replace(ELM, id=name, groups=(), stewards=(), channels=("C1",)), ENTRY)
    says.there["C1"] = {MEMBER}
    assert ids(memberships.of(MEMBER)) == ["ash", "elm", "oak"]
    assert says.looked_into == ["C1"]
    says.looked_into.clear()
    assert ids(memberships.of(MEMBER, "C1")) == ["ash", "elm", "oak"]
    assert says.looked_into == ["C1"]


BY_STEWARD, ALONE = STEWARD, MEMBER
KEPT: tuple[tuple[MemberState, str] | None, ...] = (
    None,
    (MemberState.REQUESTED, ALONE),
    (MemberState.INVITED, BY_STEWARD),
    (MemberState.MEMBER, BY_STEWARD),
    (MemberState.MEMBER, ALONE),
)


def test_every_way_in_for_every_rank_gives_what_the_rule_says_and_no_more(
    networks: Networks,
) -> None:
    """The rule is said anew here, in other words than the code's."""
    all_kept = product((True, False), KEPT, (True, False))
    for made, (is_steward, kept, is_closed) in enumerate(all_kept):
        stewards = (MEMBER,) if is_steward else ()
        network = replace(ELM, id=f"n{made}", stewards=stewards, channels=("C1",))
        assert networks.create(network, ENTRY) is not None
        if kept is not None:
            networks.put_member(Member(network.id, MEMBER, *kept, NOW), ENTRY)
        if is_closed:
            networks.close(network, ENTRY)
        for says, in_channel, in_group, counts, let_in in situations():
            memberships = Memberships(networks, says, "T1")
            is_here = in_channel and counts
            arrived = kept is not None and kept[0] is MemberState.MEMBER
            invited = kept == (MemberState.MEMBER, BY_STEWARD)
            rule = {
                Rank.FULL: (is_steward or arrived or in_group or is_here,) * 2,
                Rank.GUEST: (invited, invited or is_here),
                Rank.OUTSIDE: (False, let_in),
            }
            alone, here = rule[says.rank(MEMBER)]
            assert memberships.is_member(MEMBER, network) is (alone and not is_closed)
            assert memberships.is_member(MEMBER, network, "C1") is (here and not is_closed)
            assert memberships.is_steward(MEMBER, network) is (
                is_steward and says.rank(MEMBER) is Rank.FULL and not is_closed
            )


def situations() -> Iterator[tuple[SlackSays, bool, bool, bool, bool]]:
    yes_no = (True, False)
    for rank, in_channel, in_group, counts, let_in in product(Rank, yes_no, yes_no, yes_no, yes_no):
        says = SlackSays(standing={MEMBER: rank})
        says.there = {
            "C1": {MEMBER} if in_channel else set(),
            "S1": {MEMBER} if in_group else set(),
        }
        says.closed_places = set() if counts else {"C1"}
        says.let_in = {(MEMBER, "C1")} if let_in else set()
        yield says, in_channel, in_group, counts, let_in
