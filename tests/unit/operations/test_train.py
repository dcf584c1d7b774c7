"""The release train with real stores: what goes live, what stays out, and what is left behind."""

import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.domain.errors import (
    CorpusError,
    DocumentError,
    EncoderMismatchError,
    IngestBusyError,
    NoSnapshotError,
)
from assistant.domain.releases import Action, Actor, ChangeKind, Outcome, Progress, Step
from assistant.ingestion.reading import read_source
from assistant.operations.keeping import snapshots_in
from assistant.operations.traces import MOST_LOOKED_FOR, found_in
from assistant.retrieval.holding import Hold
from assistant.retrieval.vectors import EmbeddedVectors
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.railway import ANN, Railway

ROOT = Path(__file__).parents[3]
BEN = Actor("ben", "Slack")
CYCLE = "The commissioning cycle takes fourteen months from its first stage to its last review."
ROLES = "Commissioners own the outcomes, and providers own the ways in which these are reached."
BUSES = "Buses run to the station every hour until ten at night, and on Sundays until eight."


@pytest.fixture
def running(railway: Railway) -> Railway:
    """Three documents are live."""
    railway.write("cycle.md", CYCLE)
    railway.write("deep/roles.md", ROLES)
    railway.write("buses.md", BUSES)
    railway.reload()
    return railway


def drafts(railway: Railway) -> list[str]:
    return [path.name for path in railway.rooms.snapshots.glob(".draft-*")]


def said_in_audit(railway: Railway) -> list[tuple[str, str, str]]:
    return [(e.actor.id, e.action, e.outcome) for e in railway.train.audited(100)]


def edition(railway: Railway, number: int) -> str:
    """Make another edition of one document live; return its snapshot."""
    railway.write("cycle.md", f"{CYCLE} This is edition {number} of the guidance on it.")
    return str(railway.reload().snapshot)


@contextmanager
def noting(read: list[str]) -> Iterator[Callable[..., object]]:
    """Give what reads a file and writes down its path."""
    yield lambda source: (read.append(source.path), read_source(source))[1]


# Reload


def test_what_is_in_the_folder_goes_live_with_who_did_it_and_what_changed(
    running: Railway,
) -> None:
    last = running.train.last()
    assert last is not None
    assert (last.outcome, last.actor, last.snapshot) == (Outcome.LIVE, ANN, running.live())
    assert (last.counts["added"], last.counts["documents"]) == (3, 3)
    assert last.counts["embedded"] == last.counts["passages"] == len(running.encoder.encoded)
    assert running.found("How long does the commissioning cycle take?")[0] == "cycle.md"
    assert running.ask("How long does the commissioning cycle take?").snapshot == running.live()
    assert said_in_audit(running) == [("ann", "reload", "live")]


def test_only_what_changed_is_read_and_embedded(running: Railway) -> None:
    encoded = len(running.encoder.encoded)
    running.write("cycle.md", f"{CYCLE}\n\nIts reviews are public, and everybody may come.")
    running.remove("buses.md")
    read: list[str] = []
    release = running.differing(reading=lambda: noting(read)).reload(BEN)
    counts = release.counts
    assert [counts[kind] for kind in ("added", "changed", "removed", "unchanged")] == [0, 1, 1, 1]
    assert read == ["cycle.md"]
    assert len(running.encoder.encoded) - encoded == counts["embedded"] == 1
    assert "buses.md" not in running.found("When do buses run to the station?")


def test_a_reload_of_the_same_makes_no_snapshot(running: Railway) -> None:
    before = running.live()
    release = running.reload(BEN)
    assert (release.outcome, release.snapshot) == (Outcome.UNCHANGED, before)
    assert snapshots_in(running.rooms.snapshots) == [before]
    entry = running.live_entry()
    assert entry.release is not None
    assert entry.release.actor == ANN, "who made it is told, not who found it unchanged"


def test_a_file_that_cannot_be_read_is_named_and_the_others_go_in(running: Railway) -> None:
    (running.corpus / "film.mp4").write_bytes(b"moving")
    release = running.reload()
    assert release.outcome is Outcome.LIVE
    assert [failed.document for failed in release.failed] == ["film.mp4"]
    assert running.live_entry().documents == 3


