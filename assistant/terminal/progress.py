"""Progress bars on standard error, for what takes long."""

import sys
from collections.abc import Callable
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from assistant.bootstrap import Services
from assistant.domain.releases import OnProgress, Step
from assistant.domain.releases import Progress as StepProgress
from assistant.evaluation.evaluate import Evaluation
from assistant.evaluation.question_set import QuestionSet

T = TypeVar("T")


def _progress() -> Progress:
    """Return bars on standard error, each with the time that is left."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # Where nobody watches, a bar would only leave an empty line behind.
    console = Console(stderr=True, quiet=not sys.stderr.isatty())
    return Progress(*columns, console=console, transient=True)


def _advance(progress: Progress, description: str) -> Callable[[int, int], None]:
    """Return a callback that shows how much of a task is done."""
    task = progress.add_task(description, total=None)
    return lambda done, total: progress.update(task, completed=done, total=total)


def steps_with_progress(run: Callable[[OnProgress], T]) -> T:
    """Run what tells of its steps, with a progress bar for each."""
    with _progress() as shown:
        tasks: dict[Step, TaskID] = {}

        def heard(progress: StepProgress) -> None:
            if progress.step not in tasks:
                said = progress.step.value.capitalize()
                tasks[progress.step] = shown.add_task(said, total=None)
            task = tasks[progress.step]
            shown.update(task, completed=progress.done, total=progress.total)

        return run(heard)


def evaluate_with_progress(services: Services, questions: QuestionSet, stage: str) -> Evaluation:
    """Evaluate a question set with progress bars."""
    with _progress() as progress:
        embedded = _advance(progress, "Embedding passages")
        asked = _advance(progress, "Asking questions")
        return services.evaluate(questions, stage, embedded, asked)
