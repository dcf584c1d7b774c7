"""What a question costs does not grow with all that were answered before it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import event, insert

from assistant.store.database import Engine, open_database, transaction
from assistant.store.inbox import Inbox, InboxRow, InboxState, IncomingQuestion, Task

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WAITING = 20
HISTORY = 100, 2_000
STEPS_BETWEEN_COUNTS = 10
ASKED = IncomingQuestion("Ev", "T1", "C1", "channel", "9.9", "1.0", "U1", "what is it?")

Asks = Callable[[Inbox], object]
ASKS: dict[str, Asks] = {
    "whose turn it is": lambda inbox: inbox.take(),
    "who waits": lambda inbox: inbox.waiting(),
    "what was answered of late in a channel": lambda inbox: inbox.finished_since("T1", "C1", NOW),
    "who was told of a pause": lambda inbox: inbox.has_ended(ASKED, "refused_limit", NOW),
    "what was answered of late in a thread": lambda inbox: inbox.finished_since(
        "T1", "C1", NOW, "1.0"
    ),
    "which question a message answers": lambda inbox: inbox.of_answer("T1", "C1", "9.9"),
}


class Work:
    """Counts what SQLite does, in steps of its own machine."""

    def __init__(self, engine: Engine) -> None:
        self._counts = count()
        event.listen(engine, "checkout", self._listen)

    def _listen(self, connection: object, *_: object) -> None:
        def noted() -> int:
            next(self._counts)
            return 0

        connection.set_progress_handler(noted, STEPS_BETWEEN_COUNTS)  # type: ignore[attr-defined]

    def steps(self, work: Callable[[], object]) -> int:
        """Return how many steps something takes."""
        before = next(self._counts)
        work()
        return (next(self._counts) - before) * STEPS_BETWEEN_COUNTS


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


def fill(engine: Engine, first: int, number: int, state: InboxState) -> None:
    """Write questions down, of thirty people in one channel, each in a thread of its own."""
    is_over = state is InboxState.ANSWERED
    then = NOW - timedelta(days=1)
    rows = [
        {
            "event_id": f"Ev{n}",
            "team": "T1",
            "channel": "C1",
            "channel_type": "channel",
            "ts": f"{n:06d}.0",
            "thread_ts": f"{n:06d}.0",
            "user_id": f"U{n % 30}",
            "text": "what is an output?",
            "task": Task.ANSWER,
            "state": state,
            "received_at": then,
            "attempts": 1,
            "taken_at": then if is_over else None,
            "finished_at": then if is_over else None,
            "answer_ts": f"{n:06d}.1" if is_over else None,
        }
        for n in range(first, first + number)
    ]
    with transaction(engine) as session:
        session.execute(insert(InboxRow), rows)


@pytest.mark.parametrize("asks", ASKS.values(), ids=ASKS)
def test_looking_costs_the_same_however_much_was_answered(engine: Engine, asks: Asks) -> None:
    inbox, work = Inbox(engine), Work(engine)
    few, many = HISTORY
    fill(engine, 0, few, InboxState.ANSWERED)
    fill(engine, 900_000, WAITING, InboxState.RECEIVED)
    asks(inbox)
    before = work.steps(lambda: asks(inbox))
    fill(engine, few, many, InboxState.ANSWERED)
    assert work.steps(lambda: asks(inbox)) < 2 * before + 200


def test_who_asks_ever_so_much_at_once_keeps_nobody_else_waiting(engine: Engine) -> None:
    inbox = Inbox(engine)
    fill(engine, 0, 1_000, InboxState.RECEIVED)
    with transaction(engine) as session:
        session.query(InboxRow).update({"user_id": "U1"})
    first = inbox.take()
    assert first is not None
    inbox.finish(first, InboxState.ANSWERED, "answered", None)
    fill(engine, 2_000, 2, InboxState.RECEIVED)
    others = [inbox.take(), inbox.take()]
    assert {question.asked.user for question in others if question} == {"U20", "U21"}
