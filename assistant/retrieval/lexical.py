"""The lexical store: an audience's passages, their words, and where their token vectors lie.

One SQLite file an audience, written once and then only read. SQLite's FTS5 scores by BM25
(k1 = 1.2, b = 0.75) over the Porter stems of title, headings and text.
"""

import hashlib
import os
import shutil
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from assistant.domain.documents import Metadata, Passage
from assistant.domain.errors import CorpusError
from assistant.retrieval.currency import may_lapse
from assistant.retrieval.scope import Scope
from assistant.retrieval.tokens import Place, TokenFiles, TokenVectors

PASSAGE = TypeAdapter(Passage)
METADATA = TypeAdapter(Metadata)
SCOPE = TypeAdapter(Scope)
MOST_REMEMBERED = 20_000
MOST_NAMED = 500
# Above this share of free pages a file is rewritten.
MOST_FREE = 0.25
TOKENS = "tokens"
COLUMN_WEIGHTS = "2.0, 1.5, 1.0"
SCHEMA = """
CREATE TABLE IF NOT EXISTS passages (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL,
    content TEXT NOT NULL,
    passage TEXT NOT NULL,
    source TEXT NOT NULL,
    scope TEXT NOT NULL,
    may_lapse INTEGER NOT NULL,
    is_definition INTEGER NOT NULL,
    position INTEGER NOT NULL,
    token_file TEXT NOT NULL,
    token_start INTEGER NOT NULL,
    token_count INTEGER NOT NULL,
    sentences BLOB NOT NULL,
    sentence_count INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_of_document ON passages (document);
CREATE INDEX IF NOT EXISTS passages_of_content ON passages (content);
CREATE INDEX IF NOT EXISTS scopes ON passages (scope);
CREATE INDEX IF NOT EXISTS token_files ON passages (token_file);
CREATE INDEX IF NOT EXISTS definitions ON passages (document, position) WHERE is_definition;
CREATE INDEX IF NOT EXISTS passages_that_may_lapse ON passages (id) WHERE may_lapse;
CREATE VIRTUAL TABLE IF NOT EXISTS word_index USING fts5(
    title, headings, text, tokenize = "porter unicode61 remove_diacritics 2"
);
"""


