"""Misspelt words are read as the corpus's own, and nothing is given away by it."""

import pytest

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.retrieval.spelling import corrected, corrections
from tests.fakes.library import Library


@pytest.fixture
def library_of_words(library: Library) -> Library:
    library.write("county.md", "Wiltshire designed the reablement service with residents.")
    library.write("secret.md", "The Barsetshire merger is confidential.", audience=INTERNAL)
    library.ingest()
    return library


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("wiltshier", "wiltshire"),
        ("reablment", "reablement"),
        ("servce", "service"),
        ("srvc", None),
        ("weather", None),
        ("zeppelin", None),
    ],
)
def test_a_word_near_one_of_the_corpus_is_read_as_it(
    library_of_words: Library, typed: str, read: str | None
) -> None:
    stores = [library_of_words.searcher().snapshot.lexical[PUBLIC]]
    assert corrections([typed], stores).get(typed) == read


def test_a_word_that_only_others_may_read_is_not_offered(library_of_words: Library) -> None:
    lexical = library_of_words.searcher().snapshot.lexical
    assert corrections(["barsetshre"], [lexical[PUBLIC]]) == {}
    assert corrections(["barsetshre"], [lexical[INTERNAL]]) == {"barsetshre": "barsetshire"}


def test_only_the_misspelt_word_is_replaced() -> None:
    assert corrected("Servce, not servces", {"servce": "service"}) == "service, not servces"
