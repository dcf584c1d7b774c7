"""Hybrid search: what is found, for whom, and with what evidence."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.retrieval.evidence import Evidence
from assistant.retrieval.hybrid import HybridRetriever
from assistant.retrieval.search import KEPT, Searcher
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.library import Library

HIDDEN = "wombatdossier"


def documents(evidence: Evidence) -> list[str]:
    return [found.passage.document for found in evidence.found]


@pytest.fixture
def guidance(library: Library) -> Library:
    library.write("cycle.md", "The commissioning cycle has four stages. Plans follow analysis.")
    library.write("outcomes.md", "An outcome changes a life. Outcomes are measured each spring.")
    library.write("bread.md", "Rye bread is baked before dawn.")
    library.define(
        "terms.yaml", "Outcomes-based commissioning | One body | Paying for results. | OBC"
    )
    library.ingest()
    return library


@pytest.fixture
def divided(library: Library) -> Library:
    """A corpus in which everything about the secret word is internal."""
    library.write("open.md", "Commissioners review contracts each spring.")
    library.write("closed.md", f"The {HIDDEN} reviews contracts of commissioners.", title=HIDDEN,
                  audience="internal")  # fmt: skip
    library.write("peers.md", "Peers review contracts.", audience="network-north")
    library.define(
        "closed.yaml", f"{HIDDEN} | One body | A {HIDDEN} is kept shut. | WD", audience="internal"
    )
    library.define("open.yaml", "Contract | One body | A contract binds.")
    library.ingest()
    return library


def test_the_passage_that_shares_the_questions_subject_comes_first(guidance: Library) -> None:
    assert documents(guidance.search("How are outcomes measured?"))[0] == "outcomes.md"
    assert documents(guidance.search("When is bread baked?"))[0] == "bread.md"


def test_a_passage_is_found_under_its_title_and_headings_too(library: Library) -> None:
    library.write("a.md", "# Smallpox\n\nNobody has it now.", title="Campaigns")
    library.write("b.md", "# Other\n\nNobody has it now.", title="Others")
    library.ingest()
    assert documents(library.search("smallpox"))[0] == "a.md"
    assert documents(library.search("campaigns"))[0] == "a.md"


def test_an_abbreviation_finds_what_only_spells_it_out_and_the_other_way(library: Library) -> None:
    library.write("long.md", "Outcomes-based commissioning pays for results that people notice.")
    library.write("short.md", "OBC needs trust between both parties.")
    library.write("noise.md", "Rye bread is baked before dawn.")
    library.define("terms.yaml", "Outcomes-based commissioning | A | Paying for results. | OBC")
    library.ingest()
    assert "long.md" in documents(library.search("OBC"))[:3]
    assert "short.md" in documents(library.search("outcomes-based commissioning"))[:3]
    assert [m.term for m in library.search("What is OBC?").mentions] == [
        "Outcomes-based commissioning"
    ]


def test_the_evidence_says_what_of_the_question_was_matched_and_where(guidance: Library) -> None:
    evidence = guidance.search("How are Outcomes measured by wombats?")
    assert evidence.words == ("outcomes", "measured", "wombats")
    assert len(evidence.rarity) == 3
    assert all(0 < rarity <= 1 for rarity in evidence.rarity)
    assert evidence.rarity[2] == max(evidence.rarity)
    best = evidence.found[0]
    # The question's words in their order, and the question mark.
    assert best.matches[2] == pytest.approx(1, abs=0.02)
    assert best.matches[5] < 0.6
    assert len(best.sentences) == 2
    assert best.sentences[1] > best.sentences[0]
    assert evidence.snapshot == guidance.live


def test_what_is_found_is_ordered_by_score_and_each_passage_stands_once(library: Library) -> None:
    for number in range(KEPT + 5):
        library.write(f"{number}.md", f"Commissioners review contract {number} with care.")
    library.ingest()
    evidence = library.search("commissioners review contracts")
    scores = [found.score for found in evidence.found]
    assert scores == sorted(scores, reverse=True)
    assert len(documents(evidence)) == len(set(documents(evidence))) == KEPT


@pytest.mark.parametrize(
    "question",
    [
        'AND OR NOT NEAR("a" "b")',
        "title:* ^x -y",
        '"',
        "'; DROP TABLE passages; --",
        "%_\\",
        "\x00 null",
        "🏛️",
        "?",
        "the of and",
        "北京 naïve",
        "outcome " * 400,
    ],
)
def test_no_question_is_read_as_a_command_of_an_index(guidance: Library, question: str) -> None:
    evidence = guidance.search(question)
    assert evidence.found
    assert guidance.search("bread").found[0].passage.document == "bread.md"


@pytest.mark.parametrize("audiences", [(), ("network-north",), ("nobody",), ("PUBLIC",)])
def test_a_passage_of_an_audience_that_was_not_given_is_never_found(
    divided: Library, audiences: tuple[str, ...]
) -> None:
    evidence = divided.search(f"{HIDDEN} contracts commissioners review", audiences)
    assert set(documents(evidence)) <= ({"peers.md"} if "network-north" in audiences else set())
    assert evidence.mentions == ()


def test_the_public_is_shown_nothing_internal_whatever_it_asks(divided: Library) -> None:
    questions = (
        f"What is a {HIDDEN}?",
        f"What is the difference between a {HIDDEN} and a contract?",
        "What does WD stand for?",
        f"{HIDDEN}",
        "Who reviews contracts of commissioners?",
    )
    for question in questions:
        for minimum in (0.0, 1.0):
            answer = divided.ask(question, (), ("public",), minimum=minimum)
            shown = (
                answer.text,
                *(f"{c.document} {c.section} {c.quote}" for c in (*answer.citations,
                                                                  *answer.nearest)),
            )  # fmt: skip
            said = " ".join(shown).lower()
            assert "closed" not in said
            assert "kept shut" not in said
            assert "peers" not in said
            assert HIDDEN not in said
            assert {c.document for c in answer.nearest} <= {"open.md", "open.yaml"}


def test_an_internal_term_changes_nothing_for_the_public(divided: Library) -> None:
    evidence = divided.search(f"What is a {HIDDEN}, or WD?", ("public",))
    assert evidence.mentions == ()
    assert divided.search(f"What is a {HIDDEN}, or WD?", ("internal",)).mentions


def test_rarity_counts_only_what_the_reader_may_see(library: Library) -> None:
    library.write("open.md", "Contracts end.")
    for number in range(5):
        library.write(f"{number}.md", f"The {HIDDEN} number {number}.", audience="internal")
    library.ingest()
    with_secret = library.search(f"{HIDDEN} zzz", ("public",)).rarity
    assert with_secret[0] == with_secret[1]


def test_who_may_read_everything_finds_everything(divided: Library) -> None:
    evidence = divided.search(f"{HIDDEN} contracts", ("public", "internal", "network-north"))
    assert {"open.md", "closed.md", "peers.md", "closed.yaml"} <= set(documents(evidence))


def test_a_retriever_for_langchain_gives_documents_with_their_metadata(guidance: Library) -> None:
    retriever = HybridRetriever(searcher=guidance.searcher, audiences=("public",))
    found = retriever.invoke("How are outcomes measured?")
    assert found[0].page_content == "An outcome changes a life. Outcomes are measured each spring."
    assert found[0].id == found[0].metadata["id"]
    assert set(found[0].metadata) == {"id", "document", "title", "section", "page", "url", "score"}
    assert found[0].metadata["document"] == "outcomes.md"
    assert found[0].metadata["section"] == found[0].metadata["title"] == "outcomes"
    scores = [document.metadata["score"] for document in found]
    assert scores == sorted(scores, reverse=True)
    assert [len(batch) > 0 for batch in retriever.batch(["bread", "outcomes"])] == [True, True]


def test_a_retriever_for_langchain_keeps_to_its_audiences(divided: Library) -> None:
    retriever = HybridRetriever(searcher=divided.searcher, audiences=("public",))
    assert {d.metadata["document"] for d in retriever.invoke(HIDDEN)} == {"open.md", "open.yaml"}
    closed = HybridRetriever(searcher=divided.searcher, audiences=())
    assert closed.invoke(HIDDEN) == []


class Prefers:
    """A reranker that needs no model: what holds a word comes first, then what is shorter."""

    def __init__(self, word: str = "") -> None:
        self._word = word

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        return [10_000.0 * (self._word in passage) - len(passage) for passage in passages]


def test_a_configured_reranker_decides_the_order(guidance: Library) -> None:
    searcher = Searcher(guidance.searcher().snapshot, guidance.encoder, Prefers())
    found = searcher.search("commissioning cycle", ("public",)).found
    lengths = [len(f.passage.text) for f in found]
    assert lengths == sorted(lengths)


def test_the_cosine_of_a_passage_found_by_words_alone_is_its_own(
    tmp_path: Path, encoder: HashingEncoder
) -> None:
    library = Library(tmp_path / "large", encoder)
    for number in range(130):
        library.write(f"{number}.md", f"Commissioners review contract {number}.")
    library.write("rare.md", "Commissioners rarely " + "write about other things, " * 40 + HIDDEN)
    library.ingest()
    asked = f"Commissioners review contract {HIDDEN}"
    searcher = Searcher(library.searcher().snapshot, encoder, Prefers(HIDDEN))
    rare = searcher.search(asked, ("public",)).found[0]
    assert rare.passage.document == "rare.md"
    question, text = encoder.embed([asked, f"rare\n{rare.passage.text}"], as_question=True)
    assert rare.cosine == pytest.approx(float(np.dot(question.vector, text.vector)), abs=1e-3)
