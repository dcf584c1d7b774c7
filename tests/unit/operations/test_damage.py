"""A live snapshot that lost a part of itself is built anew by the next reload."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.domain.releases import Outcome
from assistant.retrieval.embedding import Floats
from assistant.retrieval.vectors import EmbeddedVectors
from tests.fakes.railway import Railway

WORDS = "Rye bread is baked in the morning."


def without_a_vector(folder: Path) -> None:
    vectors = EmbeddedVectors()
    away = folder.with_name(".away")
    away.mkdir()
    draft = vectors.draft(away, folder)
    (i, *_) = [i for i, _ in draft.nearest("public", draft_vector(folder), 1)]
    draft.remove("public", [i])
    draft.finish()
    draft.close()
    (folder / "vectors").rename(away / "old")
    (away / "vectors").rename(folder / "vectors")
    (away / "vectors.json").replace(folder / "vectors.json")


def draft_vector(folder: Path) -> Floats:
    opened = EmbeddedVectors().open(folder)
    connection = sqlite3.connect(folder / "public.sqlite3")
    ids = [i for (i,) in connection.execute("SELECT id FROM passages")]
    connection.close()
    vector = next(iter(opened.vectors("public", ids).values()))
    opened.close()
    return vector


def without_a_passage(folder: Path) -> None:
    connection = sqlite3.connect(folder / "public.sqlite3")
    connection.execute("DELETE FROM passages WHERE number = 1")
    connection.commit()
    connection.close()


def without_tokens(folder: Path) -> None:
    next((folder / "tokens" / "public").iterdir()).unlink()


@pytest.mark.parametrize("damage", [without_a_vector, without_a_passage, without_tokens])
def test_a_live_snapshot_that_lost_something_is_built_anew(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    before = Railway(tmp_path)
    before.write("bread.md", WORDS)
    before.write("oven.md", "An oven is heated in the evening.")
    before.reload()
    live = before.live()
    before.close()
    damage(tmp_path / "data" / "snapshots" / live)
    after = Railway(tmp_path)
    after.write("more.md", "Wheat bread is baked too.")
    release = after.reload()
    assert release.outcome is Outcome.LIVE
    assert after.live() != live
    assert WORDS in after.ask("rye bread").text
    assert after.reload().outcome is Outcome.UNCHANGED
    after.close()
