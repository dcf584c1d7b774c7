"""Files made to harm the program that reads them: bounded, named, and alone in being left out."""

import os
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from assistant.domain.documents import Document, ReadCorpus
from assistant.domain.errors import DocumentError
from assistant.ingestion import pdf as pdf_reading
from assistant.ingestion.files import LARGEST_BYTES, Source
from assistant.ingestion.isolation import IsolatedReading
from assistant.ingestion.reader import read_corpus
from assistant.ingestion.reading import read_source
from tests.fakes.hostile import (
    FILES,
    fetching,
    inserted,
    laughing,
    lying_about_size,
    pdf,
    repacked,
    zeros_packed,
)

pytestmark = pytest.mark.integration

WORD, SLIDE, STRINGS = "word/document.xml", "ppt/slides/slide1.xml", "xl/sharedStrings.xml"
DEEP = b"<w:sdt><w:sdtContent>"
DEEP_END = b"</w:sdtContent></w:sdt>"
WORDS = "Words that must be read, whatever lies beside them."


def deep_word(levels: int) -> bytes:
    nest = DEEP * levels + DEEP_END * levels
    return repacked("guidance.docx", {WORD: inserted(b"<w:body>", nest)})


def wide_cell(columns: int) -> bytes:
    cell = (
        b'<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="%d"/></w:tcPr><w:p><w:r><w:t>Wide</w:t>'
        b"</w:r></w:p></w:tc></w:tr></w:tbl>" % columns
    )
    return repacked("guidance.docx", {WORD: inserted(b"<w:body>", cell)})


def nested_mail(levels: int) -> bytes:
    parts = (
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(levels)
    )
    return b"From: a <a@b>\nSubject: Deep\n" + b"".join(parts) + b"\nWords at the bottom."


def lying(name: str) -> bytes:
    return lying_about_size(repacked(name, megabytes=1), "media/zeros.bin", 501 << 20)


def quiet(word: bytes) -> bytes:
    """A part that unpacks to far more than its archive's directory says."""
    return lying_about_size(repacked("guidance.docx", {WORD: inserted(b"<w:body>", word)}), WORD, 9)


def packed_pdf(content: bytes) -> bytes:
    return pdf(content=zlib.compress(content), filters=b"/Filter /FlateDecode")


