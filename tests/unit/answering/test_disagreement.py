"""Both sides are shown where two documents say the same with another figure or date."""

from datetime import date

import pytest

from assistant.domain.answers import Answer
from tests.fakes.library import Library

# A question, what one council says, what the other says.
PAIRS = [
    (
        "How long is the notice period for providers?",
        "The notice period for home care providers is 28 days.",
        "Home care providers have a notice period of 14 days.",
    ),
    (
        "How much is the meal charge?",
        "The charge for a delivered meal is £4.50.",
        "A delivered meal has a charge of £5.20.",
    ),
    (
        "How many visits does a new carer get?",
        "A new carer gets three visits from the support team.",
        "A new carer gets five visits from the support team.",
    ),
    (
        "When did the respite scheme begin?",
        "The respite scheme for carers began in 2014.",
        "The respite scheme for carers began in 2016.",
    ),
    (
        "What percentage of the tender is social value?",
        "Social value counts for 10 per cent of a tender.",
        "Social value counts for 20% of a tender.",
    ),
    (
        "When does the bidding window close?",
        "The bidding window for grants closes on 3 March.",
        "The bidding window for grants closes on 3 April.",
    ),
    (
        "How long does a spot contract last?",
        "A spot contract for nursing care lasts six weeks.",
        "A spot contract for nursing care lasts 56 days.",
    ),
    (
        "How much is the training grant?",
        "The training grant for small providers is £2,000 a year.",
        "The training grant for small providers is £3,500 a year.",
    ),
    (
        "When was the market statement published?",
        "The market position statement was published in May 2019.",
        "The market position statement was published in June 2021.",
    ),
    (
        "How many references does a bidder give?",
        "Each bidder gives two references from earlier customers.",
        "Each bidder gives four references from earlier customers.",
    ),
    (
        "What is the hourly fee for home care?",
        "The hourly fee for home care is £21.",
        "The hourly fee for home care is £24.",
    ),
    (
        "How long must records be kept?",
        "Provider records must be kept for six years after a contract.",
        "Provider records must be kept for seven years after a contract.",
    ),
    (
        "What share of the payment depends on outcomes?",
        "A share of 15 per cent of the payment depends on outcomes.",
        "A share of 30 per cent of the payment depends on outcomes.",
    ),
    (
        "How many people sit on the panel?",
        "The evaluation panel has five members in all.",
        "The evaluation panel has seven members in all.",
    ),
    (
        "When is the annual return due?",
        "The annual return of providers is due by 31 January.",
        "The annual return of providers is due by 31 May.",
    ),
    (
        "What is the budget for the pilot?",
        "The pilot of family hubs has a budget of £2 million.",
        "The pilot of family hubs has a budget of £3 million.",
    ),
    (
        "How long does an appeal take?",
        "An appeal against an award takes ten days.",
        "An appeal against an award takes a month or 30 days.",
    ),
    (
        "How many hours of breaks do carers get?",
        "Carers get 12 hours of short breaks a month.",
        "Carers get 16 hours of short breaks a month.",
    ),
    (
        "What is the threshold for an open tender?",
        "The threshold for an open tender of services is £50,000.",
        "The threshold for an open tender of services is £100,000.",
    ),
    (
        "In which year will the framework end?",
        "The framework for supported living will end in 2027.",
        "The framework for supported living will end in 2029.",
    ),
    (
        "How often is a care plan reviewed?",
        "A care plan is reviewed every 6 months by the team.",
        "A care plan is reviewed every 12 months by the team.",
    ),
    (
        "What is the maximum length of a grant agreement?",
        "The maximum length of a grant agreement is three years.",
        "The maximum length of a grant agreement is five years.",
    ),
]

