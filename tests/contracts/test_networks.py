"""The contract of networks and of who is let into them, on every database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import text

from assistant.domain.networks import Member, MemberState, Network, Openness, Topic
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks

NOW = datetime(2027, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ELM = Network(
    id="elm",
    team="T1",
    name="Elm network",
    purpose="What works in the Elm area",
    openness=Openness.RESTRICTED,
    stewards=("U1", "U2"),
    channels=("C1", "C2"),
    groups=("S1",),
    wait_hours=24,
    created_by="U9",
)
OAK = replace(ELM, id="oak", name="Oak", channels=("C2",), groups=(), stewards=("U3",))
INVITED, REQUESTED, MEMBER = MemberState.INVITED, MemberState.REQUESTED, MemberState.MEMBER


def entry(
    outcome: str, at: datetime = NOW, action: Action = Action.NETWORK, target: str = "elm"
) -> AuditEntry:
    return AuditEntry(at, Actor("U1", "Slack"), action, target, outcome)


def outcomes(engine: Engine) -> list[str]:
    log = AuditLog(engine)
    assert log.verify() == ()
    return [each.outcome for each in reversed(log.recent())]


@pytest.fixture
def networks(engine: Engine) -> Networks:
    networks = Networks(engine)
    assert networks.create(ELM, entry("created")) is not None
    return networks


def let(
    networks: Networks,
    state: MemberState,
    by: str = "U1",
    user: str = "U5",
    only_from: MemberState | None = None,
) -> bool:
    member = Member("elm", user, state, by, NOW)
    return networks.put_member(member, entry(state), only_from=only_from)


def test_a_network_comes_back_as_it_was_made_to_its_workspace_alone(networks: Networks) -> None:
    made = replace(ELM, created_at=NOW, changed_at=NOW)
    assert networks.find("T1", "elm") == made
    assert networks.find("T2", "elm") is None
    assert networks.find("T1", "oak") is None
    assert networks.all("T1") == [made]
    assert networks.all("T2") == []
    assert made.audience == "network-elm"


def test_what_is_told_of_a_new_network_is_what_is_kept(engine: Engine) -> None:
    networks = Networks(engine)
    claimed = replace(ELM, created_at=LATER, changed_at=LATER, closed_at=LATER)
    assert networks.create(claimed, entry("created")) == networks.find("T1", "elm")


def test_an_id_is_taken_once_even_by_a_network_that_is_closed(
    networks: Networks, engine: Engine
) -> None:
    assert networks.create(replace(ELM, name="Elm too"), entry("created again")) is None
    assert networks.create(replace(ELM, team="T2"), entry("created elsewhere")) is None
    assert networks.close(ELM, entry("closed"))
    assert networks.create(ELM, entry("created anew")) is None
    found = networks.find("T1", "elm")
    assert found is not None
    assert found.name == "Elm network"
    assert outcomes(engine) == ["created", "closed"]


def test_of_many_who_take_an_id_at_once_one_gets_it(engine: Engine) -> None:
    made: list[Network | None] = []

    def create() -> None:
        made.append(Networks(engine).create(ELM, entry("created")))

    threads = [Thread(target=create) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each is not None for each in made].count(True) == 1
    assert outcomes(engine) == ["created"]


def test_a_channel_tells_its_networks_that_are_not_closed(networks: Networks) -> None:
    networks.create(OAK, entry("created", target="oak"))

    def ids(team: str, channel: str) -> list[str]:
        return [each.id for each in networks.of_channel(team, channel)]

    assert ids("T1", "C1") == ["elm"]
    assert ids("T1", "C2") == ["elm", "oak"]
    assert ids("T2", "C1") == []
    assert ids("T1", "") == []
    networks.close(ELM, entry("closed"))
    assert ids("T1", "C2") == ["oak"]


def test_a_closed_network_is_told_only_to_who_asks_for_closed_ones(networks: Networks) -> None:
    assert networks.are_any("T1")
    assert not networks.are_any("T2")
    assert networks.close(ELM, entry("closed", LATER))
    assert not networks.close(ELM, entry("closed again", LATER))
    assert not networks.are_any("T1")
    assert networks.all("T1") == []
    (closed,) = networks.all("T1", closed=True)
    assert closed.closed_at == LATER
    assert networks.find("T1", "elm") == closed


def test_a_change_is_kept_but_not_who_made_the_network_and_when(networks: Networks) -> None:
    changed = replace(
        ELM,
        team="T2",
        name="Elm and Oak",
        purpose="Both",
        openness=Openness.PRIVATE,
        stewards=("U4",),
        channels=(),
        groups=("S2",),
        wait_hours=12,
        created_by="U666",
    )
    assert networks.change(changed, entry("changed", LATER), NOW)
    kept = replace(changed, team="T1", created_by="U9", created_at=NOW, changed_at=LATER)
    assert networks.find("T1", "elm") == kept


@pytest.mark.parametrize("seen", [None, NOW - timedelta(microseconds=1), LATER])
def test_who_saw_another_state_changes_nothing(
    networks: Networks, engine: Engine, seen: datetime | None
) -> None:
    assert not networks.change(replace(ELM, name="Mine"), entry("changed", LATER), seen)
    found = networks.find("T1", "elm")
    assert found is not None
    assert found.name == "Elm network"
    assert outcomes(engine) == ["created"]


def test_two_changes_in_one_moment_are_told_apart(networks: Networks) -> None:
    assert networks.change(replace(ELM, name="First"), entry("changed"), NOW)
    assert not networks.change(replace(ELM, name="Second"), entry("changed"), NOW)
    found = networks.find("T1", "elm")
    assert found is not None
    assert found.name == "First"


def test_a_closed_network_and_one_that_is_not_there_are_not_changed(
    networks: Networks, engine: Engine
) -> None:
    networks.close(ELM, entry("closed"))
    assert not networks.change(ELM, entry("changed"), NOW)
    assert not networks.change(OAK, entry("changed"), NOW)
    assert not networks.close(OAK, entry("closed"))
    assert outcomes(engine) == ["created", "closed"]


def test_somebody_goes_the_way_in_and_stays_by_who_invited_them(
    networks: Networks, engine: Engine
) -> None:
    assert networks.member("elm", "U5") is None
    assert let(networks, REQUESTED, by="U5")
    assert networks.member("elm", "U5") == Member("elm", "U5", REQUESTED, "U5", NOW)
    assert let(networks, INVITED, by="U1")
    assert let(networks, MEMBER, by="U5")
    assert networks.member("elm", "U5") == Member("elm", "U5", MEMBER, "U1", NOW)
    assert networks.joined("U5") == [Member("elm", "U5", MEMBER, "U1", NOW)]
    assert outcomes(engine) == ["created", "requested", "invited", "member"]


def test_who_joins_by_themselves_is_there_by_themselves(networks: Networks) -> None:
    assert let(networks, MEMBER, by="U5")
    member = networks.member("elm", "U5")
    assert member is not None
    assert member.by == "U5"


def test_a_request_that_a_steward_grants_is_by_the_steward(networks: Networks) -> None:
    assert let(networks, REQUESTED, by="U5")
    assert let(networks, MEMBER, by="U1", only_from=REQUESTED)
    member = networks.member("elm", "U5")
    assert member is not None
    assert member.by == "U1"


@pytest.mark.parametrize("there", list(MemberState))
@pytest.mark.parametrize("late", list(MemberState))
def test_a_step_that_comes_late_puts_nobody_back_and_is_not_written_down(
    networks: Networks, engine: Engine, there: MemberState, late: MemberState
) -> None:
    steps = [REQUESTED, INVITED, MEMBER]
    assert let(networks, there)
    is_further = steps.index(late) > steps.index(there)
    assert let(networks, late) is is_further
    member = networks.member("elm", "U5")
    assert member is not None
    assert member.state is (late if is_further else there)
    assert len(outcomes(engine)) == (3 if is_further else 2)


@pytest.mark.parametrize("only_from", [INVITED, REQUESTED])
def test_what_was_taken_back_is_not_accepted(networks: Networks, only_from: MemberState) -> None:
    assert not let(networks, MEMBER, only_from=only_from)
    assert networks.member("elm", "U5") is None
    other = REQUESTED if only_from is INVITED else INVITED
    assert let(networks, other)
    assert not let(networks, MEMBER, only_from=only_from)


def test_nobody_comes_into_a_network_that_is_closed_or_not_there(
    networks: Networks, engine: Engine
) -> None:
    assert not networks.put_member(Member("oak", "U5", MEMBER, "U1", NOW), entry("member"))
    networks.close(ELM, entry("closed"))
    assert not let(networks, MEMBER)
    assert networks.members("elm") == []
    assert outcomes(engine) == ["created", "closed"]


def test_members_are_told_by_state_the_first_first(networks: Networks) -> None:
    networks.create(OAK, entry("created", target="oak"))
    for minutes, user, state in [(3, "U5", MEMBER), (1, "U6", MEMBER), (2, "U7", INVITED)]:
        at = NOW + timedelta(minutes=minutes)
        networks.put_member(Member("elm", user, state, "U1", at), entry(state))
    networks.put_member(Member("oak", "U6", MEMBER, "U3", NOW), entry("member", target="oak"))
    assert [each.user for each in networks.members("elm")] == ["U6", "U7", "U5"]
    assert [each.user for each in networks.members("elm", MEMBER)] == ["U6", "U5"]
    assert [each.user for each in networks.members("elm", REQUESTED)] == []
    assert [each.network for each in networks.joined("U6")] == ["elm", "oak"]
    assert networks.joined("U7") == []


def test_who_is_dropped_is_gone_once(networks: Networks, engine: Engine) -> None:
    let(networks, MEMBER)
    let(networks, MEMBER, user="U6")
    assert networks.drop_member("elm", "U5", entry("removed"))
    assert not networks.drop_member("elm", "U5", entry("removed again"))
    assert not networks.drop_member("oak", "U6", entry("removed elsewhere"))
    assert [each.user for each in networks.members("elm")] == ["U6"]
    assert outcomes(engine) == ["created", "member", "member", "removed"]


def test_who_was_taken_in_meanwhile_is_not_dropped_as_somebody_who_asks(
    networks: Networks, engine: Engine
) -> None:
    let(networks, REQUESTED)
    let(networks, MEMBER)
    assert not networks.drop_member("elm", "U5", entry("declined"), only_from=REQUESTED)
    assert [each.state for each in networks.members("elm")] == [MEMBER]
    assert networks.drop_member("elm", "U5", entry("removed"), only_from=MEMBER)
    assert "declined" not in outcomes(engine)


def test_topics_that_somebody_changed_since_they_were_seen_stay(
    networks: Networks, engine: Engine
) -> None:
    first, second = Topic("Short breaks", ("U1",)), Topic("Block contracts", ("U5",))
    assert networks.put_topics("elm", [first], entry("topics"), seen=())
    assert not networks.put_topics("elm", [second], entry("too late"), seen=())
    assert tuple(networks.topics("elm")) == (first,)
    assert networks.put_topics("elm", [first, second], entry("topics"), seen=[first])
    assert tuple(networks.topics("elm")) == (first, second)
    assert "too late" not in outcomes(engine)


def test_topics_are_replaced_as_a_whole_and_keep_their_order(
    networks: Networks, engine: Engine
) -> None:
    first = (Topic("Short breaks", ("U1", "U5")), Topic("Block contracts", ()))
    networks.put_topics("elm", first, entry("topics"))
    networks.put_topics("oak", [Topic("Oak's own", ("U3",))], entry("topics", target="oak"))
    assert tuple(networks.topics("elm")) == first
    networks.put_topics("elm", first[:0:-1], entry("topics"))
    assert tuple(networks.topics("elm")) == (first[1],)
    assert tuple(networks.topics("oak")) == (Topic("Oak's own", ("U3",)),)
    networks.put_topics("elm", (), entry("topics"))
    assert tuple(networks.topics("elm")) == ()
    assert outcomes(engine) == ["created", *["topics"] * 4]


def test_the_organisation_that_somebody_named_last_is_remembered(networks: Networks) -> None:
    assert networks.organisation("T1", "U1") is None
    networks.note_organisation("T1", "U1", "Ash Council")
    networks.note_organisation("T1", "U1", "Elm\0 Council")
    assert networks.organisation("T1", "U1") == "Elm\N{REPLACEMENT CHARACTER} Council"
    assert networks.organisation("T2", "U1") is None


def test_what_the_audit_log_refuses_is_not_kept(networks: Networks, engine: Engine) -> None:
    """Each change and its entry hold together: without the one there is not the other."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_log RENAME TO elsewhere"))
    member = Member("elm", "U5", MEMBER, "U1", NOW)
    changes: list[Callable[[], object]] = [
        lambda: networks.create(OAK, entry("created")),
        lambda: networks.change(replace(ELM, name="Mine"), entry("changed"), NOW),
        lambda: networks.close(ELM, entry("closed")),
        lambda: networks.put_member(member, entry("member")),
        lambda: networks.put_topics("elm", [Topic("Mine", ())], entry("topics")),
    ]
    for change in changes:
        with pytest.raises(Exception, match="audit_log"):
            change()
    assert [(each.id, each.name) for each in networks.all("T1")] == [("elm", "Elm network")]
    assert networks.members("elm") == []
    assert tuple(networks.topics("elm")) == ()


def test_postgresql_copies_none_of_their_words_into_its_statistics(
    networks: Networks, engine: Engine
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("statistics are PostgreSQL's")
    networks.put_topics("elm", [Topic("Short breaks", ())], entry("topics"))
    networks.note_organisation("T1", "U1", "Ash Council")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        columns = connection.execute(
            text("SELECT tablename, attname FROM pg_stats WHERE tablename LIKE 'network%'")
        ).all()
    named = {tuple(each) for each in columns}
    assert ("networks", "id") in named
    assert not named & {
        ("networks", "name"),
        ("networks", "purpose"),
        ("network_topics", "name"),
        ("network_organisations", "organisation"),
    }