def test_without_any_document_what_is_live_stays(running: Railway) -> None:
    before = running.live()
    for path in ("cycle.md", "deep/roles.md", "buses.md"):
        running.remove(path)
    with pytest.raises(CorpusError, match="holds no documents"):
        running.reload(allow_shrink=True)
    assert running.live() == before
    assert ("ann", "reload", "failed") in said_in_audit(running)


def test_a_folder_that_is_not_there_is_a_sentence_and_is_written_down(running: Railway) -> None:
    for act in (running.train.reload, running.train.preview):
        with pytest.raises(CorpusError, match="no folder"):
            act(BEN, folder=running.corpus / "nowhere")
    assert said_in_audit(running)[:2] == [("ben", "preview", "failed"), ("ben", "reload", "failed")]


# The gate


def test_what_the_gate_refuses_leaves_no_trace_but_the_reason(running: Railway) -> None:
    before = running.live()
    running.golden(
        "questions:\n  - question: When do buses run to the station?\n    documents: buses.md\n"
    )
    running.write("buses.md", "Lamps are lit at dusk, and streets are swept on Mondays at noon.")
    release = running.reload()
    assert release.outcome is Outcome.REFUSED_BY_GATE
    assert release.snapshot is None
    assert release.gate is not None
    assert "When do buses run" in release.gate.failures[0]
    assert "When do buses run" in release.sentence
    assert (running.live(), drafts(running)) == (before, [])
    assert snapshots_in(running.rooms.snapshots) == [before]
    assert running.found("When do buses run to the station?")[0] == "buses.md"


def test_a_mistake_in_the_golden_questions_is_told_before_anything_is_embedded(
    running: Railway,
) -> None:
    encoded = len(running.encoder.encoded)
    running.golden("questions:\n  - questoin: What?\n")
    running.write("new.md", "Libraries lend books, maps and tools to every resident.")
    release = running.reload()
    assert release.outcome is Outcome.REFUSED_BY_GATE
    assert "golden.yaml, line 2" in release.sentence
    assert len(running.encoder.encoded) == encoded


def test_a_corpus_that_shrinks_much_goes_live_only_when_that_is_allowed(railway: Railway) -> None:
    for number in range(10):
        railway.write(f"part-{number}.md", f"{CYCLE} This is part {number} of it.")
    before = railway.reload().snapshot
    for number in range(6):
        railway.remove(f"part-{number}.md")
    release = railway.reload()
    assert release.outcome is Outcome.REFUSED_BY_GATE
    assert "--allow-shrink" in release.sentence
    assert railway.live() == before
    allowed = railway.reload(allow_shrink=True)
    assert allowed.outcome is Outcome.LIVE
    assert allowed.gate is not None
    assert "It was allowed." in allowed.gate.warnings[0]


# The preview


def test_a_preview_writes_nothing_but_its_line_in_the_audit_log(running: Railway) -> None:
    running.write("new.md", "Libraries lend books, maps and tools to every resident.")
    running.write("cycle.md", f"{CYCLE} It then begins anew.", audience="internal")
    running.remove("buses.md")
    (running.corpus / "film.mp4").write_bytes(b"moving")
    before, encoded = running.files(), len(running.encoder.encoded)
    preview = running.train.preview(BEN)
    assert running.files() == before
    assert len(running.encoder.encoded) == encoded
    assert [(c.document, c.kind) for c in preview.changes] == [
        ("buses.md", ChangeKind.REMOVED),
        ("cycle.md", ChangeKind.CHANGED),
        ("deep/roles.md", ChangeKind.UNCHANGED),
        ("film.mp4", ChangeKind.REFUSED),
        ("new.md", ChangeKind.ADDED),
    ]
    moved = preview.changes[1]
    assert (moved.audiences, moved.moved_from) == (("internal",), ("public",))
    assert (preview.passages, preview.to_embed, preview.live) == (3, 2, running.live())
    assert said_in_audit(running)[0] == ("ben", "preview", "done")
    assert running.train.running() is None


