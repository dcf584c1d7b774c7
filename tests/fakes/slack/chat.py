"""`chat.*`: messages to everybody and to one, their changes and their end."""

import json
from collections.abc import Mapping
from typing import Any

from tests.fakes.slack.facts import BOT_ID, Arguments, Ephemeral, SlackRefusesError
from tests.fakes.slack.ground import web_method
from tests.fakes.slack.people import People
from tests.fakes.slack_limits import blocks_of, refuse_bad_message, refuse_bad_metadata

LONGEST_UPDATE = 4000


class Chat(People):
    """Messages of the app."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.deleted: list[tuple[str, Mapping[str, Any]]] = []

    @web_method("chat.postMessage")
    def _post_message(self, sent: Arguments) -> dict[str, Any]:
        channel = self._writable(sent)
        refuse_bad_message(sent)
        fields = {
            "text": str(sent.get("text") or ""),
            **{name: sent[name] for name in ("thread_ts",) if sent.get(name)},
            **_kept(sent),
        }
        message = self._post_as_app(channel, fields)
        return {"channel": channel, "ts": message["ts"], "message": message}

    @web_method("chat.update")
    def _update(self, sent: Arguments) -> dict[str, Any]:
        channel = self._writable(sent)
        refuse_bad_message(sent)
        if len(sent.get("text") or "") > LONGEST_UPDATE:
            raise SlackRefusesError("msg_too_long", "text of an update over 4,000 characters")
        message = self._own(channel, sent, "cant_update_message")
        self._refuse_while_streaming(message)
        before = dict(message)
        # Only `text` takes the blocks away; metadata stays unless it is given.
        message.update(text=sent.get("text") or "", blocks=blocks_of(sent), edited=True)
        message.update({k: v for k, v in _kept(sent).items() if k == "metadata"})
        self._tell_of_change(channel, message, before)
        return {"channel": channel, "ts": message["ts"], "text": message["text"]}

    @web_method("chat.delete")
    def _delete(self, sent: Arguments) -> dict[str, Any]:
        channel = self._writable(sent)
        message = self._own(channel, sent, "cant_delete_message")
        self._workspace.messages[channel].remove(message)
        self.deleted.append((channel, message))
        self._tell_of_deletion(channel, message)
        return {"channel": channel, "ts": message["ts"]}

    @web_method("chat.postEphemeral")
    def _post_ephemeral(self, sent: Arguments) -> dict[str, Any]:
        channel = self._writable(sent)
        user = str(sent.get("user"))
        if user not in self._workspace.members[channel]:
            raise SlackRefusesError("user_not_in_channel")
        refuse_bad_message(sent)
        thread = str(sent["thread_ts"]) if sent.get("thread_ts") else None
        shown = Ephemeral(user, channel, str(sent.get("text") or ""), blocks_of(sent), thread)
        self.ephemeral.append(shown)
        return {"message_ts": self._new_ts()}

    @web_method("chat.getPermalink")
    def _permalink(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent)["id"]
        message = self.message(channel, str(sent.get("message_ts")))
        name = message["ts"].replace(".", "")
        return {"permalink": f"https://home.slack.com/archives/{channel}/p{name}"}

    def _writable(self, sent: Arguments) -> str:
        channel = self._channel(sent)
        if channel.get("is_archived"):
            raise SlackRefusesError("is_archived")
        if channel.get("is_read_only"):
            raise SlackRefusesError("restricted_action_read_only_channel")
        return str(channel["id"])

    def _own(self, channel: str, sent: Arguments, error: str) -> dict[str, Any]:
        message = self.message(channel, str(sent.get("ts")))
        if message.get("bot_id") != BOT_ID:
            raise SlackRefusesError(error)
        return message

    def _refuse_while_streaming(self, message: Mapping[str, Any]) -> None:
        if message.get("streaming_state") == "in_progress":
            raise SlackRefusesError("streaming_state_conflict")


def _kept(sent: Arguments) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    if blocks := blocks_of(sent):
        kept["blocks"] = blocks
    if sent.get("metadata"):
        metadata = sent["metadata"]
        kept["metadata"] = json.loads(metadata) if isinstance(metadata, str) else metadata
        refuse_bad_metadata(kept["metadata"])
    return kept
