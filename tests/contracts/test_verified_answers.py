"""The contract of what stewards verified, on every database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from assistant.domain.networks import Lapse, Peer, PeerCitation, VerifiedAnswer
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.store.audit import AuditLog
from assistant.store.database import Engine, transaction
from assistant.store.networks.verified_answers import VerifiedAnswerRow, VerifiedAnswers

AT = datetime(2027, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = AT + timedelta(days=3)
STEWARD = Actor("U9", "Slack")
CITED = PeerCitation(
    1, "grants.md", "Grants > Small grants", "[1] Grants", audience="public", digest="ab" * 32
)
ANSWER = VerifiedAnswer(
    id=0,
    network="elm",
    question="Has anybody paid small providers up front?",
    answer="Yes. We paid a quarter of each grant on signature.",
    by=Peer("U1", "Ann Archer", "Northtown Council"),
    on=date(2027, 2, 3),
    verifier="U9",
    verified_at=AT,
    review_by=date(2028, 3, 1),
    audience="network-elm",
    citations=(CITED,),
    origin_id=7,
)


def entry(at: datetime = AT, target: str = "") -> AuditEntry:
    return AuditEntry(at, STEWARD, Action.VERIFY.value, target, "done")


@pytest.fixture
def answers(engine: Engine) -> VerifiedAnswers:
    return VerifiedAnswers(engine)


def targets(engine: Engine) -> list[str]:
    return [each.target for each in AuditLog(engine).recent()]


def test_an_answer_comes_back_word_for_word_under_an_id_of_its_own(
    answers: VerifiedAnswers, engine: Engine
) -> None:
    kept = answers.add(ANSWER, entry())
    assert kept == replace(ANSWER, id=kept.id)
    assert answers.find(kept.id) == kept
    assert answers.of_origin(7) == kept
    assert answers.of_network("elm") == [kept]
    assert answers.of_network("oak") == []
    assert targets(engine) == [kept.document]
    assert answers.find(kept.id + 1) is None


def test_a_member_who_is_not_named_stays_so(answers: VerifiedAnswers) -> None:
    unnamed = replace(ANSWER, by=Peer("U1", None, "Northtown Council"))
    assert answers.add(unnamed, entry()).by.name is None


def test_of_one_shared_answer_one_verified_answer_is_made(
    answers: VerifiedAnswers, engine: Engine
) -> None:
    kept = answers.add(ANSWER, entry())
    assert answers.add(replace(ANSWER, answer="Other words."), entry()) == kept
    assert len(targets(engine)) == 1
    assert answers.retire(kept.id, entry())
    again = answers.add(replace(ANSWER, answer="Other words."), entry())
    assert (again.answer, again.id != kept.id) == ("Other words.", True)


def test_answers_without_an_origin_are_each_their_own(answers: VerifiedAnswers) -> None:
    alone = replace(ANSWER, origin_id=None)
    assert answers.add(alone, entry()).id != answers.add(alone, entry()).id


def test_what_was_retired_stands_no_more_and_is_not_changed(
    answers: VerifiedAnswers, engine: Engine
) -> None:
    kept = answers.add(ANSWER, entry())
    assert answers.retire(kept.id, entry(LATER))
    assert answers.of_network("elm") == answers.standing() == []
    found = answers.find(kept.id)
    assert found is not None
    assert found.retired_at == LATER
    before = len(targets(engine))
    assert not answers.retire(kept.id, entry())
    assert not answers.renew(kept.id, "U8", date(2029, 1, 1), (), entry())
    assert not answers.lapse(kept.id, Lapse.REVIEW_DUE, entry())
    assert not answers.open_to(kept.id, "public", entry())
    assert not answers.revise(kept, entry())
    assert len(targets(engine)) == before


def test_a_lapse_keeps_its_first_reason_until_it_is_renewed(answers: VerifiedAnswers) -> None:
    kept = answers.add(ANSWER, entry())
    assert answers.lapse(kept.id, Lapse.PASSAGE_CHANGED, entry(LATER))
    assert not answers.lapse(kept.id, Lapse.REVIEW_DUE, entry())
    (lapsed,) = answers.standing()
    assert (lapsed.lapse, lapsed.lapsed_at) == (Lapse.PASSAGE_CHANGED, LATER)
    pinned = replace(CITED, digest="cd" * 32)
    assert answers.renew(kept.id, "U8", date(2029, 1, 1), (pinned,), entry(LATER))
    (renewed,) = answers.standing()
    assert renewed == replace(
        kept, verifier="U8", verified_at=LATER, review_by=date(2029, 1, 1), citations=(pinned,)
    )


def test_the_verifier_is_told_once_of_each_lapse(answers: VerifiedAnswers) -> None:
    kept = answers.add(ANSWER, entry())
    assert answers.untold() == []
    answers.lapse(kept.id, Lapse.PASSAGE_GONE, entry())
    assert [each.id for each in answers.untold()] == [kept.id]
    answers.note_told(kept.id)
    assert answers.untold() == []
    answers.renew(kept.id, "U8", date(2029, 1, 1), (CITED,), entry())
    answers.lapse(kept.id, Lapse.PASSAGE_GONE, entry())
    assert [each.id for each in answers.untold()] == [kept.id]


def test_a_revised_answer_is_verified_anew_and_read_by_the_same(answers: VerifiedAnswers) -> None:
    kept = answers.add(ANSWER, entry())
    answers.open_to(kept.id, "public", entry())
    answers.lapse(kept.id, Lapse.REVIEW_DUE, entry())
    words = replace(kept, answer="We paid a third.", verifier="U8", verified_at=LATER)
    assert answers.revise(words, entry(LATER))
    found = answers.find(kept.id)
    assert found == replace(words, audience="public")


def test_what_is_as_it_is_to_be_is_no_change(answers: VerifiedAnswers, engine: Engine) -> None:
    kept = answers.add(ANSWER, entry())
    assert not answers.open_to(kept.id, "network-elm", entry())
    assert len(targets(engine)) == 1
    assert answers.stamp() == 1


def test_the_stamp_grows_with_each_change(answers: VerifiedAnswers) -> None:
    stamps = [answers.stamp()]
    kept = answers.add(ANSWER, entry())
    stamps.append(answers.stamp())
    for change in (
        lambda: answers.lapse(kept.id, Lapse.REVIEW_DUE, entry()),
        lambda: answers.note_told(kept.id),
        lambda: answers.renew(kept.id, "U8", date(2029, 1, 1), (), entry()),
        lambda: answers.open_to(kept.id, "public", entry()),
        lambda: answers.retire(kept.id, entry()),
        lambda: answers.erase(kept.id, entry()),
    ):
        change()
        stamps.append(answers.stamp())
    assert stamps == sorted(set(stamps))


def words_left(engine: Engine) -> str:
    with transaction(engine) as session:
        rows = session.query(VerifiedAnswerRow).all()
        return " ".join(
            f"{r.question}{r.answer}{r.by_name or ''}{r.by_organisation}{r.citations}" for r in rows
        )


def test_what_cites_a_purged_document_loses_its_words(
    answers: VerifiedAnswers, engine: Engine
) -> None:
    kept = answers.add(ANSWER, entry())
    answers.add(replace(ANSWER, citations=(), origin_id=8, answer="Another."), entry())
    gone = answers.withdraw_quoting("grants.md", (), entry(LATER))
    assert gone == [kept]
    assert [each.answer for each in answers.standing()] == ["Another."]
    assert "quarter of each grant" not in words_left(engine)
    assert "Small grants" not in words_left(engine)
    assert targets(engine)[0] == kept.document


def test_what_quotes_a_purged_document_loses_its_words_whatever_the_spaces(
    answers: VerifiedAnswers, engine: Engine
) -> None:
    kept = answers.add(replace(ANSWER, citations=()), entry())
    answers.retire(kept.id, entry())
    quoted = ["We paid  a quarter of each\ngrant on signature."]
    assert [each.id for each in answers.withdraw_quoting("x.md", quoted, entry())] == [kept.id]
    assert "quarter" not in words_left(engine)
    assert answers.withdraw_quoting("x.md", quoted, entry()) == []


def test_an_erased_answer_is_retired_with_its_words_gone(
    answers: VerifiedAnswers, engine: Engine
) -> None:
    kept = answers.add(ANSWER, entry())
    assert answers.erase(kept.id, entry(LATER))
    assert not answers.erase(kept.id + 1, entry())
    assert answers.standing() == []
    assert "Northtown" not in words_left(engine)


def test_of_many_who_verify_at_once_one_answer_is_made(engine: Engine) -> None:
    from threading import Thread

    made: list[int] = []
    threads = [
        Thread(target=lambda: made.append(VerifiedAnswers(engine).add(ANSWER, entry()).id))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 5
    assert len(set(made)) == 1
