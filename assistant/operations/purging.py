"""Deleted means deleted: a document taken out of everything that is kept, and the proof."""

import time
from dataclasses import replace
from pathlib import Path

from assistant.domain.documents import FailedDocument, KnownRefusal, ReadCorpus
from assistant.domain.errors import CorpusError
from assistant.domain.releases import Action, Actor, Outcome, Purged
from assistant.ingestion.catalogue import read_catalogue
from assistant.operations.keeping import remove_snapshots, snapshots_in
from assistant.operations.offers import take_back
from assistant.operations.purging_peers import erase_from_peers, peers_with
from assistant.operations.rooms import Rooms
from assistant.operations.traces import (
    Traces,
    files_in,
    forms_of,
    found_in,
    longest,
    traces_of,
    without,
)
from assistant.operations.writing import Writing, writing
from assistant.retrieval.snapshot import read_manifest

# Other processes let go of a snapshot a second or two after the switch.
SECONDS_TO_LET_GO = 15.0
SEARCHES = 10
OTHERS_HAVE_THEM = "other documents, which have all of its sentences"


def purge(rooms: Rooms, actor: Actor, document: str) -> Purged:
    """Take a document out of the live snapshot, delete the others that hold it, and look.

    The same bytes are refused by later reloads. Answers that quoted it lose their words, and so
    does what networks verified and agreed of it. Raises CorpusError when no kept snapshot holds it,
    or when it is the only document.
    """
    with writing(rooms, Action.PURGE, actor, target=document) as run:
        names = snapshots_in(rooms.snapshots)
        holding = [n for n in names if document in _documents(rooms.snapshots / n)]
        if not holding:
            raise CorpusError(_not_held(rooms, document))
        traces = traces_of([rooms.snapshots / n for n in holding], document, rooms.vectors)
        digests = {_bytes_digest(rooms.snapshots / name, document) for name in holding}
        going = {document, *peers_with(rooms, names, document, traces.sentences)}
        _refuse_twins(rooms, run.release.before, document, digests)
        _refuse_the_only_one(rooms, run.release.before, document, going)
        holding = [n for n in names if going & _documents(rooms.snapshots / n)]
        # Before the switch: after a crash no reload may bring it back.
        for digest in digests - {""}:
            rooms.purged.add(document, digest, actor)
        if run.release.before in holding:
            _take_out(rooms, run, going)
        own = without(traces, list(rooms.live.searcher().snapshot.lexical.values()))
        # Each file is read for each trace, so no more are looked for than the proof needs.
        there = _found_anywhere(rooms, set(longest(own).needles()))
        take_back(rooms, document)
        # The snapshots go last: whoever purges again after a crash needs what they know of it.
        withdrawn = _withdrawn(rooms, actor, document, own)
        compacted = rooms.compact()
        held = _remove(rooms, holding)
        purged = _proof(rooms, document, own, there)
        shared = (OTHERS_HAVE_THEM,) if traces.sentences and not own.sentences else ()
        purged = replace(
            purged,
            snapshots_removed=tuple(n for n in holding if n not in held),
            answers_withdrawn=withdrawn,
            remains=(*purged.remains, *shared, *_left(held, compacted=compacted)),
        )
        run.release = replace(run.release, outcome=Outcome.LIVE, sentence=said(purged))
    return purged


def refuse_purged(rooms: Rooms, snapshot: str) -> None:
    """Raise CorpusError when a snapshot, which somebody read then, holds what was purged since."""
    purged = rooms.purged.digests()
    entries = read_catalogue(rooms.snapshots / snapshot) if purged else {}
    for path, entry in entries.items():
        if entry.known.bytes_digest in purged:
            raise CorpusError(
                f"Snapshot {snapshot} still holds {path}, which was purged; purge {path} again, "
                "which removes the snapshot too."
            )


def said(purged: Purged) -> str:
    """Say what was looked for and what was found, as the audit log keeps it."""
    files = f"{purged.files} files, " + (f"{purged.tables} tables" if purged.tables else "")
    looked = (
        f"{purged.document}: {purged.sentences} of its sentences and {purged.vectors} of its "
        f"vectors were looked for in {files.removesuffix(', ')} and {purged.searches} searches; "
    )
    gone = (
        f"{len(purged.snapshots_removed)} snapshots were removed and {purged.answers_withdrawn} "
        "answers withdrawn."
    )
    if purged.remains:
        return f"{looked}it remains in {', '.join(purged.remains)}. {gone}"
    return f"{looked}nothing of it was found. {gone}"


def _documents(folder: Path) -> frozenset[str]:
    try:
        return frozenset(read_manifest(folder).documents)
    except CorpusError:
        return frozenset()


