"""What other files say of a document: the defaults of its folders, its sidecar, its own words."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from assistant.ingestion.files import DEFAULTS, SENT, Source
from assistant.ingestion.front_matter import Entries, Layer, read_yaml
from assistant.ingestion.pages import Converted
from assistant.ingestion.schema import mistake
from assistant.ingestion.text import decoded


def layers_of(source: Source, converted: Converted | None = None) -> tuple[Layer, ...]:
    """What is said of a document outside its front matter, from what weighs least.

    That is the defaults of its folders, the outermost first, what the converted file itself
    gives (an e-mail its author and date), and its sidecar. Raises FrontMatterError with file and
    line of the file that holds the mistake.
    """
    defaults = (_layer(path, data) for path, data in source.defaults)
    own = _own(source.path, converted) if converted is not None else ()
    return (*defaults, *own, *_sidecar(source))


def _sidecar(source: Source) -> Iterator[Layer]:
    """What was said when a document was sent in was said of it by an administrator, so it holds."""
    if source.sidecar is not None:
        is_sent_in = source.path.startswith(f"{SENT}/")
        yield replace(_layer(*source.sidecar), is_last_word=is_sent_in)


def _layer(path: str, data: bytes) -> Layer:
    entries = read_yaml(decoded(data), path=path, first_line=1)
    if PurePosixPath(path).name == DEFAULTS and "title" in entries.values:
        line = entries.lines["title"]
        raise mistake(path, (line, "what holds for a whole folder cannot give a title"))
    return Layer(path, entries)


def _own(path: str, converted: Converted) -> Iterator[Layer]:
    published = converted.published.isoformat() if converted.published else None
    given = {"author": converted.author, "published": published, "url": converted.url}
    values = {key: value for key, value in given.items() if value}
    if values:
        yield Layer(path, Entries(values, {}, 1))
