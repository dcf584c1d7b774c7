"""An organisation's own golden questions, read from `golden.yaml` in its corpus folder."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.errors import DocumentError, FrontMatterError
from assistant.ingestion.files import GOLDEN
from assistant.ingestion.front_matter import Entries, read_yaml
from assistant.ingestion.schema import AUDIENCE_PATTERN, Names, RequiredText, mistake, validated
from assistant.ingestion.text import decoded, is_binary, one_line

QUESTIONS = "questions"
MOST_QUESTIONS = 500
MOST_MISTAKES_SHOWN = 5
_YES_OR_NO = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """A question with what must become of it, and the line of the file on which it stands.

    An answer cites each of `documents` and at least one of `any_of`, and holds each of `says`,
    whatever the case of the letters.
    """

    question: str
    documents: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    answered: bool = True
    audiences: tuple[str, ...] = (PUBLIC, INTERNAL)
    says: tuple[str, ...] = ()
    line: int = 1


def _answered(value: object) -> bool:
    known = _YES_OR_NO.get(value.strip().lower()) if isinstance(value, str) else None
    if known is None:
        raise ValueError("must be yes or no")
    return known


def _audiences(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    if not names or not all(
        isinstance(n, str) and re.fullmatch(AUDIENCE_PATTERN, n) for n in names
    ):
        raise ValueError("must be public, internal, network- and a name, or a list of these")
    return tuple(dict.fromkeys(names))


def _one_or_several(one: dict[str, str]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [one, {"items": one, "type": "array"}]})


SomeNames = Annotated[Names, _one_or_several({"type": "string"})]
Answered = Annotated[
    bool,
    BeforeValidator(_answered),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": ["yes", "no"]}]}),
]
Audiences = Annotated[
    tuple[str, ...],
    BeforeValidator(_audiences),
    _one_or_several({"pattern": AUDIENCE_PATTERN, "type": "string"}),
]


class GoldenEntry(BaseModel):
    """What may be said of one golden question."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="A golden question")

    question: RequiredText = Field(description="The question, as a commissioner would ask it.")
    documents: SomeNames = Field(
        (), description="Documents, by path, that the answer must all cite."
    )
    any_of: SomeNames = Field(
        (), description="Documents of which the answer must cite at least one."
    )
    says: SomeNames = Field((), description="Words that the answer must hold, as one or as a list.")
    answered: Answered = Field(
        default=True, description="`yes`, or `no` for a question that must not be answered."
    )
    audience: Audiences = Field(
        (PUBLIC, INTERNAL),
        description="Who asks: what this audience may read; one, or a list. Without it, `public` "
        "and `internal`.",
    )


def read_golden(data: bytes, path: str = GOLDEN) -> tuple[GoldenQuestion, ...]:
    """Read golden questions, in the order of the file.

    Raises DocumentError that names the file and the line of each of the first few mistakes: a test
    that cannot be read protects nobody.
    """
    try:
        if is_binary(data):
            raise mistake(path, (1, "this is no text file"))
        entries = _listed(read_yaml(decoded(data), path=path, first_line=1), path)
    except FrontMatterError as error:
        raise DocumentError(str(error)) from None
    read = [_read(entry, path) for entry in entries]
    mistakes = [item for item in read if isinstance(item, FrontMatterError)]
    questions = [item for item in read if isinstance(item, GoldenQuestion)]
    mistakes += _asked_twice(questions, path)
    if mistakes:
        more = len(mistakes) - MOST_MISTAKES_SHOWN
        said = [str(found) for found in mistakes[:MOST_MISTAKES_SHOWN]]
        raise DocumentError(" ".join([*said, f"And {more} more."] if more > 0 else said))
    return tuple(questions)


def _listed(top: Entries, path: str) -> list[Entries]:
    for key, line in top.lines.items():
        if key != QUESTIONS:
            raise mistake(path, (line, f"there is no key {key[:60]}; known is {QUESTIONS}"))
    listed = top.values.get(QUESTIONS)
    line = top.lines.get(QUESTIONS, top.line)
    if not isinstance(listed, list) or not listed:
        raise mistake(path, (line, f"{QUESTIONS} must be a list of questions, each with its dash"))
    if len(listed) > MOST_QUESTIONS:
        raise mistake(path, (line, f"there may be {MOST_QUESTIONS} questions, here {len(listed)}"))
    for number, entry in enumerate(listed, start=1):
        if not isinstance(entry, Entries):
            what = f"entry {number} must have lines such as question: and documents:"
            raise mistake(path, (line, what))
    return listed


def _read(entry: Entries, path: str) -> GoldenQuestion | FrontMatterError:
    try:
        checked = validated(GoldenEntry, entry.values, entry.lines, path=path, line=entry.line)
    except FrontMatterError as error:
        return error
    expected = [key for key in ("documents", "any_of", "says") if getattr(checked, key)]
    if expected and not checked.answered:
        what = f"what must not be answered has no {expected[0]}; take it out"
        return mistake(path, (entry.lines[expected[0]], what))
    return GoldenQuestion(
        checked.question,
        checked.documents,
        checked.any_of,
        checked.answered,
        checked.audience,
        tuple(one_line(words) for words in checked.says),
        entry.line,
    )


def _asked_twice(questions: Iterable[GoldenQuestion], path: str) -> Iterator[FrontMatterError]:
    lines: dict[tuple[str, tuple[str, ...]], int] = {}
    for asked in questions:
        key = (asked.question.lower(), tuple(sorted(asked.audiences)))
        if key in lines:
            what = f"this is asked on line {lines[key]} already, for the same audience"
            yield mistake(path, (asked.line, what))
        lines.setdefault(key, asked.line)


def json_schema() -> str:
    """The schema of `golden.yaml` as JSON, for editors that check it while one writes."""
    listed = {
        "items": GoldenEntry.model_json_schema(),
        "maxItems": MOST_QUESTIONS,
        "minItems": 1,
        "type": "array",
    }
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "additionalProperties": False,
        "properties": {QUESTIONS: listed},
        "required": [QUESTIONS],
        "title": "Golden questions",
        "type": "object",
    }
    return json.dumps(schema, indent=2) + "\n"
