"""What a new steward is told: a pure function."""

from assistant.domain.networks import Network
from assistant.language import say
from assistant.slack.networks import managing_blocks as blocks
from assistant.slack.networks import managing_words as words
from assistant.slack.shown.blocks import Message, context_blocks, inert, messages_of, text_blocks
from assistant.slack.shown.elements import button, buttons
from assistant.slack.shown.lines import name


def new_steward_message(network: Network) -> Message:
    """Return what somebody is told who was named a steward, with a button to the network's page."""
    called = inert(name(network.name, 60))
    label = say(words.OPEN_LABEL, name=called)
    return messages_of(
        [
            *text_blocks(say(words.STEWARD_TOLD, name=called)),
            *text_blocks(name(network.purpose, 500)),
            *context_blocks(say(words.STEWARD_NEXT)),
            buttons(button(say(words.OPEN), label, blocks.OPEN_ACTION, network.id)),
        ]
    )[0]
