"""The lexical store: an audience's passages, their words, and their token vectors.

One SQLite file an audience, written once and then only read. SQLite's FTS5 scores by BM25
(k1 = 1.2, b = 0.75) over the Porter stems of title, headings and text.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from assistant.domain.documents import Metadata, Passage
from assistant.domain.errors import CorpusError
from assistant.retrieval.currency import may_lapse
from assistant.retrieval.embedding import Floats
from assistant.retrieval.scope import Scope

PASSAGE = TypeAdapter(Passage)
METADATA = TypeAdapter(Metadata)
SCOPE = TypeAdapter(Scope)
INT8_SCALE = 127.0
MOST_REMEMBERED = 20_000
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
    tokens BLOB NOT NULL,
    sentences BLOB NOT NULL,
    sentence_count INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_of_document ON passages (document);
CREATE INDEX IF NOT EXISTS passages_of_content ON passages (content);
CREATE INDEX IF NOT EXISTS scopes ON passages (scope);
CREATE INDEX IF NOT EXISTS passages_that_may_lapse ON passages (id) WHERE may_lapse;
CREATE VIRTUAL TABLE IF NOT EXISTS word_index USING fts5(
    title, headings, text, tokenize = "porter unicode61 remove_diacritics 2"
);
"""


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The token vectors of one passage, shape (n, d), and the sentence each belongs to, (n,).

    Kept as int8, a quarter of the size; sentence -1 is the title and the headings.
    """

    vectors: npt.NDArray[np.int8]
    sentences: npt.NDArray[np.int16]

    sentence_count: int

    @classmethod
    def pack(
        cls, vectors: Floats, sentences: npt.NDArray[np.int16], sentence_count: int
    ) -> "TokenVectors":
        """Round unit vectors to int8."""
        rounded = np.rint(vectors * INT8_SCALE).astype(np.int8)
        return cls(rounded, sentences, sentence_count)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its token vectors and the digest of the text that was embedded."""

    passage: Passage
    content: str
    tokens: TokenVectors


class LexicalStore:
    """One audience's file of a snapshot."""

    def __init__(self, path: Path, dimensions: int, *, writable: bool = False) -> None:
        self._path = path
        self._dimensions = dimensions
        self._writable = writable
        self._local = threading.local()
        self._having: dict[str, int] = {}
        self._count: int | None = None
        self._stems: dict[str, int] | None = None
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
            connection.execute("PRAGMA secure_delete = ON")
            self._local.connection = connection
        return connection

    def add(self, stored: Iterable[StoredPassage]) -> None:
        """Store passages; all of them, or none when one fails."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            for item in stored:
                self._insert(connection, item)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _insert(self, connection: sqlite3.Connection, item: StoredPassage) -> None:
        passage = item.passage
        cursor = connection.execute(
            "INSERT INTO passages"
            " (id, document, content, passage, source, scope, may_lapse, tokens, sentences,"
            " sentence_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                passage.id,
                passage.document,
                item.content,
                PASSAGE.dump_json(passage).decode(),
                passage.source,
                SCOPE.dump_json(Scope(passage.metadata.nation, passage.metadata.sector)).decode(),
                may_lapse(passage.metadata),
                item.tokens.vectors.tobytes(),
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

    def remove(self, ids: Sequence[str]) -> None:
        """Delete passages and rewrite the file, so that no trace of their words is left in it."""
        connection = self._connection()
        connection.execute("BEGIN")
        for passage_id in ids:
            row = connection.execute(
                "SELECT number FROM passages WHERE id = ?", (passage_id,)
            ).fetchone()
            connection.execute("DELETE FROM word_index WHERE rowid = ?", row)
            connection.execute("DELETE FROM passages WHERE number = ?", row)
        connection.execute("COMMIT")
        connection.execute("INSERT INTO word_index (word_index) VALUES ('optimize')")
        connection.execute("VACUUM")

    def contents(self) -> dict[str, tuple[str, str]]:
        """Return each passage id with its document and the digest of what was embedded."""
        rows = self._connection().execute("SELECT id, document, content FROM passages")
        return {passage_id: (document, content) for passage_id, document, content in rows}

    def definitions(self) -> Iterator[Passage]:
        """Yield every passage that is a definition, in the order of the corpus."""
        rows = self._connection().execute(
            "SELECT passage FROM passages WHERE json_extract(passage, '$.definition') IS NOT NULL"
            " ORDER BY document, json_extract(passage, '$.position')"
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
        rows = self._rows("id, content, passage, tokens, sentences, sentence_count", ids)
        return {
            row[0]: StoredPassage(PASSAGE.validate_json(row[2]), row[1], self._vectors(*row[3:]))
            for row in rows
        }

    def tokens(self, ids: Sequence[str]) -> dict[str, TokenVectors]:
        """Return the token vectors of each passage of `ids` that is there."""
        rows = self._rows("id, tokens, sentences, sentence_count", ids)
        return {row[0]: self._vectors(*row[1:]) for row in rows}

    def _rows(self, columns: str, ids: Sequence[str]) -> sqlite3.Cursor:
        marks = ",".join("?" * len(ids))
        query = f"SELECT {columns} FROM passages WHERE id IN ({marks})"  # noqa: S608
        return self._connection().execute(query, list(ids))

    def _vectors(self, tokens: bytes, sentences: bytes, count: int) -> TokenVectors:
        vectors = np.frombuffer(tokens, dtype=np.int8).reshape(-1, self._dimensions)
        return TokenVectors(vectors, np.frombuffer(sentences, dtype=np.int16), count)

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

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None
