"""What a snapshot's vectors on a server consist of: layers, written once and shared by snapshots.

A layer is a collection that no draft but its own writes to, and the ids in it that no longer count.
A reload adds a small layer and notes what is dead in the others.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.domain.errors import CorpusError

CONTENTS = "vectors.json"
MOST_LAYERS = 12
# Of all vectors of an audience, at most this share is written again in one reload...
MOST_MOVED = 0.2
# ...to be rid of layers of which more than this share is dead.
MOST_DEAD = 0.33


@dataclass(frozen=True, slots=True)
class Layer:
    """A collection by its name, how many vectors it has, and the ids that no longer count."""

    collection: str
    written: int
    dead: frozenset[str] = field(default=frozenset())

    @property
    def alive(self) -> int:
        """How many vectors of it count."""
        return self.written - len(self.dead)


Layers = Mapping[str, Sequence[Layer]]


def write_layers(folder: Path, layers: Layers) -> None:
    """Write into a snapshot's folder which layers each audience has."""
    audiences = {
        audience: [
            {"collection": x.collection, "written": x.written, "dead": sorted(x.dead)} for x in some
        ]
        for audience, some in layers.items()
    }
    text = json.dumps({"store": "server", "audiences": audiences})
    (folder / CONTENTS).write_text(text + "\n", encoding="utf-8")


def read_layers(folder: Path) -> Layers:
    """Read which layers a snapshot's audiences have; raises CorpusError when it does not say."""
    try:
        fields: Any = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        return {
            str(audience): [
                Layer(x["collection"], int(x["written"]), frozenset(x["dead"])) for x in some
            ]
            for audience, some in fields["audiences"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        message = f"The list of vectors in {folder / CONTENTS} cannot be read; ingest again."
        raise CorpusError(message) from None


def to_move(layers: Sequence[Layer], added: int) -> list[Layer]:
    """Return which layers are written again together with the `added` vectors of a draft.

    Small ones go with what is not smaller, so that each vector is written again seldom; a layer
    that is mostly dead goes when little is left in it. Else all of it costs what changed.
    """
    total = sum(layer.alive for layer in layers) + added
    most = max(total * MOST_MOVED, added)
    chosen: list[Layer] = []
    moved = 0
    left = sorted(layers, key=lambda layer: layer.alive)
    for layer in left:
        fits = moved + layer.alive <= most
        merges = layer.alive <= added + moved
        is_worn = len(layer.dead) > layer.written * MOST_DEAD
        is_too_many = len(layers) - len(chosen) >= MOST_LAYERS
        if (fits and (merges or is_worn)) or is_too_many:
            chosen.append(layer)
            moved += layer.alive
    return chosen


def with_dead(layers: Sequence[Layer]) -> list[Layer]:
    """Return the layers that hold vectors which no longer count."""
    return [layer for layer in layers if layer.dead]


def collections_of(folders: Collection[Path]) -> set[str]:
    """Return the names of all collections that the snapshots in these folders use."""
    layers = [read_layers(folder) for folder in folders]
    return {x.collection for found in layers for some in found.values() for x in some}
