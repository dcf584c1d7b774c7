"""Who sends files in a direct message and is an administrator may offer them for the corpus."""

import structlog
from slack_sdk import WebClient

from assistant.slack.admin.offer_form import SentFile, files_in, invitation
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.rights.administrators import Administrators
from assistant.slack.shown.blocks import Message
from assistant.store.inbox import InboxQuestion

_log = structlog.get_logger()


class Inviting:
    """Says what goes with the answer to a message with files."""

    def __init__(self, administrators: Administrators, client: WebClient) -> None:
        self._administrators = administrators
        self._client = client

    def __call__(self, question: InboxQuestion) -> tuple[Message, ...]:
        """Return the invitation to offer the files, for an administrator's direct message."""
        asked = question.asked
        if asked.channel_type != "im" or not self._administrators.is_one(asked.user):
            return ()
        try:
            files = self._files(question)
        except SlackCallError as error:
            _log.warning("files_not_told", code=error.code)
            return ()
        return invitation(files) if files else ()

    def _files(self, question: InboxQuestion) -> tuple[SentFile, ...]:
        """Return the files of the message; the inbox knows only that there are some."""
        asked = question.asked
        answer = called(
            self._client.conversations_replies,
            channel=asked.channel,
            ts=asked.thread_ts,
            oldest=asked.ts,
            latest=asked.ts,
            inclusive=True,
            limit=10,
        )
        messages = answer.get("messages") or ()
        return next((files_in(each) for each in messages if each.get("ts") == asked.ts), ())
