"""The app's Home tab: for administrators how the corpus stands, for everyone else what to ask."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from slack_sdk import WebClient

from assistant.slack import admin_sentences, sentences
from assistant.slack.admin_blocks import button, buttons, main_buttons, section_blocks
from assistant.slack.admin_command import Subcommand
from assistant.slack.admin_reports import (
    CorpusState,
    failed_section,
    snapshot_blocks,
    status_lines,
)
from assistant.slack.administrators import Administrators
from assistant.slack.blocks import Shown, heading_block, text_blocks
from assistant.slack.clients import SlackCallError, called
from assistant.slack.directory import Directory
from assistant.slack.readers import refusal_alone

MOST_BLOCKS = 95
MOST_FAILED = 10
MOST_SNAPSHOTS = 15

_log = structlog.get_logger()


def administrators_view(state: CorpusState) -> dict[str, Any]:
    """Return the Home tab of an administrator."""
    shown = [heading_block("The corpus"), *status_lines(state), main_buttons()]
    if state.last is not None and state.last.failed:
        shown += section_blocks([failed_section(state.last.failed)], MOST_FAILED)
        if len(state.last.failed) > MOST_FAILED:
            shown.append(buttons(button("All that failed", Subcommand.FAILED)))
    if state.snapshots:
        shown.append(heading_block("Snapshots"))
    for entry in state.snapshots[:MOST_SNAPSHOTS]:
        shown += snapshot_blocks(entry)
    if len(state.snapshots) > MOST_SNAPSHOTS:
        shown.append(buttons(button("All snapshots", Subcommand.SNAPSHOTS)))
    return _view(shown)


def members_view(refusal: str | None) -> dict[str, Any]:
    """Return the Home tab of everyone else; `refusal` says why they would not be answered."""
    shown = list(text_blocks(admin_sentences.HOME_WHAT))
    if refusal is not None:
        return _view([*shown, *text_blocks(refusal)])
    examples = "\n".join(f"- {message}" for _, message in sentences.PROMPTS)
    return _view(
        [
            *shown,
            *text_blocks(admin_sentences.HOME_HOW),
            heading_block(admin_sentences.HOME_EXAMPLES),
            *text_blocks(examples),
        ]
    )


class Home:
    """Publishes the Home tab."""

    def __init__(
        self,
        client: WebClient,
        administrators: Administrators,
        team: str,
        state: Callable[[], CorpusState],
    ) -> None:
        self._client = client
        self._administrators = administrators
        self._directory = Directory(client)
        self._team = team
        self._state = state

    def publish(self, user: str) -> None:
        """Show `user` the tab that is theirs; when Slack does not take it, it stays as it was."""
        if self._administrators.is_one(user):
            self._show(user, administrators_view(self._state()))
        else:
            self._show(user, members_view(self._refusal(user)))

    def refresh(self, user: str) -> None:
        """Show an administrator's tab anew after an action of theirs."""
        if self._administrators.is_one(user):
            self._show(user, administrators_view(self._state()))

    def _show(self, user: str, view: Mapping[str, Any]) -> None:
        try:
            called(self._client.views_publish, user_id=user, view=view)
        except SlackCallError as error:
            _log.warning("home_not_published", code=error.code)

    def _refusal(self, user: str) -> str | None:
        """Return why `user` would not be answered; when Slack does not say, the usual page."""
        try:
            return refusal_alone(self._directory.person(user), self._team)
        except SlackCallError as error:
            _log.warning("home_not_checked", code=error.code)
            return None


def _view(shown: Sequence[Shown]) -> dict[str, Any]:
    return {"type": "home", "blocks": [one.block for one in shown[:MOST_BLOCKS]]}
