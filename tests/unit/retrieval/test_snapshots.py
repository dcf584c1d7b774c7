"""Snapshots: built beside the live one, switched by a pointer, refused when they are broken."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from assistant.domain.answers import Answer
from assistant.domain.errors import CorpusError, EncoderMismatchError, NoSnapshotError
from assistant.operations.keeping import expired, remove_snapshots
from assistant.retrieval.embedding import Embedding
from assistant.retrieval.lexical import LexicalStore
from assistant.retrieval.snapshot import Snapshot, read_manifest
from assistant.retrieval.vectors import EmbeddedStore, EmbeddedVectors
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.library import Library

ROOT = Path(__file__).parents[3]
DIMENSIONS = HashingEncoder().dimensions


@pytest.fixture
def guidance(library: Library) -> Library:
    for name in ("cycle", "outcomes", "bread"):
        library.write(
            f"{name}.md", f"Guidance about {name} is written here.\n\n# More\n\nAnd more."
        )
    library.write("staff.md", "Guidance about staff is internal.", audience="internal")
    library.define("terms.yaml", "Outcome | One body | A change in a life.")
    library.ingest()
    return library


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def vectors_in(folder: Path) -> dict[str, dict[str, list[float]]]:
    store = EmbeddedStore(folder / "vectors")
    found = {}
    for audience in store.audiences:
        ids = list(
            LexicalStore(folder / f"{audience}.sqlite3", DIMENSIONS).sample(1000, "every one")
        )
        found[audience] = {i: v.tolist() for i, v in store.vectors(audience, ids).items()}
    return found


def live_folder(library: Library) -> Path:
    assert library.live is not None
    return library.snapshots / library.live


def test_a_report_counts_documents_passages_and_definitions(guidance: Library) -> None:
    guidance.write("new.md", "New guidance.")
    guidance.write("cycle.md", "Other guidance.")
    (guidance.corpus / "bread.md").unlink()
    (guidance.corpus / "film.mp4").write_bytes(b"moving")
    report = guidance.ingest()
    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 1, 1, 3)
    assert (report.documents, report.definitions) == (5, 1)
    assert [failed.document for failed in report.failed] == ["film.mp4"]
    manifest = read_manifest(live_folder(guidance))
    assert manifest.passages == report.passages == 6
    assert manifest.audiences == ("internal", "public")
    assert set(manifest.documents) == {"cycle.md", "new.md", "outcomes.md", "staff.md",
                                       "terms.yaml"}  # fmt: skip
    assert list(manifest.failed) == ["film.mp4"]


def test_an_unchanged_corpus_embeds_nothing_again(
    guidance: Library, encoder: HashingEncoder
) -> None:
    before = len(encoder.encoded)
    report = guidance.ingest()
    assert len(encoder.encoded) == before
    assert (report.added, report.changed, report.removed, report.unchanged) == (0, 0, 0, 5)
    assert report.passages == 8


def test_only_the_passages_that_changed_are_embedded(
    guidance: Library, encoder: HashingEncoder
) -> None:
    before = len(encoder.encoded)
    guidance.write("cycle.md", "Guidance about cycle is rewritten here.\n\n# More\n\nAnd more.")
    report = guidance.ingest()
    assert encoder.encoded[before:] == ["cycle\nGuidance about cycle is rewritten here."]
    assert (report.changed, report.unchanged) == (1, 4)
    assert "rewritten" in guidance.ask("guidance about cycle").text


def test_a_document_that_moved_or_changed_its_audience_is_not_embedded_again(
    guidance: Library, encoder: HashingEncoder
) -> None:
    before = len(encoder.encoded)
    (guidance.corpus / "bread.md").rename(guidance.corpus / "baking.md")
    guidance.ingest()
    assert len(encoder.encoded) == before
    assert "baking.md" in {f.passage.document for f in guidance.search("bread").found}
    assert "bread.md" not in {f.passage.document for f in guidance.search("bread").found}


def test_a_document_that_becomes_internal_is_public_no_more(guidance: Library) -> None:
    guidance.write("bread.md", "Guidance about bread is written here.", audience="internal")
    guidance.ingest()
    public = guidance.search("bread", ("public",))
    assert "bread.md" not in {f.passage.document for f in public.found}
    assert "bread.md" in {f.passage.document for f in guidance.search("bread").found}


def test_the_words_of_a_removed_document_are_in_no_file_of_the_new_snapshot(
    library: Library,
) -> None:
    library.write("kept.md", "Something else.")
    library.write("gone.md", "The quokkamemo names Perivale.", title="Zanzibar plan")
    library.define("gone.yaml", "Xylograph | Narnia council | A quokkamemo.", audience="internal")
    library.ingest()
    old = b"".join(bytes_of(live_folder(library)).values())
    assert b"quokkamemo" in old
    (library.corpus / "gone.md").unlink()
    (library.corpus / "gone.yaml").unlink()
    library.ingest()
    for name, content in bytes_of(live_folder(library)).items():
        low = content.lower()
        for word in (b"quokkamemo", b"perivale", b"zanzibar", b"xylograph", b"narnia", b"gone."):
            assert word not in low, name
    assert library.search("quokkamemo").mentions == ()


def test_an_audience_whose_last_document_went_has_no_file_and_no_collection(
    guidance: Library,
) -> None:
    (guidance.corpus / "staff.md").unlink()
    guidance.ingest()
    assert not (live_folder(guidance) / "internal.sqlite3").exists()
    snapshot = guidance.searcher().snapshot
    assert snapshot.manifest.audiences == ("public",)
    assert snapshot.vectors.audiences == {"public"}


def test_asking_changes_nothing_in_a_snapshot(guidance: Library) -> None:
    before, vectors = bytes_of(live_folder(guidance)), vectors_in(live_folder(guidance))
    for question in ("bread", "What is an outcome?", "zzz"):
        guidance.ask(question)
    after = bytes_of(live_folder(guidance))
    assert after.keys() == before.keys()
    # Chroma rewrites its own files whenever it opens them; what they hold stays the same.
    changed = {name for name in after if after[name] != before[name]}
    assert {name.split("/")[0] for name in changed} <= {"vectors"}
    assert vectors_in(live_folder(guidance)) == vectors


def test_building_leaves_the_live_snapshot_as_it_is_until_the_pointer_moves(
    guidance: Library,
) -> None:
    before, live = bytes_of(live_folder(guidance)), guidance.live
    guidance.write("cycle.md", "All different.")
    (guidance.corpus / "bread.md").unlink()
    report = guidance.build()
    assert report.snapshot != live
    assert bytes_of(live_folder(guidance)) == before
    assert "written here" in guidance.ask("guidance about cycle").text
    guidance.live = report.snapshot
    assert "All different" in guidance.ask("all different").text


def test_who_holds_a_searcher_keeps_its_snapshot(guidance: Library) -> None:
    held = guidance.searcher()
    guidance.write("cycle.md", "All different.")
    guidance.ingest()
    old = held.search("guidance about cycle", ("public",))
    assert old.snapshot == held.snapshot.manifest.snapshot != guidance.live
    assert "All different." not in {f.passage.text for f in old.found}


def test_a_corpus_that_holds_nothing_leaves_the_live_snapshot(guidance: Library) -> None:
    for file in guidance.corpus.iterdir():
        file.unlink()
    with pytest.raises(CorpusError, match="holds no documents; the live snapshot was left"):
        guidance.ingest()
    assert "written here" in guidance.ask("guidance about cycle").text


def test_a_corpus_of_which_nothing_can_be_read_names_the_first_reason(library: Library) -> None:
    (library.corpus / "film.mp4").write_bytes(b"moving")
    with pytest.raises(CorpusError, match=r"None of the 1 documents could be read.*film\.mp4"):
        library.ingest()


class Dying(HashingEncoder):
    """An encoder in whose hands the process is killed."""

    def embed(self, texts: Sequence[str], *, as_question: bool = False) -> Iterator[Embedding]:
        """Kill this very process."""
        os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(texts)


def build_and_die(folder: Path, live: str) -> None:
    """Begin a build that does not end; called in a process of its own."""
    library = Library(folder, Dying())
    library.live = live
    library.build()


def test_a_killed_build_leaves_the_live_snapshot_and_its_draft_is_cleaned_by_the_next(
    guidance: Library, tmp_path: Path
) -> None:
    before = bytes_of(live_folder(guidance))
    guidance.write("cycle.md", "All different.")
    code = (
        "from pathlib import Path; from tests.unit.retrieval.test_snapshots import build_and_die; "
        f"build_and_die(Path({str(tmp_path / 'library')!r}), {guidance.live!r})"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [p.name for p in guidance.snapshots.glob(".draft-*")]
    assert bytes_of(live_folder(guidance)) == before
    assert "written here" in guidance.ask("guidance about cycle").text
    guidance.ingest()
    assert not list(guidance.snapshots.glob(".draft-*"))
    assert "All different" in guidance.ask("all different").text


class Asking(threading.Thread):
    """Asks one question again and again until it is told to end."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self._over = threading.Event()
        self.answers: list[Answer] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """Ask until the end or the first failure."""
        try:
            while not self._over.is_set():
                self.answers.append(self._library.ask("Which version does the guidance have?"))
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error

    def end(self) -> None:
        """Stop asking and wait for it."""
        self._over.set()
        self.join()


