"""Who is admitted, and to what: decided when a question is answered, from what Slack says then."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from assistant.domain.errors import AssistantError
from assistant.language import say
from assistant.network.membership import Memberships, Rank
from assistant.slack.api.clients import SlackCallError
from assistant.slack.rights import readers
from assistant.slack.rights.administrators import Administrators
from assistant.slack.rights.directory import Directory
from assistant.slack.rights.people import rank_of
from assistant.slack.rights.places import Places
from assistant.slack.rights.readers import Conversation, Person, Place
from assistant.slack.shown import admin_sentences, sentences
from assistant.store.inbox import IncomingQuestion, Surface
from assistant.store.policies import AnswersTo, Askers, ChannelPolicy

# More networks than these are not looked for when somebody asks alone.
MOST_NETWORK_CHANNELS = 20


class UncheckedError(AssistantError):
    """It could not be found out who reads the conversation."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a question is answered: the sentence that refuses it, or what its answer may use.

    `alone` says that the asker alone is to see the answer.
    """

    refusal: str | None = None
    audiences: tuple[str, ...] = ()
    alone: bool = False

    def covers(self, earlier: "Admission") -> bool:
        """Whether what was made under an earlier admission may still be shown under this one."""
        is_as_private = earlier.alone or not self.alone
        holds = set(earlier.audiences) <= set(self.audiences)
        return self.refusal is None and is_as_private and holds


class Gatekeeper:
    """Asks Slack and the channels' policies, and lets `readers` decide."""

    def __init__(
        self,
        directory: Directory,
        places: Places,
        administrators: Administrators,
        memberships: Memberships,
    ) -> None:
        self._directory = directory
        self._places = places
        self._administrators = administrators
        self._memberships = memberships
        self._home = places.home

    def admit(self, asked: IncomingQuestion) -> Admission:
        """Decide on a question; raises UncheckedError when Slack does not say who reads it."""
        if asked.surface is Surface.ALONE:
            return self.admit_alone(asked.user, asked.channel)
        with _checked():
            asker = self._directory.person(asked.user)
            conversation = self._directory.conversation(asked.channel)
            if conversation.is_direct:
                return self._in_direct_message(asker, conversation)
            return self._in_channel(asker, conversation)

    def still_holds(self, asked: IncomingQuestion, admission: Admission) -> bool:
        """Whether what was made under `admission` may be shown now; raises UncheckedError."""
        return self.admit(asked).covers(admission)

    def admit_alone(self, user: str, channel: str) -> Admission:
        """Decide on what `user` asks in `channel` for nobody else to see; raises UncheckedError."""
        with _checked():
            asker = self._directory.person(user)
            refused = readers.refusal_alone(asker, self._home)
            if refused == sentences.OUTSIDER and channel:
                return self._outsider_alone(asker, channel)
            if refused is not None:
                return Admission(say(refused), alone=True)
            return self._alone(asker, channel)

    def admit_sharing(self, asked: IncomingQuestion) -> Admission:
        """Decide on showing an answer to everyone who reads the channel in which it was asked for.

        `alone` then says that answers to questions there go to the asker. Raises UncheckedError.
        """
        with _checked():
            asker = self._directory.person(asked.user)
            conversation = self._directory.conversation(asked.channel)
            if conversation.is_direct:
                return Admission(say(sentences.SHARED_DIRECT))
            if not conversation.is_member:
                return Admission(say(sentences.NOT_IN_CHANNEL))
            return self._in_channel(asker, conversation, for_everyone=True)

    def _in_direct_message(self, asker: Person, conversation: Conversation) -> Admission:
        policy = ChannelPolicy(self._home, conversation.id)
        place = Place(conversation, policy, self._home, self._places.today())
        refused = readers.refusal(asker, place, is_chosen=True)
        if refused is not None:
            return Admission(say(refused))
        return replace(self._alone(asker, conversation.id), alone=False)

    def _in_channel(
        self, asker: Person, conversation: Conversation, *, for_everyone: bool = False
    ) -> Admission:
        place = self._places.of(conversation)
        is_chosen = self._is_chosen(asker, place.policy)
        alone = place.policy.answers_to is AnswersTo.ASKER
        readers_are_all = for_everyone or not alone
        refused = readers.refusal(asker, place, is_chosen=is_chosen)
        if refused is None and (place.is_shared or readers_are_all):
            place = replace(place, members=self._directory.members(conversation.id))
            refused = readers.refusal(asker, place, is_chosen=is_chosen)
        if refused is not None:
            return Admission(say(refused), alone=alone)
        if not readers_are_all:
            place = self._as_read_by(asker, place)
        may_use = readers.audiences(place.members if readers_are_all else (asker,), place)
        if not may_use:
            return Admission(say(sentences.NOTHING_FOR_ALL), alone=alone)
        return Admission(None, may_use, alone)

    def _outsider_alone(self, asker: Person, channel: str) -> Admission:
        """An outsider has rights in a channel that was opened for them, and nowhere else."""
        place = self._places.of(self._directory.conversation(channel))
        if place.is_opened:
            place = replace(place, members=self._directory.members(channel))
        is_chosen = self._is_chosen(asker, place.policy)
        refused = readers.refusal(asker, place, is_chosen=is_chosen)
        may_use = readers.audiences((asker,), self._as_read_by(asker, place))
        if refused is None and not may_use:
            refused = sentences.NOTHING_FOR_ALL
        return Admission(say(refused) if refused else None, () if refused else may_use, alone=True)

    def _alone(self, asker: Person, channel: str) -> Admission:
        may_use = readers.private_audiences(asker, self._home, self._networks(asker, channel))
        return Admission(None, may_use, alone=True)

    def _as_read_by(self, asker: Person, place: Place) -> Place:
        """Return the place without its networks for who asks there and is not in it."""
        if not place.networks:
            return place
        if place.members is None:
            is_there = self._directory.is_in(asker.id, place.conversation.id)
        else:
            is_there = any(member.id == asker.id for member in place.members)
        return place if is_there else replace(place, networks=())

    def _networks(self, asker: Person, channel: str) -> Sequence[str]:
        """Return the networks to which somebody belongs when they ask alone in a channel."""
        rank = rank_of(asker, self._home)
        found = {each.audience for each in self._memberships.of(asker.id, channel, rank)}
        by_policy = self._places.by_policy()
        if rank is Rank.GUEST:
            by_policy = [each for each in by_policy if each[0] == channel]
        for its_channel, networks in by_policy[:MOST_NETWORK_CHANNELS]:
            if self._directory.is_in(asker.id, its_channel):
                found |= networks
        return sorted(found)

    def _is_chosen(self, asker: Person, policy: ChannelPolicy) -> bool:
        """Whether somebody is one of those who may ask in a channel; raises SlackCallError."""
        if policy.askers is Askers.EVERYONE:
            return True
        if policy.askers is Askers.ADMINISTRATORS:
            refused = self._administrators.refusal(asker.id)
            if refused == admin_sentences.ADMINISTRATOR_UNCHECKED:
                raise UncheckedError(refused)
            return refused is None
        if asker.id in policy.named:
            return True
        groups = [each for each in policy.named if each.startswith("S")]
        return any(asker.id in self._administrators.members_of(group) for group in groups)


@contextmanager
def _checked() -> Iterator[None]:
    """Let nobody in when Slack does not answer."""
    try:
        yield
    except SlackCallError as error:
        raise UncheckedError("Slack did not say who reads the conversation.") from error
