"""What an administrator may ask for, and the words after the slash command read as one of them."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from assistant.domain.releases import Action

LONGEST_TARGET = 1000


class Subcommand(StrEnum):
    """What is asked for; the value is what is typed, or the name of a button."""

    HELP = "help"
    STATUS = "status"
    PREVIEW = "preview"
    RELOAD = "reload"
    RELOAD_SMALLER = "reload allow-shrink"
    ROLL_BACK = "rollback"
    SNAPSHOTS = "snapshots"
    FAILED = "failed"
    PURGE = "purge"
    PURGE_CONFIRMED = "purge confirmed"
    OFFER = "offer"
    CHANNEL = "channel"
    CHANNELS = "channels"
    FEEDBACK = "feedback"

    @property
    def action(self) -> Action:
        """What it is in the audit log."""
        return _ACTIONS.get(self, Action.STATUS)


_ACTIONS: Mapping[Subcommand, Action] = {
    Subcommand.PREVIEW: Action.PREVIEW,
    Subcommand.RELOAD: Action.RELOAD,
    Subcommand.RELOAD_SMALLER: Action.RELOAD,
    Subcommand.ROLL_BACK: Action.ROLL_BACK,
    Subcommand.PURGE: Action.PURGE,
    Subcommand.PURGE_CONFIRMED: Action.PURGE,
    Subcommand.OFFER: Action.OFFER,
    Subcommand.CHANNEL: Action.CHANNEL,
}
_ALONE = (
    Subcommand.HELP,
    Subcommand.STATUS,
    Subcommand.PREVIEW,
    Subcommand.RELOAD,
    Subcommand.RELOAD_SMALLER,
    Subcommand.ROLL_BACK,
    Subcommand.SNAPSHOTS,
    Subcommand.FAILED,
    Subcommand.CHANNEL,
    Subcommand.CHANNELS,
    Subcommand.FEEDBACK,
)
_WITH_TARGET = (Subcommand.ROLL_BACK, Subcommand.PURGE)


@dataclass(frozen=True, slots=True)
class Asked:
    """One action as somebody asked for it in Slack.

    `target` is a snapshot or a document. `response_url` answers them alone where they are, and is
    None in the Home tab; `channel` is the conversation, None there too. `trigger` opens a modal,
    once and for three seconds.
    """

    user: str
    subcommand: Subcommand
    target: str = ""
    channel: str | None = None
    thread_ts: str | None = None
    response_url: str | None = None
    trigger: str | None = None


def read_command(text: str) -> tuple[Subcommand, str] | None:
    """Return what was typed behind the command and its target; None when it is neither.

    Nothing typed asks for help.
    """
    # A name that is copied from a message of ours has the joiners in it that keep it from linking.
    text = html.unescape(text).replace("\N{WORD JOINER}", "")
    typed = " ".join(text.split()).casefold()
    for subcommand in _ALONE:
        if typed.replace(" --", " ") == subcommand.value:
            return subcommand, ""
    name, _, target = text.strip().partition(" ")
    for subcommand in _WITH_TARGET:
        if name.casefold() == subcommand.value and 0 < len(target.strip()) <= LONGEST_TARGET:
            return subcommand, target.strip()
    return None if typed else (Subcommand.HELP, "")
