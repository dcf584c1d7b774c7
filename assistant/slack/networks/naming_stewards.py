"""Administrators name stewards of any network, so that none is left alone; the named are told.

An administrator sees of a network its name, its id and who its stewards are, no more.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from slack_bolt import App

from assistant.domain.characters import skeleton
from assistant.domain.networks import Network
from assistant.language import say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.in_time import FormAnswer
from assistant.slack.networks import managing_form as forms
from assistant.slack.networks import managing_people_form as people_forms
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.ground import NetworkGround, Part
from assistant.slack.networks.managing_blocks import done_view, listed_people
from assistant.slack.networks.managing_elements import held_in
from assistant.slack.networks.managing_handling import (
    Payload,
    counter_of,
    errors,
    shown_next,
)
from assistant.slack.networks.managing_rights import RefusedError
from assistant.slack.networks.managing_screens import Place, place_of_command
from assistant.slack.networks.naming_blocks import new_steward_message
from assistant.slack.rights.readers import Standing
from assistant.slack.shown.blocks import Shown, context_blocks, inert, messages_of, text_blocks
from assistant.slack.shown.lines import name
from assistant.store.networks.new_stewards import NewSteward, NewStewards

WORD = "stewards"
LONGEST_TYPED = 200
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)

_log = structlog.get_logger()


class NamingStewards(Part):
    """`/network stewards NAME`, and what new stewards are told."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        self._counter = counter_of(laid)
        self._new = NewStewards(laid.ground.engine)

    def register(self, app: App) -> None:
        """Give the listener to Bolt."""
        app.view(people_forms.NAMING_VIEW)(self._counter.on_form("people", self.name_stewards))

    def command(self, words: Sequence[str], body: dict[str, Any]) -> bool:
        """Open the form in which an administrator names a network's stewards."""
        if not words or words[0] != WORD:
            return False
        typed = " ".join(words[1:])[:LONGEST_TYPED]
        self._counter.begin(place_of_command(body), lambda place: self._open(place, typed))
        return True

    def go_round(self) -> None:
        """Tell stewards who were named, each once."""
        while (steward := self._new.take(datetime.now(UTC))) is not None:
            try:
                self._tell(steward)
            except SlackCallError as error:
                _log.warning("new_steward_not_told", code=error.code)
                pause = min(FIRST_PAUSE * 2 ** min(steward.attempts, 20), LONGEST_PAUSE)
                if error.retry_after is not None:
                    pause = timedelta(seconds=error.retry_after)
                self._new.put_off(steward, datetime.now(UTC) + pause)
            else:
                self._new.settled(steward)

    def name_stewards(self, user: str, view: Payload) -> FormAnswer:
        """Name who looks after a network, for an administrator."""
        held, people = held_in(view), people_forms.people_in(view)
        self._refuse_unless_administrator(user, held.network or "none")
        network = self._counter.rights.open_network(held.network)
        if network is None:
            raise RefusedError(words.NOT_YOURS)
        if not forms.is_count_of_stewards(people):
            return errors({"people": say(words.STEWARDS_COUNT)})
        if not self._counter.rights.are_full_members(people):
            return errors({"people": say(words.STEWARDS_WRONG)})
        after = replace(network, stewards=people)
        if self._counter.changes.change(user, network, after, held.seen):
            self._laid.wake()
            called = inert(name(network.name, 60))
            return shown_next(done_view(None, say(words.STEWARDS_NAMED, name=called)))
        news = list(text_blocks(say(words.CHANGED_MEANWHILE)))
        now = self._counter.rights.open_network(held.network)
        if now is None:
            raise RefusedError(words.NOT_YOURS)
        news.append(listed_people(words.STEWARDS_NOW, now.stewards))
        return shown_next(people_forms.stewards_view(now, people, news, is_for_administrator=True))

    def _open(self, place: Place, typed: str) -> None:
        self._refuse_unless_administrator(place.user, "none")
        networks = self._laid.networks.all(self._laid.ground.identity.team)
        wanted = skeleton(" ".join(typed.split()))
        found = [each for each in networks if wanted in (each.id, skeleton(each.name))]
        if found:
            self._counter.in_modal(place, lambda: self._form(found[0]))
            return
        self._counter.screens.say(place, messages_of(_names_shown(networks)))

    def _form(self, network: Network) -> dict[str, Any]:
        """Return the form; who is no full member any more is named, and not chosen in it."""
        standing = self._counter.rights.standing
        there = [each for each in network.stewards if standing(each) is Standing.FULL]
        gone = [each for each in network.stewards if each not in there]
        news = [
            *text_blocks(name(network.name, 60)),
            *context_blocks(say(words.BY_ADMINISTRATOR)),
        ]
        if gone:
            news.append(listed_people(words.WERE_STEWARDS, gone))
        return people_forms.stewards_view(network, there, news, is_for_administrator=True)

    def _refuse_unless_administrator(self, user: str, network: str) -> None:
        try:
            self._counter.rights.refuse_unless_administrator(user)
        except RefusedError as error:
            self._counter.changes.note_refusal(user, network, str(error))
            raise

    def _tell(self, steward: NewSteward) -> None:
        """Tell somebody who is still a steward; who cannot be written to for good is left out."""
        laid = self._laid
        network = laid.networks.find(laid.ground.identity.team, steward.network)
        if network is None or not laid.memberships.is_steward(steward.user, network):
            return
        payload = {
            "kind": "steward",
            "network": steward.network,
            "user": steward.user,
            "at": steward.named_at.isoformat(),
        }
        try:
            channel = laid.posts.direct(steward.user)
            with laid.ground.directory.spoken_to(steward.user):
                message = new_steward_message(network)
            laid.posts.post_once(channel, message, payload, steward.named_at)
        except SlackCallError as error:
            if error.is_lost or error.is_outage or error.retry_after is not None:
                raise
            _log.info("new_steward_not_reached", code=error.code)


def _names_shown(networks: Sequence[Network]) -> list[Shown]:
    if not networks:
        return list(text_blocks(say(words.NO_NETWORKS)))
    names = "\n".join(
        say(words.NAMED_ID, name=name(each.name, 60), id=each.id) for each in networks
    )
    return [*text_blocks(say(words.NO_NETWORK_NAMED)), *text_blocks(names)]
