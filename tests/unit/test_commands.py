"""The commands that change the corpus, over real stores with an encoder that needs no weights."""

import gc
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from assistant import bootstrap
from assistant.cli import main
from assistant.domain.networks import Network, Openness, Peer, VerifiedAnswer
from assistant.domain.releases import Action, Actor, AuditEntry, Progress, Step
from assistant.ingestion.build import SnapshotBuilder
from assistant.operations.keeping import snapshots_in
from assistant.store.database import open_database
from assistant.store.networks.networks import Networks
from assistant.store.networks.verified_answers import VerifiedAnswers
from assistant.store.releases import Releases
from tests.fakes.hashing_encoder import HashingEncoder

CYCLE = "The commissioning cycle takes fourteen months from its first stage to its last review."
WHEN = {"by": str, "surface": str, "started_at": str}
RELOAD = WHEN | {
    "snapshot": str, "documents": int, "passages": int, "definitions": int, "embedded": int,
    "added": int, "changed": int, "removed": int, "unchanged": int, "refused": int,
    "failed": list, "seconds": float, "encoder_seconds": float, "outcome": str, "sentence": str,
    "findings": list, "gate": dict | None,
}  # fmt: skip
PREVIEW = {
    "added": int, "changed": int, "removed": int, "unchanged": int, "refused": int,
    "changes": list, "findings": list, "passages": int, "to_embed": int, "seconds": float,
    "live": str | None, "asks": list, "golden": list,
}  # fmt: skip
CHANGE = {
    "document": str, "kind": str, "passages": int, "to_embed": int, "audiences": list,
    "moved_from": list, "reason": str | None,
}  # fmt: skip
ROLL_BACK = WHEN | {
    "snapshot": str, "before": str, "seconds": float, "outcome": str, "sentence": str,
}  # fmt: skip
SNAPSHOT = {
    "snapshot": str, "created": str, "live": bool, "documents": int, "passages": int,
    "definitions": int, "release": dict,
}  # fmt: skip
PURGED = {
    "document": str, "sentences": int, "vectors": int, "files": int, "searches": int,
    "snapshots_removed": list, "answers_withdrawn": int, "remains": list, "tables": int,
}  # fmt: skip
AUDITED = {
    "at": str, "actor": dict, "action": str, "target": str, "outcome": str, "detail": str,
}  # fmt: skip
STATUS = {
    "snapshot": str, "counts": dict, "models": dict, "stores": dict, "last_ingest": dict,
    "running": dict | None, "last_reload": dict,
}  # fmt: skip
RUNNING = WHEN | {"action": str, "progress": dict | None}


class Exported(HashingEncoder):
    """The encoder that needs no weights, in the place of one that is loaded when it is needed."""

    def __init__(self, name: str, *_: object) -> None:
        super().__init__()
        self.name = name

    def export(self) -> None:
        """Have nothing to export."""


