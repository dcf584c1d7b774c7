"""Chroma in a snapshot's folder: what is copied, and when it is written anew."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.domain.errors import CorpusError
from assistant.retrieval.vectors import EmbeddedStore, EmbeddedVectors
from assistant.retrieval.vectors.index_files import clear_unused
from tests.fakes.unit_vectors import exact, ids_of

pytestmark = pytest.mark.integration


def build(folder: Path, put: range, out: range = range(0), base: Path | None = None) -> Path:
    folder.mkdir()
    draft = EmbeddedVectors().draft(folder, base)
    draft.add("public", ids_of(len(put), put.start), exact(600)[put.start : put.stop])
    draft.remove("public", ids_of(len(out), out.start))
    draft.finish()
    draft.close()
    return folder


def indexes(folder: Path) -> set[str]:
    return {path.name for path in (folder / "vectors").iterdir() if path.is_dir()}


def count(folder: Path) -> int:
    reader = EmbeddedVectors().open(folder)
    counted = reader.counts()["public"]
    reader.close()
    return counted


def written(folder: Path) -> int:
    return int(json.loads((folder / "vectors.json").read_text())["written"])


def test_a_small_change_is_made_in_the_copy_and_a_fifth_writes_it_anew(tmp_path: Path) -> None:
    a = build(tmp_path / "a", range(400))
    b = build(tmp_path / "b", range(400, 410), range(40), base=a)
    assert indexes(b) == indexes(a)
    assert (count(b), written(b)) == (370, 410)
    c = build(tmp_path / "c", range(0), range(40, 100), base=b)
    assert indexes(c).isdisjoint(indexes(a))
    assert (count(c), written(c)) == (310, 310)
    assert not list(c.glob("*.anew"))


def test_a_snapshot_from_before_the_counts_were_kept_can_be_begun_with(tmp_path: Path) -> None:
    a = build(tmp_path / "a", range(50))
    (a / "vectors.json").unlink()
    b = build(tmp_path / "b", range(50, 60), base=a)
    assert (count(b), written(b)) == (60, 60)


def test_the_copy_is_whole_while_another_holds_the_database(tmp_path: Path) -> None:
    a = build(tmp_path / "a", range(120))
    reader = EmbeddedVectors().open(a)
    with sqlite3.connect(a / "vectors" / "chroma.sqlite3") as db:
        db.execute("BEGIN IMMEDIATE")
        b = build(tmp_path / "b", range(120, 130), base=a)
        db.rollback()
    db.close()
    reader.close()
    assert count(b) == 130


def test_nothing_of_what_waited_in_the_database_is_copied(tmp_path: Path) -> None:
    """Chroma's queue had every vector once; its free pages are left behind."""
    a = build(tmp_path / "a", range(500))
    b = build(tmp_path / "b", range(0), range(90), base=a)
    c = build(tmp_path / "c", range(0), base=b)
    rows = exact(600)[:90]
    database = (c / "vectors" / "chroma.sqlite3").read_bytes()
    assert not any(row.tobytes() in database for row in rows)


def test_a_broken_base_is_refused_with_a_sentence(tmp_path: Path) -> None:
    a = build(tmp_path / "a", range(10))
    (a / "vectors" / "chroma.sqlite3").write_bytes(b"not a database" * 100)
    (tmp_path / "b").mkdir()
    assert not EmbeddedVectors().holds(a)
    with pytest.raises(CorpusError, match="cannot be copied; ingest again"):
        EmbeddedVectors().draft(tmp_path / "b", a)


def test_an_index_without_vectors_is_cleared_of_what_was_in_memory(tmp_path: Path) -> None:
    """Chroma writes room for a hundred vectors that are not there yet, as it finds it."""
    store = EmbeddedStore(tmp_path)
    store.add("public", ids_of(5), exact(5))
    store.close()
    (lengths,) = tmp_path.glob("*/length.bin")
    content = lengths.read_bytes()
    lengths.write_bytes(content[:20] + b"words of a document " * ((len(content) - 20) // 20))
    clear_unused(tmp_path)
    assert lengths.read_bytes() == content[:20] + bytes(len(content) - 20)
    again = EmbeddedStore(tmp_path)
    assert again.counts() == {"public": 5}
    assert len(again.nearest("public", exact(1)[0], 9)) == 5
    again.close()


def test_a_finished_draft_holds_nothing_that_chroma_wrote_out_of_memory(tmp_path: Path) -> None:
    a = build(tmp_path / "a", range(9))
    (lengths,) = a.glob("vectors/*/length.bin")
    content = lengths.read_bytes()
    assert len(content) > 36
    lengths.write_bytes(content[:36] + b"w" * (len(content) - 36))
    b = build(tmp_path / "b", range(0), base=a)
    (lengths,) = b.glob("vectors/*/length.bin")
    assert b"w" not in lengths.read_bytes()
    assert count(b) == 9


def test_who_reads_writes_no_file_of_the_index(tmp_path: Path) -> None:
    folder = build(tmp_path / "a", range(7))
    before = {path: path.read_bytes() for path in folder.glob("vectors/*/*")}
    assert before
    assert count(folder) == 7
    assert {path: path.read_bytes() for path in folder.glob("vectors/*/*")} == before


def test_what_vectors_use_of_an_index_stays_as_it_is(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path)
    store.add("public", ids_of(300), exact(300))
    store.close()
    (data,) = tmp_path.glob("*/data_level0.bin")
    before = data.read_bytes()
    clear_unused(tmp_path)
    assert data.read_bytes() == before
    assert len(before) > 300 * 384 * 4


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"\xff" * 100])
def test_an_index_of_another_form_is_refused(tmp_path: Path, content: bytes) -> None:
    store = EmbeddedStore(tmp_path)
    store.add("public", ids_of(5), exact(5))
    store.close()
    (header,) = tmp_path.glob("*/header.bin")
    header.write_bytes(content)
    with pytest.raises(CorpusError, match="install the version of chromadb"):
        clear_unused(tmp_path)


def test_threads_that_open_and_close_one_folder_do_not_close_it_for_each_other(
    tmp_path: Path,
) -> None:
    vectors = EmbeddedVectors()
    folder = build(tmp_path / "snapshot", range(3))
    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(lambda _: nearest(vectors, folder), range(150)))
    assert found == ids_of(1) * 150


def nearest(vectors: EmbeddedVectors, folder: Path) -> str:
    store = vectors.open(folder)
    try:
        return store.nearest("public", exact(600)[0], 1)[0][0]
    finally:
        store.close()
