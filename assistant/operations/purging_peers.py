"""What networks know of a document that is purged: it goes with it."""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from assistant.domain.errors import CorpusError
from assistant.domain.networks import PEERS
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.operations.rooms import Rooms
from assistant.retrieval.lexical import LexicalStore
from assistant.retrieval.snapshot import audience_file, read_manifest
from assistant.store.quoting import Quotes

_OWN = re.compile(rf"{PEERS}/[^/]+/(answer|definition)-(\d+)\.\w+")


def peers_with(
    rooms: Rooms, snapshots: Collection[str], document: str, sentences: Sequence[str]
) -> frozenset[str]:
    """Return the documents of networks that cite a document, or hold a sentence of it anywhere."""
    quotes = Quotes(sentences)
    citing = {answer.document for answer in rooms.verified.quoting(document, ())}
    return frozenset(citing).union(
        path
        for name in snapshots
        for path, text in _texts(rooms.snapshots / name)
        if path != document and quotes.are_in(text)
    )


def erase_from_peers(rooms: Rooms, actor: Actor, document: str, sentences: Sequence[str]) -> int:
    """Take the words out of what networks verified and agreed; return how many lost theirs.

    Those cite the document, hold one of `sentences`, or are what the document was made of.
    """
    entry = AuditEntry(datetime.now(UTC), actor, Action.PURGE.value, "", "erased", document)
    lost = len(rooms.verified.withdraw_quoting(document, sentences, entry))
    own = _OWN.fullmatch(document)
    number = int(own[2]) if own is not None else 0
    agreed = rooms.proposals.find(number) if own is not None and own[1] == "definition" else None
    of_its_own = [agreed.text] if agreed is not None else []
    lost += rooms.proposals.withdraw_quoting([*sentences, *of_its_own])
    if own is not None and own[1] == "answer":
        lost += rooms.verified.erase(number, entry)
    return lost


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each passage of networks in a snapshot that can be read, with its document."""
    try:
        manifest = read_manifest(folder)
    except CorpusError:
        return
    peers = [path for path in manifest.documents if path.startswith(f"{PEERS}/")]
    for audience in manifest.audiences if peers else ():
        path = audience_file(folder, audience)
        with closing(LexicalStore(path, manifest.dimensions)) as store:
            for stored in store.stored(sorted(store.ids_of(peers))).values():
                passage = stored.passage
                yield passage.document, f"{passage.metadata.title}\n{passage.text}"
