"""What networks verified and agreed, taken into the corpus and nothing else with it."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from assistant.domain.documents import FailedDocument, KnownRefusal, ReadCorpus
from assistant.domain.errors import AssistantError, CorpusError
from assistant.domain.networks import PEERS
from assistant.ingestion.catalogue import read_catalogue
from assistant.ingestion.files import CorpusFolder, PeerFiles
from assistant.ingestion.plan import Plan
from assistant.ingestion.reader import Before, bounded, read_corpus
from assistant.operations.gating import golden_of
from assistant.operations.golden import GoldenQuestion
from assistant.operations.rooms import Rooms
from assistant.retrieval.snapshot import read_manifest

_UNDER = f"{PEERS}/"


def unpublished(rooms: Rooms) -> Sequence[str]:
    """Return the documents of networks that the live snapshot holds otherwise than they are now.

    What it could not read, or was purged, counts as held: to publish it again changes nothing.
    """
    live = rooms.pointer.live()
    files, purged = PeerFiles(rooms.peers()), rooms.purged.digests()
    sources = [files.source(path, rooms.default_audience) for path in files.paths]
    wanted = {s.path: s.digest for s in sources if s.bytes_digest not in purged}
    documents, refusals = _held(rooms.snapshots / live) if live is not None else ({}, {})
    waiting = [
        path
        for path, digest in wanted.items()
        if documents.get(path) != digest and refusals.get(path) != bounded(digest, rooms.bounds)
    ]
    return sorted((*waiting, *(documents.keys() - wanted.keys())))


def _held(folder: Path) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the digests of what a snapshot holds of networks, and of what it could not read."""
    try:
        manifest = read_manifest(folder)
    except CorpusError:
        # Another one went live meanwhile, or it cannot be read; publishing says so.
        return {}, {}
    held = {p: digest for p, digest in manifest.documents.items() if p.startswith(_UNDER)}
    return held, manifest.refusals


def plan_of_peers(rooms: Rooms, before: Before) -> Plan:
    """Plan the live snapshot with what networks know now, all else in it as it is.

    Raises CorpusError when the live snapshot cannot be built upon.
    """
    live, files = rooms.pointer.live(), PeerFiles(rooms.peers())
    with rooms.reading() as read:
        peers = read_corpus(
            files,
            default_audience=rooms.default_audience,
            before=before,
            read=read,
        )
    guidance = _guidance(rooms, live, files.paths)
    plan = rooms.builder.plan(
        ReadCorpus(
            peers.documents,
            peers.definition_files,
            (*guidance.failed, *peers.failed),
            (*guidance.known, *peers.known),
            {**guidance.refusals, **peers.refusals},
        ),
        live,
    )
    if live is not None and plan.base is None:
        # Else everything but what networks know would be gone.
        raise CorpusError(
            f"The snapshot {live} cannot be built upon; ingest, which takes in what networks know."
        )
    return plan


def golden_for_peers(rooms: Rooms) -> tuple[GoldenQuestion, ...]:
    """Return the golden questions: none where an administrator is just writing them."""
    try:
        return golden_of(CorpusFolder(rooms.corpus_folder))
    except AssistantError:
        return ()


def _guidance(rooms: Rooms, live: str | None, own: Collection[str]) -> ReadCorpus:
    """Return what the live snapshot holds, and what it could not read, but for what is `own`."""
    if live is None:
        return ReadCorpus()
    folder = rooms.snapshots / live
    manifest = read_manifest(folder)
    # A file of the folder that may not lie there was never read, so there is no refusal of it.
    failed = {
        path: reason
        for path, reason in manifest.failed.items()
        if not path.startswith(_UNDER) or (path not in manifest.refusals and path not in own)
    }
    return ReadCorpus(
        failed=tuple(FailedDocument(path, reason) for path, reason in failed.items()),
        known=tuple(
            entry.known
            for path, entry in read_catalogue(folder).items()
            if not path.startswith(_UNDER)
        ),
        refusals={
            path: KnownRefusal(manifest.refusals[path], reason)
            for path, reason in failed.items()
            if path in manifest.refusals
        },
    )
