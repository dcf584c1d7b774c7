"""What a snapshot's documents are, one row each: enough to know whether a reload must read one."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from assistant.domain.documents import KnownDocument
from assistant.domain.errors import CorpusError

CATALOGUE = "catalogue.sqlite3"
SCHEMA = "CREATE TABLE IF NOT EXISTS documents (path TEXT PRIMARY KEY, entry TEXT NOT NULL)"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A document as it went in: its passages by audience, and what findings are made of.

    `signature` tells which documents are alike, `terms` which terms it uses and defines.
    """

    known: KnownDocument
    passages: Mapping[str, int]
    definitions: int = 0
    signature: str | None = None
    terms: str | None = None
    remarks: tuple[str, ...] = ()


ENTRY = TypeAdapter(CatalogueEntry)


def read_catalogue(folder: Path) -> dict[str, CatalogueEntry]:
    """Return the entry of each document of the snapshot in `folder`; raises CorpusError."""
    path = folder / CATALOGUE
    try:
        uri = path.resolve().as_uri() + "?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            rows = connection.execute("SELECT path, entry FROM documents").fetchall()
        return {name: ENTRY.validate_json(entry) for name, entry in rows}
    except (sqlite3.Error, ValueError) as error:
        raise CorpusError(f"The catalogue {path} cannot be read; ingest again.") from error


def owners_in(folder: Path, documents: Collection[str]) -> dict[str, str]:
    """Return who looks after each of these documents of a snapshot, where its front matter says.

    A snapshot that is just being cleared away, or is damaged, says nothing.
    """
    path = folder / CATALOGUE
    owners: dict[str, str] = {}
    try:
        uri = path.resolve().as_uri() + "?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            for document in documents:
                query = "SELECT entry FROM documents WHERE path = ?"
                row = connection.execute(query, (document,)).fetchone()
                owner = ENTRY.validate_json(row[0]).known.metadata.owner if row else None
                owners |= {document: owner} if owner else {}
    except (sqlite3.Error, ValueError):
        return {}
    return owners


def change_catalogue(
    folder: Path, removed: Iterable[str], written: Iterable[CatalogueEntry]
) -> None:
    """Bring the catalogue of the snapshot in `folder` to what it holds now."""
    with closing(sqlite3.connect(folder / CATALOGUE)) as connection:
        for pragma in ("secure_delete = ON", "synchronous = OFF", "journal_mode = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(SCHEMA)
        connection.executemany("DELETE FROM documents WHERE path = ?", ((p,) for p in removed))
        connection.executemany(
            "INSERT OR REPLACE INTO documents VALUES (?, ?)",
            ((entry.known.path, ENTRY.dump_json(entry).decode()) for entry in written),
        )
        connection.commit()