def versions_cited(answer: Answer) -> set[str]:
    return {citation.quote.split("version ")[1][:2] for citation in answer.citations}


def test_questions_from_several_threads_outlive_every_switch(guidance: Library) -> None:
    """Each version of the corpus says its number everywhere, so that a mixture would show."""
    (guidance.corpus / "terms.yaml").unlink()
    threads = [Asking(guidance) for _ in range(3)]
    published = {}
    for version in range(6):
        for name in ("cycle", "outcomes", "bread", "staff"):
            guidance.write(f"{name}.md", f"The {name} guidance has version {version:02d}, {name}.")
        published[guidance.ingest().snapshot] = {f"{version:02d}"}
        if version == 0:
            for thread in threads:
                thread.start()
    for thread in threads:
        thread.end()
    assert [thread.error for thread in threads] == [None] * 3
    answers = [answer for thread in threads for answer in thread.answers]
    assert [a for a in answers if versions_cited(a) != published[str(a.snapshot)]] == []
    assert len({answer.snapshot for answer in answers}) > 1


def test_old_snapshots_go_and_the_live_one_stays(guidance: Library) -> None:
    names = [guidance.live, *(guidance.ingest().snapshot for _ in range(3))]
    assert names == sorted(names, key=str)
    old = expired(guidance.snapshots, str(names[0]), 2)
    assert remove_snapshots(guidance.snapshots, old, EmbeddedVectors()) == []
    assert sorted(p.name for p in guidance.snapshots.iterdir()) == [names[0], names[3]]