# Each attack, and words of the sentence that names it.
REFUSED: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "bomb.docx": (lambda: lying("guidance.docx"), "It unpacks to far more"),
    "bomb.pptx": (lambda: lying("guidance.pptx"), "It unpacks to far more"),
    "bomb.xlsx": (lambda: lying("definitions.xlsx"), "It unpacks to far more"),
    "quiet-bomb.docx": (lambda: quiet(b" " * (1 << 24)), "It is broken"),
    "bomb.pdf": (
        lambda: pdf(
            content=zlib.compress(zeros_packed(300)),
            filters=b"/Filter [/FlateDecode /FlateDecode]",
        ),
        "It takes more than 512 MB of memory",
    ),
    "pages.pdf": (lambda: pdf(2001), "It has more than 2000 pages"),
    "laughs.docx": (
        lambda: repacked("guidance.docx", {WORD: laughing(b"<w:t>")}),
        "It is broken",
    ),
    "laughs.pptx": (
        lambda: repacked("guidance.pptx", {SLIDE: laughing(b"<a:t>")}),
        "It is broken",
    ),
    "deep.docx": (lambda: deep_word(5000), "It is nested too deeply"),
    "deep.html": (lambda: b"<div>" * 201 + b"x", "It is nested too deeply"),
    "deep.eml": (lambda: nested_mail(1100), "It is nested too deeply"),
    "deep.yaml": (lambda: b"definitions: " + b"[" * 10_000, "nested more than 10 levels"),
    "aliases.yaml": (
        lambda: b"a: &a [x, x]\nb: &b [*a, *a]\ndefinitions: []",
        "anchors and aliases",
    ),
    "front.md": (lambda: b"---\ntitle: &t [x]\n---\nx", "anchors and aliases"),
    "beside.md": (lambda: b"Words.", "anchors and aliases"),
    "folder/below.md": (lambda: b"Words.", "anchors and aliases"),
    "columns.csv": (lambda: b",".join([b"a"] * 100_000) + b"\n1", "more than 200 columns"),
    "rows.csv": (lambda: b"a,b\n" + b"1,2\n" * 20_000, "more than 20,000 rows"),
    "noise.md": (lambda: bytes(range(256)) * 400, "It is no text file"),
    "macro.docm": (lambda: b"x", "save it as .docx"),
    "macro.xlsm": (lambda: b"x", "save it as .xlsx"),
    "macro.pptm": (lambda: b"x", "save it as .pptx"),
}
# The other side of each bound, and attacks that come to nothing without being refused.
READ: Mapping[str, Callable[[], bytes]] = {
    "full.docx": lambda: repacked("guidance.docx", megabytes=20),
    "full.pptx": lambda: repacked("guidance.pptx", megabytes=20),
    "full.xlsx": lambda: repacked("definitions.xlsx", megabytes=20),
    "macro.docx": lambda: repacked("guidance.docx", added={"word/vbaProject.bin": b"AutoOpen"}),
    "macro.pptx": lambda: repacked("guidance.pptx", added={"ppt/vbaProject.bin": b"AutoOpen"}),
    "macro.xlsx": lambda: repacked("definitions.xlsx", added={"xl/vbaProject.bin": b"AutoOpen"}),
    "up.docx": lambda: repacked(
        "guidance.docx", added={"../up.txt": b"x", "/up.txt": b"x", "x.zip": lying("guidance.docx")}
    ),
    "packed.pdf": lambda: packed_pdf(b" " * 500_000 + b"BT /F1 12 Tf 50 700 Td (Words.) Tj ET"),
    "pages-60.pdf": lambda: pdf(60),
    "script.pdf": lambda: pdf(catalog=b"/OpenAction << /S /JavaScript /JS (app.beep\\(0\\)) >>"),
    "arrays.pdf": lambda: pdf(catalog=b"/X " + b"[" * 5000 + b"]" * 5000),
    "loop.pdf": lambda: pdf(3).replace(b"/Kids [5 0 R", b"/Kids [2 0 R"),
    "laughs.xlsx": lambda: repacked("definitions.xlsx", {STRINGS: laughing(b"<t>")}),
    "laughs.html": lambda: laughing(b"<p>")(b"<html><body><p>Words.</p></body></html>"),
    "svg.html": lambda: b"<p>Words.</p><svg>" + laughing(b"<g>")(b"<g></g>") + b"</svg>",
    "deep-20.docx": lambda: deep_word(20),
    "deep-190.html": lambda: b"<div>" * 190 + b"Words." + b"</div>" * 190,
    "deep-20.eml": lambda: nested_mail(20),
    "deep.md": lambda: b"[a](" * 2000 + b"*a _b" * 2000 + b"\n\n" + b"> " * 5 + b"Words.",
    "wide.docx": lambda: wide_cell(1_000_000_000),
    "wide.html": lambda: b"<table><tr><td colspan=1000000000>x</td><td>y</td></tr></table>",
    "columns-200.csv": lambda: b",".join([b"a"] * 200) + b"\n" + b"1," * 200,
    "cut.md": lambda: "Words in a caf\u00e9".encode()[:-1],
    "utf-16.md": lambda: "Words in a caf\u00e9.".encode("utf-16"),
    "old.md": lambda: "Words in a caf\u00e9 \u2013 and so on.".encode("cp1252"),
    "mixed.txt": lambda: "caf\u00e9".encode() + b"caf\xe9 \xff\xfe\xc0\x80 words.",
    "good.docx": (FILES / "guidance.docx").read_bytes,
    "good.pptx": (FILES / "guidance.pptx").read_bytes,
    "good.md": WORDS.encode,
}
# Each speaks of the same words as the file that it was made from.
UNCHANGED = ("full.docx", "macro.docx", "up.docx", "full.pptx", "macro.pptx")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("outer") / "corpus"
    for name, made in {**{n: m for n, (m, _) in REFUSED.items()}, **READ}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(made())
    (root / "beside.md.yaml").write_bytes(b"title: &t [x]")
    (root / "folder" / "_defaults.yaml").write_bytes(b"sector: [&a x, *a]")
    for name, size in (("huge.pdf", 2 << 30), ("huge.md", LARGEST_BYTES + 1)):
        with (root / name).open("wb") as sparse:
            sparse.truncate(size)
    # Behind a link that leads back, everything would be found again, and again.
    (root / "circle").symlink_to(root, target_is_directory=True)
    (root / "self.md").symlink_to(root / "self.md")
    (root.parent / "secret.md").write_text("Secret words.")
    (root / "out.md").symlink_to(root.parent / "secret.md")
    os.mkfifo(root / "pipe.md")
    return root


@pytest.fixture(scope="module")
def corpus(folder: Path) -> ReadCorpus:
    with IsolatedReading(seconds=120, megabytes=512) as reading:
        return read_corpus(folder, default_audience="internal", read=reading.read)


def test_each_attack_is_named_with_its_reason(corpus: ReadCorpus) -> None:
    reasons = {failed.document: failed.reason for failed in corpus.failed}
    expected = {name: words for name, (_, words) in REFUSED.items()}
    expected |= {
        "huge.pdf": "It is larger than 50 MB",
        "huge.md": "It is larger than 50 MB",
        "self.md": "It cannot be opened",
        "out.md": "It is a link that leads out of the folder",
        "pipe.md": "It is not a file",
    }
    assert set(reasons) == set(expected)
    assert {n: r for n, r in reasons.items() if expected[n] not in r} == {}


