"""What is in hand: its leases are renewed, and what cannot go on now is held for a moment."""

import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.slack.posts.posting import Job
from assistant.store.inbox import InboxQuestion


@dataclass(slots=True, eq=False)
class InHand:
    """A question in hand.

    `job` is its answer on its way, `due` when it goes on if it is held. `mine` are messages that
    are to be taken back, since the question was somebody else's when they were posted.
    `posting_since` is the monotonic moment at which posting began last.
    """

    question: InboxQuestion
    job: Job | None = None
    due: float | None = None
    mine: tuple[str, ...] = ()
    is_posting: bool = False
    posting_since: float = 0.0
    thread: threading.Thread | None = None
    turns: int = 0


class Hands:
    """The questions of one process's workers, by lease: an edited one may be there twice."""

    def __init__(self) -> None:
        self._held: dict[str, InHand] = {}
        self._lock = threading.Lock()

    def take(self, question: InboxQuestion) -> InHand:
        """Begin with a question in the current thread."""
        held = InHand(question, thread=threading.current_thread())
        with self._lock:
            self._held[question.lease] = held
        return held

    def hold(self, held: InHand, seconds: float) -> None:
        """Leave it alone for a moment; any worker may go on with it."""
        with self._lock:
            held.due, held.thread = time.monotonic() + seconds, None
            held.turns += 1

    def due(self) -> InHand | None:
        """Return one that may go on now, for the current thread."""
        now = time.monotonic()
        with self._lock:
            waiting = [h for h in self._held.values() if h.due is not None and h.due <= now]
            if not waiting:
                return None
            first = min(waiting, key=lambda held: held.due or 0.0)
            first.due, first.thread = None, threading.current_thread()
            return first

    def drop(self, held: InHand) -> None:
        """Have done with it."""
        with self._lock:
            self._held.pop(held.question.lease, None)

    def seconds_to_next(self) -> float | None:
        """Return how long it is until something held goes on."""
        with self._lock:
            due = [held.due for held in self._held.values() if held.due is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def is_posted_by_another(self, held: InHand) -> bool:
        """Whether an earlier worker is posting about the same question this moment."""
        with self._lock:
            return any(
                other.is_posting and other.question.id == held.question.id
                for other in self._held.values()
                if other is not held
            )

    def channels(self) -> Collection[str]:
        """Return the channels for which an answer is ready and waits."""
        with self._lock:
            return {
                held.question.asked.channel
                for held in self._held.values()
                # What is to be taken back waits for the channel's next answer, not before it.
                if held.due is not None and not held.mine and held.job and not held.job.is_aside
            }

    def leased(self) -> Sequence[InHand]:
        """Return those whose lease is to be renewed: not those of a worker that has died."""
        with self._lock:
            for lease, held in list(self._held.items()):
                if held.thread is not None and not held.thread.is_alive():
                    del self._held[lease]
            return [held for held in self._held.values() if not held.mine]

    def is_empty(self) -> bool:
        """Whether nothing is in hand."""
        with self._lock:
            return not self._held
