"""The buttons below an answer that lead to the networks."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.domain.answers import AnswerStatus
from assistant.language import phrase, say
from assistant.slack.shown.blocks import JsonBlock, Message

SHARE_ACTION = "networks.share"
CALL_ACTION = "networks.call"
PROPOSE_TERM_ACTION = "agreeing.propose_term"
LONGEST_TERM = 120

SHARE = phrase("Share with a network")
CALL = phrase("Ask a network")
SHARE_LABEL = phrase("Share this answer with one of your peer networks")
PROPOSE_FOR = phrase("Propose for a network")
PROPOSE_FOR_LABEL = phrase("Propose this definition to one of your peer networks")
CALL_LABEL = phrase("Ask the people of one of your peer networks this question")


def with_proposal_button(messages: Sequence[Message], term: str) -> tuple[Message, ...]:
    """Return what a term means, its last message with a button to propose it to a network."""
    *others, last = messages
    element = {
        "type": "button",
        "text": {"type": "plain_text", "text": say(PROPOSE_FOR), "emoji": False},
        "accessibility_label": say(PROPOSE_FOR_LABEL)[:75],
        "action_id": PROPOSE_TERM_ACTION,
        "value": term[:LONGEST_TERM] or "-",
    }
    return (
        *others,
        replace(last, blocks=(*last.blocks, {"type": "actions", "elements": [element]})),
    )


def with_network_buttons(
    messages: Sequence[Message], inbox_id: int, status: AnswerStatus
) -> tuple[Message, ...]:
    """Return an answer's messages, the last with buttons to share it and to ask a network.

    What is no answer can be asked only.
    """
    *others, last = messages
    elements = [_button(CALL, CALL_LABEL, CALL_ACTION, inbox_id)]
    if status.answers:
        elements.insert(0, _button(SHARE, SHARE_LABEL, SHARE_ACTION, inbox_id))
    block: JsonBlock = {"type": "actions", "elements": elements}
    return (*others, replace(last, blocks=(*last.blocks, block)))


def _button(words: str, label: str, action: str, inbox_id: int) -> JsonBlock:
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": say(words), "emoji": False},
        "accessibility_label": say(label)[:75],
        "action_id": action,
        "value": str(inbox_id),
    }
