"""Windows that are opened at a button of the Home tab: at once, and filled when that is known."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk import WebClient

from assistant.language import phrase, say
from assistant.slack.admin.reporting import Direct
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.opening import opened
from assistant.slack.shown import admin_sentences, sentences
from assistant.slack.shown.blocks import sentence_messages, text_blocks
from assistant.slack.shown.elements import modal

ONE_MOMENT = phrase("One moment, please.")
NOT_OPENED = phrase(
    "Slack did not open the window that you asked for in the Home tab. Please press there again."
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Windows:
    """Shows what a button asks for; who cannot be shown it is told so in the direct message.

    `opening` neither repeats nor waits, since a window can be opened once, and soon; what it then
    shows may take longer.
    """

    opening: WebClient
    reading: WebClient
    direct: Direct

    def show(self, user: str, trigger: str, title: str, make: Callable[[], dict[str, Any]]) -> None:
        """Open a window for `user`, and put in it the modal that `make` returns."""
        empty = modal(title, text_blocks(say(ONE_MOMENT)))
        try:
            view_id = opened(self.opening, self.reading, trigger, empty)
        except SlackCallError as error:
            _log.warning("window_not_opened", code=error.code)
            self.tell(user, say(NOT_OPENED))
            return
        try:
            made = make()
        except Exception as error:  # noqa: BLE001 - every failure ends in a sentence with a reference
            reference = uuid.uuid4().hex[:8]
            _log.error("window_not_made", reference=reference, exc_info=error)
            made = modal(title, text_blocks(sentences.failure(reference)))
        try:
            called(self.reading.views_update, view_id=view_id, view=made)
        except SlackCallError as error:
            _log.warning("window_not_filled", code=error.code)
            # Who closed it does not wait for it.
            if error.code != "not_found":
                self.tell(user, say(NOT_OPENED))

    def say_busy(self, user: str) -> None:
        """Say that too much waits already."""
        self.tell(user, say(admin_sentences.BUSY))

    def tell(self, user: str, sentence: str) -> None:
        """Say a sentence in the direct message, as far as that can be done."""
        try:
            self.direct.post(self.direct.channel(user), sentence_messages(sentence))
        except SlackCallError as error:
            _log.warning("person_not_told", code=error.code)
