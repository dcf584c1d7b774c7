"""Markdown into blocks."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.documents import Block, BlockKind
from assistant.ingestion.blocks import first_heading, parse, place
from assistant.ingestion.pages import Page, escaped, table_markdown
from assistant.ingestion.text import one_line


def blocks(markdown: str, title: str = "Title") -> tuple[Block, ...]:
    return place(parse((Page(markdown),)), title=title)


def test_blocks_stand_below_their_headings() -> None:
    found = blocks("# Title\na\n## B\nb\n#### C\nc\n## D\nd\n# E\ne")
    assert [(block.headings, block.text) for block in found] == [
        ((), "a"),
        (("B",), "b"),
        (("B", "C"), "c"),
        (("D",), "d"),
        (("E",), "e"),
    ]


def test_the_title_is_left_out_of_the_path_whatever_its_case() -> None:
    assert blocks("# four  WORLDS\n## A\nx", title="Four worlds")[0].headings == ("A",)


def test_a_deeper_heading_that_repeats_the_title_stays() -> None:
    assert blocks("# A\n## Title\nx")[0].headings == ("A", "Title")


def test_headings_go_on_over_pages_and_pages_are_known() -> None:
    pieces = parse((Page("# A\nx", 1), Page("y\n\n# B\nz", 2)))
    found = place(pieces, title="T")
    assert [(block.headings, block.page) for block in found] == [
        (("A",), 1),
        (("A",), 2),
        (("B",), 2),
    ]
    assert first_heading(pieces) == "A"


def test_inline_markup_is_stripped_to_its_visible_words() -> None:
    (block,) = blocks(
        "*a* __b__ `c` [d](https://x.org 'hover') ![e](f.png) <b>g</b> &amp; &#104;<br>i\n"
        "j \\* <!-- k --> <https://l.org>"
    )
    assert block.text == "a b c d e g & h i j * https://l.org"


def test_html_blocks_keep_their_words_alone() -> None:
    (block,) = blocks("<div onclick='x()'>seen <!-- unseen --><script>unseen</script></div>")
    assert block.text == "seen"


def test_invisible_characters_written_as_entities_are_taken_out() -> None:
    assert blocks("out&#8203;co&#x202E;me")[0].text == "outcome"


def test_quotes_and_code_are_paragraphs() -> None:
    found = blocks("> # q\n> r\n\n```\ncode\nhere\n```\n\n    indented")
    assert [block.text for block in found] == ["q", "r", "code here", "indented"]
    assert {block.kind for block in found} == {BlockKind.PARAGRAPH}


def test_a_list_is_one_block_with_a_line_an_item() -> None:
    lead, found = blocks(
        "Steps:\n\n1. one\n   goes on\n   - in *it*\n\n     3. deep\n2. two\n\n   more"
    )
    assert (lead.kind, lead.text) == (BlockKind.PARAGRAPH, "Steps:")
    assert found.kind is BlockKind.LIST
    assert found.text == "1. one goes on\n  - in it\n    3. deep\n2. two more"
    assert found.sentences == ("one goes on", "in it", "deep", "two more")


def test_a_table_is_one_block_whose_rows_read_on_their_own() -> None:
    (found,) = blocks("| A | B | |\n|---|---|---|\n| x | *1* | y\\|z |\n| | 2 | |\n| | | |\n| w |")
    assert found.kind is BlockKind.TABLE
    assert found.text == "| A | B |  |\n| x | 1 | y\\|z |\n|  | 2 |  |\n| w |  |  |"
    assert found.sentences == ("x: B: 1; y|z", "B: 2", "w")


def test_a_table_without_header_words_takes_its_first_row() -> None:
    (found,) = blocks("| | |\n|---|---|\n| Area | Cost |\n| Leeds | 2 |")
    assert found.sentences == ("Leeds: Cost: 2",)


def test_a_table_of_a_header_alone_keeps_its_words() -> None:
    assert blocks("| A | B |\n|---|---|")[0].sentences == ("A; B",)


@given(st.text(alphabet=st.sampled_from("abc .#*_`[]()<>&|~-+=1!\\\"':/")))
def test_escaped_words_come_back_as_they_were(words: str) -> None:
    found = blocks(escaped(words))
    assert " ".join(block.text for block in found) == one_line(words)


@given(
    st.lists(st.lists(st.sampled_from(["a", "b|c", "*d*", "", "<e>", "`"]), min_size=2), min_size=1)
)
def test_a_table_written_as_markdown_comes_back(rows: list[list[str]]) -> None:
    filled = [row for row in rows if any(row)]
    found = blocks(table_markdown(rows))
    assert sum(block.text.count("\n") + 1 for block in found) == len(filled)


@given(st.text(alphabet=st.sampled_from("ab.:\n \t#*-1|>`~<&[]()_!\\"), max_size=80))
def test_any_markdown_gives_blocks_with_sentences_on_one_line(markdown: str) -> None:
    for block in blocks(markdown):
        assert block.sentences
        assert all(sentence == one_line(sentence) != "" for sentence in block.sentences)
        if block.kind is BlockKind.PARAGRAPH:
            assert " ".join(block.sentences) == block.text
        else:
            assert len(block.text.split("\n")) - len(block.sentences) in (0, 1)
