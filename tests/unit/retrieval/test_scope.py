"""Where guidance applies, and where a question asks about."""

import pytest

from assistant.retrieval.scope import (
    ANYWHERE,
    Scope,
    applies_in_nation,
    applies_in_sector,
    bonus,
    scope_named,
    sectors_named,
    words_naming,
)
from tests.fakes.library import Library

SYDNEY = "Australia (New South Wales)"
KNOWN = [Scope((SYDNEY,), ("children",)), Scope(("England",), ("veterans", "health"))]


@pytest.mark.parametrize(
    ("question", "nations"),
    [
        ("What applies in Wales?", ("Wales",)),
        ("How do Welsh councils buy?", ("Wales",)),
        ("Rules for South Wales?", ("Wales",)),
        ("What did New South Wales do?", (SYDNEY,)),
        ("What did Australia do?", (SYDNEY,)),
        ("Is it so in new south wales, or Wales?", (SYDNEY, "Wales")),
        ("Scottish prisons and English schools?", ("Scotland", "England")),
        ("Who leads in Northern Ireland?", ("Northern Ireland",)),
        ("What about NI?", ("Northern Ireland",)),
        ("What must UK bodies do?", ("United Kingdom",)),
        ("What must British bodies do?", ("United Kingdom",)),
        ("Across Great Britain?", ("England", "Scotland", "Wales")),
        ("What does NHS England ask?", ("England",)),
        ("What holds outside England?", ()),
        ("What holds anywhere other than Wales?", ()),
        ("How are NI contributions paid?", ()),
        ("Translate it into Welsh", ()),
        ("Which Welsh language services are there?", ()),
        ("Say it in plain English", ()),
        ("What does Scotland Yard do?", ()),
        ("What did the Bank of England do?", ()),
        ("Who goes to New England?", ()),
        ("How do I play the ukulele?", ()),
        ("What is an outcome?", ()),
    ],
)
def test_the_nations_that_a_question_names(question: str, nations: tuple[str, ...]) -> None:
    assert scope_named(question, KNOWN).nation == nations


@pytest.mark.parametrize(
    ("question", "sectors"),
    [
        ("What outcomes are used in health?", ("health",)),
        ("What do NHS providers need?", ("health",)),
        ("What matters in health and social care?", ("health", "social care")),
        ("What do children\u2019s services want?", ("children",)),
        ("What is right for schools?", ("education",)),
        ("What do housing providers want?", ("housing",)),
        ("What is there for veterans?", ("veterans",)),
        ("What is there for sailors?", ()),
        ("What does the health of the market depend on?", ()),
        ("What keeps a market healthy?", ()),
        ("Who must take care of it?", ()),
        ("How do councils commission?", ()),
        ("What do out-of-home care providers need?", ()),
        ("What works in public services?", ()),
    ],
)
def test_the_sectors_that_a_question_names(question: str, sectors: tuple[str, ...]) -> None:
    assert scope_named(question, KNOWN).sector == sectors


def test_names_in_the_corpus_are_read_as_they_stand() -> None:
    strange = [Scope(("Elsewhere (a|b)*",), ("c++ and (",))]
    assert scope_named("What about c++ in Wales?", strange) == Scope(("Wales",))


@pytest.mark.parametrize(
    ("value", "sectors"),
    [
        ("Children's services, social housing and care", ("children", "housing", "social care")),
        ("Health, social care and local government", ("health", "social care",
                                                      "local government")),
        ("Adult social care", ("social care",)),
        ("NHS", ("health",)),
        ("Public services commissioning", ("public services",)),
        ("Veterans", ("veterans",)),
        ("Research and development", ("research and development",)),
        ("children and families", ("children",)),
        (" ; ", ()),
    ],
)  # fmt: skip
def test_sectors_have_one_spelling(value: str, sectors: tuple[str, ...]) -> None:
    assert sectors_named(value) == sectors


@pytest.mark.parametrize(
    ("asked", "guidance", "applies"),
    [
        (("Wales",), (), True),
        (("Wales",), ("Wales",), True),
        (("Wales",), ("England", "Wales"), True),
        (("Wales",), ("United Kingdom",), True),
        (("Wales",), ("England",), False),
        (("Wales",), (SYDNEY,), False),
        (("Wales", "England"), ("England",), True),
        (("United Kingdom",), ("England",), True),
        (("United Kingdom",), (SYDNEY,), False),
        ((SYDNEY,), ("United Kingdom",), False),
        ((SYDNEY,), (), True),
        ((), ("England",), True),
    ],
)
def test_where_guidance_applies(
    asked: tuple[str, ...], guidance: tuple[str, ...], applies: bool  # noqa: FBT001
) -> None:  # fmt: skip
    assert applies_in_nation(asked, Scope(guidance)) is applies


