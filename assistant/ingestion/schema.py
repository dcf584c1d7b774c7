"""What front matter and definitions may hold: the schema, checked with file and line."""

import difflib
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)

from assistant.domain.errors import FrontMatterError
from assistant.ingestion.text import one_line
from assistant.retrieval.currency import local_today
from assistant.retrieval.scope import NATIONS, known_nation_names, nations_named, sectors_named

AUDIENCE_PATTERN = r"^(public|internal|network-[a-z0-9-]{1,40})$"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YES_OR_NO = {"yes": True, "true": True, "no": False, "false": False}
_COUNTRY = re.compile(r"[A-Z][^\W\d][^\d:;/]+")
_NATION_WORD = re.compile(r"\b(?:england|scotland|wales|ireland)\b", re.IGNORECASE)
_NEAR = 0.75
ADDRESS = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s\\]*)?", re.IGNORECASE)

Model = TypeVar("Model", bound=BaseModel)


def _text(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("must be text on one line")  # noqa: TRY004 - pydantic hears ValueError
    return one_line(value) or None


def _required_text(value: object) -> str:
    if not (text := _text(value)):
        raise ValueError("must not be empty")
    return text


def _date(value: object) -> date | None:
    text = _text(value)
    if text is None:
        return None
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)  # noqa: TRY301 - both ways of being wrong get one sentence
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a date such as 2027-03-31") from None


def _past_date(value: object) -> date:
    day = _date(value)
    if day is None:
        raise ValueError("must not be empty")
    if day > local_today():
        raise ValueError("lies ahead; what is to be agreed is not agreed yet")
    return day


def _partners(value: object) -> tuple[str, ...]:
    if not (names := tuple(dict.fromkeys(_some_names(value)))):
        raise ValueError("must name the partners")
    return names


def _address(value: object) -> str | None:
    text = _text(value)
    if text is not None and not ADDRESS.fullmatch(text):
        raise ValueError("must be an address that begins with https:// or http://")
    return text


def _audience(value: object) -> str | None:
    text = _text(value)
    if text is not None and not re.fullmatch(AUDIENCE_PATTERN, text):
        raise ValueError(
            "must be public, internal, or network- and a name of up to 40 small letters, "
            "digits and hyphens"
        )
    return text


def _names(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    items = value if isinstance(value, list) else [value]
    return tuple(_required_text(item) for item in items)


def _some_names(value: object) -> tuple[str, ...]:
    """The names, none of an empty cell of a table."""
    return () if isinstance(value, str) and not value.strip() else _names(value)


def _withdrawn(value: object) -> date | bool:
    text = _text(value)
    if text is None:
        return False
    try:
        known = _YES_OR_NO.get(text.lower())
        return _date(text) or False if known is None else known
    except ValueError:
        raise ValueError("must be the date from which it is, such as 2027-03-31, or yes") from None


def _nations(value: object) -> tuple[str, ...]:
    parts = [
        p for name in _some_names(value) for p in re.split(r"[,;&/]|\band\b", name) if p.strip()
    ]
    nations = (nation for part in parts for nation in _nation(part.strip()))
    return tuple(dict.fromkeys(nations))


def _nation(name: str) -> tuple[str, ...]:
    """One part of `nation`: known nations in one spelling, another country as it is written."""
    plain = re.sub(r"\s*\([^)]*\)", "", name)
    if known := nations_named(plain):
        return known
    near = difflib.get_close_matches(plain.lower(), known_nation_names(), n=1, cutoff=_NEAR)
    if near or _NATION_WORD.search(plain) or not _COUNTRY.fullmatch(name):
        meant = f"; did you mean {nations_named(near[0])[0]}" if near else ""
        raise ValueError(
            f"must be {', '.join(NATIONS[:-1])} or {NATIONS[-1]}, several parted by commas, or the "
            f"name of another country{meant}"
        )
    return (name,)


def _sectors(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s for name in _some_names(value) for s in sectors_named(name)))


Text = Annotated[str | None, BeforeValidator(_text)]
RequiredText = Annotated[str, BeforeValidator(_required_text)]
Day = Annotated[date | None, BeforeValidator(_date)]
Address = Annotated[
    str | None,
    BeforeValidator(_address),
    Field(json_schema_extra={"pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}),
]
Audience = Annotated[
    str | None,
    BeforeValidator(_audience),
    Field(json_schema_extra={"pattern": AUDIENCE_PATTERN}),
]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
_ONE_OR_SEVERAL = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string"},
            {"items": {"type": "string"}, "type": "array"},
            {"type": "null"},
        ],
    }
)
_DAY_OR_YES = WithJsonSchema(
    {"anyOf": [{"format": "date", "type": "string"}, {"type": "boolean"}, {"type": "null"}]}
)
EffectiveFrom = Annotated[Day, Field(description="The first day on which it holds.")]
ReviewBy = Annotated[Day, Field(description="When it must be looked at again.")]
Withdrawn = Annotated[
    date | bool,
    BeforeValidator(_withdrawn),
    _DAY_OR_YES,
    Field(description="The first day on which it no longer holds, or `yes`."),
]
SupersededBy = Annotated[
    Text, Field(description="What replaced it: a document of the corpus, by path, or a title.")
]
Nations = Annotated[
    tuple[str, ...],
    BeforeValidator(_nations),
    _ONE_OR_SEVERAL,
    Field(
        description="Nations that it is for: England, Scotland, Wales, Northern Ireland, United "
        "Kingdom, or another country."
    ),
]
Sectors = Annotated[
    tuple[str, ...],
    BeforeValidator(_sectors),
    _ONE_OR_SEVERAL,
    Field(description="Sectors that it is for, such as health."),
]