def token_folder(path: Path) -> Path:
    """Return where the token vectors of the store at `path` lie."""
    return path.parent / TOKENS / path.stem


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its token vectors and the digest of the text that was embedded."""

    passage: Passage
    content: str
    tokens: TokenVectors


class LexicalStore:
    """One audience's file of a snapshot; the token vectors lie in a folder beside it."""

    def __init__(self, path: Path, dimensions: int, *, writable: bool = False) -> None:
        self._path = path
        self._dimensions = dimensions
        self._writable = writable
        self._local = threading.local()
        self._having: dict[str, int] = {}
        self._count: int | None = None
        self._has_removed = False
        self._stems: dict[str, int] | None = None
        self._tokens = TokenFiles(token_folder(path), dimensions)
        if writable:
            self._connection().executescript(SCHEMA)
        elif not path.exists():
            raise CorpusError(f"The passages in {path} are missing; ingest again.")
        else:
            self._check()

    def _check(self) -> None:
        try:
            _ = self.count
        except sqlite3.DatabaseError as error:
            self.close()
            raise CorpusError(f"The passages in {self._path} are broken; ingest again.") from error

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection; a snapshot that is live is opened as immutable."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            uri = self._path.resolve().as_uri()
            mode = "?mode=rwc" if self._writable else "?mode=ro&immutable=1"
            connection = sqlite3.connect(uri + mode, uri=True, isolation_level=None)
            if self._writable:
                # What is killed while it is written is thrown away, so nothing need be recovered.
                for pragma in ("secure_delete = ON", "synchronous = OFF", "journal_mode = MEMORY"):
                    connection.execute(f"PRAGMA {pragma}")
            self._local.connection = connection
        return connection

    def add(self, stored: Sequence[StoredPassage]) -> None:
        """Store the passages of one document; all of them, or none when one fails."""
        places = self._tokens.write([item.tokens for item in stored])
        with self._transaction() as connection:
            for item, place in zip(stored, places, strict=True):
                self._insert(connection, item, place)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _insert(self, connection: sqlite3.Connection, item: StoredPassage, place: Place) -> None:
        passage = item.passage
        cursor = connection.execute(
            "INSERT INTO passages"
            " (id, document, content, passage, source, scope, may_lapse, is_definition, position,"
            " token_file, token_start, token_count, sentences, sentence_count)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                passage.id,
                passage.document,
                item.content,
                PASSAGE.dump_json(passage).decode(),
                passage.source,
                SCOPE.dump_json(Scope(passage.metadata.nation, passage.metadata.sector)).decode(),
                may_lapse(passage.metadata),
                passage.definition is not None,
                passage.position,
                place.file,
                place.start,
                place.count,
                item.tokens.sentences.tobytes(),
                item.tokens.sentence_count,
            ),
        )
        names = " ".join(passage.definition.names) if passage.definition else ""
        connection.execute(
            "INSERT INTO word_index (rowid, title, headings, text) VALUES (?, ?, ?, ?)",
            (
                cursor.lastrowid,
                passage.metadata.title,
                " ".join((*passage.headings, names)),
                passage.text,
            ),
        )

    def remove(self, documents: Collection[str]) -> None:
        """Delete documents' passages, and every trace of their words in the file."""
        connection = self._connection()
        self._count = None
        self._has_removed = True
        before = self._token_files(documents)
        with self._transaction():
            for document in documents:
                rows = "SELECT number FROM passages WHERE document = ?"
                connection.execute(f"DELETE FROM word_index WHERE rowid IN ({rows})", (document,))  # noqa: S608
                connection.execute("DELETE FROM passages WHERE document = ?", (document,))
        left = (name for name in before if not self._is_used(name))
        self._tokens.remove(left)

    def finish(self) -> None:
        """Rewrite what still holds words that were deleted; call it once, after the last change.

        The index keeps the words of deleted passages until its parts are merged. Free pages hold
        nothing, since `secure_delete` overwrites them, and are given back when they are many.
        """
        if not self._has_removed:
            return
        connection = self._connection()
        connection.execute("INSERT INTO word_index (word_index) VALUES ('optimize')")
        free, pages = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("freelist_count", "page_count")
        )
        if free > MOST_FREE * pages:
            connection.execute("VACUUM")

    def _token_files(self, documents: Collection[str]) -> set[str]:
        query = "SELECT DISTINCT token_file FROM passages WHERE document = ?"
        connection = self._connection()
        return {name for d in documents for (name,) in connection.execute(query, (d,))}

    def lacks_tokens(self) -> bool:
        """Whether a file of token vectors is missing."""
        folder = token_folder(self._path)
        there = {entry.name for entry in os.scandir(folder)} if folder.is_dir() else set()
        rows = self._connection().execute("SELECT DISTINCT token_file FROM passages")
        return any(name not in there for (name,) in rows)

    def _is_used(self, token_file: str) -> bool:
        query = "SELECT 1 FROM passages WHERE token_file = ? LIMIT 1"
        return self._connection().execute(query, (token_file,)).fetchone() is not None

    def ids_of(self, documents: Collection[str]) -> set[str]:
        """Return the ids of documents' passages."""
        query = "SELECT id FROM passages WHERE document = ?"
        connection = self._connection()
        return {i for document in documents for (i,) in connection.execute(query, (document,))}

    def ids_by_content(self, contents: Collection[str]) -> dict[str, str]:
        """Return a passage's id for each digest of what was embedded that is there."""
        query = "SELECT id FROM passages WHERE content = ? LIMIT 1"
        connection = self._connection()
        found = ((c, connection.execute(query, (c,)).fetchone()) for c in contents)
        return {content: row[0] for content, row in found if row is not None}

    def sample(self, count: int, seed: str) -> list[str]:
        """Return up to `count` passage ids, the same ones for the same seed."""
        # Ids are digests, so those that follow a digest are any of them.
        start = hashlib.sha256(seed.encode()).hexdigest()
        after = "SELECT id FROM passages WHERE id >= ? ORDER BY id LIMIT ?"
        before = "SELECT id FROM passages WHERE id < ? ORDER BY id LIMIT ?"
        ids = [i for (i,) in self._connection().execute(after, (start, count))]
        rest = self._connection().execute(before, (start, count - len(ids)))
        return [*ids, *(i for (i,) in rest)]

    def definitions(self) -> Iterator[Passage]:
        """Yield every passage that is a definition, in the order of the corpus."""
        rows = self._connection().execute(
            "SELECT passage FROM passages WHERE is_definition ORDER BY document, position"
        )
        for (fields,) in rows:
            yield PASSAGE.validate_json(fields)

    def that_may_lapse(self) -> dict[str, Metadata]:
        """Return the metadata of each passage that does not hold on every day, by its id."""
        rows = self._connection().execute(
            "SELECT id, json_extract(passage, '$.metadata') FROM passages WHERE may_lapse"
        )
        return {passage_id: METADATA.validate_json(fields) for passage_id, fields in rows}

    def scopes(self) -> frozenset[Scope]:
        """Return every scope that a passage has."""
        rows = self._connection().execute("SELECT DISTINCT scope FROM passages")
        return frozenset(SCOPE.validate_json(fields) for (fields,) in rows)

    def scope_of(self, ids: Sequence[str]) -> dict[str, Scope]:
        """Return the scope of each passage of `ids` that is there."""
        rows = self._rows("id, scope", ids)
        return {passage_id: SCOPE.validate_json(fields) for passage_id, fields in rows}

    def source_of(self, ids: Sequence[str]) -> dict[str, str]:
        """Return what each passage of `ids` that is there is a piece of."""
        return dict(self._rows("id, source", ids))

    def stored(self, ids: Sequence[str]) -> dict[str, StoredPassage]:
        """Return each passage of `ids` that is there, with its token vectors."""
        tokens = self.tokens(ids)
        rows = self._rows("id, content, passage", ids)
        return {
            row[0]: StoredPassage(PASSAGE.validate_json(row[2]), row[1], tokens[row[0]])
            for row in rows
        }

    def tokens(self, ids: Sequence[str]) -> dict[str, TokenVectors]:
        """Return the token vectors of each passage of `ids` that is there."""
        columns = "id, token_file, token_start, token_count, sentences, sentence_count"
        rows = list(self._rows(columns, ids))
        vectors = self._tokens.read({row[0]: Place(*row[1:4]) for row in rows})
        return {
            row[0]: TokenVectors(vectors[row[0]], np.frombuffer(row[4], dtype=np.int16), row[5])
            for row in rows
        }

    def _rows(self, columns: str, ids: Sequence[str]) -> Iterator[Any]:
        for start in range(0, len(ids), MOST_NAMED):
            named = list(ids[start : start + MOST_NAMED])
            marks = ",".join("?" * len(named))
            query = f"SELECT {columns} FROM passages WHERE id IN ({marks})"  # noqa: S608
            yield from self._connection().execute(query, named)

    def search(self, words: Sequence[str], count: int) -> list[tuple[str, float]]:
        """Return up to `count` passage ids that hold any of `words`, with BM25, best first."""
        if not words:
            return []
        query = " OR ".join('"' + word.replace('"', '""') + '"' for word in words)
        rows = self._connection().execute(
            f"SELECT p.id, -bm25(word_index, {COLUMN_WEIGHTS}) AS score FROM word_index"  # noqa: S608
            " JOIN passages AS p ON p.number = word_index.rowid WHERE word_index MATCH ?"
            " ORDER BY score DESC LIMIT ?",
            (query, count),
        )
        return [(passage_id, float(score)) for passage_id, score in rows]

    def has_phrase(self, text: str) -> bool:
        """Whether some passage holds the words of `text` one after the other, in any form."""
        query = '"' + text.replace('"', '""') + '"'
        row = self._connection().execute(
            "SELECT 1 FROM word_index WHERE word_index MATCH ? LIMIT 1", (query,)
        )
        return row.fetchone() is not None

    def passages_with(self, word: str) -> int:
        """Return how many passages hold the stem of `word`."""
        if len(self._having) > MOST_REMEMBERED:
            self._having.clear()
        having = None if self._writable else self._having.get(word)
        if having is None:
            query = '"' + word.replace('"', '""') + '"'
            row = self._connection().execute(
                "SELECT count(*) FROM word_index WHERE word_index MATCH ?", (query,)
            )
            having = self._having[word] = int(row.fetchone()[0])
        return having

    def stems(self) -> dict[str, int]:
        """Return every stem in the file with the number of passages that hold it."""
        if self._stems is None:
            connection = self._connection()
            connection.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.stems"
                " USING fts5vocab(main, word_index, row)"
            )
            self._stems = dict(connection.execute("SELECT term, doc FROM temp.stems"))
        return self._stems

    @property
    def count(self) -> int:
        """How many passages there are."""
        if self._count is None or self._writable:
            row = self._connection().execute("SELECT count(*) FROM passages").fetchone()
            self._count = int(row[0])
        return self._count

    def delete(self) -> None:
        """Delete the file and its token vectors."""
        self.close()
        self._path.unlink()
        shutil.rmtree(token_folder(self._path), ignore_errors=True)

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None
