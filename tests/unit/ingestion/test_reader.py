"""Reading a corpus folder."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.domain.documents import DefinitionFile, Document, FailedDocument, ReadCorpus
from assistant.domain.errors import CorpusError
from assistant.ingestion import files
from assistant.ingestion.files import CorpusFolder, Source
from assistant.ingestion.isolation import BrokeDownError
from assistant.ingestion.reader import Before, read_corpus
from assistant.ingestion.reading import read_source


def read(folder: Path) -> ReadCorpus:
    return read_corpus(folder, default_audience="internal")


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def reasons(corpus: ReadCorpus) -> dict[str, str]:
    return {failed.document: failed.reason for failed in corpus.failed}


def test_documents_and_definitions_are_read_in_the_order_of_their_paths(tmp_path: Path) -> None:
    put(
        tmp_path,
        b_dot_md="B",
        a__z_dot_md="---\naudience: public\n---\n# Title\n\nZ",
        a__terms_dot_yaml="definitions:\n  - {term: t, text: x}\n",
    )
    heard: list[tuple[str, int, int]] = []
    corpus = read_corpus(
        tmp_path, default_audience="network-x", on_document=lambda *said: heard.append(said)
    )
    assert [document.path for document in corpus.documents] == ["a/z.md", "b.md"]
    assert [file.path for file in corpus.definition_files] == ["a/terms.yaml"]
    assert heard == [("a/terms.yaml", 1, 3), ("a/z.md", 2, 3), ("b.md", 3, 3)]
    assert [d.metadata.audience for d in corpus.documents] == ["public", "network-x"]
    assert corpus.documents[1].digest == Source("b.md", b"B", "network-x").digest
    assert corpus.failed == ()


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: Given\n---\n# Heading\n\nx", "Given"),
        ("x\n\n## First heading\n\ny", "First heading"),
        ("x", "Four worlds 2014"),
    ],
)
def test_a_title_is_given_or_the_first_heading_or_the_name(
    tmp_path: Path, text: str, title: str
) -> None:
    (tmp_path / "four-worlds_2014.md").write_text(text)
    assert read(tmp_path).documents[0].metadata.title == title


def test_a_title_property_comes_before_the_name(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("<title>Of the page</title><p>words</p>")
    assert read(tmp_path).documents[0].metadata.title == "Of the page"


def test_a_file_that_breaks_the_schema_is_named_and_the_others_go_in(tmp_path: Path) -> None:
    put(tmp_path, good_dot_md="x", bad_dot_md="---\ntitle: T\nreview_by: soon\n---\nx")
    corpus = read(tmp_path)
    assert [document.path for document in corpus.documents] == ["good.md"]
    assert corpus.failed == (
        FailedDocument("bad.md", "bad.md, line 3: review_by must be a date such as 2027-03-31."),
    )


def test_files_without_words_or_of_another_kind_are_named(tmp_path: Path) -> None:
    put(
        tmp_path,
        empty_dot_md="",
        blank_dot_txt=" \n",
        heading_dot_md="# Only a heading",
        film_dot_mp4="x",
        plain="x",
        old_dot_doc="x",
    )
    found = reasons(read(tmp_path))
    assert found["empty.md"] == found["blank.txt"] == found["heading.md"] == "It holds no text."
    assert found["film.mp4"].startswith(".mp4 files cannot be read; save it as one of .csv, .docx")
    assert found["plain"].startswith("Files without an ending cannot be read")
    assert found["old.doc"] == (
        ".doc files are not read; open it in its program and save it as .docx."
    )
    assert len(found) == 6


def test_a_picture_that_is_called_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "plan.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    put(tmp_path, good_dot_md="Words.")
    corpus = read_corpus(tmp_path, default_audience="internal")
    assert [document.path for document in corpus.documents] == ["good.md"]
    assert reasons(corpus) == {
        "plan.txt": "It is no text file, whatever its name says; give it its right ending instead "
        "of .txt."
    }


def test_hidden_files_locks_and_litter_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, _dot_DS_Store="x", Thumbs_dot_db="x", _dot_git__config="x", x_dot_md="x")
    (tmp_path / "~$x.docx").write_text("x")
    corpus = read(tmp_path)
    assert [document.path for document in corpus.documents] == ["x.md"]
    assert corpus.failed == ()


def test_links_are_followed_inside_the_folder_only_and_never_in_circles(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    put(tmp_path, outer_dot_md="outer", corpus__in__real_dot_md="real")
    (folder / "inside.md").symlink_to(folder / "in" / "real.md")
    (folder / "outside.md").symlink_to(tmp_path / "outer.md")
    (folder / "broken.md").symlink_to(folder / "nothing.md")
    (folder / "circle.md").symlink_to(folder / "circle.md")
    (folder / "in" / "up").symlink_to(folder, target_is_directory=True)
    corpus = read(folder)
    assert [document.path for document in corpus.documents] == ["in/real.md", "inside.md"]
    found = reasons(corpus)
    assert set(found) == {"broken.md", "circle.md", "outside.md"}
    assert found["outside.md"].startswith("It is a link that leads out of the folder")


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert reasons(read(tmp_path))["pipe.md"].startswith("It is not a file")


def test_a_name_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/t\xe9a.md")).write_text("x")
    (failed,) = read(tmp_path).failed
    assert (failed.document, failed.reason) == (
        "t?a.md",
        "Its name is not valid UTF-8; rename it.",
    )


def test_a_file_as_large_as_the_limit_is_read_and_a_larger_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_BYTES", 1024)
    put(tmp_path, at_dot_md="a" * 1024, over_dot_md="a" * 1025)
    corpus = read(tmp_path)
    assert [document.path for document in corpus.documents] == ["at.md"]
    assert reasons(corpus)["over.md"].startswith("It is larger than")


@pytest.mark.parametrize("name", ["missing", "file.md"])
def test_a_folder_that_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    put(tmp_path, file_dot_md="x")
    with pytest.raises(CorpusError, match="There is no folder"):
        read(tmp_path / name)


def test_every_file_of_each_format_is_read() -> None:
    corpus = read(Path(__file__).parents[2] / "files")
    assert {Path(document.path).suffix for document in corpus.documents} == {
        ".csv", ".docx", ".eml", ".html", ".md", ".mhtml", ".pdf", ".pptx", ".txt", ".xlsx",
    }  # fmt: skip
    assert {Path(file.path).suffix for file in corpus.definition_files} == {
        ".csv",
        ".xlsx",
        ".yaml",
    }
    assert set(reasons(corpus)) == {"locked.pdf", "real/nameless.pdf", "scan.pdf"}


def folders_below(folder: Path, name: str, depth: int) -> None:
    """Make folders one in another, deeper than a path may be long."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open("x.md", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(file, b"Words.")
    os.close(file)
    os.close(here)


