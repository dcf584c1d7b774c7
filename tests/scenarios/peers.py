"""A network, what was shared in it, and who is who: what scenarios of peers begin with."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from assistant.domain.networks import (
    Network,
    Openness,
    Origin,
    Peer,
    PeerAnswer,
    PeerCitation,
    VerifiedAnswer,
)
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.language import say
from assistant.slack.api.in_time import ONE_MOMENT
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.networks.verified_answers import VerifiedAnswers
from tests.fakes.fake_slack import TEAM, FakeSlack
from tests.fakes.slack_limits import seen, texts

STEWARD, OTHER_STEWARD, MEMBER, AUTHOR, OUTSIDER = "U2BEN", "U3CAT", "U1ANN", "U4DAN", "U9EVE"
PEERS_CHANNEL = "C7PEERS"
TODAY = datetime.now(UTC).date()
NETWORK = Network(
    id="elm",
    team=TEAM,
    name="Elm Network",
    purpose="What works for outcomes",
    openness=Openness.PRIVATE,
    stewards=(STEWARD, OTHER_STEWARD),
    channels=(PEERS_CHANNEL,),
    created_by=STEWARD,
)
CYCLE = PeerCitation(1, "guidance/cycle.md", "Stages", "[1] The cycle > Stages", None, "public")
RULES = PeerCitation(2, "guidance/rules.md", "Rules", "[2] The rules > Rules", None, "public")
SHARED = PeerAnswer(
    id=0,
    network="elm",
    origin=Origin.SHARED,
    question="How do we involve small providers?",
    answer="Meet them early [1] and write plainly [2].",
    by=Peer(AUTHOR, "Dan", "Elm Council"),
    on=TODAY - timedelta(days=9),
    citations=(CYCLE, RULES),
    inbox_id=7,
)


def entry(outcome: str, target: str = "elm") -> AuditEntry:
    actor = Actor(STEWARD, "Slack")
    return AuditEntry(datetime.now(UTC), actor, Action.NETWORK.value, target, outcome)


def founded(slack: FakeSlack, engine: Engine, network: Network = NETWORK) -> Network:
    """Make a network with its channel and its people."""
    for user in (AUTHOR, OUTSIDER):
        slack.add_person(user)
    slack.add_channel(PEERS_CHANNEL, MEMBER, AUTHOR, STEWARD, OTHER_STEWARD)
    made = Networks(engine).create(network, entry("created"))
    assert made is not None
    return made


def share(engine: Engine, **changed: Any) -> PeerAnswer:
    """Share an answer with the network."""
    return PeerAnswers(engine).add(replace(SHARED, **changed), entry("shared", ""))


def verify(engine: Engine, **changed: Any) -> VerifiedAnswer:
    """Have a verified answer that rests on nothing shared."""
    answer = VerifiedAnswer(
        id=0,
        network="elm",
        question=SHARED.question,
        answer=SHARED.answer,
        by=SHARED.by,
        on=SHARED.on,
        verifier=STEWARD,
        verified_at=datetime.now(UTC),
        review_by=TODAY + timedelta(days=100),
        audience=NETWORK.audience,
        citations=(CYCLE, RULES),
    )
    return VerifiedAnswers(engine).add(replace(answer, **changed), entry("verified", ""))


def pressed(slack: FakeSlack, user: str, action: str, value: object) -> dict[str, Any]:
    """Press a button in the Home tab and return the modal that opens, filled."""
    before = len(slack.modals)
    slack.press(user, action, str(value))
    return _filled(slack, before)


def sent(slack: FakeSlack, user: str, view: dict[str, Any], **filled: Any) -> dict[str, Any]:
    """Send a form and return the modal that takes its place, filled."""
    before = len(slack.modals)
    slack.submit(user, view, **filled)
    return _filled(slack, before)


def outcomes(engine: Engine) -> list[tuple[str, str]]:
    """Return who did what by the audit log, which holds together."""
    log = AuditLog(engine)
    assert log.verify() == ()
    return [(each.actor.id, each.outcome) for each in reversed(log.recent(50))]


def _filled(slack: FakeSlack, before: int) -> dict[str, Any]:
    view = slack.wait_for_modal(before + 2)
    assert say(ONE_MOMENT) in words_of(slack.modals[before])
    return view


def home_of(
    slack: FakeSlack, user: str, until: Callable[[Mapping[str, Any]], bool] = lambda _: True
) -> Mapping[str, Any]:
    """Open somebody's Home tab anew and return it once it is `until`.

    What was being published when it was opened may come first, and more may follow.
    """
    before = len([call for call in slack.calls_of("views.publish") if _is_of(call, user)])
    slack.open_messages_tab(user, "home")
    slack.wait_until(
        lambda: (
            len([call for call in slack.calls_of("views.publish") if _is_of(call, user)]) > before
        )
    )
    found: list[Mapping[str, Any]] = []

    def is_there() -> bool:
        found[:] = [slack.homes[user]] if user in slack.homes else []
        return bool(found) and until(found[0])

    slack.wait_until(is_there)
    return found[0]


def words_of(view: Mapping[str, Any]) -> str:
    return seen("\n".join(texts(view["blocks"])))


def in_a_year() -> date:
    return datetime.now(UTC).date() + timedelta(days=365)


def _is_of(call: Any, user: str) -> bool:
    return str(call.arguments.get("user_id")) == user
