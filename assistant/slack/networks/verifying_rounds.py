"""Rounds over verified answers: what is to be live is published, who is concerned is told once."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from assistant.domain.errors import CorpusError
from assistant.domain.networks import Network, VerifiedAnswer
from assistant.domain.releases import Actor, Outcome, Release
from assistant.operations.writing import KNOWN_ERRORS
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.verifying_desk import Desk
from assistant.slack.networks.verifying_news import (
    lapsed_message,
    live_message,
    opening_message,
    opening_told_message,
    refused_message,
    verified_message,
)
from assistant.slack.shown.blocks import Message
from assistant.slack.shown.lines import SURFACE
from assistant.store.networks.verifying import Opening, OpeningState, VerifyingNotes

ASSISTANT = Actor("the assistant", SURFACE)
BETWEEN_PUBLICATIONS = 3.0
FIRST_PAUSE = 3.0
LONGEST_PAUSE = 600.0
PAUSE_OF_THE_GATE = 1800.0
BETWEEN_CHECKS = 3600.0
NEWS_PAUSE = timedelta(minutes=10)

_log = structlog.get_logger()

Said = tuple[VerifiedAnswer, Network]
Made = Callable[[], Message]


class Rounds:
    """Does what is due; what was done is in the database, so a round after a crash goes on."""

    def __init__(self, laid: NetworkGround, desk: Desk, notes: VerifyingNotes) -> None:
        self._laid = laid
        self._desk = desk
        self._notes = notes
        self._publishing = threading.Lock()
        self._publish_at = 0.0
        self._failures = 0
        self._check_at = 0.0
        self._stamp = -1
        # What was refused may have been changed or taken out since.
        self._refused_at: tuple[int, int] | None = None
        self._known: tuple[int, Sequence[VerifiedAnswer]] = (-1, ())
        # What was told stays told, so that it need not be looked up each time.
        self._told: frozenset[tuple[int, str]] = frozenset()

    def go_round(self) -> None:
        """Do what is due now."""
        self._check()
        self._mend()
        self._tell()
        if self._may_publish() and not self._publishing.locked():
            self._laid.errands.begin(self._publish)

    def _may_publish(self) -> bool:
        """Whether it is time to publish: at once when what the gate refused has changed since."""
        refused = self._refused_at
        has_changed = refused is not None and refused != self._changed_at()
        return has_changed or time.monotonic() >= self._publish_at

    def _changed_at(self) -> tuple[int, int]:
        return self._laid.verified.stamp(), self._laid.proposals.stamp()

    def _check(self) -> None:
        """Have what does not hold any more lapse: at the start, and hourly."""
        if time.monotonic() >= self._check_at:
            self._check_at = time.monotonic() + BETWEEN_CHECKS
            try:
                self._laid.ground.abilities.train.check_peers()
            except CorpusError as error:
                # Before the first ingest, and while the corpus is being mended, nothing is there.
                _log.warning("peers_not_checked", reason=type(error).__name__)

    def _mend(self) -> None:
        """Finish what a process that ended left between two tables."""
        stamp = self._laid.verified.stamp()
        if stamp == self._stamp:
            return
        for answer in self._laid.verified.standing():
            shared = self._laid.answers.find(answer.origin_id) if answer.origin_id else None
            if shared is not None and shared.verified_id is None:
                self._laid.answers.note_verified(shared.id, answer.id)
                self._laid.calls.to_tell_of(shared.id, answer.verified_at)
        self._stamp = stamp

    def _publish(self) -> None:
        """Take into the corpus what is to be there; what does not succeed is tried again later."""
        if not self._publishing.acquire(blocking=False):
            return
        train = self._laid.ground.abilities.train
        try:
            stamp = self._changed_at()
            # What is there before it is asked is in what is answered.
            standing = self._standing()
            release = None if train.is_published() else train.publish(ASSISTANT)
            self._refused_at = None
            self._after(standing, release, stamp)
        except KNOWN_ERRORS as error:
            # Who is busy ends some time, and what is broken is mended by an administrator.
            _log.warning("peers_not_published", reason=type(error).__name__)
            self._put_off(FIRST_PAUSE)
        except Exception:
            # Or all of it would be done anew every few seconds.
            self._put_off(FIRST_PAUSE)
            raise
        finally:
            self._publishing.release()

    def _after(
        self, standing: Sequence[Said], release: Release | None, stamp: tuple[int, int]
    ) -> None:
        if release is not None and release.outcome not in (Outcome.LIVE, Outcome.UNCHANGED):
            failures = len(release.gate.failures) if release.gate is not None else 1
            _log.warning("peers_kept_from_going_live", failures=failures)
            self._put_off(PAUSE_OF_THE_GATE)
            self._refused_at = stamp
            self._tell_of_refusal(standing, failures)
            return
        self._failures = 0
        self._publish_at = time.monotonic() + BETWEEN_PUBLICATIONS
        holding = [(a, n, f"live {_stamp_of(a.verified_at)}") for a, n in standing if not a.lapse]
        told = self._told_of((answer.id, kind) for answer, _, kind in holding)
        for answer, network, kind in holding:
            if (answer.id, kind) not in told:
                message = partial(live_message, answer, network)
                said = (answer, network)
                self._tell_one(said, kind, answer.verifier, message, answer.verified_at)

    def _tell_of_refusal(self, standing: Sequence[Said], failures: int) -> None:
        told = self._notes.told()
        for answer, network in standing:
            at = _stamp_of(answer.verified_at)
            done = {(answer.id, f"live {at}"), (answer.id, f"refused {at}")}
            if answer.lapse is None and not done & told:
                message = partial(refused_message, answer, network, max(1, failures))
                said, kind = (answer, network), f"refused {at}"
                self._tell_one(said, kind, answer.verifier, message, answer.verified_at)

    def _put_off(self, first: float) -> None:
        pause = min(first * 2**self._failures, max(first, LONGEST_PAUSE))
        self._failures = min(self._failures + 1, 20)
        self._publish_at = time.monotonic() + pause

    def _tell(self) -> None:
        standing = {answer.id: (answer, network) for answer, network in self._standing()}
        openings = self._notes.openings()
        of_authors = [
            (answer.id, f"verified {_stamp_of(answer.verified_at)}")
            for answer, _ in standing.values()
            if answer.by.user != answer.verifier
        ]
        of_openings = [
            (each.verified_id, _kind_of(each))
            for each in openings
            if each.verified_id in standing and each.state is not OpeningState.TAKEN_BACK
        ]
        told = self._told_of([*of_authors, *of_openings])
        for answer, network in standing.values():
            self._tell_author(answer, network, told)
        for answer in self._laid.verified.untold():
            if answer.id in standing:
                self._tell_of_lapse(*standing[answer.id])
        for opening in openings:
            if opening.verified_id in standing:
                self._tell_of_opening(opening, *standing[opening.verified_id], told)

    def _tell_author(
        self, answer: VerifiedAnswer, network: Network, told: frozenset[tuple[int, str]]
    ) -> None:
        kind = f"verified {_stamp_of(answer.verified_at)}"
        if answer.by.user != answer.verifier and (answer.id, kind) not in told:
            message = partial(verified_message, answer, network)
            said = (answer, network)
            self._tell_one(said, kind, answer.by.user, message, answer.verified_at)

    def _tell_of_lapse(self, answer: VerifiedAnswer, network: Network) -> None:
        """Tell the verifier, or the other stewards when the verifier is none or not reached."""
        since = answer.lapsed_at or answer.verified_at
        kind = f"lapsed {_stamp_of(since)}"
        others = [each for each in network.stewards if each != answer.verifier]
        message = partial(lapsed_message, answer, network)

        def tell() -> bool:
            return any(
                self._write(self._stewards(network, people), message, answer.id, kind, since)
                for people in ([answer.verifier], others)
            )

        self._once(answer.id, kind, tell)
        if (answer.id, kind) in self._notes.told():
            self._laid.verified.note_told(answer.id)

    def _tell_of_opening(
        self,
        opening: Opening,
        answer: VerifiedAnswer,
        network: Network,
        told: frozenset[tuple[int, str]],
    ) -> None:
        kind = _kind_of(opening)
        if opening.state is OpeningState.TAKEN_BACK or (answer.id, kind) in told:
            return
        if opening.state is not OpeningState.ASKED:
            message = partial(opening_told_message, answer, network, opening)
            said = (answer, network)
            self._tell_one(said, kind, opening.asked_by, message, opening.asked_at)
            return
        message = partial(opening_message, answer, network, opening)

        def ask() -> bool:
            if not self._write([answer.by.user], message, answer.id, kind, opening.asked_at):
                target = f"verified answer {answer.id}"
                entry = self._desk.entry(opening.asked_by, "author not reached", target)
                self._notes.end_opening(opening, OpeningState.UNREACHABLE, entry)
                self._laid.wake()
            return True

        self._once(answer.id, kind, ask)

    def _tell_one(self, said: Said, kind: str, user: str, message: Made, since: datetime) -> None:
        """Tell the author, or somebody who still looks after the network."""
        answer, network = said

        def tell() -> bool:
            people = [user] if user == answer.by.user else self._stewards(network, [user])
            self._write(people, message, answer.id, kind, since)
            return True

        self._once(answer.id, kind, tell)

    def _once(self, number: int, kind: str, tell: Callable[[], bool]) -> None:
        """Tell something unless it was told, or somebody is at it; later when Slack is away."""
        if not self._notes.take_news(number, kind):
            return
        try:
            is_told = tell()
        except SlackCallError as error:
            _log.warning("verified_answer_not_told", number=number, code=error.code)
            pause = timedelta(seconds=error.retry_after) if error.retry_after else NEWS_PAUSE / 20
            self._notes.put_off(number, kind, pause)
            return
        if is_told:
            self._notes.note_told(number, kind)
        else:
            _log.warning("nobody_to_tell", number=number)
            self._notes.put_off(number, kind, NEWS_PAUSE)

    def _stewards(self, network: Network, people: Sequence[str]) -> Sequence[str]:
        """Return those who look after a network now: who does no more is told nothing of it."""
        return [each for each in people if self._laid.memberships.is_steward(each, network)]

    def _write(
        self,
        people: Sequence[str],
        message: Made,
        number: int,
        kind: str,
        since: datetime,
    ) -> bool:
        """Write to people directly, each once; whether one of them was reached.

        Raises SlackCallError when it may be told later.
        """
        reached = False
        payload = {"verified_id": number, "news": kind}
        for user in people:
            try:
                channel = self._laid.posts.direct(user)
                with self._laid.ground.directory.spoken_to(user):
                    made = message()
                self._laid.posts.post_once(channel, made, payload, since)
                reached = True
            except SlackCallError as error:
                if error.is_lost or error.retry_after is not None:
                    raise
                _log.info("person_not_reached", number=number, code=error.code)
        return reached

    def _standing(self) -> Sequence[Said]:
        """Return the verified answers of this workspace's networks, with their networks."""
        networks = {
            each.id: each for each in self._laid.networks.all(self._laid.ground.identity.team)
        }
        stamp = self._laid.verified.stamp()
        known_at, standing = self._known
        if known_at != stamp:
            # Read after its stamp: what changes in between is read again the next time.
            standing = self._laid.verified.standing()
            self._known = (stamp, standing)
        return [(each, networks[each.network]) for each in standing if each.network in networks]

    def _told_of(self, wanted: Iterable[tuple[int, str]]) -> frozenset[tuple[int, str]]:
        """Return what was told, looked up anew unless all that is wanted is known to be."""
        if not self._told.issuperset(wanted):
            self._told = self._notes.told()
        return self._told


def _stamp_of(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S.%f}"


def _kind_of(opening: Opening) -> str:
    return f"opening {opening.state.value} {opening.stamp}"
