"""What administrators see of the corpus, as blocks: pure functions of the release train's types.

Names of documents and people's words stand in rich text only, as in answers. A list that is long
is cut, and the whole of it goes with the message as the text of a file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.language import phrase, say
from assistant.slack.admin.command import Subcommand
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.blocks import (
    JsonBlock,
    Message,
    Shown,
    context_blocks,
    heading_block,
    messages_of,
    text_blocks,
)
from assistant.slack.shown.elements import button as element
from assistant.slack.shown.elements import buttons
from assistant.slack.shown.lines import line, name

MOST_ITEMS = 12
LONGEST_VALUE = 2000
NAME_TOO_LONG = phrase(
    "No document has a name that long; look its name up in the status, and type it again."
)
ACTION_PREFIX = "administration."


@dataclass(frozen=True, slots=True)
class Section:
    """A list under a heading of ours; each item is one line."""

    heading: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What is said to an administrator; `whole` is the text of every list when one was cut."""

    messages: tuple[Message, ...]
    whole: str | None = None


def told(
    opening: Sequence[Shown],
    sections: Sequence[Section] = (),
    closing: Sequence[Shown] = (),
    *,
    most_items: int = MOST_ITEMS,
) -> Told:
    """Return the messages of an opening, some lists, and buttons."""
    filled = [section for section in sections if section.items]
    is_cut = any(_is_cut(section, most_items) for section in filled)
    remark = context_blocks(say(admin_sentences.ALL_IN_FILE)) if is_cut else ()
    shown = [*opening, *section_blocks(filled, most_items), *remark, *closing]
    return Told(messages_of(shown), whole_text(opening, filled) if is_cut else None)


def sentence_told(sentence: str) -> Told:
    """Return the message that says a sentence."""
    return Told(messages_of(list(text_blocks(sentence))))


def section_blocks(sections: Iterable[Section], most_items: int = MOST_ITEMS) -> Iterable[Shown]:
    """Show each list under its heading, cut where it is long."""
    for section in sections:
        yield heading_block(section.heading)
        items = _cut(section, most_items).items
        yield from text_blocks("\n".join(f"- {item}" for item in items))


def whole_text(opening: Sequence[Shown], sections: Sequence[Section]) -> str:
    """Return everything as plain text, for a file."""
    parts = ["\n".join(shown.words for shown in opening)]
    parts += ["\n".join((s.heading, *(f"- {name(i, None)}" for i in s.items))) for s in sections]
    return "\n\n".join(parts) + "\n"


def button(
    label: str, subcommand: Subcommand, value: str = "", confirm: str | None = None
) -> JsonBlock:
    """Return a button that asks for something; with `confirm`, it asks whether it is meant."""
    action = f"{ACTION_PREFIX}{subcommand.value}"
    return element(label, label, action, value or subcommand.value, confirm or "")


def main_buttons() -> Shown:
    """Return the buttons of what is done most."""
    return buttons(
        button(say("Status"), Subcommand.STATUS),
        button(say("Preview"), Subcommand.PREVIEW),
        button(say("Reload"), Subcommand.RELOAD, confirm=say(RELOAD_CONFIRM)),
        button(say("Roll back"), Subcommand.ROLL_BACK, confirm=say(ROLL_BACK_CONFIRM)),
        button(say("Snapshots"), Subcommand.SNAPSHOTS),
        button(say("Failed documents"), Subcommand.FAILED),
    )


RELOAD_CONFIRM = phrase(
    "The corpus folder is read, and a new snapshot of the guidance is made and tested. It goes "
    "live when it passes: answers then come from it. Questions are answered meanwhile."
)
ROLL_BACK_CONFIRM = phrase(
    "Answers come from the snapshot before the live one again. The corpus folder stays as it is, "
    "so the next reload brings back what is in it."
)


def help_told(command: str, typed: str = "") -> Told:
    """Say what can be typed, with buttons for it."""
    text = admin_sentences.help_text(command)
    if typed:
        text = admin_sentences.unknown_command(name(typed), command)
    return told(list(text_blocks(text)), closing=[main_buttons()])


def purge_question(document: str) -> Told:
    """Ask whether a document is to be purged."""
    if len(document) > LONGEST_VALUE:
        return sentence_told(say(NAME_TOO_LONG))
    ask = button(
        say("Purge it"),
        Subcommand.PURGE_CONFIRMED,
        document,
        confirm=say("The document is taken out everywhere, for good. This cannot be undone."),
    )
    opening = [
        line(say("Purge {document}?", document=name(document))),
        *text_blocks(say(admin_sentences.PURGE_WARNING)),
    ]
    return told(opening, closing=[buttons(ask)])


def _is_cut(section: Section, most_items: int) -> bool:
    return len(section.items) > most_items or any(name(i) != name(i, None) for i in section.items)


def _cut(section: Section, most_items: int) -> Section:
    kept = tuple(name(item) for item in section.items[:most_items])
    more = len(section.items) - most_items
    if more > 0:
        kept = (*kept, admin_sentences.and_more(more))
    return Section(section.heading, kept)
