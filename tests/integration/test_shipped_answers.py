"""A handful of answers over the shipped corpus with the default weights, read as a user would."""

import pytest

from assistant.answering.defining import TermDefiner
from assistant.bootstrap import Services
from assistant.domain.answers import AnswerStatus, Turn
from assistant.retrieval.evidence import Reading

pytestmark = [pytest.mark.integration, pytest.mark.model]
READERS = ("public",)


def test_the_reader_is_told_how_a_misspelt_word_was_read(shipped: Services) -> None:
    answer = shipped.answerer("How does wiltshier pay providers?", (), READERS)
    assert answer.note is not None
    assert "wiltshier" in answer.note
    assert "wiltshire" in answer.note


def test_a_misspelt_term_is_defined_as_it_was_read(shipped: Services) -> None:
    answer = TermDefiner(shipped.corpus.searcher)("decomissioning", READERS)
    assert answer.statements[0].text.startswith("Decommissioning is")
    assert answer.note == "I read \u201cdecomissioning\u201d as \u201cdecommissioning\u201d."


def test_a_term_that_the_glossary_lacks_is_answered_with_its_neighbours(shipped: Services) -> None:
    answer = TermDefiner(shipped.corpus.searcher)("outcome payments board", READERS)
    assert answer.status is AnswerStatus.UNANSWERABLE_NO_PASSAGE
    assert "\u201cOutcome payment\u201d" in answer.text


def test_a_known_word_that_the_corpus_lacks_is_not_taken_for_another(shipped: Services) -> None:
    assert shipped.answerer("What will the weather be tomorrow?", (), READERS).note is None


def test_a_misspelt_word_is_read_rightly_in_every_reading_of_a_follow_up(
    shipped: Services,
) -> None:
    searcher = shipped.corpus.searcher()
    typed, spelt = (
        searcher.search(
            f"And in {name}? (providers)", READERS, beside=[Reading(f"And {name}?", 0.5)]
        )
        for name in ("wiltshier", "wiltshire")
    )
    assert dict(typed.corrections) == {"wiltshier": "wiltshire"}
    assert [f.score for f in typed.found] == [f.score for f in spelt.found]


def test_a_follow_up_is_understood_from_the_thread(shipped: Services) -> None:
    history = (Turn("What is the customer world?", ""),)
    answer = shipped.answerer("and who is in it?", history, READERS)
    assert answer.status is AnswerStatus.ANSWERED
    assert any("customer world" in s.text.lower() for s in answer.statements)


def test_the_whole_list_is_given(shipped: Services) -> None:
    answer = shipped.answerer("What are the five obstacles?", (), READERS)
    assert sum(s.is_list_item for s in answer.statements) == 5


def test_what_the_corpus_does_not_say_is_not_answered(shipped: Services) -> None:
    answer = shipped.answerer("What is the capital of France?", (), READERS)
    assert answer.status is AnswerStatus.UNANSWERABLE_OUT_OF_SCOPE
    assert answer.citations == ()
    assert answer.nearest
