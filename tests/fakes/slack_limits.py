"""What Slack refuses in messages and views: counts, lengths and places of blocks."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Block = Mapping[str, Any]

MESSAGE_BLOCKS = frozenset(
    {"actions", "context", "divider", "header", "rich_text", "section", "markdown"}
)
VIEW_BLOCKS = (MESSAGE_BLOCKS | {"input"}) - {"markdown"}
# The longest text of each field that is a text object, and of each that is a plain string.
TEXT_OF = {
    "button": {"text": 75},
    "option": {"text": 75},
    "confirm": {"title": 100, "text": 300, "confirm": 30, "deny": 30},
    "input": {"label": 2000, "hint": 2000},
}
STRING_OF = {
    "button": {"value": 2000, "url": 3000, "action_id": 255},
    "option": {"value": 150},
    "plain_text_input": {"initial_value": 3000, "action_id": 255},
}


class SlackRefusesError(Exception):
    """What Slack answers with `ok: false`."""


def refuse_bad_message(sent: Mapping[str, Any]) -> None:
    """Refuse what Slack refuses in a message."""
    blocks = _list(sent.get("blocks"))
    if not sent.get("text") and not blocks:
        raise SlackRefusesError("no_text")
    if len(sent.get("text") or "") > 40_000:
        raise SlackRefusesError("msg_too_long")
    if len(blocks) > 50:
        raise SlackRefusesError("invalid_blocks")
    shown = 0
    for text in texts(blocks):
        if not 1 <= len(text) <= 3000:
            raise SlackRefusesError("invalid_blocks")
        shown += len(text)
    if shown > 12_000:
        raise SlackRefusesError("msg_blocks_too_long")
    if not _are_good(blocks, MESSAGE_BLOCKS):
        raise SlackRefusesError("invalid_blocks")


def refuse_bad_view(view: Mapping[str, Any], kind: str) -> None:
    """Refuse what Slack refuses in a modal or a Home tab."""
    blocks = _list(view.get("blocks"))
    is_good = (
        view.get("type") == kind
        and 1 <= len(blocks) <= 100
        and _are_good(blocks, VIEW_BLOCKS)
        and all(1 <= len(text) <= 3000 for text in texts(blocks))
        and len(view.get("private_metadata", "")) <= 3000
        and len(view.get("callback_id", "")) <= 255
        and len(json.dumps(view)) <= 250_000
    )
    if kind == "modal":
        is_good = is_good and 1 <= len(view.get("title", {}).get("text", "")) <= 24
        is_good = is_good and all(
            1 <= len(view[each]["text"]) <= 24 for each in ("submit", "close") if each in view
        )
        has_input = any(block["type"] == "input" for block in blocks)
        is_good = is_good and ("submit" in view or not has_input)
    if not is_good:
        raise SlackRefusesError("invalid_arguments")


def texts(node: object) -> Iterator[str]:
    """Give every visible text of some blocks."""
    if isinstance(node, list):
        for item in node:
            yield from texts(item)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name == "text" and isinstance(value, str):
                yield value
            else:
                yield from texts(value)


def seen(text: str) -> str:
    """Return a text as a person sees it: without word joiners, which show as nothing."""
    return text.replace("\N{WORD JOINER}", "")


def buttons(blocks: object) -> Iterator[Block]:
    """Give every button of some blocks."""
    return (node for node in _nodes(blocks) if node.get("type") == "button")


def _are_good(blocks: list[Block], allowed: frozenset[str]) -> bool:
    names = [block["block_id"] for block in blocks if "block_id" in block]
    return len(names) == len(set(names)) and all(_is_good(block, allowed) for block in blocks)


def _is_good(block: Block, allowed: frozenset[str]) -> bool:
    if block.get("type") not in allowed or len(block.get("block_id", "")) > 255:
        return False
    elements = block.get("elements") or []
    most = {"actions": 25, "context": 10}.get(block["type"])
    if most is not None and not 1 <= len(elements) <= most:
        return False
    names = [each["action_id"] for each in elements if "action_id" in each]
    if len(names) != len(set(names)):
        return False
    return all(_keeps_lengths(node) for node in _nodes(block))


def _keeps_lengths(node: Block) -> bool:
    kind = str(node.get("type") or ("option" if "value" in node else ""))
    if kind == "static_select" and not 1 <= len(node.get("options", [])) <= 100:
        return False
    if kind == "button" and "confirm" in node and not _within(node["confirm"], TEXT_OF["confirm"]):
        return False
    strings = STRING_OF.get(kind, {})
    return _within(node, TEXT_OF.get(kind, {})) and all(
        1 <= len(node[name]) <= most for name, most in strings.items() if name in node
    )


def _within(node: Block, lengths: Mapping[str, int]) -> bool:
    return all(
        1 <= len(node[name]["text"]) <= most for name, most in lengths.items() if name in node
    )


def _nodes(node: object) -> Iterator[Block]:
    if isinstance(node, Mapping):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _nodes(item)


def _list(value: object) -> list[Block]:
    found = json.loads(value) if isinstance(value, str) else value
    return found if isinstance(found, list) else []
