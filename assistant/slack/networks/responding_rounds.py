"""Rounds over corrections: stewards are told of each once, and who made it what came of it."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

import structlog

from assistant.domain.networks import Network, PeerAnswer
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks.correcting import VerifiedShelf
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.responding_blocks import (
    correction_message,
    gone_message,
    told_message,
    told_outside_message,
)
from assistant.slack.rights.directory import may_be_told_later
from assistant.slack.rights.gatekeeper import UncheckedError
from assistant.slack.shown.blocks import Message
from assistant.store.networks.correction_notices import CorrectionNotice
from assistant.store.networks.peer_answers_table import Correction

PAUSE = 5.0

_log = structlog.get_logger()


class CorrectionRounds:
    """Tells of corrections by direct message; what Slack does not take for good is left."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        self._verified = VerifiedShelf(laid)
        self._lock = threading.Lock()

    def go_round(self) -> None:
        """Tell of what is due, and take back what was told; two never do it at once."""
        with self._lock:
            while (correction := self._laid.answers.take_correction()) is not None:
                try:
                    self._tell(correction)
                except SlackCallError as error:
                    _log.warning("correction_not_told", code=error.code)
                    seconds = error.retry_after or PAUSE
                    self._laid.answers.put_off_telling(correction, seconds)
                except UncheckedError:
                    _log.warning("correction_not_told", code="unchecked")
                    self._laid.answers.put_off_telling(correction, PAUSE)
                else:
                    self._laid.answers.told(correction)
            while (notice := self._laid.answers.notices.take()) is not None:
                try:
                    self._take_back(notice)
                except SlackCallError as error:
                    _log.warning("correction_not_taken_back", code=error.code)
                    self._laid.answers.notices.put_off(notice, error.retry_after or PAUSE)
                else:
                    self._laid.answers.notices.taken_back(notice)

    def _tell(self, correction: Correction) -> None:
        response = correction.response
        answer = self._laid.answers.find(response.answer_id)
        network = self._network(answer)
        if answer is None or network is None or answer.withdrawn_at is not None:
            return
        if response.dealt_with_at is not None:
            self._tell_corrector(correction, answer, network)
            return
        verified = self._laid.verified.of_origin(answer.id)
        for steward in network.stewards:
            if not self._laid.memberships.is_steward(steward, network):
                continue
            notice = self._laid.answers.notices.begin(correction, steward)
            if notice is None:
                return
            told = self._write(
                steward,
                _mark(notice),
                notice.begun_at,
                lambda: correction_message(answer, network, response, verified),
            )
            if told is not None:
                self._laid.answers.notices.posted(notice, *told)

    def _tell_corrector(self, correction: Correction, answer: PeerAnswer, network: Network) -> None:
        """Tell who corrected what came of it; a network is named to its members alone."""
        response, remark = correction.response, correction.remark
        made: Callable[[], Message]
        if self._laid.memberships.is_member(response.by.user, network, answer.channel or ""):
            made = partial(told_message, network, remark)
        elif self._verified.was_open_to(response.by.user, answer, network):
            made = partial(told_outside_message, remark)
        else:
            # Who left the network meanwhile is told nothing of it.
            return
        payload = {"correction": response.id, "version": correction.version}
        self._write(response.by.user, payload, response.at, made)

    def _write(
        self,
        user: str,
        payload: Mapping[str, int],
        since: datetime,
        message: Callable[[], Message],
    ) -> tuple[str, str] | None:
        """Write to somebody once; return where it stands, None where they cannot be reached."""
        try:
            channel = self._laid.posts.direct(user)
            with self._laid.ground.directory.spoken_to(user):
                made = message()
            return channel, self._laid.posts.post_once(channel, made, payload, since)
        except SlackCallError as error:
            if may_be_told_later(error):
                raise
            _log.info("person_not_reached", code=error.code)
            return None

    def _take_back(self, notice: CorrectionNotice) -> None:
        """Take the words out of a message to a steward, if it was posted."""
        posts, channel, ts = self._laid.posts, notice.channel, notice.message_ts
        try:
            if channel is None or ts is None:
                channel = posts.direct(notice.user)
                ts = posts.find(channel, _mark(notice), notice.begun_at)
            if ts is not None:
                with self._laid.ground.directory.spoken_to(notice.user):
                    made = gone_message()
                posts.update(channel, ts, made)
        except SlackCallError as error:
            if may_be_told_later(error):
                raise
            _log.info("message_not_taken_back", code=error.code)

    def _network(self, answer: PeerAnswer | None) -> Network | None:
        if answer is None:
            return None
        network = self._laid.networks.find(self._laid.ground.identity.team, answer.network)
        return network if network is not None and network.closed_at is None else None


def _mark(notice: CorrectionNotice) -> dict[str, int]:
    """Return what tells a message from every other."""
    return {"correction_notice": notice.id}
