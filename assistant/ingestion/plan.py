"""What a reload would do, document by document, before anything is written."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.domain.documents import DefinitionFile, Document, KnownDocument, Passage, ReadCorpus
from assistant.domain.errors import CorpusError
from assistant.domain.releases import ChangeKind, DocumentChange
from assistant.ingestion.catalogue import CatalogueEntry
from assistant.ingestion.governance import terms_in
from assistant.ingestion.likeness import signature
from assistant.ingestion.passages import cut, passages_of_definitions
from assistant.retrieval.snapshot import Manifest

# Which of these digests of embedded texts are known.
WhichKnown = Callable[[Sequence[str]], set[str]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A passage to be stored, the text that is embedded for it and its digest."""

    passage: Passage
    text: str
    content: str


@dataclass(frozen=True)
class Plan:
    """What is to become of the snapshot `base`: `fresh` goes in, in place of what was of it.

    `before` are the catalogue's entries of the base, `entries` those of what is fresh.
    """

    corpus: ReadCorpus
    base: Manifest | None
    before: Mapping[str, CatalogueEntry]
    fresh: Mapping[str, tuple[Planned, ...]]
    entries: Mapping[str, CatalogueEntry]
    known_contents: frozenset[str]

    @cached_property
    def staying(self) -> frozenset[str]:
        """The documents that are as they were."""
        there = {known.path for known in self.corpus.known}
        return frozenset(path for path in self.before if path in there and path not in self.fresh)

    @property
    def leaving(self) -> tuple[str, ...]:
        """The documents of the base whose passages go: what is removed or changed."""
        return tuple(path for path in self.before if path not in self.staying)

    @property
    def catalogue(self) -> dict[str, CatalogueEntry]:
        """The entries of the new snapshot."""
        return {p: self.before[p] for p in sorted(self.staying)} | dict(self.entries)

    @property
    def is_unchanged(self) -> bool:
        """Whether the new snapshot would be the base over again."""
        failed = {f.document: f.reason for f in self.corpus.failed}
        return (
            self.base is not None
            and not self.fresh
            and not self.leaving
            and failed == dict(self.base.failed)
            and dict(self.base.refusals) == {p: r.digest for p, r in self.corpus.refusals.items()}
        )

    def to_embed(self, path: str | None = None) -> int:
        """Return how many texts must be embedded, of one document or of all."""
        planned = self.fresh.get(path, ()) if path else self.all_planned()
        return len({p.content for p in planned} - self.known_contents)

    def all_planned(self) -> Iterator[Planned]:
        """Yield every passage that goes in, in the order of the documents."""
        for planned in self.fresh.values():
            yield from planned

    def counts(self) -> dict[str, int]:
        """Return how many documents there are of each kind of change, and what is in them."""
        counts = dict.fromkeys((kind.value for kind in ChangeKind), 0)
        for change in self.changes():
            counts[change.kind.value] += 1
        entries = self.catalogue.values()
        return counts | {
            "documents": len(entries),
            "passages": sum(sum(entry.passages.values()) for entry in entries),
            "definitions": sum(entry.definitions for entry in entries),
            "embedded": self.to_embed(),
        }

    def changes(self) -> tuple[DocumentChange, ...]:
        """Return what happens to each document, in the order of their paths."""
        changes = [self._change(path) for path in {**self.before, **self.fresh}]
        refused = (
            DocumentChange(f.document, ChangeKind.REFUSED, reason=f.reason)
            for f in self.corpus.failed
        )
        gone = {f.document for f in self.corpus.failed}
        kept = (c for c in changes if not (c.kind is ChangeKind.REMOVED and c.document in gone))
        return tuple(sorted((*kept, *refused), key=lambda change: change.document))

    def _change(self, path: str) -> DocumentChange:
        old = self.before.get(path)
        if path in self.staying and old is not None:
            return _described(path, ChangeKind.UNCHANGED, old, old, 0)
        new = self.entries.get(path)
        if new is None:
            return DocumentChange(path, ChangeKind.REMOVED)
        kind = ChangeKind.ADDED if old is None else ChangeKind.CHANGED
        return _described(path, kind, old, new, self.to_embed(path))


def _described(
    path: str,
    kind: ChangeKind,
    old: CatalogueEntry | None,
    new: CatalogueEntry,
    to_embed: int,
) -> DocumentChange:
    moved = tuple(sorted(set(old.passages if old else ()) - set(new.passages)))
    return DocumentChange(
        path, kind, sum(new.passages.values()), to_embed, tuple(sorted(new.passages)), moved
    )


def plan_of(
    corpus: ReadCorpus,
    base: Manifest | None,
    before: Mapping[str, CatalogueEntry],
    which_known: WhichKnown,
) -> Plan:
    """Plan how `base`, whose catalogue is `before`, becomes a snapshot of `corpus`.

    Raises CorpusError when nothing at all could be read.
    """
    files: Sequence[Document | DefinitionFile] = (*corpus.documents, *corpus.definition_files)
    if not files and not corpus.known:
        raise CorpusError(_nothing_read(corpus))
    fresh = {file.path: tuple(_planned(p) for p in _passages(file)) for file in files}
    known = {entry.path: entry for entry in corpus.known}
    entries = {f.path: _entry(f, fresh[f.path], known.get(f.path)) for f in files}
    contents = [planned.content for items in fresh.values() for planned in items]
    return Plan(corpus, base, before, fresh, entries, frozenset(which_known(contents)))


def _entry(
    file: Document | DefinitionFile, planned: Iterable[Planned], known: KnownDocument | None
) -> CatalogueEntry:
    passages: dict[str, int] = {}
    for item in planned:
        audience = item.passage.metadata.audience
        passages[audience] = passages.get(audience, 0) + 1
    return CatalogueEntry(
        known or KnownDocument(file.path, file.digest, file.metadata),
        passages,
        definitions=0 if isinstance(file, Document) else len(file.definitions),
        signature=signature(file).packed if isinstance(file, Document) else None,
        terms=terms_in(file).packed,
        remarks=file.remarks,
    )


def embedded_text(passage: Passage) -> tuple[str, list[int]]:
    """Return the text that is embedded for a passage and where each of its sentences begins.

    The title and the headings stand in front: a passage is often about what only they name.
    """
    text = " > ".join((passage.metadata.title, *passage.headings))
    starts = []
    for sentence in (s for block in passage.blocks for s in block.sentences):
        text += "\n"
        starts.append(len(text))
        text += sentence
    return text, starts


def _passages(file: Document | DefinitionFile) -> Sequence[Passage]:
    return cut(file) if isinstance(file, Document) else passages_of_definitions(file)


def _planned(passage: Passage) -> Planned:
    text, _ = embedded_text(passage)
    return Planned(passage, text, hashlib.sha256(text.encode()).hexdigest())


def _nothing_read(corpus: ReadCorpus) -> str:
    if not corpus.failed:
        return "The corpus folder holds no documents; the live snapshot was left as it was."
    first = corpus.failed[0]
    return (
        f"None of the {len(corpus.failed)} documents could be read, so the live snapshot was left "
        f"as it is; the first is {first.document}: {first.reason}"
    )
