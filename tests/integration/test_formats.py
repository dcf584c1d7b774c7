"""Files that real programs wrote: what of each is found, and where a citation says it stands."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from assistant.domain.documents import Document, Passage, ReadCorpus
from assistant.ingestion.passages import cut
from assistant.ingestion.reader import read_corpus
from assistant.ingestion.reading import READ_KINDS

REAL = Path(__file__).parents[1] / "files" / "real"
FORMATS = Path(__file__).parents[2] / "docs" / "formats.md"

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def corpus() -> ReadCorpus:
    return read_corpus(REAL, default_audience="internal")


@pytest.fixture(scope="module")
def documents(corpus: ReadCorpus) -> Mapping[str, Document]:
    return {document.path: document for document in corpus.documents}


def passage_with(document: Document, words: str) -> Passage:
    (found,) = [passage for passage in cut(document) if words in passage.text]
    return found


def words_of(document: Document) -> str:
    return "\n".join(block.text for block in document.blocks)


SHORT_BREAKS = "Buying short breaks together"
BEFORE = f"{SHORT_BREAKS} > Before anything is bought"
REGISTER = "Register of agreements"
FEES = "Fees for short breaks from June"
TALK = "Talking to providers early"
PAYING = "Paying carers on time"


@pytest.mark.parametrize(
    ("name", "words", "section"),
    [
        ("guide.docx", "a night away", BEFORE),
        ("guide.docx", "Eastmere", f"{BEFORE} > What a night costs"),
        ("guide.docx", "six months' notice", f"{SHORT_BREAKS} > Notes"),
        ("guide.pdf", "a night away", f"{BEFORE}, page 1"),
        ("guide.pdf", "duty officer", f"{SHORT_BREAKS} > When a break goes wrong, page 2"),
        ("part-scanned.pdf", "duty officer", f"{SHORT_BREAKS} > When a break goes wrong, page 2"),
        ("talk.pptx", "Publish a plan", f"{TALK} > Before the tender, page 2"),
        ("talk.pptx", "could not afford", f"{TALK} > Before the tender > Notes, page 2"),
        ("talk.pptx", "Home care", f"{TALK} > Bids before and after, page 3"),
        ("page.html", "ten working days", f"{PAYING} > What we promise"),
        ("page.mhtml", "eleventh day", f"{PAYING} > Rates for this year > When a payment is late"),
        ("page.pdf", "ten working days", f"{PAYING} > What we promise, page 1"),
        ("leaflet.pdf", "stays together", "Visiting a service together > During the visit, page 1"),
        ("register.xlsx", "Young", f"{REGISTER} > Agreements > Agreements that are in force"),
        ("register.xlsx", "be extended?", f"{REGISTER} > People to ask"),
        ("register.csv", "Young carers", "Register > Agreements that are in force"),
        ("message.eml", "£325", FEES),
        ("reply.eml", "£325", f"Re: {FEES} > From Priya Nair, 04 May 2026 09:12"),
    ],
)  # fmt: skip
def test_headings_and_pages_survive_into_citations(
    documents: Mapping[str, Document], name: str, words: str, section: str
) -> None:
    assert passage_with(documents[name], words).section == section


LIST = (
    "- who is waiting for a break today\n- what families say would help\n  - a night away\n"
    "  - a day at home with help\n- who already offers it nearby"
)
STEPS = (
    "1. Agree one price for a night.\n2. Agree who pays for transport.\n"
    "3. Write down who may end the agreement."
)
COSTS = "| Council | Nights a year | Cost of a night |\n| Northfield | 1,200 | £310 |\n| Eastmere | 860 | £295 |"  # noqa: E501


@pytest.mark.parametrize("name", ["guide.docx", "guide.pdf", "part-scanned.pdf"])
def test_lists_and_tables_of_writer_are_whole(documents: Mapping[str, Document], name: str) -> None:
    texts = [block.text for block in documents[name].blocks]
    assert [text for text in (LIST, STEPS, COSTS) if text not in texts] == []


@pytest.mark.parametrize("name", ["page.html", "page.mhtml", "page.pdf"])
def test_a_page_keeps_its_lists_and_tables_however_it_was_kept(
    documents: Mapping[str, Document], name: str
) -> None:
    texts = [block.text for block in documents[name].blocks]
    promises = (
        "- An invoice is paid within ten working days.\n- A query stops only the line that it is "
        "about:\n  - the rest is paid\n  - the line is settled within a month"
    )
    rates = "| Visit | Weekday | Weekend |\n| Half an hour | £12.40 | £14.10 |\n| An hour | £22.80 | £26.00 |"  # noqa: E501
    assert promises in texts
    assert rates in texts


@pytest.mark.parametrize("name", ["page.html", "page.mhtml"])
def test_a_saved_page_gives_its_words_and_address_and_nothing_around_them(
    documents: Mapping[str, Document], name: str
) -> None:
    document = documents[name]
    assert document.metadata.url == "http://www.eastmere.example/paying-carers.html"
    words = words_of(document)
    assert "Last looked at on 4 May 2026." in words
    around = ("cookies", "Skip to", "Bins", "Search", "Privacy", "Facebook", "draft", "dataLayer")
    assert [word for word in around if word in words] == []


def test_a_column_is_read_to_its_end_before_the_next(documents: Mapping[str, Document]) -> None:
    headings = [block.headings[-1:] for block in documents["leaflet.pdf"].blocks]
    assert headings == [
        (), *[("Before the visit",)] * 3, *[("During the visit",)] * 2, *[("After the visit",)] * 2
    ]  # fmt: skip


def test_a_row_read_alone_says_what_its_cells_are(documents: Mapping[str, Document]) -> None:
    block = documents["register.xlsx"].blocks[0]
    assert block.sentences == (
        (
            "Service: Home care in the north; Cost a year: £1,500,000; Paid on results: 15%; "
            "Ends on: 2027-03-31"
        ),
        "Service: Young carers; Cost a year: £240,000; Paid on results: 40%; Ends on: 2026-09-30",
        "Service: Together; Cost a year: £1,740,000",
    )


def test_a_message_gives_who_wrote_it_and_when(documents: Mapping[str, Document]) -> None:
    metadata = documents["message.eml"].metadata
    assert (metadata.author, str(metadata.published)) == ("Priya Nair", "2026-05-04")
    words = words_of(documents["message.eml"])
    assert "01234" not in words
    assert words.count("From 1 June") == 1


def test_what_a_message_quotes_is_kept_once_without_addresses(
    documents: Mapping[str, Document],
) -> None:
    blocks = documents["reply.eml"].blocks
    words = "\n".join((*block.headings, block.text)[-1] for block in blocks)
    assert words.count("does the fee suit you") == 1
    assert [b.headings for b in blocks if "hospitals" in b.text] == [
        ("On Mon, 4 May 2026 at 17:03, Owen Hale wrote",)
    ]
    assert not [b for b in blocks if "@" in b.text + "".join(b.headings)]


def test_what_was_left_out_is_said(documents: Mapping[str, Document]) -> None:
    assert {name: document.remarks for name, document in documents.items() if document.remarks} == {
        "message.eml": (
            (
                "Its attachment was left out: New booking form.docx; put what should be known into "
                "the folder itself."
            ),
        ),
        "part-scanned.pdf": ("Pages 3 to 4 hold no text; they may be scans.",),
        "register.xlsx": (
            "1 hidden row was left out of the sheet “Agreements”.",
            "1 hidden column was left out of the sheet “Agreements”.",
            "The sheet “Workings” is hidden and was left out.",
        ),
        "talk.pptx": ("Slide 4 is hidden and was left out.",),
    }
    seen = "\n".join(map(words_of, documents.values()))
    assert "Nobody sees this" not in seen
    assert "Nobody should read this" not in seen
    assert "secret" not in words_of(documents["register.xlsx"])


def test_letters_without_names_are_refused_instead_of_read_as_noise(corpus: ReadCorpus) -> None:
    (failed,) = corpus.failed
    assert failed.document == "nameless.pdf"
    assert failed.reason.startswith("The letters of its pages 1 to 2 are only shapes")


def test_the_page_on_formats_names_every_kind_that_is_read() -> None:
    text = FORMATS.read_text(encoding="utf-8")
    assert [kind for kind in sorted(READ_KINDS) if f"`{kind}`" not in text] == []
