"""The forms of Slack's blocks and elements, as far as an app may use them here.

A form says which fields there are, what each may hold, and which must be there; a field that Slack
does not know is refused, as Slack does. Sources: Slack's block reference, the models of slack_sdk
and the types of @slack/types; where they differ, the strictest.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Check = Callable[[Any], Iterator[str]]


@dataclass(frozen=True)
class Form:
    """The fields of a block or element: what must be there, and what at least one of must be."""

    fields: Mapping[str, Check]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()


def problems(node: object, forms: Mapping[str, Form], extra: str = "block_id") -> Iterator[str]:
    """Say what is wrong with a block or an element: it must have one of these forms."""
    if not isinstance(node, Mapping):
        yield "not an object"
        return
    kind = str(node.get("type"))
    if kind not in forms:
        yield f"type {kind}"
        return
    fields = {**forms[kind].fields, "type": anything}
    if extra:
        fields.setdefault(extra, string(255))
    for problem in _fields(node, Form(fields, forms[kind].required, forms[kind].one_of)):
        yield f"{kind}.{problem}"


def _fields(node: Mapping[str, Any], form: Form) -> Iterator[str]:
    for name, value in node.items():
        if name not in form.fields:
            yield f"{name}: unknown"
            continue
        for problem in form.fields[name](value):
            yield f"{name}: {problem}"
    for name in form.required:
        if name not in node:
            yield f"{name}: missing"
    if form.one_of and not any(node.get(name) for name in form.one_of):
        yield f"{' or '.join(form.one_of)}: missing"


# What a field may hold


def anything(_: object) -> Iterator[str]:
    """Take whatever is there."""
    yield from ()


def flag(value: object) -> Iterator[str]:
    """Take true or false."""
    if not isinstance(value, bool):
        yield "not true or false"


def number(value: object) -> Iterator[str]:
    """Take a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        yield "not a whole number"


def string(most: int, least: int = 1, pattern: str = "") -> Check:
    """Take a string of so many characters."""

    def check(value: object) -> Iterator[str]:
        if not isinstance(value, str):
            yield "not a string"
        elif not least <= len(value) <= most:
            yield f"{len(value)} characters, not {least} to {most}"
        elif pattern and not re.fullmatch(pattern, value):
            yield "not in its form"

    return check


def word(*words: str) -> Check:
    """Take one of these words."""

    def check(value: object) -> Iterator[str]:
        if value not in words:
            yield f"{value!r} is none of {', '.join(words)}"

    return check


def text(most: int, *kinds: str) -> Check:
    """Take a text object: of either kind, or of the kinds named."""
    allowed = kinds or ("plain_text", "mrkdwn")

    def check(value: object) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield "not a text object"
            return
        kind = value.get("type")
        own = {"plain_text": {"emoji": flag}, "mrkdwn": {"verbatim": flag}}
        if kind not in allowed:
            yield f"text of type {kind}"
            return
        fields = {"type": anything, "text": string(most), **own[str(kind)]}
        yield from _fields(value, Form(fields, ("text",)))

    return check


def plain(most: int) -> Check:
    """Take a plain text object."""
    return text(most, "plain_text")


def listed(each: Check, most: int, least: int = 1) -> Check:
    """Take a list of so many."""

    def check(value: object) -> Iterator[str]:
        if not isinstance(value, list):
            yield "not a list"
            return
        if not least <= len(value) <= most:
            yield f"{len(value)} items, not {least} to {most}"
        for item in value:
            yield from each(item)

    return check


def shaped(fields: Mapping[str, Check], *required: str) -> Check:
    """Take an object with these fields."""

    def check(value: object) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield "not an object"
        else:
            yield from _fields(value, Form(fields, required))

    return check


def element(*kinds: str) -> Check:
    """Take an element of one of these types."""

    def check(value: object) -> Iterator[str]:
        yield from problems(value, {kind: ELEMENTS[kind] for kind in kinds}, extra="")

    return check


def nested(*kinds: str) -> Check:
    """Take a part of a rich text, or a block inside a block."""

    def check(value: object) -> Iterator[str]:
        forms = {kind: RICH.get(kind) or BLOCKS[kind] for kind in kinds}
        yield from problems(value, forms, extra="block_id" if kinds[0] in BLOCKS else "")

    return check


