"""Who may do what with networks, from Slack and the database as of now."""

import time
from collections.abc import Callable, Sequence

import structlog

from assistant.domain.errors import AssistantError
from assistant.domain.networks import Network, Openness
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.rights import readers
from assistant.slack.rights.directory import Directory
from assistant.slack.rights.readers import Standing

# Slack waits three seconds for what it is told of a form, and one call may take two of them.
SECONDS_TO_ASK = 0.9
KEPT_SECONDS = 60.0

_log = structlog.get_logger()


class RefusedError(AssistantError):
    """Something is not done; the message is a phrase of the catalogue that says why."""


class Rights:
    """Looks up people, networks and places; whatever cannot be looked up is not let in."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        self._home = laid.ground.identity.team
        self._client = laid.ground.clients.courtesy
        self._directory = Directory(self._client)
        # What was found to be fit; what was not is asked anew each time.
        self._fit: dict[tuple[str, str], float] = {}

    def standing(self, user: str) -> Standing:
        """Return what somebody is to the workspace now; raises RefusedError."""
        try:
            person = Directory(self._client).person(user)
        except SlackCallError as error:
            _log.warning("person_not_checked", code=error.code)
            raise RefusedError(words.UNCHECKED) from error
        if person.is_deleted:
            return Standing.OUTSIDER
        return readers.standing(person, self._home)

    def open_network(self, network_id: str) -> Network | None:
        """Return a network that is not closed."""
        network = self._laid.networks.find(self._home, network_id)
        return network if network is not None and network.closed_at is None else None

    def stewarded(self, user: str, network_id: str) -> Network:
        """Return a network that somebody looks after; raises RefusedError, alike for all else."""
        network = self.open_network(network_id)
        if network is None or user not in network.stewards:
            raise RefusedError(words.NOT_YOURS)
        if self.standing(user) is not Standing.FULL:
            raise RefusedError(words.NOT_YOURS)
        return network

    def belonging(self, user: str, network_id: str) -> Network:
        """Return a network of somebody's; raises RefusedError, alike for all else."""
        network = self.open_network(network_id)
        self.standing(user)
        try:
            if network is None or not self._laid.memberships.is_member(user, network):
                raise RefusedError(words.NO_SUCH)
        except SlackCallError as error:
            raise RefusedError(words.UNCHECKED) from error
        return network

    def refuse_unless_administrator(self, user: str) -> None:
        """Raise RefusedError for who is no administrator."""
        refusal = self._laid.ground.administrators.refusal(user)
        if refusal is not None:
            raise RefusedError(refusal)

    def are_full_members(self, people: Sequence[str]) -> bool:
        """Whether all are full members; raises RefusedError when Slack does not say soon."""
        return self._are_fit(people, "full", lambda each: self._is(each, Standing.FULL))

    def are_of_the_workspace(self, people: Sequence[str]) -> bool:
        """Whether all are full members or guests; raises RefusedError like the others."""
        both = (Standing.FULL, Standing.GUEST)
        return self._are_fit(people, "here", lambda each: self._is(each, *both))

    def are_with_both(self, user: str, channels: Sequence[str]) -> bool:
        """Whether the assistant and `user` are members of channels; raises RefusedError."""
        return self._are_fit(channels, user, lambda each: self._is_with_both(user, each))

    def are_told(self, groups: Sequence[str]) -> bool:
        """Whether Slack tells who is in user groups; raises RefusedError."""
        return self._are_fit(groups, "told", self._is_told)

    def not_in(self, user: str, channels: Sequence[str]) -> tuple[str, ...]:
        """Return those channels that somebody is not in, or that Slack does not tell of."""
        found = []
        for channel in channels:
            try:
                is_in = self._directory.is_in(user, channel)
            except SlackCallError:
                is_in = False
            if not is_in:
                found.append(channel)
        return tuple(found)

    def are_members(self, people: Sequence[str], network: Network) -> bool:
        """Whether all belong to a network; raises RefusedError when Slack does not say soon."""

        def belongs(user: str) -> bool:
            try:
                return self._laid.memberships.is_member(user, network)
            except SlackCallError as error:
                raise RefusedError(words.TAKES_LONG) from error

        return self._are_fit(people, f"member {network.id}", belongs)

    def _are_fit(self, each_of: Sequence[str], what: str, is_fit: Callable[[str], bool]) -> bool:
        """Ask of each; what was found fit a minute ago is fit, so that pressing again gets on."""
        now = time.monotonic()
        self._fit = {key: at for key, at in self._fit.items() if now - at < KEPT_SECONDS}
        for each in each_of:
            if (what, each) in self._fit:
                continue
            if time.monotonic() - now > SECONDS_TO_ASK:
                raise RefusedError(words.TAKES_LONG)
            if not is_fit(each):
                return False
            self._fit[what, each] = now
        return True

    def _is(self, user: str, *standings: Standing) -> bool:
        try:
            person = Directory(self._client).person(user)
        except SlackCallError as error:
            if error.is_lost or error.retry_after is not None:
                raise RefusedError(words.TAKES_LONG) from error
            return False
        return not person.is_deleted and readers.standing(person, self._home) in standings

    def _is_with_both(self, user: str, channel: str) -> bool:
        directory = Directory(self._client)
        try:
            conversation = directory.conversation(channel)
            is_ours = conversation.is_member and not conversation.is_direct
            return is_ours and directory.is_in(user, channel)
        except SlackCallError as error:
            if error.is_lost or error.retry_after is not None:
                raise RefusedError(words.TAKES_LONG) from error
            return False

    def _is_told(self, group: str) -> bool:
        try:
            self._laid.ground.administrators.members_of(group)
        except SlackCallError as error:
            if error.is_lost or error.retry_after is not None:
                raise RefusedError(words.TAKES_LONG) from error
            return False
        return True


def may_join(network: Network, standing: Standing) -> bool:
    """Whether somebody who is not in a network is shown it: no guest, and nothing private."""
    return standing is Standing.FULL and network.openness is not Openness.PRIVATE


def is_of_the_workspace(standing: Standing) -> bool:
    """Whether somebody is a full member or a guest."""
    return standing in (Standing.FULL, Standing.GUEST)
