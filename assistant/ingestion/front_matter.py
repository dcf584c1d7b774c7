"""YAML at the head of a document or in a file of its own, read so that each key knows its line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from assistant.domain.documents import Metadata, Successor
from assistant.domain.networks import PEERS
from assistant.ingestion.schema import FrontMatter, PeerFrontMatter, mistake, validated
from assistant.ingestion.text import clean

DEEPEST_NESTING = 10


@dataclass(frozen=True, slots=True)
class Entries:
    """A YAML mapping whose scalars are still text, and the line of each key, counted from 1."""

    values: Mapping[str, Any]
    lines: Mapping[str, int]
    line: int


@dataclass(frozen=True, slots=True)
class Layer:
    """What one file says of a document: the path of that file, which a mistake names.

    `is_last_word` says that it holds against the document's own front matter.
    """

    path: str
    entries: Entries
    is_last_word: bool = False


def split_front_matter(text: str, *, path: str) -> tuple[Entries | None, str]:
    """Part a Markdown document into its front matter, None when there is none, and its body.

    Raises FrontMatterError when the front matter is not closed or is not YAML `key: value` lines.
    """
    lines = clean(text).split("\n")
    if lines[0].rstrip() != "---":
        return None, "\n".join(lines)
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() in {"---", "..."}:
            entries = read_yaml("\n".join(lines[1:number]), path=path, first_line=2)
            return entries, "\n".join(lines[number + 1 :])
    raise mistake(path, (1, "the front matter that begins here has no closing ---"))


def metadata_of(
    entries: Entries | None,
    *,
    path: str,
    title: str,
    default_audience: str,
    beside: Sequence[Layer] = (),
) -> Metadata:
    """Check the front matter against the schema; `title` stands where it gives none.

    What the files `beside` say holds where the front matter says nothing, the last of them first,
    and against it where that is the last word; a field without a value says nothing. Raises
    FrontMatterError with file and line.
    """
    model = PeerFrontMatter if path.startswith(f"{PEERS}/") else FrontMatter
    fields = model.model_validate({}).model_dump()
    own = (Layer(path, entries),) if entries is not None else ()
    after = tuple(layer for layer in beside if layer.is_last_word)
    for layer in (*(layer for layer in beside if not layer.is_last_word), *own, *after):
        found = layer.entries
        checked = validated(
            model, found.values, found.lines, path=layer.path, line=found.line
        ).model_dump()
        fields |= {key: checked[key] for key, value in found.values.items() if _says(value)}
    fields["title"] = fields["title"] or title
    fields["audience"] = fields["audience"] or default_audience
    replaced = fields["superseded_by"]
    fields["superseded_by"] = Successor(replaced) if replaced is not None else None
    return Metadata(**fields)


def _says(written: object) -> bool:
    """Whether a value says anything; one that was left empty does not."""
    return bool(written.strip()) if isinstance(written, str) else bool(written)


def read_yaml(text: str, *, path: str, first_line: int) -> Entries:
    """Read a YAML mapping without constructing anything but text, lists and mappings.

    Raises FrontMatterError for bad YAML, aliases, tags, a key twice and deep nesting.
    """
    try:
        _refuse_unsafe(text, path=path, first_line=first_line)
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise mistake(
            path, (line, f"this is not YAML: {error.problem or 'it breaks off'}")
        ) from None
    except yaml.YAMLError:
        raise mistake(
            path, (first_line, "this holds a character that YAML does not allow")
        ) from None
    if node is None:
        return Entries({}, {}, first_line)
    if not isinstance(node, yaml.MappingNode):
        raise mistake(path, (first_line, "lines of the form key: value are needed here"))
    return _entries(node, path=path, first_line=first_line)


def _refuse_unsafe(text: str, *, path: str, first_line: int) -> None:
    """Look at the events before anything is composed, so that no bomb ever expands."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        line = first_line + (event.start_mark.line if event.start_mark else 0)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise mistake(path, (line, "anchors and aliases (& and *) are not allowed"))
        if _has_tag(event):
            raise mistake(path, (line, "tags (words that begin with !) are not allowed"))
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_NESTING:
            raise mistake(path, (line, f"this is nested more than {DEEPEST_NESTING} levels deep"))


def _has_tag(event: object) -> bool:
    return bool(getattr(event, "tag", None))


def _entries(node: yaml.MappingNode, *, path: str, first_line: int) -> Entries:
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        line = first_line + key.start_mark.line
        if not isinstance(key, yaml.ScalarNode):
            raise mistake(path, (line, "a key must be a word"))
        if key.value in values:
            raise mistake(path, (line, f"{key.value[:60]} is given twice"))
        values[key.value] = _value(value, path=path, first_line=first_line)
        lines[key.value] = line
    return Entries(values, lines, first_line + node.start_mark.line)


def _value(node: yaml.Node, *, path: str, first_line: int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _entries(node, path=path, first_line=first_line)
    if isinstance(node, yaml.SequenceNode):
        items: Iterable[yaml.Node] = node.value
        return [_value(item, path=path, first_line=first_line) for item in items]
    return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)
