"""The contract of what stewards' work leaves behind, on every database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest

from assistant.domain.networks import Origin, Peer, PeerAnswer, VerifiedAnswer
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.networks.verified_answers import VerifiedAnswers
from assistant.store.networks.verifying import Opening, OpeningState, VerifyingNotes

NOW = datetime(2027, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
HELD = VerifiedAnswer(
    id=0,
    network="elm",
    question="How?",
    answer="So.",
    by=Peer("U5", None, "Elm Council"),
    on=date(2027, 2, 1),
    verifier="U1",
    verified_at=NOW,
    review_by=date(2028, 2, 1),
    audience="network-elm",
)


def entry(outcome: str) -> AuditEntry:
    return AuditEntry(NOW, Actor("U1", "Slack"), Action.VERIFY.value, "answer 1", outcome)


def outcomes(engine: Engine) -> list[str]:
    log = AuditLog(engine)
    assert log.verify() == ()
    return [each.outcome for each in reversed(log.recent())]


def share(engine: Engine, number: int) -> PeerAnswer:
    answer = PeerAnswer(
        id=0,
        network="elm",
        origin=Origin.SHARED,
        question="How?",
        answer="So.",
        by=Peer("U5", None, "Elm Council"),
        on=date(2027, 2, 1),
        inbox_id=number,
    )
    return PeerAnswers(engine).add(answer, entry("shared"))


@pytest.fixture
def notes(engine: Engine) -> VerifyingNotes:
    return VerifyingNotes(engine)


@pytest.fixture
def opening(engine: Engine) -> Opening:
    held = VerifiedAnswers(engine).add(HELD, entry("verified"))
    return Opening(held.id, "internal", "U1", NOW)


def test_what_waits_is_found_however_much_was_verified_set_aside_or_withdrawn_since(
    notes: VerifyingNotes, engine: Engine
) -> None:
    answers = PeerAnswers(engine)
    waiting, verified, aside, withdrawn = (share(engine, number).id for number in (1, 2, 3, 4))
    answers.note_verified(verified, 9)
    notes.set_aside(aside, entry("aside"))
    answers.withdraw(withdrawn, "U5", entry("withdrawn"))
    assert [each.id for each in notes.waiting("elm", most=1)] == [waiting]
    assert [each.id for each in notes.set_asides("elm", most=1)] == [aside]


def test_what_is_set_aside_is_so_until_it_is_taken_up(
    notes: VerifyingNotes, engine: Engine
) -> None:
    first, second = (share(engine, number).id for number in (1, 2))
    assert notes.set_aside(first, entry("aside"))
    assert not notes.set_aside(first, entry("again"))
    assert [each.id for each in notes.waiting("elm")] == [second]
    assert [each.id for each in notes.set_asides("elm")] == [first]
    assert notes.take_up(first, entry("up"))
    assert not notes.take_up(first, entry("up again"))
    assert [each.id for each in notes.waiting("elm")] == [second, first]
    assert notes.set_asides("elm") == notes.waiting("oak") == []
    assert outcomes(engine) == ["shared", "shared", "aside", "up"]


def test_a_wish_waits_for_its_author_and_their_word_opens_the_answer(
    notes: VerifyingNotes, engine: Engine, opening: Opening
) -> None:
    verified = VerifiedAnswers(engine)
    assert notes.ask_to_open(opening, entry("asked"))
    assert not notes.ask_to_open(replace(opening, asked_by="U2"), entry("asked again"))
    assert notes.opening(opening.verified_id) == opening
    before = verified.stamp()
    assert notes.agree(opening, entry("agreed"))
    assert not notes.agree(opening, entry("agreed again"))
    found = verified.find(opening.verified_id)
    assert found is not None
    assert found.audience == "internal"
    assert verified.stamp() > before, "who reads the table by its stamp sees the change"
    assert notes.openings() == [replace(opening, state=OpeningState.AGREED)]
    assert outcomes(engine) == ["verified", "asked", "agreed"]


@pytest.mark.parametrize("state", [OpeningState.DECLINED, OpeningState.TAKEN_BACK])
def test_a_wish_that_ended_opens_nothing(
    notes: VerifyingNotes, engine: Engine, opening: Opening, state: OpeningState
) -> None:
    notes.ask_to_open(opening, entry("asked"))
    assert notes.end_opening(opening, state, entry("ended"))
    assert not notes.end_opening(opening, state, entry("ended again"))
    assert not notes.agree(opening, entry("agreed"))
    found = VerifiedAnswers(engine).find(opening.verified_id)
    assert found is not None
    assert found.audience == "network-elm"
    again = replace(opening, asked_at=NOW + timedelta(hours=1))
    assert notes.ask_to_open(again, entry("asked anew"))
    assert not notes.agree(opening, entry("agreed to the old wish"))


def test_what_was_retired_is_not_opened(
    notes: VerifyingNotes, engine: Engine, opening: Opening
) -> None:
    notes.ask_to_open(opening, entry("asked"))
    VerifiedAnswers(engine).retire(opening.verified_id, entry("retired"))
    assert not notes.agree(opening, entry("agreed"))


def test_one_process_tells_a_piece_of_news_and_nobody_tells_it_again(
    notes: VerifyingNotes,
) -> None:
    assert notes.take_news(1, "live")
    assert not notes.take_news(1, "live")
    assert notes.take_news(1, "lapsed")
    assert notes.told() == frozenset()
    notes.note_told(1, "live")
    assert not notes.take_news(1, "live")
    notes.put_off(1, "live", timedelta(seconds=-1))
    assert not notes.take_news(1, "live"), "what was told stays told"
    notes.put_off(1, "lapsed", timedelta(seconds=-1))
    assert notes.take_news(1, "lapsed")
    assert notes.told() == {(1, "live")}


def test_of_many_who_would_tell_at_once_one_does(notes: VerifyingNotes) -> None:
    taken: list[bool] = []
    threads = [Thread(target=lambda: taken.append(notes.take_news(7, "live"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(True) == 1
