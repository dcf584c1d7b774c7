"""What every database must do for releases, the pointer, the audit log and purged files."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from assistant.domain.documents import FailedDocument
from assistant.domain.releases import (
    Action,
    Actor,
    AuditEntry,
    Finding,
    FindingKind,
    GateReport,
    Outcome,
    Progress,
    Release,
    Step,
)
from assistant.store.audit import LONGEST_DETAIL, LONGEST_FIELD, AuditLog
from assistant.store.database import Engine, transaction
from assistant.store.purged import PurgedDocuments
from assistant.store.releases import ENDED_EARLY, WENT_LIVE, ReleaseRow, Releases
from assistant.store.snapshots import SnapshotPointer
from assistant.telemetry import configure_logging
from tests.fakes.databases import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANN = Actor("U1", "Slack")
ANY_TEXT = st.text(max_size=40)


@pytest.fixture
def releases(engine: Engine) -> Releases:
    return Releases(engine)


@pytest.fixture
def pointer(engine: Engine) -> SnapshotPointer:
    return SnapshotPointer(engine)


@pytest.fixture
def log(engine: Engine) -> AuditLog:
    return AuditLog(engine)


def at_once(*calls: object) -> list[object]:
    """Return what each call returns when all begin at the same moment."""
    barrier = threading.Barrier(len(calls))
    returned: list[object] = []

    def run(call: object) -> None:
        barrier.wait()
        assert callable(call)
        returned.append(call())

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return returned


# The pointer


def test_nothing_is_live_before_the_first_switch(pointer: SnapshotPointer) -> None:
    assert pointer.live() is None
    assert not pointer.switch("b", expected="a")
    assert pointer.live() is None


def test_a_switch_from_the_live_snapshot_is_made(pointer: SnapshotPointer) -> None:
    assert pointer.switch("a", expected=None)
    assert pointer.switch("b", expected="a")
    assert pointer.live() == "b"


def test_a_writer_that_lost_its_lock_does_not_undo_anothers_switch(
    pointer: SnapshotPointer,
) -> None:
    assert pointer.switch("a", expected=None)
    assert pointer.switch("b", expected="a")
    assert not pointer.switch("c", expected="a")
    assert not pointer.switch("c", expected=None)
    assert pointer.live() == "b"


@pytest.mark.parametrize("before", [None, "a"])
def test_of_many_that_switch_at_once_one_does(pointer: SnapshotPointer, before: str | None) -> None:
    if before is not None:
        pointer.switch(before, expected=None)
    names = [f"s{n}" for n in range(6)]
    switched = at_once(*(lambda n=n: pointer.switch(n, expected=before) and n for n in names))
    assert [name for name in switched if name] == [pointer.live()]


# Releases


def test_a_release_that_runs_is_told_to_everybody(releases: Releases) -> None:
    begun = releases.begin(Action.RELOAD, ANN, "s1")
    progress = Progress(Step.EMBED, 40, 100, 2.5)
    assert releases.progress(begun.id, progress)
    running = releases.running()
    assert running == replace(begun, progress=progress)
    assert (running.actor, running.outcome, running.before) == (ANN, Outcome.RUNNING, "s1")
    assert releases.last() is None
    assert releases.recent() == (running,)


def test_a_release_that_ended_is_the_last_and_does_not_run(releases: Releases) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        begun = releases.begin(Action.RELOAD, ANN, None)
        releases.progress(begun.id, Progress(Step.READ, 1, 2))
        clock.shift(timedelta(seconds=7))
        ended = releases.end(replace(begun, outcome=Outcome.LIVE, snapshot="s1", sentence="Live."))
    assert (ended.ended_at, ended.seconds) == (NOW + timedelta(seconds=7), 7.0)
    assert (ended.outcome, ended.snapshot, ended.sentence) == (Outcome.LIVE, "s1", "Live.")
    assert ended.progress is None
    assert releases.running() is None
    assert releases.last() == ended
    assert releases.last(Action.PURGE) is None


def test_a_release_and_its_audit_entry_end_by_one_commit(
    releases: Releases, log: AuditLog, engine: Engine
) -> None:
    begun = releases.begin(Action.RELOAD, ANN, None)
    log.write(entry("s0"))
    with transaction(engine) as session:
        session.execute(text("CREATE UNIQUE INDEX no_second ON audit_log (surface)"))
    live = replace(begun, outcome=Outcome.LIVE)
    with pytest.raises(IntegrityError, match=r"no_second|audit_log\.surface"):
        releases.end(live, entry("s1"))
    assert releases.running() == begun
    with transaction(engine) as session:
        session.execute(text("DROP INDEX no_second"))
    assert releases.end(live, entry("s1")).outcome is Outcome.LIVE
    assert log.recent() == (entry("s1"), entry("s0"))


def test_a_release_cannot_end_by_running_on(releases: Releases) -> None:
    with pytest.raises(ValueError, match="another outcome"):
        releases.end(releases.begin(Action.RELOAD, ANN, None))


def test_the_last_reload_is_not_a_later_roll_back(releases: Releases) -> None:
    first = releases.end(
        replace(releases.begin(Action.RELOAD, ANN, None), outcome=Outcome.UNCHANGED)
    )
    releases.end(replace(releases.begin(Action.ROLL_BACK, ANN, None), outcome=Outcome.LIVE))
    assert releases.last() == first


def test_a_snapshots_release_is_the_one_that_made_it(releases: Releases) -> None:
    def run(action: Action, snapshot: str) -> Release:
        begun = releases.begin(action, ANN, None)
        return releases.end(replace(begun, outcome=Outcome.LIVE, snapshot=snapshot))

    made = run(Action.RELOAD, "s1")
    purged = run(Action.PURGE, "s2")
    run(Action.ROLL_BACK, "s1")
    run(Action.ROLL_BACK, "s0")
    unchanged = replace(releases.begin(Action.RELOAD, ANN, "s1"), snapshot="s1")
    releases.end(replace(unchanged, outcome=Outcome.UNCHANGED))
    assert releases.of(["s0", "s1", "s2", "s3"]) == {"s1": made, "s2": purged}
    assert releases.of([]) == {}


def test_a_list_of_snapshots_does_not_grow_with_the_reloads_that_found_nothing(
    releases: Releases,
) -> None:
    for _ in range(5):
        run = releases.begin(Action.RELOAD, ANN, "s1")
        releases.end(replace(run, outcome=Outcome.UNCHANGED, snapshot="s1"))
    loaded: list[ReleaseRow] = []

    def load(row: ReleaseRow, _: object) -> None:
        loaded.append(row)

    event.listen(ReleaseRow, "load", load)
    try:
        assert set(releases.of(["s1"])) == {"s1"}
    finally:
        event.remove(ReleaseRow, "load", load)
    assert len(loaded) == 1


def test_a_killed_release_is_ended_by_the_next_writer(releases: Releases) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        begun = releases.begin(Action.RELOAD, ANN, "s1")
        clock.shift(timedelta(seconds=5))
        releases.progress(begun.id, Progress(Step.EMBED, 1, 2))
        clock.shift(timedelta(hours=1))
        [killed] = releases.mark_killed()
    assert (killed.id, killed.outcome, killed.sentence) == (begun.id, Outcome.KILLED, ENDED_EARLY)
    assert (killed.ended_at, killed.seconds) == (NOW + timedelta(seconds=5), 5.0)
    assert releases.last() == killed
    assert releases.mark_killed() == ()


def test_a_killed_release_is_in_the_audit_log_once(releases: Releases, log: AuditLog) -> None:
    releases.begin(Action.RELOAD, ANN, "s1")
    with time_machine.travel(NOW, tick=False):
        releases.mark_killed()
        releases.mark_killed()
    assert log.recent() == (AuditEntry(NOW, ANN, "reload", "s1", "killed", ENDED_EARLY),)
    assert log.verify() == ()


@pytest.mark.parametrize("action", [Action.RELOAD, Action.ROLL_BACK])
def test_a_release_killed_after_its_switch_went_live(
    releases: Releases, pointer: SnapshotPointer, action: Action
) -> None:
    pointer.switch("s1", expected=None)
    begun = releases.begin(action, ANN, "s1")
    gate = GateReport(golden=3, passed=3)
    assert releases.note(replace(begun, snapshot="s2", counts={"added": 4}, gate=gate))
    pointer.switch("s2", expected="s1")
    [marked] = releases.mark_killed()
    assert (marked.outcome, marked.sentence) == (Outcome.LIVE, WENT_LIVE)
    assert (marked.snapshot, marked.counts, marked.gate) == ("s2", {"added": 4}, gate)


def test_a_release_killed_before_its_switch_did_not_go_live(
    releases: Releases, pointer: SnapshotPointer
) -> None:
    pointer.switch("s1", expected=None)
    begun = releases.begin(Action.RELOAD, ANN, "s1")
    releases.note(replace(begun, snapshot="s2"))
    [marked] = releases.mark_killed()
    assert marked.outcome is Outcome.KILLED


def test_a_purge_killed_after_its_switch_is_not_done(
    releases: Releases, pointer: SnapshotPointer
) -> None:
    pointer.switch("s2", expected=None)
    releases.note(replace(releases.begin(Action.PURGE, ANN, "s1"), snapshot="s2"))
    [marked] = releases.mark_killed()
    assert marked.outcome is Outcome.KILLED


def test_a_release_without_a_snapshot_is_not_live_where_nothing_is(releases: Releases) -> None:
    releases.begin(Action.RELOAD, ANN, None)
    [marked] = releases.mark_killed()
    assert marked.outcome is Outcome.KILLED


def test_a_writer_that_was_marked_killed_learns_it_and_changes_nothing(
    releases: Releases, log: AuditLog
) -> None:
    begun = releases.begin(Action.RELOAD, ANN, None)
    [killed] = releases.mark_killed()
    assert not releases.progress(begun.id, Progress(Step.GATE, 1, 1))
    assert not releases.note(replace(begun, snapshot="late"))
    late = replace(begun, outcome=Outcome.LIVE, snapshot="late")
    assert releases.end(late, entry("late")) == killed
    assert releases.last() == killed
    assert [e.outcome for e in log.recent()] == ["killed"], "what did not happen is not written"


def test_a_release_of_a_process_that_is_gone_does_not_run(
    releases: Releases, engine: Engine
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    releases.begin(Action.RELOAD, ANN, None)
    assert releases.running() is not None
    with transaction(engine) as session:
        session.execute(text("UPDATE releases SET pid = :pid"), {"pid": ended.pid})
    assert releases.running() is None


def test_a_release_on_another_machine_is_taken_at_its_word(
    releases: Releases, engine: Engine
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    releases.begin(Action.RELOAD, ANN, None)
    with transaction(engine) as session:
        elsewhere = text("UPDATE releases SET pid = :pid, host = 'elsewhere'")
        session.execute(elsewhere, {"pid": ended.pid})
    assert releases.running() is not None


FAILED = st.builds(FailedDocument, ANY_TEXT, ANY_TEXT)
FINDINGS = st.builds(
    Finding, st.sampled_from(FindingKind), st.lists(ANY_TEXT, max_size=3).map(tuple), ANY_TEXT
)
SENTENCES = st.lists(ANY_TEXT, max_size=3).map(tuple)
COUNTS = st.integers(0, 10**9)
GATES = st.builds(GateReport, SENTENCES, SENTENCES, COUNTS, COUNTS, COUNTS)
PROGRESS = st.builds(Progress, st.sampled_from(Step), COUNTS, COUNTS, st.none() | st.floats(0, 1e6))
STORED = ANY_TEXT.filter(lambda said: "\0" not in said)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    action=st.sampled_from(Action),
    actor=st.builds(Actor, STORED, STORED),
    progress=PROGRESS,
    known=st.fixed_dictionaries(
        {
            "outcome": st.sampled_from([o for o in Outcome if o is not Outcome.RUNNING]),
            "snapshot": st.none() | st.from_regex(r"\A[0-9T]{1,18}\Z"),
            "counts": st.dictionaries(ANY_TEXT, COUNTS, max_size=4),
            "failed": st.lists(FAILED, max_size=3).map(tuple),
            "findings": st.lists(FINDINGS, max_size=3).map(tuple),
            "gate": st.none() | GATES,
            "seconds": st.floats(0.001, 1e6),
            "encoder_seconds": st.floats(0, 1e6),
            "sentence": STORED,
        }
    ),
)
def test_a_release_comes_out_as_it_went_in(
    releases: Releases,
    action: Action,
    actor: Actor,
    progress: Progress,
    known: dict[str, object],
) -> None:
    begun = releases.begin(action, actor, "before")
    assert releases.progress(begun.id, progress)
    assert releases.running() == replace(begun, progress=progress)
    wanted = replace(begun, **known)
    assert releases.note(wanted)
    ended = releases.end(wanted)
    assert replace(ended, ended_at=None) == wanted
    assert releases.recent(1) == (ended,)


def test_names_that_are_not_utf_8_are_kept_readable(releases: Releases) -> None:
    odd = os.fsdecode(b"caf\xe9.md")
    begun = releases.begin(Action.PURGE, Actor(odd, "command line"), None)
    failed = (FailedDocument(odd, f"{odd} cannot be read."),)
    said = f"{odd} is gone.\0"
    ended = releases.end(replace(begun, outcome=Outcome.FAILED, failed=failed, sentence=said))
    assert ended.actor.id == "caf\\udce9.md"
    assert ended.sentence == "caf\\udce9.md is gone.\\x00"
    assert ended.failed == failed


def test_the_throughput_is_not_known_before_anything_was_embedded(releases: Releases) -> None:
    assert releases.throughput() is None
    begun = releases.begin(Action.RELOAD, ANN, None)
    nothing = replace(begun, outcome=Outcome.UNCHANGED, counts={"embedded": 0}, encoder_seconds=1.0)
    releases.end(nothing)
    assert releases.throughput() is None


def test_the_throughput_is_that_of_the_large_reloads(releases: Releases) -> None:
    for embedded, seconds in ((1000, 10.0), (2000, 20.0), (3000, 30.0), *((2, 2.0),) * 8):
        begun = releases.begin(Action.RELOAD, ANN, None)
        known = {"counts": {"embedded": embedded}, "encoder_seconds": seconds}
        releases.end(replace(begun, outcome=Outcome.LIVE, **known))
    assert releases.throughput() == pytest.approx(100.0)


# The audit log


def entry(target: str = "guidance/a.md", detail: str = "") -> AuditEntry:
    return AuditEntry(NOW, ANN, Action.PURGE, target, "done", detail)


def written(engine: Engine, column: str) -> list[object]:
    with transaction(engine) as session:
        return list(session.scalars(text(f"SELECT {column} FROM audit_log ORDER BY id")))  # noqa: S608


def test_entries_come_out_the_newest_first(log: AuditLog) -> None:
    entries = [entry(f"{n}.md") for n in range(5)]
    for one in entries:
        log.write(one)
    assert log.recent(3) == tuple(entries[:1:-1])
    assert log.verify() == ()


def test_the_moment_of_an_entry_is_the_same_in_whichever_zone_it_was_written(log: AuditLog) -> None:
    summer = replace(entry(), at=NOW.astimezone(timezone(timedelta(hours=1))))
    log.write(summer)
    assert log.recent(1)[0].at == NOW
    assert log.verify() == ()


FORGED = "at, 'U2', surface, action, target, outcome, detail"
REFUSED = (
    "UPDATE audit_log SET outcome = 'undone' WHERE id = 1",
    "DELETE FROM audit_log",
    "DELETE FROM audit_log WHERE id = 2",
    f"INSERT INTO audit_log SELECT 9, {FORGED}, digest, digest FROM audit_log WHERE id = 2",  # noqa: S608
)
REFUSED_BY = {
    "sqlite": (
        f"REPLACE INTO audit_log SELECT id, {FORGED}, previous, digest FROM audit_log WHERE id = 1",  # noqa: S608
        f"REPLACE INTO audit_log SELECT 3, {FORGED}, previous, digest FROM audit_log WHERE id = 1",  # noqa: S608
    ),
    "postgresql": (
        (
            f"INSERT INTO audit_log SELECT 3, {FORGED}, digest, digest FROM audit_log WHERE id = 1"  # noqa: S608
            " ON CONFLICT (previous) DO UPDATE SET actor_id = 'U2'"
        ),
        "TRUNCATE audit_log",
    ),
}


def test_the_database_refuses_to_change_or_delete_an_entry(log: AuditLog, engine: Engine) -> None:
    log.write(entry("1.md"))
    log.write(entry("2.md"))
    for statement in (*REFUSED, *REFUSED_BY[engine.dialect.name]):
        with pytest.raises(IntegrityError, match="only added to"), engine.begin() as connection:
            connection.exec_driver_sql(statement)
    assert [e.target for e in log.recent()] == ["2.md", "1.md"]
    assert log.verify() == ()


def without_triggers(engine: Engine, statement: str, **values: str) -> None:
    """Do what the triggers of the audit log would refuse, as who owns the database can."""
    if engine.dialect.name == "postgresql":
        drops = ["ALTER TABLE audit_log DISABLE TRIGGER USER"]
    else:
        triggers = ("not_changed", "not_deleted", "only_added_to")
        drops = [f"DROP TRIGGER audit_log_is_{trigger}" for trigger in triggers]
    with transaction(engine) as session:
        for drop in drops:
            session.execute(text(drop))
        session.execute(text(statement), values)


@pytest.mark.parametrize(
    ("forgery", "told"),
    [
        (
            "UPDATE audit_log SET actor_id = 'U2' WHERE id = 2",
            [(2, "Entry 2 was changed after it was written.")],
        ),
        (
            "DELETE FROM audit_log WHERE id = 1",
            [(2, "Between entries 0 and 2 entries are missing.")],
        ),
        (
            "DELETE FROM audit_log WHERE id IN (2, 3)",
            [(4, "Between entries 1 and 4 entries are missing.")],
        ),
        (
            "UPDATE audit_log SET digest = previous WHERE id = 3",
            [
                (3, "Entry 3 was changed after it was written."),
                (4, "Entry 4 does not follow the entry before it."),
            ],
        ),
    ],
)
def test_what_somebody_changes_behind_our_back_is_told(
    log: AuditLog, engine: Engine, forgery: str, told: list[tuple[int, str]]
) -> None:
    for number in range(1, 5):
        log.write(entry(f"{number}.md"))
    without_triggers(engine, forgery)
    assert [(b.number, b.sentence) for b in log.verify()] == told


@pytest.mark.parametrize(
    "column", ["at", "actor_id", "surface", "action", "target", "outcome", "detail"]
)
def test_the_digest_is_over_every_field(log: AuditLog, engine: Engine, column: str) -> None:
    log.write(entry())
    other = "2026-03-02 09:00:00.000001" if column == "at" else "other"
    without_triggers(engine, f"UPDATE audit_log SET {column} = :other", other=other)  # noqa: S608
    assert [b.number for b in log.verify()] == [1]


def test_writers_at_the_same_moment_keep_the_chain_whole(log: AuditLog) -> None:
    at_once(*(lambda w=w: [log.write(entry(f"{w}-{n}.md")) for n in range(8)] for w in range(5)))
    assert len(log.recent(100)) == 40
    assert log.verify() == ()


def test_processes_at_the_same_moment_keep_the_chain_whole(
    log: AuditLog, database: Database
) -> None:
    code = (
        "import pathlib, sys\n"
        "from datetime import UTC, datetime\n"
        "from assistant.domain.releases import Actor, AuditEntry\n"
        "from assistant.store.audit import AuditLog\n"
        "from assistant.store.database import open_database\n"
        "folder, *url = sys.argv[1:]\n"
        "log = AuditLog(open_database(pathlib.Path(folder), *url))\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "for n in range(10):\n"
        "    log.write(AuditEntry(datetime.now(UTC), Actor('U'), 'reload', str(n), 'live'))\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, *database.arguments],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [(p.communicate(timeout=60)[1], p.returncode) for p in processes] == [("", 0)] * 3
    assert len(log.recent(100)) == 30
    assert log.verify() == ()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("two\nlines\r\nand\ta tab", "two lines and a tab"),
        ("a\u2028new\u2029line\x85and\x0bmore", "a new line and more"),
        ("nul \0 and esc \x1b[31mred", "nul and esc [31mred"),
        ("right \u202eto left", "right \ufffdto left"),
        (os.fsdecode(b"caf\xe9.md"), "caf\ufffd.md"),
        ("token xoxb-1234567890-abcdef given", "token [left out] given"),
        ("xapp-1-A012-345-abc", "[left out]"),
        ("key sk-proj-abcdefghijklmnop1234", "key [left out]"),
        ("https://ann:s3cret@example.org/x", "https://[left out]@example.org/x"),
        ("guidance/risk-assessment-for-commissioners.md", None),
        ("Gesch\u00e4ftsordnung 2026.pdf", None),
    ],
)
def test_an_entry_is_one_line_without_what_is_unseen_or_secret(
    log: AuditLog, said: str, kept: str | None
) -> None:
    log.write(AuditEntry(NOW, Actor(said, said), said, said, said, said))
    expected = said if kept is None else kept
    [found] = log.recent()
    assert found == AuditEntry(NOW, Actor(expected, expected), *(expected,) * 4)
    assert log.verify() == ()


def test_an_entry_is_of_bounded_length(log: AuditLog) -> None:
    log.write(entry("x" * 10**6, "y" * 10**6))
    [found] = log.recent()
    assert (len(found.target), len(found.detail)) == (LONGEST_FIELD, LONGEST_DETAIL)
    assert found.target.endswith("x\u2026")
    assert log.verify() == ()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.builds(
            AuditEntry,
            st.datetimes(timezones=st.just(UTC)),
            *(st.builds(Actor, st.text(), st.text()), *(st.text(),) * 4),
        ),
        max_size=3,
    )
)
def test_whatever_is_written_the_chain_holds(log: AuditLog, entries: list[AuditEntry]) -> None:
    for one in entries:
        log.write(one)
    assert log.verify() == ()
    found = log.recent(len(entries))
    assert [e.at for e in found] == [e.at for e in reversed(entries)]
    for e in found:
        assert all(len(t.splitlines()) <= 1 for t in (e.actor.id, e.action, e.target, e.detail))


def test_the_log_event_has_the_entrys_digest_and_nothing_of_its_words(
    log: AuditLog, engine: Engine
) -> None:
    configure_logging("INFO")
    with capture_logs() as events:
        log.write(entry())
    [digest] = written(engine, "digest")
    assert events == [
        {"event": "audit_entry_written", "entry": 1, "digest": digest, "log_level": "info"}
    ]


# What was purged


def test_a_purged_file_is_known_by_its_bytes(engine: Engine) -> None:
    purged = PurgedDocuments(engine)
    with time_machine.travel(NOW, tick=False):
        purged.add("guidance/a.md", "d1", ANN)
        purged.add("guidance/a.md", "d2", ANN)
        purged.add("guidance/b.md", "d3", ANN)
    found = purged.digests()
    assert set(found) == {"d1", "d2", "d3"}
    one = found["d2"]
    assert (one.document, one.digest, one.purged_at, one.actor) == ("guidance/a.md", "d2", NOW, ANN)


def test_a_purged_document_that_is_allowed_again_may_come_back(engine: Engine) -> None:
    purged = PurgedDocuments(engine)
    for document, digest in (("a.md", "d1"), ("a.md", "d2"), ("b.md", "d3")):
        purged.add(document, digest, ANN)
    assert purged.allow("a.md") == 2
    assert set(purged.digests()) == {"d3"}
    assert purged.allow("a.md") == 0


def test_a_file_that_is_purged_again_is_purged_once(engine: Engine) -> None:
    purged = PurgedDocuments(engine)
    purged.add("a.md", "d1", ANN)
    purged.add("copy of a.md", "d1", ANN)
    [found] = purged.digests().values()
    assert found.document == "copy of a.md"


def test_a_purged_name_that_is_not_utf_8_can_be_allowed(engine: Engine) -> None:
    odd = os.fsdecode(b"caf\xe9.md")
    purged = PurgedDocuments(engine)
    purged.add(odd, "d1", ANN)
    assert purged.allow(odd) == 1
