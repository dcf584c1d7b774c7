"""What every database must do for answers that were shared and for what peers say of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from threading import Thread

import pytest

from assistant.domain.answers import Answer, AnswerStatus, Citation, Turn
from assistant.domain.networks import (
    Origin,
    Peer,
    PeerAnswer,
    PeerCitation,
    Response,
    ResponseKind,
)
from assistant.domain.releases import Actor, AuditEntry
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.inbox import Inbox, IncomingQuestion
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.turns import Turns

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
ENTRY = AuditEntry(NOW, Actor("U1", "Slack"), "share with a network", "network-elm", "done")
SENTENCE = "The zephyrine clause binds every lodestar commissioner."
SHARED = PeerAnswer(
    id=0,
    network="elm",
    origin=Origin.SHARED,
    question="What is a lodestar?",
    answer="It is what one steers by. [1]",
    by=Peer("U1", "Ann Lee", "Elm Council"),
    on=date(2027, 3, 1),
    note="We steer by it too.",
    citations=(PeerCitation(1, "a.md", "Stars", "[1] Stars", "https://example.org/a", "public"),),
    inbox_id=1,
)
CAPTURED = replace(
    SHARED, origin=Origin.CAPTURED, inbox_id=None, call_id=3, channel="C1", message_ts="1.5"
)
SAID = Response(
    id=0,
    answer_id=1,
    kind=ResponseKind.WORKED,
    by=Peer("U2", "Ben Kay", "Oak Council"),
    what="It halved the waiting time.",
    when=date(2027, 1, 15),
    link="https://example.org/ours",
    at=NOW,
)
WRONG = replace(SAID, kind=ResponseKind.WRONG, what="It is from before the Act.")


@pytest.fixture
def answers(engine: Engine) -> PeerAnswers:
    return PeerAnswers(engine)


def shown(answers: PeerAnswers) -> int:
    """Show whatever waits to be shown, and return how often."""
    times = 0
    while (showing := answers.take_showing()) is not None:
        answers.shown(showing)
        times += 1
    return times


def outcomes(engine: Engine) -> list[tuple[str, str]]:
    log = AuditLog(engine)
    assert log.verify() == ()
    return [(entry.outcome, entry.detail) for entry in log.recent()]


@pytest.mark.parametrize("answer", [SHARED, CAPTURED])
def test_an_answer_comes_back_as_it_was_kept(answers: PeerAnswers, answer: PeerAnswer) -> None:
    kept = answers.add(answer, ENTRY)
    assert kept == replace(answer, id=kept.id)
    assert answers.find(kept.id) == kept
    assert answers.find(kept.id + 1) is None
    assert answers.of_network("elm") == [kept]
    assert answers.of_network("oak") == []
    assert answers.shared_by("U1") == [kept]


@pytest.mark.parametrize("answer", [SHARED, CAPTURED])
def test_the_same_is_kept_once_and_noted_once(
    answers: PeerAnswers, engine: Engine, answer: PeerAnswer
) -> None:
    first = answers.add(answer, ENTRY)
    assert answers.add(replace(answer, note="Other words."), ENTRY) == first
    assert len(outcomes(engine)) == 1


def test_of_many_who_share_at_once_one_does(answers: PeerAnswers, engine: Engine) -> None:
    kept: list[int] = []
    work: Callable[[], None] = lambda: kept.append(answers.add(SHARED, ENTRY).id)  # noqa: E731
    threads = [Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 5
    assert len(set(kept)) == 1
    assert len(outcomes(engine)) == 1


def test_others_share_the_same_answer_and_it_is_shared_with_other_networks(
    answers: PeerAnswers,
) -> None:
    numbers = {
        answers.add(each, ENTRY).id
        for each in (SHARED, replace(SHARED, by=Peer("U2", None, "")), replace(SHARED, network="b"))
    }
    assert len(numbers) == 3
    assert [a.by.user for a in answers.of_network("elm")] == ["U2", "U1"]


def test_what_is_new_is_to_be_shown_once_and_a_reply_by_nobody(answers: PeerAnswers) -> None:
    kept = answers.add(SHARED, ENTRY)
    answers.add(CAPTURED, ENTRY)
    showing = answers.take_showing()
    assert showing is not None
    assert showing.answer == kept
    assert answers.take_showing() is None, "somebody is at it"
    answers.note_posted(kept.id, "C5", "9.5")
    answers.shown(showing)
    assert shown(answers) == 0
    found = answers.at("C5", "9.5")
    assert found is not None
    assert found.id == kept.id
    assert answers.at("C5", "9.6") is None


def test_a_change_while_it_is_shown_is_shown_afterwards(answers: PeerAnswers) -> None:
    kept = answers.add(SHARED, ENTRY)
    showing = answers.take_showing()
    assert showing is not None
    answers.respond(replace(SAID, answer_id=kept.id), ENTRY)
    answers.shown(showing)
    assert shown(answers) == 1


def test_what_could_not_be_shown_waits(answers: PeerAnswers) -> None:
    answers.add(SHARED, ENTRY)
    showing = answers.take_showing()
    assert showing is not None
    answers.put_off_showing(showing, 60)
    assert answers.take_showing() is None
    answers.put_off_showing(showing, -1)
    assert answers.take_showing() is not None


def test_withdrawing_erases_every_word_and_is_for_who_shared_it(
    answers: PeerAnswers, engine: Engine
) -> None:
    kept = answers.add(SHARED, ENTRY)
    answers.respond(replace(SAID, answer_id=kept.id), ENTRY)
    shown(answers)
    assert answers.withdraw(kept.id, "U2", ENTRY) is None
    left = answers.withdraw(kept.id, "U1", replace(ENTRY, outcome="withdrawn"))
    assert left is not None
    assert left.withdrawn_at is not None
    assert (left.question, left.answer, left.note, left.citations) == ("", "", "", ())
    assert (left.by.name, left.by.organisation) == (None, "")
    assert answers.responses(kept.id) == []
    assert answers.of_network("elm") == []
    assert answers.shared_by("U1") == []
    assert answers.withdraw(kept.id, "U1", ENTRY) is None
    assert answers.respond(replace(SAID, answer_id=kept.id), ENTRY) is None
    assert shown(answers) == 1, "its message is to say so"
    assert outcomes(engine)[0][0] == "withdrawn"
    again = answers.add(SHARED, ENTRY)
    assert again.id != kept.id, "it can be shared anew"


def test_no_file_of_the_database_holds_what_was_withdrawn(
    answers: PeerAnswers, engine: Engine
) -> None:
    kept = answers.add(replace(SHARED, note=SENTENCE), ENTRY)
    answers.withdraw(kept.id, "U1", ENTRY)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM peer_answers").all()
    assert SENTENCE not in str(rows)


def test_what_was_made_of_a_withdrawn_answer_is_dealt_with_once(answers: PeerAnswers) -> None:
    kept = answers.add(SHARED, ENTRY)
    answers.note_verified(kept.id, 7)
    assert answers.withdrawn_but_verified() == []
    answers.withdraw(kept.id, "U1", ENTRY)
    assert [each.verified_id for each in answers.withdrawn_but_verified()] == [7]
    answers.note_parted(kept.id)
    assert answers.withdrawn_but_verified() == []


def test_a_peer_says_each_kind_once_and_the_last_holds(
    answers: PeerAnswers, engine: Engine
) -> None:
    kept = answers.add(SHARED, ENTRY)
    said = replace(SAID, answer_id=kept.id)
    first = answers.respond(said, ENTRY)
    assert first is not None
    assert first == replace(said, id=first.id)
    assert answers.respond(said, ENTRY) == first
    assert len(outcomes(engine)) == 2, "saying the same again is no change"
    second = answers.respond(replace(said, what="It quartered it."), ENTRY)
    assert second is not None
    assert (second.id, second.what) == (first.id, "It quartered it.")
    other = answers.respond(
        replace(said, by=Peer("U3", None, "Ash"), at=NOW.replace(hour=13)), ENTRY
    )
    assert answers.responses(kept.id) == [other, second]
    assert answers.take_back(first.id, "U3", ENTRY) is None
    assert answers.take_back(first.id, "U2", ENTRY) == second
    assert answers.response(first.id) is None
    assert answers.responses(kept.id) == [other]


def test_a_correction_is_told_of_once_each_time_it_says_something_else(
    answers: PeerAnswers,
) -> None:
    kept = answers.add(SHARED, ENTRY)
    answers.respond(replace(SAID, answer_id=kept.id), ENTRY)
    assert answers.take_correction() is None
    wrong = replace(WRONG, answer_id=kept.id)
    said = answers.respond(wrong, ENTRY)
    correction = answers.take_correction()
    assert correction is not None
    assert correction.response == said
    assert answers.take_correction() is None
    answers.told(correction)
    assert answers.take_correction() is None
    answers.respond(replace(wrong, what="It is from 2010."), ENTRY)
    changed = answers.take_correction()
    assert changed is not None
    assert changed.version == correction.version + 1


def test_a_correction_is_open_until_a_steward_deals_with_it(
    answers: PeerAnswers, engine: Engine
) -> None:
    kept = answers.add(SHARED, ENTRY)
    worked = answers.respond(replace(SAID, answer_id=kept.id), ENTRY)
    said = answers.respond(replace(WRONG, answer_id=kept.id), ENTRY)
    assert said is not None
    assert worked is not None
    assert answers.corrections("elm") == [said]
    assert answers.corrections("oak") == []
    first = answers.take_correction()
    assert first is not None
    answers.told(first)
    assert not answers.deal_with(worked.id, "U9", ENTRY)
    assert answers.deal_with(said.id, "U9", replace(ENTRY, outcome="dealt with"), "We mended it.")
    assert not answers.deal_with(said.id, "U8", ENTRY)
    assert outcomes(engine)[0][0] == "dealt with"
    assert answers.corrections("elm") == []
    due = answers.take_correction()
    assert due is not None
    assert (due.response.dealt_with_by, due.remark) == ("U9", "We mended it.")
    answers.told(due)
    assert answers.take_correction() is None


def answered(engine: Engine, text: str = "It is what one steers by. [1]") -> int:
    inbox, turns = Inbox(engine), Turns(engine)
    asked = IncomingQuestion("E1", "T1", "C1", "channel", "1.1", "1.1", "U1", "What is a lodestar?")
    inbox.receive(asked)
    question = inbox.take()
    assert question is not None
    source = Citation(1, "a.md", "Stars", "Stars", "quote", "", audience="public")
    answer = Answer(
        "q", AnswerStatus.ANSWERED, text, citations=(source,), snapshot="s1", confidence=1.0
    )
    assert turns.conclude(question, Turn("What is a lodestar?", text), "answered", "1.2", answer)
    return question.id


def test_a_question_that_is_deleted_takes_what_was_shared_of_it_with_it(
    answers: PeerAnswers, engine: Engine
) -> None:
    number = answered(engine)
    kept = answers.share(replace(SHARED, inbox_id=number), ENTRY)
    other = answers.add(replace(SHARED, inbox_id=number + 1), ENTRY)
    assert kept is not None
    assert Turns(engine).forget("T1", "C1", "1.1")
    assert answers.of_network("elm") == [other]
    assert outcomes(engine)[0] == ("withdrawn", "its question was deleted")
    assert answers.share(replace(SHARED, inbox_id=number), ENTRY) is None


@pytest.mark.parametrize("field", ["citations", "question", "answer", "note"])
def test_a_purge_takes_what_cites_or_quotes_the_document(
    answers: PeerAnswers, engine: Engine, field: str
) -> None:
    number = answered(engine)
    gone = PeerCitation(1, "gone.md", "Stars", "[1] Stars")
    words = (gone,) if field == "citations" else f"They say: {SENTENCE} Yes."
    answers.add(replace(SHARED, **{field: words}), ENTRY)  # type: ignore[arg-type]
    other = answers.add(replace(SHARED, inbox_id=number + 5), ENTRY)
    Turns(engine).withdraw("gone.md", [SENTENCE])
    assert answers.of_network("elm") == [other]
    assert outcomes(engine)[0] == ("withdrawn", "it quotes a document that was deleted")


def test_a_purge_takes_the_words_of_a_peer_who_quotes_the_document(
    answers: PeerAnswers,
) -> None:
    kept = answers.add(SHARED, ENTRY)
    answers.respond(replace(WRONG, answer_id=kept.id, what=SENTENCE), ENTRY)
    answers.respond(replace(SAID, answer_id=kept.id), ENTRY)
    shown(answers)
    Turns(answers._engine).withdraw("gone.md", [SENTENCE])
    assert {each.what for each in answers.responses(kept.id)} == {"", SAID.what}
    assert shown(answers) == 1


def test_what_was_purged_before_it_was_shared_is_not_shared(
    answers: PeerAnswers, engine: Engine
) -> None:
    number = answered(engine)
    Turns(engine).withdraw("a.md")
    assert answers.share(replace(SHARED, inbox_id=number), ENTRY) is None
    assert outcomes(engine) == []
