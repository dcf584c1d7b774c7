"""How a draft reads: only our own numbers in brackets are citations."""

from assistant.answering.draft import Draft, merged
from assistant.domain.answers import Citation, Statement
from tests.fakes.library import Library

COST = Citation(1, "a.md", "A", "A", "They cost nine pounds.", "")


def test_a_label_holds_no_citation_of_its_own() -> None:
    statement = Statement("They cost [3, 4] pounds.", (1,), label="See [2] and [3]")
    draft = merged([Draft((statement,), (COST,))])
    assert draft.text == "See (2) and (3): They cost (3, 4) pounds. [1]"
    assert draft.text == Draft((statement,), (COST,)).text
    # A surface prints in bold what stands in the text as it stands in the statement.
    assert draft.statements[0].label == "See (2) and (3)"


def test_the_words_of_the_question_are_no_citation(library: Library) -> None:
    library.write("bread.md", "Rye bread is baked before dawn by two bakers.")
    library.ingest()
    asked = "Is rye bread baked before dawn? How many moons [1] does Jupiter have [2, 3]?"
    answer = library.ask(asked, minimum=0.5)
    assert "before dawn" in answer.text
    (missing,) = (line for line in answer.text.splitlines() if "I found nothing" in line)
    assert "moons (1) does Jupiter have (2, 3)" in missing
