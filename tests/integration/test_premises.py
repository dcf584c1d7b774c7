"""What questions take for granted, with the default model and the shipped corpus."""

import pytest

from assistant.bootstrap import Services
from assistant.domain.answers import AnswerStatus
from assistant.domain.documents import PUBLIC
from benchmarks.questions import questions

pytestmark = [pytest.mark.integration, pytest.mark.model]

# What the guidance contradicts or says nothing of.
IN_VAIN = (
    "What are the nine considerations for commissioners?",
    "What are the four aims of outcomes-based commissioning?",
    "What are the three principles of an effective commissioning cycle?",
    "What are the seven obstacles that Ruth Kennedy describes?",
    "List the six commissioning tricks in Help to Live at Home",
    "Why do commissioners need the eight outcome questions?",
    "Why did the Department of Communities and Justice begin reforming out-of-home care in 2009?",
    "Why did the Cabinet Office publish its white paper on public service reforms in 1998?",
    "Why was Positive Family Futures trialled in 2002?",
    "Why did Wiltshire abandon Help to Live at Home?",
    "Why was the out-of-home care reform kept secret?",
    "Why did the National Audit Office ban outcomes-based commissioning?",
    "What made Jon Harvey Associates go bankrupt?",
    "Why did DCJ cancel the out-of-home care reform?",
    "Why was Help to Live at Home designed in Portsmouth?",
    "Why did RedQuadrant work with Edward Jenner?",
    "How did Chih Hoong Sin persuade Wiltshire to pay for outcomes?",
    "Why is outcomes-based commissioning so new?",
    "Why does DCJ oppose practice-focused staff in performance meetings?",
    "Why did schools give up Progress for GCSE grades?",
    "Why do risk management strategies always rest on objective analysis of risk?",
    "Why are the technical challenges of outcomes-based commissioning never written about?",
    "Why does commissioning 1.0 put first what users value?",
    "Why should a specification be long and hard to find?",
)
HONEST = (
    "Why did interest in outcomes-based commissioning grow?",
    "Why do narrow measures matter in schools?",
    "Why did length of life become the most important outcome in the NHS?",
    "Why do smaller organisations lose interest in bidding?",
    "How did Wiltshire design Help to Live at Home?",
    "Why are incentives aligned in Help to Live at Home?",
    "When did DCJ begin the reform of out-of-home care?",
    "What are the three aims of outcomes-based commissioning?",
    "What are the five obstacles that Ruth Kennedy describes?",
    "What are the eleven considerations for commissioners?",
    "What are the two commissioning tricks in Help to Live at Home?",
    "Why did DCJ hire practice-focused staff?",
    "Why was the Portsmouth review of 2013 sponsored?",
    "Why is outcomes-based commissioning not a magic bullet?",
    "Why does the commissioning cycle only allow a review at intervals?",
    "Why do commissioners lack the skills they need?",
    "Why was the health outcome measure changed to quality-adjusted years of life?",
    "How did Jenner link cowpox with smallpox?",
    "Why was Positive Family Futures trialled in Portsmouth?",
    "Why do parents matter so much by the age of five?",
    "Why is decommissioning so hard?",
    "Why should providers be involved early?",
    "Why did the Public Services Board look at troubled families?",
    "Why does Chih Hoong Sin speak of risk?",
    "What happens at the divide between the customer world and the service world?",
)
FIGURES = ("fact", "list", "case")


def as_asked(services: Services, question: str) -> bool:
    return services.answerer(question, (), (PUBLIC,)).status is AnswerStatus.ANSWERED


def test_nine_in_ten_questions_that_take_something_for_granted_in_vain_are_not_answered_as_asked(
    shipped: Services,
) -> None:
    answered = [q for q in IN_VAIN if as_asked(shipped, q)]
    assert len(answered) <= len(IN_VAIN) // 10, answered


def test_no_honest_question_of_the_same_kind_is_doubted(shipped: Services) -> None:
    doubted = [
        answer.text
        for answer in (shipped.answerer(q, (), (PUBLIC,)) for q in HONEST)
        if answer.status is AnswerStatus.ANSWERED_PARTLY or "bear out" in answer.text
    ]
    assert doubted == []


def test_no_two_sides_are_shown_where_the_shipped_guidance_has_one(shipped: Services) -> None:
    asked = [q for q in questions("dev") if q["answerable"] and q["kind"] in FIGURES]
    assert asked
    for question in asked:
        answer = shipped.answerer(question["question"], (), (PUBLIC,))
        whose = {citation.source.split(",")[0] for citation in answer.citations}
        labels = {s.label.split(",")[0] for s in answer.statements if s.label}
        assert not labels & whose, question["id"]
