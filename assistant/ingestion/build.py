"""A plan in, a new snapshot out: nothing that is live is written to.

The new snapshot starts as a copy of the live one; what was removed or changed is taken out, what
is new or changed goes in. A passage whose embedded text is known is not embedded again.
"""

import os
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from assistant.domain.documents import KnownRefusal, ReadCorpus
from assistant.domain.errors import CorpusError
from assistant.ingestion.catalogue import (
    CATALOGUE,
    CatalogueEntry,
    change_catalogue,
    read_catalogue,
)
from assistant.ingestion.filling import Filled, Filling
from assistant.ingestion.plan import Plan, plan_of
from assistant.ingestion.reader import Before
from assistant.retrieval.embedding import Encoder, Progress
from assistant.retrieval.holding import HELD
from assistant.retrieval.lexical import LexicalStore, token_folder
from assistant.retrieval.snapshot import Manifest, audience_file, read_manifest
from assistant.retrieval.tokens import TokenFiles
from assistant.retrieval.vectors import EmbeddedVectors, Vectors

DRAFT = ".draft-"

_log = structlog.get_logger()


class SnapshotDamagedError(CorpusError):
    """The snapshot that a build began with has lost something; planned anew, it is not used."""


@dataclass(frozen=True, slots=True)
class Built:
    """A snapshot that was built and is not live: its folder, a draft's, and what was done."""

    folder: Path
    manifest: Manifest
    embedded: int
    encoder_seconds: float


class SnapshotBuilder:
    """Builds snapshots in a folder of snapshots, on top of the live one where that is possible."""

    def __init__(self, snapshots: Path, encoder: Encoder, vectors: Vectors | None = None) -> None:
        self._snapshots = snapshots
        self._encoder = encoder
        self._vectors = vectors or EmbeddedVectors()
        self._read: tuple[str, dict[str, CatalogueEntry]] | None = None
        self._whole: str | None = None
        self._damaged: str | None = None

    def before(self, live: str | None, kept_out: Mapping[str, str], bounds: str) -> Before:
        """Return what is known from the live snapshot, so that it need not be read again."""
        base, catalogue = self._base(live)
        refusals = base.refusals if base is not None else {}
        return Before(
            {path: entry.known for path, entry in catalogue.items()},
            {p: KnownRefusal(refusals[p], why) for p, why in _failed(base) if p in refusals},
            kept_out,
            bounds,
        )

    def plan(self, corpus: ReadCorpus, live: str | None) -> Plan:
        """Return what would become of the live snapshot; writes nothing.

        Raises CorpusError when nothing at all could be read.
        """
        base, catalogue = self._base(live)
        return plan_of(corpus, base, catalogue, lambda c: self._known_of(base, c))

    def build(
        self, plan: Plan, on_passage: Progress | None = None, *, rebuild: bool = False
    ) -> Built:
        """Write a snapshot as planned into a draft's folder.

        `rebuild` rewrites whatever may hold a trace of vectors that were removed.
        """
        began = time.perf_counter()
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"[:-3]
        self.clean_drafts()
        draft = self._snapshots / f"{DRAFT}{name}"
        draft.mkdir()
        (draft / HELD).touch()
        base = self._snapshots / plan.base.snapshot if plan.base is not None else None
        if base is not None and plan.base is not None:
            _copy_lexical(base, draft, plan.base)
        with closing(self._vectors.draft(draft, base, rebuild=rebuild)) as vectors:
            if base is not None and vectors.counts() != dict(_counts_of(plan.before)):
                self._found_damaged(base.name)
                raise SnapshotDamagedError(f"The snapshot {base.name} lost vectors; ingest again.")
            filled = Filling(draft, base, plan, vectors, self._encoder).run(on_passage)
            counts = vectors.counts()
        _check_counts(draft, plan, counts, self._encoder.dimensions)
        change_catalogue(draft, plan.leaving, plan.entries.values())
        manifest = self._manifest(name, plan, filled)
        manifest = replace(manifest, seconds=round(time.perf_counter() - began, 3))
        manifest.write(draft)
        _write_through(draft)
        return Built(draft, manifest, filled.embedded, filled.encoder_seconds)

    def adopt(self, draft: Path) -> None:
        """Give a draft its place among the snapshots; by that it is not live yet."""
        draft.rename(self._snapshots / draft.name.removeprefix(DRAFT))
        _sync(self._snapshots)

    def clean_drafts(self) -> None:
        """Remove what a killed build left behind."""
        self._snapshots.mkdir(parents=True, exist_ok=True)
        for left in self._snapshots.glob(f"{DRAFT}*"):
            shutil.rmtree(left, ignore_errors=True)

    def _base(self, live: str | None) -> tuple[Manifest | None, dict[str, CatalogueEntry]]:
        """Return the live snapshot's manifest and catalogue when its vectors can be kept.

        One that cannot be read, or that another version made, is not built upon.
        """
        if live is None:
            return None, {}
        try:
            manifest = read_manifest(self._snapshots / live)
            if manifest.encoder_digest != self._encoder.digest:
                return None, {}
            # A preview may be at another snapshot in another thread meanwhile.
            read = self._read
            if read is None or read[0] != live:
                read = self._read = live, read_catalogue(self._snapshots / live)
        except CorpusError:
            return None, {}
        # A server that does not answer is said to before anything is embedded in vain.
        folder = self._snapshots / live
        if not self._vectors.holds(folder) or self._is_damaged(folder, manifest, read[1]):
            return None, {}
        return manifest, read[1]

    def _is_damaged(
        self, folder: Path, manifest: Manifest, catalogue: Mapping[str, CatalogueEntry]
    ) -> bool:
        """Whether the live snapshot lacks what its catalogue says; looked at once."""
        if folder.name not in (self._damaged, self._whole):
            if _is_whole(folder, manifest, catalogue):
                self._whole = folder.name
            else:
                self._found_damaged(folder.name)
        return folder.name == self._damaged

    def _found_damaged(self, snapshot: str) -> None:
        _log.warning("live_snapshot_damaged", snapshot=snapshot)
        self._damaged = snapshot

    def _known_of(self, base: Manifest | None, contents: Sequence[str]) -> set[str]:
        """Return which of these digests the base has an embedding of."""
        if base is None or not contents:
            return set()
        folder = self._snapshots / base.snapshot
        found: set[str] = set()
        for audience in base.audiences:
            with closing(LexicalStore(audience_file(folder, audience), base.dimensions)) as store:
                found |= store.ids_by_content(contents).keys()
        return found

    def _manifest(self, name: str, plan: Plan, filled: Filled) -> Manifest:
        counts = plan.counts()
        return Manifest(
            snapshot=name,
            encoder=self._encoder.name,
            encoder_digest=self._encoder.digest,
            dimensions=self._encoder.dimensions,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            audiences=filled.audiences,
            documents={p: entry.known.digest for p, entry in sorted(plan.catalogue.items())},
            passages=counts["passages"],
            definitions=counts["definitions"],
            failed={f.document: f.reason for f in plan.corpus.failed},
            refusals={p: refusal.digest for p, refusal in plan.corpus.refusals.items()},
        )


