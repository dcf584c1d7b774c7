"""Looking into a thread: whether anybody but its asker and the assistant has spoken there."""

from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient

from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.heard.hearing import is_persons
from assistant.store.threads import Place

# Five pages are read within the time that Slack gives; who wrote so much is not alone.
MOST_PAGES = 5
PAGE = 200


class Looking:
    """Reads who wrote in a thread, and nothing else of it."""

    def __init__(self, client: WebClient, bot_user: str) -> None:
        """`client` should not wait long: Slack waits for the acknowledgement meanwhile."""
        self._client = client
        self._bot_user = bot_user

    def others_spoke(self, place: Place, asker: str) -> bool:
        """Return whether another person's post is in the thread, or cannot be ruled out.

        Raises SlackCallError when Slack may say it a little later.
        """
        cursor = ""
        for _ in range(MOST_PAGES):
            try:
                page = self._page(place, cursor)
            except SlackCallError as error:
                if error.is_lost or error.retry_after is not None:
                    raise
                return True
            messages = page.get("messages") or ()
            if any(self._is_anothers(message, asker) for message in messages):
                return True
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return False
        return True

    def _page(self, place: Place, cursor: str) -> Mapping[str, Any]:
        more = {"cursor": cursor} if cursor else {}
        return called(
            self._client.conversations_replies,
            channel=place.channel,
            ts=place.thread_ts,
            limit=PAGE,
            **more,
        )

    def _is_anothers(self, message: Mapping[str, Any], asker: str) -> bool:
        user = message.get("user")
        return is_persons(message) and user not in (None, asker, self._bot_user, "USLACKBOT")
