"""The catalogue's template as the code says it; run as a program, it writes what translators need.

`locale/assistant.pot` holds every string; each `locale/LANGUAGE/LC_MESSAGES/assistant.po` is a
translator's, brought up to date and compiled beside itself.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from assistant import language

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "assistant" / "locale" / "assistant.pot"
KEYWORDS = {"phrase": None, "say": None, "say_some": (1, 2)}
HEADER = """\
# What the assistant says to people in Slack; docs/language.md says how a language is added.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def catalogue() -> Catalog:
    """Return every string that the code marks, with the files in which it stands."""
    found = Catalog(project="commissioning-assistant")
    sources = extract_from_dir(
        ROOT / "assistant", method_map=[("**.py", "python")], keywords=KEYWORDS
    )
    for name, line, message, _, context in sorted(sources, key=lambda each: each[:2]):
        found.add(message, locations=[(f"assistant/{name}", line)], context=context)
    return found


def template() -> str:
    """Return the template as it is written: nothing in it changes but with the strings."""
    written = BytesIO()
    write_po(written, catalogue(), width=100, omit_header=True, include_lineno=False)
    return HEADER + written.getvalue().decode("utf-8")


def translations() -> Iterator[Path]:
    """Yield each translator's file."""
    yield from sorted(language.FOLDER.glob(f"*/LC_MESSAGES/{language.DOMAIN}.po"))


def _bring_up_to_date(path: Path, strings: Catalog) -> None:
    with path.open("rb") as file:
        translated = read_po(file, locale=path.parts[-3])
    translated.update(strings, no_fuzzy_matching=True)
    with path.open("wb") as file:
        write_po(file, translated, width=100, include_lineno=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, translated)


if __name__ == "__main__":
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_text(template(), encoding="utf-8")
    for each in translations():
        _bring_up_to_date(each, catalogue())
