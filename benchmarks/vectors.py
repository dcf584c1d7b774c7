"""What a store of vectors costs as it grows, embedded and on a server, and whether it finds all.

Vectors are made up: of unit length, 384 numbers, as alike as those of sentences are.

    python -m benchmarks.vectors [SIZE ...]
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from assistant.retrieval.embedding import Floats
from assistant.retrieval.vectors import ChromaServer, EmbeddedVectors, ServerVectors, Vectors
from tests.fakes.chroma_server import running_chroma
from tests.fakes.unit_vectors import ids_of, like_sentences, nearest_by_hand

SIZES = (2_000, 20_000)
CHANGED = 10
RELOADS = 20
QUESTIONS = 100
WANTED = 100


class Subject:
    """One store at one size: snapshots s0, s1, … in a folder, each begun with the one before."""

    def __init__(self, vectors: Vectors, folder: Path, rows: Floats) -> None:
        self.vectors = vectors
        self.folder = folder
        self.rows = rows
        self.ids = ids_of(len(rows))
        self.alive: set[int] = set()
        self.last = -1

    @property
    def live(self) -> Path:
        """The folder of the last snapshot."""
        return self.folder / f"s{self.last}"

    def reload(self, coming: range, leaving: list[int], *, rebuild: bool = False) -> float:
        """Build the next snapshot; return its seconds."""
        folder = self.folder / f"s{self.last + 1}"
        folder.mkdir()
        began = time.perf_counter()
        base = self.live if self.last >= 0 else None
        draft = self.vectors.draft(folder, base, rebuild=rebuild)
        for start in range(coming.start, coming.stop, 256):
            stop = min(start + 256, coming.stop)
            draft.add("public", self.ids[start:stop], self.rows[start:stop])
        draft.remove("public", [self.ids[i] for i in leaving])
        draft.finish()
        draft.close()
        self.last += 1
        self.alive = (self.alive | set(coming)) - set(leaving)
        self.vectors.clean([self.live, *([base] if base is not None else [])])
        return time.perf_counter() - began

    def asked(self) -> tuple[float, float, float]:
        """Return seconds to open, the median milliseconds of a question, and the share found."""
        order = sorted(self.alive)
        names, matrix = [self.ids[i] for i in order], self.rows[order]
        began = time.perf_counter()
        reader = self.vectors.open(self.live)
        reader.nearest("public", self.rows[0], WANTED)
        opening = time.perf_counter() - began
        seconds, shares = [], []
        for question in like_sentences(QUESTIONS, seed=99):
            began = time.perf_counter()
            found = [i for i, _ in reader.nearest("public", question, WANTED)]
            seconds.append(time.perf_counter() - began)
            by_hand = nearest_by_hand(names, matrix, question, WANTED)
            shares.append(len(set(found) & set(by_hand)) / WANTED)
        reader.close()
        return opening, float(np.median(seconds)) * 1000, float(np.mean(shares))


def measure(vectors: Vectors, folder: Path, size: int) -> Iterator[tuple[str, str]]:
    """Yield each figure with its name."""
    rows = like_sentences(size + RELOADS * CHANGED + CHANGED)
    subject = Subject(vectors, folder, rows)
    yield "build", f"{subject.reload(range(size), []):.1f} s"
    opening, asking, share = subject.asked()
    yield "open and first question", f"{opening:.2f} s"
    yield f"a question for {WANTED}", f"{asking:.1f} ms, {share:.4f} found"
    yield "reload, nothing changed", f"{subject.reload(range(size, size), []):.2f} s"
    dice = np.random.default_rng(5)
    seconds = []
    for turn in range(RELOADS):
        first = size + turn * CHANGED
        leaving = dice.choice(sorted(subject.alive), CHANGED, replace=False).tolist()
        seconds.append(subject.reload(range(first, first + CHANGED), leaving))
    yield f"reload, {CHANGED} changed", f"{np.median(seconds):.2f} s, at most {max(seconds):.2f} s"
    _, asking, share = subject.asked()
    yield f"a question after {RELOADS} reloads", f"{asking:.1f} ms, {share:.4f} found"
    bytes_used = sum(f.stat().st_size for f in subject.live.rglob("*") if f.is_file())
    yield "the snapshot's folder", f"{bytes_used / 1e6:.1f} MB"
    purge = subject.reload(range(0), sorted(subject.alive)[:10], rebuild=True)
    yield "purge of 10", f"{purge:.1f} s"


@contextmanager
def store(name: str, folder: Path) -> Iterator[Vectors]:
    """Return the store of a name; the server is `chroma run` on this machine."""
    if name == "embedded":
        yield EmbeddedVectors()
        return
    with running_chroma(folder / "server") as url:
        vectors = ServerVectors(ChromaServer(url), folder / "installation")
        yield vectors
        vectors.close()


def main(sizes: list[int]) -> None:
    """Print the figures of each size, a line each."""
    for size in sizes:
        for name in ("embedded", "server"):
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                vectors = stack.enter_context(store(name, folder))
                (folder / "snapshots").mkdir()
                for figure, value in measure(vectors, folder / "snapshots", size):
                    print(f"{size:>7,}  {name:<9} {figure:<32} {value}", flush=True)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(SIZES))
