"""Files of every kind into Markdown, page by page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.domain.errors import DocumentError
from assistant.ingestion.blocks import Page
from assistant.ingestion.text import decoded


@dataclass(frozen=True, slots=True)
class Converted:
    """A file as Markdown; `title` is the one that its own properties give."""

    pages: tuple[Page, ...]
    title: str | None = None


def convert(data: bytes, *, path: str) -> Converted:
    """Convert a file's bytes by the ending of its path.

    Raises DocumentError with one sentence when the file is broken, locked or of another kind.
    """
    suffix = PurePosixPath(path).suffix.lower()
    converter = _CONVERTERS.get(suffix)
    if converter is None:
        raise DocumentError(
            f"{suffix or 'Files without an ending'} cannot be read; "
            f"save it as one of {', '.join(sorted(CONVERTED_KINDS))}."
        )
    return converter(data)


def _from_markdown(data: bytes) -> Converted:
    return Converted((Page(decoded(data)),))


_CONVERTERS: Mapping[str, Callable[[bytes], Converted]] = {
    ".md": _from_markdown,
    ".markdown": _from_markdown,
}
CONVERTED_KINDS = frozenset(_CONVERTERS)
