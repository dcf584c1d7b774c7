"""What an app may read: who is there, what was said, who is in which group."""

from typing import Any

from tests.fakes.slack.facts import BOT_ID, BOT_USER, TEAM, Arguments, SlackRefusesError
from tests.fakes.slack.ground import is_true, web_method
from tests.fakes.slack.people import People


class Reading(People):
    """The workspace as it is read."""

    @web_method("auth.test")
    def _who_am_i(self, _: Arguments) -> dict[str, Any]:
        return {
            "url": "https://home.slack.com/",
            "team": "Home",
            "team_id": TEAM,
            "user": "assistant",
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    @web_method("conversations.open")
    def _open_conversation(self, sent: Arguments) -> dict[str, Any]:
        if sent.get("users") not in self._workspace.people:
            raise SlackRefusesError("user_not_found")
        return {"channel": {"id": self.direct_channel(str(sent["users"]))}}

    @web_method("conversations.replies")
    def _replies(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent)["id"]
        found = self.thread(channel, str(sent["ts"]))
        if not found:
            raise SlackRefusesError("thread_not_found")
        return self._page(sent, "messages", [found[0], *_between(sent, found[1:])])

    @web_method("conversations.history")
    def _history(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent)["id"]
        roots = [
            each
            for each in self._workspace.messages[channel]
            if each.get("thread_ts") in (None, each["ts"])
        ]
        return self._page(sent, "messages", _between(sent, roots)[::-1])

    @web_method("conversations.info")
    def _conversation_info(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent)
        is_member = BOT_USER in self._workspace.members[channel["id"]]
        return {"channel": {**channel, "is_member": is_member}}

    @web_method("conversations.members")
    def _conversation_members(self, sent: Arguments) -> dict[str, Any]:
        return self._page(sent, "members", self._workspace.members[self._channel(sent)["id"]])

    @web_method("reactions.get")
    def _reactions(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent)["id"]
        message = self.message(channel, str(sent.get("timestamp")))
        return {"type": "message", "channel": channel, "message": message}

    @web_method("usergroups.list")
    def _groups(self, _: Arguments) -> dict[str, Any]:
        groups = self._workspace.groups
        return {"usergroups": [{"id": each, "name": each} for each in groups]}

    @web_method("usergroups.users.list")
    def _group_members(self, sent: Arguments) -> dict[str, Any]:
        if sent.get("usergroup") not in self._workspace.groups:
            raise SlackRefusesError("no_such_subteam")
        return {"users": self._workspace.groups[str(sent["usergroup"])]}

    @web_method("users.info")
    def _user_info(self, sent: Arguments) -> dict[str, Any]:
        person = self._workspace.people.get(str(sent.get("user")))
        if person is None:
            raise SlackRefusesError("user_not_found")
        if not is_true(sent.get("include_locale")):
            person = {name: value for name, value in person.items() if name != "locale"}
        return {"user": person}

    @web_method("users.list")
    def _users(self, sent: Arguments) -> dict[str, Any]:
        return self._page(sent, "members", list(self._workspace.people.values()))

    @web_method("users.lookupByEmail")
    def _user_by_email(self, sent: Arguments) -> dict[str, Any]:
        wanted = str(sent.get("email")).lower()
        for person in self._workspace.people.values():
            if str(person["profile"].get("email", "")).lower() == wanted:
                return {"user": person}
        raise SlackRefusesError("users_not_found")

    def thread(self, channel: str, thread_ts: str) -> list[dict[str, Any]]:
        """Return the messages of a thread, its root first."""
        with self._changed:
            return [
                message
                for message in self._workspace.messages[channel]
                if thread_ts in (message["ts"], message.get("thread_ts"))
            ]


def _between(sent: Arguments, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    oldest, latest = str(sent.get("oldest") or "0"), str(sent.get("latest") or "9")
    is_inclusive = is_true(sent.get("inclusive"))
    found = [
        each
        for each in messages
        if oldest < each["ts"] < latest or (is_inclusive and each["ts"] in (oldest, latest))
    ]
    if is_true(sent.get("include_all_metadata")):
        return found
    return [{name: value for name, value in each.items() if name != "metadata"} for each in found]
