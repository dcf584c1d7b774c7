"""What every store of vectors must do: Chroma in the snapshot's folder, and Chroma on a server."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np
import pytest

from assistant.domain.errors import CorpusError
from assistant.retrieval.embedding import Floats
from assistant.retrieval.vectors import (
    ChromaServer,
    EmbeddedVectors,
    ServerVectors,
    VectorDraft,
    VectorReader,
    Vectors,
)
from tests.fakes.unit_vectors import exact, ids_of, like_sentences, nearest_by_hand

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]

Change = Callable[[VectorDraft], None]


class Snapshots(NamedTuple):
    """A store of vectors and the folder that snapshots are made in."""

    vectors: Vectors
    folder: Path

    def build(self, name: str, change: Change, base: str | None = None, **how: bool) -> Path:
        folder = self.folder / name
        folder.mkdir()
        base_folder = self.folder / base if base is not None else None
        draft = self.vectors.draft(folder, base_folder, **how)
        change(draft)
        draft.finish()
        draft.close()
        return folder

    def counts(self, name: str) -> dict[str, int]:
        reader = self.vectors.open(self.folder / name)
        counts = reader.counts()
        reader.close()
        return counts

    def near(self, name: str, vector: Floats, count: int, audience: str = "public") -> list[str]:
        reader = self.vectors.open(self.folder / name)
        found = reader.nearest(audience, vector, count)
        reader.close()
        return [i for i, _ in found]


@pytest.fixture(params=["embedded", "server"])
def snapshots(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Snapshots]:
    folder = tmp_path / "snapshots"
    folder.mkdir()
    if request.param == "embedded":
        yield Snapshots(EmbeddedVectors(), folder)
        return
    url = request.getfixturevalue("chroma_url")
    server = ServerVectors(ChromaServer(url), tmp_path / "installation")
    yield Snapshots(server, folder)
    server.close()


def adding(ids: Sequence[str], rows: Floats, audience: str = "public") -> Change:
    def change(draft: VectorDraft) -> None:
        draft.add(audience, ids, rows)

    return change


def removing(ids: Sequence[str], audience: str = "public") -> Change:
    def change(draft: VectorDraft) -> None:
        draft.remove(audience, ids)

    return change


def test_what_was_added_is_found_by_its_cosine_best_first(snapshots: Snapshots) -> None:
    rows, ids = like_sentences(400), ids_of(400)
    folder = snapshots.build("a", adding(ids, rows))
    reader = snapshots.vectors.open(folder)
    for place in (0, 17, 399):
        found = reader.nearest("public", rows[place], 20)
        assert [i for i, _ in found] == nearest_by_hand(ids, rows, rows[place], 20)
        assert found[0] == (ids[place], pytest.approx(1, abs=1e-4))
        cosines = [rows[ids.index(i)] @ rows[place] for i, _ in found]
        assert [c for _, c in found] == pytest.approx(cosines, abs=1e-4)
    reader.close()


def test_vectors_come_back_as_they_went_in(snapshots: Snapshots) -> None:
    rows, ids = like_sentences(50), ids_of(50)
    reader = snapshots.vectors.open(snapshots.build("a", adding(ids, rows)))
    found = reader.vectors("public", [*ids[:30], "nobody"])
    assert set(found) == set(ids[:30])
    for place in range(30):
        assert found[ids[place]].dtype == np.float32
        assert np.allclose(found[ids[place]], rows[place], atol=1e-6)
    assert reader.vectors("public", []) == {}
    reader.close()


def test_audiences_are_apart(snapshots: Snapshots) -> None:
    rows, ids = exact(6), ids_of(6)

    def change(draft: VectorDraft) -> None:
        draft.add("public", ids[:3], rows[:3])
        draft.add("network-north", ids[3:], rows[3:])
        assert draft.audiences == {"public", "network-north"}

    reader = snapshots.vectors.open(snapshots.build("a", change))
    assert reader.audiences == {"public", "network-north"}
    assert reader.counts() == {"public": 3, "network-north": 3}
    assert {i for i, _ in reader.nearest("public", rows[4], 9)} == set(ids[:3])
    assert reader.vectors("public", ids[3:]) == {}
    assert reader.nearest("internal", rows[0], 9) == []
    assert reader.vectors("internal", ids) == {}
    reader.close()


def test_a_snapshot_without_vectors_can_be_built_and_asked(snapshots: Snapshots) -> None:
    folder = snapshots.build("a", lambda draft: None)
    reader = snapshots.vectors.open(folder)
    assert (reader.audiences, reader.counts()) == (frozenset(), {})
    assert reader.nearest("public", exact(1)[0], 5) == []
    reader.close()
    assert snapshots.vectors.holds(folder)


def test_a_draft_begins_with_its_base_which_stays_as_it_is(snapshots: Snapshots) -> None:
    rows, ids = exact(40), ids_of(40)
    snapshots.build("a", adding(ids[:30], rows[:30]))

    def change(draft: VectorDraft) -> None:
        assert draft.counts() == {"public": 30}
        assert set(draft.vectors("public", ids)) == set(ids[:30])
        draft.add("public", ids[30:], rows[30:])
        draft.remove("public", [*ids[:5], "nobody"])
        draft.remove("internal", ids[:5])
        assert draft.counts() == {"public": 35}
        assert {i for i, _ in draft.nearest("public", rows[0], 50)} == set(ids[5:])

    folder = snapshots.build("b", change, base="a")
    reader = snapshots.vectors.open(folder)
    assert set(reader.vectors("public", ids)) == set(ids[5:])
    reader.close()
    assert snapshots.counts("b") == {"public": 35}
    assert set(snapshots.near("b", rows[0], 50)) == set(ids[5:])
    assert snapshots.counts("a") == {"public": 30}
    assert set(snapshots.near("a", rows[0], 50)) == set(ids[:30])


def test_what_went_may_come_back(snapshots: Snapshots) -> None:
    rows, ids = exact(10), ids_of(10)
    snapshots.build("a", adding(ids, rows))
    snapshots.build("b", removing(ids[:4]), base="a")
    assert snapshots.counts("b") == {"public": 6}
    snapshots.build("c", adding(ids[:2], rows[:2]), base="b")
    assert snapshots.counts("c") == {"public": 8}
    assert sorted(snapshots.near("c", rows[1], 10)) == sorted([*ids[:2], *ids[4:]])

    def there_and_back(draft: VectorDraft) -> None:
        draft.add("public", ids[2:4], rows[2:4])
        draft.remove("public", ids[2:4])
        draft.add("public", ids[2:3], rows[2:3])

    snapshots.build("d", there_and_back, base="c")
    assert snapshots.counts("d") == {"public": 9}
    assert snapshots.near("d", rows[2], 1) == ids[2:3]


def test_a_dropped_audience_is_gone_and_may_begin_anew(snapshots: Snapshots) -> None:
    rows, ids = exact(4), ids_of(4)

    def both(draft: VectorDraft) -> None:
        draft.add("public", ids, rows)
        draft.add("internal", ids, rows)

    snapshots.build("a", both)

    def drop(draft: VectorDraft) -> None:
        draft.drop("internal")
        draft.drop("network-nobody")
        assert draft.audiences == {"public"}

    snapshots.build("b", drop, base="a")
    assert snapshots.counts("b") == {"public": 4}
    assert snapshots.counts("a") == {"public": 4, "internal": 4}

    def drop_and_add(draft: VectorDraft) -> None:
        draft.drop("internal")
        draft.add("internal", ids[:1], rows[:1])

    snapshots.build("c", drop_and_add, base="a")
    assert snapshots.counts("c") == {"public": 4, "internal": 1}


def test_a_finished_draft_can_still_be_read(snapshots: Snapshots) -> None:
    rows, ids = exact(20), ids_of(20)
    snapshots.build("a", adding(ids, rows))
    folder = snapshots.folder / "b"
    folder.mkdir()
    draft = snapshots.vectors.draft(folder, snapshots.folder / "a")
    draft.remove("public", ids[:15])
    draft.finish()
    assert draft.counts() == {"public": 5}
    draft.close()


def test_many_drafts_one_on_another_hold_what_they_should(snapshots: Snapshots) -> None:
    """What no store may do, however it merges or writes anew: lose a vector, or keep a dead one."""
    random = np.random.default_rng(3)
    rows, ids = exact(900, seed=3), ids_of(900)
    there = set(range(200))
    snapshots.build("s0", adding(ids[:200], rows[:200]))
    fresh = 200
    for turn in range(1, 25):
        leaving = random.choice(sorted(there), 12, replace=False).tolist()
        coming = list(range(fresh, fresh + int(random.integers(1, 25))))
        fresh += len(coming)

        def change(
            draft: VectorDraft, leaving: list[int] = leaving, coming: list[int] = coming
        ) -> None:
            draft.add("public", [ids[i] for i in coming], rows[coming])
            draft.remove("public", [ids[i] for i in leaving])

        snapshots.build(f"s{turn}", change, base=f"s{turn - 1}")
        there = there.difference(leaving).union(coming)
        if turn % 8 == 0:
            assert snapshots.counts(f"s{turn}") == {"public": len(there)}
            found = snapshots.near(f"s{turn}", rows[fresh - 1], 1500)
            assert sorted(found) == sorted(ids[i] for i in there)
            assert found[0] == ids[fresh - 1]


def test_both_stores_agree_with_a_search_by_hand(snapshots: Snapshots) -> None:
    rows, ids = like_sentences(2500), ids_of(2500)
    dead = ids[::9]
    snapshots.build("a", adding(ids[:2000], rows[:2000]))

    def change(draft: VectorDraft) -> None:
        draft.add("public", ids[2000:], rows[2000:])
        draft.remove("public", dead)

    snapshots.build("b", change, base="a")
    alive = [i for i in range(2500) if i % 9]
    names, matrix = [ids[i] for i in alive], rows[alive]
    reader = snapshots.vectors.open(snapshots.folder / "b")
    questions = like_sentences(40, seed=1)
    shares = []
    for question in questions:
        found = [i for i, _ in reader.nearest("public", question, 50)]
        assert len(found) == len(set(found)) == 50
        shares.append(len(set(found) & set(nearest_by_hand(names, matrix, question, 50))) / 50)
    reader.close()
    assert np.mean(shares) >= 0.99


def holding(folder: Path, rows: Floats) -> list[str]:
    """Return the files below a folder that hold the bytes of any of the vectors."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(row.tobytes() in path.read_bytes() for row in rows)
    ]


