"""What every part of one bot stands on: who we are, whom we call, what is kept."""

from dataclasses import dataclass

from slack_sdk import WebClient

from assistant.domain.ports import Abilities
from assistant.network.membership import Memberships
from assistant.settings import Settings
from assistant.slack.api.admission import Identity
from assistant.slack.api.clients import courtesy_client, posting_client, reading_client
from assistant.slack.api.errands import Errands
from assistant.slack.api.pacing import Pace
from assistant.slack.api.waits import Waits
from assistant.slack.posts.signs import Signs
from assistant.slack.rights.administrators import Administrators
from assistant.slack.rights.directory import Directory
from assistant.slack.rights.gatekeeper import Gatekeeper
from assistant.slack.rights.people import People
from assistant.slack.rights.places import Places
from assistant.store.database import Engine
from assistant.store.inbox import Inbox
from assistant.store.networks.networks import Networks
from assistant.store.policies import Policies
from assistant.store.turns import Turns


@dataclass(frozen=True, slots=True)
class Clients:
    """Slack's Web API in three tempers: never repeats, repeats, and neither repeats nor waits."""

    posting: WebClient
    reading: WebClient
    courtesy: WebClient


@dataclass(frozen=True, slots=True)
class Ground:
    """The things of which a bot has one each."""

    settings: Settings
    abilities: Abilities
    engine: Engine
    identity: Identity
    clients: Clients
    inbox: Inbox
    turns: Turns
    policies: Policies
    networks: Networks
    memberships: Memberships
    errands: Errands
    directory: Directory
    administrators: Administrators
    gatekeeper: Gatekeeper
    pace: Pace
    signs: Signs


def laid(
    settings: Settings, engine: Engine, abilities: Abilities, identity: Identity, waits: Waits
) -> Ground:
    """Make what the parts of a bot share."""
    clients = Clients(
        posting_client(settings, waits),
        reading_client(settings, waits),
        courtesy_client(settings, waits),
    )
    administrators = Administrators(settings, clients.courtesy, identity.team)
    directory, policies = Directory(clients.reading), Policies(engine)
    inbox, pace = Inbox(engine), Pace(waits=waits)
    networks = Networks(engine)
    places = Places(policies, networks, identity.team)
    people = People(directory, administrators, places)
    memberships = Memberships(networks, people, identity.team)
    return Ground(
        settings=settings,
        abilities=abilities,
        engine=engine,
        identity=identity,
        clients=clients,
        inbox=inbox,
        turns=Turns(engine),
        policies=policies,
        networks=networks,
        memberships=memberships,
        errands=Errands(),
        directory=directory,
        administrators=administrators,
        gatekeeper=Gatekeeper(directory, places, administrators, memberships),
        pace=pace,
        signs=Signs(clients.courtesy, inbox, pace),
    )