@pytest.mark.parametrize(
    ("asked", "guidance", "applies"),
    [
        (("health",), ("health", "housing"), True),
        (("health",), ("housing",), False),
        (("health",), (), True),
        (("health",), ("public services",), True),
        (("children",), ("early years",), True),
        (("early years",), ("children",), True),
        (("education",), ("children",), True),
        (("social care",), ("children",), True),
        (("social care",), ("education",), False),
        (("health",), ("children",), False),
        ((), ("housing",), True),
    ],
)
def test_in_which_sector_guidance_applies(
    asked: tuple[str, ...], guidance: tuple[str, ...], applies: bool  # noqa: FBT001
) -> None:  # fmt: skip
    assert applies_in_sector(asked, Scope((), guidance)) is applies


def test_what_applies_gains_and_what_is_for_elsewhere_loses() -> None:
    asked = Scope(("Wales",), ("health",))
    own, general, elsewhere = (bonus(asked, Scope(n)) for n in (("Wales",), (), ("England",)))
    assert own > general == 0 > elsewhere
    assert bonus(asked, Scope((), ("health",))) > 0 == bonus(asked, Scope((), ("housing",)))
    assert bonus(ANYWHERE, Scope(("England",), ("health",))) == 0


RULE = "A contract is reviewed every {} months by its commissioner."
TITLES = {"England": "England", "Wales": "Wales", "Scotland": "Scotland", "": "Everywhere"}


@pytest.fixture
def nations(library: Library) -> Library:
    """One rule in four wordings; no word of the text says where it is for."""
    for months, nation in enumerate(TITLES, start=3):
        library.write(f"{months}.md", RULE.format(months), title="Contracts", nation=nation)
    library.write("bread.md", "Rye bread is baked before dawn.", nation="Wales")
    library.ingest()
    return library


@pytest.mark.parametrize(
    ("place", "first", "last"),
    [
        ("in England", "3.md", {"4.md", "5.md"}),
        ("in Wales", "4.md", {"3.md", "5.md"}),
        ("in Scottish councils", "5.md", {"3.md", "4.md"}),
    ],
)
def test_a_question_that_names_a_nation_gets_what_is_for_it_first(
    nations: Library, place: str, first: str, last: set[str]
) -> None:
    found = nations.search(f"How often is a contract reviewed {place}?").found
    contracts = [f.passage.document for f in found if f.passage.document != "bread.md"]
    assert contracts[0] == first
    assert contracts[1] == "6.md"
    assert set(contracts[2:]) == last


def test_the_right_nation_is_no_reason_to_answer_beside_the_question(nations: Library) -> None:
    for place in ("Wales", "England", "Northern Ireland"):
        found = nations.search(f"How often is a contract reviewed in {place}?").found
        assert found[-1].passage.document == "bread.md"


def test_guidance_for_the_nation_is_found_behind_many_that_fit_as_well(library: Library) -> None:
    for number in range(80):
        library.write(f"e{number}.md", RULE.format(number), title="Contracts", nation="England")
    library.write(
        "w.md", RULE.format(99).replace("by", "and also by"), title="Contracts", nation="Wales"
    )
    library.ingest()
    found = library.search("How often is a contract reviewed in Wales by its commissioner?").found
    assert found[0].passage.document == "w.md"


def test_a_sector_decides_between_what_fits_equally_well(library: Library) -> None:
    for number, sector in enumerate(("health", "housing", "")):
        library.write(f"{number}.md", "A contract is reviewed yearly.", title="T", sector=sector)
    library.write("off.md", "Rye bread is baked before dawn.", title="T", sector="housing")
    library.ingest()
    asked = "How often is a contract reviewed in {}?"
    assert library.search(asked.format("housing")).found[0].passage.document == "1.md"
    assert library.search(asked.format("the NHS")).found[0].passage.document == "0.md"
    assert library.search(asked.format("housing")).found[-1].passage.document == "off.md"


def test_the_name_of_a_nation_is_met_by_guidance_that_is_for_it(nations: Library) -> None:
    asked = "How often is a contract reviewed in {}?"
    assert nations.search(asked.format("Wales")).words == ("often", "contract", "reviewed")
    for place in ("Northern Ireland", "Finland"):
        words = nations.search(asked.format(place)).words
        assert words[3:] == tuple(place.lower().split())


@pytest.mark.parametrize(
    ("nations_met", "words"),
    [
        (("Wales",), {"welsh"}),
        (("Wales", SYDNEY), {"welsh", "australia", "new", "south", "wales"}),
        (("United Kingdom",), set()),
        (("Scotland",), set()),
    ],
)
def test_the_words_that_name_a_nation(nations_met: tuple[str, ...], words: set[str]) -> None:
    assert words_naming("May Welsh councils in the UK do so?", nations_met) == words
