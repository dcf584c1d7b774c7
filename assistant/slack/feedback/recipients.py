"""Who is told of feedback: the owners of what an answer rests on, else the administrators."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog
from slack_sdk import WebClient

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.rights.administrators import Administrators
from assistant.slack.rights.directory import Directory
from assistant.slack.rights.readers import is_full_member
from assistant.store.turns_table import KeptAnswer

MOST_OWNERS = 5
MOST_ADMINISTRATORS = 10

_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,250}")
_FOR_FULL_MEMBERS = frozenset((PUBLIC, INTERNAL))
_log = structlog.get_logger()

OwnersOf = Callable[[Collection[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody, in their direct message, or the channel for feedback: one of the two is None."""

    user: str | None = None
    channel: str | None = None


class Recipients:
    """Finds who is to deal with feedback, and may read what it is about."""

    def __init__(
        self,
        directory: Directory,
        administrators: Administrators,
        client: WebClient,
        team: str,
        owners_of: OwnersOf,
        channel: str | None,
    ) -> None:
        """`owners_of` says who looks after documents, by the live snapshot; `channel` may be None.

        In `channel` feedback is read that has no owner, in place of administrators' messages.
        """
        self._directory = directory
        self._administrators = administrators
        self._client = client
        self._team = team
        self._owners_of = owners_of
        self._channel = channel

    def can_deal(self, documents: Collection[str]) -> bool:
        """Whether somebody is named who could deal with it; Slack is not asked who they are."""
        owners = self._owners_of(documents).values()
        return self._administrators.are_named or any(_is_person(owner) for owner in owners)

    def of(
        self, documents: Sequence[str], kept: KeptAnswer | None
    ) -> Iterator[Sequence[Recipient]]:
        """Give who is told, and then who is where nobody before could be written to.

        Raises SlackCallError when Slack cannot be asked just now.
        """
        yield [Recipient(user=user) for user in self._owners(documents, kept)]
        if self._channel is not None and self._may_read(self._channel, kept):
            yield [Recipient(channel=self._channel)]
        yield self.administrators()

    def administrators(self) -> Sequence[Recipient]:
        """Return the administrators; raises SlackCallError when Slack cannot be asked just now."""
        people = self._administrators.people(MOST_ADMINISTRATORS)
        return [Recipient(user=user) for user in people]

    def is_full_member(self, user: str) -> bool:
        """Whether somebody belongs to the workspace; raises SlackCallError."""
        return is_full_member(self._directory.person(user), self._team)

    def _owners(self, documents: Sequence[str], kept: KeptAnswer | None) -> Sequence[str]:
        """Return the owners who may read everything that the answer rests on."""
        by_document = self._owners_of(documents)
        users: dict[str, None] = {}
        for owner in dict.fromkeys(by_document[d] for d in documents if d in by_document):
            own = {document for document, whose in by_document.items() if whose == owner}
            user = self._user(owner) if _is_for(kept, own) else None
            if user is not None and self._belongs(user):
                users[user] = None
        return list(users)[:MOST_OWNERS]

    def _user(self, owner: str) -> str | None:
        """Return the person that an `owner` of front matter names, None for other words."""
        owner = owner.strip()
        if _USER.fullmatch(owner):
            return owner
        if not _ADDRESS.fullmatch(owner):
            return None
        try:
            found = called(self._client.users_lookupByEmail, email=owner)
        except SlackCallError as error:
            _raise_if_passing(error)
            _log.info("owner_not_found", code=error.code)
            return None
        return str((found.get("user") or {}).get("id") or "") or None

    def _belongs(self, user: str) -> bool:
        try:
            return self.is_full_member(user)
        except SlackCallError as error:
            _raise_if_passing(error)
            return False

    def _may_read(self, channel: str, kept: KeptAnswer | None) -> bool:
        """Whether everybody in a channel of ours is a full member, and that is enough."""
        if not _is_for(kept, ()):
            return False
        try:
            conversation = self._directory.conversation(channel)
        except SlackCallError as error:
            _raise_if_passing(error)
            _log.warning("feedback_channel_not_found", code=error.code)
            return False
        members = self._directory.members(channel)
        is_inside = not (conversation.is_shared or conversation.teams - {self._team})
        if members is None or not is_inside:
            _log.warning("feedback_channel_not_used")
            return False
        people = [member for member in members if not member.is_bot]
        return all(is_full_member(member, self._team) for member in people)


def _is_for(kept: KeptAnswer | None, own: Collection[str]) -> bool:
    """Whether a full member may read what an answer cites, of which the documents `own` are theirs.

    Of a source whose words were deleted nothing but its name is shown.
    """
    return all(
        cited.audience in _FOR_FULL_MEMBERS or cited.document in own or not cited.line
        for cited in (kept.citations if kept is not None else ())
    )


def _is_person(owner: str) -> bool:
    return any(words.fullmatch(owner.strip()) for words in (_USER, _ADDRESS))


def _raise_if_passing(error: SlackCallError) -> None:
    if error.is_lost or error.retry_after is not None:
        raise error