def test_a_rebuilt_draft_leaves_nothing_of_what_was_ever_taken_out(
    snapshots: Snapshots, chroma_url: str
) -> None:
    rows, ids = exact(300, seed=5), ids_of(300)

    def both(draft: VectorDraft) -> None:
        draft.add("public", ids[:250], rows[:250])
        draft.add("internal", ids[250:], rows[250:])

    snapshots.build("a", both)
    snapshots.build("b", removing(ids[:10]), base="a")

    def purge(draft: VectorDraft) -> None:
        draft.remove("public", ids[10:20])
        draft.remove("internal", ids[250:260])

    folder = snapshots.build("c", purge, base="b", rebuild=True)
    snapshots.vectors.clean([folder])
    gone, kept = [*range(20), *range(250, 260)], [*range(20, 250), *range(260, 300)]
    assert snapshots.counts("c") == {"public": 230, "internal": 40}
    if isinstance(snapshots.vectors, EmbeddedVectors):
        assert holding(snapshots.folder / "b", rows[gone]), "else the search by bytes finds nothing"
        assert holding(folder, rows[kept])
        assert holding(folder, rows[gone]) == []
        assert not any(ids[i].encode() in f.read_bytes() for f in files(folder) for i in gone)
    else:
        assert on_server(chroma_url, [ids[i] for i in gone], snapshots) == set()
        assert on_server(chroma_url, [ids[i] for i in kept], snapshots) == {ids[i] for i in kept}


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def on_server(url: str, ids: list[str], snapshots: Snapshots) -> set[str]:
    """Return which ids are in any collection of the installation, asked without our own client."""
    own = (snapshots.folder.parent / "installation").read_text()
    found: set[str] = set()
    root = f"{url}/api/v2/tenants/default_tenant/databases/default_database/collections"
    with httpx.Client(trust_env=False, timeout=30) as client:
        for collection in client.get(root).json():
            if collection["name"].startswith(own):
                body = {"ids": ids, "include": []}
                found |= set(client.post(f"{root}/{collection['id']}/get", json=body).json()["ids"])
    return found