def test_all_else_goes_in(corpus: ReadCorpus) -> None:
    documents = {document.path for document in corpus.documents}
    assert documents | {file.path for file in corpus.definition_files} == set(READ)


def test_what_lies_beside_the_words_changes_none_of_them(corpus: ReadCorpus) -> None:
    read = {document.path: document.blocks for document in corpus.documents}
    for name in UNCHANGED:
        assert read[name] == read[f"good.{name.rpartition('.')[2]}"]


def test_laughs_that_are_not_refused_are_not_told(corpus: ReadCorpus) -> None:
    for document in corpus.documents:
        if document.path in {"laughs.html", "svg.html"}:
            assert "".join(b.text for b in document.blocks).count("laugh") == 0
    for file in corpus.definition_files:
        assert sum(definition.text.count("laugh") for definition in file.definitions) == 0


def test_nothing_is_written_beside_the_folder(folder: Path, corpus: ReadCorpus) -> None:
    assert corpus.failed
    assert {path.name for path in folder.parent.iterdir()} == {"corpus", "secret.md"}
    assert not Path("/up.txt").exists()


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


@pytest.mark.sockets
def test_nothing_outside_a_file_is_fetched_or_read(
    listening: socket.socket, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("Secret words")
    away = f"http://127.0.0.1:{listening.getsockname()[1]}/x"
    link = (
        b'<Relationship Id="rId99" TargetMode="External" Target="%s" Type="http://schemas.'
        b'openxmlformats.org/officeDocument/2006/relationships/image"/>' % away.encode()
    )
    picture = (
        b'<w:p><w:r><w:drawing><wp:inline><a:graphic xmlns:a="http://schemas.openxmlformats.org/'
        b'drawingml/2006/main"><a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.'
        b'org/drawingml/2006/picture"><pic:blipFill><a:blip xmlns:r="http://schemas.openxmlformats'
        b'.org/officeDocument/2006/relationships" r:link="rId99"/></pic:blipFill></pic:pic>'
        b"</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
    drawing = b' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    files = {
        "picture.docx": repacked(
            "guidance.docx",
            {
                WORD: lambda data: inserted(b"<w:body>", picture)(
                    data if b"xmlns:wp=" in data else inserted(b"<w:document", drawing)(data)
                ),
                "word/_rels/document.xml.rels": lambda data: data.replace(
                    b"</Relationships>", link + b"</Relationships>"
                ),
            },
        ),
        "page.html": f"<p>Words.<img src={away}><link rel=stylesheet href={away}></p>".encode(),
        "page.md": f"Words ![x]({away}) [y]({away}).".encode(),
    }
    for place in (away, (tmp_path / "secret").as_uri()):
        kind = place[:4]
        files |= {
            f"{kind}.docx": repacked("guidance.docx", {WORD: fetching(b"<w:t>", place)}),
            f"{kind}.pptx": repacked("guidance.pptx", {SLIDE: fetching(b"<a:t>", place)}),
            f"{kind}.xlsx": repacked("definitions.xlsx", {STRINGS: fetching(b"<t>", place)}),
            f"{kind}.html": fetching(b"<p>", place)(b"<p>Words.</p>"),
        }
    with IsolatedReading(seconds=60) as reading:
        said = [str(outcome(reading, name, data)) for name, data in files.items()]
    assert not any("Secret" in text for text in said)
    with pytest.raises(TimeoutError):
        listening.accept()


def outcome(reading: IsolatedReading, name: str, data: bytes) -> object:
    try:
        return reading.read(Source(name, data, "internal"))
    except DocumentError as error:
        return error


def test_time_is_bounded_where_a_library_takes_ever_longer() -> None:
    """Twice as many comments that do not end take four times as long."""
    with IsolatedReading(seconds=60) as reading:
        assert isinstance(outcome(reading, "few.html", b"<p>Words.</p>" + b"<!--" * 50), Document)
    with IsolatedReading(seconds=3) as reading:
        began = time.monotonic()
        said = outcome(reading, "many.html", b"<p>Words.</p>" + b"<!--" * 200_000)
        assert time.monotonic() - began < 9
        assert "longer than 3 seconds" in str(said)
        assert isinstance(outcome(reading, "good.md", WORDS.encode()), Document)


def test_a_pdf_has_as_many_pages_as_it_may_have_or_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf_reading, "MOST_PAGES", 3)
    assert isinstance(read_source(Source("x.pdf", pdf(3), "internal")), Document)
    with pytest.raises(DocumentError, match="more than 3 pages"):
        read_source(Source("x.pdf", pdf(4), "internal"))
