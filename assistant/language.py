"""What the assistant says, in the reader's language: English in the code, others in `locale/`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

DOMAIN = "assistant"
FOLDER = Path(__file__).parent / "locale"

_spoken: ContextVar[str] = ContextVar("spoken", default="en")


def phrase(text: str) -> str:
    """Mark a text as one of the catalogue's; `say` puts it into the reader's language."""
    return text


def say(text: str, **values: object) -> str:
    """Return a text of the catalogue in the reader's language, `values` in the place of {names}."""
    spoken = _catalogue(_spoken.get()).gettext(text) if text else text
    return spoken.format(**values) if values else spoken


def say_some(one: str, more: str, count: int, **values: object) -> str:
    """Return the form of a text that fits `count`, which both forms may hold as {count}."""
    spoken = _catalogue(_spoken.get()).ngettext(one, more, count)
    return spoken.format(count=count, **values)


@contextmanager
def spoken_to(locale: str | None) -> Iterator[None]:
    """Speak the language of a locale such as `cy-GB` in the block; English where it is unknown."""
    before = _spoken.set((locale or "en").replace("-", "_"))
    try:
        yield
    finally:
        _spoken.reset(before)


@cache
def _catalogue(locale: str) -> NullTranslations:
    return translation(DOMAIN, FOLDER, [locale], fallback=True)
