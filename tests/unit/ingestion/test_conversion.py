"""Files of each format, read into blocks: headings, lists, tables and pages survive."""

import io
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.domain.documents import Block, BlockKind
from assistant.domain.errors import DocumentError
from assistant.ingestion import office, pdf
from assistant.ingestion.blocks import parse, place
from assistant.ingestion.columns import Piece, PrintedPage
from assistant.ingestion.conversion import convert
from assistant.ingestion.layout import markdown_of
from assistant.ingestion.pages import numbered

FILES = Path(__file__).parents[2] / "files"
TITLE = "Measuring outcomes"


def read(name: str) -> tuple[Block, ...]:
    converted = convert((FILES / name).read_bytes(), path=name)
    return place(parse(converted.pages), title=TITLE)


def convert_text(data: bytes, name: str) -> str:
    return "\n".join(page.markdown for page in convert(data, path=name).pages)


WORD = (
    Block(
        BlockKind.PARAGRAPH,
        "A measure of outcomes says what changed for people. It is more than a count of what was "
        "delivered, e.g. of visits, and it is agreed with the people who use the service before "
        "anything is bought.",
        (
            "A measure of outcomes says what changed for people.",
            (
                "It is more than a count of what was delivered, e.g. of visits, and it is agreed "
                "with the people who use the service before anything is bought."
            ),
        ),
    ),
    Block(
        BlockKind.PARAGRAPH,
        "The network suggests three steps:",
        ("The network suggests three steps:",),
        ("Where to begin",),
    ),
    Block(
        BlockKind.LIST,
        "- ask people what matters to them\n- agree a few measures\n  - measures of change\n"
        "  - measures of cost\n- look again after a year",
        (
            "ask people what matters to them",
            "agree a few measures",
            "measures of change",
            "measures of cost",
            "look again after a year",
        ),
        ("Where to begin",),
    ),
    Block(
        BlockKind.TABLE,
        "| Area | Measure | Cost |\n| Wiltshire | hours that people asked for | £1.5bn |\n"
        "| Leeds | days at home \\| in hospital | £2m |",
        (
            "Wiltshire: Measure: hours that people asked for; Cost: £1.5bn",
            "Leeds: Measure: days at home | in hospital; Cost: £2m",
        ),
        ("Where to begin", "What it cost"),
    ),
    Block(
        BlockKind.PARAGRAPH,
        "A measure that is paid for is soon the only one that counts.",
        ("A measure that is paid for is soon the only one that counts.",),
        ("Dangers",),
    ),
)


def test_word_keeps_headings_lists_and_tables() -> None:
    assert read("guidance.docx") == WORD


def test_pdf_gives_what_its_word_file_gives_and_the_pages() -> None:
    pages = (1, 1, 1, 1, 2)
    assert read("guidance.pdf") == tuple(
        replace(block, page=page) for block, page in zip(WORD, pages, strict=True)
    )


def test_pdf_in_columns_is_read_column_by_column() -> None:
    found = read("columns.pdf")
    numbers = [s.split()[1] for block in found for s in block.sentences]
    assert numbers == [f"{p}-{q}-{s}" for p in range(1, 5) for q in (1, 2, 3) for s in range(1, 9)]
    assert [block.headings for block in found[::3]] == [(f"Part {n}",) for n in range(1, 5)]
    assert [block.page for block in found] == [1] * 6 + [2] * 6


@pytest.mark.parametrize("name", ["guidance.pdf", "columns.pdf"])
def test_running_headers_and_page_numbers_are_left_out(name: str) -> None:
    words = convert_text((FILES / name).read_bytes(), name)
    assert "Guidance for commissioners" not in words
    assert "Page 1" not in words


def test_slides_keep_titles_bullets_tables_notes_and_numbers() -> None:
    found = [(b.kind.value, b.headings, b.page, b.text) for b in read("guidance.pptx")]
    begin = ("Where to begin",)
    bullets = "- ask people what matters\n  - measures of change\n- look again after a year"
    assert found == [
        ("paragraph", (), 1, "For commissioners"),
        ("list", begin, 2, bullets),
        ("paragraph", (*begin, "Notes"), 2, "Say why asking comes first."),
        ("table", ("What it cost",), 3, "| Area | Cost |\n| Leeds | £2m |"),
        ("paragraph", ("What it cost",), 3, "Figures of one year."),
    ]


