"""What no snapshot that is kept holds any more is nowhere else either, and the log says so."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

from assistant.domain.errors import CorpusError
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.ingestion.catalogue import CatalogueEntry, read_catalogue
from assistant.operations.keeping import expired, remove_snapshots, snapshots_in
from assistant.operations.rooms import Rooms
from assistant.operations.traces import files_in, forms_of, found_in, sentences_of
from assistant.retrieval.lexical import TOKENS
from assistant.retrieval.snapshot import read_manifest

# Every file is read for each sentence, so of many documents few sentences each are looked for.
MOST_SENTENCES = 24
MOST_OF_ONE = 6
EXPIRED = "expired"


def expire(rooms: Rooms, actor: Actor) -> None:
    """Remove the snapshots that are not kept; prove of documents that go with them that they do.

    Answers that cite such a document lose their words; one that was only moved is not gone. What
    somebody still reads stays until the next reload, and its documents with it.
    """
    old = expired(rooms.snapshots, rooms.pointer.live(), rooms.keep)
    if not old:
        # What a refused or killed build left with the vectors goes all the same.
        remove_snapshots(rooms.snapshots, (), rooms.vectors)
        return
    # This process lets go of the old one when it opens the new one.
    rooms.live.searcher()
    gone = _not_moved(rooms, old, _only_in(rooms, old))
    sentences = _sentences(rooms, old, gone)
    # The snapshots go last: after a crash the next reload finds by them what to do.
    cited = rooms.turns.cited() if gone else frozenset()
    withdrawn = {d: rooms.turns.withdraw(d) for d in gone if d in cited}
    is_clear = not any(withdrawn.values()) or rooms.compact()
    held = remove_snapshots(rooms.snapshots, old, rooms.vectors)
    there = {document for name in held for document in _documents(rooms, name)}
    gone = [document for document in gone if document not in there]
    if not gone:
        return
    looked_for = _own(rooms, {d: sentences[d] for d in gone if d in sentences})
    files, remains = _looked(rooms, looked_for)
    for document in gone:
        left = [*remains.get(document, ()), *(() if is_clear else ("the database's files",))]
        detail = (
            f"{len(looked_for.get(document, ()))} of its sentences were looked for in {files} "
            f"files; {'it remains in ' + ', '.join(left) if left else 'none was found'}. "
            f"{withdrawn.get(document, 0)} answers were withdrawn."
        )
        outcome = "remains" if left else EXPIRED
        rooms.audit.write(
            AuditEntry(datetime.now(UTC), actor, Action.EXPIRE.value, document, outcome, detail)
        )


def _only_in(rooms: Rooms, old: Iterable[str]) -> list[str]:
    """Return the documents that no snapshot has but those."""
    going = set(old)
    documents = {name: _documents(rooms, name) for name in snapshots_in(rooms.snapshots)}
    kept = {d for name, held in documents.items() if name not in going for d in held}
    return sorted({d for name in going for d in documents[name]} - kept)


def _not_moved(rooms: Rooms, old: Iterable[str], gone: Sequence[str]) -> list[str]:
    """Leave out the documents whose bytes are live under another path."""
    if not gone:
        return []
    there = {entry.known.bytes_digest for entry in _catalogue(rooms, rooms.pointer.live()).values()}
    was: dict[str, set[str]] = {document: set() for document in gone}
    for name in old:
        catalogue = _catalogue(rooms, name)
        for document in was.keys() & catalogue.keys():
            was[document].add(catalogue[document].known.bytes_digest)
    return [d for d, digests in was.items() if not digests or not digests <= there - {""}]


def _catalogue(rooms: Rooms, name: str | None) -> Mapping[str, CatalogueEntry]:
    try:
        return read_catalogue(rooms.snapshots / name) if name is not None else {}
    except CorpusError:
        return {}


def _documents(rooms: Rooms, name: str) -> Mapping[str, str]:
    try:
        return read_manifest(rooms.snapshots / name).documents
    except CorpusError:
        # Another version made it, and nobody can read it.
        return {}


def _sentences(
    rooms: Rooms, old: Sequence[str], documents: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return the longest sentences of documents, from the newest snapshot that holds each."""
    share = max(1, min(MOST_OF_ONE, MOST_SENTENCES // max(1, len(documents))))
    found: dict[str, tuple[str, ...]] = {}
    for name in reversed(old):
        folder = rooms.snapshots / name
        missing = [d for d in documents if d not in found and d in _documents(rooms, name)]
        if missing:
            found |= {d: said[:share] for d, said in sentences_of(folder, missing).items()}
    return dict(islice(found.items(), MOST_SENTENCES))


def _own(rooms: Rooms, sentences: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Leave out what documents that are live have too."""
    stores = rooms.live.searcher().snapshot.lexical.values()
    return {
        document: tuple(s for s in said if not any(store.has_phrase(s) for store in stores))
        for document, said in sentences.items()
    }


def _looked(
    rooms: Rooms, looked_for: Mapping[str, tuple[str, ...]]
) -> tuple[int, dict[str, list[str]]]:
    """Look for sentences in every file that may hold words; return how many, and what was found."""
    whose = {f: d for d, sentences in looked_for.items() for s in sentences for f in forms_of(s)}
    remains: dict[str, list[str]] = {}
    files = [path for path in files_in(rooms.folder) if TOKENS not in path.parts]
    for path in files:
        for needle in found_in(path, whose.keys()):
            where = path.relative_to(rooms.folder).as_posix()
            remains.setdefault(whose[needle], []).append(where)
    return len(files), remains
