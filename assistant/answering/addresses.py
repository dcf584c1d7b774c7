"""What Slack or a browser makes a link or a mention of: no chat model sees it or says it."""

import re

_TOP_LEVEL = (
    "com|org|net|int|edu|gov|info|biz|io|ly|co|app|dev|ai|eu|uk|scot|wales|cymru|london|ie|fr|de"
    "|us|ca|au|nz"
)
# A bare `example.org/page` is among them.
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,20}://\S+|www\.\S+|\b(?:mailto|tel|javascript|data):\S+"
    r"|[\w.+-]{1,80}@[\w-]{1,80}\.\w+|<[^>]{0,200}\|[^>]*>|<[@#!][^>]*>|\]\([^)]*\)"
    rf"|\b(?:[a-z0-9-]{{1,63}}\.){{1,8}}(?:{_TOP_LEVEL})\b(?:[/:?#]\S*)?"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b|@(?:channel|here|everyone)\b",
    re.IGNORECASE,
)


def has_address(text: str) -> bool:
    """Whether a text holds an address, a link or a mention."""
    return _ADDRESS.search(text) is not None


def without_addresses(text: str) -> str:
    """Return a text with a remark in place of each address."""
    return _ADDRESS.sub("(address left out)", text)