class Reading(threading.Thread):
    """Asks one question again and again until it is told to end, and notes what differs."""

    def __init__(self, reader: VectorReader, vector: Floats, count: int) -> None:
        super().__init__()
        self._ask = lambda: sorted(reader.nearest("public", vector, count))
        self._expected = self._ask()
        self._over = threading.Event()
        self.same: list[bool] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """Ask until the end or the first failure."""
        try:
            while not self._over.is_set() or not self.same:
                self.same.append(self._ask() == self._expected)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error

    def end(self) -> None:
        """Stop asking and wait for it."""
        self._over.set()
        self.join()


def test_readers_see_no_difference_while_a_draft_is_written(snapshots: Snapshots) -> None:
    rows, ids = exact(900), ids_of(900)
    snapshots.build("a", adding(ids[:300], rows[:300]))
    reader = snapshots.vectors.open(snapshots.folder / "a")
    threads = [Reading(reader, rows[7], 300) for _ in range(3)]
    for thread in threads:
        thread.start()

    def change(draft: VectorDraft) -> None:
        draft.remove("public", ids[:150])
        draft.add("public", ids[300:], rows[300:])

    snapshots.build("b", change, base="a")
    snapshots.build("c", removing(ids[400:600]), base="b", rebuild=True)
    for thread in threads:
        thread.end()
    reader.close()
    assert [thread.error for thread in threads] == [None] * 3
    assert all(thread.same and all(thread.same) for thread in threads)