@pytest.fixture(autouse=True)
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two documents in a folder, and a data folder, both by setting."""
    monkeypatch.setattr(bootstrap, "LazyEncoder", Exported)
    monkeypatch.setattr(bootstrap, "load_question_encoder", Exported)
    monkeypatch.setenv("ASSISTANT_DATA_DIR", "data")
    folder = tmp_path / "here" / "corpus"
    write(folder / "cycle.md", CYCLE)
    write(folder / "deep/roles.md", "Commissioners own the outcomes that people need in the end.")
    return folder


@pytest.fixture
def live(corpus: Path) -> Path:
    """They are live."""
    assert run("ingest").exit_code == 0
    return corpus


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"---\ntitle: {file.stem.title()}\naudience: public\n---\n{text}\n")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    # A process that ends lets go of the snapshots that it read; here it is ours and goes on.
    gc.collect()
    return result


def said(*arguments: str, status: int = 0) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == status, result.output
    (line,) = result.stdout.splitlines()
    return json.loads(line)


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert line.endswith(".")
    return line


def assert_shape(fields: dict[str, Any], shape: dict[str, Any]) -> None:
    assert fields.keys() == shape.keys()
    for key, kind in shape.items():
        assert isinstance(fields[key], kind), (key, fields[key])


def edition(corpus: Path, number: int) -> str:
    write(corpus / "cycle.md", f"{CYCLE} This is edition {number} of the guidance on it.")
    return str(said("ingest")["snapshot"])


def files() -> dict[str, bytes]:
    """Return what is in the data folder, but for the database, which has the audit log."""
    return {
        str(path): path.read_bytes()
        for path in sorted(Path("data").rglob("*"))
        if path.is_file() and not path.name.startswith("assistant.sqlite3")
    }


def test_a_reload_says_what_it_did(corpus: Path) -> None:
    fields = said("ingest")
    assert_shape(fields, RELOAD)
    assert (fields["added"], fields["documents"], fields["outcome"]) == (2, 2, "live")
    again = said("ingest")
    assert_shape(again, RELOAD)
    assert (again["unchanged"], again["outcome"]) == (2, "nothing changed")
    assert "Nothing has changed" in run("ingest").stdout


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(live: Path) -> None:
    write(live / "cycle.md", f"{CYCLE} It then begins anew.")
    write(live / "new.md", "Libraries lend books, maps and tools to every resident.")
    (live / "deep/roles.md").unlink()
    before = files()
    fields = said("ingest", "--dry-run")
    assert_shape(fields, PREVIEW)
    for change in fields["changes"]:
        assert_shape(change, CHANGE)
    assert {c["document"]: c["kind"] for c in fields["changes"]} == {
        "cycle.md": "changed", "deep/roles.md": "removed", "new.md": "added"
    }  # fmt: skip
    shown = run("ingest", "--dry-run").stdout.splitlines()
    assert shown[0] == "changed   cycle.md (1 passage, 1 to embed; public)"
    assert shown[1] == "removed   deep/roles.md"
    assert shown[-1].startswith("1 added, 1 changed, 1 removed, 0 unchanged, 0 refused; 2 of 2")
    assert shown[-1].endswith("Nothing was written.")
    assert files() == before


def test_a_dry_run_before_the_first_ingest_makes_no_more_than_the_database(corpus: Path) -> None:
    fields = said("ingest", "--dry-run")
    assert (fields["live"], fields["added"]) == (None, 2)
    assert files() == {}
    assert {path.name.split("-")[0] for path in Path("data").iterdir()} == {"assistant.sqlite3"}


def test_a_dry_run_fails_where_the_reload_would(live: Path) -> None:
    (live / "film.mp4").write_bytes(b"moving")
    assert run("ingest", "--dry-run").exit_code == 1
    (live / "film.mp4").unlink()
    (live / "golden.yaml").write_text("questions:\n  - question: What?\n    documents: gone.md\n")
    assert "gone.md is expected" in run("ingest", "--dry-run").stdout
    assert run("ingest", "--dry-run").exit_code == 1
    (live / "golden.yaml").unlink()
    for number in range(10):
        write(live / f"part-{number}.md", f"{CYCLE} This is part {number} of it.")
    run("ingest")
    for number in range(10):
        (live / f"part-{number}.md").unlink()
    asked = run("ingest", "--dry-run")
    assert asked.exit_code == 1
    assert "Will be asked: " in asked.stdout
    assert run("ingest", "--dry-run", "--allow-shrink").exit_code == 0
    assert run("ingest").exit_code == 1
    assert run("ingest", "--allow-shrink").exit_code == 0


def test_what_the_gate_refuses_fails_and_says_what_to_do(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_MINIMUM_CONFIDENCE", "0")
    before = said("status")["snapshot"]
    (live / "golden.yaml").write_text(
        "questions:\n  - question: Who owns the outcomes that people need?\n"
        "    documents: deep/roles.md\n"
    )
    write(live / "deep/roles.md", "Lamps are lit at dusk, and streets are swept on Mondays.")
    result = run("ingest")
    assert result.exit_code == 1, result.stdout
    assert "Who owns the outcomes that people need?" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("What was live is live still.")
    fields = said("ingest", status=1)
    assert_shape(fields | {"snapshot": ""}, RELOAD)
    assert (fields["snapshot"], fields["outcome"]) == (None, "refused by the gate")
    assert said("status")["snapshot"] == before


def test_a_roll_back_says_where_it_went(live: Path) -> None:
    first = said("status")["snapshot"]
    second = edition(live, 2)
    fields = said("rollback")
    assert_shape(fields, ROLL_BACK)
    assert (fields["snapshot"], fields["before"]) == (first, second)
    assert f"Snapshot {second} is live again" in run("rollback", second).stdout
    assert refused("rollback", second) == f"Error: Snapshot {second} is live already."
    assert "`assistant snapshots` lists" in refused("rollback", "20200101T000000000")
    run("rollback")
    assert refused("rollback") == "Error: There is no older snapshot to go back to."
    assert "a roll back or a purge has made another snapshot live" in run("status").stdout


def test_the_snapshots_are_listed_the_newest_first(live: Path) -> None:
    first = said("status")["snapshot"]
    second = edition(live, 2)
    listed = said("snapshots")
    assert [entry["snapshot"] for entry in listed] == [second, first]
    for entry in listed:
        assert_shape(entry, SNAPSHOT)
        assert_shape(entry["release"], RELOAD)
    lines = run("snapshots").stdout.splitlines()
    assert lines[0] == f"{second}  live"
    assert lines[1].endswith("2 documents, 2 passages, 0 definitions")
    assert lines[2].endswith(
        "(command line), reload: 0 added, 1 changed, 0 removed; gate passed, no golden questions"
    )
    assert lines[3] == first


@pytest.mark.parametrize("command", [["snapshots"], ["status"]])
def test_before_the_first_ingest_there_is_nothing_to_list(command: list[str]) -> None:
    assert run(*command).stdout == "Nothing was ingested yet; run `assistant ingest` first.\n"
    assert run("audit").stdout == "Nothing was done yet.\n"


def test_a_purge_proves_that_the_document_is_gone(live: Path) -> None:
    fields = said("purge", "cycle.md")
    assert_shape(fields, PURGED)
    assert fields["remains"] == []
    assert min(fields["sentences"], fields["vectors"], fields["files"], fields["searches"]) > 0
    again = run("ingest")
    assert again.exit_code == 1
    assert "Left out: cycle.md: It was purged on" in again.stderr
    assert "was purged on" in refused("purge", "cycle.md")
    assert "may come back" in run("purge", "--allow-again", "cycle.md").stdout
    assert run("ingest").exit_code == 0
    assert "was not purged" in refused("purge", "--allow-again", "cycle.md")
    assert "No snapshot that is kept holds" in refused("purge", "nothing.md")
    assert run("purge", "cycle.md", "--allow-again", "--json").exit_code == 2


def test_a_purge_that_leaves_something_fails_and_names_it(live: Path) -> None:
    Path("data/forgotten\x1b.txt").write_text(CYCLE)
    result = run("purge", "cycle.md")
    assert result.exit_code == 1
    assert "is not wholly gone, it remains in forgotten\ufffd.txt" in result.stdout


def test_the_audit_log_says_who_did_what_and_how_it_ended(live: Path) -> None:
    run("ingest", "--dry-run")
    run("rollback", "20200101T000000000")
    run("purge", "cycle.md")
    entries = said("audit")
    for entry in entries:
        assert_shape(entry, AUDITED)
    assert [(e["action"], e["target"], e["outcome"]) for e in entries[:3]] == [
        ("purge", "cycle.md", "live"),
        ("roll back", "20200101T000000000", "failed"),
        ("preview", "", "done"),
    ]
    assert entries[0]["actor"]["surface"] == "command line"
    assert len(said("audit", "--last", "2")) == 2
    assert len(run("audit").stdout.splitlines()) == 4


def test_an_audit_log_that_was_changed_fails(live: Path) -> None:
    assert run("audit").exit_code == 0
    with closing(sqlite3.connect("data/assistant.sqlite3")) as database:
        named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_log'"
        for (trigger,) in database.execute(named).fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("UPDATE audit_log SET actor_id = 'somebody else'")
        database.commit()
    result = run("audit")
    assert result.exit_code == 1
    assert "The log was changed: Entry 1 was changed" in result.stderr


def test_the_status_says_what_is_live_and_how_the_last_reload_went(live: Path) -> None:
    (live / "copy.md").write_bytes((live / "cycle.md").read_bytes())
    (live / "film.mp4").write_bytes(b"moving")
    run("ingest")
    fields = said("status")
    assert_shape(fields, STATUS)
    assert fields["counts"] == {"documents": 3, "passages": 3, "definitions": 0, "failed": 1}
    assert_shape(fields["last_reload"], RELOAD)
    assert fields["last_reload"]["findings"][0]["kind"] == "duplicate"
    assert fields["running"] is None
    shown = run("status").stdout
    assert "Last reload 20" in shown
    assert "Note        copy.md and cycle.md hold the same words" in shown
    assert "Left out    film.mp4: " in shown
    assert "Under way" not in shown


def test_the_status_names_the_chroma_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_CHROMA_URL", "http://127.0.0.1:9")
    assert said("status")["stores"]["vectors"] == "Chroma at http://127.0.0.1:9"


@contextmanager
def somebody_at_it() -> Iterator[None]:
    """Stand for another process that reloads."""
    engine = open_database(Path("data"))
    releases = Releases(engine)
    with FileLock("data/ingest.lock"):
        begun = releases.begin(Action.RELOAD, Actor("U1ANN\x1b", "Slack"), None)
        releases.progress(begun.id, Progress(Step.EMBED, 30, 200, 75.0))
        yield
    engine.dispose()


def test_while_another_process_writes_it_is_told_who_it_is_and_how_far(live: Path) -> None:
    with somebody_at_it():
        for command in (["ingest"], ["rollback"], ["purge", "cycle.md"]):
            line = refused(*command)
            assert "U1ANN" in line
            assert "has been at it since" in line
            assert "\x1b" not in line
        fields = said("status")["running"]
        assert_shape(fields, RUNNING)
        assert fields["progress"] == {
            "step": "embedding passages", "done": 30, "total": 200, "seconds_left": 75.0
        }  # fmt: skip
        shown = run("status").stdout
        assert "embedding passages, 30 of 200, about 75 s left" in shown
        assert "\x1b" not in shown
        assert run("ingest", "--dry-run").exit_code == 0


def test_an_interrupted_ingest_ends_with_one_sentence_and_leaves_what_is_live(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = said("status")["snapshot"]
    write(live / "cycle.md", f"{CYCLE} It then begins anew.")

    def interrupts(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SnapshotBuilder, "build", interrupts)
        result = run("ingest")
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.strip() == "Interrupted; what is live was left as it is."
    assert said("status")["snapshot"] == before
    assert snapshots_in(Path("data/snapshots")) == [before]


@pytest.mark.parametrize("in_the_way", ["snapshots", "ingest.lock"])
def test_a_data_folder_that_cannot_be_written_is_one_sentence(in_the_way: str) -> None:
    Path("data").mkdir()
    if in_the_way == "snapshots":
        Path("data/snapshots").write_text("a file")
    else:
        Path("data/ingest.lock").mkdir()
    assert "could not be written" in refused("ingest")
    assert "Nothing was ingested yet" in refused("ask", "What?")


def test_a_term_is_defined_for_who_may_read_it(live: Path) -> None:
    (live / "terms.yaml").write_text(
        "title: Terms\naudience: network-north\ndefinitions:\n"
        "  - term: outcome\n    whose: The north\n    text: An outcome is a change that lasts.\n"
    )
    run("ingest")
    assert (
        "An outcome is a change that lasts"
        in run("define", "outcome", "--audience", "network-north").stdout
    )
    assert "An outcome is a change" not in run("define", "outcome").stdout
    assert said("define", "outcome")["status"].startswith("unanswerable")


def test_a_first_run_goes_by_the_train(corpus: Path) -> None:
    result = CliRunner().invoke(main, ["run"], input="How long does the cycle take?\n")
    assert "is live: 2 documents" in result.stdout
    assert [entry["action"] for entry in said("audit")] == ["reload"]


def test_networks_are_listed_with_what_they_know_and_what_waits(live: Path) -> None:
    assert (
        run("networks").stdout
        == "There is no peer network; they are made in Slack, with /network.\n"
    )
    engine = open_database(Path("data"))
    at = datetime(2026, 2, 3, tzinfo=UTC)
    entry = AuditEntry(at, Actor("U9", "Slack"), "verify a peer answer", "", "done")
    Networks(engine).create(Network("elm", "T1", "Elm \x1b[31m", "", Openness.OPEN, ("U9",)), entry)
    answer = VerifiedAnswer(
        0, "elm", "Was it paid before?", "A quarter of it was.", Peer("U1", None, "Northtown"),
        date(2026, 2, 3), "U9", at, date(2026, 3, 1), "network-elm",
    )  # fmt: skip
    VerifiedAnswers(engine).add(answer, entry)
    engine.dispose()
    lapsed = "verification lapsed on 1 March 2026 because its review date has passed"
    assert said("networks") == {
        "networks": [
            {
                "id": "elm",
                "name": "Elm \x1b[31m",
                "answers": 1,
                "definitions": 0,
                "lapsed": [["peers/elm/answer-1.md", lapsed]],
            }
        ],
        "waiting": ["peers/elm/answer-1.md"],
    }
    assert run("networks").stdout.splitlines() == [
        "Elm \N{REPLACEMENT CHARACTER}[31m (elm): 1 verified answer, 0 agreed definitions",
        f"  peers/elm/answer-1.md: {lapsed}",
        "Waits to be published: peers/elm/answer-1.md",
    ]
    run("ingest")
    assert said("networks")["waiting"] == []
