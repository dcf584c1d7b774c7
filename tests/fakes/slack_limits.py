"""What Slack refuses in messages, streams and views: forms, counts, lengths and places."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.fakes.slack.facts import SlackRefusesError
from tests.fakes.slack.forms import (
    CHUNKS,
    MESSAGE_BLOCKS,
    OPTION,
    OPTION_GROUP,
    VIEW_BLOCKS,
    Form,
    listed,
    plain,
    problems,
)

Block = Mapping[str, Any]

LONGEST_TEXT = 40_000
LONGEST_MARKDOWN = 12_000
# Documented for markdown blocks alone; measured a little lower for others.
MOST_SHOWN = 11_000
MOST_BLOCKS = 50
MOST_VIEW_BLOCKS = 100
MOST_ATTACHMENTS = 100
MOST_VIEW_BYTES = 250_000
LONGEST_TITLE = 24
MOST_METADATA = 8000
MOST_OPTIONS = 100

_VIEW_STRINGS = {"private_metadata": 3000, "callback_id": 255, "external_id": 255}
_VIEW_FIELDS = frozenset(
    {
        "type",
        "title",
        "blocks",
        "submit",
        "close",
        "private_metadata",
        "callback_id",
        "clear_on_close",
        "notify_on_close",
        "external_id",
        "submit_disabled",
    }
)

__all__ = ["SlackRefusesError"]


def refuse_bad_message(sent: Mapping[str, Any]) -> None:
    """Refuse what Slack refuses in a message."""
    blocks = blocks_of(sent)
    if sent.get("markdown_text"):
        if sent.get("text") or blocks:
            raise SlackRefusesError("markdown_text_conflict")
        if len(sent["markdown_text"]) > LONGEST_MARKDOWN:
            raise SlackRefusesError("msg_too_long", "markdown_text over 12,000 characters")
    else:
        _refuse_without_words(sent, blocks)
    if len(sent.get("text") or "") > LONGEST_TEXT:
        raise SlackRefusesError("msg_too_long", "text over 40,000 characters")
    if len(sent.get("attachments") or ()) > MOST_ATTACHMENTS:
        raise SlackRefusesError("too_many_attachments")
    refuse_bad_blocks(blocks)
    if sent.get("metadata"):
        metadata = sent["metadata"]
        refuse_bad_metadata(json.loads(metadata) if isinstance(metadata, str) else metadata)


def _refuse_without_words(sent: Mapping[str, Any], blocks: Sequence[Block]) -> None:
    if str(sent.get("text") or "").strip():
        return
    if blocks:
        # Slack takes it, and a screen reader or a notice then has nothing to say.
        raise SlackRefusesError("no_text", "a message of blocks has its words as text too")
    if not sent.get("attachments"):
        raise SlackRefusesError("no_text")


def refuse_bad_blocks(blocks: Sequence[Block]) -> None:
    """Refuse what Slack refuses in the blocks of a message."""
    if len(blocks) > MOST_BLOCKS:
        raise SlackRefusesError("invalid_blocks", f"{len(blocks)} blocks")
    for problem in _problems_of(blocks, MESSAGE_BLOCKS):
        raise SlackRefusesError("invalid_blocks", problem)
    if sum(block["type"] == "table" for block in blocks) > 1:
        raise SlackRefusesError("only_one_table_allowed")
    shown = sum(len(each) for each in texts(list(blocks)))
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if shown - markdown > MOST_SHOWN or shown > LONGEST_MARKDOWN:
        raise SlackRefusesError("msg_blocks_too_long", f"{shown} characters in blocks")


def refuse_bad_metadata(metadata: object) -> None:
    """Refuse metadata that is not an event with a flat payload, or too much of it."""
    if not isinstance(metadata, Mapping) or set(metadata) != {"event_type", "event_payload"}:
        raise SlackRefusesError("invalid_metadata_format", "event_type and event_payload")
    if not isinstance(metadata["event_type"], str) or not isinstance(
        metadata["event_payload"], Mapping
    ):
        raise SlackRefusesError("invalid_metadata_format", "types of event_type, event_payload")
    if len(json.dumps(metadata)) > MOST_METADATA:
        raise SlackRefusesError("metadata_too_large")


def refuse_bad_chunks(chunks: Sequence[Block]) -> None:
    """Refuse what Slack refuses in the chunks of a stream."""
    for chunk in chunks:
        for problem in problems(chunk, CHUNKS, extra=""):
            raise SlackRefusesError("invalid_chunks", problem)
    refuse_bad_blocks(
        [block for chunk in chunks if chunk["type"] == "blocks" for block in chunk["blocks"]]
    )
    if sum(len(each["text"]) for each in chunks if each["type"] == "markdown_text") > (
        LONGEST_MARKDOWN
    ):
        raise SlackRefusesError("msg_too_long", "markdown over 12,000 characters")


def refuse_bad_options(reply: Mapping[str, Any]) -> None:
    """Refuse what Slack refuses as the choices of an external select."""
    groups = reply.get("option_groups")
    check = listed(OPTION_GROUP, MOST_OPTIONS, 0) if groups else listed(OPTION, MOST_OPTIONS, 0)
    for problem in check(groups or reply.get("options")):
        raise SlackRefusesError("invalid_response", problem)


def refuse_bad_view(view: Mapping[str, Any], kind: str) -> None:
    """Refuse what Slack refuses in a modal or a Home tab."""
    for problem in _view_problems(view, kind):
        raise SlackRefusesError("invalid_arguments", problem)


def _view_problems(view: Mapping[str, Any], kind: str) -> Iterator[str]:
    blocks = blocks_of(view)
    if view.get("type") != kind:
        yield f"type {view.get('type')}"
    yield from (f"{name}: unknown" for name in view if name not in _VIEW_FIELDS)
    if not 1 <= len(blocks) <= MOST_VIEW_BLOCKS:
        yield f"{len(blocks)} blocks"
    yield from _problems_of(blocks, VIEW_BLOCKS)
    for name, most in _VIEW_STRINGS.items():
        if len(view.get(name, "")) > most:
            yield f"{name} over {most} characters"
    if len(json.dumps(view)) > MOST_VIEW_BYTES:
        yield f"over {MOST_VIEW_BYTES} bytes"
    if kind == "modal":
        yield from _modal_problems(view, blocks)


def _modal_problems(view: Mapping[str, Any], blocks: Sequence[Block]) -> Iterator[str]:
    for name in ("title", "submit", "close"):
        if name in view:
            for problem in plain(LONGEST_TITLE)(view[name]):
                yield f"{name}: {problem}"
    if "title" not in view:
        yield "title: missing"
    if "submit" not in view and any(block["type"] == "input" for block in blocks):
        yield "submit: missing beside an input"


def _problems_of(blocks: Sequence[Block], forms: Mapping[str, Form]) -> Iterator[str]:
    for block in blocks:
        yield from problems(block, forms)
        yield from _repeated_actions(block)
        yield from _unknown_choices(block)
    names = [block["block_id"] for block in blocks if "block_id" in block]
    if len(names) != len(set(names)):
        yield "block_id used twice"


def _repeated_actions(block: Block) -> Iterator[str]:
    names = [each["action_id"] for each in actions([block]) if "action_id" in each]
    if len(names) != len(set(names)):
        yield "action_id used twice in a block"


def _unknown_choices(block: Block) -> Iterator[str]:
    """What is chosen at first must be among the options, as it stands there."""
    for each in actions([block]):
        groups = each.get("option_groups") or [each]
        options = [option for group in groups for option in group.get("options") or ()]
        if each.get("type") == "external_select":
            continue
        first = [each["initial_option"]] if "initial_option" in each else []
        if any(option not in options for option in [*first, *each.get("initial_options", ())]):
            yield "initial option that is not an option"
        values = [option.get("value") for option in options]
        if len(values) != len(set(values)):
            yield "two options with one value"


def texts(node: object) -> Iterator[str]:
    """Give every visible text of some blocks."""
    if isinstance(node, list | tuple):
        for item in node:
            yield from texts(item)
    elif isinstance(node, Mapping):
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


def actions(blocks: object) -> Iterator[Block]:
    """Give every element that a person can use: what has an action_id, and feedback buttons."""
    return (
        node
        for node in _nodes(blocks)
        if "action_id" in node or node.get("type") == "feedback_buttons"
    )


def blocks_of(sent: Mapping[str, Any]) -> list[Any]:
    """Return the blocks of what was sent, as JSON or not; a list that may be empty."""
    value = sent.get("blocks")
    found = json.loads(value) if isinstance(value, str) else value
    return list(found) if isinstance(found, list | tuple) else []


def _nodes(node: object) -> Iterator[Block]:
    if isinstance(node, Mapping):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _nodes(item)
