"""`python -m benchmarks.reload [PASSAGES ...]`: what a reload costs, by the size of the corpus.

The corpus is generated, ten passages a document, and its first vectors are random ones of the real
size, since a hundred thousand passages take the better part of an hour to embed and the cost of a
reload does not depend on what the vectors are. Every reload that is timed is the real one, with the
default encoder, in this process and then by the command in a process of its own.
"""

import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from assistant.bootstrap import Services, operator
from assistant.domain.documents import PUBLIC
from assistant.domain.releases import Release
from assistant.ingestion.build import SnapshotBuilder
from assistant.ingestion.reader import read_corpus
from assistant.operations.train import Train
from assistant.retrieval.embedding import Embedding, unit_rows
from assistant.retrieval.encoders import LazyEncoder
from assistant.settings import load_settings
from assistant.telemetry import configure_logging

SIZES = (2_000, 20_000, 100_000)
PASSAGES_A_DOCUMENT = 10
WORDS_A_PASSAGE = 100
ASKED = (
    "What is the difference between an output and an outcome?",
    "How do commissioners pay for outcomes?",
    "What did the report find about providers?",
)


class RandomVectors:
    """An encoder that takes no time and says that it is the real one."""

    def __init__(self, real: LazyEncoder) -> None:
        self.name, self.digest, self.dimensions = real.name, real.digest, real.dimensions
        self._chance = np.random.default_rng(2026)

    def embed(self, texts: Sequence[str], *, as_question: bool = False) -> Iterator[Embedding]:  # noqa: ARG002
        """Yield unit vectors, four tokens to three words."""
        for text in texts:
            count = min(254, len(text.split()) * 4 // 3)
            rows = self._chance.standard_normal((count + 1, self.dimensions), dtype=np.float32)
            starts = np.linspace(0, len(text) - 1, count).astype(np.int64)
            spans = np.stack([starts, starts + 1], axis=1)
            units = unit_rows(rows)
            yield Embedding(units[0], units[1:], spans)


def main(sizes: Sequence[int]) -> None:
    """Print the figures of each size."""
    configure_logging()
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="assistant-reload-") as name:
            _measure(Path(name), size)


def _measure(folder: Path, passages: int) -> None:
    corpus = folder / "corpus"
    write_corpus(corpus, passages)
    services = Services(load_settings(data_dir=folder / "data", corpus_dir=corpus))
    print(f"\n{passages:,} passages, vectors: {services.settings.chroma_url or 'embedded'}")
    _first(services)
    files = sorted(corpus.glob("*.md"))
    _show("unchanged", services, lambda: None)
    for number, file in enumerate(files[:3]):
        _show("one changed", services, lambda: _change(file, number))  # noqa: B023
    _show("ten changed", services, lambda: [_change(f, 9) for f in files[10:20]])
    _show("one added", services, lambda: shutil.copy(files[5], corpus / "copy.md"))
    _show("one removed", services, files[6].unlink)
    began = time.perf_counter()
    services.train.preview(operator())
    print(f"  preview       {time.perf_counter() - began:7.2f} s")
    began = time.perf_counter()
    services.train.roll_back(operator())
    print(f"  roll back     {time.perf_counter() - began:7.2f} s")
    _questions(services)
    _commands(services, files[7])
    began = time.perf_counter()
    purged = services.train.purge(operator(), files[8].name)
    print(
        f"  purge         {time.perf_counter() - began:7.2f} s, {purged.files} files looked "
        f"through, remains: {', '.join(purged.remains) or 'nothing'}"
    )
    disk = _disk(services.snapshots)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  disk          {disk / 2**20:7.0f} MB for all snapshots; peak memory {peak:.0f} MB")


def _first(services: Services) -> None:
    """Build the first snapshot: random vectors, the rest as always."""
    encoder = LazyEncoder(services.settings.encoder, services._encoder_folder)
    encoder.export()
    rooms = services._rooms()
    real = LazyEncoder(services.settings.encoder, services._encoder_folder)
    quick = SnapshotBuilder(services.snapshots, RandomVectors(real), services.vectors)
    began = time.perf_counter()
    release = Train(replace(rooms, builder=quick)).reload(operator(), allow_shrink=True)
    print(f"  first build   {time.perf_counter() - began:7.2f} s without the encoder")
    print(f"                {release.sentence}", flush=True)
    list(real.embed(["warm"]))


def _show(what: str, services: Services, change: Callable[[], object]) -> Release:
    change()
    began = time.perf_counter()
    release = services.ingest(services.settings.corpus_dir)
    seconds = time.perf_counter() - began
    print(
        f"  {what:<13} {seconds:7.2f} s, {release.encoder_seconds:5.2f} s of it in the encoder; "
        f"{release.counts['embedded']} embedded, {release.outcome.value}",
        flush=True,
    )
    return release


def _commands(services: Services, file: Path) -> None:
    """Time the commands from cold, as an administrator gives them."""
    data, corpus = services.settings.data_dir, services.settings.corpus_dir
    command = [sys.executable, "-m", "assistant", "--data-dir", str(data)]
    for what, change, arguments in (
        ("settle", lambda: None, ["ingest", str(corpus)]),
        ("unchanged", lambda: None, ["ingest", str(corpus)]),
        ("one changed", lambda: _change(file, 77), ["ingest", str(corpus)]),
        ("roll back", lambda: None, ["rollback"]),
    ):
        change()
        began = time.perf_counter()
        subprocess.run([*command, *arguments], check=True, stdout=subprocess.DEVNULL)
        print(f"  {what + ' (command)':<24} {time.perf_counter() - began:7.2f} s", flush=True)


def _questions(services: Services) -> None:
    times = []
    for question in ASKED * 4:
        began = time.perf_counter()
        services.answerer(question, (), (PUBLIC,))
        times.append((time.perf_counter() - began) * 1000)
    print(f"  a question    {statistics.median(times[3:]):7.0f} ms, median of {len(times) - 3}")


def write_corpus(folder: Path, passages: int) -> None:
    """Write documents whose sentences are those of the shipped corpus in another order."""
    folder.mkdir(parents=True)
    shipped = read_corpus(Path("corpus"), default_audience=PUBLIC)
    sentences = [s for d in shipped.documents for b in d.blocks for s in b.sentences]
    chance = random.Random(2026)  # noqa: S311 - not a secret
    for number in range(passages // PASSAGES_A_DOCUMENT):
        parts = [
            f"# Section {section} of report {number}\n\n{_text(chance, sentences)}"
            for section in range(PASSAGES_A_DOCUMENT)
        ]
        parts.insert(0, f"---\ntitle: Report {number}\naudience: public\n---")
        (folder / f"report-{number:06d}.md").write_text("\n\n".join(parts), encoding="utf-8")


def _text(chance: random.Random, sentences: Sequence[str]) -> str:
    text = f"Area {chance.randrange(10**6)} was looked at."
    while len(text.split()) < WORDS_A_PASSAGE:
        text += " " + chance.choice(sentences)
    return " ".join(text.split()[:WORDS_A_PASSAGE]) + "."


def _change(file: Path, number: int) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(text + f" It was looked at again, for the {number}th time.", encoding="utf-8")


def _disk(folder: Path) -> int:
    """Return the bytes on disk; what several snapshots share counts once."""
    files = {(s.st_dev, s.st_ino): s.st_size for p in folder.rglob("*") if (s := p.stat())}
    return sum(files.values())


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