NOT_SIDES = [
    # The same length of time in other units.
    (
        "How long is the notice period?",
        "The notice period for home care providers is two weeks.",
        "The notice period for home care providers is 14 days.",
    ),
    # Another thing is counted.
    (
        "What does the guidance say of commissioning for outcomes?",
        "Commissioning for outcomes has five obstacles, says the guidance.",
        "Commissioning for outcomes has three aims, says the guidance.",
    ),
    # Another subject, of which the question does not ask.
    (
        "How much is the spending on health?",
        "The spending of the council on services for health is £120 million.",
        "The spending of the council on services for schools is £68 million.",
    ),
    # Another place.
    (
        "How much did the pilot cost?",
        "The pilot of family hubs for carers in Barchester cost £3 million.",
        "The pilot of family hubs for carers in Casterbridge cost £4 million.",
    ),
    # Another matter in the same words.
    (
        "How long is the notice period?",
        "The notice period for home care providers is 28 days.",
        "Notice of a meeting reaches its members over a period of 5 days.",
    ),
    # The same figure.
    (
        "How long is the notice period?",
        "The notice period for home care providers is 28 days.",
        "Home care providers have a notice period of 28 days.",
    ),
]


def say(library: Library, one: str, other: str, **of_other: str) -> None:
    library.write(
        "one.md", one, title="Rules", publisher="Barchester Council", published="2024-03-01"
    )
    more = {"publisher": "Casterbridge Council", "published": "2025-06-02", **of_other}
    library.write("other.md", other, title="Rules", **more)
    library.write("bread.md", "Rye bread is baked before dawn.", title="Bread")
    library.ingest()


def labels(answer: Answer) -> list[str]:
    return [statement.label for statement in answer.statements if statement.label]


@pytest.mark.parametrize("pair", PAIRS)
def test_both_sides_are_shown_with_whose_they_are_and_of_when(
    library: Library, pair: tuple[str, str, str]
) -> None:
    question, one, other = pair
    say(library, one, other)
    answer = library.ask(question)
    shown = {s.label: s.text for s in answer.statements if s.label}
    assert shown == {
        "Barchester Council, 1 March 2024": one,
        "Casterbridge Council, 2 June 2025": other,
    }
    assert {c.document for c in answer.citations} >= {"one.md", "other.md"}


@pytest.mark.parametrize("pair", NOT_SIDES)
def test_what_only_looks_like_two_sides_is_not_set_side_by_side(
    library: Library, pair: tuple[str, str, str]
) -> None:
    question, one, other = pair
    say(library, one, other)
    assert labels(library.ask(question)) == []


def test_a_side_that_lapsed_does_not_count(library: Library) -> None:
    question, one, other = PAIRS[0]
    library.today = date(2026, 1, 1)
    say(library, one, other, withdrawn="2025-12-01")
    answer = library.ask(question)
    assert labels(answer) == []
    assert other not in answer.text


def test_of_the_council_that_is_asked_about_only_its_own_side_is_shown(library: Library) -> None:
    question, one, other = PAIRS[0]
    say(library, one, other)
    assert labels(library.ask(f"{question.rstrip('?')} in Barchester?")) == []


@pytest.mark.parametrize(
    ("asked", "sides"), [("", 2), (" in Scotland", 0), (" in Scotland and England", 2)]
)
def test_two_nations_are_two_sides_unless_one_is_asked_about(
    library: Library, asked: str, sides: int
) -> None:
    question, one, other = PAIRS[0]
    fields = {"publisher": "Health Board", "published": "2024-03-01"}
    library.write("one.md", one, title="Rules", nation="Scotland", **fields)
    library.write("other.md", other, title="Rules", nation="England", **fields)
    library.ingest()
    shown = labels(library.ask(f"{question.rstrip('?')}{asked}?"))
    assert len(shown) == sides
    if sides:
        assert set(shown) == {
            "Health Board, Scotland, 1 March 2024",
            "Health Board, England, 1 March 2024",
        }


def test_a_label_has_no_colon_of_its_own(library: Library) -> None:
    question, one, other = PAIRS[0]
    say(library, one, other, publisher='"Care: a council"')
    assert "Care - a council, 2 June 2025" in labels(library.ask(question))
