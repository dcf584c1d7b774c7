"""What each part of the search is worth: `python -m benchmarks.retrieval FOLDER... [--limit N]`.

Each FOLDER is a question set; the development questions to the shipped corpus are measured beside
them. A part is taken out or another put in its place, and nDCG@10 and recall@5 are printed with
95 % intervals, and by how much nDCG@10 differs from the default on the same questions
(docs/adr/0016, docs/adr/0017).
"""

import argparse
import itertools
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest import mock

from assistant.answering.answerer import Answerer
from assistant.answering.conversation import put_in_place, readings_of
from assistant.answering.extractive import ExtractiveComposer
from assistant.domain.answers import Turn
from assistant.domain.documents import PUBLIC, Passage, ReadCorpus
from assistant.evaluation import measures
from assistant.evaluation.measures import Figure
from assistant.evaluation.question_set import Asked
from assistant.ingestion import filling, passages, plan
from assistant.ingestion.build import SnapshotBuilder
from assistant.retrieval import lexical
from assistant.retrieval.currency import local_today
from assistant.retrieval.embedding import Floats
from assistant.retrieval.encoders import DEFAULT_PACKAGE, LazyEncoder, load_question_encoder
from assistant.retrieval.evidence import Reading
from assistant.retrieval.glossary import Glossary
from assistant.retrieval.scoring import Mix
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot
from assistant.settings import Settings
from benchmarks import rankings
from benchmarks.rankings import AUDIENCES, ObservedSearcher, Place, Places, Pool, Ranking, Values
from benchmarks.sets import Set, read_set, shipped_set

DEFAULT = "default"
SOURCES = (0.0, 0.3, 0.6, 1.5)
SIZES = (("half", 0.5), ("double", 2.0))
NEIGHBOURS = 0.3
KEEPING = 0.7
TERMS = ("abbreviation", "definition")
WITHOUT_STEMS = """
CREATE VIRTUAL TABLE plain USING fts5(
    title, headings, text, tokenize = "unicode61 remove_diacritics 2"
);
INSERT INTO plain (rowid, title, headings, text)
    SELECT rowid, title, headings, text FROM word_index;
DROP TABLE word_index;
ALTER TABLE plain RENAME TO word_index;
"""

Understood = Callable[[Asked], tuple[str, Sequence[Reading]]]
Patch = Callable[[], AbstractContextManager[object]]


class Index:
    """A snapshot of a set's corpus, opened; kept in `folder` for the next run."""

    def __init__(self, folder: Path, corpus: ReadCorpus, encoder: Path) -> None:
        if not list(folder.glob("[!.]*")):
            embeds = LazyEncoder(DEFAULT_PACKAGE, encoder)
            builder = SnapshotBuilder(folder, embeds)
            builder.adopt(builder.build(builder.plan(corpus, None)).folder)
            embeds.export()
        self.folder = next(folder.glob("[!.]*"))
        questions = load_question_encoder(DEFAULT_PACKAGE, encoder)
        self.snapshot = Snapshot(self.folder, questions)
        self.searcher = ObservedSearcher(self.snapshot, questions)
        self.plain = Searcher(self.snapshot, questions)
        self.places: dict[str, Place] = {}
        for store in self.snapshot.lexical.values():
            rows = store._connection().execute("SELECT id, document, source, number FROM passages")
            self.places |= {i: Place(*row) for i, *row in rows}

    def vectors(self, ids: Sequence[str]) -> Mapping[str, Floats]:
        """Return the vectors of passages."""
        return self.snapshot.vectors.vectors(PUBLIC, ids)


@dataclass(frozen=True, slots=True)
class Table:
    """Prints one line a variant, against the figures of the default."""

    default: Values

    def line(self, name: str, found: Values) -> None:
        """Print a variant's figures and by how much its nDCG@10 differs on the same questions."""
        row = [measures.mean(list(found[m].values())) for m in rankings.MEASURES]
        gain = rankings.gain(found, self.default, "ndcg_at_10")
        print(f"{name:<48} {_figure(row[0])}  {_figure(row[1])}  {_figure(gain, sign='+')}")


