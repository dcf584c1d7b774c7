"""`python -m benchmarks.fuzz [COUNT] [SEED]`: a folder of broken files is read; what became of it.

Each broken file is one of `tests/files` after a few random changes; the good ones lie among them.
"""

import io
import random
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.domain.documents import DefinitionFile, Document
from assistant.domain.errors import DocumentError
from assistant.ingestion.files import CorpusFolder
from assistant.ingestion.isolation import IsolatedReading
from assistant.ingestion.reader import read_corpus
from assistant.ingestion.reading import read_source

FILES = Path(__file__).parents[1] / "tests" / "files"
GOOD = "good"
LARGEST_ORIGINAL = 100_000
# How many of the files, and how many of the changes, are of these kinds.
WRONG_ENDING, INSIDE, SPLICED = 0.08, 0.5, 0.1
ARCHIVES = frozenset({".docx", ".pptx", ".xlsx"})
# What a reader understands, where random bytes would only ever be noise.
_TELLING = (
    b"<", b">", b"&", b'"', b"<!--", b"<!DOCTYPE x [", b"]]>", b"%PDF-", b"endobj", b"stream",
    b"/Filter", b"[[[[", b"<<<<", b"---\n", b"- - - ", b": |", b"\x00", b"\xff\xfe", b"PK\x03\x04",
    b"99999999999", b"-1", b"\r\n\r\n", b"=?utf-8?q?", b"Content-Type: multipart/mixed", b"|-|-|",
)  # fmt: skip

Change = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True)
class Fuzzed:
    """What became of a folder; `refused` counts the reasons, without what differs in each."""

    files: int
    read: int
    refused: Counter[str]
    good_lost: tuple[str, ...]
    unaccounted: tuple[str, ...]
    slowest: tuple[float, str]
    seconds: float
    peak_bytes: int


def write_folder(folder: Path, count: int, seed: int) -> None:
    """Put `count` broken files into a folder, and the good ones below GOOD."""
    chance = random.Random(seed)  # noqa: S311 - the same seed, the same files
    found = [FILES / path for path in CorpusFolder(FILES).paths]
    originals = [path for path in found if path.stat().st_size < LARGEST_ORIGINAL]
    contents = [original.read_bytes() for original in originals]
    for original, content in zip(originals, contents, strict=True):
        good = folder / GOOD / original.relative_to(FILES)
        good.parent.mkdir(parents=True, exist_ok=True)
        good.write_bytes(content)
    for number in range(count):
        original = originals[number % len(originals)]
        suffix = original.suffix
        if chance.random() < WRONG_ENDING:
            suffix = chance.choice(originals).suffix
        data = broken(original.read_bytes(), original.suffix, contents, chance)
        (folder / f"{number:04d}-{original.stem}{suffix}").write_bytes(data)


def broken(data: bytes, suffix: str, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Change a file in one to six places; half the archives inside their parts."""
    if suffix in ARCHIVES and chance.random() < INSIDE:
        return _broken_inside(data, others, chance)
    for _ in range(chance.randint(1, 6)):
        if chance.random() < SPLICED:
            data = _spliced(data, chance.choice(others), chance)
        else:
            data = chance.choice(_CHANGES)(data, chance)
    return data


def fuzz(count: int, seed: int, *, seconds: float = 60.0) -> Fuzzed:
    """Write a folder of broken files, read it, and account for every one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "corpus"
        write_folder(folder, count, seed)
        return read_fuzzed(folder, seconds=seconds)


def read_fuzzed(folder: Path, *, seconds: float) -> Fuzzed:
    """Read a folder that `write_folder` made."""
    times: list[tuple[float, str]] = []
    last = began = time.perf_counter()

    def on_document(path: str, _: int, __: int) -> None:
        nonlocal last
        times.append((time.perf_counter() - last, path))
        last = time.perf_counter()

    expected = set(CorpusFolder(folder).paths)
    with IsolatedReading(seconds=seconds) as reading:
        corpus = read_corpus(
            folder, default_audience="internal", on_document=on_document, read=reading.read
        )
        peak = reading.peak_bytes
    files: list[Document | DefinitionFile] = [*corpus.documents, *corpus.definition_files]
    read = {file.path for file in files}
    refused = {failed.document: failed.reason for failed in corpus.failed}
    return Fuzzed(
        files=len(expected),
        read=len(read),
        refused=Counter(map(kind_of, refused.values())),
        good_lost=tuple(_lost(folder, refused)),
        unaccounted=tuple(sorted(expected - read - refused.keys())),
        slowest=max(times),
        seconds=time.perf_counter() - began,
        peak_bytes=peak,
    )


def kind_of(reason: str) -> str:
    """A reason without the names, numbers and words of the one file."""
    if re.match(r"\S+, (?:sheet .*, )?line \d+", reason):
        return "a mistake named with its line"
    return re.sub(r"\d+|“[^”]*”", "…", re.split(r"[;:(]", reason)[0]).strip()


def _lost(folder: Path, refused: Mapping[str, str]) -> Iterator[str]:
    """Files that were not changed and of which something else is said when each is read alone."""
    there = CorpusFolder(folder)
    for path in sorted(refused):
        if path.startswith(GOOD):
            try:
                read_source(there.source(path, "internal"))
            except DocumentError as error:
                if str(error) == refused[path]:
                    continue
            yield path


def _flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 30))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _left_out(data: bytes, chance: random.Random) -> bytes:
    start, end = _range(data, chance)
    return data[:start] + data[end:]


def _repeated(data: bytes, chance: random.Random) -> bytes:
    start, end = _range(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 10, 200)) + data[end:]


def _sprinkled(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    noise = chance.choice((*_TELLING, chance.randbytes(chance.randint(1, 40))))
    return data[:at] + noise * chance.choice((1, 1, 50)) + data[at:]


_CHANGES: tuple[Change, ...] = (_flipped, _cut, _left_out, _repeated, _sprinkled, _sprinkled)


def _spliced(data: bytes, other: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _range(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 16, 300, 3000)))


def _broken_inside(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as good, zipfile.ZipFile(out, "w") as bad:
        entries = [entry for entry in good.infolist() if not entry.is_dir()]
        chosen = {entry.filename for entry in chance.sample(entries, chance.randint(1, 3))}
        for entry in entries:
            part = good.read(entry)
            if entry.filename in chosen:
                part = broken(part, "", others, chance)
            bad.writestr(entry.filename, part)
    return out.getvalue()


def _lines(fuzzed: Fuzzed) -> Iterator[str]:
    yield f"{fuzzed.files} files: {fuzzed.read} read, {fuzzed.refused.total()} refused and named"
    yield f"good files lost to the others: {', '.join(fuzzed.good_lost) or 'none'}"
    yield f"neither read nor refused: {', '.join(fuzzed.unaccounted) or 'none'}"
    yield (
        f"{fuzzed.seconds:.0f} s in all, {1000 * fuzzed.seconds / fuzzed.files:.0f} ms a file; "
        f"slowest {fuzzed.slowest[0]:.1f} s ({fuzzed.slowest[1]}); "
        f"most memory of a reading process {fuzzed.peak_bytes >> 20} MB"
    )
    for reason, count in fuzzed.refused.most_common():
        yield f"  {count:4}  {reason}"


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]] + [1000, 1][len(sys.argv) - 1 :]
    print("\n".join(_lines(fuzz(arguments[0], arguments[1]))))
