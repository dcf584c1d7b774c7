"""A network with somebody for each way in, and for each way of not being in: for the scenarios."""

from datetime import UTC, datetime, timedelta
from typing import Any

from assistant.domain.networks import Member, MemberState, Network, Openness
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from assistant.store.policies import ChannelPolicy, Policies
from tests.fakes.fake_slack import TEAM, FakeSlack

AWAY = "T9AWAY"
NOW = datetime.now(UTC)
TODAY = NOW.date()
ENTRY = AuditEntry(NOW, Actor("U1STEW", "Slack"), Action.NETWORK, "elm", "done")

# A channel of the network with a guest in it, one without, two that are shared; others not of it.
OWN, INNER, OPENED, SHUT, OTHER, GROUP = "C2OWN", "C3INNER", "C4OPENED", "C5SHUT", "C1", "S3ELM"
SHARED = {"is_ext_shared": True, "is_shared": True, "connected_team_ids": [TEAM, AWAY]}

STEWARD, JOINED, BY_CHANNEL, BY_GROUP = "U1STEW", "U2JOIN", "U3CHAN", "U4GROUP"
BY_OPENED, BY_SHUT = "U5OPEN", "U6SHUT"
INVITED, REQUESTED, REMOVED, NOBODY = "U7INV", "U8REQ", "U9REM", "U10NOB"
GUEST_THERE, GUEST_LET_IN, GUEST_ALONE = "U11GTH", "U12GIN", "U13GAL"
PARTNER, PARTNER_SHUT, GONE, APP = "U14EVE", "U15DAN", "U16GONE", "U17APP"

ELM = Network(
    id="elm",
    team=TEAM,
    name="Elm",
    purpose="What works",
    openness=Openness.PRIVATE,
    stewards=(STEWARD,),
    channels=(OWN, INNER, OPENED, SHUT),
    groups=(GROUP,),
)


def hold(engine: Engine, channel: str, **fields: Any) -> None:
    policy = ChannelPolicy(TEAM, channel, set_by="U1ANN", set_at=datetime.now(UTC), **fields)
    there = Policies(engine).of(TEAM, channel)
    assert Policies(engine).set(policy, ENTRY, there.set_at)


def open_for_partners(engine: Engine, channel: str = OPENED, days: int = 30) -> None:
    until = TODAY + timedelta(days=days)
    hold(engine, channel, opened_for="Elm", opened_until=until, opened_teams=(AWAY,))


def put(engine: Engine, user: str, state: MemberState, by: str = STEWARD) -> None:
    # So long ago that a bot tells of it in its first round, and not in one a minute later.
    at = NOW - timedelta(minutes=5)
    assert Networks(engine).put_member(Member("elm", user, state, by, at), ENTRY)


def made_elm(slack: FakeSlack, engine: Engine, network: Network = ELM) -> Network:
    """The network, with somebody for each way in and for each way of not being in."""
    for user in (STEWARD, JOINED, BY_CHANNEL, BY_GROUP, BY_OPENED, BY_SHUT):
        slack.add_person(user)
    for user in (INVITED, REQUESTED, REMOVED, NOBODY):
        slack.add_person(user)
    for user in (GUEST_THERE, GUEST_LET_IN, GUEST_ALONE):
        slack.add_person(user, is_restricted=True)
    for user in (PARTNER, PARTNER_SHUT):
        slack.add_person(user, team_id=AWAY, is_stranger=True)
    slack.add_person(GONE, deleted=True)
    slack.add_person(APP, is_bot=True)
    slack.add_channel(OWN, BY_CHANNEL, GUEST_THERE)
    slack.add_channel(INNER, BY_CHANNEL)
    slack.add_channel(OPENED, BY_OPENED, PARTNER, **SHARED)
    slack.add_channel(SHUT, BY_SHUT, PARTNER_SHUT, **SHARED)
    slack.add_group(GROUP, BY_GROUP, GUEST_ALONE)
    open_for_partners(engine)
    networks = Networks(engine)
    made = networks.create(network, ENTRY)
    assert made is not None
    for user, by in [(JOINED, JOINED), (GUEST_LET_IN, STEWARD), (GONE, STEWARD), (APP, STEWARD)]:
        put(engine, user, MemberState.MEMBER, by)
    put(engine, REMOVED, MemberState.MEMBER)
    networks.drop_member("elm", REMOVED, ENTRY)
    put(engine, INVITED, MemberState.INVITED)
    put(engine, REQUESTED, MemberState.REQUESTED, REQUESTED)
    put(engine, PARTNER_SHUT, MemberState.MEMBER)
    return made