def test_before_the_first_ingest_the_sentence_says_what_to_do(library: Library) -> None:
    with pytest.raises(NoSnapshotError, match="run `assistant ingest` first"):
        library.ask("anything")


def test_a_snapshot_of_another_encoder_is_refused_and_built_anew(guidance: Library) -> None:
    other = HashingEncoder(seed="other")
    with pytest.raises(EncoderMismatchError, match="was built with the encoder hashing, but"):
        Snapshot(live_folder(guidance), other)
    again = Library.__new__(Library)
    again.__dict__ = guidance.__dict__ | {"encoder": other}
    report = again.build()
    assert len(other.encoded) == report.passages
    assert report.added == report.documents


@pytest.mark.parametrize("missing", ["manifest.json", "public.sqlite3", "vectors"])
def test_a_snapshot_that_lacks_a_file_is_refused(
    guidance: Library, encoder: HashingEncoder, missing: str
) -> None:
    (live_folder(guidance) / missing).rename(guidance.corpus.parent / "away")
    with pytest.raises(CorpusError, match="ingest again"):
        Snapshot(live_folder(guidance), encoder)
    assert not (live_folder(guidance) / missing).exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest.json", b"{"),
        ("manifest.json", b"[]"),
        ("manifest.json", b'{"format": 1}'),
        ("manifest.json", b'{"format": 99}'),
        ("public.sqlite3", b""),
        ("public.sqlite3", b"not a database" * 100),
        ("vectors/chroma.sqlite3", b"not a database" * 100),
    ],
)
def test_a_snapshot_with_a_broken_file_is_refused(
    guidance: Library, encoder: HashingEncoder, name: str, content: bytes
) -> None:
    (live_folder(guidance) / name).write_bytes(content)
    with pytest.raises(CorpusError, match="ingest again"):
        Snapshot(live_folder(guidance), encoder)
