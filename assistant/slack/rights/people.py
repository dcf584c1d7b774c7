"""What Slack says of people, channels and user groups, as networks ask for it."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import structlog

from assistant.network.membership import Rank
from assistant.slack.api.clients import SlackCallError
from assistant.slack.rights import readers
from assistant.slack.rights.administrators import Administrators
from assistant.slack.rights.directory import KEPT_SECONDS, Directory, may_be_told_later
from assistant.slack.rights.places import Places
from assistant.slack.rights.readers import Conversation, Person, Place, Standing

_RANKS = {Standing.FULL: Rank.FULL, Standing.GUEST: Rank.GUEST}

_log = structlog.get_logger()


class People:
    """Who is in channels and user groups: each method raises SlackCallError.

    It does so when Slack may tell a little later; what is not told for good is as if it were not.
    """

    def __init__(
        self,
        directory: Directory,
        administrators: Administrators,
        places: Places,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._administrators = administrators
        self._places = places
        self._clock = clock
        self._conversations: dict[str, tuple[float, Conversation]] = {}
        self._lock = threading.Lock()

    def rank(self, user: str) -> Rank:
        """Return what `user` is to the workspace now."""
        person = self._directory.found(user)
        return Rank.OUTSIDE if person is None else rank_of(person, self._places.home)

    def ranks(self, users: Collection[str]) -> Mapping[str, Rank] | None:
        """Return what people are to it, as of a minute ago; None when they are too many."""
        known = self._directory.known(tuple(users))
        if known is None:
            return None
        return {user: rank_of(person, self._places.home) for user, person in known.items()}

    def is_in(self, user: str, channel: str) -> bool:
        """Whether `user` is in `channel`, as of a minute ago."""
        return self._directory.is_in(user, channel)

    def counts(self, channel: str) -> bool:
        """Whether being in `channel` counts, as of a minute ago; its opening is as of now."""
        conversation = self._conversation(channel)
        return conversation is not None and readers.counts(self._places.of(conversation))

    def is_let_in(self, user: str, channel: str) -> bool:
        """Whether somebody of another workspace has rights in `channel` now, and is in it."""
        place, person = self._place(channel), self._directory.found(user)
        if place is None or person is None:
            return False
        if readers.refusal(person, place, is_chosen=True) is not None:
            return False
        is_there = any(member.id == user for member in place.members or ())
        return is_there and readers.are_of_the_channel(place.members, place)

    def members(self, channel: str) -> Collection[str] | None:
        """Return the people who are in `channel`, no apps; None when they are not all known."""
        members = self._directory.members(channel)
        return None if members is None else [each.id for each in members if not each.is_bot]

    def members_of(self, group: str) -> Collection[str]:
        """Return a user group's members, as of half a minute ago."""
        try:
            return self._administrators.members_of(group)
        except SlackCallError as error:
            if may_be_told_later(error):
                raise
            _log.warning("user_group_of_a_network_not_told", group=group, code=error.code)
            return frozenset()

    def may_be_said_in(self, channel: str) -> bool:
        """Whether what its networks know may be said now to all who read `channel`, with us in it.

        So it may in a channel that is not shared, and in one that an administrator opened for all
        who are there, each of them known.
        """
        place = self._place(channel)
        if place is None or not place.conversation.is_member:
            return False
        return readers.counts(place) and readers.are_of_the_channel(place.members, place)

    def _place(self, channel: str) -> Place | None:
        """Return a channel as it is now, its members looked up; None when it is not told."""
        try:
            place = self._places.of(self._directory.conversation(channel))
        except SlackCallError as error:
            if may_be_told_later(error):
                raise
            return None
        return replace(place, members=self._directory.members(channel))

    def _conversation(self, channel: str) -> Conversation | None:
        """Return a channel as it was a minute ago at most; None when it is not told."""
        now = self._clock()
        with self._lock:
            asked_at, kept = self._conversations.get(channel, (float("-inf"), None))
        if kept is not None and now - asked_at < KEPT_SECONDS:
            return kept
        try:
            found = self._directory.conversation(channel)
        except SlackCallError as error:
            if may_be_told_later(error):
                raise
            return None
        with self._lock:
            self._conversations[channel] = (now, found)
        return found


def rank_of(person: Person, home: str) -> Rank:
    """Return what somebody of whom Slack tells is to the workspace `home`."""
    return _RANKS.get(readers.standing(person, home), Rank.OUTSIDE)