@pytest.mark.parametrize("depth", [300, 1500])
def test_folders_may_be_hundreds_deep(tmp_path: Path, depth: int) -> None:
    folders_below(tmp_path, "d", depth)
    try:
        (document,) = read(tmp_path).documents
        assert document.path == "d/" * depth + "x.md"
    finally:
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


def test_what_lies_deeper_than_a_path_may_be_long_is_named(tmp_path: Path) -> None:
    put(tmp_path, good_dot_md="x")
    name = "a folder with a long name " * 7
    folders_below(tmp_path, name, 30)
    try:
        corpus = read(tmp_path)
        assert [document.path for document in corpus.documents] == ["good.md"]
        (reason,) = reasons(corpus).values()
        assert reason.startswith("Its path is too long to be opened")
    finally:
        subprocess.run(["rm", "-rf", str(tmp_path / name)], check=True)


def test_what_a_browser_saved_with_a_page_is_passed_over(tmp_path: Path) -> None:
    put(
        tmp_path,
        page_dot_html="<p>Words</p>",
        page_files__script_dot_js="x",
        page_files__frame_dot_html="<p>Frame</p>",
        other_files__x_dot_md="Other",
    )
    corpus = read(tmp_path)
    assert [document.path for document in corpus.documents] == ["other_files/x.md", "page.html"]
    assert corpus.failed == ()


