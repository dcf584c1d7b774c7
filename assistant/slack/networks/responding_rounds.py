"""Rounds over corrections: stewards are told of each once, and who made it what came of it."""

import threading
from collections.abc import Callable

import structlog

from assistant.domain.networks import Network, PeerAnswer
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.responding_blocks import correction_message, told_message
from assistant.slack.shown.blocks import Message
from assistant.store.peer_answers_table import Correction

PAUSE = 5.0

_log = structlog.get_logger()


class CorrectionRounds:
    """Tells of corrections by direct message; what Slack does not take for good is left."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        self._lock = threading.Lock()

    def go_round(self) -> None:
        """Tell of what is due; two never do it at once."""
        with self._lock:
            while (correction := self._laid.answers.take_correction()) is not None:
                try:
                    self._tell(correction)
                except SlackCallError as error:
                    _log.warning("correction_not_told", code=error.code)
                    seconds = error.retry_after or PAUSE
                    self._laid.answers.put_off_telling(correction, seconds)
                else:
                    self._laid.answers.told(correction)

    def _tell(self, correction: Correction) -> None:
        response = correction.response
        answer = self._laid.answers.find(response.answer_id)
        network = self._network(answer)
        if answer is None or network is None or answer.withdrawn_at is not None:
            return
        if response.dealt_with_at is not None:
            # Who left the network meanwhile is told nothing of it.
            channel = answer.channel or ""
            if self._laid.memberships.is_member(response.by.user, network, channel):
                message = told_message
                self._write(
                    response.by.user, correction, lambda: message(network, correction.remark)
                )
            return
        for steward in network.stewards:
            if self._laid.memberships.is_steward(steward, network):
                self._write(
                    steward, correction, lambda: correction_message(answer, network, response)
                )

    def _write(self, user: str, correction: Correction, message: Callable[[], Message]) -> None:
        payload = {"correction": correction.response.id, "version": correction.version}
        try:
            channel = self._laid.posts.direct(user)
            with self._laid.ground.directory.spoken_to(user):
                made = message()
            self._laid.posts.post_once(channel, made, payload, correction.response.at)
        except SlackCallError as error:
            if error.is_lost or error.is_outage or error.retry_after is not None:
                raise
            _log.info("person_not_reached", code=error.code)

    def _network(self, answer: PeerAnswer | None) -> Network | None:
        if answer is None:
            return None
        network = self._laid.networks.find(self._laid.ground.identity.team, answer.network)
        return network if network is not None and network.closed_at is None else None
