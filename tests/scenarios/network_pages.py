"""Networks at hand, and what people press and read of them: for scenarios of managing them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from assistant.domain.networks import Member, MemberState, Network, Openness
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.slack.networks import managing_rights
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from tests.fakes.fake_slack import TEAM, FakeSlack
from tests.fakes.slack_limits import buttons, seen, texts

ADMINISTRATOR, STEWARD, OTHER = "U1ANN", "U2BEN", "U3CAT"
MEMBER, STRANGER, GUEST, OUTSIDER = "U4DAN", "U5EVE", "U6GUEST", "U7AWAY"
ELM = Network(
    id="elm",
    team=TEAM,
    name="Elm Network",
    purpose="What works for outcomes",
    openness=Openness.RESTRICTED,
    stewards=(STEWARD, OTHER),
    channels=("C1",),
    created_by=ADMINISTRATOR,
)


def entry(target: str = "elm") -> AuditEntry:
    actor = Actor(ADMINISTRATOR, "Slack")
    return AuditEntry(datetime.now(UTC), actor, Action.NETWORK.value, target, "made")


def people(slack: FakeSlack) -> None:
    """Let everybody exist: C1 holds Dan beside the two who look after the network."""
    for user in (MEMBER, STRANGER):
        slack.add_person(user)
    slack.add_person(GUEST, is_restricted=True)
    slack.add_person(OUTSIDER, team_id="T9AWAY", is_stranger=True)
    slack.add_channel("C1", STEWARD, OTHER, MEMBER)


def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Slack be asked of many people for one form, however slow the machine is."""
    monkeypatch.setattr(managing_rights, "SECONDS_TO_ASK", 60.0)


def made(engine: Engine, **changed: Any) -> Network:
    network = Networks(engine).create(replace(ELM, **changed), entry(changed.get("id", "elm")))
    assert network is not None
    return network


def now(engine: Engine, network_id: str = "elm") -> Network:
    network = Networks(engine).find(TEAM, network_id)
    assert network is not None
    return network


def put(engine: Engine, user: str, state: MemberState, **changed: Any) -> Member:
    """Let somebody be on the way into a network."""
    fields = {"network": "elm", "by": STEWARD, "at": datetime.now(UTC), **changed}
    member = Member(user=user, state=state, **fields)
    assert Networks(engine).put_member(member, entry())
    return member


def state(engine: Engine, user: str, network_id: str = "elm") -> MemberState | None:
    member = Networks(engine).member(network_id, user)
    return member.state if member is not None else None


def outcomes(engine: Engine) -> list[str]:
    """Return what the audit log says was done, the oldest first, without what a test made."""
    return [e.outcome for e in reversed(AuditLog(engine).recent(100)) if e.outcome != "made"]


def read(shown: Mapping[str, Any]) -> str:
    return seen("\n".join(texts(shown.get("blocks"))))


def labels(shown: Mapping[str, Any]) -> list[str]:
    return [each["text"]["text"] for each in buttons(shown.get("blocks"))]


def typed(slack: FakeSlack, user: str, text: str = "") -> str:
    """Type the command; return what is said alone."""
    before = len(slack.shown_alone(user))
    slack.command(user, "/network", text)
    return seen(slack.wait_for_reply(user, before + 1).text)


def modal(slack: FakeSlack, words: str, after: int = 0) -> dict[str, Any]:
    """Return the newest modal, of those after the first `after`, once these words are in it."""
    found: list[dict[str, Any]] = []

    def is_there() -> bool:
        found[:] = slack.modals[after:][-1:]
        return bool(found) and words in seen(str(found[0]))

    slack.wait_until(is_there)
    return found[0]


def told(slack: FakeSlack, user: str, envelope_of: Any) -> str:
    """Return what is said alone after something was pressed."""
    before = len(slack.shown_alone(user))
    envelope_of()
    return seen(slack.wait_for_reply(user, before + 1).text)


def pressed(slack: FakeSlack, user: str, action: str, value: str, channel: str = "C1") -> str:
    """Press a button of a message, perhaps a forged one; return what is said alone."""
    return told(slack, user, lambda: slack.press(user, action, value, {}, channel))


def opened(slack: FakeSlack, user: str, action: str, value: str, words: str) -> dict[str, Any]:
    """Press a button of a message; return the modal that then holds the words."""
    count = len(slack.modals)
    slack.press(user, action, value, {}, "C1")
    return modal(slack, words, count)


def answered(
    slack: FakeSlack, user: str, view: Mapping[str, Any], **filled: object
) -> dict[str, Any]:
    """Send a form; return what Slack is answered."""
    envelope = slack.submit(user, view, **filled)
    slack.wait_for_acknowledgement(envelope)
    return dict(slack.replied.get(envelope) or {})


def errors(slack: FakeSlack, user: str, view: Mapping[str, Any], **filled: object) -> Any:
    return answered(slack, user, view, **filled).get("errors")


def direct(slack: FakeSlack, user: str, words: str) -> list[dict[str, Any]]:
    """Return the messages of ours to somebody that hold these words."""
    return [each for each in slack.told_directly(user) if words in seen(each["text"])]
