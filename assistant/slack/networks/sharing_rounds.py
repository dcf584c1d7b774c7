"""Rounds over shared answers: each is posted once, and its message shows what holds now.

What is to be done is in the table, so that a round after a crash does what one before did not.
"""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from datetime import time as time_of_day

import structlog

from assistant.domain.documents import INTERNAL
from assistant.domain.networks import Network, Origin, PeerAnswer
from assistant.domain.releases import Action
from assistant.language import phrase, say, say_day
from assistant.network.reading import may_be_shared
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.sharing_blocks import (
    hidden_message,
    shared_message,
    withdrawn_message,
)
from assistant.slack.networks.sharing_desk import SharingDesk, entry_of
from assistant.slack.shown.blocks import Message, sentence_messages
from assistant.slack.shown.lines import name
from assistant.store.networks.peer_answers_table import Showing

PAUSE = 5.0
# Where a channel is closed to a network for now, or Slack refuses for good.
LONG_PAUSE = 300.0

# Who reads a network's channels changes without a word to us.
BETWEEN_LOOKS = 300.0
MOST_LOOKED_AT = 500

PARTED = phrase(
    "What somebody said to {network} on {day} was taken back by them. What was verified of it is "
    "retired: no answer rests on it from now on."
)

_log = structlog.get_logger()


