"""What is checked each time before an answer is shared: rights, the answer, who would read it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import structlog

from assistant.domain.errors import AssistantError
from assistant.domain.networks import MemberState, Network, Origin, Peer, PeerAnswer, PeerCitation
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.language import phrase, say
from assistant.network.reading import audiences_of, not_for
from assistant.slack.networks.calling_people import name_of
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.sharing_form import LONGEST_QUESTION, Filled, personal_in
from assistant.slack.networks.sharing_preview import Preview, Readers
from assistant.slack.networks.verifying_pages import FillAgainError
from assistant.slack.rights import readers
from assistant.slack.rights.places import today_utc
from assistant.slack.rights.readers import Standing
from assistant.slack.sharing.posts import NotSharedError
from assistant.slack.shown.lines import SURFACE, name
from assistant.store.inbox import InboxEntry, Surface
from assistant.store.turns_table import KeptAnswer, KeptCitation

MOST_LOOKED_AT = 500

NOT_SEEN = phrase(
    "There is no answer here that you could share; please ask me yourself, and share the answer."
)
NO_NETWORK = phrase(
    "You belong to no network with which this could be shared here. Type /network to see those "
    "that you may join."
)
NOT_ANSWERED = phrase("Only an answer can be shared, and this question was not answered.")
GONE = phrase(
    "A document on which this answer rests was deleted, so it cannot be shared; please ask again."
)
RESTS_ON_UNKNOWN = phrase(
    "This answer does not say which documents it rests on, so it cannot be shared."
)
NOT_FOR_THEM = phrase(
    "It is not shared: {source} is not for everybody in this network. Ask again where only what "
    "they may read is used, and share that answer."
)
SHARED_BEFORE = phrase(
    "You have shared this answer with this network before, so nothing was done. Withdraw that one "
    "first to share it with other words; it is on my Home tab."
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SharingDesk:
    """Decides what may be shared with whom, and shares it.

    Its methods raise NotSharedError with the sentence that says why not, FillAgainError where that
    is for other people to read, and SlackCallError when Slack does not tell who reads it.
    """

    laid: NetworkGround
    today: Callable[[], date] = today_utc

    def begun(self, user: str, inbox_id: int) -> tuple[Sequence[Network], Filled]:
        """Return the networks with which somebody may share an answer, and a form to begin with."""
        entry, kept = self._kept(user, inbox_id)
        networks = self._networks(user, entry)
        if not networks:
            raise NotSharedError(say(NO_NETWORK))
        team = self.laid.ground.identity.team
        organisation = self.laid.networks.organisation(team, user) or ""
        only = networks[0].id if len(networks) == 1 else ""
        question = kept.question[:LONGEST_QUESTION]
        return networks, Filled(only, question, organisation=organisation)

    def preview(self, user: str, inbox_id: int, filled: Filled) -> Preview:
        """Return what others would see and who they are, as of now."""
        entry, kept = self._kept(user, inbox_id)
        network = self._chosen(user, entry, filled.network)
        if self._was_shared(user, inbox_id, network):
            raise NotSharedError(say(SHARED_BEFORE))
        who, audiences = self.readers(network)
        citations = tuple(_cited(each) for each in kept.citations)
        for cited in not_for(citations, audiences)[:1]:
            # Another network may be chosen, so what was written stays.
            raise FillAgainError(say(NOT_FOR_THEM, source=name(cited.line or cited.document)))
        called = name_of(self.laid.ground.clients.reading, user) if filled.is_named else None
        answer = PeerAnswer(
            id=0,
            network=network.id,
            origin=Origin.SHARED,
            question=filled.question,
            answer=kept.answer,
            by=Peer(user, called, filled.organisation),
            on=self.today(),
            note=filled.note,
            citations=citations,
            inbox_id=inbox_id,
        )
        words = (filled.question, kept.answer, filled.note, filled.organisation)
        return Preview(answer, network, who, personal_in(*words))

    def share(self, preview: Preview) -> PeerAnswer:
        """Keep a shared answer, with an entry in the audit log."""
        answer = replace(preview.answer, citations=self._pinned(preview.answer.citations))
        user, network = answer.by.user, preview.network
        target = f"question {answer.inbox_id} with {network.audience}"
        kept = self.laid.answers.share(answer, entry_of(user, Action.SHARE, target, "shared"))
        if kept is None:
            raise NotSharedError(say(GONE))
        team = self.laid.ground.identity.team
        if answer.by.organisation:
            self.laid.networks.note_organisation(team, user, answer.by.organisation)
        return kept

    def readers(self, network: Network) -> tuple[Readers, frozenset[str]]:
        """Return who would see what is shared with a network, and what all of them may read."""
        ground, memberships = self.laid.ground, self.laid.memberships
        people = memberships.people(network)
        known = ground.directory.known(people) if people is not None else None
        ranks = [readers.standing(each, ground.identity.team) for each in (known or {}).values()]
        is_known = known is not None and people is not None and len(known) == len(people)
        are_full = is_known and all(rank is Standing.FULL for rank in ranks)
        channels = memberships.channels(network)
        policies = [ground.policies.of(ground.identity.team, each) for each in channels]
        opened = [each.opened_for or "" for each in policies if each.is_open(self.today())]
        joined = self.laid.networks.members(network.id, MemberState.MEMBER)
        who = Readers(
            count=len(people) if people is not None and is_known else None,
            guests=ranks.count(Standing.GUEST),
            outsiders=ranks.count(Standing.OUTSIDER),
            channels=tuple(channels),
            groups=network.groups,
            have_joined=bool(joined),
            opened_for=tuple(dict.fromkeys(filter(None, opened))),
            post_in=channels[0] if channels else "",
        )
        return who, audiences_of(network, are_full_members=are_full)

    def _kept(self, user: str, inbox_id: int) -> tuple[InboxEntry, KeptAnswer]:
        entry = self.laid.ground.inbox.by_id(inbox_id)
        if entry is None or not self._is_seen(user, entry):
            raise NotSharedError(say(NOT_SEEN))
        kept = self.laid.ground.turns.kept(inbox_id)
        if kept is None or kept.status is None or not kept.status.answers:
            raise NotSharedError(say(NOT_ANSWERED))
        if kept.is_withdrawn:
            raise NotSharedError(say(GONE))
        if not kept.citations or kept.snapshot is None:
            raise NotSharedError(say(RESTS_ON_UNKNOWN))
        return entry, kept

    def _is_seen(self, user: str, entry: InboxEntry) -> bool:
        """Whether somebody sees an answer now: who asked, or who is where it stands for all."""
        asked = entry.asked
        if asked.team != self.laid.ground.identity.team:
            return False
        if user == asked.user:
            return True
        is_for_all = asked.surface is Surface.THREAD and not asked.channel.startswith("D")
        # What was shown to its asker alone is no message of the channel.
        is_posted = (entry.answer_ts or "").replace(".", "").isdecimal()
        return is_for_all and is_posted and self.laid.ground.directory.is_in(user, asked.channel)

    def _networks(self, user: str, entry: InboxEntry) -> Sequence[Network]:
        return self.laid.memberships.of(user, entry.asked.channel)

    def _chosen(self, user: str, entry: InboxEntry, network_id: str) -> Network:
        networks = {each.id: each for each in self._networks(user, entry)}
        if network_id not in networks:
            raise NotSharedError(say(NO_NETWORK))
        return networks[network_id]

    def _was_shared(self, user: str, inbox_id: int, network: Network) -> bool:
        own = self.laid.answers.shared_by(user, MOST_LOOKED_AT)
        return any((each.inbox_id, each.network) == (inbox_id, network.id) for each in own)

    def _pinned(self, citations: Sequence[PeerCitation]) -> tuple[PeerCitation, ...]:
        """Return the citations with digests, where their sections can be looked up."""
        try:
            found = self.laid.ground.abilities.pin(citations)
        except AssistantError as error:
            _log.warning("citations_not_pinned", reason=type(error).__name__)
            return tuple(citations)
        pinned = {each.number: each for each in found}
        return tuple(pinned.get(each.number, each) for each in citations)


def entry_of(user: str, action: Action, target: str, outcome: str, detail: str = "") -> AuditEntry:
    """Return an entry for the audit log of what somebody does in Slack."""
    return AuditEntry(
        datetime.now(UTC), Actor(user, SURFACE), action.value, target, outcome, detail
    )


def _cited(kept: KeptCitation) -> PeerCitation:
    return PeerCitation(
        kept.number, kept.document, kept.section, kept.line, kept.url, kept.audience
    )
