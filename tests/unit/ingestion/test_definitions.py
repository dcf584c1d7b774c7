"""Definitions in YAML, CSV and Excel."""

from datetime import date
from pathlib import Path

import pytest

from assistant.domain.documents import Agreement, Definition, DefinitionFile, Metadata
from assistant.domain.errors import DocumentError, FrontMatterError
from assistant.ingestion.definitions import definitions_from_sheets, definitions_from_yaml
from assistant.ingestion.tables import read_tables

FILES = Path(__file__).parents[2] / "files"
METADATA = Metadata(title="Words")


def from_yaml(text: str) -> DefinitionFile:
    return definitions_from_yaml(
        text, path="d.yaml", digest="0", title="D", default_audience="internal"
    )


def from_table(data: bytes, path: str = "d.csv") -> tuple[Definition, ...]:
    return definitions_from_sheets(read_tables(data, path=path).sheets, METADATA, path=path)


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


AGREED = "definitions:\n  - term: a\n    text: b\n    agreed:"


def test_yaml_says_when_and_between_whom_a_definition_was_agreed() -> None:
    for written in (
        "\n      on: 2026-05-03\n      by: [North, South, North]\n",
        " {on: 2026-05-03, by: [North, South]}\n",
    ):
        (definition,) = from_yaml(AGREED + written).definitions
        assert definition.agreed == Agreement(date(2026, 5, 3), ("North", "South"))
    (definition,) = from_yaml(f"{AGREED} {{on: 2026-05-03, by: The board}}\n").definitions
    assert definition.agreed == Agreement(date(2026, 5, 3), ("The board",))
    (definition,) = from_yaml(f"{AGREED}\n").definitions
    assert definition.agreed is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (" yes", "line 4: agreed must say when and between whom, as {on: 2026-05-03"),
        ("\n      by: [A, B]", "line 5: agreed.on is missing"),
        ("\n      on: 2026-05-03", "line 5: agreed.by is missing"),
        ("\n      by: [A]\n      on: May", "line 6: agreed.on must be a date such as"),
        ("\n      by: [A]\n      on:", "line 6: agreed.on must not be empty"),
        ("\n      on: 2026-05-03\n      by: []", "line 6: agreed.by must name the partners"),
        ("\n      on: 2026-05-03\n      by: ['']", "line 6: agreed.by must not be empty"),
        ("\n      on: 2026-05-03\n      by: A\n      date: x", "line 7: there is no key date"),
        ("\n      by: [A]\n      on: 2999-01-01", "line 6: agreed.on lies ahead; what is to be"),
    ],
)
def test_half_an_agreement_is_named_with_its_line(written: str, said: str) -> None:
    with pytest.raises(FrontMatterError) as refused:
        from_yaml(f"{AGREED}{written}\n")
    assert str(refused.value).startswith(f"d.yaml, {said}")


def test_a_table_says_what_is_agreed_in_two_columns() -> None:
    data = b"term,text,Agreed on,Agreed by\na,b,2026-05-03,North; South\nc,d,,\ne,f\n"
    assert [definition.agreed for definition in from_table(data)] == [
        Agreement(date(2026, 5, 3), ("North", "South")),
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"term,text,agreed on\na,b,2026-05-03\n", "d.csv, line 2: agreed_by must name the"),
        (b"term,text,agreed by\na,b,A;B\n", "d.csv, line 2: agreed_on must not be empty"),
        (b"term,text,agreed on,agreed by\na,b,May,A\n", "d.csv, line 2: agreed_on must be a date"),
        (b"term,text,agreed\na,b,x\n", "d.csv, line 1: a table says what is agreed in the"),
    ],
)
def test_half_an_agreement_in_a_table_is_named_with_its_row(data: bytes, said: str) -> None:
    with pytest.raises(FrontMatterError) as refused:
        from_table(data)
    assert str(refused.value).startswith(said)
