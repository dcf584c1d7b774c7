"""A language whose every string is English in marks: ⟦so⟧. What is not in marks is not ours."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from assistant import language
from tests.catalogue import catalogue

# One pair of marks with none within.
MARKED = re.compile(r"\u27e6[^\u27e6\u27e7]*\u27e7")
SHORTEST = 5
_CUT_OFF = re.compile(r"\u27e6[^\u27e6\u27e7]*$")


def in_marks(text: str) -> str:
    """Return a string of the catalogue as the language says it, as long as in English."""
    if "{" in text or len(text) < SHORTEST:
        return f"\u27e6{text}\u27e7"
    return f"\u27e6{text[1:-1]}\u27e7"


def outside_marks(text: str) -> str:
    """Return what of a text is in no marks; marks may be within marks, and the end cut off."""
    while (shorter := _CUT_OFF.sub("", MARKED.sub("", text))) != text:
        text = shorter
    return text


def speak_in_marks(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make the language's catalogue, of every string that the code marks, as `name`."""
    place = folder / name / "LC_MESSAGES"
    place.mkdir(parents=True)
    marked = Catalog(locale="cy" if name == "cy" else "en")
    marked._num_plurals, marked._plural_expr = 2, "(n != 1)"
    for message in catalogue():
        if not message.id:
            continue
        many = isinstance(message.id, tuple | list)
        said = tuple(map(in_marks, message.id)) if many else in_marks(str(message.id))
        marked.add(message.id, said)
    with (place / f"{language.DOMAIN}.mo").open("wb") as file:
        write_mo(file, marked)
    monkeypatch.setattr(language, "FOLDER", folder)
