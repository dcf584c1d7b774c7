"""A question set in BEIR's folder form (Thakur et al., 2021), read and checked.

`corpus.jsonl` (`_id`, `title`, `text`, `metadata`), `queries.jsonl` (`_id`, `text`, `metadata` with
`history`, `answerable`, `answers`), `qrels/test.tsv` (`query-id`, `corpus-id`, `score`).
"""

import csv
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.domain.answers import Turn
from assistant.domain.documents import PUBLIC, Document, Metadata, ReadCorpus
from assistant.domain.errors import CorpusError
from assistant.ingestion.blocks import parse, place
from assistant.ingestion.pages import Page


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the set; `answerable` is None where the set does not say."""

    id: str
    question: str
    history: tuple[Turn, ...]
    answerable: bool | None
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Documents, questions, and the documents judged for each question; 0 is not relevant."""

    corpus: ReadCorpus
    asked: tuple[Asked, ...]
    judgements: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe for not answering: documents to leave out, and what can then be answered."""

    remove: frozenset[str] = frozenset()
    answerable: Mapping[str, bool] = field(default_factory=dict)


def read_question_set(
    folder: Path, probe: Probe | None = None, limit: int | None = None
) -> QuestionSet:
    """Read a set; with a probe only its questions, without the documents that it removes.

    Raises CorpusError with file and line when something is missing or broken.
    """
    chosen = probe or Probe()
    documents = tuple(_documents(folder / "corpus.jsonl", chosen.remove))
    asked = tuple(_asked(folder / "queries.jsonl", chosen.answerable))
    judgements = {} if chosen.answerable else _judgements(folder / "qrels" / "test.tsv")
    return QuestionSet(ReadCorpus(documents), asked[:limit], judgements)


def read_probe(path: Path) -> Probe:
    """Read a probe: `remove`, `answerable` and `unanswerable` are lists of ids."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        ids = {str(i): True for i in fields["answerable"]}
        ids |= {str(i): False for i in fields["unanswerable"]}
        return Probe(frozenset(map(str, fields["remove"])), ids)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = (
            f"{path} cannot be read as a probe: it must be a JSON object with the lists remove, "
            "answerable and unanswerable."
        )
        raise CorpusError(message) from error


def _documents(path: Path, remove: Collection[str]) -> Iterator[Document]:
    for fields in _lines(path, ("_id", "text")):
        metadata = fields.get("metadata") or {}
        if metadata.get("page") in remove:
            continue
        title = str(fields.get("title") or fields["_id"])
        text = str(fields["text"])
        blocks = place(parse([Page(text)]), title=title)
        if blocks:
            url = str(metadata["url"]) if metadata.get("url") else None
            digest = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()
            about = Metadata(title=title, audience=PUBLIC, url=url)
            yield Document(str(fields["_id"]), digest, about, blocks)


def _asked(path: Path, probe: Mapping[str, bool]) -> Iterator[Asked]:
    for fields in _lines(path, ("_id", "text")):
        name = str(fields["_id"])
        if probe and name not in probe:
            continue
        metadata = fields.get("metadata") or {}
        yield Asked(
            name,
            str(fields["text"]),
            tuple(Turn(str(q), str(a)) for q, a in metadata.get("history") or ()),
            probe.get(name, metadata.get("answerable")),
            tuple(map(str, metadata.get("answers") or ())),
        )


def _judgements(path: Path) -> dict[str, dict[str, int]]:
    judgements: dict[str, dict[str, int]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                judged = judgements.setdefault(row["query-id"], {})
                judged[row["corpus-id"]] = int(row["score"])
    except (OSError, KeyError, ValueError, TypeError) as error:
        message = (
            f"{path} cannot be read; it must be a table with the columns query-id, corpus-id and "
            "score, parted by tabs."
        )
        raise CorpusError(message) from error
    return judgements


def _lines(path: Path, required: Collection[str]) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} cannot be read; a question set needs it.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except ValueError as error:
            raise CorpusError(f"{path}, line {number}: it is not JSON.") from error
        missing = [key for key in required if not isinstance(fields, dict) or key not in fields]
        if missing:
            raise CorpusError(f"{path}, line {number}: {', '.join(missing)} missing.")
        yield fields
