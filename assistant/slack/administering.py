"""Slash commands, buttons, the form and the Home tab: acknowledged at once, done in a thread."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import structlog
from slack_bolt import Ack, App

from assistant.language import say
from assistant.slack.admin.actions import Desk
from assistant.slack.admin.blocks import ACTION_PREFIX, sentence_told
from assistant.slack.admin.channel_policy import ChannelDesk
from assistant.slack.admin.command import Asked, Subcommand, read_command
from assistant.slack.admin.offer_form import VIEW, mistakes, offer_in
from assistant.slack.admin.offering import Offering
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.errands import Errands
from assistant.slack.api.plain_http import address_of
from assistant.slack.home.defining import Defining
from assistant.slack.home.home import Home
from assistant.slack.rights.directory import Directory
from assistant.slack.shown import admin_sentences

DEFINE_COMMAND = "/define"

Payload = Mapping[str, Any]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Interactions:
    """What is done with each command, button and form; nothing here waits for anything."""

    errands: Errands
    desk: Desk
    home: Home
    offering: Offering
    command: str
    channels: ChannelDesk
    directory: Directory

    def register(self, app: App) -> None:
        """Give every listener to Bolt, and one for other people's buttons, so that they end."""
        app.command(self.command)(self.on_command)
        app.action(re.compile(f"^{re.escape(ACTION_PREFIX)}"))(self.on_button)
        app.view(VIEW)(self.on_form)
        self.channels.register(app)
        app.action(re.compile(".*"))(_acknowledge)
        app.view(re.compile(".*"))(_acknowledge)

    def on_command(self, ack: Ack, command: Payload) -> None:
        """Take up what was typed."""
        text = str(command.get("text") or "")
        subcommand, target = read_command(text) or (Subcommand.HELP, text.strip())
        asked = Asked(
            user=str(command["user_id"]),
            subcommand=subcommand,
            target=target,
            channel=str(command.get("channel_id") or "") or None,
            response_url=str(command.get("response_url") or "") or None,
            trigger=str(command.get("trigger_id") or "") or None,
        )
        ack(*() if self._begin(asked) else (say(admin_sentences.BUSY),))

    def on_button(self, ack: Ack, body: Payload, action: Payload) -> None:
        """Take up the press of a button of ours, wherever it stands."""
        ack()
        asked = asked_by_button(body, action)
        if asked is None:
            _log.warning("button_not_known")
        elif not self._begin(asked):
            self._say_busy(asked)

    def _say_busy(self, asked: Asked) -> None:
        try:
            self.desk.reply(asked, sentence_told(say(admin_sentences.BUSY)))
        except SlackCallError as error:
            _log.warning("administrator_not_told", code=error.code)

    def on_form(self, ack: Ack, body: Payload, view: Payload) -> None:
        """Say in the form what is wrong with it, or take up what it offers."""
        wrong = mistakes(view, date.today())  # noqa: DTZ011 - a date as people here see it
        if wrong:
            ack(response_action="errors", errors=wrong)
            return
        offer, user = offer_in(view), str(body["user"]["id"])
        if self.errands.begin(lambda: self._with_home(user, self._offer(user, offer))):
            ack()
        else:
            ack(response_action="errors", errors={"title": say(admin_sentences.BUSY)})

    def _offer(self, user: str, offer: Any) -> Callable[[], None]:
        return lambda: self.offering.carry_out(user, offer)

    def _begin(self, asked: Asked) -> bool:
        if asked.subcommand is Subcommand.OFFER:
            return self._begin_for(asked.user, lambda: self.offering.open_form(asked))
        if asked.subcommand in (Subcommand.CHANNEL, Subcommand.CHANNELS):
            return self._begin_for(asked.user, lambda: self.channels.serve(asked))
        return self.errands.begin(
            lambda: self._with_home(asked.user, lambda: self.desk.serve(asked))
        )

    def _with_home(self, user: str, work: Callable[[], None]) -> None:
        """Do something and show what became of it in the Home tab of who asked for it."""
        try:
            with self.directory.spoken_to(user):
                work()
        finally:
            self.home.refresh(user)

    def _begin_for(self, user: str, work: Callable[[], None]) -> bool:
        def spoken() -> None:
            with self.directory.spoken_to(user):
                work()

        return self.errands.begin(spoken)


def asked_by_button(body: Payload, action: Payload) -> Asked | None:
    """Return what the press of a button asks for, None when it is none of ours."""
    try:
        subcommand = Subcommand(str(action.get("action_id")).removeprefix(ACTION_PREFIX))
    except ValueError:
        return None
    value = str(action.get("value") or "")
    container = body.get("container") or {}
    message = body.get("message") or {}
    return Asked(
        user=str(body["user"]["id"]),
        subcommand=subcommand,
        target="" if value == subcommand.value else value,
        channel=container.get("channel_id"),
        thread_ts=message.get("thread_ts") if subcommand is Subcommand.OFFER else None,
        response_url=address_of(body) or None,
        trigger=body.get("trigger_id"),
    )


def register_define(app: App, errands: Errands, defining: Defining) -> None:
    """Give Bolt the command that says what a term means."""

    def on_define(ack: Ack, command: Payload) -> None:
        taken = errands.begin(lambda: defining.serve(command))
        ack(*() if taken else (say(admin_sentences.BUSY),))

    app.command(DEFINE_COMMAND)(on_define)


def _acknowledge(ack: Ack) -> None:
    """Nothing is to be done; without it Slack would show a failure."""
    ack()
