"""Tables as documents: rows with their column names, nothing hidden, nothing without end."""

import io
from pathlib import Path

import openpyxl
import pytest

from assistant.domain.documents import Block, DefinitionFile, Document
from assistant.domain.errors import DocumentError
from assistant.ingestion import office, tables, workbook
from assistant.ingestion.files import Source
from assistant.ingestion.reading import read_source
from assistant.ingestion.workbook import shown_number

REAL = Path(__file__).parents[2] / "files" / "real"


def read(data: bytes, name: str = "x.csv") -> Document:
    document = read_source(Source(name, data, "internal"))
    assert isinstance(document, Document)
    return document


def blocks(text: str) -> tuple[Block, ...]:
    return read(text.encode()).blocks


def sentences(text: str) -> list[str]:
    return [sentence for block in blocks(text) for sentence in block.sentences]


def book(*sheets: list[list[object]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for rows in sheets:
        sheet = made.create_sheet()
        for row in rows:
            sheet.append(row)
    return made


def saved(made: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def test_a_row_has_its_column_names_and_leaves_out_empty_cells() -> None:
    assert sentences("Place,Cost,Year\nLeeds,£2m,\nYork,,2024\n") == [
        "Place: Leeds; Cost: £2m",
        "Place: York; Year: 2024",
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_cells_are_parted_by_commas_semicolons_or_tabs(separator: str) -> None:
    text = "Place,Cost\nLeeds,2\n".replace(",", separator)
    assert sentences(text) == ["Place: Leeds; Cost: 2"]


def test_figures_are_no_column_names_but_years_are() -> None:
    assert sentences("Leeds,12\nYork,13\n") == ["Leeds; 12", "York; 13"]
    assert sentences("Place,2023,2023/24\nYork,1,2\n") == ["Place: York; 2023: 1; 2023/24: 2"]


def test_a_table_below_another_has_its_own_names() -> None:
    found = blocks("Place,Cost\nLeeds,2\n,,\nTeam,Who,Desk\nFees,Ann,9\n")
    assert [block.sentences for block in found] == [
        ("Place: Leeds; Cost: 2",),
        ("Team: Fees; Who: Ann; Desk: 9",),
    ]


def test_a_table_goes_on_below_an_empty_row() -> None:
    assert sentences("Place,Cost\nLeeds,2\n\nYork,3\n") == [
        "Place: Leeds; Cost: 2",
        "Place: York; Cost: 3",
    ]


def test_rows_get_no_names_that_may_not_be_theirs() -> None:
    found = blocks("Place,Who\nLeeds,Ann\n\nThe north\nYork,Bo\n")
    assert [(block.headings, block.sentences) for block in found] == [
        ((), ("Place: Leeds; Who: Ann",)),
        (("The north",), ("York; Bo",)),
    ]


def test_lines_around_a_table_are_kept() -> None:
    found = blocks("All sums are of one year.\n\nPlace,Cost\nLeeds,2\n\nAsk Ann.\n")
    assert [(block.kind.value, block.text) for block in found] == [
        ("paragraph", "All sums are of one year."),
        ("table", "| Place | Cost |\n| Leeds | 2 |"),
        ("paragraph", "Ask Ann."),
    ]


def test_what_is_hidden_is_left_out_and_said() -> None:
    made = book(
        [["Place", "Cost", "Margin"], ["Leeds", 2, 7], ["York", 3, 8], ["Hull", 4, 9]], [["No"]]
    )
    first, second = made.worksheets
    first.row_dimensions[3].hidden = True
    first.column_dimensions["C"].hidden = True
    second.sheet_state = "veryHidden"
    document = read(saved(made), "x.xlsx")
    assert [b.text for b in document.blocks] == ["| Place | Cost |\n| Leeds | 2 |\n| Hull | 4 |"]
    assert document.remarks == (
        "1 hidden row was left out of the sheet “Sheet”.",
        "1 hidden column was left out of the sheet “Sheet”.",
        "The sheet “Sheet1” is hidden and was left out.",
    )


def test_a_formula_without_its_result_is_said() -> None:
    document = read(
        saved(book([["Place", "Cost"], ["Leeds", 2], ["All", "=SUM(B2:B2)"]])), "x.xlsx"
    )
    assert document.blocks[0].sentences == ("Place: Leeds; Cost: 2", "Place: All")
    (remark,) = document.remarks
    assert remark.startswith("1 formula was left out of the sheet “Sheet”, having no stored result")


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (0.15, "0%", "15%"),
        (0.125, "0.0%", "12.5%"),
        (1500000, '"£"#,##0', "£1,500,000"),
        (-5, "[$£-809]#,##0.00;[Red]-[$£-809]#,##0.00", "-£5.00"),
        (1.5, '0.0" million"', "1.5 million"),
        (0.1 + 0.2, "General", "0.3"),
        (3, "General", "3"),
        (1234567, "#,##0,", "1234567"),
        (12345.678, "0.00E+00", "12345.678"),
        (0.5, "# ?/?", "0.5"),
        (7, "_-* #,##0.00_-", "7.00"),
    ],
)
def test_a_number_is_shown_as_its_reader_sees_it(
    value: float, number_format: str, shown: str
) -> None:
    assert shown_number(value, number_format) == shown


def test_a_file_of_definitions_stays_one_and_its_other_sheets_are_named() -> None:
    made = book([["Term", "Text"], ["t", "x"]], [["Place", "Cost"], ["Leeds", 2]])
    file = read_source(Source("x.xlsx", saved(made), "internal"))
    assert isinstance(file, DefinitionFile)
    assert [definition.term for definition in file.definitions] == ["t"]
    assert file.remarks == ("The sheet “Sheet1” was left out, having no columns term and text.",)


def test_a_table_that_is_nearly_one_of_definitions_is_said() -> None:
    (remark,) = read(b"Term,Meaning\nt,x\n").remarks
    assert remark.startswith("It was read as a table and not as definitions")


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_rows_and_columns_are_bounded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    monkeypatch.setattr(tables, "MOST_COLUMNS", 2)

    def data(rows: list[list[object]]) -> bytes:
        text = "\n".join(",".join(map(str, row)) for row in rows)
        return text.encode() if name == "x.csv" else saved(book(rows))

    read(data([["a", "b"]] * 3), name)
    with pytest.raises(DocumentError, match="more than 3 rows"):
        read(data([["a", "b"]] * 4), name)
    with pytest.raises(DocumentError, match="Row 2 has more than 2 columns"):
        read(data([["a", "b"], ["a", "b", "c"]]), name)


def test_the_rows_of_all_sheets_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(book([["a", "b"]] * 2, [["a", "b"]] * 2))
    monkeypatch.setattr(tables, "MOST_ROWS", 4)
    read(data, "x.xlsx")
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    with pytest.raises(DocumentError, match="more than 3 rows"):
        read(data, "x.xlsx")


@pytest.mark.parametrize(
    "bound", [(office, "LARGEST_UNPACKED_BYTES"), (workbook, "LARGEST_SHEET_BYTES")]
)
def test_a_workbook_that_unpacks_to_too_much_is_refused(
    bound: tuple[object, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (REAL / "register.xlsx").read_bytes()
    read(data, "x.xlsx")
    monkeypatch.setattr(*bound, 100)
    with pytest.raises(DocumentError, match="unpacks to far more"):
        read(data, "x.xlsx")


def test_a_cell_at_the_end_of_the_largest_sheet_costs_nothing() -> None:
    made = book([["Place", "Cost"], ["Leeds", 2]])
    made.worksheets[0].cell(row=200_000, column=16_384, value="far")
    document = read(saved(made), "x.xlsx")
    assert document.blocks[0].sentences == ("Place: Leeds; Cost: 2",)


@pytest.mark.parametrize("data", [b"garbage", b"PK\x03\x04garbage"])
def test_a_broken_workbook_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(DocumentError, match="cannot be opened as an Excel workbook"):
        read(data, "x.xlsx")