OPTION = shaped(
    {
        "text": text(75),
        "value": string(150),
        "description": text(75),
        "url": string(3000),
    },
    "text",
    "value",
)
OPTION_GROUP = shaped({"label": plain(75), "options": listed(OPTION, 100)}, "label", "options")
CONFIRM = shaped(
    {
        "title": plain(100),
        "text": text(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style": word("primary", "danger"),
    },
    "title",
    "text",
)
ACTION_ID = string(255)
PLACEHOLDER = plain(150)
DATE = string(10, 10, r"\d{4}-\d\d-\d\d")
DISPATCH = shaped({"trigger_actions_on": listed(anything, 2)})
_CHOICES: dict[str, Check] = {
    "action_id": ACTION_ID,
    "confirm": CONFIRM,
    "focus_on_load": flag,
}
_SELECT: dict[str, Check] = {**_CHOICES, "placeholder": PLACEHOLDER}
_MULTI: dict[str, Check] = {**_SELECT, "max_selected_items": number}
_STATIC: dict[str, Check] = {
    "options": listed(OPTION, 100),
    "option_groups": listed(OPTION_GROUP, 100),
}
_INPUT: dict[str, Check] = {
    "action_id": ACTION_ID,
    "placeholder": PLACEHOLDER,
    "focus_on_load": flag,
    "dispatch_action_config": DISPATCH,
}
_FEEDBACK = shaped(
    {"text": plain(75), "value": string(2000), "accessibility_label": string(75)}, "text", "value"
)


def _ids(name: str) -> dict[str, Check]:
    return {f"initial_{name}s": listed(string(50), 100), f"initial_{name}": string(50)}


ELEMENTS: Mapping[str, Form] = {
    "button": Form(
        {
            "action_id": ACTION_ID,
            "text": plain(75),
            "value": string(2000),
            "url": string(3000),
            "style": word("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
        ("text", "action_id"),
    ),
    "static_select": Form(
        {**_SELECT, **_STATIC, "initial_option": OPTION},
        ("action_id",),
        ("options", "option_groups"),
    ),
    "multi_static_select": Form(
        {**_MULTI, **_STATIC, "initial_options": listed(OPTION, 100)},
        ("action_id",),
        ("options", "option_groups"),
    ),
    "external_select": Form(
        {**_SELECT, "initial_option": OPTION, "min_query_length": number}, ("action_id",)
    ),
    "radio_buttons": Form(
        {**_CHOICES, "options": listed(OPTION, 10), "initial_option": OPTION},
        ("action_id", "options"),
    ),
    "checkboxes": Form(
        {**_CHOICES, "options": listed(OPTION, 10), "initial_options": listed(OPTION, 10)},
        ("action_id", "options"),
    ),
    "overflow": Form(
        {"action_id": ACTION_ID, "options": listed(OPTION, 5), "confirm": CONFIRM},
        ("action_id", "options"),
    ),
    "datepicker": Form({**_SELECT, "initial_date": DATE}, ("action_id",)),
    "plain_text_input": Form(
        {
            **_INPUT,
            "initial_value": string(3000),
            "multiline": flag,
            "min_length": number,
            "max_length": number,
        },
        ("action_id",),
    ),
    "email_text_input": Form({**_INPUT, "initial_value": string(3000)}, ("action_id",)),
    "users_select": Form({**_SELECT, **_ids("user")}, ("action_id",)),
    "multi_users_select": Form({**_MULTI, **_ids("user")}, ("action_id",)),
    "channels_select": Form(
        {**_SELECT, **_ids("channel"), "response_url_enabled": flag}, ("action_id",)
    ),
    "multi_channels_select": Form({**_MULTI, **_ids("channel")}, ("action_id",)),
    "conversations_select": Form(
        {
            **_SELECT,
            **_ids("conversation"),
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": anything,
        },
        ("action_id",),
    ),
    "multi_conversations_select": Form(
        {**_MULTI, **_ids("conversation"), "filter": anything}, ("action_id",)
    ),
    "image": Form({"image_url": string(3000), "alt_text": string(2000)}, ("image_url", "alt_text")),
    "feedback_buttons": Form(
        {"action_id": ACTION_ID, "positive_button": _FEEDBACK, "negative_button": _FEEDBACK},
        ("positive_button", "negative_button"),
    ),
    "icon_button": Form(
        {
            "action_id": ACTION_ID,
            "icon": word("trash"),
            "text": plain(75),
            "value": string(2000),
            "accessibility_label": string(75),
            "confirm": CONFIRM,
            "visible_to_user_ids": listed(string(50), 100),
        },
        ("icon", "text"),
    ),
    "plain_text": Form({"text": string(3000), "emoji": flag}, ("text",)),
    "mrkdwn": Form({"text": string(3000), "verbatim": flag}, ("text",)),
    "url": Form({"url": string(3000), "text": string(3000)}, ("url", "text")),
}
_SELECTS = tuple(kind for kind in ELEMENTS if kind.endswith("_select"))
_BUTTONS = ("button", "overflow", "datepicker", "radio_buttons", "checkboxes")

_STYLE = shaped(dict.fromkeys(("bold", "italic", "strike", "code"), flag))
_LEAVES = ("text", "link", "user", "usergroup", "channel", "emoji", "date", "broadcast")
RICH: Mapping[str, Form] = {
    "text": Form({"text": string(3000), "style": _STYLE}, ("text",)),
    "link": Form(
        {"url": string(3000), "text": string(3000), "style": _STYLE, "unsafe": flag}, ("url",)
    ),
    "user": Form({"user_id": string(50), "style": _STYLE}, ("user_id",)),
    "usergroup": Form({"usergroup_id": string(50), "style": _STYLE}, ("usergroup_id",)),
    "channel": Form({"channel_id": string(50), "style": _STYLE}, ("channel_id",)),
    "emoji": Form({"name": string(255), "unicode": string(50), "style": _STYLE}, ("name",)),
    "date": Form(
        {
            "timestamp": number,
            "format": string(255),
            "url": string(3000),
            "fallback": string(255),
            "style": _STYLE,
        },
        ("timestamp", "format"),
    ),
    "broadcast": Form({"range": word("here", "channel", "everyone"), "style": _STYLE}, ("range",)),
    "rich_text_section": Form({"elements": listed(nested(*_LEAVES), 500)}, ("elements",)),
    "rich_text_quote": Form(
        {"elements": listed(nested(*_LEAVES), 500), "border": number},
        ("elements",),
    ),
    "rich_text_preformatted": Form(
        {"elements": listed(nested("text", "link"), 500), "border": number},
        ("elements",),
    ),
    "rich_text_list": Form(
        {
            "elements": listed(nested("rich_text_section"), 500),
            "style": word("bullet", "ordered"),
            "indent": number,
            "offset": number,
            "border": number,
        },
        ("elements", "style"),
    ),
}
_RICH_BLOCKS = tuple(kind for kind in RICH if kind.startswith("rich_text_"))
_CELL: Check = nested("rich_text", "raw_text")
_TASK_STATUS = word("pending", "in_progress", "complete", "error")

BLOCKS: Mapping[str, Form] = {
    "section": Form(
        {
            "text": text(3000),
            "fields": listed(text(2000), 10),
            "accessory": element(*_BUTTONS, *_SELECTS, "image"),
            "expand": flag,
        },
        (),
        ("text", "fields"),
    ),
    "header": Form({"text": plain(150)}, ("text",)),
    "divider": Form({}),
    "context": Form(
        {"elements": listed(element("plain_text", "mrkdwn", "image"), 10)}, ("elements",)
    ),
    "actions": Form({"elements": listed(element(*_BUTTONS, *_SELECTS), 25)}, ("elements",)),
    "context_actions": Form(
        {"elements": listed(element("feedback_buttons", "icon_button"), 5)}, ("elements",)
    ),
    "image": Form(
        {"image_url": string(3000), "alt_text": string(2000), "title": plain(2000)},
        ("image_url", "alt_text"),
    ),
    "input": Form(
        {
            "label": plain(2000),
            "hint": plain(2000),
            "optional": flag,
            "dispatch_action": flag,
            "element": element(
                *_SELECTS,
                "plain_text_input",
                "email_text_input",
                "radio_buttons",
                "checkboxes",
                "datepicker",
            ),
        },
        ("label", "element"),
    ),
    "markdown": Form({"text": string(12_000)}, ("text",)),
    "rich_text": Form({"elements": listed(nested(*_RICH_BLOCKS), 500)}, ("elements",)),
    "raw_text": Form({"text": string(3000)}, ("text",)),
    "table": Form(
        {"rows": listed(listed(_CELL, 20), 100), "column_settings": listed(anything, 20)},
        ("rows",),
    ),
    "task_card": Form(
        {
            "task_id": string(255),
            "title": string(256),
            "status": _TASK_STATUS,
            "details": nested("rich_text"),
            "output": nested("rich_text"),
            "sources": listed(element("url"), 50),
        },
        ("task_id", "title"),
    ),
}
MESSAGE_BLOCKS = {kind: form for kind, form in BLOCKS.items() if kind != "raw_text"}
VIEW_BLOCKS = {
    kind: BLOCKS[kind]
    for kind in (
        "actions",
        "context",
        "divider",
        "header",
        "image",
        "input",
        "rich_text",
        "section",
    )
}
CHUNKS: Mapping[str, Form] = {
    "markdown_text": Form({"text": string(12_000)}, ("text",)),
    "plan_update": Form({"title": string(256)}, ("title",)),
    "task_update": Form(
        {
            "id": string(255),
            "title": string(256),
            "status": _TASK_STATUS,
            "details": string(256),
            "output": string(256),
            "sources": listed(element("url"), 50),
        },
        ("id", "title", "status"),
    ),
    "blocks": Form({"blocks": anything}, ("blocks",)),
}