def test_a_preview_before_the_first_reload_makes_no_folder_and_no_lock(railway: Railway) -> None:
    railway.write("cycle.md", CYCLE)
    preview = railway.train.preview(ANN)
    assert (preview.live, preview.to_embed) == (None, 1)
    assert preview.seconds > 1
    assert railway.files() == {}
    assert [path.name for path in railway.data.iterdir() if path.is_dir()] == []


def test_a_preview_says_what_the_reload_then_does(running: Railway) -> None:
    running.write("new.md", "Libraries lend books, maps and tools to every resident.")
    running.write("cycle.md", f"{CYCLE} It then begins anew.")
    running.remove("buses.md")
    preview = running.train.preview(ANN)
    counts = running.reload().counts
    assert {kind.value: len(preview.of(kind)) for kind in ChangeKind} == {
        kind.value: counts[kind.value] for kind in ChangeKind
    }
    assert (preview.to_embed, preview.passages) == (counts["embedded"], counts["passages"])


def test_a_preview_says_what_the_gate_will_ask_and_what_is_wrong_with_the_questions(
    railway: Railway,
) -> None:
    for number in range(10):
        railway.write(f"part-{number}.md", f"{CYCLE} This is part {number} of it.")
    railway.reload()
    assert (railway.train.preview(ANN).asks, railway.train.preview(ANN).golden) == ((), ())
    for number in range(6):
        railway.remove(f"part-{number}.md")
    railway.golden("questions:\n  - question: What?\n    documents: part-1.md\n")
    preview = railway.train.preview(ANN)
    assert "--allow-shrink" in preview.asks[0]
    (absent,) = preview.golden
    assert absent == "golden.yaml, line 2: part-1.md is expected, and would not be there."
    railway.golden("questions:\n  - question: What?\n    any_of: [part-1.md, part-9.md]\n")
    assert railway.train.preview(ANN).golden == ()
    railway.golden("questions:\n  - questoin: What?\n")
    assert "line 2" in railway.train.preview(ANN).golden[0]
    (railway.corpus / "golden.yaml").write_bytes(b"x" * 2_000_000)
    assert railway.train.preview(ANN).golden[0].startswith("golden.yaml: It is larger")


# One writer at a time, and what a killed one leaves

AT_IT = """
import sys, time
from pathlib import Path
from assistant.domain.releases import Actor
from tests.fakes.railway import Railway

def hold(progress):
    if progress.step.value == sys.argv[2]:
        print("at it", flush=True)
        time.sleep(60)

Railway(Path(sys.argv[1])).reload(Actor("ben", "Slack"), on_progress=hold)
"""


@contextmanager
def another_process(railway: Railway, step: Step) -> Iterator[None]:
    """Have another process reload, hold it at a step, and kill it in the end."""
    command = [sys.executable, "-c", AT_IT, str(railway.corpus.parent), step.value]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "at it\n"
            yield
        finally:
            process.kill()


def test_a_second_writer_is_told_who_is_at_it_and_a_killed_one_leaves_nothing_behind(
    running: Railway,
) -> None:
    before = running.live()
    running.write("cycle.md", f"{CYCLE} It then begins anew.")
    with another_process(running, Step.GATE):
        for act in (running.train.reload, running.train.roll_back):
            with pytest.raises(IngestBusyError, match=r"^ben \(Slack\) has been at it since"):
                act(ANN)
        with pytest.raises(IngestBusyError, match="ben"):
            running.train.purge(ANN, "cycle.md")
        under_way = running.train.running()
        assert under_way is not None
        assert under_way.actor == BEN
        assert drafts(running) != []
        assert running.found("How long does the commissioning cycle take?")[0] == "cycle.md"
    assert running.train.running() is None
    assert running.live() == before
    release = running.reload()
    assert release.outcome is Outcome.LIVE
    assert drafts(running) == []
    assert said_in_audit(running)[:2] == [("ann", "reload", "live"), ("ben", "reload", "killed")]


