"""A snapshot: one version of the corpus, written once, then only read.

snapshots/<id>/manifest.json      what it is made of: documents, encoder, counts, when
snapshots/<id>/vectors/           the Chroma store, a collection an audience
snapshots/<id>/<audience>.sqlite3 an audience's passages and words
snapshots/<id>/tokens/<audience>/ its token vectors, files shared with other snapshots
snapshots/<id>/catalogue.sqlite3  its documents, for the next reload
encoders/<name>/                  the question encoder, shared by the snapshots
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from assistant.domain.errors import CorpusError, EncoderMismatchError
from assistant.domain.networks import PEERS
from assistant.retrieval.currency import holds
from assistant.retrieval.embedding import Encoder
from assistant.retrieval.glossary import Glossary
from assistant.retrieval.lexical import LexicalStore
from assistant.retrieval.vectors import EmbeddedVectors, Vectors

FORMAT = 3


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot is made of. `documents` maps a path to the digest it was read with.

    `failed` maps a path to the reason, `refusals` to a digest of what that reason comes from.
    """

    snapshot: str
    encoder: str
    encoder_digest: str
    dimensions: int
    created: str
    audiences: tuple[str, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict)
    passages: int = 0
    definitions: int = 0
    failed: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write the manifest into a snapshot's folder."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read a snapshot's manifest; raises CorpusError when it is missing or of another format."""
    try:
        fields: Any = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        made_by_us = fields["format"] == FORMAT
        manifest = (
            Manifest(**fields | {"audiences": tuple(fields["audiences"])}) if made_by_us else None
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CorpusError(f"The snapshot in {folder} cannot be read; ingest again.") from error
    if manifest is None:
        raise CorpusError(f"The snapshot in {folder} was made by another version; ingest again.")
    return manifest


def audience_file(folder: Path, audience: str) -> Path:
    """Return where a snapshot keeps an audience's passages."""
    return folder / f"{audience}.sqlite3"


@dataclass(frozen=True, slots=True)
class AsOf:
    """What of a snapshot holds on a day, by audience: ids that do not, and the terms that do."""

    day: date
    lapsed: Mapping[str, frozenset[str]]
    glossaries: Mapping[str, Glossary]


class Snapshot:
    """A snapshot opened for reading; any number of threads may read it.

    Raises EncoderMismatchError when it was built with other weights than `encoder` has, and
    CorpusError when a file of it is missing or broken.
    """

    def __init__(self, folder: Path, encoder: Encoder, vectors: Vectors | None = None) -> None:
        self.manifest = read_manifest(folder)
        if self.manifest.encoder_digest != encoder.digest:
            message = (
                f"The snapshot {self.manifest.snapshot} was built with the encoder "
                f"{self.manifest.encoder}, but {encoder.name} with other weights is configured; "
                "ingest again, or set ASSISTANT_ENCODER back."
            )
            raise EncoderMismatchError(message)
        self.vectors = (vectors or EmbeddedVectors()).open(folder)
        if not self.vectors.audiences.issuperset(self.manifest.audiences):
            raise CorpusError(f"Vectors are missing in {folder}; ingest again.")
        self.lexical = {
            audience: LexicalStore(audience_file(folder, audience), self.manifest.dimensions)
            for audience in self.manifest.audiences
        }
        self.scopes = {audience: store.scopes() for audience, store in self.lexical.items()}
        self._definitions = {
            audience: tuple(store.definitions()) for audience, store in self.lexical.items()
        }
        self._may_lapse = {
            audience: store.that_may_lapse() for audience, store in self.lexical.items()
        }
        self._as_of: AsOf | None = None
        peers = [path for path in self.manifest.documents if path.startswith(f"{PEERS}/")]
        self.holds_peers = bool(peers)
        # Passages of what peers experienced, by audience; an agreed definition is none.
        told = [path for path in peers if path.endswith(".md")]
        self.experience = {
            audience: frozenset(store.ids_of(told) if told else ())
            for audience, store in self.lexical.items()
        }

    def as_of(self, day: date) -> AsOf:
        """Return what holds on a day; the last day asked for is remembered."""
        known = self._as_of
        if known is None or known.day != day:
            known = self._as_of = self._on(day)
        return known

    def _on(self, day: date) -> AsOf:
        lapsed = {
            audience: frozenset(i for i, metadata in found.items() if not holds(metadata, day))
            for audience, found in self._may_lapse.items()
        }
        glossaries = {
            audience: Glossary(p for p in passages if p.id not in lapsed[audience])
            for audience, passages in self._definitions.items()
        }
        return AsOf(day, lapsed, glossaries)

    def close(self) -> None:
        """Let go of the files."""
        self.vectors.close()
        for store in self.lexical.values():
            store.close()
