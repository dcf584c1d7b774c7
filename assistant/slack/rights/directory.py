"""The facts about people and conversations, asked of Slack when a question is answered."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from slack_sdk import WebClient

from assistant.language import languages, spoken_to
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.rights.readers import Conversation, Person

MOST_MEMBERS = 500
MOST_SINGLE_LOOKUPS = 20
MOST_ROSTER_PAGES = 10
MOST_MEMBERS_OF_A_NETWORK = 5000
KEPT_SECONDS = 60.0
KEPT_SECONDS_DIRECT = 3600.0
MOST_DIRECT = 20_000

_log = structlog.get_logger()

_SHARED_FLAGS = ("is_ext_shared", "is_pending_ext_shared", "is_org_shared", "is_shared")
_TEAM_LISTS = (
    "shared_team_ids",
    "connected_team_ids",
    "internal_team_ids",
    "pending_shared",
    "pending_connected_team_ids",
)


class Directory:
    """Looks people and conversations up; what it knows of people is a minute old at most.

    What it knows of a channel is never old. Two people's direct message stays theirs, so that it
    is one is asked once an hour; who they are is asked each time.
    """

    def __init__(self, client: WebClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._people: dict[str, tuple[float, Person]] = {}
        self._members: dict[str, tuple[float, frozenset[str]]] = {}
        self._direct: dict[str, tuple[float, Conversation]] = {}
        self._lock = threading.Lock()

    def person(self, user: str) -> Person:
        """Return what Slack says of `user` now; raises SlackCallError."""
        facts = called(self._client.users_info, user=user, include_locale=True)
        found = _person(_part(facts, "user"))
        self._keep(found)
        return found

    @contextmanager
    def spoken_to(self, user: str) -> Iterator[None]:
        """Speak the language of `user` in the block, where Slack tells it and we have it."""
        with spoken_to(self._locale(user) if languages() else None):
            yield

    def team_of(self, user: str) -> str | None:
        """Return a person's workspace, as of a minute ago at most; None when it is not told."""
        known = self._lately(user)
        return known.team if known is not None else None

    def _locale(self, user: str) -> str | None:
        known = self._lately(user)
        return known.locale if known is not None else None

    def _lately(self, user: str) -> Person | None:
        """Return what Slack said of a person a minute ago at most, None when it does not."""
        try:
            known = self._known([user])
        except SlackCallError as error:
            _log.warning("person_not_told", code=error.code)
            return None
        return known[0] if known else None

    def conversation(self, channel: str) -> Conversation:
        """Return what Slack says of `channel`; raises SlackCallError."""
        with self._lock:
            asked_at, direct = self._direct.get(channel, (float("-inf"), None))
        if direct is not None and self._clock() - asked_at < KEPT_SECONDS_DIRECT:
            return direct
        facts = _part(called(self._client.conversations_info, channel=channel), "channel")
        found = Conversation(
            id=str(facts["id"]),
            is_direct=bool(facts.get("is_im")),
            is_shared=any(facts.get(flag) for flag in _SHARED_FLAGS),
            teams=frozenset(str(team) for name in _TEAM_LISTS for team in facts.get(name) or ()),
            is_pending=bool(facts.get("is_pending_ext_shared")),
            is_member=bool(facts.get("is_member")),
            name=_name_for_all(facts),
        )
        if found.is_direct and not found.is_shared:
            self._keep_direct(found)
        return found

    def members(self, channel: str) -> Sequence[Person] | None:
        """Return who is in `channel`, or None when there are too many or Slack does not say all.

        Raises SlackCallError when Slack may say it a little later.
        """
        try:
            users: list[str] = []
            for page in self._pages(self._client.conversations_members, channel=channel):
                users.extend(page.get("members") or ())
                if len(users) > MOST_MEMBERS:
                    return None
            return self._known(users) if users else None
        except SlackCallError as error:
            if may_be_told_later(error):
                raise
            return None

    def known(self, users: Sequence[str]) -> Mapping[str, Person] | None:
        """Return what Slack says of people, as of a minute ago at most, without whom it knows not.

        None when they are too many. Raises SlackCallError when Slack may say it a little later.
        """
        try:
            if len(self._unknown(users)) > MOST_SINGLE_LOOKUPS:
                self._read_roster()
        except SlackCallError as error:
            if may_be_told_later(error):
                raise
            return None
        unknown = self._unknown(users)
        if len(unknown) > MOST_SINGLE_LOOKUPS:
            return None
        asked = {user: self.found(user) for user in unknown}
        with self._lock:
            kept = {user: self._people[user][1] for user in users if user not in asked}
        return {**kept, **{user: person for user, person in asked.items() if person is not None}}

    def found(self, user: str) -> Person | None:
        """Return what Slack says of `user` now, None for whom it does not know.

        Raises SlackCallError when Slack may say it a little later.
        """
        try:
            return self.person(user)
        except SlackCallError as error:
            if may_be_told_later(error):
                raise
            return None

    def is_in(self, user: str, channel: str) -> bool:
        """Whether `user` is in `channel`, as of a minute ago at most; False when it is not told.

        Raises SlackCallError when Slack may say it a little later.
        """
        now = self._clock()
        with self._lock:
            asked_at, there = self._members.get(channel, (float("-inf"), frozenset()))
        if now - asked_at >= KEPT_SECONDS:
            told = self._members_of_a_network(channel)
            if told is None:
                return False
            there = told
            with self._lock:
                self._members[channel] = (now, there)
        return user in there

    def _members_of_a_network(self, channel: str) -> frozenset[str] | None:
        """Return the ids of a channel's members, none of them when there are too many.

        None when Slack does not say.
        """
        users: set[str] = set()
        try:
            pages = self._pages(self._client.conversations_members, channel=channel, limit=1000)
            for page in pages:
                users.update(str(user) for user in page.get("members") or ())
                if len(users) > MOST_MEMBERS_OF_A_NETWORK:
                    return frozenset()
        except SlackCallError as error:
            if may_be_told_later(error):
                raise
            _log.warning("members_of_a_network_not_told", channel=channel, code=error.code)
            return None
        return frozenset(users)

    def _known(self, users: Sequence[str]) -> Sequence[Person] | None:
        if len(self._unknown(users)) > MOST_SINGLE_LOOKUPS:
            self._read_roster()
        unknown = self._unknown(users)
        if len(unknown) > MOST_SINGLE_LOOKUPS:
            return None
        asked = {user: self.person(user) for user in unknown}
        with self._lock:
            return [asked[user] if user in asked else self._people[user][1] for user in users]

    def _unknown(self, users: Sequence[str]) -> list[str]:
        oldest = self._clock() - KEPT_SECONDS
        with self._lock:
            return [u for u in users if u not in self._people or self._people[u][0] < oldest]

    def _read_roster(self) -> None:
        """Learn many people with few calls."""
        pages = self._pages(self._client.users_list, limit=1000, include_locale=True)
        for _, page in zip(range(MOST_ROSTER_PAGES), pages, strict=False):
            for facts in page.get("members") or ():
                self._keep(_person(facts))

    def _keep(self, person: Person) -> None:
        with self._lock:
            self._people[person.id] = (self._clock(), person)

    def _keep_direct(self, conversation: Conversation) -> None:
        with self._lock:
            if len(self._direct) >= MOST_DIRECT:
                self._direct.clear()
            self._direct[conversation.id] = (self._clock(), conversation)

    def _pages(self, method: Any, **arguments: Any) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = called(method, **{"limit": 200, **arguments, **more})
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


def may_be_told_later(error: SlackCallError) -> bool:
    """Whether Slack may tell, a little later, what it did not tell now."""
    return error.is_lost or error.is_outage or error.retry_after is not None


def _part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = answer.get(name)
    if not isinstance(part, Mapping) or not part.get("id"):
        raise SlackCallError(f"no_{name}_in_answer")
    return part


def _name_for_all(facts: Mapping[str, Any]) -> str:
    is_private = facts.get("is_private") or facts.get("is_im") or facts.get("is_mpim")
    return "" if is_private else str(facts.get("name") or "")


def _person(facts: Mapping[str, Any]) -> Person:
    team = facts.get("team_id")
    return Person(
        id=str(facts["id"]),
        team=str(team) if team else None,
        is_guest=bool(facts.get("is_restricted") or facts.get("is_ultra_restricted")),
        is_stranger=bool(facts.get("is_stranger")),
        is_bot=bool(facts.get("is_bot")) or facts["id"] == "USLACKBOT",
        is_deleted=bool(facts.get("deleted")),
        locale=str(facts["locale"]) if facts.get("locale") else None,
    )
