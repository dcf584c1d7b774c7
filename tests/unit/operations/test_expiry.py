"""A document that no kept snapshot holds any more is in no file, and the audit log proves it."""

import pytest

from assistant.domain.answers import Turn
from assistant.domain.releases import AuditEntry
from assistant.retrieval.holding import Hold
from assistant.store.inbox import Inbox, IncomingQuestion
from tests.fakes.railway import Railway

WORDS = "The quokka memorandum names the provider in Perivale that lost its contract in May."

BRIEF = "The wallaby briefing was in the corpus for one edition only and then never came back."


def expired(railway: Railway) -> list[AuditEntry]:
    entries = railway.rooms.audit.recent(50)
    return [entry for entry in entries if entry.action == "expire"]


def turn_over(railway: Railway, times: int) -> None:
    for _ in range(times):
        railway.write("kept.md", f"Kept guidance, of edition {len(railway.train.snapshots())}.")
        railway.write("more.md", f"More guidance, run {railway.live()}.")
        railway.reload()


@pytest.fixture
def told(railway: Railway) -> Railway:
    railway.write("kept.md", "Kept guidance.")
    railway.write("secret.md", WORDS)
    railway.reload()
    railway.remove("secret.md")
    return railway


def test_a_removed_document_is_gone_when_the_last_snapshot_that_holds_it_expires(
    told: Railway,
) -> None:
    turn_over(told, 2)
    assert told.holding(WORDS) != [], "an older snapshot is kept, to go back to"
    assert expired(told) == []
    turn_over(told, 1)
    assert told.holding(WORDS) == []
    (entry,) = expired(told)
    assert (entry.target, entry.outcome) == ("secret.md", "expired")
    assert entry.detail.startswith("1 of its sentences were looked for in ")
    assert "none was found" in entry.detail


def test_what_another_document_says_too_is_no_trace(told: Railway) -> None:
    told.write("other.md", WORDS)
    turn_over(told, 3)
    (entry,) = expired(told)
    assert entry.detail.startswith("0 of its sentences")
    assert told.holding(WORDS) != []


def test_a_file_that_still_holds_the_words_is_named(told: Railway) -> None:
    (told.data / "notes.txt").write_text(f"copied: {WORDS}", encoding="utf-8")
    turn_over(told, 3)
    (entry,) = expired(told)
    assert entry.outcome == "remains"
    assert "it remains in notes.txt" in entry.detail


def test_a_snapshot_that_somebody_reads_expires_with_the_next_reload(told: Railway) -> None:
    first = told.live()
    hold = Hold(told.rooms.snapshots / first)
    turn_over(told, 3)
    assert first in {entry.snapshot for entry in told.train.snapshots()}
    assert expired(told) == []
    hold.release()
    turn_over(told, 1)
    assert [entry.target for entry in expired(told)] == ["secret.md"]
    assert told.holding(WORDS) == []


def test_what_expires_beside_a_snapshot_that_somebody_reads_is_proved_too(told: Railway) -> None:
    first = told.live()
    turn_over(told, 1)
    told.write("brief.md", BRIEF)
    turn_over(told, 1)
    told.remove("brief.md")
    hold = Hold(told.rooms.snapshots / first)
    turn_over(told, 3)
    hold.release()
    assert [entry.target for entry in expired(told)] == ["brief.md"]
    assert told.holding(BRIEF) == []
    assert told.holding(WORDS) != [], "somebody read it"


def test_a_snapshot_of_another_version_is_not_kept(told: Railway) -> None:
    first = told.live()
    turn_over(told, 1)
    manifest = told.rooms.snapshots / first / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 3', '"format": 2'))
    turn_over(told, 1)
    assert not (told.rooms.snapshots / first).exists()


def answered(told: Railway) -> None:
    """Have an answer kept that cites the document."""
    answer = told.ask("quokka memorandum Perivale")
    assert WORDS in answer.text
    inbox = Inbox(told.engine)
    inbox.receive(IncomingQuestion("Ev1", "T1", "C1", "channel", "1.0", "1.0", "U1", "Who?"))
    question = inbox.take()
    assert question is not None
    told.rooms.turns.conclude(
        question, Turn("Who?", answer.text), answer.status.value, "1.5", answer
    )


def test_a_document_that_was_only_moved_is_not_gone_and_answers_keep_its_words(
    railway: Railway,
) -> None:
    railway.write("kept.md", "Kept guidance.")
    file = railway.write("secret.md", WORDS)
    railway.reload()
    answered(railway)
    (railway.corpus / "deep").mkdir()
    file.rename(railway.corpus / "deep" / "moved.md")
    turn_over(railway, 3)
    (turn,) = railway.rooms.turns.last("T1", "C1", "1.0")
    assert WORDS in turn.answer
    assert expired(railway) == []


def test_answers_that_cite_what_expired_lose_their_words(told: Railway) -> None:
    answered(told)
    turn_over(told, 2)
    (turn,) = told.rooms.turns.last("T1", "C1", "1.0")
    assert WORDS in turn.answer
    turn_over(told, 1)
    (turn,) = told.rooms.turns.last("T1", "C1", "1.0")
    assert WORDS not in turn.answer
    assert told.holding(WORDS) == []
    (entry,) = expired(told)
    assert entry.detail.endswith("1 answers were withdrawn.")
