"""What forms about networks change: checked anew, kept with what is written into the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from assistant.domain.networks import Network, Openness, Topic
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.managing_form import Draft, network_id
from assistant.slack.networks.managing_rights import RefusedError
from assistant.slack.shown.lines import SURFACE

MOST_NETWORKS = 100
# So many networks of one name, those that are closed among them, may there have been.
MOST_TRIES = 200


@dataclass(frozen=True, slots=True)
class Changes:
    """Writes networks; who may is asked before."""

    laid: NetworkGround

    def create(self, user: str, draft: Draft) -> Network:
        """Keep a new network; raises RefusedError when there are too many."""
        team, now = self.laid.ground.identity.team, datetime.now(UTC)
        if len(self.laid.networks.all(team)) >= MOST_NETWORKS:
            raise RefusedError(words.TOO_MANY_NETWORKS)
        wanted = Network(
            id="",
            team=team,
            name=draft.name,
            purpose=draft.purpose,
            openness=Openness(draft.openness),
            stewards=draft.stewards,
            channels=draft.channels,
            groups=draft.groups,
            wait_hours=int(draft.hours),
            created_by=user,
            created_at=now,
            changed_at=now,
        )
        for number in range(1, MOST_TRIES + 1):
            network = replace(wanted, id=network_id(draft.name, number))
            entry = entry_of(user, network.id, "created", described(network))
            tell = _others(network.stewards, user)
            created = self.laid.networks.create(network, entry, tell=tell)
            if created is not None:
                return created
        raise RefusedError(words.NAME_TAKEN)

    def change(self, user: str, before: Network, after: Network, seen: datetime | None) -> bool:
        """Put a network in the place of what it was at `seen`; False when it changed since."""
        entry = entry_of(user, before.id, "changed", difference(before, after))
        new = [each for each in after.stewards if each not in before.stewards]
        return self.laid.networks.change(after, entry, seen, tell=_others(new, user))

    def put_topics(
        self, user: str, network: Network, before: Sequence[Topic], after: Sequence[Topic]
    ) -> bool:
        """Put topics in the place of others; False when they are others by now."""
        detail = topics_difference(before, after)
        entry = entry_of(user, network.id, "changed", detail)
        return self.laid.networks.put_topics(network.id, after, entry, seen=before)

    def close(self, user: str, network: Network) -> bool:
        """Close a network; False when it is closed already."""
        entry = entry_of(user, network.id, "closed", described(network))
        return self.laid.networks.close(network, entry)

    def note_refusal(self, user: str, network: str, refusal: str) -> None:
        """Write into the audit log that somebody was not let do something."""
        entry = entry_of(user, network, "refused", refusal)
        self.laid.ground.abilities.train.audit(entry)


def entry_of(
    user: str, network: str, outcome: str, detail: str, action: Action = Action.NETWORK
) -> AuditEntry:
    """Return what the audit log says of something that was done now."""
    actor = Actor(user, SURFACE)
    return AuditEntry(datetime.now(UTC), actor, action.value, network, outcome, detail)


def drafted(network: Network, draft: Draft) -> Network:
    """Return a network as a form without mistakes would have it; its stewards stay."""
    return replace(
        network,
        name=draft.name,
        purpose=draft.purpose,
        openness=Openness(draft.openness),
        channels=draft.all_channels,
        groups=draft.groups,
        wait_hours=int(draft.hours),
    )


def described(network: Network) -> str:
    """Return in ids what a network is."""
    return "; ".join(f"{field}: {value}" for field, value in _fields(network))


def difference(before: Network, after: Network) -> str:
    """Return in ids what changes; of words it is said only that they do."""
    changed = [
        f"{field}: {was} -> {now}"
        for (field, was), (_, now) in zip(_fields(before), _fields(after), strict=True)
        if was != now
    ]
    changed += [
        f"{field} changed"
        for field, is_changed in (
            ("name", before.name != after.name),
            ("purpose", before.purpose != after.purpose),
        )
        if is_changed
    ]
    return "; ".join(changed) or "as it was"


def _fields(network: Network) -> Sequence[tuple[str, str]]:
    return (
        ("openness", network.openness.value),
        ("stewards", _ids(network.stewards)),
        ("channels", _ids(network.channels)),
        ("groups", _ids(network.groups)),
        ("hours", str(network.wait_hours)),
    )


def _others(people: Sequence[str], user: str) -> Sequence[str]:
    """Return everybody but who does it, who knows of it."""
    return [each for each in people if each != user]


def _ids(ids: Sequence[str]) -> str:
    return " ".join(ids) or "none"


def topics_difference(before: Sequence[Topic], after: Sequence[Topic]) -> str:
    """Return in ids who knew and knows about each topic that changes: a number, no words."""
    was, now = ({topic.name: topic.people for topic in each} for each in (before, after))
    changed = [
        f"topic {number}: {_ids(was.get(name, ()))} -> {_ids(now.get(name, ()))}"
        for number, name in enumerate(dict.fromkeys((*was, *now)), start=1)
        if was.get(name) != now.get(name)
    ]
    return "; ".join(changed) or "as it was"