def _not_held(rooms: Rooms, document: str) -> str:
    before = [p for p in rooms.purged.digests().values() if p.document == document]
    if before:
        day = before[-1].purged_at.astimezone().strftime("%d %B %Y")
        return f"{document} was purged on {day}, and no snapshot holds it any more."
    return f"No snapshot that is kept holds {document}; `assistant status` shows what is live."


def _refuse_twins(rooms: Rooms, live: str | None, document: str, digests: set[str]) -> None:
    """Refuse what would keep out another document that is live, being the same file."""
    entries = read_catalogue(rooms.snapshots / live) if live is not None else {}
    for path, entry in entries.items():
        if path != document and entry.known.bytes_digest in digests - {""}:
            raise CorpusError(
                f"{path} is the same file as {document}, so the words would stay; take one of them "
                "out of the folder and ingest, or take out both and then purge each."
            )


def _bytes_digest(folder: Path, document: str) -> str:
    return read_catalogue(folder)[document].known.bytes_digest


def _withdrawn(rooms: Rooms, actor: Actor, document: str, own: Traces) -> int:
    """Take a document's own words out of what was said and verified; count what lost them."""
    said = rooms.turns.withdraw(document, own.sentences)
    return said + erase_from_peers(rooms, actor, document, own.sentences)


def _refuse_the_only_one(rooms: Rooms, live: str | None, document: str, going: set[str]) -> None:
    there = _documents(rooms.snapshots / live) if live is not None else frozenset()
    if document in there and there <= going:
        raise CorpusError(f"{document} is the only document; ingest another one first.")


def _take_out(rooms: Rooms, run: Writing, documents: set[str]) -> None:
    """Switch to a snapshot that is the live one without the documents."""
    live = str(run.release.before)
    folder = rooms.snapshots / live
    known = {p: e.known for p, e in read_catalogue(folder).items() if p not in documents}
    manifest = read_manifest(folder)
    failed = tuple(FailedDocument(*pair) for pair in manifest.failed.items())
    refusals = {
        path: KnownRefusal(digest, manifest.failed[path])
        for path, digest in manifest.refusals.items()
    }
    corpus = ReadCorpus(failed=failed, known=tuple(known.values()), refusals=refusals)
    plan = rooms.builder.plan(corpus, live)
    built = rooms.builder.build(plan, rebuild=True)
    run.note(snapshot=built.manifest.snapshot, counts=plan.counts())
    rooms.builder.adopt(built.folder)
    run.switch(built.manifest.snapshot)


def _remove(rooms: Rooms, names: list[str]) -> list[str]:
    """Delete snapshots, once nobody reads them; return those that somebody still does."""
    # This process lets go of the old one when it opens the new one.
    rooms.live.searcher()
    until = time.monotonic() + SECONDS_TO_LET_GO
    while held := remove_snapshots(rooms.snapshots, names, rooms.vectors):
        if time.monotonic() > until:
            return held
        time.sleep(0.2)
    return []


def _proof(rooms: Rooms, document: str, own: Traces, there: set[bytes]) -> Purged:
    """Look for what was there before: only that shows that looking would find it."""
    searcher = rooms.live.searcher()
    snapshot = searcher.snapshot
    looked_for = longest(own)
    needles = there & set(looked_for.needles())
    remains, files = [], 0
    for path in files_in(rooms.folder):
        files += 1
        if found_in(path, needles):
            remains.append(path.relative_to(rooms.folder).as_posix())
    tables = rooms.found_in_tables(needles)
    remains.extend(f"{name} in the database" for name, held in tables.items() if held)
    audiences = snapshot.manifest.audiences
    asked = looked_for.sentences[:SEARCHES]
    found = {f.passage.document for s in asked for f in searcher.search(s, audiences).found}
    vectors = [a for a in audiences if snapshot.vectors.vectors(a, sorted(own.ids))]
    if document in found or vectors:
        remains.append("the search")
    return Purged(
        document,
        sentences=sum(any(f in there for f in forms_of(s)) for s in looked_for.sentences),
        vectors=len(needles & set(looked_for.vectors)),
        files=files,
        tables=len(tables),
        searches=len(asked),
        remains=tuple(remains),
    )


def _found_anywhere(rooms: Rooms, needles: set[bytes]) -> set[bytes]:
    in_files = {needle for path in files_in(rooms.folder) for needle in found_in(path, needles)}
    return in_files.union(*rooms.found_in_tables(needles).values())


def _left(held: list[str], *, compacted: bool) -> tuple[str, ...]:
    left = tuple(f"snapshot {name}, which a process still reads" for name in held)
    return left if compacted else (*left, "the database's files, which are in use")
