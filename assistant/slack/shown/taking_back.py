"""The button with which somebody takes back what they showed to others."""

from dataclasses import replace

from assistant.language import phrase, say
from assistant.slack.shown.blocks import JsonBlock, Message
from assistant.slack.shown.elements import button, buttons

TAKE_BACK_ACTION = "sharing.take_back"
TAKE_BACK = phrase("Take it back")
TAKE_BACK_LABEL = phrase("Take back what you showed to others")


def with_take_back(message: Message, share_id: int) -> Message:
    """Return what somebody alone is told of a share of theirs, with the button below."""
    row = buttons(take_back_button(TAKE_BACK_ACTION, share_id))
    return replace(
        message, text=f"{message.text}\n{row.words}", blocks=(*message.blocks, row.block)
    )


def take_back_button(action: str, share_id: int) -> JsonBlock:
    """Return the button; `action` says where it stands."""
    return button(say(TAKE_BACK), say(TAKE_BACK_LABEL), action, str(share_id))
