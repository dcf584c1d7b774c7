"""Vectors on a real Chroma server: layers, several installations, a server that went away."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.domain.errors import CorpusError
from assistant.retrieval.vectors import ChromaServer, EmbeddedVectors, ServerVectors
from assistant.retrieval.vectors.chroma_server import ChromaConnection
from tests.fakes.chroma_server import free_port, running_chroma
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.library import Library
from tests.fakes.unit_vectors import exact, ids_of

pytestmark = [pytest.mark.integration, pytest.mark.sockets]
ROOT = Path(__file__).parents[2]


class Installation:
    """One data folder, whose snapshots are named a, b, c."""

    def __init__(self, url: str, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.server = ChromaServer(url)
        self.vectors = ServerVectors(self.server, folder / "installation")

    def build(
        self, name: str, put: range, out: range = range(0), base: str | None = None, **how: bool
    ) -> Path:
        (self.folder / name).mkdir()
        rows = exact(2000)
        draft = self.vectors.draft(
            self.folder / name, self.folder / base if base is not None else None, **how
        )
        draft.add("public", ids_of(len(put), put.start), rows[put.start : put.stop])
        draft.remove("public", ids_of(len(out), out.start))
        draft.finish()
        return self.folder / name

    def layers(self, name: str) -> list[tuple[str, int]]:
        fields = json.loads((self.folder / name / "vectors.json").read_text())
        return [(x["collection"], x["written"]) for x in fields["audiences"]["public"]]

    def collections(self) -> list[str]:
        connection = ChromaConnection(self.server)
        names = connection.names((self.folder / "installation").read_text() + ".")
        connection.close()
        return sorted(names)

    def count(self, name: str) -> int:
        return self.vectors.open(self.folder / name).counts()["public"]


@pytest.fixture
def installation(chroma_url: str, tmp_path: Path) -> Iterator[Installation]:
    made = Installation(chroma_url, tmp_path / "data")
    yield made
    made.vectors.close()


def test_a_reload_adds_a_small_layer_and_leaves_the_large_one(installation: Installation) -> None:
    installation.build("a", range(500))
    installation.build("b", range(500, 510), range(10), base="a")
    (large, written), (small, added) = installation.layers("b")
    assert (large, written) == installation.layers("a")[0]
    assert added == 10
    assert installation.collections() == sorted([large, small])
    installation.build("c", range(0), base="b")
    assert installation.layers("c") == installation.layers("b"), "nothing changed, nothing is made"


def test_cleaning_takes_what_no_kept_snapshot_uses(installation: Installation) -> None:
    a = installation.build("a", range(60))
    b = installation.build("b", range(60, 90), range(30), base="a")
    c = installation.build("c", range(90, 190), range(30, 90), base="b")
    installation.vectors.clean([a, b, c])
    assert [installation.count(name) for name in "abc"] == [60, 60, 100]
    old = installation.vectors.open(a)
    installation.vectors.clean([c])
    assert installation.collections() == sorted(name for name, _ in installation.layers("c"))
    assert installation.count("c") == 100
    with pytest.raises(CorpusError, match="no longer has all vectors of the snapshot a"):
        installation.vectors.open(a)
    with pytest.raises(CorpusError, match="no longer has what was asked for"):
        old.nearest("public", exact(1)[0], 5)
    assert not installation.vectors.holds(a)
    installation.vectors.clean([])
    assert installation.collections() == []


def test_a_collection_that_lacks_vectors_is_found_out(installation: Installation) -> None:
    a = installation.build("a", range(20))
    connection = ChromaConnection(installation.server)
    connection.remove(connection.find(installation.layers("a")[0][0]), ids_of(1))
    connection.close()
    with pytest.raises(CorpusError, match="no longer has all vectors of the snapshot a"):
        installation.vectors.open(a)
    assert not installation.vectors.holds(a)


def test_cleaning_takes_nothing_when_a_kept_snapshot_does_not_say_what_it_uses(
    installation: Installation,
) -> None:
    a = installation.build("a", range(10))
    b = installation.build("b", range(10))
    (b / "vectors.json").write_text("{")
    with pytest.raises(CorpusError, match=r"vectors\.json cannot be read"):
        installation.vectors.clean([a, b])
    assert installation.count("a") == 10
    assert len(installation.collections()) == 2


def test_installations_on_one_server_do_not_clean_each_other(
    installation: Installation, chroma_url: str, tmp_path: Path
) -> None:
    other = Installation(chroma_url, tmp_path / "other")
    other.build("a", range(20))
    installation.build("a", range(10))
    installation.vectors.clean([])
    assert other.count("a") == 20
    other.vectors.close()


def write_and_wait(url: str, folder: str) -> None:
    """Begin a draft that does not end; called in a process of its own."""
    data = Path(folder)
    (data / "draft").mkdir()
    vectors = ServerVectors(ChromaServer(url), data / "installation")
    draft = vectors.draft(data / "draft", data / "a")
    draft.add("public", ids_of(1200, 100), exact(1200))
    sys.stdout.write("written\n")
    sys.stdout.flush()
    sys.stdin.read()


def test_what_a_killed_draft_left_is_cleaned(installation: Installation, chroma_url: str) -> None:
    a = installation.build("a", range(50))
    code = (
        "from tests.contracts.test_vectors_server import write_and_wait; "
        f"write_and_wait({chroma_url!r}, {str(installation.folder)!r})"
    )
    writing = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writing.stdout is not None
    assert writing.stdout.readline() == b"written\n"
    writing.kill()
    writing.communicate()
    assert len(installation.collections()) == 2
    assert installation.count("a") == 50
    installation.vectors.clean([a])
    assert len(installation.collections()) == 1
    assert installation.count("a") == 50


def test_a_snapshot_from_before_the_server_is_read_where_it_is_and_moves_with_the_next(
    installation: Installation,
) -> None:
    a = installation.folder / "a"
    a.mkdir()
    rows, ids = exact(30), ids_of(30)
    before = EmbeddedVectors().draft(a, None)
    before.add("public", ids, rows)
    before.add("internal", ids[:5], rows[:5])
    before.finish()
    before.close()
    assert installation.vectors.holds(a)
    reader = installation.vectors.open(a)
    assert reader.counts() == {"public": 30, "internal": 5}
    reader.close()
    b = installation.build("b", range(30, 32), range(1), base="a")
    installation.vectors.clean([a, b])
    found = installation.vectors.open(b)
    assert found.counts() == {"public": 31, "internal": 5}
    assert np.array_equal(found.vectors("public", ids[4:5])[ids[4]], rows[4])
    assert not EmbeddedVectors().holds(b)
    with pytest.raises(CorpusError, match="are on a Chroma server; set ASSISTANT_CHROMA_URL"):
        EmbeddedVectors().open(b)


def test_the_corpus_moves_to_a_server_without_being_embedded_again(
    chroma_url: str, tmp_path: Path
) -> None:
    before = Library(tmp_path, HashingEncoder())
    for name in ("bread", "cycle", "outcomes"):
        before.write(f"{name}.md", f"Guidance about {name} is written here.")
    before.ingest()
    vectors = ServerVectors(ChromaServer(chroma_url), tmp_path / "installation")
    library = Library(tmp_path, HashingEncoder(), vectors)
    library.live = before.live
    assert "about bread" in library.ask("guidance about bread").text
    library.write("cycle.md", "Guidance about cycle is rewritten here.")
    report = library.ingest()
    assert (report.embedded, report.changed) == (1, 1)
    assert not (library.snapshots / report.snapshot / "vectors").exists()
    assert "about bread" in library.ask("guidance about bread").text
    assert "rewritten" in library.ask("guidance about cycle").text
    vectors.close()


def test_a_server_that_lost_its_data_gets_it_again_with_the_next_ingest(tmp_path: Path) -> None:
    with running_chroma(tmp_path / "chroma") as url:
        vectors = ServerVectors(ChromaServer(url), tmp_path / "installation")
        encoder = HashingEncoder()
        library = Library(tmp_path, encoder, vectors)
        library.write("bread.md", "Guidance about bread is written here.")
        library.write("cycle.md", "Guidance about cycle is written here.")
        library.ingest()
        vectors.clean([])
        assert library.ingest().embedded == 2
        assert "about bread" in library.ask("guidance about bread").text
    library.write("cycle.md", "Guidance about cycle is rewritten here.")
    encoded = len(encoder.encoded)
    with pytest.raises(CorpusError, match="No Chroma server answers"):
        library.ingest()
    assert len(encoder.encoded) == encoded, "nothing is embedded in vain"
    vectors.close()


def test_a_database_that_is_not_there_is_named(chroma_url: str, tmp_path: Path) -> None:
    server = ChromaServer(chroma_url, tenant="nobody", database="nothing")
    vectors = ServerVectors(server, tmp_path / "installation")
    with pytest.raises(CorpusError, match="has no database nothing of the tenant nobody"):
        vectors.draft(tmp_path, None).add("public", ids_of(1000), exact(1000))
    vectors.close()


@pytest.mark.parametrize("content", ["", "../x", "a.b\n"])
def test_a_broken_name_of_the_installation_is_refused(
    installation: Installation, content: str
) -> None:
    (installation.folder / "installation").write_text(content)
    with pytest.raises(CorpusError, match="does not hold an installation's name"):
        installation.vectors.clean([])


def test_a_server_that_was_started_again_is_asked_on(tmp_path: Path) -> None:
    """In between the sentence says so."""
    port = free_port()
    row = exact(1)[0]
    with running_chroma(tmp_path / "kept", port) as url:
        installation = Installation(url, tmp_path / "data")
        installation.build("a", range(150))
        reader = installation.vectors.open(installation.folder / "a")
        assert len(reader.nearest("public", row, 200)) == 150
    with pytest.raises(CorpusError, match="No Chroma server answers"):
        reader.nearest("public", row, 200)
    with pytest.raises(CorpusError, match="No Chroma server answers"):
        installation.vectors.holds(installation.folder / "a")
    with running_chroma(tmp_path / "kept", port):
        assert len(reader.nearest("public", row, 200)) == 150
    installation.vectors.close()
