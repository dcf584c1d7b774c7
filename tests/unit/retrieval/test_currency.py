"""What holds on a day: each rule on the day before and on the day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from assistant.domain.documents import Metadata, Successor
from assistant.retrieval import search
from assistant.retrieval.currency import best_of, holds, in_force, is_due, may_lapse
from tests.fakes.library import Library

DAY = date(2027, 4, 1)
BEFORE = DAY - timedelta(days=1)
LONG_BEFORE = date(1900, 1, 1)
LATER = DAY + timedelta(days=400)
PLAIN = Metadata("Fees")
NEXT = Successor("Fees 2027", since=DAY)

HELD_UNTIL_THE_DAY = {
    "withdrawn on it": replace(PLAIN, withdrawn=DAY),
    "replaced by what takes effect on it": replace(PLAIN, superseded_by=NEXT),
    "withdrawn on it although replaced earlier": replace(
        PLAIN, withdrawn=DAY, superseded_by=replace(NEXT, since=LONG_BEFORE)
    ),
    "withdrawn on it although replaced later": replace(
        PLAIN, withdrawn=DAY, superseded_by=replace(NEXT, since=LATER)
    ),
}
NEVER_HOLDS = {
    "withdrawn": replace(PLAIN, withdrawn=True),
    "replaced": replace(PLAIN, superseded_by=Successor("Fees 2027")),
    "withdrawn before it is replaced": replace(
        PLAIN, withdrawn=True, superseded_by=replace(NEXT, since=LATER)
    ),
}


@pytest.mark.parametrize("metadata", HELD_UNTIL_THE_DAY.values(), ids=HELD_UNTIL_THE_DAY)
def test_what_ends_on_a_day_holds_until_the_day_before(metadata: Metadata) -> None:
    assert holds(metadata, BEFORE)
    assert not holds(metadata, DAY)
    assert not holds(metadata, LATER)
    assert may_lapse(metadata)


@pytest.mark.parametrize("metadata", NEVER_HOLDS.values(), ids=NEVER_HOLDS)
def test_what_ended_without_a_date_holds_on_no_day(metadata: Metadata) -> None:
    assert not holds(metadata, LONG_BEFORE)
    assert not holds(metadata, LATER)
    assert may_lapse(metadata)


def test_what_takes_effect_on_a_day_holds_from_that_day_on() -> None:
    metadata = replace(PLAIN, effective_from=DAY)
    assert not holds(metadata, BEFORE)
    assert holds(metadata, DAY)
    assert holds(metadata, LATER)
    assert may_lapse(metadata)


def test_what_has_no_dates_holds_always_and_so_does_what_is_due_for_review() -> None:
    for metadata in (PLAIN, replace(PLAIN, review_by=BEFORE, published=LATER)):
        assert holds(metadata, LATER)
        assert holds(metadata, LONG_BEFORE)
        assert not may_lapse(metadata)


def test_a_review_is_due_from_the_day_after() -> None:
    assert not is_due(DAY, DAY)
    assert is_due(BEFORE, DAY)
    assert not is_due(None, DAY)


def test_of_several_successors_the_last_that_holds_is_in_force() -> None:
    third = Successor("Third", since=LATER)
    second = Successor("Second", since=DAY, then=third)
    assert in_force(second, DAY).title == "Second"
    assert in_force(second, LATER).title == "Third"
    assert in_force(replace(second, then=replace(third, since=None)), DAY).title == "Third"


@pytest.mark.parametrize("lapsed_first", [0, 1, 7, 30])
def test_more_are_asked_for_until_there_are_enough_that_hold(lapsed_first: int) -> None:
    everything = [(str(n), 1.0 - n / 100) for n in range(40)]
    lapsed = {str(n) for n in range(lapsed_first)}
    kept, passed = best_of(lambda count: everything[:count], 4, lapsed)
    assert [i for i, _ in kept] == [str(n) for n in range(lapsed_first, lapsed_first + 4)]
    assert [i for i, _ in passed] == [str(n) for n in range(min(4, lapsed_first))]


def test_nothing_more_is_asked_for_where_enough_hold() -> None:
    asked: list[int] = []

    def ranking(count: int) -> list[tuple[str, float]]:
        asked.append(count)
        return [(str(n), 1.0) for n in range(count)]

    best_of(ranking, 4, {"99"})
    assert asked == [4]


def test_where_too_few_hold_all_of_them_are_returned() -> None:
    everything = [(str(n), 1.0) for n in range(6)]
    kept, passed = best_of(lambda count: everything[:count], 4, {"0", "1", "2", "3", "4"})
    assert [i for i, _ in kept] == ["5"]
    assert [i for i, _ in passed] == ["0", "1", "2", "3"]


OLD = "The fee for a placement is 40 pounds a night."
NEW = "The fee for a placement is 55 pounds a night."
ASKED = "What is the fee for a placement?"


def found_in(library: Library, day: date, question: str = ASKED) -> set[str]:
    library.today = day
    return {found.passage.document for found in library.search(question).found}


def test_one_snapshot_answers_by_the_day_on_which_it_is_asked(library: Library) -> None:
    library.write("old.md", OLD, superseded_by="new.md")
    library.write("new.md", NEW, effective_from=DAY.isoformat())
    library.write("other.md", "A placement is reviewed each month.")
    library.ingest()
    assert found_in(library, BEFORE) == {"old.md", "other.md"}
    assert found_in(library, DAY) == {"new.md", "other.md"}
    assert found_in(library, BEFORE) == {"old.md", "other.md"}
    assert "40 pounds" in library.ask(ASKED).text
    library.today = LATER
    assert "55 pounds" in library.ask(ASKED).text


def test_what_does_not_hold_is_evidence_only_of_having_lapsed(library: Library) -> None:
    library.write("old.md", OLD, withdrawn=DAY.isoformat())
    library.write("other.md", "A placement is reviewed each month.")
    library.ingest()
    assert found_in(library, BEFORE) == {"old.md", "other.md"}
    library.today = BEFORE
    assert library.search(ASKED).lapsed == ()
    assert found_in(library, DAY) == {"other.md"}
    evidence = library.search(ASKED)
    assert [f.passage.document for f in evidence.lapsed] == ["old.md"]
    assert evidence.day == DAY
    assert all(hit.passage.document != "old.md" for hit in evidence.hits)


def test_what_lapsed_takes_no_place_of_what_holds(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CANDIDATES", 5)
    monkeypatch.setattr(search, "RERANKED", 5)
    for number in range(30):
        library.write(f"old-{number}.md", f"{OLD} Edition {number}.", withdrawn="yes")
    library.write("new.md", "A fee for each placement is agreed beforehand with the provider.")
    for number in range(30):
        library.write(f"bread-{number}.md", f"Rye bread {number} is baked before dawn.")
    library.ingest()
    assert "new.md" in found_in(library, DAY)
    assert library.ask(ASKED).citations[0].document == "new.md"


def test_the_asker_is_told_nothing_of_what_lapsed_in_another_audience(library: Library) -> None:
    library.write("old.md", OLD, audience="internal", withdrawn="yes")
    library.write("other.md", "A placement is reviewed each month.")
    library.ingest()
    assert library.searcher().search(ASKED, ("public",)).lapsed == ()
    assert library.searcher().search(ASKED, ("public", "internal")).lapsed


def test_a_definition_that_lapsed_defines_and_abbreviates_nothing(library: Library) -> None:
    text = (
        "title: Terms\naudience: public\ndefinitions:\n"
        "  - term: Dynamic purchasing system\n    text: Bought in turns.\n"
        "    abbreviations: [DPS]\n"
        f"    withdrawn: {DAY}\n"
        "  - term: Framework\n    text: A list of suppliers.\n    abbreviations: [FW]\n"
    )
    (library.corpus / "terms.yaml").write_text(text, encoding="utf-8")
    library.write("other.md", "A dynamic purchasing system is open to all.")
    library.ingest()
    library.today = BEFORE
    before = library.search("What is a DPS, or FW?")
    assert [m.term for m in before.mentions] == ["Dynamic purchasing system", "Framework"]
    library.today = DAY
    after = library.search("What is a DPS, or FW?")
    assert [m.term for m in after.mentions] == ["Framework"]
    assert "Bought in turns" not in library.ask("What is a DPS?").text
    assert "Bought in turns." not in {f.passage.text for f in after.found}


def test_a_file_of_definitions_lapses_whole(library: Library) -> None:
    head = f"title: Terms\naudience: public\nwithdrawn: {DAY}\n"
    (library.corpus / "terms.yaml").write_text(
        head + "definitions:\n  - {term: Framework, text: A list of suppliers.}\n",
        encoding="utf-8",
    )
    library.write("other.md", "Suppliers are paid each month.")
    library.ingest()
    library.today = BEFORE
    assert "A list of suppliers." in library.ask("What is a framework?").text
    library.today = DAY
    assert "A list of suppliers." not in library.ask("What is a framework?").text
