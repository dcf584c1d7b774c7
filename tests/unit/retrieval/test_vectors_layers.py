"""Which layers are written again: seldom, little at a time, and so that few are left."""

import random
from pathlib import Path

import pytest

from assistant.domain.errors import CorpusError
from assistant.retrieval.vectors.layers import (
    MOST_LAYERS,
    MOST_MOVED,
    Layer,
    collections_of,
    read_layers,
    to_move,
    write_layers,
)


def layer(name: str, written: int, dead: int = 0) -> Layer:
    return Layer(name, written, frozenset(f"{name}{number}" for number in range(dead)))


def test_layers_are_read_as_they_were_written(tmp_path: Path) -> None:
    layers = {"public": [layer("a", 9, 3), layer("b", 1)], "internal": []}
    write_layers(tmp_path, layers)
    assert read_layers(tmp_path) == layers
    assert collections_of([tmp_path]) == {"a", "b"}


@pytest.mark.parametrize(
    "content", [None, "", "{", "[]", '{"audiences": 3}', '{"audiences": {"a": [{}]}}', '{"w": 1}']
)
def test_a_list_of_layers_that_cannot_be_read_is_refused(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "vectors.json").write_text(content)
    with pytest.raises(CorpusError, match=r"vectors\.json cannot be read; ingest again"):
        read_layers(tmp_path)


def test_one_changed_document_does_not_write_a_large_layer_again() -> None:
    large = layer("large", 20_000, 10)
    assert to_move([large], 10) == []
    assert to_move([large, layer("small", 10)], 10) == [layer("small", 10)]


def test_a_layer_that_is_mostly_dead_goes_when_little_is_left_in_it() -> None:
    worn = layer("worn", 1000, 900)
    assert to_move([layer("large", 20_000), worn], 10) == [worn]
    assert to_move([layer("large", 20_000, 10_000)], 10) == []


def test_what_is_all_dead_goes() -> None:
    assert to_move([layer("gone", 50, 50)], 0) == [layer("gone", 50, 50)]


@pytest.mark.parametrize(("size", "changed"), [(2_000, 10), (3_000, 100), (3_000, 1)])
def test_through_many_reloads_layers_stay_few_and_a_reload_writes_little_again(
    size: int, changed: int
) -> None:
    dice = random.Random(1)  # noqa: S311 - the same each time
    alive = {f"first{n}": "first" for n in range(size)}
    layers = {"first": Layer("first", size)}
    moves = []
    for turn in range(300):
        for gone in dice.sample(sorted(alive), changed):
            home = layers[alive.pop(gone)]
            layers[home.collection] = Layer(home.collection, home.written, home.dead | {gone})
        chosen = to_move(list(layers.values()), changed)
        names = {found.collection for found in chosen}
        own = [f"t{turn}-{n}" for n in range(changed)]
        own += [i for i, home in alive.items() if home in names]
        layers = {n: x for n, x in layers.items() if n not in names}
        layers[f"t{turn}"] = Layer(f"t{turn}", len(own))
        alive |= dict.fromkeys(own, f"t{turn}")
        moves.append(sum(x.alive for x in chosen))
        assert len(layers) <= MOST_LAYERS
        assert sum(x.alive for x in layers.values()) == len(alive) == size
    assert max(moves) <= size * MOST_MOVED
    assert sum(moves) / len(moves) <= 12 * changed
