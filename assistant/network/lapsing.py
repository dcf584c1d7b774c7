"""Verifications that no longer hold: the review date has passed, or what they rest on changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import structlog

from assistant.domain.networks import Lapse, VerifiedAnswer
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.network.pinning import Pinner
from assistant.retrieval.currency import Clock, is_due, local_today
from assistant.store.networks.verified_answers import VerifiedAnswers

ASSISTANT = Actor("the assistant", "store")
LAPSED = "lapsed"

_log = structlog.get_logger()


class Lapses:
    """Looks whether verified answers still hold, and notes of those that do not why.

    It may be done at any moment and any number of times: what has lapsed is left as it is, and so
    is what somebody renews meanwhile.
    """

    def __init__(
        self, verified: VerifiedAnswers, pinner: Pinner, today: Clock = local_today
    ) -> None:
        self._verified = verified
        self._pinner = pinner
        self._today = today

    def check(self, day: date | None = None) -> Sequence[VerifiedAnswer]:
        """Let lapse what no longer holds on `day`, by default today; return what lapsed by this.

        On its review date itself an answer still holds. Raises NoSnapshotError before the first
        ingest, where an answer cites anything.
        """
        today = day or self._today()
        lapsed = []
        for answer in self._verified.standing():
            why = self._why(answer, today) if answer.lapse is None else None
            if why is not None and self._let_lapse(answer, why):
                lapsed.append(replace(answer, lapse=why))
        return lapsed

    def _why(self, answer: VerifiedAnswer, today: date) -> Lapse | None:
        if is_due(answer.review_by, today):
            return Lapse.REVIEW_DUE
        return self._pinner.lapse(answer.citations)

    def _let_lapse(self, answer: VerifiedAnswer, why: Lapse) -> bool:
        entry = AuditEntry(
            datetime.now(UTC), ASSISTANT, Action.VERIFY.value, answer.document, LAPSED, why.value
        )
        has_lapsed = self._verified.lapse(answer.id, why, entry, seen=answer)
        if has_lapsed:
            _log.info("verification_lapsed", document=answer.document, reason=why.name.lower())
        return has_lapsed