def test_a_web_page_gives_its_own_words_alone() -> None:
    found = [(b.kind.value, b.headings, b.text) for b in read("guidance.html")]
    begin = ("Where to begin",)
    assert found == [
        ("paragraph", (), "A measure of outcomes says what changed — for people."),
        ("paragraph", begin, "The network suggests two steps:"),
        ("list", begin, "1. ask people\n  - what matters\n2. look again"),
        ("table", (*begin, "What it cost"), "| Area | Cost |\n| Leeds | £2m \\| a year |"),
        ("paragraph", (*begin, "What it cost"), "Write <b> as it is. 1. is no list."),
    ]


def test_plain_text_keeps_its_characters_and_its_lists() -> None:
    found = [(b.kind.value, b.text) for b in read("guidance.txt")]
    assert found == [
        (
            "paragraph",
            "A measure of outcomes says what *changed* for people, in <words> & figures.",
        ),
        ("paragraph", "The network suggests two steps:"),
        ("list", "- ask people what matters to them\n- look again after a year"),
    ]


def test_a_page_without_main_loses_header_and_footer_but_not_its_only_title() -> None:
    page = (
        b"<body><header>Site</header><p>Words</p><div hidden>no</div><footer>Foot</footer></body>"
    )
    assert convert_text(page, "x.html") == "Words"
    page = b"<body><header><h1>Title</h1></header><p>Words</p></body>"
    assert convert_text(page, "x.html") == "# Title\n\nWords"


@pytest.mark.parametrize(
    ("style", "seen"),
    [
        ("display:none", False),
        ("visibility: hidden", False),
        ("font-size: 0", False),
        ("font-size:0.0px;color:red", False),
        ("font-size: 0.9em", True),
        ("display: block", True),
    ],
)
def test_words_that_a_style_hides_are_no_text(style: str, seen: bool) -> None:  # noqa: FBT001
    page = f"<p>Shown</p><p style='{style}'>perhaps</p>".encode()
    assert ("perhaps" in convert_text(page, "x.html")) is seen


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("guidance.docx", "Title property"),
        ("guidance.pptx", "Title property"),
        ("guidance.pdf", "Title property"),
        ("guidance.html", "Title of the page"),
        ("guidance.txt", None),
    ],
)
def test_the_title_property_is_known(name: str, title: str | None) -> None:
    assert convert((FILES / name).read_bytes(), path=name).title == title


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("scan.pdf", r"It holds no text, only pictures of pages \(pages 1 to 2\)"),
        ("locked.pdf", "It is locked by a password"),
    ],
)
def test_a_pdf_without_words_to_read_is_refused_in_a_sentence(name: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        convert((FILES / name).read_bytes(), path=name)


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".pptx"])
@pytest.mark.parametrize("data", [b"garbage", b"PK\x03\x04garbage", b"%PDF-1.7 garbage"])
def test_a_broken_file_is_refused_in_a_sentence(suffix: str, data: bytes) -> None:
    with pytest.raises(DocumentError) as refused:
        convert(data, path=f"x{suffix}")
    assert str(refused.value).startswith("It ")
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("name", ["guidance.docx", "guidance.pptx"])
@pytest.mark.parametrize("share", [0.2, 0.9])
def test_a_file_cut_off_halfway_is_refused(name: str, share: float) -> None:
    data = (FILES / name).read_bytes()
    with pytest.raises(DocumentError, match="may be broken"):
        convert(data[: int(len(data) * share)], path=name)


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = (FILES / "guidance.docx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    monkeypatch.setattr(office, "LARGEST_UNPACKED_BYTES", size)
    convert(data, path="x.docx")
    monkeypatch.setattr(office, "LARGEST_UNPACKED_BYTES", size - 1)
    with pytest.raises(DocumentError, match="unpacks to far more"):
        convert(data, path="x.docx")


def test_deeply_nested_html_is_refused_in_a_sentence() -> None:
    with pytest.raises(DocumentError, match="nested too deeply"):
        convert(b"<div>" * 20_000 + b"x", path="x.html")


def test_converters_write_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("guidance.pdf", "guidance.docx", "guidance.pptx", "guidance.html", "scan.pdf"):
        try:
            convert((FILES / name).read_bytes(), path=name)
        except DocumentError:
            assert name == "scan.pdf"
    assert capfd.readouterr() == ("", "")


def line(text: str, top: float, *, x0: float = 50, size: float = 10) -> list[Piece]:
    """Words of one line, six points a letter."""
    pieces = []
    for word in text.split():
        x1 = x0 + 6 * len(word)
        pieces.append(Piece(word, x0, x1, top, top + size, size))
        x0 = x1 + 4
    return pieces


def test_a_paragraph_over_the_end_of_a_page_is_on_the_page_where_it_begins() -> None:
    first = PrintedPage(
        (*line("Much of the text here stands on this page", 200), *line("and it ends on", 212)),
        800,
    )
    second = PrintedPage((*line("the page after it.", 200), *line("Another one begins.", 260)), 800)
    pages = markdown_of([first, second])
    assert pages[0].markdown.endswith("ends on the page after it.")
    assert pages[1].markdown == "Another one begins."


def test_a_word_parted_at_the_end_of_a_line_is_whole_again() -> None:
    page = PrintedPage(
        (
            *line("Commissioning is evidence-based and the commis-", 200),
            *line("sioner who buys a long evidence-", 212),
            *line("based service of any kind asks first.", 224),
        ),
        800,
    )
    (found,) = markdown_of([page])
    assert "the commissioner who buys a long evidence-based service" in found.markdown


def test_a_number_of_a_note_is_left_out_and_a_power_is_kept() -> None:
    note, power = Piece("12", 400, 404, 199, 204, 6), Piece("2", 404, 407, 211, 216, 6)
    page = PrintedPage(
        (*line("The agreement ends after a year.", 200), note, *line("It has 10 m", 212), power),
        800,
    )
    (found,) = markdown_of([page])
    assert found.markdown == "The agreement ends after a year.\n\nIt has 10 m 2"


@pytest.mark.parametrize(
    ("word", "mended"),
    [
        ("o\u6600\u6600er", "offer"),
        ("\u6600\u6900eld", "field"),
        ("caf\xe9", "caf\xe9"),
        ("\u6600\u6900", "\u6600\u6900"),
    ],
)
def test_joined_letters_with_swapped_bytes_are_mended(word: str, mended: str) -> None:
    assert pdf._mended(word) == mended


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([3], "Page 3"),
        ([3, 4], "Pages 3 to 4"),
        ([3, 4, 5, 9], "Pages 3 to 5 and 9"),
        ([1, 3, 5, 6], "Pages 1, 3 and 5 to 6"),
    ],
)
def test_numbers_of_pages_are_said_in_words(numbers: list[int], said: str) -> None:
    assert numbered("Page", numbers) == said


