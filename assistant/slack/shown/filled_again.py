"""A form that could not be taken, shown again as it was filled: pure functions."""

from collections.abc import Iterator, Mapping
from typing import Any

from assistant.slack.shown.blocks import JsonBlock, text_blocks

MOST_BLOCKS = 100
NOT_TAKEN = "not_taken"
_KEPT = ("type", "callback_id", "private_metadata", "title", "submit", "close")
_BEGINS, _CHOSEN = "initial_", "selected_"


def filled_again(view: Mapping[str, Any], sentence: str) -> dict[str, Any]:
    """Return a form that was sent, filled as it was, with a sentence above it.

    `view` is what Slack sends of it; `sentence` is in the reader's language. What the form
    remembers stays as it is.
    """
    (first, *_) = text_blocks(sentence)
    above: list[JsonBlock] = [{**first.block, "block_id": NOT_TAKEN}]
    below = list(_filled(view))
    while len(above) + len(below) > MOST_BLOCKS:
        # Words to read give way, fields do not.
        below.remove(next(block for block in reversed(below) if block.get("type") != "input"))
    kept = {field: view[field] for field in _KEPT if view.get(field)}
    return {**kept, "blocks": [*above, *below]}


def _filled(view: Mapping[str, Any]) -> Iterator[JsonBlock]:
    values = (view.get("state") or {}).get("values") or {}
    for block in view.get("blocks") or ():
        element = block.get("element") or {}
        state = (values.get(block.get("block_id")) or {}).get(element.get("action_id"))
        if block.get("block_id") == NOT_TAKEN:
            continue
        if block.get("type") != "input" or not isinstance(state, Mapping):
            yield dict(block)
        else:
            yield {**block, "element": _begun_with(element, state)}


def _begun_with(element: Mapping[str, Any], state: Mapping[str, Any]) -> JsonBlock:
    """Return an element that begins with what was written or chosen in it."""
    empty = {field: value for field, value in element.items() if not field.startswith(_BEGINS)}
    filled = {
        _BEGINS + field.removeprefix(_CHOSEN): _offered(element, value)
        for field, value in state.items()
        if value and (field == "value" or field.startswith(_CHOSEN))
    }
    return {**empty, **filled}


def _offered(element: Mapping[str, Any], chosen: Any) -> Any:
    """Return a choice as the form offers it: Slack compares the two, word for word."""
    if isinstance(chosen, list):
        return [_offered(element, each) for each in chosen]
    groups = [*(element.get("option_groups") or ()), {"options": element.get("options") or ()}]
    offered = [option for group in groups for option in group["options"]]
    if not isinstance(chosen, Mapping):
        return chosen
    return next((each for each in offered if each.get("value") == chosen.get("value")), chosen)
