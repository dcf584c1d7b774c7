"""Definitions in YAML, CSV and Excel."""

from pathlib import Path

import pytest

from assistant.domain.documents import Definition, DefinitionFile, Metadata
from assistant.domain.errors import DocumentError, FrontMatterError
from assistant.ingestion.definitions import definitions_from_sheets, definitions_from_yaml
from assistant.ingestion.tables import sheets_of

FILES = Path(__file__).parents[2] / "files"
METADATA = Metadata(title="Words")


def from_yaml(text: str) -> DefinitionFile:
    return definitions_from_yaml(
        text, path="d.yaml", digest="0", title="D", default_audience="internal"
    )


def from_table(data: bytes, path: str = "d.csv") -> tuple[Definition, ...]:
    return definitions_from_sheets(sheets_of(data, path=path), METADATA, path=path)


def test_yaml_gives_definitions_with_everything_said_of_them() -> None:
    file = from_yaml((FILES / "definitions.yaml").read_text())
    assert file.metadata == Metadata(
        title="Words of the network",
        publisher="A network of commissioners",
        audience="network-south",
    )
    assert file.definitions == (
        Definition(
            "Outcome",
            "What changes for people. It is not what is delivered.",
            "A network of commissioners",
            ("result",),
            ("OC",),
            ("Output",),
            ("Impact",),
        ),
        Definition("Outcome", "The effect of a service.", "A council"),
    )


@pytest.mark.parametrize(
    ("head", "whose"),
    [("author: A\n", "A"), ("publisher: P\nauthor: A\n", "P"), ("title: T\n", "T"), ("", "D")],
)
def test_whose_it_is_falls_back_to_publisher_author_title(head: str, whose: str) -> None:
    file = from_yaml(f"{head}definitions:\n  - term: a\n    text: b\n")
    assert file.definitions[0].whose == whose


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: T\n", "line 1: a file of definitions needs a key definitions: with a list"),
        ("title: T\ndefinitions: x\n", "line 2: definitions must be a list"),
        ("definitions: []\n", "line 1: definitions must be a list"),
        ("definitions:\n  - x\n", "line 1: each definition needs the keys term and text"),
        ("definitions:\n  - term: a\n", "line 2: text is missing"),
        ("definitions:\n  - term: a\n    text: ''\n", "line 3: text must not be empty"),
        (
            "definitions:\n  - term: a\n    text: b\n    alias: c\n",
            "line 4: there is no key alias; did you mean aliases",
        ),
        (
            "definitions:\n  - term: a\n    text: b\n    aliases: [{}]\n",
            "line 4: aliases must be text on one line",
        ),
        (
            "published: x\ndefinitions:\n  - term: a\n    text: b\n",
            "line 1: published must be a date",
        ),
    ],
)
def test_a_mistake_in_yaml_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(FrontMatterError) as refused:
        from_yaml(text)
    assert str(refused.value).startswith(f"d.yaml, {said}")


def test_csv_gives_definitions_from_columns_in_any_case() -> None:
    assert from_table((FILES / "definitions.csv").read_bytes()) == (
        Definition("Outcome", "What changes, for people.", "A council", (), ("OC", "OCM")),
        Definition("Output", "What a service delivers.", "Words"),
    )


def test_csv_of_windows_with_semicolons_is_read() -> None:
    data = "text;term\nCosts £1;Prix é\n".encode("cp1252")
    assert from_table(data) == (Definition("Prix é", "Costs £1", "Words"),)


def test_excel_gives_definitions_of_every_fitting_sheet() -> None:
    data = (FILES / "definitions.xlsx").read_bytes()
    assert from_table(data, "d.xlsx") == (
        Definition(
            "Outcome",
            "What changes for people.",
            "Words",
            ("result", "effect"),
            confused_with=("Output",),
        ),
        Definition("Output", "What a service delivers.", "Words"),
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'term,text\n"a\nb",c\n,d\n', "d.csv, line 4: term must not be empty."),
        (b"term,text\na\n", "d.csv, line 2: text is missing."),
        (
            b"term,text,alias\na,b,c\n",
            "d.csv, line 1: there is no key alias; did you mean aliases.",
        ),
        (b"term,text,Term\na,b,c\n", "d.csv, line 1: the column term is there twice."),
        (b"name,meaning\na,b\n", "It has no columns term and text in its first row"),
        (b"term,text\n", "It holds no definitions below its first row."),
        (b'term,text\n"' + b"x" * 200_000 + b'",y\n', "Line 2 is not CSV"),
    ],
)
def test_a_mistake_in_a_table_is_said_with_its_row(data: bytes, said: str) -> None:
    with pytest.raises(DocumentError) as refused:
        from_table(data)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("data", [b"garbage", b"PK\x03\x04 garbage"])
def test_a_broken_workbook_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(DocumentError, match="cannot be opened as an Excel workbook"):
        from_table(data, "d.xlsx")
