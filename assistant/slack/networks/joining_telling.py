"""People told of requests and invitations, once each: what Slack did not take is tried again."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from assistant.domain.networks import Member, MemberState, Network
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.joining_blocks import (
    Answer,
    Answered,
    answered_message,
    invitation_message,
    request_message,
    told_message,
)
from assistant.slack.shown.blocks import Message

MOST_ATTEMPTS = 20
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
# What was written down and not told, since the process ended then, is looked for in between.
LOOK_SECONDS = 60.0
MOST_KNOWN = 5000
YOUNGEST, OLDEST = timedelta(seconds=30), timedelta(days=1)

_log = structlog.get_logger()


@dataclass
class _Due:
    """Something to tell: how often it was tried, and from when it may be tried again."""

    work: Callable[[], None]
    attempts: int = 0
    not_before: float = 0.0
    is_running: bool = False


class Tellings:
    """Writes to stewards, to who asked and to who is invited; a message is never there twice."""

    def __init__(self, laid: NetworkGround, clock: Callable[[], float] = time.monotonic) -> None:
        self._laid = laid
        self._posts = laid.posts
        self._clock = clock
        self._due: dict[str, _Due] = {}
        self._known: set[str] = set()
        self._looked_at = float("-inf")
        self._lock = threading.Lock()

    def of_request(self, network: Network, request: Member) -> None:
        """Have every steward told of a request to join."""
        self._begin(_key("request", request), lambda: self._ask(network.id, request))

    def of_answer(self, network: Network, request: Member, answered: Answered) -> None:
        """Have every steward's message say what became of a request, and who asked be told."""
        key = _key("request", request)
        with self._lock:
            self._due.pop(key, None)
        self._begin(f"{key} answered", lambda: self._settle(network, request, answered))
        if answered.answer is not Answer.GONE:
            message = told_message(network, answered.answer)
            payload = _payload(answered.answer.value, request)
            self._begin(f"{key} told", lambda: self._tell(request.user, message, payload, request))

    def of_invitation(self, network: Network, invitation: Member) -> None:
        """Have who is invited told."""
        self._begin(_key("invitation", invitation), lambda: self._invite(network.id, invitation))

    def go_round(self) -> None:
        """Try again what is due, and look for what was never told."""
        if self._clock() - self._looked_at >= LOOK_SECONDS:
            self._looked_at = self._clock()
            self._look_for_untold()
        with self._lock:
            keys = list(self._due)
        for key in keys:
            self._run(key)

    def _look_for_untold(self) -> None:
        now = datetime.now(UTC)
        for network in self._laid.networks.all(self._laid.ground.identity.team):
            for member in self._laid.networks.members(network.id):
                if not YOUNGEST < now - member.at < OLDEST:
                    continue
                if member.state is MemberState.REQUESTED:
                    self.of_request(network, member)
                elif member.state is MemberState.INVITED:
                    self.of_invitation(network, member)

    def _begin(self, key: str, work: Callable[[], None]) -> None:
        with self._lock:
            if key in self._known:
                return
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known.add(key)
            self._due[key] = _Due(work)
        self._run(key)

    def _run(self, key: str) -> None:
        with self._lock:
            due = self._due.get(key)
            if due is None or due.is_running or due.not_before > self._clock():
                return
            due.is_running = True
        try:
            due.work()
        except SlackCallError as error:
            self._put_off(key, due, error)
            return
        except BaseException:
            self._forget(key)
            raise
        self._forget(key)

    def _put_off(self, key: str, due: _Due, error: SlackCallError) -> None:
        pause = min(FIRST_PAUSE * 2**due.attempts, LONGEST_PAUSE)
        due.attempts += 1
        due.not_before = self._clock() + (error.retry_after or pause)
        due.is_running = False
        _log.warning("network_telling_put_off", code=error.code, attempts=due.attempts)
        if due.attempts >= MOST_ATTEMPTS:
            _log.error("network_telling_given_up", code=error.code)
            self._forget(key)

    def _forget(self, key: str) -> None:
        with self._lock:
            self._due.pop(key, None)

    def _ask(self, network_id: str, request: Member) -> None:
        """Tell the stewards of a request that still stands."""
        network = self._standing(network_id, request)
        for steward in network.stewards if network is not None else ():
            # A steward who was told first may have answered by now.
            now = self._standing(network_id, request)
            if now is not None and self._laid.memberships.is_steward(steward, now):
                message = request_message(now, request)
                self._tell(steward, message, _payload("request", request), request)

    def _invite(self, network_id: str, invitation: Member) -> None:
        network = self._standing(network_id, invitation)
        if network is not None:
            message = invitation_message(network, invitation)
            self._tell(invitation.user, message, _payload("invitation", invitation), invitation)

    def _settle(self, network: Network, request: Member, answered: Answered) -> None:
        message = answered_message(network, request.user, answered)
        payload = _payload("request", request)
        for steward in network.stewards:
            with _left_out_for_good(steward):
                channel = self._posts.direct(steward)
                ts = self._posts.find(channel, payload, request.at)
                if ts is not None:
                    self._posts.update(channel, ts, message)

    def _tell(self, user: str, message: Message, payload: Mapping[str, str], about: Member) -> None:
        """Write to somebody unless it is there; who cannot be written to is left out."""
        with _left_out_for_good(user):
            self._posts.post_once(self._posts.direct(user), message, payload, about.at)

    def _standing(self, network_id: str, member: Member) -> Network | None:
        """Return the network where somebody still is where they were on the way into it."""
        network = self._laid.networks.find(self._laid.ground.identity.team, network_id)
        there = self._laid.networks.member(network_id, member.user)
        is_open = network is not None and network.closed_at is None
        is_as_it_was = there is not None and there.state is member.state
        return network if is_open and is_as_it_was else None


class _left_out_for_good:  # noqa: N801 - it reads as what it does
    """Leaves out who cannot be written to; raises SlackCallError when it may go well later."""

    def __init__(self, user: str) -> None:
        self._user = user

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, SlackCallError):
            return False
        if error.is_lost or error.retry_after is not None:
            return False
        _log.warning("network_person_not_told", user=self._user, code=error.code)
        return True


def _key(kind: str, member: Member) -> str:
    return f"{kind} {member.network} {member.user} {member.at.isoformat()}"


def _payload(kind: str, member: Member) -> dict[str, str]:
    return {
        "kind": kind,
        "network": member.network,
        "user": member.user,
        "at": member.at.isoformat(),
    }
