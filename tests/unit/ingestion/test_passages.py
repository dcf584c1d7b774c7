"""Documents into passages."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.documents import (
    Block,
    BlockKind,
    Definition,
    DefinitionFile,
    Document,
    Metadata,
)
from assistant.ingestion.blocks import parse, place
from assistant.ingestion.pages import Page
from assistant.ingestion.passages import (
    LONGEST_WORDS,
    PASSAGE_WORDS,
    count_words,
    cut,
    passages_of_definitions,
)

METADATA = Metadata(title="Title")


def document(markdown: str) -> Document:
    return Document("a.md", "0", METADATA, place(parse((Page(markdown),)), title="Title"))


def words(count: int, word: str = "word") -> str:
    return " ".join([word] * (count - 1) + ["end."])


def texts(markdown: str) -> list[str]:
    return [passage.text for passage in cut(document(markdown))]


def ids(markdown: str) -> list[str]:
    return [passage.id for passage in cut(document(markdown))]


def test_a_passage_never_crosses_a_heading() -> None:
    passages = cut(document("# Title\na\n\nb\n## B\nc"))
    assert [(p.headings, p.text, p.position) for p in passages] == [
        ((), "a\n\nb", 0),
        (("B",), "c", 1),
    ]
    assert passages[1].section == "Title > B"


def test_blocks_are_packed_up_to_the_limit_and_not_beyond() -> None:
    half = PASSAGE_WORDS // 2
    assert len(texts(f"{words(half)}\n\n{words(PASSAGE_WORDS - half)}")) == 1
    assert len(texts(f"{words(half)}\n\n{words(PASSAGE_WORDS - half + 1)}")) == 2


def test_a_lead_in_stays_with_its_list() -> None:
    found = texts(
        f"{words(PASSAGE_WORDS - 5)}\n\nThese are the steps:\n\n- one thing\n- two things"
    )
    assert found == [words(PASSAGE_WORDS - 5), "These are the steps:\n\n- one thing\n- two things"]


def test_of_a_long_lead_in_the_last_sentence_stays_with_its_list() -> None:
    items = "\n".join(f"- {words(8)}" for _ in range(10))
    found = texts(f"{words(110)} These are the steps:\n\n{items}")
    assert found == [words(110), f"These are the steps:\n\n{items}"]


def test_a_list_is_cut_between_items_only_beyond_the_longest() -> None:
    whole = "\n".join(["- " + words(LONGEST_WORDS // 10 - 1)] * 10)
    assert len(texts(whole)) == 1
    pieces = texts(f"{whole}\n- {words(5)}")
    assert len(pieces) == 2
    assert "\n".join(pieces) == f"{whole}\n- {words(5)}"


def test_a_lead_in_and_the_first_piece_of_a_long_list_keep_to_the_longest() -> None:
    items = "\n".join(f"- {words(30)}" for _ in range(8))
    found = texts(f"{words(50)[:-1]}:\n\n{items}")
    assert found[0].startswith("word word")
    assert all(count_words(text) <= LONGEST_WORDS + 10 for text in found)
    assert "\n\n- word" in found[0]


def test_an_item_or_row_beyond_the_longest_is_cut_as_a_paragraph() -> None:
    found = texts(f"- one\n- {words(LONGEST_WORDS + 20)}\n- two")
    assert found[0] == "- one"
    assert [count_words(text) for text in found[1:]] == [LONGEST_WORDS, 22]
    assert found[-1].endswith("end.\n\n- two")


def test_a_long_table_repeats_its_header() -> None:
    rows = [f"| {words(10)} | {words(10)} |" for _ in range(20)]
    found = texts("\n".join(["| A | B |", "|---|---|", *rows]))
    assert len(found) > 2
    assert {text.split("\n")[0] for text in found} == {"| A | B |"}
    assert [line for text in found for line in text.split("\n")[1:]] == rows
    assert all(count_words(text) <= LONGEST_WORDS for text in found)


def test_a_long_paragraph_is_cut_between_sentences_only_beyond_the_longest() -> None:
    third = LONGEST_WORDS // 3
    assert len(texts(" ".join([words(third, "Word")] * 3))) == 1
    found = texts(" ".join([words(third, "Word")] * 4))
    assert found == [" ".join([words(third, "Word")] * 3), words(third, "Word")]


def test_a_sentence_beyond_the_longest_is_cut_between_words() -> None:
    found = texts(words(LONGEST_WORDS + 1))
    assert [count_words(text) for text in found] == [LONGEST_WORDS, 1]


@pytest.mark.parametrize("before", ["", "An earlier paragraph.\n\n## Other\n\nAnother one.\n\n"])
def test_ids_do_not_change_when_positions_shift(before: str) -> None:
    rest = "## A\n\nx one\n\n## B\n\ny two"
    assert ids(before + rest)[-2:] == ids(rest)


def test_equal_twins_have_ids_of_their_own() -> None:
    markdown = "## A\n\nsame\n\n## B\n\nother\n\n## A\n\nsame"
    first, _, third = ids(markdown)
    assert first != third
    assert len({*ids(markdown)}) == 3
    assert ids("## A\n\nsame") == [first]


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Other"},
        {"audience": "public"},
        {"publisher": "P"},
        {"url": "https://example.org"},
    ],
)
def test_ids_change_with_the_metadata_that_is_shown(change: dict[str, str]) -> None:
    before = document("text")
    after = replace(before, metadata=replace(METADATA, **change))
    assert cut(before)[0].id != cut(after)[0].id


def test_ids_change_with_words_headings_page_and_path() -> None:
    base = document("## A\n\ntext")
    block = base.blocks[0]
    others = [
        replace(base, path="b.md"),
        replace(base, blocks=(replace(block, headings=("B",)),)),
        replace(base, blocks=(replace(block, page=2),)),
        replace(base, blocks=(replace(block, text="texts", sentences=("texts",)),)),
    ]
    assert len({cut(each)[0].id for each in [base, *others]}) == 5
    assert len(cut(base)[0].id) == 32


def test_a_passage_knows_the_page_on_which_it_begins() -> None:
    blocks = place(parse((Page("# A\nx", 3), Page("y", 4))), title="T")
    (passage,) = cut(Document("a.pdf", "0", METADATA, blocks))
    assert passage.section == "Title > A, page 3"
    assert [block.page for block in passage.blocks] == [3, 4]


def test_a_definition_is_one_passage_below_its_term() -> None:
    definition = Definition("Outcome", "What changes. Not more.", "P", aliases=("result",))
    file = DefinitionFile("d.yaml", "0", METADATA, (definition, replace(definition, whose="Q")))
    first, second = passages_of_definitions(file)
    assert first.blocks == (
        Block(
            BlockKind.PARAGRAPH,
            "What changes. Not more.",
            ("What changes.", "Not more."),
            headings=("Outcome",),
        ),
    )
    assert (first.definition, first.document, second.position) == (definition, "d.yaml", 1)
    assert first.id != second.id


_sentence = st.integers(1, 70).map(lambda n: "Word " + words(n))
_paragraph = st.lists(_sentence, min_size=1, max_size=6).map(" ".join)
_lead = _paragraph.map(lambda text: text[:-1] + ":")
_list = st.lists(_sentence, min_size=1, max_size=12).map(
    lambda items: "\n".join(f"- {item}" for item in items)
)
_table = st.lists(_sentence, min_size=1, max_size=12).map(
    lambda cells: "\n".join(["| A | B |", "|---|---|", *(f"| {c} | {c} |" for c in cells)])
)
_heading = st.sampled_from(["# A", "## B", "### C"])
_markdown = st.lists(st.one_of(_paragraph, _lead, _list, _table, _heading), max_size=12).map(
    "\n\n".join
)


@given(_markdown)
def test_every_sentence_is_in_one_passage_in_order(markdown: str) -> None:
    source = document(markdown)
    cut_up = [s for p in cut(source) for block in p.blocks for s in block.sentences]
    assert cut_up == [sentence for block in source.blocks for sentence in block.sentences]


@given(_markdown)
def test_passages_keep_to_one_heading_path_and_to_the_limits(markdown: str) -> None:
    passages = cut(document(markdown))
    assert len({passage.id for passage in passages}) == len(passages)
    for passage in passages:
        assert {block.headings for block in passage.blocks} == {passage.headings}
        sizes = [count_words(block.text) for block in passage.blocks]
        assert all(size <= LONGEST_WORDS for size in sizes)
        if len(passage.blocks) > 2:
            assert sum(sizes) <= PASSAGE_WORDS
