"""What the assistant says, in the reader's language: English in the code, others in `locale/`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

DOMAIN = "assistant"
FOLDER = Path(__file__).parent / "locale"

_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)
_usual = "en"


def phrase(text: str) -> str:
    """Mark a text as one of the catalogue's; `say` puts it into the reader's language."""
    return text


MONTHS = (
    phrase("January"),
    phrase("February"),
    phrase("March"),
    phrase("April"),
    phrase("May"),
    phrase("June"),
    phrase("July"),
    phrase("August"),
    phrase("September"),
    phrase("October"),
    phrase("November"),
    phrase("December"),
)


def say(text: str, /, **values: object) -> str:
    """Return a text of the catalogue in the reader's language, `values` in the place of {names}."""
    spoken = _catalogue(*_languages()).gettext(text) if text else text
    return spoken.format(**values) if values else spoken


def say_some(one: str, more: str, count: int, /, **values: object) -> str:
    """Return the form of a text that fits `count`, which both forms may hold as {count}."""
    spoken = _catalogue(*_languages()).ngettext(one, more, count)
    return spoken.format(count=count, **values)


def say_day(day: date) -> str:
    """Return a day in words, as `2 March 2020`."""
    return say("{day} {month} {year}", day=day.day, month=say(MONTHS[day.month - 1]), year=day.year)


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: `A, B and C`."""
    *rest, last = names
    return say("{names} and {last}", names=", ".join(rest), last=last) if rest else last


def listed_as_choice(names: Sequence[str]) -> str:
    """Return names as a sentence lists them to choose from: `A, B or C`."""
    *rest, last = names
    return say("{names} or {last}", names=", ".join(rest), last=last) if rest else last


def speak(locale: str) -> None:
    """Speak the language of a locale from now on, wherever no other is asked for.

    It holds for the whole process, whatever the thread.
    """
    global _usual  # noqa: PLW0603 - what everybody in a workspace sees is in one language
    _usual = _plain(locale)


@contextmanager
def spoken_to(locale: str | None) -> Iterator[None]:
    """Speak a person's language, such as `cy-GB`, in the block where there is a catalogue for it.

    Without a locale, or a catalogue for it, the language is the usual one.
    """
    before = _spoken.set(_plain(locale) if locale else None)
    try:
        yield
    finally:
        _spoken.reset(before)


def languages() -> frozenset[str]:
    """Return the locales for which there is a catalogue, as they are written in `locale/`."""
    return frozenset(path.parts[-3] for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))


def is_spoken(locale: str) -> bool:
    """Whether there is a catalogue for a locale or its language; English needs none."""
    wanted = _plain(locale)
    language = wanted.partition("_")[0]
    return language == "en" or not languages().isdisjoint((wanted, language))


def _plain(locale: str) -> str:
    return locale.replace("-", "_")


def _languages() -> tuple[Path, str, str | None]:
    return FOLDER, _usual, _spoken.get()


@cache
def _catalogue(folder: Path, usual: str, spoken: str | None) -> NullTranslations:
    wanted = [spoken, usual] if spoken else [usual]
    return translation(DOMAIN, folder, wanted, fallback=True)
