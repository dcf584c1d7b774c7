"""What is shown of the steps of an answer: status lines and the tasks of a stream."""

from typing import Any

from assistant.domain.answers import Step, StepBegun
from assistant.language import phrase, say, say_some
from assistant.slack.shown.blocks import inert

LONGEST_DETAILS = 256

STATUSES = {
    Step.UNDERSTANDING: phrase("is reading the thread…"),
    Step.SEARCHING: phrase("is looking for passages…"),
    Step.WRITING: phrase("is writing…"),
    Step.CHECKING: phrase("is checking every sentence…"),
}
TITLES = {
    Step.UNDERSTANDING: phrase("Reading the thread"),
    Step.SEARCHING: phrase("Looking for passages"),
    Step.WRITING: phrase("Writing the answer"),
    Step.CHECKING: phrase("Checking every sentence against its passage"),
}

Chunk = dict[str, Any]


def status_of(step: Step) -> str:
    """Return what the assistant is said to be doing, after its name."""
    return say(STATUSES[step])


class Tasks:
    """The steps of one answer as tasks of a stream, each with what it came to."""

    def __init__(self, question: int) -> None:
        self._question = question
        self._details: dict[Step, str] = {}
        self._now: Step | None = None

    @property
    def now(self) -> Step | None:
        """The step that was begun last."""
        return self._now

    def begin(self, begun: StepBegun) -> list[Chunk]:
        """Note that a step begins; return the tasks that are different now.

        A step that begins again says nothing new.
        """
        before, self._now = self._now, begun.step
        came_to = _came_to(begun)
        news: list[Chunk] = []
        if before is not None and before is not begun.step:
            is_new = before not in self._details or not self._details[before]
            details = came_to if is_new else ""
            self._details[before] = self._details.get(before) or came_to
            news.append(self._task(before, "complete", details))
        self._details.setdefault(begun.step, "")
        news.append(self._task(begun.step, "in_progress"))
        return news

    def all(self) -> list[Chunk]:
        """Return every task so far, as a stream begins with them."""
        return [
            self._task(step, "in_progress" if step is self._now else "complete", details)
            for step, details in self._details.items()
        ]

    def _task(self, step: Step, status: str, details: str = "") -> Chunk:
        task = {
            "type": "task_update",
            "id": f"q{self._question}-{step.value}",
            "title": say(TITLES[step]),
            "status": status,
        }
        return {**task, "details": details} if details else task


def _came_to(begun: StepBegun) -> str:
    """Say what the steps before came to, as far as the one that begins knows."""
    if begun.step is Step.WRITING and begun.passages:
        words = say_some(
            "Found one passage: {titles}",
            "Found {count} passages: {titles}",
            begun.passages,
            titles="; ".join(begun.titles),
        )
    elif begun.step is Step.CHECKING and begun.statements:
        words = say_some("Wrote one statement.", "Wrote {count} statements.", begun.statements)
    else:
        return ""
    return _cut(inert(words))


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST_DETAILS else f"{words[: LONGEST_DETAILS - 1].rstrip()}…"
