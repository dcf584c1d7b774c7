"""A question is not answered as if what it takes for granted held."""

import pytest

from assistant.answering.confidence import confidence
from assistant.answering.conversation import parts_of, readings_of
from assistant.answering.premise import doubt, what_is_asked
from assistant.answering.question import understand
from assistant.answering.settled import is_settled
from assistant.domain.answers import AnswerStatus, Turn
from tests.fakes.library import Library

BRIDGES = """
The four bridges of Barsetshire carry all of its traffic.
The bridges of Barsetshire were built in 1931 by the county.

## Paving

The council of Barsetshire did not pave the northern bridge, which is of wood.

## Planning

Planning of repairs involves drivers early, since they know the road.

## Numbers

The four bridges of Barsetshire are:

- the northern bridge
- the southern bridge
- the mill bridge
- the rail bridge
"""
BOATS = "Boats are repaired in Casterbridge, where the river is wide."

# A question, and the words with which the guidance's own sentence is introduced.
CORRECTED = {
    "What are the six bridges of Barsetshire?": (
        "The guidance speaks of four bridges, not six",
        "The four bridges of Barsetshire carry all of its traffic.",
    ),
    "Why were the bridges of Barsetshire built in 1850?": (
        "The guidance speaks of 1931 here, not of 1850",
        "The bridges of Barsetshire were built in 1931 by the county.",
    ),
    "Why are drivers kept out of the planning of repairs?": (
        "The guidance says otherwise",
        "Planning of repairs involves drivers early, since they know the road.",
    ),
    "Why did the council of Barsetshire pave the northern bridge?": (
        "The guidance says otherwise",
        "The council of Barsetshire did not pave the northern bridge, which is of wood.",
    ),
}
UNBORNE = {
    "Why did Barsetshire abandon its northern bridge?": "abandon",
    "Why was the repair of boats in Casterbridge kept secret?": "secret",
    "Why were the boats in Casterbridge repaired in 1850?": "1850",
}
HONEST = (
    "What are the four bridges of Barsetshire?",
    "Why were the bridges of Barsetshire built in 1931?",
    "Why does the planning of repairs involve drivers early?",
    "Why did the council of Barsetshire not pave the northern bridge?",
    "Why are boats repaired in Casterbridge?",
    "How do the bridges of Barsetshire and the boats of Casterbridge differ?",
    "Is the northern bridge of Barsetshire paved?",
)


@pytest.fixture
def county(library: Library) -> Library:
    library.write("bridges.md", BRIDGES, title="Bridges of Barsetshire")
    library.write("boats.md", BOATS, title="Boats")
    library.ingest()
    return library


@pytest.mark.parametrize("question", CORRECTED)
def test_what_the_guidance_contradicts_is_answered_with_its_own_words(
    county: Library, question: str
) -> None:
    answer = county.ask(question)
    label, sentence = CORRECTED[question]
    first = answer.statements[0]
    assert (first.label, first.text) == (label, sentence)
    assert answer.status is AnswerStatus.ANSWERED_PARTLY
    quotes = {c.number: c.quote for c in answer.citations}
    assert all(sentence in " ".join(quotes[n].split()) for n in first.citations)


@pytest.mark.parametrize("question", UNBORNE)
def test_what_no_passage_bears_out_is_named_and_not_answered(
    county: Library, question: str
) -> None:
    answer = county.ask(question)
    assert answer.status is AnswerStatus.UNANSWERABLE_LOW_SCORE
    assert f"does not bear out \u201c{UNBORNE[question]}\u201d" in answer.text
    assert answer.nearest
    assert not answer.statements


@pytest.mark.parametrize("question", HONEST)
def test_an_honest_question_is_answered_as_it_is_asked(county: Library, question: str) -> None:
    answer = county.ask(question)
    assert answer.status is AnswerStatus.ANSWERED
    assert not any(s.label for s in answer.statements)