def main() -> None:
    """Measure every set that is named, the shipped corpus, and how long a question takes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.add_argument("folders", metavar="FOLDER", nargs="*", type=Path)
    parser.add_argument(
        "--limit",
        type=int,
        help="so many questions of a set with another index, and fewer documents embedded anew",
    )
    parser.add_argument("--snapshots", type=Path, help="where snapshots are kept for the next run")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        kept = arguments.snapshots or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for folder in arguments.folders:
            _measure(read_set(folder), kept, arguments.limit)
        shipped = shipped_set()
        index = _measure(shipped, kept, None)
        _glossary(shipped, index)
        _latency(shipped, index)


def _measure(questions: Set, kept: Path, limit: int | None) -> Index:
    name = questions.name
    index = Index(kept / f"{name}-{DEFAULT}", questions.corpus, kept / "encoder")
    pools = _pools(index, questions, _as_product)
    table = Table(_values(questions, pools, index.places, rankings.by_mix(Mix(), index.places)))
    passage_count, count = index.snapshot.manifest.passages, len(table.default["ndcg_at_10"])
    print(f"\n{name}: {count} judged questions, {passage_count} passages", flush=True)
    print(f"{'':<48} {'nDCG@10':<22} {'recall@5':<22} nDCG@10 against the default")
    for label, ranking in _rankings(index):
        table.line(label, _values(questions, pools, index.places, ranking))
    if any(asked.history for asked in questions.asked):
        _conversation(questions, index, table)
    _words(questions.first(limit), index, kept, table)
    _passages(questions.smaller(limit), kept)
    return index


def _rankings(index: Index) -> Iterator[tuple[str, Ranking]]:
    """Ways to rank what one search brought."""
    places, alone = index.places, Mix(source=0.0)
    yield "BM25 alone", rankings.by_words
    yield "vectors alone", rankings.by_vectors
    yield "reciprocal rank fusion of the two", rankings.by_ranks
    yield "mix of the two", rankings.by_mix(replace(alone, interaction=0.0), places)
    yield "mix of the two, sources", rankings.by_mix(Mix(interaction=0.0), places)
    for source in SOURCES:
        yield f"mix of three, sources {source}", rankings.by_mix(Mix(source=source), places)
    yield "mix of three, sources 1.0 (default)", rankings.by_mix(Mix(), places)
    for mix, sources in ((alone, 0.0), (Mix(), 1.0)):
        neighbours = rankings.with_neighbours(mix, places, NEIGHBOURS)
        yield f"sources {sources}, {NEIGHBOURS} of the neighbours", neighbours
    diverse = rankings.with_diversity(Mix(), places, KEEPING, index.vectors)
    yield f"default, then diversity with lambda {KEEPING}", diverse


def _conversation(questions: Set, index: Index, table: Table) -> None:
    """Ways to read a question that is asked in a thread."""
    ways: dict[str, Understood] = {
        "the question alone": lambda a: (a.question, ()),
        "one reading, with the topic where it leans": lambda a: (
            _as_product(a)[0],
            (),
        ),
        "three readings (default)": _as_product,
        "the authors' rewrite": lambda a: (questions.rewritten.get(a.id, a.question), ()),
        "all earlier questions appended": lambda a: (
            " ".join([*(turn.question for turn in a.history), a.question]),
            (),
        ),
    }
    rewritten = replace(
        questions, asked=tuple(a for a in questions.asked if a.id in questions.rewritten)
    )
    for name, way in ways.items():
        pools = _pools(index, questions, way)
        for mix in (Mix(source=0.0), Mix()):
            ranking = rankings.by_mix(mix, index.places)
            label = f"{name}, sources {mix.source}"
            table.line(label, _values(questions, pools, index.places, ranking))
        if rewritten.asked:
            found = _values(rewritten, pools, index.places, ranking)
            table.line(f"  the {len(rewritten.asked)} with a rewrite", found)
        if way is _as_product:
            alike = {i: pool and pool.weighing_alike() for i, pool in pools.items()}
            table.line(
                "  readings that count alike", _values(questions, alike, index.places, ranking)
            )


def _words(questions: Set, index: Index, kept: Path, table: Table) -> None:
    """The lexical analyser: columns that count alike, and words without stems."""
    with mock.patch.object(lexical, "COLUMN_WEIGHTS", "1.0, 1.0, 1.0"):
        _line_of_index("title, headings, text count alike", questions, index, table)
    folder = kept / f"{questions.name}-no-stems"
    if not folder.exists():
        _without_stems(index.folder, folder / index.folder.name)
    other = Index(folder, questions.corpus, kept / "encoder")
    _line_of_index("no stems", questions, other, table)


def _without_stems(source: Path, target: Path) -> None:
    shutil.copytree(source, target)
    for file in target.glob("*.sqlite3"):
        connection = sqlite3.connect(file)
        connection.executescript(WITHOUT_STEMS)
        connection.close()


def _passages(questions: Set, kept: Path) -> None:
    """What is embedded: passages without their headings, and of other sizes."""
    variants: list[tuple[str, Patch]] = [(DEFAULT, nullcontext), ("no-headings", _without_headings)]
    documents = questions.corpus.documents
    words = [sum(passages.count_words(b.text) for b in d.blocks) for d in documents]
    if statistics.median(words) > passages.LONGEST_WORDS:
        variants += [(name, partial(_sized, by)) for name, by in SIZES]
    print(f"passages, {len(questions.asked)} questions, {len(documents)} documents", flush=True)
    found: list[Values] = []
    for name, patch in variants:
        folder = kept / f"{questions.name}-{name}"
        with patch():
            index = Index(folder, questions.corpus, kept / "encoder")
        found.append(_default_values(questions, index))
        passage_count = index.snapshot.manifest.passages
        Table(found[0]).line(f"  {name}, {passage_count} passages", found[-1])


@contextmanager
def _without_headings() -> Iterator[None]:
    with ExitStack() as stack:
        for module in (plan, filling):
            stack.enter_context(mock.patch.object(module, "embedded_text", _text_alone))
        yield


def _text_alone(passage: Passage) -> tuple[str, list[int]]:
    sentences = [s for block in passage.blocks for s in block.sentences]
    starts = [sum(len(s) + 1 for s in sentences[:number]) for number in range(len(sentences))]
    return "\n".join(sentences), starts


@contextmanager
def _sized(factor: float) -> Iterator[None]:
    with ExitStack() as stack:
        for name in ("PASSAGE_WORDS", "LONGEST_WORDS", "LONGEST_LEAD_IN"):
            words = int(getattr(passages, name) * factor)
            stack.enter_context(mock.patch.object(passages, name, words))
        yield


def _glossary(questions: Set, index: Index) -> None:
    """With and without what abbreviations stand for, where a question holds one or its term."""
    glossaries = index.snapshot.as_of(local_today()).glossaries.values()
    expanded = tuple(a for a in questions.asked if any(g.expansion(a.question) for g in glossaries))
    kinds = tuple(a for a in questions.asked if a.id.split("-")[0] in TERMS)
    for name, asked in (("expanded questions", expanded), (" and ".join(TERMS), kinds)):
        about = replace(questions, asked=asked)
        print(f"\n{name}, {len(asked)} questions")
        with_it = _default_values(about, index)
        with mock.patch.object(Glossary, "expansion", return_value=""):
            without = _default_values(about, index)
        Table(with_it).line("with the glossary's expansion", with_it)
        Table(with_it).line("without", without)


def _latency(questions: Set, index: Index) -> None:
    """Milliseconds of each step of an answer, alone and as the second question of a thread."""
    print("\nMilliseconds of each step, median")
    answerer = Answerer(
        lambda: index.plain,
        minimum_confidence=Settings.model_fields["minimum_confidence"].default,
        composer=ExtractiveComposer(),
    )
    first = "What are the four worlds?"
    thread = (Turn(first, answerer(first, (), AUDIENCES).text),)
    threads: dict[str, tuple[Turn, ...]] = {"alone": (), "in a thread": thread}
    # Processor time is the same on a busy machine; it counts both cores.
    clocks = {"by the clock": time.perf_counter, "of processor": time.process_time}
    for (name, history), (clock, now) in itertools.product(threads.items(), clocks.items()):
        with mock.patch.object(time, "perf_counter", now):
            timings = [answerer(a.question, history, AUDIENCES).timings_ms for a in questions.asked]
        steps = dict.fromkeys(step for timing in timings for step in timing)
        medians = {s: statistics.median(t.get(s, 0.0) for t in timings) for s in steps}
        print(f"{name}, {clock}:", "  ".join(f"{s} {ms:.1f}" for s, ms in medians.items()))


def _line_of_index(name: str, questions: Set, index: Index, table: Table) -> None:
    table.line(name, _default_values(questions, index))


def _default_values(questions: Set, index: Index) -> Values:
    pools = _pools(index, questions, _as_product)
    return _values(questions, pools, index.places, rankings.by_mix(Mix(), index.places))


def _as_product(asked: Asked) -> tuple[str, Sequence[Reading]]:
    put = put_in_place(asked.question, asked.history)
    return readings_of(asked.question, asked.history, put)


def _pools(index: Index, questions: Set, understood: Understood) -> dict[str, Pool | None]:
    found = {}
    for asked in questions.asked:
        found[asked.id] = index.searcher.pool(*understood(asked))
    return found


def _values(
    questions: Set, pools: Mapping[str, Pool | None], places: Places, ranking: Ranking
) -> Values:
    run = {}
    for asked in questions.asked:
        pool = pools[asked.id]
        documents = rankings.documents_of(ranking(pool), places) if pool is not None else {}
        counted: dict[str, float] = {}
        for document, score in documents.items():
            counted.setdefault(questions.counts_as(asked.id, document), score)
        run[asked.id] = counted
    return rankings.values(run, questions.judgements)


def _figure(figure: Figure | None, sign: str = "-") -> str:
    if figure is None:
        return "-"
    return f"{figure.value:{sign}.3f} ({figure.low:{sign}.3f} to {figure.high:{sign}.3f})"


if __name__ == "__main__":
    main()
