"""Files broken at random among good ones: every one is read or named, and none takes another along.

`python -m benchmarks.fuzz` does the same with a thousand.
"""

from pathlib import Path

import pytest

from assistant.ingestion.isolation import IsolatedReading
from assistant.ingestion.reader import read_corpus
from benchmarks.fuzz import GOOD, Fuzzed, read_fuzzed, write_folder

pytestmark = pytest.mark.integration
FILES = 100


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Fuzzed:
    folder = tmp_path_factory.mktemp("fuzzed")
    write_folder(folder, FILES, seed=7)
    return read_fuzzed(folder, seconds=60)


def test_every_broken_file_is_read_or_named(fuzzed: Fuzzed) -> None:
    assert fuzzed.files > FILES
    assert fuzzed.unaccounted == ()
    assert fuzzed.read + fuzzed.refused.total() == fuzzed.files
    assert min(fuzzed.read, fuzzed.refused.total()) > FILES / 5


def test_no_good_file_is_lost_to_a_broken_one(fuzzed: Fuzzed) -> None:
    assert fuzzed.good_lost == ()


def test_each_reason_is_a_sentence_for_people(fuzzed: Fuzzed) -> None:
    for reason in fuzzed.refused:
        assert reason[0].isupper() or reason == "a mistake named with its line"
        assert "Traceback" not in reason
        assert "\n" not in reason


def test_time_and_memory_stay_within_bounds(fuzzed: Fuzzed) -> None:
    assert fuzzed.slowest[0] < 60
    assert fuzzed.peak_bytes < 1 << 30


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_folder(tmp_path / name, 30, seed=5)
    files = [path for path in sorted((tmp_path / "one").rglob("*")) if path.is_file()]
    assert len(files) > 30
    for path in files:
        other = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == other.read_bytes()


def test_a_good_file_that_is_lost_is_noticed(tmp_path: Path) -> None:
    """Too little time for it stands for a process that a broken file harmed."""
    good = tmp_path / GOOD
    good.mkdir()
    (good / "long.md").write_text("Some words that stand here. " * 15_000)
    with IsolatedReading(seconds=0.05) as reading:
        assert read_corpus(tmp_path, default_audience="internal", read=reading.read).failed
    assert read_fuzzed(tmp_path, seconds=0.05).good_lost == (f"{GOOD}/long.md",)
