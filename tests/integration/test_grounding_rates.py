"""How often the grounding check is right about the hand-written statements, with real weights."""

from collections import Counter

import pytest

from assistant.answering.grounding import GroundingCheck
from assistant.bootstrap import Services
from benchmarks.grounding import FAITHFUL, HALVES, Judged, hand_written, judge, shipped_passages

pytestmark = [pytest.mark.integration, pytest.mark.model]
# A little below what docs/generated-answers.md reports for both halves together.
FLOORS = {
    FAITHFUL: 0.86,
    "number": 0.98,
    "date": 0.98,
    "name": 0.95,
    "negation": 0.9,
    "opposite": 0.92,
    "strength": 0.95,
    "invention": 0.95,
}
FLOOR_OF_ALL_LIES = 0.89


@pytest.fixture(scope="module")
def judged(shipped: Services) -> list[Judged]:
    return judge(GroundingCheck(shipped._question_encoder), hand_written(shipped_passages()))


@pytest.mark.parametrize("kind", FLOORS)
def test_the_check_is_as_often_right_as_is_said(judged: list[Judged], kind: str) -> None:
    right = [item.is_right for item in judged if item.claim.kind == kind]
    assert sum(right) / len(right) >= FLOORS[kind]


def test_lies_of_every_kind_together_are_caught_as_often_as_is_said(
    judged: list[Judged],
) -> None:
    right = [item.is_right for item in judged if item.claim.kind != FAITHFUL]
    assert sum(right) / len(right) >= FLOOR_OF_ALL_LIES


def test_the_statements_are_enough_and_in_equal_halves() -> None:
    claims = hand_written(shipped_passages())
    assert len({claim.statement for claim in claims}) == len(claims)
    assert sum(claim.kind == FAITHFUL for claim in claims) >= 60
    assert sum(claim.kind != FAITHFUL for claim in claims) >= 60
    halves = Counter((claim.half, claim.kind == FAITHFUL) for claim in claims)
    assert all(abs(halves[HALVES[0], f] - halves[HALVES[1], f]) <= 5 for f in (True, False))
