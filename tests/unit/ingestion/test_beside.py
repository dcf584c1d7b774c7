"""What files beside a document say of it: folders' defaults, sidecars, and which of them holds."""

from datetime import date
from pathlib import Path

import pytest

from assistant.domain.documents import Metadata, ReadCorpus
from assistant.ingestion import files
from assistant.ingestion.reader import read_corpus

FILES = Path(__file__).parents[2] / "files"
MAIL = "From: Ann <a@x.example>\nDate: Mon, 4 May 2026 09:00:00 +0000\nSubject: Fees\n\nWords.\n"


def read(folder: Path, **said: str) -> ReadCorpus:
    for name, text in said.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_corpus(folder, default_audience="internal")


def metadata(corpus: ReadCorpus) -> dict[str, Metadata]:
    assert corpus.failed == ()
    return {file.path: file.metadata for file in (*corpus.documents, *corpus.definition_files)}


def reasons(corpus: ReadCorpus) -> dict[str, str]:
    return {failed.document: failed.reason for failed in corpus.failed}


def put_defaults(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / files.DEFAULTS).write_text(text)


def test_a_sidecar_says_what_a_binary_file_cannot(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes((FILES / "guidance.pdf").read_bytes())
    said = "title: Given\naudience: public\nreview_by: 2027-03-31\n"
    found = metadata(read(tmp_path, x_dot_pdf_dot_yaml=said))
    assert list(found) == ["x.pdf"]
    assert found["x.pdf"] == Metadata("Given", "public", review_by=date(2027, 3, 31))


def test_what_is_nearest_to_the_document_holds(tmp_path: Path) -> None:
    put_defaults(tmp_path, "audience: public\npublisher: Outer\nowner: Outer\nnation: Wales\n")
    put_defaults(tmp_path / "in", "publisher: Inner\nowner: Inner\nsector: health\n")
    corpus = read(
        tmp_path,
        in__x_dot_md="---\nauthor: Own\nsector: housing\n---\n# T\n\nx",
        in__x_dot_md_dot_yaml="owner: Sidecar\nauthor: Sidecar\n",
        out_dot_md="# Out\n\nx",
    )
    found = metadata(corpus)
    assert found["in/x.md"] == Metadata(
        "T", "public", publisher="Inner", author="Own", owner="Sidecar",
        nation=("Wales",), sector=("housing",),
    )  # fmt: skip
    assert found["out.md"] == Metadata(
        "Out", "public", publisher="Outer", owner="Outer", nation=("Wales",)
    )


@pytest.mark.parametrize("written", ["audience:", "audience: ''", "audience: ' '"])
def test_a_field_that_was_left_empty_opens_nothing(tmp_path: Path, written: str) -> None:
    put_defaults(tmp_path, "audience: network-a\n")
    found = metadata(read(tmp_path, x_dot_md=f"---\n{written}\n---\nx"))
    assert found["x.md"].audience == "network-a"


def test_no_takes_back_what_a_folder_says(tmp_path: Path) -> None:
    put_defaults(tmp_path, "withdrawn: yes\n")
    found = metadata(read(tmp_path, x_dot_md="---\nwithdrawn: no\n---\nx", y_dot_md="y"))
    assert (found["x.md"].withdrawn, found["y.md"].withdrawn) == (False, True)


def test_definitions_and_tables_take_them_too(tmp_path: Path) -> None:
    put_defaults(tmp_path, "publisher: P\naudience: public\n")
    corpus = read(
        tmp_path,
        a_dot_yaml="audience: internal\ndefinitions:\n  - {term: t, text: x}\n",
        b_dot_csv="term,text\nt,x\n",
        c_dot_csv="Place,Cost\nLeeds,£2m\n",
        c_dot_csv_dot_yaml="title: Costs\n",
    )
    found = metadata(corpus)
    assert found["a.yaml"] == Metadata("A", "internal", publisher="P")
    assert found["b.csv"] == Metadata("B", "public", publisher="P")
    assert found["c.csv"] == Metadata("Costs", "public", publisher="P")
    assert {d.whose for d in corpus.definitions} == {"P"}


def test_a_message_speaks_for_itself_before_its_folder_and_after_its_sidecar(
    tmp_path: Path,
) -> None:
    put_defaults(tmp_path, "author: Folder\npublished: 2020-01-01\n")
    corpus = read(tmp_path, a_dot_eml=MAIL, b_dot_eml=MAIL, b_dot_eml_dot_yaml="author: Given\n")
    found = metadata(corpus)
    assert (found["a.eml"].author, found["b.eml"].author) == ("Ann", "Given")
    assert found["a.eml"].published == date(2026, 5, 4)


def test_a_mistake_is_named_where_it_is_and_fails_what_it_is_about(tmp_path: Path) -> None:
    put_defaults(tmp_path / "in", "owner: O\nreview_by: soon\n")
    corpus = read(
        tmp_path,
        in__deep__x_dot_md="x",
        in__y_dot_csv="a,b\n1,2\n",
        out_dot_md="x",
        out_dot_md_dot_yaml="titel: T\n",
        good_dot_md="x",
    )
    assert [document.path for document in corpus.documents] == ["good.md"]
    wrong = "in/_defaults.yaml, line 2: review_by must be a date such as 2027-03-31."
    assert reasons(corpus) == {
        "in/deep/x.md": wrong,
        "in/y.csv": wrong,
        "out.md": "out.md.yaml, line 1: there is no key titel; did you mean title.",
    }


def test_a_whole_folder_has_no_title(tmp_path: Path) -> None:
    put_defaults(tmp_path, "owner: O\ntitle: T\n")
    assert reasons(read(tmp_path, x_dot_md="x")) == {
        "x.md": "_defaults.yaml, line 2: what holds for a whole folder cannot give a title."
    }


def test_what_cannot_be_opened_beside_a_document_keeps_it_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_BESIDE_BYTES", 10)
    put_defaults(tmp_path, "audience: network-a\n")
    assert reasons(read(tmp_path, x_dot_md="x"))["x.md"].startswith(
        "_defaults.yaml, which says something of it: It is larger than"
    )


def test_a_name_that_holds_for_nothing_is_put_right(tmp_path: Path) -> None:
    corpus = read(
        tmp_path,
        _defaults_dot_yml="owner: O\n",
        gone_dot_pdf_dot_yaml="title: T\n",
        x_dot_md_dot_yml="title: T\n",
        x_dot_md="x",
    )
    found = reasons(corpus)
    assert found["_defaults.yml"].startswith("Name it _defaults.yaml")
    assert found["gone.pdf.yaml"].startswith("It seems to speak of gone.pdf, which is not beside")
    assert found["x.md.yml"].startswith("It seems to speak of x.md")
