"""What Slack says of somebody's name and words, as they are now."""

from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient

from assistant.domain.characters import as_seen
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.shown.words import plain_question

LONGEST_NAME = 80


def name_of(reading: WebClient, user: str) -> str:
    """Return the name under which Slack shows somebody; raises SlackCallError."""
    facts = called(reading.users_info, user=user).get("user")
    facts = facts if isinstance(facts, Mapping) else {}
    profile = facts.get("profile")
    profile = profile if isinstance(profile, Mapping) else {}
    names = (profile.get("real_name"), facts.get("real_name"), profile.get("display_name"))
    named = next((str(name) for name in names if name), "")
    shown = " ".join(as_seen(named).split())[:LONGEST_NAME]
    if not shown:
        raise SlackCallError("no_name_in_answer")
    return shown


def words_of(message: Mapping[str, Any], bot_user: str) -> str:
    """Return what somebody wrote, in plain words, line by line."""
    lines = str(message.get("text") or "").splitlines()
    plain = (plain_question(line, bot_user) for line in lines)
    return "\n".join(line for line in plain if line)
