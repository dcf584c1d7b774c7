"""The attacks, read from the files beside this one; the README says what their fields mean."""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Attack:
    """One attack; what is not given is empty."""

    id: str
    kind: str
    asked: str = ""
    place: str = ""
    order: str = ""
    heeded: str = ""
    said: str = ""
    name: str = ""
    honest: str = ""
    body: str = ""
    url: str = ""
    forbidden: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    audiences: tuple[str, ...] = ("public",)
    ends: str = ""


def attacks(kind: str) -> list[Attack]:
    """The attacks of one file."""
    lines = (FOLDER / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_attack(kind, line) for line in lines if line.strip()]


def lines_of(name: str) -> list[str]:
    """The lines of a file of honest text."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _attack(kind: str, line: str) -> Attack:
    fields = json.loads(line)
    for key in ("forbidden", "addresses", "audiences"):
        if key in fields:
            fields[key] = tuple(fields[key])
    if "history" in fields:
        fields["history"] = tuple((q, a) for q, a in fields["history"])
    return Attack(kind=kind, **fields)
