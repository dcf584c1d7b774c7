"""What people do in channels: post, mention, edit, delete, react, join, leave, share."""

import time
from collections.abc import Mapping
from typing import Any, Literal

from tests.fakes.slack.facts import APP_ID, BOT_ID, BOT_USER, TEAM, Posted, SlackRefusesError
from tests.fakes.slack.ground import type_of
from tests.fakes.slack.telling import Telling

Message = dict[str, Any]
Mentioned = Literal["mention first", "message first", "mention alone"]


class People(Telling):
    """People at work."""

    # Which of the two events of a mention comes first, where the app subscribed to both.
    mentioned: Mentioned = "mention first"
    # Slack may name a post's files in the event of the message alone.
    mention_names_files = True

    def mention(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None, **fields: Any
    ) -> Posted:
        """Post `text` in `channel` with a mention of the bot and tell the app.

        Where the app is subscribed to the channel's messages too, it is told twice, with two
        event ids.
        """
        post = self._post(user, channel, f"<@{BOT_USER}> {text}", thread_ts, fields)
        if self.mentioned == "message first":
            self._tell_of_message(channel, post)
        event = {**post, "type": "app_mention", "channel": channel}
        if not self.mention_names_files:
            event.pop("files", None)
        posted = self._tell(channel, event)
        if self.mentioned == "mention first":
            self._tell_of_message(channel, post)
        return posted

    def direct_message(
        self, user: str, text: str, *, thread_ts: str | None = None, **fields: Any
    ) -> Posted:
        """Send the bot a direct message and tell the app."""
        channel = self.direct_channel(user)
        post = self._post(user, channel, text, thread_ts, fields)
        return self._tell(channel, {**post, "channel": channel, "channel_type": "im"})

    def post(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None, **fields: Any
    ) -> Posted:
        """Post without a mention; the app is told if it subscribed to the channel's messages."""
        message = self._post(user, channel, text, thread_ts, fields)
        envelope = self._tell_of_message(channel, message)
        body = self.event_body({**message, "channel": channel})
        ts = str(message["ts"])
        return Posted(channel, ts, thread_ts or ts, envelope, body)

    def post_as_bot(
        self, bot: str, channel: str, text: str, *, thread_ts: str | None = None
    ) -> Posted:
        """Let another app post; with a mention of ours in `text` it is one for us."""
        fields = {"bot_id": bot, "app_id": f"A{bot}", "bot_profile": {"id": bot, "team_id": TEAM}}
        if f"<@{BOT_USER}>" not in text:
            return self.post(f"U{bot}", channel, text, thread_ts=thread_ts, **fields)
        message = self._post(f"U{bot}", channel, text, thread_ts, fields)
        self._tell_of_message(channel, message)
        return self._tell(channel, {**message, "type": "app_mention", "channel": channel})

    def say(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None, **fields: Any
    ) -> str:
        """Post without telling the app; return the message's ts."""
        return str(self._post(user, channel, text, thread_ts, fields)["ts"])

    def edit(self, channel: str, ts: str, text: str) -> str:
        """Let the author change a post; return the envelope."""
        with self._changed:
            message = self.message(channel, ts)
            before = dict(message)
            message.update(text=text, edited={"user": message["user"], "ts": self._new_ts()})
            self._changed.notify_all()
        return self._tell_of_change(channel, message, before)

    def take_files_away(self, channel: str, ts: str) -> str:
        """Let the author delete the files of a post and leave its words; return the envelope."""
        with self._changed:
            message = self.message(channel, ts)
            before = dict(message)
            files = [{"id": each["id"], "mode": "tombstone"} for each in message["files"]]
            message["files"] = files
        return self._tell_of_change(channel, message, before)

    def unfurl(self, channel: str, ts: str, link: str = "https://example.org/") -> str:
        """Let Slack add a preview to a post: a change that leaves the text; return the envelope."""
        with self._changed:
            message = self.message(channel, ts)
            before = dict(message)
            message["attachments"] = [{"from_url": link, "id": 1, "fallback": "Example"}]
        return self._tell_of_change(channel, message, before)

    def delete(self, channel: str, ts: str) -> str:
        """Let the author delete a post; a root with replies leaves a tombstone."""
        with self._changed:
            message = self.message(channel, ts)
            before = dict(message)
            messages = self._workspace.messages[channel]
            has_replies = any(each.get("thread_ts") == ts != each["ts"] for each in messages)
            if not has_replies:
                messages.remove(message)
            else:
                message.clear()
                message.update(_tombstone(ts))
            self._changed.notify_all()
        if has_replies:
            return self._tell_of_change(channel, message, before)
        return self._tell_of_deletion(channel, before)

    def react(self, user: str, reaction: str, channel: str, ts: str) -> str:
        """Add an emoji to a message; return the envelope."""
        with self._changed:
            held = self.message(channel, ts).setdefault("reactions", [])
            found = next((each for each in held if each["name"] == reaction), None)
            if found is None:
                held.append(found := {"name": reaction, "users": []})
            if user in found["users"]:
                raise SlackRefusesError("already_reacted")
            found["users"].append(user)
        return self._tell_of_reaction("reaction_added", user, reaction, channel, ts)

    def unreact(self, user: str, reaction: str, channel: str, ts: str) -> str:
        """Take an emoji back; return the envelope."""
        with self._changed:
            held = self.message(channel, ts).get("reactions", [])
            (found,) = [each for each in held if each["name"] == reaction]
            found["users"].remove(user)
        return self._tell_of_reaction("reaction_removed", user, reaction, channel, ts)

    def join(self, user: str, channel: str) -> str:
        """Become a member of a channel; return the envelope."""
        with self._changed:
            self._workspace.members[channel].append(user)
        return self._tell_of_member("member_joined_channel", user, channel)

    def leave(self, user: str, channel: str) -> str:
        """Leave a channel; return the envelope."""
        with self._changed:
            self._workspace.members[channel].remove(user)
        return self._tell_of_member("member_left_channel", user, channel)

    def share_channel(self, channel: str, team: str) -> str:
        """Share a channel with another workspace; return the envelope."""
        with self._changed:
            teams = self._workspace.channels[channel].get("connected_team_ids", [])
            self.change_channel(
                channel,
                is_shared=True,
                is_ext_shared=True,
                connected_team_ids=[*teams, team],
            )
        event = {"type": "channel_shared", "connected_team_id": team, "channel": channel}
        return self.tell(event)

    def open_messages_tab(self, user: str, tab: str = "messages") -> str:
        """Let `user` look at the app's tab; return the envelope's id."""
        event = {
            "type": "app_home_opened",
            "user": user,
            "channel": self.direct_channel(user),
            "tab": tab,
            "event_ts": self._new_ts(),
        }
        return self.deliver(self.event_body(event))

    def message(self, channel: str, ts: str) -> Message:
        """Return a message as it is kept; raises SlackRefusesError when there is none."""
        for message in self._workspace.messages[channel]:
            if message["ts"] == ts:
                return message
        raise SlackRefusesError("message_not_found")

    def _post(
        self,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None,
        fields: Mapping[str, Any],
    ) -> Message:
        ts = self._new_ts()
        post: Message = {"type": "message", "user": user, "text": text, "ts": ts}
        post["team"] = self.team_of(user)
        post |= fields
        if thread_ts:
            post["thread_ts"] = thread_ts
        with self._changed:
            self._workspace.messages[channel].append(post)
        return post

    def _post_as_app(self, channel: str, fields: Mapping[str, Any]) -> Message:
        """Keep a message of our app, and tell of it as Slack tells an app of its own messages."""
        message: Message = {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT_ID,
            "app_id": APP_ID,
            "ts": self._new_ts(),
            "team": TEAM,
            **fields,
        }
        self._workspace.messages[channel].append(message)
        self._tell_of_message(channel, message)
        return message

    def _tell(self, channel: str, event: dict[str, Any]) -> Posted:
        body = self.event_body({**event, "event_ts": event["ts"]})
        envelope = self.deliver(body)
        ts = str(event["ts"])
        return Posted(channel, ts, str(event.get("thread_ts") or ts), envelope, body)

    def _tell_of_change(self, channel: str, message: Message, before: Message) -> str:
        event = {
            "subtype": "message_changed",
            "hidden": True,
            "ts": self._new_ts(),
            "message": message,
            "previous_message": before,
        }
        return self._tell_of_message(channel, event)

    def _tell_of_deletion(self, channel: str, before: Message) -> str:
        event = {
            "subtype": "message_deleted",
            "hidden": True,
            "ts": self._new_ts(),
            "deleted_ts": before["ts"],
            "previous_message": before,
        }
        return self._tell_of_message(channel, event)

    def _tell_of_reaction(self, kind: str, user: str, reaction: str, channel: str, ts: str) -> str:
        event = {
            "type": kind,
            "user": user,
            "reaction": reaction,
            "item": {"type": "message", "channel": channel, "ts": ts},
        }
        author = self.message(channel, ts).get("user")
        if author:
            event["item_user"] = author
        return self.tell(event)

    def _tell_of_member(self, kind: str, user: str, channel: str) -> str:
        letter = "C" if type_of(self._workspace.channels[channel]) == "channel" else "G"
        event = {"type": kind, "user": user, "channel": channel, "channel_type": letter}
        return self.tell({**event, "team": self.team_of(user)})


def _tombstone(ts: str) -> Message:
    return {
        "type": "message",
        "subtype": "tombstone",
        "text": "This message was deleted.",
        "user": "USLACKBOT",
        "hidden": True,
        "ts": ts,
        "thread_ts": ts,
        "deleted_at": time.time(),
    }
