"""Which snapshots are kept: the live one, and the last before it."""

import shutil
from collections.abc import Collection
from pathlib import Path

from assistant.domain.errors import CorpusError
from assistant.ingestion.build import DRAFT
from assistant.retrieval.holding import move_away
from assistant.retrieval.snapshot import read_manifest
from assistant.retrieval.vectors import Vectors


def snapshots_in(folder: Path) -> list[str]:
    """Return the ids of the snapshots in a folder, the oldest first."""
    if not folder.is_dir():
        return []
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def remove_snapshots(folder: Path, names: Collection[str], vectors: Vectors) -> list[str]:
    """Delete snapshots that nobody reads; return those that somebody does, which stay."""
    held = []
    for name in names:
        away = folder / f"{DRAFT}{name}"
        if move_away(folder / name, away):
            shutil.rmtree(away, ignore_errors=True)
        elif (folder / name).is_dir():
            held.append(name)
    vectors.clean([folder / name for name in snapshots_in(folder)])
    return held


def expired(folder: Path, live: str | None, keep: int) -> list[str]:
    """Return the snapshots that are not kept: all but the live one and the newest, `keep` in all.

    Without a live one none expires.
    """
    if live is None:
        return []
    others = [name for name in snapshots_in(folder) if name != live]
    usable = [name for name in others if _can_be_read(folder / name)]
    kept = usable[len(usable) - min(keep - 1, len(usable)) :]
    return [name for name in others if name not in kept]


def _can_be_read(folder: Path) -> bool:
    """Whether one could go back to it; a snapshot of another version of the program is no use."""
    try:
        read_manifest(folder)
    except CorpusError:
        return False
    return True