def read_from_another_process(url: str, folder: str, audience: str) -> None:
    """Write how many are found; called in a process of its own."""
    vectors: Vectors = EmbeddedVectors()
    if url:
        vectors = ServerVectors(ChromaServer(url), Path(folder).parents[1] / "installation")
    for _ in range(5):
        reader = vectors.open(Path(folder))
        sys.stdout.write(f"{len(reader.nearest(audience, exact(1)[0], 1000))}\n")
        reader.close()


def test_several_processes_read_one_snapshot(snapshots: Snapshots, chroma_url: str) -> None:
    rows, ids = exact(150), ids_of(150)
    folder = snapshots.build("a", adding(ids, rows))
    url = chroma_url if isinstance(snapshots.vectors, ServerVectors) else ""
    code = (
        "from tests.contracts.test_vectors import read_from_another_process as read; "
        f"read({url!r}, {str(folder)!r}, 'public')"
    )
    readers = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    snapshots.build("b", removing(ids[:75]), base="a")
    assert [reader.communicate()[0].split() for reader in readers] == [[b"150"] * 5] * 2
    assert snapshots.counts("a") == {"public": 150}


def test_a_folder_that_holds_no_vectors_is_refused_with_a_sentence(snapshots: Snapshots) -> None:
    empty = snapshots.folder / "empty"
    empty.mkdir()
    assert not snapshots.vectors.holds(empty)
    with pytest.raises(CorpusError, match="ingest again"):
        snapshots.vectors.open(empty)
    draft = snapshots.folder / "draft"
    draft.mkdir()
    with pytest.raises(CorpusError, match="ingest again"):
        snapshots.vectors.draft(draft, empty)