class SharingRounds:
    """Shows what was shared, in its network's first channel, and parts with what was withdrawn."""

    def __init__(self, laid: NetworkGround, desk: SharingDesk) -> None:
        self._laid = laid
        self._desk = desk
        self._lock = threading.Lock()
        self._read_by: dict[str, frozenset[str]] = {}
        self._look_at = 0.0

    def go_round(self) -> None:
        """Do what is due; two never do it at once."""
        with self._lock:
            self._look_who_reads()
            while (showing := self._laid.answers.take_showing()) is not None:
                self._show(showing)
            for answer in self._laid.answers.withdrawn_but_verified():
                self._part(answer)

    def _look_who_reads(self) -> None:
        """Have what rests on internal guidance shown anew where others read it than before."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + BETWEEN_LOOKS
        for network in self._laid.networks.all(self._laid.ground.identity.team):
            posted = [
                answer.id
                for answer in self._laid.answers.of_network(
                    network.id, MOST_LOOKED_AT, Origin.SHARED
                )
                if answer.channel and _is_internal(answer)
            ]
            if not posted:
                continue
            try:
                _, audiences = self._desk.readers(network)
            except SlackCallError as error:
                _log.info("readers_not_looked_up", code=error.code)
                continue
            if self._read_by.get(network.id) != audiences:
                self._laid.answers.show_anew(posted)
                self._read_by[network.id] = audiences

    def _show(self, showing: Showing) -> None:
        try:
            is_shown = self._shown(showing.answer)
        except SlackCallError as error:
            _log.warning("shared_answer_not_shown", number=showing.answer.id, code=error.code)
            later = error.retry_after or (PAUSE if error.is_lost else LONG_PAUSE)
            self._laid.answers.put_off_showing(showing, later)
            return
        if is_shown:
            self._laid.answers.shown(showing)
        else:
            self._laid.answers.put_off_showing(showing, LONG_PAUSE)

    def _shown(self, answer: PeerAnswer) -> bool:
        """Post or update an answer's message; False where nothing may be said for now."""
        if answer.withdrawn_at is not None:
            self._update(self._found(answer), withdrawn_message())
            return True
        network = self._network(answer)
        channels = self._laid.memberships.channels(network) if network is not None else ()
        if answer.channel is None and channels and network is not None:
            self._post(answer, channels[0], self._message(answer, network))
        elif answer.channel in channels and network is not None:
            self._update(answer, self._message(answer, network) or hidden_message())
        else:
            # What stands in a channel of the network shows what holds when it counts again.
            return answer.channel is None or network is None
        return True

    def _message(self, answer: PeerAnswer, network: Network) -> Message | None:
        """Return what an answer looks like now; None when not all who would see it may read it."""
        _, audiences = self._desk.readers(network)
        if not may_be_shared(answer.citations, audiences):
            return None
        return shared_message(answer, network, self._laid.answers.responses(answer.id))

    def _post(self, answer: PeerAnswer, channel: str, message: Message | None) -> None:
        if message is None:
            return
        ts = self._laid.posts.post_once(channel, message, _mark(answer), _since(answer))
        self._laid.answers.note_posted(answer.id, channel, ts)

    def _found(self, answer: PeerAnswer) -> PeerAnswer:
        """Return a withdrawn answer with its message, also where it was posted and not noted.

        The process may have ended before it was noted, or Slack's reply was lost.
        """
        network = self._laid.networks.find(self._laid.ground.identity.team, answer.network)
        if answer.message_ts is not None or network is None:
            return answer
        for channel in network.channels:
            try:
                ts = self._laid.posts.find(channel, _mark(answer), _since(answer))
            except SlackCallError as error:
                if error.is_lost or error.is_outage or error.retry_after is not None:
                    raise
                # Where we are no longer, there is nothing that we could change.
                _log.info("channel_not_looked_through", channel=channel, code=error.code)
                continue
            if ts is not None:
                return replace(answer, channel=channel, message_ts=ts)
        return answer

    def _update(self, answer: PeerAnswer, message: Message) -> None:
        if answer.channel is None or answer.message_ts is None:
            return
        try:
            self._laid.posts.update(answer.channel, answer.message_ts, message)
        except SlackCallError as error:
            if error.code != "message_not_found":
                raise

    def _part(self, answer: PeerAnswer) -> None:
        """Erase what was verified of an answer that was withdrawn, and tell the stewards."""
        number = answer.verified_id or 0
        target = f"verified answer {number} of network-{answer.network}"
        entry = entry_of(answer.by.user, Action.VERIFY, target, "erased", "it was withdrawn")
        verified = self._laid.verified.find(number)
        # Its words go with those of which it was made, also where it was retired before.
        if verified is not None and verified.answer:
            self._laid.verified.erase(number, entry)
        network = self._network(answer)
        try:
            for steward in network.stewards if network is not None else ():
                self._tell(steward, answer, network)
        except SlackCallError as error:
            _log.warning("stewards_not_told", number=answer.id, code=error.code)
            return
        self._laid.answers.note_parted(answer.id)
        self._laid.wake()

    def _tell(self, steward: str, answer: PeerAnswer, network: Network | None) -> None:
        if network is None or answer.withdrawn_at is None:
            return
        if not self._laid.memberships.is_steward(steward, network):
            return
        with self._laid.ground.directory.spoken_to(steward):
            words = say(PARTED, network=name(network.name), day=say_day(answer.on))
            message = sentence_messages(words)[0]
        try:
            channel = self._laid.posts.direct(steward)
            payload = {"parted_answer": answer.id}
            self._laid.posts.post_once(channel, message, payload, answer.withdrawn_at)
        except SlackCallError as error:
            if error.is_lost or error.retry_after is not None:
                raise
            _log.info("steward_not_reached", code=error.code)

    def _network(self, answer: PeerAnswer) -> Network | None:
        network = self._laid.networks.find(self._laid.ground.identity.team, answer.network)
        return network if network is not None and network.closed_at is None else None


def _mark(answer: PeerAnswer) -> dict[str, int]:
    """Return what tells an answer's message from every other."""
    return {"peer_answer": answer.id}


def _since(answer: PeerAnswer) -> datetime:
    """Return when an answer's message can have been posted at the earliest."""
    return datetime.combine(answer.on, time_of_day(), UTC)


def _is_internal(answer: PeerAnswer) -> bool:
    return any(cited.audience == INTERNAL for cited in answer.citations)
