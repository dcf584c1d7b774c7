"""A batch of questions, one a line."""

import json
from dataclasses import dataclass
from typing import Any

from assistant.domain.answers import Turn
from assistant.terminal.conversation import REMEMBERED_TURNS


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of a batch."""

    id: Any
    question: str
    history: tuple[Turn, ...]


def asked_in(line: str) -> Asked:
    """Read one line of a batch; raises ValueError with a sentence that says what is wrong."""
    fields = _json_in(line)
    if not isinstance(fields, dict) or not isinstance(fields.get("question"), str):
        raise ValueError(  # noqa: TRY004 - the line is wrong, not a caller's type
            'it must be an object with "id" and "question", both given.'
        )
    history = fields.get("history") or []
    pairs = isinstance(history, list) and all(
        isinstance(turn, list | tuple) and len(turn) == 2 and all(isinstance(t, str) for t in turn)  # noqa: PLR2004
        for turn in history
    )
    if not pairs:
        raise ValueError('"history" must be a list of [question, answer] pairs of texts.')
    turns = tuple(Turn(question, answer) for question, answer in history[-REMEMBERED_TURNS:])
    return Asked(fields.get("id"), fields["question"], turns)


def _json_in(line: str) -> Any:
    """Read a line of JSON so that it can be written as JSON again; half characters become `?`."""
    try:
        fields = json.loads(line.removeprefix("\ufeff"))
        whole = json.dumps(fields, allow_nan=False, ensure_ascii=False).encode("utf-8", "replace")
        return json.loads(whole)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg} at column {error.colno}).") from None
    except RecursionError:
        raise ValueError("it is nested too deeply to be read.") from None
    except ValueError:
        raise ValueError("it holds a number that is too long, or none at all (NaN).") from None
