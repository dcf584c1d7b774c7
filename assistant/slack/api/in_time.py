"""Forms that are answered in Slack's three seconds, also where the answer takes longer."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt import Ack
from slack_sdk import WebClient

from assistant.language import phrase, say
from assistant.slack.api.errands import Errands
from assistant.slack.api.opening import fill
from assistant.slack.shown.blocks import text_blocks
from assistant.slack.shown.filled_again import filled_again

# Slack gives three seconds, the way to it and back among them.
PATIENCE = 1.5

ONE_MOMENT = phrase("One moment, please.")
NOT_NOW = phrase("It could not be done just now; please try again in a minute.")

Payload = Mapping[str, Any]
# What is said to who sent a form, as Bolt's `ack` takes it: the next view, or errors at fields.
FormAnswer = dict[str, Any]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FormsInTime:
    """Answers forms in the acknowledgement where that is soon, and else in a form that waits."""

    errands: Errands
    updating: WebClient

    def answer(self, ack: Ack, form: Payload, work: Callable[[], FormAnswer]) -> None:
        """Answer `form`, as Slack sent it, with what `work` returns.

        What takes longer than PATIENCE seconds goes on, and the form waits for it. What was wrong
        stands then above the form, filled as it was, rather than at its fields.
        """
        waiting, sent = _waiting(form), _Sent(work)

        def fill_late() -> None:
            fill(self.updating, waiting["external_id"], _shown_late(sent.future, form))

        if not self.errands.begin(lambda: sent.do(fill_late)):
            ack(**work())
        elif sent.is_done_within(PATIENCE):
            ack(**sent.future.result())
        else:
            ack(response_action="update", view=waiting)


class _Sent:
    """What a form asks for, done by one thread and waited for by another, though not for long."""

    def __init__(self, work: Callable[[], FormAnswer]) -> None:
        self.future: Future[FormAnswer] = Future()
        self._work = work
        self._is_late = False
        self._lock = threading.Lock()

    def do(self, when_late: Callable[[], None]) -> None:
        """Do it, and then `when_late` where nobody waits any more."""
        answered, failed = None, None
        try:
            answered = self._work()
        except Exception as error:  # noqa: BLE001 - who waits for it is told
            failed = error
        with self._lock:
            if failed is not None:
                self.future.set_exception(failed)
            else:
                self.future.set_result(answered or {})
            is_late = self._is_late
        if is_late:
            # Bolt acknowledges when the listener has returned, which must not wait for this.
            when_late()

    def is_done_within(self, seconds: float) -> bool:
        """Wait so long at most; after a False, whoever does it goes on alone."""
        wait([self.future], timeout=seconds)
        with self._lock:
            self._is_late = not self.future.done()
            return not self._is_late


def _waiting(form: Payload) -> dict[str, Any]:
    """Return a modal that asks to wait, found again by an id of ours."""
    blocks = [each.block for each in text_blocks(say(ONE_MOMENT))]
    return {
        "type": "modal",
        "title": form["title"],
        "external_id": uuid4().hex,
        "blocks": blocks,
    }


def _shown_late(ended: Future[FormAnswer], form: Payload) -> Mapping[str, Any]:
    """Return what a form that waited becomes."""
    error = ended.exception()
    if error is not None:
        _log.error("form_not_answered", exc_info=error)
        return filled_again(form, say(NOT_NOW))
    answered = ended.result()
    if answered.get("errors"):
        return filled_again(form, " ".join(answered["errors"].values()))
    return dict(answered["view"])
