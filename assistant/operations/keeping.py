"""Which snapshots are kept: the live one, and the last before it."""

import shutil
from collections.abc import Collection
from pathlib import Path

from assistant.domain.errors import CorpusError
from assistant.domain.networks import PEERS
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

    Of those that follow one another and differ in nothing but what networks know the newest is
    kept: what networks publish pushes out no guidance. Without a live one none expires.
    """
    if live is None:
        return []
    names = snapshots_in(folder)
    guidance = [_guidance(folder / name) for name in names]
    usable = [
        name
        for name, own, newer in zip(names, guidance, (*guidance[1:], None), strict=True)
        if own is not None and own != newer and name != live
    ]
    others = [name for name in names if name != live]
    kept = usable[len(usable) - min(keep - 1, len(usable)) :]
    return [name for name in others if name not in kept]


def _guidance(folder: Path) -> tuple[object, ...] | None:
    """Return what a snapshot holds of the corpus folder, None where one could not go back to it.

    A snapshot of another version of the program is no use.
    """
    try:
        manifest = read_manifest(folder)
    except CorpusError:
        return None
    read, failed = (
        {path: said for path, said in of.items() if not path.startswith(f"{PEERS}/")}
        for of in (manifest.documents, manifest.failed)
    )
    return manifest.encoder_digest, read, failed
