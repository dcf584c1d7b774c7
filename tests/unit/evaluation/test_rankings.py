"""Other ways to rank, for the benchmark: each does what its row of the table says."""

from collections.abc import Iterator

import numpy as np
import pytest

from assistant.retrieval.evidence import Reading
from assistant.retrieval.scoring import Candidate, Interaction, Mix
from assistant.retrieval.snapshot import Snapshot
from benchmarks import rankings
from benchmarks.rankings import ObservedSearcher, Place, Pool, Scored
from tests.fakes.library import Library

PLAIN = Mix(source=0.0)


@pytest.fixture
def observed(library: Library) -> Iterator[ObservedSearcher]:
    for number in range(6):
        body = f"# Outcomes\n\nOutcomes are measured in spring {number}."
        library.write(f"{number}.md", body + f"\n\n# Plan {number}\n\nA plan of {number} parts.")
    library.ingest()
    assert library.live is not None
    snapshot = Snapshot(library.snapshots / library.live, library.encoder)
    yield ObservedSearcher(snapshot, library.encoder)
    snapshot.close()


def places_of(searcher: ObservedSearcher) -> dict[str, Place]:
    found = searcher.search("outcomes plan parts spring", ("public",), kept=50).found
    return {
        f.passage.id: Place(f.passage.document, f.passage.source, f.passage.position) for f in found
    }


def pool_of(*cosines: float) -> Pool:
    candidates = tuple(Candidate("public", f"p{n}", c, 0.0) for n, c in enumerate(cosines))
    interactions = tuple(Interaction(c, (), (), 0.0) for c in cosines)
    gained = np.zeros(len(cosines), dtype=np.float32)
    return Pool(candidates, (Scored(1.0, candidates, interactions),), gained)


def in_a_row(count: int) -> dict[str, Place]:
    return {f"p{n}": Place("a.md", "a", n) for n in range(count)}


def test_the_default_ranks_as_the_product_does(observed: ObservedSearcher) -> None:
    places = places_of(observed)
    beside = (Reading("How is a plan made (spring)", 0.4),)
    pool = observed.pool("How are outcomes measured?", beside)
    assert pool is not None
    ranked = rankings.by_mix(Mix(), places)(pool)
    product = observed.search("How are outcomes measured?", ("public",), beside=beside, kept=50)
    assert list(ranked) == [f.passage.id for f in product.found]
    assert list(ranked) != list(rankings.by_words(pool))


def test_where_nothing_may_be_read_there_is_no_pool(
    observed: ObservedSearcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert observed.pool("outcomes") is not None
    monkeypatch.setattr(rankings, "AUDIENCES", ("nobody",))
    assert observed.pool("outcomes") is None


def test_a_passage_between_two_good_ones_rises() -> None:
    pool = pool_of(0.8, 0.4, 0.8, 0.1, 0.41)
    assert list(rankings.by_mix(PLAIN, in_a_row(5))(pool)) == ["p0", "p2", "p4", "p1", "p3"]
    ranked = rankings.with_neighbours(PLAIN, in_a_row(5), 0.3)(pool)
    assert ranked.index("p1") < ranked.index("p4")


def test_the_passage_after_another_source_is_no_neighbour() -> None:
    pool = pool_of(0.8, 0.4, 0.8, 0.1, 0.41)
    apart = {f"p{n}": Place(f"{n}.md", str(n), n) for n in range(5)}
    ranked = rankings.with_neighbours(PLAIN, apart, 0.3)(pool)
    assert list(ranked) == ["p0", "p2", "p4", "p1", "p3"]


def test_a_twin_of_what_was_taken_comes_later() -> None:
    vectors = {
        "p0": np.asarray([1.0, 0.0], dtype=np.float32),
        "p1": np.asarray([1.0, 0.0], dtype=np.float32),
        "p2": np.asarray([0.0, 1.0], dtype=np.float32),
        "p3": np.asarray([0.6, 0.8], dtype=np.float32),
    }
    pool = pool_of(0.9, 0.85, 0.8, 0.1)
    ranked = rankings.with_diversity(PLAIN, in_a_row(4), 0.7, lambda _: vectors)(pool)
    assert list(ranked) == ["p0", "p2", "p1", "p3"]


def test_words_alone_leave_out_what_has_none() -> None:
    found = (Candidate("public", "a", 0.9, 0.0), Candidate("public", "b", 0.1, 2.0))
    pool = Pool(found, (), np.zeros(0, dtype=np.float32))
    assert list(rankings.by_words(pool)) == ["b"]
    assert list(rankings.by_vectors(pool)) == ["a", "b"]


def test_a_document_stands_where_its_first_passage_does() -> None:
    places = {"p0": Place("b", "b", 0), "p1": Place("a", "a", 0), "p2": Place("b", "b", 1)}
    documents = rankings.documents_of(["p0", "p2", "p1"], places)
    assert list(documents) == ["b", "a"]
    assert documents["b"] > documents["a"]


def test_a_question_with_nothing_found_counts_as_nothing_right() -> None:
    judgements = {"one": {"a": 1}, "two": {"b": 1}, "three": {"c": 0}}
    found = rankings.values({"one": {"a": 1.0}, "two": {}, "three": {"c": 1.0}}, judgements)
    assert found["ndcg_at_10"] == {"one": 1.0, "two": 0.0}
    assert found["recall_at_5"] == {"one": 1.0, "two": 0.0}


def test_a_gain_is_measured_on_the_questions_that_both_have() -> None:
    of = {"ndcg_at_10": {"one": 1.0, "two": 0.5}}
    over = {"ndcg_at_10": {"two": 0.25, "three": 1.0}}
    gained = rankings.gain(of, over, "ndcg_at_10")
    assert gained is not None
    assert gained.value == 0.25
