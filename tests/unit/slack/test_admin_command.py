"""The words behind the administrators' command."""

import pytest

from assistant.domain.releases import Action
from assistant.slack.admin.command import Subcommand, read_command


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", (Subcommand.HELP, "")),
        ("  ", (Subcommand.HELP, "")),
        ("help", (Subcommand.HELP, "")),
        ("Status", (Subcommand.STATUS, "")),
        ("preview", (Subcommand.PREVIEW, "")),
        ("reload", (Subcommand.RELOAD, "")),
        (" reload   allow-shrink ", (Subcommand.RELOAD_SMALLER, "")),
        ("reload --allow-shrink", (Subcommand.RELOAD_SMALLER, "")),
        ("rollback", (Subcommand.ROLL_BACK, "")),
        ("rollback 2026-10-08", (Subcommand.ROLL_BACK, "2026-10-08")),
        ("snapshots", (Subcommand.SNAPSHOTS, "")),
        ("failed", (Subcommand.FAILED, "")),
        ("purge a b/Two  Words &amp; more.pdf", (Subcommand.PURGE, "a b/Two  Words & more.pdf")),
        ("PURGE cycle\u2060.md", (Subcommand.PURGE, "cycle.md")),
        ("purge .hidden.md", (Subcommand.PURGE, ".hidden.md")),
    ],
)
def test_what_is_typed_is_read(typed: str, asked: tuple[Subcommand, str]) -> None:
    assert read_command(typed) == asked


@pytest.mark.parametrize(
    "typed",
    [
        *("explode", "reload now", "status please", "purge", "purge  ", "purge " + "x" * 1001),
        *("offer", "purge-confirmed", "reloadallow-shrink"),
    ],
)
def test_what_is_none_of_them_is_not_guessed(typed: str) -> None:
    assert read_command(typed) is None


def test_a_purge_is_never_carried_out_by_typing_alone() -> None:
    asked = read_command("purge confirmed")
    assert asked == (Subcommand.PURGE, "confirmed")


def test_what_changes_the_corpus_has_its_own_name_in_the_audit_log() -> None:
    named = {each: each.action for each in Subcommand if each.action is not Action.STATUS}
    assert named == {
        Subcommand.PREVIEW: Action.PREVIEW,
        Subcommand.RELOAD: Action.RELOAD,
        Subcommand.RELOAD_SMALLER: Action.RELOAD,
        Subcommand.ROLL_BACK: Action.ROLL_BACK,
        Subcommand.PURGE: Action.PURGE,
        Subcommand.PURGE_CONFIRMED: Action.PURGE,
        Subcommand.OFFER: Action.OFFER,
        Subcommand.CHANNEL: Action.CHANNEL,
    }
