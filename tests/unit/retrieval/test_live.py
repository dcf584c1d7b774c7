"""Who follows the live snapshot: soon after a switch, and without holding the one before."""

import threading
import time
from collections.abc import Iterator

import pytest

from assistant.retrieval.holding import Hold, SnapshotGoneError, move_away
from assistant.retrieval.live import FOLLOW_SECONDS, LiveCorpus
from tests.fakes.library import Library

SOON = 2.0


@pytest.fixture
def guidance(library: Library) -> Library:
    library.write("bread.md", "Rye bread is baked, in edition 1.")
    library.ingest()
    return library


@pytest.fixture
def follower(guidance: Library) -> Iterator[LiveCorpus]:
    """Another process's view of the live snapshot, which nobody asks anything."""
    corpus = LiveCorpus(guidance.snapshots, lambda: guidance.live, lambda: guidance.encoder)
    corpus.searcher()
    stopping = threading.Event()
    thread = threading.Thread(target=corpus.follow, args=(stopping,))
    thread.start()
    yield corpus
    stopping.set()
    thread.join()


def again(guidance: Library) -> str:
    guidance.write("bread.md", f"Rye bread is baked, after {guidance.live}.")
    return guidance.ingest().snapshot


def until(seconds: float) -> Iterator[None]:
    """Yield again and again until the seconds are over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.02)


def test_a_process_that_is_not_asked_follows_a_switch_within_two_seconds(
    guidance: Library, follower: LiveCorpus
) -> None:
    assert FOLLOW_SECONDS < SOON
    old, new = guidance.snapshots / str(guidance.live), again(guidance)
    for _ in until(5 * SOON):
        opened = follower._searcher
        if opened is not None and opened.snapshot.manifest.snapshot == new:
            break
    else:
        pytest.fail("It still has the old snapshot open.")
    del opened
    for _ in until(SOON):
        if move_away(old, old.with_name(".away")):
            return
    pytest.fail("It still holds the old snapshot.")


def test_what_is_held_is_not_moved_and_what_is_moved_cannot_be_held(guidance: Library) -> None:
    folder = guidance.snapshots / str(guidance.live)
    first, second = Hold(folder), Hold(folder)
    first.release()
    assert not move_away(folder, folder.with_name(".away"))
    second.release()
    assert move_away(folder, folder.with_name(".away"))
    with pytest.raises(SnapshotGoneError, match="is gone"):
        Hold(folder)
    assert not move_away(folder, folder.with_name(".again"))


def test_a_question_that_comes_between_the_pointer_and_the_hold_looks_again(
    guidance: Library,
) -> None:
    old, new = str(guidance.live), again(guidance)
    answers = iter([old])
    (guidance.snapshots / old).rename(guidance.snapshots / ".away")
    corpus = LiveCorpus(guidance.snapshots, lambda: next(answers, new), lambda: guidance.encoder)
    assert corpus.searcher().snapshot.manifest.snapshot == new
