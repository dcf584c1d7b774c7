"""The published schema and its page say what the model says."""

import json
from pathlib import Path

import jsonschema
import pytest

from assistant.ingestion.schema import DefinitionEntry, FrontMatter, json_schema, markdown_table

DOCS = Path(__file__).parents[3] / "docs"
FRESHEN = "it is made by assistant.ingestion.schema; write it again"


def test_the_json_schema_in_docs_is_fresh() -> None:
    assert (DOCS / "front-matter.schema.json").read_text() == json_schema(), FRESHEN


@pytest.mark.parametrize("model", [FrontMatter, DefinitionEntry])
def test_the_tables_in_docs_are_fresh(model: type[FrontMatter] | type[DefinitionEntry]) -> None:
    assert markdown_table(model) in (DOCS / "front-matter.md").read_text(), FRESHEN


@pytest.mark.parametrize(
    ("values", "valid"),
    [
        ({"title": "T", "review_by": "2027-03-31", "audience": "network-a"}, True),
        ({"heading": "T"}, False),
        ({"audience": "everyone"}, False),
        ({"url": "ftp://example.org"}, False),
        ({"title": ["a"]}, False),
    ],
)
def test_the_json_schema_agrees_with_the_reader(values: dict[str, object], valid: bool) -> None:  # noqa: FBT001
    found = list(jsonschema.Draft202012Validator(json.loads(json_schema())).iter_errors(values))
    assert (not found) is valid
