"""What a shared answer looks like, and the buttons that share one: pure functions."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from assistant.language import phrase, say, say_day
from assistant.slack.shown.blocks import (
    LONGEST_TEXT,
    JsonBlock,
    Message,
    Shown,
    heading_block,
    inert,
    messages_of,
    sentence_messages,
    source_blocks,
    text_blocks,
)
from assistant.slack.shown.weaving import woven
from assistant.slack.shown.words import escaped
from assistant.store.turns_table import KeptAnswer

ELLIPSIS = "\u2026"
SHARE = "sharing.share"
ANEW = "sharing.anew"

SHARE_LABEL = phrase("Share with this channel")
ANEW_LABEL = phrase("Ask it here, for everyone")
NOT_READABLE_AT_ALL = phrase(
    "This answer rests on guidance that not everyone in this channel may read, so I cannot show it "
    "here; they can ask me themselves."
)
SHARED_BY = phrase("{person} shared an answer that the assistant gave them on {day}.")
ASKED_BY = phrase("{person} asks this for everyone here:")
SOMEBODY = phrase("A member of this channel")
SOURCES = phrase("Sources")
NOT_READABLE = phrase(
    "This answer rests on guidance that not everyone in this channel may read, so I cannot show it "
    "here; I can answer your question here anew, from what everyone may read."
)


def with_share(messages: Sequence[Message], inbox_id: int) -> tuple[Message, ...]:
    """Return an answer's messages with the button that shares it below the last."""
    last = _with_button(messages[-1], SHARE, say(SHARE_LABEL), inbox_id)
    return (*messages[:-1], last)


def with_anew(messages: Sequence[Message], inbox_id: int) -> tuple[Message, ...]:
    """Return an answer's messages with the button that asks again for everyone below the last."""
    last = _with_button(messages[-1], ANEW, say(ANEW_LABEL), inbox_id)
    return (*messages[:-1], last)


def not_readable(inbox_id: int, *, may_ask_anew: bool) -> Message:
    """Return the message that says why an answer cannot be shared, and offers to ask anew."""
    if not may_ask_anew:
        return sentence_messages(say(NOT_READABLE_AT_ALL))[0]
    return with_anew(sentence_messages(say(NOT_READABLE)), inbox_id)[0]


def shared_messages(kept: KeptAnswer) -> tuple[Message, ...]:
    """Return what a channel sees: who shared it, the question, the answer, its sources, the day."""
    return messages_of(
        [
            _opening(kept),
            _quoted(kept.question),
            *text_blocks(kept.answer),
            *_sources(kept),
        ]
    )


def asked_messages(kept: KeptAnswer) -> tuple[Message, ...]:
    """Return the post below which a question is answered anew."""
    opening = woven(ASKED_BY, person=(_person(kept.user), say(SOMEBODY)))
    return messages_of([opening, _quoted(kept.question)])


def is_readable(kept: KeptAnswer, audiences: Collection[str]) -> bool:
    """Whether readers of `audiences` may read every document that an answer rests on."""
    # What is known from its words alone cites nothing, and may rest on anything.
    known = bool(kept.citations) and kept.snapshot is not None
    return known and all(cited.audience in audiences for cited in kept.citations)


def _opening(kept: KeptAnswer) -> Shown:
    day = say_day(kept.answered_at)
    date: JsonBlock = {
        "type": "date",
        "timestamp": int(kept.answered_at.timestamp()),
        "format": "{date_long}",
        "fallback": day,
    }
    person = (_person(kept.user), say(SOMEBODY))
    return woven(SHARED_BY, person=person, day=(date, day))


def _person(user: str) -> JsonBlock:
    return {"type": "user", "user_id": user}


def _quoted(question: str) -> Shown:
    # A question may be a file alone, and what is made inert may be twice as long.
    words = inert(question.strip()) or ELLIPSIS
    pieces = [words[at : at + LONGEST_TEXT] for at in range(0, len(words), LONGEST_TEXT)]
    texts = [{"type": "text", "text": piece} for piece in pieces]
    quote = {"type": "rich_text_quote", "elements": texts}
    return Shown({"type": "rich_text", "elements": [quote]}, words)


def _sources(kept: KeptAnswer) -> Iterator[Shown]:
    if kept.citations:
        yield heading_block(say(SOURCES))
    for cited in kept.citations:
        yield from source_blocks(cited.line or f"[{cited.number}] {cited.document}", cited.url)


def _with_button(message: Message, action: str, label: str, inbox_id: int) -> Message:
    element: JsonBlock = {
        "type": "button",
        "text": {"type": "plain_text", "text": label, "emoji": False},
        "action_id": action,
        "value": str(inbox_id),
    }
    blocks = (*message.blocks, {"type": "actions", "elements": [element]})
    return replace(message, text=f"{message.text}\n{escaped(f'({label})')}", blocks=blocks)
