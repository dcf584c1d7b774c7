"""`make bench`: ingest, questions, Slack, cold start, memory, answers; prints figures only."""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.bootstrap import Services
from assistant.domain.documents import PUBLIC
from assistant.ingestion.reader import read_corpus
from assistant.settings import load_settings
from benchmarks.questions import HELD, judge, print_table, questions

GENERATED_PASSAGES = 2000
COLD_RUNS = 3


def main() -> None:
    """Run every benchmark in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _heading("Ingest")
        _ingest(folder / "shipped", Path("corpus"))
        _write_generated(folder / "documents")
        _ingest(folder / "generated", folder / "documents")
        _heading("A warm question, milliseconds")
        _warm(Services(load_settings(data_dir=folder / "shipped")), "shipped corpus")
        _warm(Services(load_settings(data_dir=folder / "generated")), "generated corpus")
        _heading("From cold, seconds")
        _cold(folder / "shipped")
        _heading("From a Slack event to the posted answer on loopback, milliseconds")
        subprocess.run([sys.executable, "-m", "benchmarks.slack", folder / "shipped"], check=True)
        _heading("Answers to the shipped questions")
        _answers(Services(load_settings(data_dir=folder / "shipped")))


def _heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def _ingest(data: Path, corpus: Path) -> None:
    """Ingest in a process of its own, so that its peak memory is its own."""
    command = [sys.executable, "-m", "benchmarks.ingest", str(data), str(corpus)]
    subprocess.run(command, check=True)


def _write_generated(folder: Path) -> None:
    """Write documents whose sentences are the shipped ones in another order."""
    folder.mkdir()
    shipped = read_corpus(Path("corpus"), default_audience=PUBLIC)
    sentences = [s for d in shipped.documents for b in d.blocks for s in b.sentences]
    chance = random.Random(2026)  # noqa: S311 - not a secret
    for number in range(GENERATED_PASSAGES // 10):
        parts = [f"# Generated document {number}"]
        for section in range(10):
            chosen = " ".join(chance.sample(sentences, 5))
            parts.append(f"## Section {section} of {number}\n\n{chosen}")
        (folder / f"{number:04}.md").write_text("\n\n".join(parts), encoding="utf-8")


def _warm(services: Services, name: str) -> None:
    asked = [q["question"] for q in questions("dev") if q["answerable"]]
    services.warm_up()
    timings = [services.answerer(q, (), (PUBLIC, "internal")).timings_ms for q in asked]
    steps = dict.fromkeys(step for t in timings for step in t)
    print(f"{name}, {len(asked)} questions")
    for step in steps:
        _spread(step, [t.get(step, 0.0) for t in timings])


def _spread(name: str, values: Sequence[float]) -> None:
    ordered = sorted(values)
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    print(f"  {name:<8} median {statistics.median(ordered):7.1f}   95 % {late:7.1f}")


def _cold(data: Path) -> None:
    environment = os.environ | {"ASSISTANT_DATA_DIR": str(data)}
    for name, arguments in (
        ("assistant --help", ["--help"]),
        ("assistant ask", ["ask", "What are the four worlds?"]),
    ):
        for seconds, megabytes in _runs(arguments, environment):
            print(f"  {name:<17} {seconds:5.2f} s, peak {megabytes:.0f} MB")


def _runs(arguments: list[str], environment: dict[str, str]) -> Iterator[tuple[float, float]]:
    code = (
        "import resource, subprocess, sys, time, json; began = time.perf_counter();"
        "subprocess.run(json.loads(sys.argv[1]), check=True, stdout=subprocess.DEVNULL);"
        "print(time.perf_counter() - began,"
        " resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    command = [sys.executable, "-m", "assistant", *arguments]
    for _ in range(COLD_RUNS):
        measured = subprocess.run(
            [sys.executable, "-c", code, json.dumps(command)],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        )
        seconds, megabytes = map(float, measured.stdout.split())
        yield seconds, megabytes


def _answers(services: Services) -> None:
    for half in ("dev", "check", HELD):
        print(f"{half} half")
        began = time.perf_counter()
        judged = judge(services.answerer, questions(half))
        print_table(judged)
        print(f"  {time.perf_counter() - began:.1f} s for {len(judged)} questions")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"Peak memory of this process: {peak:.0f} MB")


if __name__ == "__main__":
    main()
