"""Slack's way of writing a message, turned into a person's words and back."""

import html
import re
import unicodedata

_LABELLED = re.compile(r"<(?:[@#!]|https?://|mailto:)[^<>|]*\|([^<>]*)>")
_ADDRESS = re.compile(r"<((?:https?://|mailto:)[^<>|]*)>")
_BROADCAST = re.compile(r"<!(here|channel|everyone)>")
_PERSON = re.compile(r"<@[^<>|]*>")
_OTHER = re.compile(r"<[#!][^<>]*>")
_SPACE = re.compile(r"\s+")
_LEADING = re.compile(r"^[\s:,;.\-\u2013\u2014]+")

_JOINER = "\N{WORD JOINER}"
_ALIVE = re.compile(
    r"<(?=[!@#/\w])|[@#](?=\w)|:(?=//)|(?<=\bwww)(?=\.)|(?<=\bmailto):", re.IGNORECASE
)


def plain_question(text: str, bot_user: str) -> str:
    """Return what a person asked: the mention of the bot taken off, escapes as plain words."""
    text = re.sub(rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>", " ", text)
    text = _LABELLED.sub(r"\1", text)
    text = _ADDRESS.sub(lambda found: found[1].removeprefix("mailto:"), text)
    text = _BROADCAST.sub(r"\1", text)
    text = _OTHER.sub(" ", _PERSON.sub("somebody", text))
    text = "".join(c for c in html.unescape(text) if c.isspace() or not _invisible(c))
    return _LEADING.sub("", _SPACE.sub(" ", text)).strip()


def defused(text: str) -> str:
    """Return the text so that nothing in it notifies anybody or becomes a link, anywhere.

    A word joiner, which is not seen, parts the signs that Slack and its clients look for; the
    words stay as they are.
    """
    return _ALIVE.sub(lambda found: found[0] + _JOINER, text)


def escaped(text: str) -> str:
    """Return the text as Slack's mrkdwn wants it: the three control characters as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """Undo `escaped` and `defused`."""
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return plain.replace(_JOINER, "")


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs")
