"""The sets that the benchmark of the search asks."""

import json
from pathlib import Path

import pytest

from benchmarks.sets import RIGHT, Set, read_set, shipped_set

QUESTIONS = Path(__file__).parents[2] / "questions"
PAGES = 24


@pytest.fixture
def large(tmp_path: Path) -> Set:
    """A set of pages of two documents each, with a question for the third page."""
    documents = [
        {"_id": f"{page}-{part}", "title": f"Page {page}", "text": f"Part {part} of {page}."}
        for page in range(PAGES)
        for part in range(2)
    ]
    asked = [
        {"_id": "q1", "text": "Part 1 of 3?", "metadata": {"rewrite": "Which is part 1 of 3?"}},
        {"_id": "q2", "text": "Part 1 of 5?"},
    ]
    for name, lines in (("corpus", documents), ("queries", asked)):
        text = "\n".join(json.dumps(line) for line in lines)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "qrels").mkdir()
    judged = "query-id\tcorpus-id\tscore\nq1\t3-1\t1\nq2\t5-1\t1\n"
    (tmp_path / "qrels" / "test.tsv").write_text(judged, encoding="utf-8")
    return read_set(tmp_path)


def test_a_smaller_set_keeps_whole_pages_that_are_judged_and_one_in_eight(large: Set) -> None:
    smaller = large.smaller(1)
    assert [a.id for a in smaller.asked] == ["q1"]
    pages = ("0", "3", "8", "16")
    assert [d.path for d in smaller.corpus.documents] == [f"{p}-{n}" for p in pages for n in (0, 1)]
    assert smaller.name != large.name


def test_without_a_limit_nothing_is_left_out(large: Set) -> None:
    assert large.smaller(None) is large
    assert large.first(None).asked == large.asked


def test_the_authors_rewrites_are_read_where_there_are_any(large: Set) -> None:
    assert large.rewritten == {"q1": "Which is part 1 of 3?"}


def test_only_development_questions_to_the_shipped_corpus_are_asked() -> None:
    lines = [
        json.loads(line)
        for file in (QUESTIONS / "shipped.jsonl", QUESTIONS / "more.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    others = {line["id"] for line in lines if line["half"] != "dev"}
    asked = shipped_set().asked
    assert others
    assert len(asked) > 100
    assert not others.intersection(a.id for a in asked)


def test_any_right_document_counts_as_the_right_one() -> None:
    shipped = shipped_set()
    assert shipped.counts_as("fact-001", "guidance/four-worlds.md") == RIGHT
    assert shipped.counts_as("fact-001", "definitions/any.yaml") == RIGHT
    assert shipped.counts_as("fact-001", "guidance/other.md") == "guidance/other.md"
