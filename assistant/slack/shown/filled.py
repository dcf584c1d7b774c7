"""How a filled form is read: with mistrust; what no form of ours sends is not there."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from assistant.domain.characters import as_seen

PERSON = re.compile(r"[UW][A-Z0-9]{2,30}")
CHANNEL = re.compile(r"[CG][A-Z0-9]{1,30}")
GROUP = re.compile(r"S[A-Z0-9]{2,30}")
LONGEST_LINE = 3000
_SEPARATORS = re.compile(r"[\s,;]+")


class FormState:
    """The fields of a form that was sent."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        self._state = (view.get("state") or {}).get("values") or {}

    def has(self, field: str) -> bool:
        """Return whether the form had this field."""
        return field in self._state

    def line(self, field: str) -> str:
        """Return what was written, as one line."""
        typed = str(self._of(field).get("value") or "")[:LONGEST_LINE]
        return " ".join(as_seen(typed).split())

    def words(self, field: str, longest: int) -> str:
        """Return what was written, with its lines, at most `longest` characters."""
        return as_seen(str(self._of(field).get("value") or "")).strip()[:longest]

    def items(self, field: str) -> tuple[str, ...]:
        """Return what was written between commas, or chosen of a list."""
        chosen = self._of(field).get("selected_options")
        if isinstance(chosen, list):
            return _each_once(str(option.get("value")) for option in chosen)
        return _each_once(_SEPARATORS.split(self.line(field)))

    def choice(self, field: str) -> str:
        """Return what was chosen, empty when nothing was."""
        return str((self._of(field).get("selected_option") or {}).get("value") or "")

    def day(self, field: str) -> date | None:
        """Return the day that was chosen, None when none was."""
        try:
            return date.fromisoformat(str(self._of(field).get("selected_date")))
        except ValueError:
            return None

    def people(self, field: str) -> tuple[str, ...]:
        """Return the people who were chosen."""
        return _fitting(PERSON, self._of(field).get("selected_users"))

    def channels(self, field: str) -> tuple[str, ...]:
        """Return the channels that were chosen."""
        return _fitting(CHANNEL, self._of(field).get("selected_conversations"))

    def _of(self, field: str) -> Mapping[str, Any]:
        state = (self._state.get(field) or {}).get(field)
        return state if isinstance(state, Mapping) else {}


def _each_once(items: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in items if each))


def _fitting(pattern: re.Pattern[str], chosen: object) -> tuple[str, ...]:
    listed = chosen if isinstance(chosen, list) else []
    return _each_once(each for each in map(str, listed) if pattern.fullmatch(each))
