"""Whether a statement is borne out by its passages: each rule by itself, without real weights."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.answering.grounding import Flaw, GroundingCheck, Thresholds, Verdict
from assistant.answering.quantities import quantities_in
from assistant.answering.wording import initials_of, names_in
from assistant.domain.documents import Block, BlockKind, Metadata, Passage
from tests.fakes.hashing_encoder import HashingEncoder

ABOUT = Metadata(title="Reviews", author="Ada Jones", publisher="The Audit Board")
SAID = (
    "The review followed eight families over a six-week period in 2014.",
    "Ruth Kennedy doubts that 70 to 80 per cent of the £68bn (68 billion pounds) is well spent.",
    "Providers should take part at every stage, unless commercial reasons stand against it.",
    "A commissioner may buy services, and need not always do so.",
    "As many as 300 million people died of smallpox in the twentieth century.",
    "Councils fund providers in Leeds.",
    "Complaints bring more work, and power is scarce.",
    "The National Audit Office checks contracts.",
    "Commissioning 2.0 is the level of Challenge 4.",
)


def passage(*sentences: str, kind: BlockKind = BlockKind.PARAGRAPH) -> Passage:
    block = Block(kind, " ".join(sentences), sentences, headings=("What was reviewed",))
    name = str(hash(sentences))
    return Passage(name, "reviews.md", ABOUT, (block,), 0)


@pytest.fixture(scope="module")
def check() -> GroundingCheck:
    return GroundingCheck(HashingEncoder, Thresholds(support=0.5, weakest=-1.0, similarity=0.0))


def flaws(check: GroundingCheck, said: str, source: Sequence[str] = SAID) -> tuple[Flaw, ...]:
    return check.judge(said, [passage(*source)]).flaws


@pytest.mark.parametrize("sentence", SAID)
def test_a_sentence_of_the_passage_is_borne_out(check: GroundingCheck, sentence: str) -> None:
    assert flaws(check, sentence) == ()


@pytest.mark.parametrize(
    "said",
    [
        "For six weeks the review followed 8 families.",
        "In 2014 the review followed eight families.",
        "Ruth Kennedy doubts that 70-80% of the 68 billion pounds is well spent.",
        "Ruth Kennedy doubts that 70\u201380 percent of £68,000,000,000 is well spent.",
        "Smallpox: as many as 300,000,000 people died in the 20th century.",
        "The NAO checks contracts.",
        "Providers in Leeds are funded by councils.",
        "A commissioner need not always buy services.",
        "Unless commercial reasons stand against it, providers should take part at every stage.",
        "Ada Jones reviewed eight families.",
        "Power is not plentiful.",
    ],
)
def test_what_is_said_in_other_words_is_borne_out(check: GroundingCheck, said: str) -> None:
    assert flaws(check, said) == ()


@pytest.mark.parametrize(
    ("said", "flaw"),
    [
        ("The review followed nine families over a six-week period.", Flaw.FIGURE),
        ("The review followed six families over an eight-week period.", Flaw.FIGURE),
        ("The review followed eight families over a six-month period.", Flaw.FIGURE),
        ("The review followed eight families in 2015.", Flaw.FIGURE),
        ("The review followed more than eight families.", Flaw.FIGURE),
        ("The review followed half the families.", Flaw.FIGURE),
        ("Ruth Kennedy doubts that 60 to 80 per cent is well spent.", Flaw.FIGURE),
        ("Ruth Kennedy doubts that the £68m is well spent.", Flaw.FIGURE),
        ("As many as 300,000 people died of smallpox.", Flaw.FIGURE),
        ("As many as 300 million people died of smallpox in the 19th century.", Flaw.FIGURE),
        ("Commissioning 3.0 is the level of Challenge 4.", Flaw.FIGURE),
        ("Commissioning 2.0 is the level of Challenge 5.", Flaw.FIGURE),
        ("Councils fund providers in York.", Flaw.NAME),
        ("Ruth Smith doubts that it is well spent.", Flaw.NAME),
        ("Deloitte, a provider, is funded by councils.", Flaw.NAME),
        ("The NHS checks contracts.", Flaw.NAME),
        ("Councils do not fund providers in Leeds.", Flaw.DENIAL),
        ("Councils fund no providers in Leeds.", Flaw.DENIAL),
        ("Ruth Kennedy does not doubt that it is well spent.", Flaw.DENIAL),
        ("Commercial reasons stand for it, and providers should not take part.", Flaw.DENIAL),
        ("Providers must take part at every stage.", Flaw.STRENGTH),
        ("A commissioner must buy services.", Flaw.STRENGTH),
        ("All councils fund providers in Leeds.", Flaw.STRENGTH),
        ("Councils only fund providers in Leeds.", Flaw.STRENGTH),
        ("Councils always fund providers in Leeds.", Flaw.STRENGTH),
        ("A commissioner buys services.", Flaw.STRENGTH),
        ("Complaints bring less work.", Flaw.OPPOSITE),
        ("Power is plentiful.", Flaw.OPPOSITE),
        ("Providers fund councils in Leeds.", Flaw.PLACES),
    ],
)
def test_what_the_passage_does_not_say_is_not_borne_out(
    check: GroundingCheck, said: str, flaw: Flaw
) -> None:
    assert flaw in flaws(check, said)


def test_a_sentence_that_is_denied_cannot_be_asserted(check: GroundingCheck) -> None:
    source = ("Outsourcing is not privatisation.", "Nobody can buy services alone.")
    assert flaws(check, "Outsourcing is privatisation.", source) == (Flaw.DENIAL,)
    assert Flaw.DENIAL in flaws(check, "Anybody can buy services alone.", source)


def test_words_that_stand_nowhere_near_are_not_borne_out() -> None:
    strict = GroundingCheck(HashingEncoder)
    assert Flaw.WORDS in flaws(strict, "Wombats review the budget of the moon.")
    assert flaws(strict, SAID[5]) == ()


def test_each_threshold_refuses_by_itself() -> None:
    said = "Councils fund wombats in Leeds."
    lenient = Thresholds(support=-1.0, weakest=-1.0, similarity=-1.0)
    assert flaws(GroundingCheck(HashingEncoder, lenient), said) == ()
    for stricter in (
        replace(lenient, support=0.9),
        replace(lenient, weakest=0.5),
        replace(lenient, similarity=0.95),
    ):
        assert flaws(GroundingCheck(HashingEncoder, stricter), said) == (Flaw.WORDS,)


def test_each_sentence_of_a_statement_is_judged(check: GroundingCheck) -> None:
    assert flaws(check, f"{SAID[5]} {SAID[7]}") == ()
    assert Flaw.FIGURE in flaws(check, f"{SAID[5]} The review followed nine families.")


def test_a_statement_may_draw_on_each_passage_that_it_names(check: GroundingCheck) -> None:
    first, second = passage(SAID[0]), passage(SAID[5])
    said = "The review followed eight families and councils fund providers in Leeds."
    assert check.judge(said, [first, second]).is_borne_out
    assert not check.judge(said, [first]).is_borne_out
    assert not check.judge(said, [second]).is_borne_out


def test_a_number_of_things_may_be_that_of_a_list(check: GroundingCheck) -> None:
    listed = passage("analyse needs", "plan services", "review outcomes", kind=BlockKind.LIST)
    assert check.judge("Three steps: analyse, plan, review.", [listed]).is_borne_out
    assert check.judge("Four steps: analyse, plan, review.", [listed]).flaws == (Flaw.FIGURE,)


def test_a_view_is_not_put_into_another_persons_mouth(check: GroundingCheck) -> None:
    source = ("Ruth Kennedy calls the link weak.", "Chih Hoong Sin calls silos deep.")
    assert flaws(check, "Ruth Kennedy calls the link weak.", source) == ()
    assert flaws(check, "Chih Hoong Sin calls the link weak.", source) == (Flaw.NAME,)


def test_a_passage_that_was_changed_is_read_anew(check: GroundingCheck) -> None:
    whole = passage(SAID[5])
    block = replace(whole.blocks[0], text="Nothing.", sentences=("Nothing.",))
    assert check.judge(SAID[5], [whole]).is_borne_out
    assert not check.judge(SAID[5], [replace(whole, blocks=(block,))]).is_borne_out


@pytest.mark.parametrize("said", ["", "...", "\u00a0", "[1]", "is of the", "\U0001f600", "1"])
def test_anything_may_be_judged(check: GroundingCheck, said: str) -> None:
    assert isinstance(check.judge(said, [passage(*SAID)]), Verdict)
    assert isinstance(check.judge(said, [passage("")]), Verdict)


def test_many_passages_are_not_all_kept(check: GroundingCheck) -> None:
    few = GroundingCheck(HashingEncoder)
    for number in range(150):
        few.judge(f"Item {number}.", [passage(f"Item {number}.")])
    assert len(few._sources) <= 64


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("twenty-five people", [(25, "a count")]),
        ("three hundred and 2,500 homes", [(300, "a count"), (2500, "a count")]),
        ("£1m, $2.5bn and 3 million euros", [(1e6, "£"), (2.5e9, "$"), (3e6, "€")]),
        ("the fifth, the 21st and twice", [(5, "a place"), (21, "a place"), (2, "a multiple")]),
        ("1 March 2017", [(1, "a count"), (2017, "a year")]),
        ("by age five", [(5, "year")]),
        ("one of them", []),
        ("19.5 a head and 16.8 thousand homes", [(19.5, "a label"), (16800, "a label")]),
        ("19.5 % of 2013", [(19.5, "%"), (2013, "a year")]),
        ("It reached 1500 families", [(1500, "a count")]),
        ("It reached 2000 vulnerable people in 2014", [(2000, "a count"), (2014, "a year")]),
        ("In 2011 families moved after the 2012 reforms", [(2011, "a year"), (2012, "a year")]),
        ("March 2015 plans, the 2014 Care Act", [(2015, "a year"), (2014, "a year")]),
    ],
)
def test_figures_are_read_with_their_units(text: str, found: list[tuple[float, str]]) -> None:
    assert [(q.value, q.kind) for q in quantities_in(text)] == found


def test_names_are_told_from_words_that_begin_a_sentence() -> None:
    said = "Commissioners met. Ruth Kennedy and the NHS said: Leeds' plan, Ada's plan. DCJ agreed."
    assert names_in(said) == ["Ruth", "Kennedy", "NHS", "Ada", "DCJ"]
    assert "DCJ" in initials_of("the Department of Communities and Justice said")