def test_names_that_no_document_has_both_of_are_not_tied_together(county: Library) -> None:
    answer = county.ask("Why were the bridges of Barsetshire built in Casterbridge?")
    assert answer.statements[0].label == (
        "The guidance that I can read does not bear out \u201cCasterbridge\u201d in this question"
    )
    assert {c.document for c in answer.citations} == {"bridges.md"}


def test_with_the_number_put_right_the_rest_of_the_question_is_answered(county: Library) -> None:
    answer = county.ask("What are the six bridges of Barsetshire?")
    items = [s.text for s in answer.statements if s.is_list_item]
    assert items == [
        "the northern bridge",
        "the southern bridge",
        "the mill bridge",
        "the rail bridge",
    ]


def test_only_the_number_is_put_right_and_no_word_that_holds_it(library: Library) -> None:
    library.write("tenders.md", "The four tenders of Barsetshire were let.", title="Tenders")
    library.ingest()
    asked = "Why were the ten tenders of Barsetshire let?"
    evidence = library.search(asked)
    found = doubt(understand(asked, evidence.mentions), evidence)
    assert found is not None
    assert found.read_as == "Why were the four tenders of Barsetshire let?"


def test_what_is_not_answered_as_asked_is_less_certain(county: Library) -> None:
    true = county.ask("Why were the bridges of Barsetshire built in 1931?")
    false = county.ask("Why were the bridges of Barsetshire built in 1850?")
    assert false.confidence < true.confidence


def test_a_part_in_vain_is_named_beside_the_part_that_is_answered(county: Library) -> None:
    answer = county.ask(
        "Where are boats repaired? Why did Barsetshire abandon its northern bridge?"
    )
    assert answer.status is AnswerStatus.ANSWERED_PARTLY
    assert "Boats are repaired in Casterbridge" in answer.text
    assert answer.text.endswith("\u201cabandon\u201d in this question.")


@pytest.mark.parametrize(
    "question",
    [
        "I drive over the six bridges of Barsetshire. When were they built?",
        "We paid for a bridge of Barsetshire in 1850. Who built the bridges of Barsetshire?",
    ],
)
def test_what_the_asker_tells_of_their_own_case_is_not_doubted(
    county: Library, question: str
) -> None:
    assert not any(s.label for s in county.ask(question).statements)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("I came in 2019. Can I claim? I am 40.", "Can I claim? I am 40."),
        ("I came in 2019. tell me what to claim", "tell me what to claim"),
        ("Why so? (bridges county)", "Why so? (bridges county)"),
    ],
)
def test_only_the_sentence_that_asks_takes_something_for_granted(text: str, asked: str) -> None:
    assert what_is_asked(text) == asked


def test_a_year_that_a_part_asks_for_must_stand_with_its_subject(county: Library) -> None:
    county.write("moths.md", "Moths were counted in 1977 by the light of the moon.", title="Moths")
    county.ingest()
    for topic, settled in (("boats repaired", False), ("bridges barsetshire", True)):
        evidence = county.search(f"in what year? ({topic})")
        question = understand(evidence.question, evidence.mentions)
        assert question.expectation is not None
        assert is_settled(question, evidence) is settled


def test_a_part_whose_year_stands_elsewhere_is_named_as_missing(county: Library) -> None:
    county.write("moths.md", "Moths were counted in 1977 by the light of the moon.", title="Moths")
    county.ingest()
    first, second = parts_of("Where are boats repaired, and in what year?")
    read_as, beside = readings_of(second, (Turn(first, ""),))
    evidence = county.searcher().search(read_as, ("public",), beside=beside)
    certainty = confidence(understand(evidence.question, evidence.mentions), evidence)
    answerer = county.answerer(minimum=0.75 * certainty)
    answer = answerer("Where are boats repaired, and in what year?", (), ("public",))
    assert answer.status is AnswerStatus.ANSWERED_PARTLY
    assert answer.text.endswith("this part of your question: in what year.")
    assert "1977" not in answer.text


def test_what_asks_for_no_figure_is_not_held_to_one(county: Library) -> None:
    evidence = county.search("Where are boats repaired?")
    assert is_settled(understand(evidence.question, evidence.mentions), evidence)
