"""A new snapshot goes live only if it is large enough, finds itself and does as well as before."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.domain.releases import GateReport, Progress, Step
from assistant.operations.gate import (
    Difference,
    Extent,
    GateRules,
    Size,
    check,
    extent_of,
    shrinkage,
)
from assistant.operations.golden import GoldenQuestion
from assistant.operations.sampling import Sampled, finds_itself, sampled_of
from assistant.retrieval.embedding import Floats
from assistant.retrieval.evidence import Evidence
from assistant.retrieval.scoring import STAGES
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot, audience_file
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.library import Library

RULES = GateRules(minimum_confidence=0.5)
SAME = Difference(None, extent_of([]))
FEES = "Carers pay half of the fee for respite care. The council pays the other half of the fee."
WHO_PAYS = GoldenQuestion("Who pays half of the fee for respite care?", ("fees.md",), line=2)
MUST_NOT = GoldenQuestion(WHO_PAYS.question, answered=False, line=7)
OTHERS = (
    "Buses run to the station every hour until ten at night.",
    "Libraries lend books, maps and tools to residents.",
    "Streets are swept on Mondays and lamps are lit at dusk.",
    "Swimming lessons for schools begin in September.",
)


@pytest.fixture
def town(library: Library) -> Library:
    """A small corpus that says nothing of fees."""
    for number, text in enumerate(OTHERS):
        library.write(f"other-{number}.md", text)
    return library


def opened(library: Library) -> Searcher:
    """A searcher over the snapshot that the folder makes now."""
    library.ingest()
    return library.searcher()


def asked(new: Searcher, live: Searcher | None, *golden: GoldenQuestion) -> GateReport:
    return check(new, lambda: live, golden, SAME, RULES)


class Untouched(Searcher):
    """A live snapshot that must not be asked."""

    def search(self, *args: object, **more: object) -> Evidence:
        pytest.fail("the live snapshot was asked, though the new one does well")


class Losing:
    """The vectors of a snapshot, but some are lost and some are found by nothing."""

    def __init__(self, searcher: Searcher, lost: Sequence[str], unfound: Sequence[str]) -> None:
        self._vectors, self._lost, self._unfound = searcher.snapshot.vectors, lost, unfound
        searcher.snapshot.vectors = self  # type: ignore[assignment]

    def vectors(self, audience: str, ids: Sequence[str]) -> dict[str, Floats]:
        return self._vectors.vectors(audience, [i for i in ids if i not in self._lost])

    def nearest(self, audience: str, vector: Floats, count: int) -> list[tuple[str, float]]:
        found = self._vectors.nearest(audience, vector, count)
        return [(i, cosine) for i, cosine in found if i not in self._unfound]


@pytest.fixture
def many(library: Library) -> Library:
    """Sixty documents on as many subjects."""
    for number in range(60):
        words = [f"subject{number}{letter}" for letter in "abcdef"]
        library.write(f"{number:02}.md", f"About {' '.join(words)} there is much to say.\n")
    return library


def all_of(searcher: Searcher) -> tuple[Sampled, ...]:
    store = searcher.snapshot.lexical["public"]
    documents = sorted(searcher.snapshot.manifest.documents)
    ids = [i for document in documents for i in sorted(store.ids_of([document]))]
    passages = store.stored(ids)
    return tuple(Sampled("public", passages[i].passage) for i in ids)


# Golden questions


def test_what_the_live_snapshot_answers_the_new_one_must_answer(town: Library) -> None:
    town.write("fees.md", FEES)
    live = opened(town)
    assert asked(live, live, WHO_PAYS).passed == 1
    town.write("fees.md", "The form for carers is blue.")
    report = asked(opened(town), live, WHO_PAYS)
    assert not report.is_open
    assert report.failures[0] == (
        "\u201cWho pays half of the fee for respite care?\u201d (golden.yaml, line 2) was not "
        "answered; with the live snapshot it goes well."
    )
    assert (report.golden, report.passed) == (1, 0)


def test_what_must_not_be_answered_and_now_is_keeps_the_snapshot_back(town: Library) -> None:
    live = opened(town)
    town.write("fees.md", FEES)
    report = asked(opened(town), live, MUST_NOT)
    assert len(report.failures) == 1
    assert "line 7) was answered, and must not be; with the live" in report.failures[0]


def test_what_fails_with_both_is_a_warning(town: Library) -> None:
    live = opened(town)
    town.write("more.md", "The parish keeps bees.")
    report = asked(opened(town), live, WHO_PAYS)
    assert report.is_open
    assert report.passed == 0
    assert "line 2) was not answered; it does not go well with the live" in report.warnings[0]


def test_the_live_snapshot_is_not_asked_where_the_new_one_does_well(
    town: Library, encoder: HashingEncoder
) -> None:
    town.write("fees.md", FEES)
    new = opened(town)
    report = asked(new, Untouched(new.snapshot, encoder), WHO_PAYS)
    assert (report.is_open, report.passed, report.warnings) == (True, 1, ())


def test_an_answer_must_cite_each_document_and_one_of_any(town: Library) -> None:
    town.write("fees.md", FEES)
    new = opened(town)
    two = replace(WHO_PAYS, documents=("fees.md", "gone.md"))
    neither = replace(WHO_PAYS, documents=(), any_of=("a.md", "b.md"))
    one = replace(WHO_PAYS, any_of=("a.md", "fees.md"))
    report = asked(new, None, two, neither, one)
    assert report.passed == 1
    assert "was answered without gone.md, and gone.md is not in the snapshot" in report.warnings[0]
    assert "was answered without any of a.md, b.md" in report.warnings[1]


def test_an_answer_must_hold_the_words_whatever_their_case(town: Library) -> None:
    town.write("fees.md", FEES)
    new = opened(town)
    said, unsaid = (replace(WHO_PAYS, says=(words,)) for words in ("HALF of the fee", "a third"))
    report = asked(new, None, said, unsaid)
    assert report.passed == 1
    assert "was answered without the words \u201ca third\u201d" in report.warnings[0]


def test_a_question_is_asked_for_its_audience(town: Library) -> None:
    town.write("fees.md", FEES, audience="internal")
    new = opened(town)
    outside = replace(WHO_PAYS, audiences=("public",))
    assert asked(new, None, WHO_PAYS).passed == 1
    assert "was not answered" in asked(new, None, outside).warnings[0]


def test_without_a_live_snapshot_one_golden_question_at_least_must_go_well(
    town: Library,
) -> None:
    town.write("fees.md", FEES)
    new = opened(town)
    wrong = [GoldenQuestion(f"How are {word} mended?") for word in ("bridges", "boats", "bells")]
    assert asked(new, None, *wrong[:2]).is_open
    assert asked(new, None, WHO_PAYS, *wrong).is_open
    report = asked(new, None, *wrong)
    assert report.failures[0] == "None of the 3 golden questions goes well."
    assert "bridges" in report.failures[1]
    assert report.passed == 0


def test_progress_is_told_up_to_the_last_question(town: Library) -> None:
    town.write("fees.md", FEES)
    heard: list[Progress] = []
    report = check(opened(town), lambda: None, [WHO_PAYS, MUST_NOT], SAME, RULES, heard.append)
    assert [p.done - report.sampled for p in heard] == [0, 1, 2]
    assert {(p.step, p.total) for p in heard} == {(Step.GATE, report.sampled + 2)}


# Counts


def extent(documents: int, passages: int = 0, **audiences: int) -> Extent:
    of_each = {name: Size(count, 0) for name, count in audiences.items()}
    return Extent(Size(documents, passages), of_each)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (extent(100), extent(79)),
        (extent(10), extent(5)),
        (extent(10, 1000), extent(10, 799)),
        (extent(10, 100), extent(10, 50)),
        (extent(40, public=20, internal=20), extent(40, public=30, internal=10)),
        (extent(40, public=35, internal=5), extent(40, public=40)),
    ],
)
def test_a_large_drop_is_asked_about(before: Extent, after: Extent) -> None:
    assert len(shrinkage(before, after, 0.2)) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (extent(100), extent(80)),
        (extent(10), extent(6)),
        (extent(3), extent(1)),
        (extent(10, 1000), extent(10, 800)),
        (extent(10, 100), extent(10, 51)),
        (extent(10), extent(30)),
        (extent(40, public=20, internal=20), extent(40, public=24, internal=16)),
        (None, extent(1)),
    ],
)
def test_a_small_drop_is_not_asked_about(before: Extent | None, after: Extent) -> None:
    assert shrinkage(before, after, 0.2) == ()


def test_the_share_that_may_go_unasked_is_the_operators() -> None:
    assert shrinkage(extent(100), extent(40), 0.6) == ()
    assert shrinkage(extent(100), extent(94), 0.0) == (
        "In all, 94 documents would be there in place of 100: 6% fewer, where up to 0% is usual.",
    )


def test_a_corpus_is_counted_by_document_and_by_audience() -> None:
    found = extent_of([{"public": 3}, {"public": 1, "internal": 2}, {"internal": 5}])
    assert found == Extent(Size(3, 11), {"public": Size(2, 4), "internal": Size(2, 7)})


def test_a_drop_keeps_the_snapshot_back_unless_it_is_allowed(library: Library) -> None:
    library.write("fees.md", FEES)
    new = opened(library)
    difference = Difference(extent(40), extent(21))
    refused = check(new, lambda: None, (), difference, RULES)
    assert refused.failures[0] == (
        "In all, 21 documents would be there in place of 40: 48% fewer, where up to 20% is usual. "
        "If that is meant, reload with --allow-shrink."
    )
    allowed = check(new, lambda: None, (), difference, replace(RULES, allow_shrink=True))
    assert allowed.is_open
    assert allowed.warnings[0].endswith("It was allowed.")


# The sample


def test_a_sound_snapshot_finds_all_of_itself(many: Library) -> None:
    many.write(
        "inside.md", "Only staff read of the lighthouse and its keeper.", audience="internal"
    )
    new = opened(many)
    report = check(new, lambda: None, (), replace(SAME, fresh=("07.md", "inside.md")), RULES)
    assert report.failures == report.warnings == ()
    assert 20 <= report.sampled <= 22


def test_what_is_fresh_is_in_the_sample_and_the_draw_is_the_same_each_time(many: Library) -> None:
    new = opened(many)
    fresh = [f"{number:02}.md" for number in range(12)]
    drawn = sampled_of(new.snapshot, fresh)
    assert {one.passage.document for one in drawn}.issuperset(fresh)
    assert sampled_of(new.snapshot, fresh) == drawn
    assert 12 < len(drawn) <= 40


def test_documents_that_repeat_each_other_are_no_fault(library: Library) -> None:
    for number in range(30):
        library.write(f"{number:02}.md", FEES, title="Fees")
    new = opened(library)
    assert finds_itself(new, all_of(new)).failures == ()


def test_a_passage_is_found_when_what_is_found_says_the_same(library: Library) -> None:
    for number in range(30):
        library.write(f"{number:02}.md", FEES, title="Fees")
    new = opened(library)
    found = {f.passage.id for f in new.search("Who pays half of the fee?", ["public"]).found}
    sample = [one for one in all_of(new) if one.passage.id not in found]
    assert len(sample) == 20
    report = finds_itself(new, sample)
    assert (report.failures, report.warnings) == ((), ())


def test_a_passage_without_a_vector_keeps_the_snapshot_back(many: Library) -> None:
    new = opened(many)
    sample = all_of(new)
    Losing(new, [sample[3].passage.id], [])
    (failure,) = finds_itself(new, sample).failures
    assert "1 of 60 passages that were looked for have no vector, for instance 03.md" in failure


def test_one_that_the_nearest_miss_is_a_warning_and_many_are_a_failure(many: Library) -> None:
    new = opened(many)
    sample = all_of(new)
    ids = [one.passage.id for one in sample]
    Losing(new, [], ids[:1])
    few = finds_itself(new, sample)
    assert few.failures == ()
    assert "1 of 60" in few.warnings[0]
    Losing(new, [], ids[:10])
    assert "are not found by their vector" in finds_itself(new, sample).failures[0]


def test_a_passage_that_its_words_do_not_lead_to_keeps_the_snapshot_back(
    many: Library, encoder: HashingEncoder
) -> None:
    report = many.build()
    folder = many.snapshots / report.snapshot
    with sqlite3.connect(audience_file(folder, "public")) as connection:
        connection.execute(
            "DELETE FROM word_index WHERE rowid ="
            " (SELECT number FROM passages WHERE document = '05.md')"
        )
    connection.close()
    new = Searcher(Snapshot(folder, encoder), encoder)
    (failure,) = finds_itself(new, all_of(new)).failures
    assert "are not found by their words, for instance 05.md" in failure


def test_a_search_that_finds_something_else_keeps_the_snapshot_back(
    many: Library, encoder: HashingEncoder
) -> None:
    """An encoder that gives other vectors under the same name, and nothing but vectors."""
    sound = opened(many)
    other = HashingEncoder(seed="other")
    other.digest = encoder.digest
    broken = Searcher(sound.snapshot, other, mix=STAGES["vectors"])
    sample = all_of(sound)[:5]
    assert finds_itself(sound, sample).failures == ()
    (failure,) = finds_itself(broken, sample).failures
    assert "are not found by a sentence of their own" in failure


def test_what_does_not_hold_today_is_not_searched_for(library: Library) -> None:
    library.write("fees.md", FEES, withdrawn="2020-01-01")
    new = opened(library)
    report = finds_itself(new, all_of(new))
    assert (report.failures, report.warnings, report.sampled) == ((), (), 1)
