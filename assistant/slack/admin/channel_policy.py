"""What holds in a channel: shown, set and listed for administrators, each time checked anew."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import structlog
from slack_bolt import Ack, App
from slack_sdk import WebClient

from assistant.domain.documents import INTERNAL
from assistant.domain.releases import AuditEntry
from assistant.language import phrase, say, say_day, say_some
from assistant.slack.admin.actions import Desk, actor_of
from assistant.slack.admin.blocks import Told, sentence_told
from assistant.slack.admin.channel_form import (
    INTERNAL_IN_SHARED,
    VIEW,
    Held,
    held_in,
    mistakes,
    policy_in,
    policy_view,
)
from assistant.slack.admin.command import Asked, Subcommand
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.errands import Errands
from assistant.slack.rights.directory import Directory
from assistant.slack.rights.places import today_utc
from assistant.slack.rights.readers import Conversation, Place
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.blocks import JsonBlock, Shown, inert, messages_of, text_blocks
from assistant.slack.shown.lines import name
from assistant.store.database import DatabaseTrouble
from assistant.store.policies import AnswersTo, Askers, ChannelPolicy, Policies

NO_POLICIES = phrase(
    "Nothing was set for any channel: everyone in a channel may ask, answers go into the thread, "
    "and nobody is answered in a channel that is shared outside the workspace."
)
NOT_IN_DIRECT = phrase("This is for channels; in a direct message there is nothing to set.")
CHANNEL_UNSEEN = phrase(
    "I cannot see this channel, so nothing was done; please invite me to it and try again."
)
FORM_EXPIRED = phrase("Slack closed the form before it opened; please type the command once more.")
CHANGED_MEANWHILE = phrase(
    "Somebody else has set what holds in this channel since you opened the form, so nothing was "
    "done; please open it again and look."
)
NOT_SET = phrase("It could not be written down, so nothing was done; please try again.")
HOLDS_NOW = phrase("This holds in the channel from now on:")
PRIVATE_CHANNEL = phrase("A private channel")
A_CHANNEL = phrase("A channel")
# Of a longer list, the others have no name in its words.
MOST_LOOKED_UP = 20
_EVERYONE_ASKS = phrase("Everyone may ask.")
_ADMINISTRATORS_ASK = phrase("Administrators of the assistant may ask.")
_TO_THREAD = phrase("Answers go into the thread.")
_TO_ASKER = phrase("Answers go to the asker alone.")
_MAY_USE = phrase("They may use: {audiences}.")
_OPENED = phrase("Open for {who} ({teams}) until {day}.")
_CLOSED = phrase("It was open for {who} ({teams}) until {day} and is closed.")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ChannelDesk:
    """Where administrators say what holds in a channel.

    `opening` neither repeats nor waits, since a form can be opened once, and soon; `home` is the
    workspace in which the app is installed.
    """

    policies: Policies
    desk: Desk
    errands: Errands
    opening: WebClient
    home: str
    today: Callable[[], date] = today_utc

    def register(self, app: App) -> None:
        """Give Bolt the form; the command is `administering`'s."""
        app.view(VIEW)(self.on_form)

    def serve(self, asked: Asked) -> None:
        """Open the form for the channel where it was asked for, or list what was set."""
        try:
            if not self.desk.admits(asked):
                return
            if asked.subcommand is Subcommand.CHANNELS:
                policies = self.policies.all(self.home)
                listed = policies_told(policies, self.today(), self._names(policies))
                self.desk.note(asked, "done", "")
                self.desk.reply(asked, listed)
            else:
                self._open(asked)
        except SlackCallError as error:
            _log.warning("administrator_not_told", code=error.code)

    def on_form(self, ack: Ack, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        """Say in the form what is wrong with it, or take up what it sets."""
        wrong = mistakes(view, self.today())
        if wrong:
            ack(response_action="errors", errors=wrong)
            return
        user = str(body["user"]["id"])
        if self.errands.begin(lambda: self.set(user, view)):
            ack()
        else:
            ack(response_action="errors", errors={"askers": say(admin_sentences.BUSY)})

    def set(self, user: str, view: Mapping[str, Any]) -> None:
        """Let hold what a form says, if who sent it may and the channel is still like that."""
        held = held_in(view)
        asked = Asked(
            user,
            Subcommand.CHANNEL,
            held.channel,
            held.channel,
            response_url=held.response_url,
        )
        try:
            if self.desk.admits(asked):
                policy = policy_in(view, self.home, user, datetime.now(UTC))
                self.desk.reply(asked, self._set(asked, policy, held))
        except SlackCallError as error:
            _log.warning("administrator_not_told", code=error.code)

    def _open(self, asked: Asked) -> None:
        conversation = self._conversation(asked)
        refused = _refusal(conversation)
        if conversation is None or refused is not None:
            self.desk.reply(asked, sentence_told(say(refused or CHANNEL_UNSEEN)))
            return
        policy = self.policies.of(self.home, conversation.id)
        place = Place(conversation, policy, self.home, self.today())
        held = Held(conversation.id, place.is_shared, policy.set_at, asked.response_url)
        view = policy_view(policy, held, sorted(place.others))
        try:
            called(self.opening.views_open, trigger_id=asked.trigger, view=view)
        except SlackCallError as error:
            _log.warning("form_not_opened", code=error.code)
            self.desk.reply(asked, sentence_told(say(FORM_EXPIRED)))

    def _set(self, asked: Asked, policy: ChannelPolicy, held: Held) -> Told:
        conversation = self._conversation(asked)
        refused = _refusal(conversation)
        if conversation is not None and refused is None:
            place = Place(conversation, policy, self.home, self.today())
            if place.is_shared and INTERNAL in policy.audiences:
                refused = INTERNAL_IN_SHARED
        if refused is not None:
            self.desk.note(asked, "refused", refused)
            return sentence_told(say(refused))
        actor, now = actor_of(asked), policy.set_at or datetime.now(UTC)
        detail = described(policy, self.today())
        action = asked.subcommand.action.value
        entry = AuditEntry(now, actor, action, policy.channel, "done", detail)
        try:
            is_set = self.policies.set(policy, entry, held.seen)
        except DatabaseTrouble as error:
            _log.error("policy_not_set", error=type(error).__name__)
            return sentence_told(say(NOT_SET))
        if not is_set:
            return sentence_told(say(CHANGED_MEANWHILE))
        opening = text_blocks(say(HOLDS_NOW))
        called_here = _name(conversation)
        return Told(messages_of([*opening, policy_line(policy, self.today(), called_here)]))

    def _names(self, policies: Sequence[ChannelPolicy]) -> Mapping[str, str]:
        """Return what channels are called, for who hears a list and does not see it."""
        looked_up = [policy.channel for policy in policies[:MOST_LOOKED_UP]]
        return {channel: _name(self._conversation_of(channel)) for channel in looked_up}

    def _conversation(self, asked: Asked) -> Conversation | None:
        return self._conversation_of(asked.channel or "")

    def _conversation_of(self, channel: str) -> Conversation | None:
        """Return what Slack says of a channel now, None when it does not say."""
        try:
            return Directory(self.opening).conversation(channel)
        except SlackCallError as error:
            _log.warning("channel_not_told", code=error.code)
            return None


def policies_told(policies: Sequence[ChannelPolicy], today: date, names: Mapping[str, str]) -> Told:
    """List what was set, channel by channel; `names` are for who does not see the blocks."""
    if not policies:
        return sentence_told(say(NO_POLICIES))
    shown = [policy_line(each, today, names.get(each.channel, "")) for each in policies]
    return Told(messages_of(shown))


def policy_line(policy: ChannelPolicy, today: date, channel_name: str) -> Shown:
    """Show a channel and what holds there; Slack shows its name to who may know it."""
    words = inert(described(policy, today))
    channel: JsonBlock = {"type": "channel", "channel_id": policy.channel}
    elements = [channel, {"type": "text", "text": f"\n{words}"}]
    section = {"type": "rich_text_section", "elements": elements}
    spoken = inert(name(channel_name or say(A_CHANNEL)))
    return Shown({"type": "rich_text", "elements": [section]}, f"{spoken}\n{words}")


def described(policy: ChannelPolicy, today: date) -> str:
    """Say in sentences what holds in a channel."""
    is_private = policy.answers_to is AnswersTo.ASKER
    said = [
        _who_asks(policy),
        say(_TO_ASKER if is_private else _TO_THREAD),
        say(_MAY_USE, audiences=", ".join(policy.audiences)),
    ]
    if policy.opened_until is not None:
        until = policy.opened_until
        who, day = name(policy.opened_for or "", 150), say_day(until)
        opened = _OPENED if policy.is_open(today) else _CLOSED
        said.append(say(opened, who=who, teams=", ".join(policy.opened_teams), day=day))
    return " ".join(said)


def _who_asks(policy: ChannelPolicy) -> str:
    if policy.askers is Askers.EVERYONE:
        return say(_EVERYONE_ASKS)
    if policy.askers is Askers.ADMINISTRATORS:
        return say(_ADMINISTRATORS_ASK)
    return say_some(
        "{count} person or user group that was named may ask.",
        "{count} people and user groups that were named may ask.",
        len(policy.named),
    )


def _name(conversation: Conversation | None) -> str:
    if conversation is None:
        return ""
    return conversation.name or say(PRIVATE_CHANNEL)


def _refusal(conversation: Conversation | None) -> str | None:
    if conversation is None:
        return CHANNEL_UNSEEN
    return NOT_IN_DIRECT if conversation.is_direct else None