def _is_whole(folder: Path, manifest: Manifest, catalogue: Mapping[str, CatalogueEntry]) -> bool:
    """Whether a snapshot holds the passages and token files that its catalogue says.

    Its vectors are looked at in the copy that a build begins with: to open them is to write.
    """
    try:
        for audience, count in _counts_of(catalogue).items():
            path = audience_file(folder, audience)
            with closing(LexicalStore(path, manifest.dimensions)) as store:
                if store.count != count or store.lacks_tokens():
                    return False
    except CorpusError:
        return False
    return True


def _counts_of(catalogue: Mapping[str, CatalogueEntry]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for entry in catalogue.values():
        counts.update(entry.passages)
    return counts


def _failed(base: Manifest | None) -> Iterable[tuple[str, str]]:
    return base.failed.items() if base is not None else ()


def _copy_lexical(base: Path, draft: Path, manifest: Manifest) -> None:
    """Begin as a copy of the base; the files of token vectors are linked, not copied."""
    for audience in manifest.audiences:
        source, target = audience_file(base, audience), audience_file(draft, audience)
        shutil.copyfile(source, target)
        TokenFiles(token_folder(source), manifest.dimensions).link_all(token_folder(target))
    shutil.copyfile(base / CATALOGUE, draft / CATALOGUE)


def _check_counts(draft: Path, plan: Plan, vectors: Mapping[str, int], dimensions: int) -> None:
    """Raise CorpusError when the draft does not hold just the passages that were planned."""
    for audience, count in _counts_of(plan.catalogue).items():
        with closing(LexicalStore(audience_file(draft, audience), dimensions)) as store:
            written = store.count
        if not count == written == vectors.get(audience):
            message = (
                f"The new snapshot holds {written} passages and {vectors.get(audience, 0)} vectors "
                f"of the {count} for {audience}, so it was thrown away; ingest again."
            )
            raise CorpusError(message)


def _write_through(draft: Path) -> None:
    """Have the disk hold what was written before anything points at it."""
    for root, _, names in os.walk(draft):
        for name in names:
            path = Path(root) / name
            # Files of token vectors that the base has too were written through with it.
            if path.stat().st_nlink == 1:
                _sync(path)
        _sync(Path(root))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
