"""Which verified answer is offered again, to whom, and to which question never."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assistant.domain.answers import Answer, AnswerStatus, OnStep, Turn
from assistant.domain.networks import AskedBefore, PeerCitation, VerifiedAnswer
from assistant.network.meaning import plain
from assistant.network.offering_again import OfferingAgain
from assistant.network.recognition import Recogniser, is_same
from assistant.network.sameness import _is_typo
from benchmarks.recognition import verified
from tests.fakes.hashing_encoder import HashingEncoder

MEMBER = ("public", "network-north")
QUESTION = "How do we cost a short break for a disabled child?"
AGAIN = "Hi all, how can we cost short breaks for disabled children please?"


def recogniser(*standing: VerifiedAnswer) -> Recogniser:
    return Recogniser(HashingEncoder, lambda: [(each, "North network") for each in standing])


def asked(question: str, again: str, history: Sequence[Turn] = ()) -> bool:
    return recogniser(verified(1, question))(again, history, MEMBER) is not None


def are_same(question: str, again: str) -> bool:
    """Whether the rules take them for one, however alike an encoder finds them."""
    (embedding,) = HashingEncoder().embed([plain(again)])
    return is_same(plain(again), question, embedding)


def test_a_question_that_comes_again_is_offered_word_for_word_as_it_was_verified() -> None:
    citation = PeerCitation(1, "guide.md", "Guide", "[1] Guide, Institute", audience="public")
    known = replace(verified(7, QUESTION), answer="- Ours: 40 pounds.\n", citations=(citation,))
    before = recogniser(verified(3, "Who pays for travel?"), known)(AGAIN, (), MEMBER)
    assert before is not None
    assert (before.question, before.text) == (QUESTION, "- Ours: 40 pounds.\n")
    assert (before.document, before.audience) == ("peers/north/answer-7.md", "network-north")
    assert (before.network, before.author, before.organisation) == (
        "North network",
        None,
        "Elm Council",
    )
    assert (before.on, before.review_by) == (known.on, known.review_by)
    assert before.verified_on == known.verified_at.date()
    assert before.sources == ("[1] Guide, Institute",)
    assert before.answer_id == 7


def test_who_may_not_read_an_answer_is_not_offered_it() -> None:
    recognise = recogniser(verified(1, QUESTION))
    assert recognise(AGAIN, (), ("public", "internal", "network-south")) is None
    assert recognise(AGAIN, (), ()) is None


def test_what_rests_on_internal_guidance_is_not_offered_to_members_who_may_not_read_that() -> None:
    for audience in ("internal", "network-south", None):
        cited = PeerCitation(1, "rates.md", "Rates", "[1] Rates", audience=audience)
        recognise = recogniser(replace(verified(1, QUESTION), citations=(cited,)))
        assert recognise(AGAIN, (), MEMBER) is None
    inside = recogniser(
        replace(
            verified(1, QUESTION),
            citations=(PeerCitation(1, "rates.md", "Rates", "[1] Rates", audience="internal"),),
        )
    )
    assert inside(AGAIN, (), (*MEMBER, "internal")) is not None


def test_of_two_verified_answers_to_one_question_the_newer_is_offered() -> None:
    old = verified(1, QUESTION)
    new = replace(verified(2, QUESTION), verified_at=datetime(2026, 9, 1, tzinfo=UTC))
    for standing in ((old, new), (new, old)):
        before = recogniser(*standing)(QUESTION, (), MEMBER)
        assert before is not None
        assert before.document == new.document


def test_a_follow_up_is_not_known_by_its_bare_words() -> None:
    history = (Turn("What is a care home?", "A home with care. [1]"),)
    assert asked("What does it cost?", "What does it cost?")
    assert not asked("What does it cost?", "What does it cost?", history)
    assert asked(QUESTION, AGAIN, history)


def test_questions_are_encoded_once_however_often_they_are_compared() -> None:
    encoded: list[str] = []

    class Counting(HashingEncoder):
        def embed(self, texts: Sequence[str], *, as_question: bool = False):  # type: ignore[no-untyped-def]
            encoded.extend(texts)
            return super().embed(texts, as_question=as_question)

    encoder = Counting()
    standing = [(verified(n, f"Who looks after bridge {n}?"), "North") for n in range(5)]
    recognise = Recogniser(lambda: encoder, lambda: standing)
    for _ in range(3):
        recognise("Who looks after bridge 9?", (), MEMBER)
    assert len(encoded) == len(standing) + 3


def test_nothing_is_encoded_where_nothing_is_verified() -> None:
    def no_encoder() -> HashingEncoder:
        raise AssertionError("The encoder was asked for.")

    assert Recogniser(no_encoder, list)(QUESTION, (), MEMBER) is None


@pytest.mark.parametrize(
    ("question", "again"),
    [
        ("Who chairs the board in Leeds?", "In Leeds, who chairs the board?"),
        ("Who pays when a home closes?", "If a home closes, who pays?"),
        ("Can a council delegate this duty?", "Is a council allowed to delegate this duty?"),
        ("What does the CQC inspect?", "What does the Care Quality Commission inspect?"),
        ("What do we owe under section 117?", "What do we owe under s117?"),
        ("Do we need a case under £100,000?", "Do we need a case under £100k?"),
        ("What is a personal budget?", "personal budget"),
        ("What is the difference between cost and price?", "How does price differ from cost?"),
        ("Do we need a case over £1m?", "Do we need a case >£1m?"),
        ("Do we fund 6 to 12 visits?", "Do we fund 6\u201312 visits?"),
        ("Who signs 5 per cent?", "Who signs 5%?"),
        ("Who is in Annex A?", "Who's in annex A?"),
        ("What is due in 2025-26?", "What is due in 2025/26?"),
        ("What does the EHRC expect?", "What does the equality human rights commission expect?"),
    ],
)
def test_a_question_in_other_words_is_the_same(question: str, again: str) -> None:
    assert are_same(question, again)
    assert are_same(again, question)


@pytest.mark.parametrize(
    ("question", "again"),
    [
        ("Who should we pay for care?", "Who should pay for care?"),
        ("Who is paid for a sleep-in?", "Who pays for a sleep-in?"),
        ("Can a council charge a charity?", "Can a charity charge a council?"),
        ("Must a plan say how staff should work?", "Should a plan say how staff must work?"),
        ("Can charities only bid for grants?", "Can only charities bid for grants?"),
        ("How do we move 2 homes in 3 areas?", "How do we move 3 homes in 2 areas?"),
        ("What do commissioners do?", "What is a commissioner?"),
        ("Who chairs the board?", "Who chaired the board?"),
        ("How do we work with a trade body?", "How do we work for a trade body?"),
        ("What must we do before we close it?", "What must we do after we close it?"),
        ("How do we end a contract early?", "How do we end a contract?"),
        ("Who pays in England?", "Who pays in Scotland?"),
        ("What is the cost of morning visits?", "Good morning, what is the cost of visits?"),
        ("What holds for contracts >£25,000?", "What holds for contracts <£25,000?"),
        ("What holds for contracts ≥ £25,000?", "What holds for contracts ≤ £25,000?"),
        ("Do we inspect homes with 50+ beds?", "Do we inspect homes with 50 beds?"),
        ("Was the change -3%?", "Was the change 3%?"),
        ("Was the change ±3%?", "Was the change +3%?"),
        ("Was the change .5%?", "Was the change 5%?"),
        ("Who pays under section 2a?", "Who pays under section 2?"),
        ("What does section 3(1) say?", "What do sections 3 and 1 say?"),
        ("What is new in version 2.1?", "What is new in version 2.10?"),
        ("What is option A?", "What is the option?"),
        ("What is in annex I?", "What is in an annex?"),
        ("Who runs the IT contract?", "Who runs the it contract?"),
        ("Who pays the US rate?", "Who pays us the rate?"),
        ("Do we fund lots 1-3?", "Do we fund lots 1 and 3?"),
        ("Do we fund twenty-one homes?", "Do we fund thirty-one homes?"),
        ("Is it open 9 am?", "Is it open 9 pm?"),
        ("What were the Q1 results?", "What were the P1 results?"),
        ("What do we pay for?", "What do we pay?"),
        ("What is the CPA for?", "What is the contract price adjustment for?"),
        ("How do we re-sign the contract?", "How do we resign the contract?"),
    ],
)
def test_a_question_that_only_looks_alike_is_another_one(question: str, again: str) -> None:
    assert not are_same(question, again)
    assert not are_same(again, question)


def test_a_rare_word_is_never_taken_for_a_slip_of_another_that_looks_alike() -> None:
    names: tuple[str, ...] = ()
    for known, typed in (("orthoptics", "orthotics"), ("tracheostomy", "tracheotomy")):
        assert not _is_typo(typed, known, names, (known,))
        assert _is_typo(typed, known, names, ())
    for known, typed in (("safeguarding", "safegaurding"), ("recommission", "recomission")):
        assert _is_typo(typed, known, names, (known,))


BEFORE = recogniser(verified(1, QUESTION))(QUESTION, (), MEMBER)


def answering(status: AnswerStatus, before: AskedBefore | Exception | None) -> Answer:
    def answer(
        question: str,
        history: Sequence[Turn],
        audiences: Sequence[str],
        on_step: OnStep | None = None,
    ) -> Answer:
        return Answer(question, status, "What is said.")

    def recognise(
        question: str, history: Sequence[Turn], audiences: Sequence[str]
    ) -> AskedBefore | None:
        if isinstance(before, Exception):
            raise before
        return before

    return OfferingAgain(answer, recognise)(QUESTION, (), MEMBER)


@pytest.mark.parametrize("status", AnswerStatus)
def test_it_stands_beside_answers_and_what_was_not_found_and_beside_nothing_else(
    status: AnswerStatus,
) -> None:
    assert BEFORE is not None
    said = answering(status, BEFORE)
    is_offered = status.value.startswith(("answered", "unanswerable"))
    assert said.asked_before == (BEFORE if is_offered else None)
    assert said.text == "What is said."
    assert said.status is status


def test_a_recogniser_that_fails_never_costs_the_answer() -> None:
    said = answering(AnswerStatus.ANSWERED, RuntimeError("The table is gone."))
    assert (said.text, said.asked_before) == ("What is said.", None)
