"""What a document leaves behind: its sentences and vectors, looked for in every file."""

import json
import mmap
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from assistant.retrieval.lexical import LexicalStore
from assistant.retrieval.snapshot import audience_file, read_manifest
from assistant.retrieval.vectors import Vectors

# Shorter ones may stand anywhere.
SHORTEST_SENTENCE = 30
MOST_LOOKED_FOR = 24
VECTOR_BYTES = 32


@dataclass(frozen=True, slots=True)
class Traces:
    """What a document is known by: its sentences, its passages' ids, and bytes of its vectors.

    `vectors` maps the bytes to digests of the texts that were embedded: two texts that begin alike
    may have the same first bytes.
    """

    sentences: tuple[str, ...]
    ids: frozenset[str]
    vectors: Mapping[bytes, frozenset[str]]

    def needles(self) -> list[bytes]:
        """Return every form of bytes in which a trace may lie in a file."""
        forms = [form for sentence in self.sentences for form in forms_of(sentence)]
        return [*forms, *self.vectors]


def traces_of(folders: Iterable[Path], document: str, vectors: Vectors) -> Traces:
    """Return the traces of a document in snapshots that hold it."""
    sentences: dict[str, None] = {}
    ids: set[str] = set()
    bits: defaultdict[bytes, set[str]] = defaultdict(set)
    for folder in folders:
        manifest = read_manifest(folder)
        with closing(vectors.open(folder)) as opened:
            for audience in manifest.audiences:
                path = audience_file(folder, audience)
                with closing(LexicalStore(path, manifest.dimensions)) as store:
                    own = sorted(store.ids_of([document]))
                    stored = store.stored(own)
                found = opened.vectors(audience, own)
                for i, passage in stored.items():
                    arrays = (passage.tokens.vectors, *((found[i],) if i in found else ()))
                    for begins in (array.tobytes()[:VECTOR_BYTES] for array in arrays):
                        # Naught may stand anywhere, and says nothing of whose it is.
                        if any(begins):
                            bits[begins].add(passage.content)
                ids |= set(own)
                texts = (s.passage.blocks for s in stored.values())
                sentences |= {s: None for b in texts for block in b for s in block.sentences}
    long_enough = sorted(_long_enough(sentences), key=len, reverse=True)
    vectors_of = {each: frozenset(contents) for each, contents in bits.items()}
    return Traces(tuple(long_enough), frozenset(ids), vectors_of)


def sentences_of(folder: Path, documents: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the sentences of documents in a snapshot that are long enough, longest first."""
    found: dict[str, set[str]] = {document: set() for document in documents}
    manifest = read_manifest(folder)
    for audience in manifest.audiences:
        path = audience_file(folder, audience)
        with closing(LexicalStore(path, manifest.dimensions)) as store:
            for document, own in found.items():
                for stored in store.stored(sorted(store.ids_of([document]))).values():
                    own |= {s for block in stored.passage.blocks for s in block.sentences}
    return {
        document: tuple(sorted(_long_enough(own), key=len, reverse=True))
        for document, own in found.items()
    }


def _long_enough(sentences: Iterable[str]) -> Iterator[str]:
    return (sentence for sentence in sentences if len(sentence) >= SHORTEST_SENTENCE)


def without(traces: Traces, stores: Sequence[LexicalStore]) -> Traces:
    """Leave out what other documents have too, which are in `stores`: sentences and vectors."""
    own = tuple(s for s in traces.sentences if not any(store.has_phrase(s) for store in stores))
    contents = sorted(frozenset().union(*traces.vectors.values()))
    shared = {content for store in stores for content in store.ids_by_content(contents)}
    vectors = {bits: of for bits, of in traces.vectors.items() if shared.isdisjoint(of)}
    return Traces(own, traces.ids, vectors)


def longest(traces: Traces) -> Traces:
    """Leave out all but so many of the longest sentences, and so many vectors, as tell enough."""
    few = dict(islice(sorted(traces.vectors.items()), 2 * MOST_LOOKED_FOR))
    return Traces(traces.sentences[:MOST_LOOKED_FOR], traces.ids, few)


def files_in(folder: Path) -> Iterator[Path]:
    """Yield every file in a folder and below."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def found_in(path: Path, needles: Collection[bytes]) -> set[bytes]:
    """Return which of the needles are in a file; one that is gone holds none."""
    try:
        with path.open("rb") as file:
            if not file.seek(0, 2):
                return set()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return {needle for needle in needles if data.find(needle) >= 0}
    except FileNotFoundError:
        return set()


def forms_of(sentence: str) -> set[bytes]:
    """Return a sentence as the bytes of plain text and of JSON."""
    as_json = (json.dumps(sentence, ensure_ascii=plain)[1:-1] for plain in (True, False))
    return {form.encode() for form in (sentence, *as_json)}
