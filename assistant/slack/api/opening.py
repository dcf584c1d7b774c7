"""Opening a modal that is filled later, also where Slack's reply to it is lost."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import structlog
from slack_sdk import WebClient

from assistant.slack.api.clients import SlackCallError, called

# Seconds between looks for a modal that Slack may be about to open.
PAUSES = (0.2, 0.4, 0.8)
# Seconds between looks for a modal that Slack is told of in an acknowledgement.
PAUSES_BEFORE_FILLING = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)

_log = structlog.get_logger()


def opened(opening: WebClient, reading: WebClient, trigger: str, view: Mapping[str, Any]) -> str:
    """Open a modal and return its id; raises SlackCallError where it does not stand.

    `opening` waits for Slack no longer than a trigger lasts. What it was not told of in that time
    may stand all the same, so that `reading` looks for it by an id of ours.
    """
    marked = {**view, "external_id": uuid4().hex}
    try:
        answer = called(opening.views_open, trigger_id=trigger, view=marked)
    except SlackCallError as error:
        if not error.is_lost:
            raise
        answer = _found(reading, marked)
    return str((answer.get("view") or {}).get("id") or "")


def fill(updating: WebClient, external_id: str, view: Mapping[str, Any]) -> None:
    """Show `view` in the modal with an id of ours; what was closed meanwhile is left."""
    for pause in (*PAUSES_BEFORE_FILLING, None):
        try:
            called(updating.views_update, external_id=external_id, view=dict(view))
        except SlackCallError as error:
            # What is told in an acknowledgement is there a moment after it was sent.
            if (error.code == "not_found" or error.is_lost) and pause is not None:
                time.sleep(pause)
                continue
            # Whoever closed it meanwhile sees it in the Home tab.
            _log.info("form_not_filled", code=error.code)
        return


def _found(reading: WebClient, marked: Mapping[str, Any]) -> Mapping[str, Any]:
    for pause in PAUSES:
        try:
            return called(reading.views_update, external_id=marked["external_id"], view=marked)
        except SlackCallError as error:
            if error.code != "not_found":
                raise
        time.sleep(pause)
    return called(reading.views_update, external_id=marked["external_id"], view=marked)
