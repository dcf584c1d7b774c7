"""Who is an administrator: asked of Slack at each action, and nobody when Slack does not say."""

import threading
import time
from collections.abc import Callable, Sequence
from itertools import islice

import structlog
from slack_sdk import WebClient

from assistant.settings import Settings
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.rights.directory import Directory
from assistant.slack.rights.readers import is_full_member
from assistant.slack.shown import admin_sentences

GROUP_KEPT_SECONDS = 30.0

_log = structlog.get_logger()


class Administrators:
    """The people and user groups of the settings, as Slack knows them now."""

    def __init__(
        self,
        settings: Settings,
        client: WebClient,
        team: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._users = frozenset(settings.admin_users)
        self._groups = settings.admin_groups
        self._client = client
        self._directory = Directory(client)
        self._team = team
        self._clock = clock
        self._members: dict[str, tuple[float, frozenset[str]]] = {}
        self._lock = threading.Lock()

    @property
    def are_named(self) -> bool:
        """Whether the settings name any; who they are now is not asked."""
        return bool(self._users or self._groups)

    def refusal(self, user: str) -> str | None:
        """Return the sentence that refuses `user`, or None for an administrator.

        One is a full member of this workspace who is named by id, or is in a named user group.
        """
        if not (user in self._users or self._groups):
            return admin_sentences.NOT_ADMINISTRATOR
        try:
            person = self._directory.person(user)
        except SlackCallError as error:
            _log.warning("administrator_not_checked", code=error.code)
            return admin_sentences.ADMINISTRATOR_UNCHECKED
        if not is_full_member(person, self._team):
            return admin_sentences.NOT_ADMINISTRATOR
        return None if user in self._users else self._refusal_by_group(user)

    def is_one(self, user: str) -> bool:
        """Whether `user` is an administrator now, as far as Slack says."""
        return self.refusal(user) is None

    def people(self, most: int) -> Sequence[str]:
        """Return who is an administrator now, at most `most`, those named by id first.

        Raises SlackCallError when Slack may say so later; who is not told of is left out.
        """
        named = dict.fromkeys(sorted(self._users))
        for group in self._groups:
            try:
                named |= dict.fromkeys(sorted(self.members_of(group)))
            except SlackCallError as error:
                if error.is_lost or error.retry_after is not None:
                    raise
                _log.warning("user_group_not_told", group=group, code=error.code)
        return list(islice((user for user in named if self._is_surely_one(user)), most))

    def _is_surely_one(self, user: str) -> bool:
        """Whether somebody who is named is a full member; one whom Slack does not know is none."""
        try:
            return is_full_member(self._directory.person(user), self._team)
        except SlackCallError as error:
            if error.is_lost or error.retry_after is not None:
                raise
            return False

    def _refusal_by_group(self, user: str) -> str | None:
        """Look into every group; one that Slack does not tell of keeps nobody of another out."""
        refusal = admin_sentences.NOT_ADMINISTRATOR
        for group in self._groups:
            try:
                if user in self.members_of(group):
                    return None
            except SlackCallError as error:
                _log.warning("user_group_not_told", group=group, code=error.code)
                refusal = admin_sentences.ADMINISTRATOR_UNCHECKED
        return refusal

    def members_of(self, group: str) -> frozenset[str]:
        """Return a user group's members, as of half a minute ago at most; raises SlackCallError."""
        now = self._clock()
        with self._lock:
            asked_at, members = self._members.get(group, (float("-inf"), frozenset()))
        if now - asked_at < GROUP_KEPT_SECONDS:
            return members
        answer = called(self._client.usergroups_users_list, usergroup=group)
        members = frozenset(str(user) for user in answer.get("users") or ())
        with self._lock:
            self._members[group] = (now, members)
        return members