def test_importing_loads_no_converter() -> None:
    heavy = {"markitdown", "mammoth", "pdfplumber", "openpyxl", "pptx", "bs4", "sentencex"}
    code = (
        "import sys\n"
        "from assistant.ingestion import reading, conversion, web, slides, pdf, mail, workbook\n"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_was_said_when_a_document_was_sent_in_holds_against_its_own_front_matter(
    tmp_path: Path,
) -> None:
    folder, sent = tmp_path / "corpus", tmp_path / "sent"
    for place in (folder, sent):
        place.mkdir()
        (place / "a.md").write_text("---\ntitle: Own\naudience: public\n---\nRye bread.\n")
        (place / "a.md.yaml").write_text("audience: internal\n")
    corpus = read_corpus(CorpusFolder(folder, sent), default_audience="internal")
    found = {d.path: (d.metadata.title, d.metadata.audience) for d in corpus.documents}
    assert found == {"a.md": ("Own", "public"), "sent-in/a.md": ("Own", "internal")}


def test_a_known_file_is_not_read_again_until_its_bytes_or_what_is_beside_it_change(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.md").write_text("Rye bread.")
    (tmp_path / "b.md").write_text("Wheat bread.")
    first = read_corpus(tmp_path, default_audience="internal")
    known = {entry.path: entry for entry in first.known}
    read: list[str] = []

    def reading(source: Source) -> Document | DefinitionFile:
        read.append(source.path)
        return read_source(source)

    def again(audience: str = "internal") -> ReadCorpus:
        read.clear()
        return read_corpus(tmp_path, default_audience=audience, before=Before(known), read=reading)

    assert again().known == first.known
    assert (read, again().documents) == ([], ())
    (tmp_path / "a.md").write_text("Spelt bread.")
    assert [d.path for d in again().documents] == read == ["a.md"]
    (tmp_path / "b.md.yaml").write_text("title: B\n")
    assert [d.path for d in again().documents] == sorted(read) == ["a.md", "b.md"]
    (tmp_path / "a.md").write_text("Rye bread.")
    (tmp_path / "b.md.yaml").unlink()
    assert again().documents == ()
    assert len(again("public").documents) == 2


def test_a_known_document_is_read_again_when_what_replaced_it_changes(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text("---\nsuperseded_by: new.md\n---\nRye bread.")
    (tmp_path / "new.md").write_text("---\ntitle: New\n---\nWheat bread.")
    known = {e.path: e for e in read_corpus(tmp_path, default_audience="internal").known}
    assert not read_corpus(tmp_path, default_audience="internal", before=Before(known)).documents
    (tmp_path / "new.md").write_text("---\ntitle: Newer\n---\nWheat bread.")
    again = read_corpus(tmp_path, default_audience="internal", before=Before(known))
    assert [d.path for d in again.documents] == ["new.md", "old.md"]
    (tmp_path / "new.md").unlink()
    gone = read_corpus(tmp_path, default_audience="internal", before=Before(known))
    assert [f.document for f in gone.failed] == ["old.md"]
    assert gone.known == ()


def test_bytes_that_are_refused_stay_out_whatever_their_name(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Rye bread.")
    (tmp_path / "b.md").write_text("Rye bread.")
    (tmp_path / "c.md").write_text("Rye bread!")
    refused = {hashlib.sha256(b"Rye bread.").hexdigest(): "It was purged."}
    corpus = read_corpus(tmp_path, default_audience="internal", before=Before(kept_out=refused))
    assert [(f.document, f.reason) for f in corpus.failed] == [
        ("a.md", "It was purged."),
        ("b.md", "It was purged."),
    ]
    assert [d.path for d in corpus.documents] == ["c.md"]


def test_a_file_that_was_refused_is_tried_again_only_within_other_bounds_or_when_it_changes(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.md").write_text("---\nno end")
    tried: list[str] = []

    def reading(source: Source) -> Document | DefinitionFile:
        tried.append(source.path)
        return read_source(source)

    def again(bounds: str) -> ReadCorpus:
        tried.clear()
        before = Before(refusals=first.refusals, bounds=bounds)
        return read_corpus(tmp_path, default_audience="internal", before=before, read=reading)

    first = read_corpus(tmp_path, default_audience="internal", before=Before(bounds="60 s"))
    assert (again("60 s"), tried) == (first, [])
    assert (again("90 s").failed, tried) == (first.failed, ["a.md"])
    (tmp_path / "a.md").write_text("---\nno end either")
    assert (again("60 s").failed, tried) == (first.failed, ["a.md"])


def test_a_file_at_which_the_reading_process_broke_down_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Rye bread.")

    def breaking(source: Source) -> Document | DefinitionFile:
        raise BrokeDownError("The process that read it ended.")

    first = read_corpus(tmp_path, default_audience="internal", read=breaking)
    assert [f.reason for f in first.failed] == ["The process that read it ended."]
    again = read_corpus(
        tmp_path, default_audience="internal", before=Before(refusals=first.refusals)
    )
    assert [d.path for d in again.documents] == ["a.md"]