@pytest.mark.parametrize(
    "around",
    [
        "<div id='onetrust-banner-sdk'>No</div>",
        "<div id='CybotCookiebotDialog'>No</div>",
        "<section class='govuk-cookie-banner'>No</section>",
        "<div class='cc-window'>No</div>",
        "<a class='govuk-skip-link'>No</a>",
        "<div class='govuk-breadcrumbs'>No</div>",
    ],
)
def test_what_sites_put_around_a_page_is_left_out(around: str) -> None:
    page = f"<body>{around}<p>Words about cookies</p></body>".encode()
    assert convert_text(page, "x.html") == "Words about cookies"


ADDRESS = "https://x.example/page"


@pytest.mark.parametrize(
    ("comment", "url"),
    [
        (f"<!DOCTYPE html>\n<!-- saved from url=({len(ADDRESS):04}){ADDRESS} -->\n", ADDRESS),
        (f"<!-- saved from url=({len(ADDRESS):04}){ADDRESS} -->", ADDRESS),
        (f"<p>x</p><!-- saved from url=({len(ADDRESS):04}){ADDRESS} -->", None),
        (f"<!-- saved from url=(0003){ADDRESS} -->", None),
        ("<!-- saved from url=(0018)javascript:alert() -->", None),
        ("<!-- saved from url=(0022)file:///C:/Users/page. -->", None),
    ],
)
def test_the_address_of_a_page_is_the_one_that_a_browser_wrote(
    comment: str, url: str | None
) -> None:
    assert convert(f"{comment}<html><p>Words</p></html>".encode(), path="x.html").url == url


def test_pictures_inside_a_page_cost_nothing() -> None:
    data = b"A" * 10_000_000
    page = b"<p>Before</p><img alt='Seen' src='data:image/png;base64," + data + b"'><p>After</p>"
    began = time.perf_counter()
    assert convert_text(page, "x.html") == "Before\n\n![Seen]()\n\nAfter"
    assert time.perf_counter() - began < 5