def killed_having_noted(railway: Railway, action: Action, snapshot: str) -> None:
    """Leave the record as a run does that was killed just before its switch."""
    releases = railway.rooms.releases
    run = releases.begin(action, BEN, railway.live())
    assert releases.note(replace(run, snapshot=snapshot))


def test_a_snapshot_of_a_killed_run_that_never_went_live_is_removed(running: Railway) -> None:
    before = running.live()
    made = running.rooms.snapshots / "29990101T000000000"
    made.mkdir()
    (made / "held").touch()
    killed_having_noted(running, Action.RELOAD, made.name)
    running.reload()
    assert snapshots_in(running.rooms.snapshots) == [before]


def test_what_was_killed_on_another_machine_is_not_under_way(
    running: Railway, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as there:
        there.setattr("socket.gethostname", lambda: "the-container-before")
        running.rooms.releases.begin(Action.RELOAD, BEN, running.live())
    assert running.rooms.releases.running() is not None
    assert running.train.running() is None


def test_a_roll_back_that_was_killed_costs_no_snapshot(running: Railway) -> None:
    first = running.live()
    second = edition(running, 2)
    killed_having_noted(running, Action.ROLL_BACK, first)
    running.reload()
    assert snapshots_in(running.rooms.snapshots) == [first, second]


def test_a_switch_that_somebody_else_made_meanwhile_stands(running: Railway) -> None:
    first = running.live()
    second = edition(running, 2)
    running.write("cycle.md", f"{CYCLE} This is edition 3.")

    def switches(progress: Progress) -> None:
        if progress.step is Step.SWITCH:
            assert running.rooms.pointer.switch(first, expected=second)

    with pytest.raises(CorpusError, match="Another snapshot went live meanwhile"):
        running.reload(on_progress=switches)
    assert running.live() == first
    assert snapshots_in(running.rooms.snapshots) == [first, second]


def test_an_interruption_leaves_what_is_live_and_no_draft(running: Railway) -> None:
    before = running.live()
    running.write("cycle.md", f"{CYCLE} It then begins anew.")

    def interrupts(progress: Progress) -> None:
        if progress.step is Step.EMBED:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        running.reload(on_progress=interrupts)
    assert (running.live(), drafts(running)) == (before, [])
    last = running.train.last()
    assert last is not None
    assert (last.outcome, last.sentence) == (
        Outcome.FAILED,
        "It was interrupted; what was live is live still.",
    )


class StuckVectors(EmbeddedVectors):
    """Vectors that are written and read, but not deleted."""

    def clean(self, kept: Collection[Path]) -> None:
        raise CorpusError("No Chroma server answers.")


def test_a_reload_that_cannot_clear_away_what_is_old_is_live_and_says_so(tmp_path: Path) -> None:
    railway = Railway(tmp_path / "railway", vectors=StuckVectors(), keep=2)
    edition(railway, 1)
    edition(railway, 2)
    railway.write("cycle.md", CYCLE)
    release = railway.reload()
    assert (release.outcome, release.snapshot) == (Outcome.LIVE, railway.live())
    assert "could not be cleared away" in release.sentence
    assert release.sentence.endswith("No Chroma server answers.")
    assert railway.train.audited(1)[0].detail == release.sentence
    railway.close()


def test_a_live_snapshot_whose_catalogue_is_damaged_is_built_anew(running: Railway) -> None:
    (running.rooms.snapshots / running.live() / "catalogue.sqlite3").write_bytes(b"not a database")
    release = running.reload()
    assert (release.outcome, release.counts["added"]) == (Outcome.LIVE, 3)
    assert running.found("How long does the commissioning cycle take?")[0] == "cycle.md"


class Interrupted(EmbeddedVectors):
    """Vectors during whose test something else is done once, as by another thread."""

    meanwhile: Callable[[], object] | None = None

    def holds(self, folder: Path) -> bool:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return super().holds(folder)


def test_a_preview_of_another_snapshot_meanwhile_changes_no_plan(tmp_path: Path) -> None:
    vectors = Interrupted()
    railway = Railway(tmp_path / "railway", vectors=vectors)
    railway.write("buses.md", BUSES)
    first = edition(railway, 1)
    railway.remove("buses.md")
    second = edition(railway, 2)
    builder = railway.rooms.builder
    vectors.meanwhile = lambda: builder.before(first, {}, "")
    assert set(builder.before(second, {}, "").documents) == {"cycle.md"}
    railway.close()


# Roll back


def test_a_roll_back_goes_to_the_snapshot_before_and_forward_again_by_name(
    running: Railway,
) -> None:
    first = running.live()
    second = edition(running, 2)
    third = edition(running, 3)
    release = running.train.roll_back(BEN)
    assert (release.outcome, release.snapshot, release.before) == (Outcome.LIVE, second, third)
    assert "edition 2" in running.ask("What edition is the guidance on the cycle?").text
    assert running.train.roll_back(BEN).snapshot == first
    with pytest.raises(CorpusError, match="no older snapshot"):
        running.train.roll_back(BEN)
    assert running.train.roll_back(BEN, third).snapshot == third
    assert running.live() == third
    entries = {entry.snapshot: entry.release for entry in running.train.snapshots()}
    assert {r.action for r in entries.values() if r is not None} == {Action.RELOAD}
    assert (BEN.id, "roll back", "live") in said_in_audit(running)


@pytest.mark.parametrize("named", ["20200101T000000000", "..", "", "nonsense/../x"])
def test_a_snapshot_that_is_not_kept_cannot_be_made_live(running: Railway, named: str) -> None:
    before = running.live()
    with pytest.raises(CorpusError, match=r"no snapshot|no older snapshot"):
        running.train.roll_back(ANN, named)
    assert running.live() == before


def test_what_is_live_already_is_not_rolled_back_to(running: Railway) -> None:
    with pytest.raises(CorpusError, match="is live already"):
        running.train.roll_back(ANN, running.live())


def test_before_the_first_reload_there_is_nothing_to_go_back_to(railway: Railway) -> None:
    with pytest.raises(CorpusError, match="no older snapshot"):
        railway.train.roll_back(ANN)
    with pytest.raises(NoSnapshotError):
        railway.found("What?")


def test_a_snapshot_that_cannot_be_opened_stays_out(running: Railway) -> None:
    first = running.live()
    second = edition(running, 2)
    (running.rooms.snapshots / first / "public.sqlite3").unlink()
    with pytest.raises(CorpusError, match="are missing"):
        running.train.roll_back(ANN, first)
    assert running.live() == second
    assert running.ask("What edition is the guidance on the cycle?").snapshot == second


def test_a_snapshot_of_another_encoder_stays_out(tmp_path: Path) -> None:
    first = Railway(tmp_path / "railway", encoder=HashingEncoder(seed="one"))
    first.write("cycle.md", CYCLE)
    first.reload()
    second = Railway(tmp_path / "railway", encoder=HashingEncoder(seed="two"))
    assert second.reload().counts["embedded"] == 1
    with pytest.raises(EncoderMismatchError):
        second.train.roll_back(ANN)
    first.close()
    second.close()


# What is kept


@pytest.mark.parametrize("keep", [2, 4])
def test_so_many_snapshots_are_kept_as_the_setting_says(tmp_path: Path, keep: int) -> None:
    railway = Railway(tmp_path / "railway", keep=keep)
    made = [edition(railway, number) for number in range(5)]
    assert snapshots_in(railway.rooms.snapshots) == made[-keep:]
    assert [entry.snapshot for entry in railway.train.snapshots()] == made[-keep:][::-1]
    railway.close()


def test_the_live_snapshot_is_kept_however_old_it_is(tmp_path: Path) -> None:
    railway = Railway(tmp_path / "railway", keep=2)
    edition(railway, 0)
    second = edition(railway, 1)
    third = edition(railway, 2)
    railway.train.roll_back(ANN)
    assert railway.live() == second
    fourth = edition(railway, 3)
    assert snapshots_in(railway.rooms.snapshots) == [third, fourth]
    railway.close()


def test_a_list_of_snapshots_says_who_made_each_and_how_the_gate_went(running: Railway) -> None:
    running.golden("questions:\n  - question: What do commissioners own?\n")
    second = edition(running, 2)
    newest, oldest = running.train.snapshots()
    assert (newest.snapshot, newest.is_live, oldest.is_live) == (second, True, False)
    assert (newest.documents, newest.passages, newest.definitions) == (3, 3, 0)
    assert newest.release is not None
    assert newest.release.gate is not None
    assert (newest.release.gate.passed, newest.release.gate.golden) == (1, 1)
    assert newest.release.gate.sampled > 0
    assert newest.release.counts["changed"] == 1


# Files that were offered


def test_an_offered_file_goes_in_with_what_was_said_of_it(running: Railway) -> None:
    text = b"Libraries lend books, maps and tools to every resident."
    path = running.train.offer(
        BEN, "libraries.txt", text, {"title": "Libraries", "audience": "network-north"}
    )
    running.reload()
    assert path == "sent-in/libraries.txt"
    assert path in running.found("What do libraries lend to residents?", ("network-north",))
    assert path not in running.found("What do libraries lend to residents?")


def test_an_offered_file_that_is_taken_back_is_gone_with_its_front_matter(
    running: Railway,
) -> None:
    path = running.train.offer(BEN, "libraries.md", b"Libraries lend books.", {"title": "L"})
    running.train.take_back(BEN, path)
    assert list(running.rooms.sent_in.iterdir()) == []
    assert running.reload().outcome is Outcome.UNCHANGED
    running.train.take_back(BEN, "cycle.md")
    assert (running.corpus / "cycle.md").exists()


@pytest.mark.parametrize(
    "name",
    ["../cycle.md", "a/b.md", "a\\b.md", ".hidden.md", "~$open.docx", "a\n.md", "é" * 61 + ".md",
     "film.mp4", "none", "golden.yaml", "_defaults.yaml", "report.pdf.yaml", ""],
)  # fmt: skip
def test_a_name_that_cannot_be_kept_is_refused_and_nothing_is_written(
    railway: Railway, name: str
) -> None:
    before = railway.files()
    with pytest.raises(DocumentError, match=r"\.$"):
        railway.train.offer(ANN, name, b"Words.", {"title": "T"})
    assert railway.files() == before


@pytest.mark.parametrize("name", ["notes.md", "é" * 58 + ".md", "terms.yaml", "Report 2.PDF"])
def test_a_plain_name_is_kept_once(railway: Railway, name: str) -> None:
    assert railway.train.offer(ANN, name, b"Words.", {"title": "T"}) == f"sent-in/{name}"
    with pytest.raises(DocumentError, match="already"):
        railway.train.offer(BEN, name, b"Other words.", {"title": "T"})
    assert (railway.rooms.sent_in / name).read_bytes() == b"Words."


# Audiences


def test_a_document_that_moves_between_audiences_is_never_in_both(running: Railway) -> None:
    asked = "How long does the commissioning cycle take?"
    seen: list[tuple[bool, bool]] = []
    stopping = threading.Event()

    def looks() -> None:
        while not stopping.is_set():
            searcher = running.rooms.live.searcher()
            both = [
                "cycle.md" in {f.passage.document for f in searcher.search(asked, (a,)).found}
                for a in ("public", "internal")
                if a in searcher.snapshot.manifest.audiences
            ]
            seen.append((any(both), all(both) and len(both) > 1))

    thread = threading.Thread(target=looks)
    thread.start()
    for number in range(4):
        running.write("cycle.md", CYCLE, audience=("internal", "public")[number % 2])
        running.reload(allow_shrink=True)
    stopping.set()
    thread.join()
    assert seen
    assert set(seen) == {(True, False)}
    for entry in running.train.snapshots():
        folder = running.rooms.snapshots / entry.snapshot
        holding = [p.name for p in folder.glob("*.sqlite3") if CYCLE.encode() in p.read_bytes()]
        assert len([name for name in holding if name != "catalogue.sqlite3"]) == 1


# Purge


def test_a_purged_document_is_in_no_search_no_file_and_no_answer(running: Railway) -> None:
    edition(running, 2)
    running.write("cycle.md", CYCLE)
    running.write("more.md", f"{ROLES} Libraries lend books.")
    running.reload()
    assert running.holding(CYCLE), "looking finds it before"
    purged = running.train.purge(BEN, "cycle.md")
    assert purged.remains == ()
    assert purged.sentences > 0
    assert purged.vectors > 0
    assert purged.files > 0
    assert purged.searches > 0
    assert len(purged.snapshots_removed) == 3
    assert running.holding(CYCLE) == []
    assert running.holding("edition 2") == []
    asked = "How long does the commissioning cycle take?"
    assert "cycle.md" not in running.found(asked)
    assert "fourteen" not in running.ask(asked).text
    assert running.live_entry().documents == 3
    line = running.train.audited(1)[0]
    assert (line.actor, line.action, line.target) == (BEN, "purge", "cycle.md")
    assert "nothing of it was found" in line.detail


def test_a_purged_document_does_not_come_back_until_it_is_allowed_or_changes(
    running: Railway,
) -> None:
    running.train.purge(ANN, "cycle.md")
    release = running.reload()
    assert "cycle.md" not in running.found("How long does the commissioning cycle take?")
    (failed,) = release.failed
    assert failed.document == "cycle.md"
    assert "purged" in failed.reason
    assert "--allow-again cycle.md" in failed.reason
    (running.corpus / "renamed.md").write_bytes((running.corpus / "cycle.md").read_bytes())
    assert "renamed.md" in [f.document for f in running.reload().failed]
    running.train.allow_again(BEN, "cycle.md")
    assert running.reload().failed == ()
    assert running.found("How long does the commissioning cycle take?")
    with pytest.raises(CorpusError, match="was not purged"):
        running.train.allow_again(BEN, "cycle.md")
    assert said_in_audit(running)[0] == ("ben", "purge", "failed")


def test_what_another_document_has_too_stays_and_does_not_count_as_left(
    running: Railway,
) -> None:
    own = "Libraries lend books, maps and tools to every resident of the town."
    body = f"{CYCLE}\n\n# Lending\n\n{own}"
    running.write("copy.md", body, title="Cycle")
    running.reload()
    purged = running.train.purge(ANN, "copy.md")
    assert purged.remains == ()
    assert (purged.sentences, purged.vectors > 0) == (1, True)
    assert running.holding(own) == []
    assert running.found("How long does the commissioning cycle take?")[0] == "cycle.md"


def test_a_document_without_a_sentence_of_its_own_is_not_called_gone(running: Railway) -> None:
    running.write("copy.md", CYCLE, title="Cycle", author="Somebody else")
    running.reload()
    purged = running.train.purge(ANN, "copy.md")
    assert purged.remains == ("other documents, which have all of its sentences",)
    found = running.found("How long does the commissioning cycle take?")
    assert found[0] == "cycle.md"
    assert "copy.md" not in found


def test_one_of_two_files_that_are_the_same_is_not_purged_since_the_other_would_stay(
    running: Railway,
) -> None:
    (running.corpus / "twin.md").write_bytes((running.corpus / "cycle.md").read_bytes())
    before = running.reload().snapshot
    with pytest.raises(CorpusError, match=r"cycle\.md is the same file as twin\.md"):
        running.train.purge(ANN, "twin.md")
    assert running.live() == before
    assert running.reload().failed == ()
    for name in ("twin.md", "cycle.md"):
        running.remove(name)
    running.reload()
    assert running.train.purge(ANN, "twin.md").remains != (), "an older snapshot has the other"
    assert running.train.purge(ANN, "cycle.md").remains == ()
    assert running.holding(CYCLE) == []


def test_a_snapshot_that_somebody_reads_is_named_as_what_remains(
    running: Railway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.operations.purging.SECONDS_TO_LET_GO", 0.3)
    first = running.live()
    hold = Hold(running.rooms.snapshots / first)
    purged = running.train.purge(ANN, "cycle.md")
    hold.release()
    assert f"snapshot {first}, which a process still reads" in purged.remains
    assert first not in purged.snapshots_removed
    assert "it remains in" in running.train.audited(1)[0].detail
    assert running.train.purge(ANN, "cycle.md").remains == ()
    assert running.holding(CYCLE) == []


def test_a_snapshot_that_still_holds_a_purged_document_cannot_be_made_live(
    running: Railway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.operations.purging.SECONDS_TO_LET_GO", 0.3)
    first = running.live()
    hold = Hold(running.rooms.snapshots / first)
    running.train.purge(ANN, "cycle.md")
    hold.release()
    for named in (None, first):
        with pytest.raises(CorpusError, match=r"still holds cycle\.md, which was purged"):
            running.train.roll_back(BEN, named)
    assert "cycle.md" not in running.found("How long does the commissioning cycle take?")
    running.train.allow_again(ANN, "cycle.md")
    assert running.train.roll_back(BEN).snapshot == first


def test_a_file_that_still_holds_the_words_is_named(running: Railway) -> None:
    (running.data / "forgotten.txt").write_text(f"A copy: {CYCLE}", encoding="utf-8")
    assert running.train.purge(ANN, "cycle.md").remains == ("forgotten.txt",)


def test_the_only_document_cannot_be_purged(railway: Railway) -> None:
    railway.write("cycle.md", CYCLE)
    before = railway.reload().snapshot
    with pytest.raises(CorpusError, match="the only document"):
        railway.train.purge(ANN, "cycle.md")
    assert railway.live() == before
    assert railway.reload().outcome is Outcome.UNCHANGED


def test_a_document_that_no_snapshot_holds_cannot_be_purged(running: Railway) -> None:
    with pytest.raises(CorpusError, match=r"No snapshot that is kept holds nothing\.md"):
        running.train.purge(ANN, "nothing.md")
    running.train.purge(ANN, "cycle.md")
    with pytest.raises(CorpusError, match="was purged on"):
        running.train.purge(ANN, "cycle.md")


def test_a_document_that_only_an_older_snapshot_holds_is_purged_without_a_switch(
    running: Railway,
) -> None:
    running.remove("cycle.md")
    live = running.reload().snapshot
    purged = running.train.purge(ANN, "cycle.md")
    assert (running.live(), len(purged.snapshots_removed), purged.remains) == (live, 1, ())
    assert running.holding(CYCLE) == []


def test_an_offered_document_is_purged_with_its_file(running: Railway) -> None:
    text = "Libraries lend books, maps and tools to every resident of the town."
    path = running.train.offer(ANN, "libraries.md", text.encode(), {"title": "L"})
    running.reload()
    assert running.train.purge(ANN, path).remains == ()
    assert running.holding(text) == []
    assert running.reload().failed == ()


def test_a_purge_of_a_long_document_looks_for_no_more_than_proves_it(
    running: Railway, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_for: list[int] = []

    def noted(path: Path, needles: Collection[bytes]) -> set[bytes]:
        looked_for.append(len(needles))
        return found_in(path, needles)

    monkeypatch.setattr("assistant.operations.purging.found_in", noted)
    running.write("long.md", "\n\n".join(f"Rule {n} of {n * n} is for lamps." for n in range(300)))
    running.reload()
    purged = running.train.purge(ANN, "long.md")
    assert (purged.sentences, purged.remains) == (MOST_LOOKED_FOR, ())
    assert max(looked_for) <= 3 * MOST_LOOKED_FOR


def test_a_purge_forgets_no_file_that_was_refused(running: Railway) -> None:
    (running.corpus / "film.mp4").write_bytes(b"moving")
    running.reload()
    running.train.purge(ANN, "cycle.md")
    read: list[str] = []
    running.differing(reading=lambda: noting(read)).reload(ANN)
    assert read == []


def test_a_purge_that_was_killed_after_its_switch_can_be_done_again(
    running: Railway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        running.differing(compact=dies).purge(ANN, "cycle.md")
    assert "cycle.md" not in running.found("How long does the commissioning cycle take?")
    purged = running.train.purge(ANN, "cycle.md")
    assert purged.sentences > 0
    assert purged.remains == ()
    assert running.holding(CYCLE) == []