class FrontMatter(BaseModel):
    """What may stand between the two `---` lines at the head of a Markdown document."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Front matter of a document")

    title: Text = Field(
        None, description="Title that citations show; without it, the document's first heading."
    )
    publisher: Text = Field(None, description="Who published the source.")
    author: Text = Field(None, description="Who wrote the source.")
    source_title: Text = Field(None, description="Title of the source that the document rests on.")
    source_date: Day = Field(None, description="When the source was published.")
    url: Address = Field(None, description="Where a reader finds the source on the web.")
    published: Day = Field(None, description="When this document was published.")
    effective_from: EffectiveFrom = None
    review_by: ReviewBy = None
    withdrawn: Withdrawn = False
    superseded_by: SupersededBy = None
    nation: Nations = ()
    sector: Sectors = ()
    audience: Audience = Field(
        None,
        description="Who may read it: `public`, `internal` or `network-` and the network's name; "
        "without it, the setting `ASSISTANT_DEFAULT_AUDIENCE`.",
    )
    owner: Text = Field(
        None,
        description="Who keeps the document right; a Slack id or e-mail address gets its feedback.",
    )


class PeerFrontMatter(FrontMatter):
    """What the assistant writes at the head of what peers said; nobody else may."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Front matter of peer experience")

    experience: Text = Field(None, description="The network whose member tells what they did.")


class AgreementEntry(BaseModel):
    """When, and between whom, a definition was agreed."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="An agreement")

    on: Annotated[date, BeforeValidator(_past_date)]
    by: Annotated[tuple[str, ...], BeforeValidator(_partners)]


def _agreement(value: object) -> object:
    if value is None or isinstance(value, AgreementEntry):
        return value
    raise ValueError("must say when and between whom, as {on: 2026-05-03, by: [One, Another]}")


class DefinitionEntry(BaseModel):
    """What may be said of one definition."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="A definition")

    term: RequiredText = Field(description="The word that is defined.")
    text: RequiredText = Field(description="What it means, in one or a few sentences.")
    whose: Text = Field(
        None,
        description="Whose definition it is; without it, the file's publisher, author or title.",
    )
    aliases: Names = Field((), description="Other words for the same thing.")
    abbreviations: Names = Field((), description="Short forms, such as OBC.")
    confused_with: Names = Field((), description="Terms that it is often taken for.")
    related: Names = Field((), description="Terms that a reader may want next.")
    agreed: Annotated[AgreementEntry | None, BeforeValidator(_agreement)] = Field(
        None,
        description="That partners agreed on it: `{on: 2026-05-03, by: [One, Another]}`, both "
        "needed.",
    )
    effective_from: EffectiveFrom = None
    review_by: ReviewBy = None
    withdrawn: Withdrawn = False
    superseded_by: SupersededBy = None
    nation: Nations = ()
    sector: Sectors = ()


def validated(
    model: type[Model],
    values: Mapping[str, Any],
    lines: Mapping[str, int],
    *,
    path: str,
    line: int,
    within: str = "",
) -> Model:
    """Check the values against the model; `lines` knows each key's line, `line` the beginning.

    `within` stands before the name of a key that is itself below one, such as `agreed.`.

    Raises FrontMatterError that names the file, the line and the mistake, or each of several.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        mistakes = sorted(
            (lines.get(str(detail["loc"][0]), line), _said(model, detail, within))
            for detail in error.errors(include_input=False, include_url=False)
        )
    raise mistake(path, *mistakes)


def mistake(path: str, *mistakes: tuple[int, str]) -> FrontMatterError:
    """The error for mistakes at lines counted from 1: `x.md, line 4: …; line 6: ….`"""
    said = "; ".join(f"line {line}: {what}" for line, what in mistakes)
    return FrontMatterError(f"{path}, {said}.")


def unknown_key(model: type[BaseModel], key: str) -> str:
    """Say that there is no such key and which is nearest, or which there are."""
    nearest = difflib.get_close_matches(key.lower(), model.model_fields, n=1)
    known = (
        f"did you mean {nearest[0]}?" if nearest else "known are " + ", ".join(model.model_fields)
    )
    return f"there is no key {key[:60]}; {known.rstrip('?')}"


def _said(model: type[BaseModel], detail: Any, within: str) -> str:
    key = str(detail["loc"][0])
    if detail["type"] == "extra_forbidden":
        return unknown_key(model, key)
    if detail["type"] == "missing":
        return f"{within}{key} is missing"
    return f"{within}{key} {detail['msg'].removeprefix('Value error, ')}"


def json_schema() -> str:
    """The schema of front matter as JSON, for editors that check it while one writes."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(schema | FrontMatter.model_json_schema(), indent=2) + "\n"


def markdown_table(model: type[BaseModel]) -> str:
    """The model's fields as a Markdown table: name, whether it must be there, what it says."""
    rows = [
        f"| `{name}` | {'yes' if field.is_required() else 'no'} | {field.description} |"
        for name, field in model.model_fields.items()
    ]
    return "\n".join(["| Field | Needed | What it says |", "| --- | --- | --- |", *rows]) + "\n"
