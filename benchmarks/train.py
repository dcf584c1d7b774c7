"""`python -m benchmarks.train [SWITCHES]`: questions through reloads, roll backs and kills.

Two processes ask, ten times a second at most; a third reloads a corpus whose every document says
its version, and rolls back now and then; it is killed at random and another takes its place. A
question fails when it raises or is not answered, and is mixed when its citations are of two
versions, or two answers from one snapshot are. Figures only.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.bootstrap import Services, operator
from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.errors import CorpusError
from assistant.settings import load_settings
from assistant.telemetry import configure_logging

ASKERS = 2
NAMES = ("cycle", "outcomes", "bread", "staff", "markets", "needs")
QUESTION = "Which version does the guidance have?"
ROLL_BACK_SHARE = 0.25
LONGEST_LIFE = 3.0
# Without it two askers take both cores, and a reload ten times as long.
BETWEEN_QUESTIONS = 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen: `slowest` in seconds, `handles` the most open files of an asking process."""

    reloads: int
    roll_backs: int
    kills: int
    asked: int
    failed: int
    mixed: int
    snapshots_asked: int
    left_behind: int
    slowest: float
    handles: int


def main(switches: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="assistant-train-") as name:
        began = time.perf_counter()
        seen = under_fire(Path(name), switches)
    print(
        f"{seen.reloads} reloads and {seen.roll_backs} roll backs in "
        f"{time.perf_counter() - began:.0f} s, {seen.kills} builders killed\n"
        f"{seen.asked} questions from {ASKERS} processes and {seen.snapshots_asked} snapshots: "
        f"{seen.failed} failed, {seen.mixed} mixed; slowest {seen.slowest:.2f} s\n"
        f"{seen.left_behind} drafts left behind; at most {seen.handles} open files in a process"
    )


def under_fire(folder: Path, switches: int, seed: int = 2026) -> Outcome:
    """Ask through `switches` reloads and roll backs, while builders are killed at random."""
    services = Services(load_settings(data_dir=folder / "data", corpus_dir=folder / "corpus"))
    write_version(services.settings.corpus_dir, 0)
    services.ingest(services.settings.corpus_dir)
    askers = [_start("ask", folder, folder / f"asked-{n}.log") for n in range(ASKERS)]
    try:
        built, kills = _built(folder, switches, random.Random(seed))  # noqa: S311 - no secret
    finally:
        for process in askers:
            process.send_signal(signal.SIGTERM)
            process.wait()
    services.ingest(services.settings.corpus_dir)
    answers = [a for n in range(ASKERS) for a in _lines(folder / f"asked-{n}.log")]
    return Outcome(
        built.count("reload"),
        built.count("rollback"),
        kills,
        len(answers),
        sum(a["versions"] == [] for a in answers),
        _mixed(answers),
        len({a["snapshot"] for a in answers}),
        len(list(services.snapshots.glob(".draft-*"))),
        max(a["seconds"] for a in answers),
        max(a["handles"] for a in answers),
    )


def _built(folder: Path, switches: int, chance: random.Random) -> tuple[list[str], int]:
    """Have builders build, each until it is killed; return what they did and how many they were.

    A builder lives up to thrice as long as the first one needs to start and to reload once.
    """
    log, kills = folder / "built.log", 0
    log.touch()
    began, builder = time.perf_counter(), _start("build", folder, log)
    try:
        while not log.stat().st_size:
            if builder.poll() is not None:
                raise RuntimeError("The builder ended by itself.")
            time.sleep(0.05)
        usual = time.perf_counter() - began
        while len(built := log.read_text(encoding="utf-8").split()) < switches:
            time.sleep(chance.uniform(0.1, LONGEST_LIFE) * usual)
            builder.kill()
            builder.wait()
            kills += 1
            builder = _start("build", folder, log)
    finally:
        builder.kill()
        builder.wait()
    return built, kills


def _mixed(answers: Sequence[dict[str, Any]]) -> int:
    """Count answers of two versions, and those that differ from another of the same snapshot."""
    of_snapshot = defaultdict(set)
    for answer in answers:
        of_snapshot[answer["snapshot"]] |= set(answer["versions"])
    torn = {snapshot for snapshot, versions in of_snapshot.items() if len(versions) > 1}
    return sum(len(a["versions"]) > 1 or a["snapshot"] in torn for a in answers)


def _start(what: str, folder: Path, log: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "benchmarks.train", what, str(folder), str(log)]
    # Where no `.env` lies, which would be read.
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen(command, cwd=folder, env=environment)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.endswith("}"):
            yield json.loads(line)


def write_version(corpus: Path, version: int) -> None:
    """Write every document of a version; a reload may see some of two, which is for its reader."""
    corpus.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        draft = corpus.parent / f"{name}.part"
        draft.write_text(
            f"---\ntitle: {name}\naudience: {PUBLIC if name != 'staff' else INTERNAL}\n---\n"
            f"The {name} guidance has version {version:04d}, {name}.",
            encoding="utf-8",
        )
        draft.rename(corpus / f"{name}.md")


def ask(folder: Path, log: Path) -> None:
    """Ask until the process is ended; each answer is a line of the log."""
    services = Services(load_settings(data_dir=folder / "data"))
    with services.following(), log.open("a", encoding="utf-8") as out:
        while True:
            began = time.perf_counter()
            versions, snapshot = [], None
            try:
                answer = services.answerer(QUESTION, (), (PUBLIC, INTERNAL))
                snapshot = answer.snapshot
                versions = sorted({c.quote.split("version ")[1][:4] for c in answer.citations})
            except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
                print(f"failed: {error!r}", file=sys.stderr, flush=True)
            line = {
                "snapshot": snapshot,
                "versions": versions,
                "seconds": time.perf_counter() - began,
                "handles": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - a count is all
            }
            out.write(json.dumps(line) + "\n")
            out.flush()
            time.sleep(BETWEEN_QUESTIONS)


def build(folder: Path, log: Path) -> None:
    """Reload and roll back until the process is ended; each is a word in the log."""
    services = Services(load_settings(data_dir=folder / "data", corpus_dir=folder / "corpus"))
    chance = random.Random(time.time_ns())  # noqa: S311 - not a secret
    while True:
        write_version(services.settings.corpus_dir, time.time_ns() // 10**8 % 10_000)
        services.ingest(services.settings.corpus_dir)
        _note(log, "reload")
        if chance.random() < ROLL_BACK_SHARE:
            try:
                services.train.roll_back(operator())
            except CorpusError:
                continue
            _note(log, "rollback")


def _note(log: Path, word: str) -> None:
    with log.open("a", encoding="utf-8") as out:
        out.write(f"{word}\n")


if __name__ == "__main__":
    configure_logging()
    if sys.argv[1:2] == ["ask"]:
        ask(Path(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1:2] == ["build"]:
        build(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 200)
