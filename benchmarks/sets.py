"""Question sets as `benchmarks.retrieval` asks them: public ones, and the shipped dev half."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.domain.answers import Turn
from assistant.domain.documents import PUBLIC, ReadCorpus
from assistant.evaluation.question_set import Asked, read_question_set
from assistant.ingestion.reader import read_corpus

ROOT = Path(__file__).parent.parent
RIGHT = "a right document"
ONE_IN = 8


@dataclass(frozen=True, slots=True)
class Set:
    """A question set; `counts_as` is what a document is judged as for a question."""

    name: str
    corpus: ReadCorpus
    asked: tuple[Asked, ...]
    judgements: Mapping[str, Mapping[str, int]]
    rewritten: Mapping[str, str]
    counts_as: Callable[[str, str], str] = lambda _, document: document

    def first(self, limit: int | None) -> "Set":
        """Return the set with no more than `limit` questions."""
        return replace(self, asked=self.asked[:limit])

    def smaller(self, limit: int | None) -> "Set":
        """Return the first questions with the pages judged for them and one in eight others."""
        if limit is None:
            return self
        asked = self.asked[:limit]
        judged = {d for a in asked for d in self.judgements.get(a.id, ())}
        pages = {d.path: (d.metadata.title, d.metadata.url) for d in self.corpus.documents}
        numbers = {page: number for number, page in enumerate(dict.fromkeys(pages.values()))}
        kept = {page for page, number in numbers.items() if number % ONE_IN == 0}
        kept |= {pages[d] for d in judged if d in pages}
        documents = tuple(d for d in self.corpus.documents if pages[d.path] in kept)
        corpus = replace(self.corpus, documents=documents)
        return replace(self, name=f"{self.name}-{limit}", corpus=corpus, asked=asked)


def read_set(folder: Path) -> Set:
    """Read a question set with the authors' rewrites, where it has any."""
    read = read_question_set(folder)
    lines = (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    fields = [json.loads(line) for line in lines if line.strip()]
    rewritten = {
        str(f["_id"]): str(f["metadata"]["rewrite"])
        for f in fields
        if (f.get("metadata") or {}).get("rewrite")
    }
    return Set(folder.name, read.corpus, read.asked, read.judgements, rewritten)


def shipped_set() -> Set:
    """The development questions to the shipped corpus; the right documents count as one."""
    corpus = read_corpus(ROOT / "corpus", default_audience=PUBLIC)
    lines = [
        json.loads(line)
        for file in ("shipped.jsonl", "more.jsonl")
        for line in (ROOT / "tests" / "questions" / file).read_text(encoding="utf-8").splitlines()
    ]
    fields = [f for f in lines if f["half"] == "dev" and f["answerable"] and f["documents"]]
    right = {str(f["id"]): frozenset(map(str, f["documents"])) for f in fields}
    asked = tuple(
        Asked(
            str(f["id"]),
            str(f["question"]),
            tuple(Turn(q, a) for q, a in f.get("history") or ()),
            answerable=True,
            answers=(),
        )
        for f in fields
    )

    def counts_as(question: str, document: str) -> str:
        kind = f"{document.split('/')[0]}/*"
        return RIGHT if right[question] & {document, kind} else document

    return Set("shipped", corpus, asked, {i: {RIGHT: 1} for i in right}, {}, counts_as)
