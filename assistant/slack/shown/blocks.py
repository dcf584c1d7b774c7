"""Messages of blocks, made of an answer: pure functions, within Slack's limits.

Words from documents and people stand only in rich text and plain text, which Slack shows as they
are; the one piece of mrkdwn is a source's link, and its words are ours.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlsplit

from assistant.domain.answers import Answer, Citation
from assistant.domain.networks import AskedBefore
from assistant.language import phrase, say
from assistant.slack.shown.correct_button import correct_button
from assistant.slack.shown.words import defused, escaped

MOST_BLOCKS = 45
MOST_SHOWN = 9000
LONGEST_TEXT = 2900
LONGEST_FALLBACK = 3800
LONGEST_LINK = 2900

LINK_WORDS = phrase("Open the source")
NOTHING_TO_SAY = phrase("There is nothing to say to this question.")

_JOINER = "\N{WORD JOINER}"
_ALIVE = re.compile(
    r"(?<=\w)\.(?=[^\W\d_]{2})|\b(?:javascript|data|tel|sms|skype|file|slack):(?=\S)"
    r"|:(?=[a-z0-9_+'-]+:)|&(?=#?\w+;)",
    re.IGNORECASE,
)
# A host in plain letters: what looks like another host's name, or hides one, is not followed.
_HOST = re.compile(r"[a-z0-9]+(?:[.-]+[a-z0-9]+)*", re.IGNORECASE)
_ITEM = re.compile(r"^\s*[-*\u2022\u2023\u2013]\s+(?=\S)")

JsonBlock = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its blocks as Slack takes them, and the words for who sees no blocks."""

    text: str
    blocks: tuple[JsonBlock, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A block and the words of it that are seen."""

    block: JsonBlock
    words: str

    @property
    def length(self) -> int:
        """How many characters are seen."""
        return len(self.words)


def inert(text: str) -> str:
    """Return the text with nothing in it that is, or that a device may make, anything but words.

    Beyond `defused`: bare domains, addresses of other schemes, emoji codes and escapes within.
    """
    return _ALIVE.sub(lambda found: found[0] + _JOINER, defused(text))


def answer_messages(
    answer: Answer, *remarks: str, before: Sequence[Shown] = ()
) -> tuple[Message, ...]:
    """Return the messages that show `answer`, one unless it is long; `remarks` are ours.

    `before` stands above it.
    """
    nearest = () if answer.status.answers else answer.nearest
    notes = [note for note in (answer.note, *remarks) if note and note.strip()]
    labels = {s.label for s in answer.statements if s.label}
    # What was asked before is not said twice.
    is_said = answer.is_all_asked_before
    return messages_of(
        [
            *before,
            *(() if is_said else text_blocks(answer.text, labels)),
            *(shown for note in notes for shown in context_blocks(note)),
            *(asked_before_blocks(answer.asked_before) if answer.asked_before else ()),
            *(() if is_said else _source_blocks(say("Sources"), answer.citations)),
            *_source_blocks(say("Nearest sections"), nearest),
        ]
    )


def sentence_messages(sentence: str) -> tuple[Message, ...]:
    """Return the one message that says a sentence of ours."""
    return messages_of(list(text_blocks(sentence)))


def text_blocks(text: str, labels: Collection[str] = ()) -> Iterator[Shown]:
    """Show each line as a paragraph, and lines that begin with a bullet as a list."""
    lines = [line for line in text.splitlines() if line.strip()]
    for is_list, run in groupby(lines, key=lambda line: bool(_ITEM.match(line))):
        pieces = [piece for line in run for piece in _pieces(line.strip(), LONGEST_TEXT)]
        for batch in _batches(pieces, LONGEST_TEXT):
            yield _list(batch) if is_list else _paragraphs(batch, labels)


def _list(lines: Sequence[str]) -> Shown:
    words = [inert(_ITEM.sub("", line)) for line in lines]
    items = [_section(text) for text in words]
    element = {"type": "rich_text_list", "style": "bullet", "elements": items}
    return Shown({"type": "rich_text", "elements": [element]}, "\n".join(words))


def _paragraphs(lines: Sequence[str], labels: Collection[str]) -> Shown:
    """Show lines below each other, with the label before a colon, if there is one, in bold."""
    elements: list[JsonBlock] = []
    for number, line in enumerate(lines):
        label, colon, rest = line.partition(":")
        end = "" if number == len(lines) - 1 else "\n"
        if label in labels and rest.strip():
            bold = {"type": "text", "text": inert(label + colon), "style": {"bold": True}}
            elements += [bold, {"type": "text", "text": inert(rest) + end}]
        else:
            elements.append({"type": "text", "text": inert(line) + end})
    section = {"type": "rich_text_section", "elements": elements}
    words = "".join(element["text"] for element in elements)
    return Shown({"type": "rich_text", "elements": [section]}, words)


def _section(text: str) -> JsonBlock:
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}


def _source_blocks(heading: str, citations: Sequence[Citation]) -> Iterator[Shown]:
    if citations:
        yield heading_block(heading)
    for citation in citations:
        yield from source_blocks(citation.line, citation.url)


def asked_before_blocks(before: AskedBefore) -> Iterator[Shown]:
    """Show a verified answer to the same question, word for word, and who stands behind it."""
    yield heading_block(say("Asked before"))
    for words in filter(None, map(inert, _pieces(before.question.strip(), LONGEST_TEXT))):
        quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": words}]}
        yield Shown({"type": "rich_text", "elements": [quote]}, words)
    yield from text_blocks(before.text)
    yield from context_blocks(before.line)
    for line in before.sources:
        yield from context_blocks(say("It rests on {source}", source=line))
    if before.answer_id:
        button = correct_button(before.answer_id)
        words = f"({button['text']['text']})"
        yield Shown({"type": "actions", "elements": [button]}, words)


def heading_block(words: str) -> Shown:
    """Return a line of ours in bold."""
    element = {"type": "text", "text": words, "style": {"bold": True}}
    section = {"type": "rich_text_section", "elements": [element]}
    return Shown({"type": "rich_text", "elements": [section]}, words)


def source_blocks(line: str, url: str | None) -> Sequence[Shown]:
    """Show a source in small letters, with a link where its address is one to follow."""
    shown = list(context_blocks(line))
    link = _link(url)
    if link and shown:
        last = shown[-1]
        element = {"type": "mrkdwn", "text": link, "verbatim": True}
        block = {"type": "context", "elements": [*last.block["elements"], element]}
        shown[-1] = Shown(block, f"{last.words} {say(LINK_WORDS)}")
    return shown


def _link(url: str | None) -> str | None:
    """Return a link in Slack's writing, or None when the address is not one to follow."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname}:{parts.port}" if parts.port is not None else parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or host is None or host != parts.netloc.lower():
        return None
    if not _HOST.fullmatch(parts.hostname or ""):
        return None
    safe = quote(url, safe="!#$%&'()*+,/:;=?@[]~-._").replace("&", "&amp;")
    return f"<{safe}|{escaped(say(LINK_WORDS))}>" if len(safe) <= LONGEST_LINK else None


def context_blocks(words: str) -> Sequence[Shown]:
    """Return a remark in small letters."""
    return [
        Shown(
            {
                "type": "context",
                "elements": [{"type": "plain_text", "text": text, "emoji": False}],
            },
            text,
        )
        for text in (inert(piece) for piece in _pieces(words.strip(), LONGEST_TEXT // 2))
    ]


def _pieces(text: str, most: int) -> Iterator[str]:
    """Cut a text that is too long at a space where there is one; joiners must still fit."""
    most = most // 2
    while len(text) > most:
        cut = text.rfind(" ", most // 2, most)
        cut = most if cut < 0 else cut
        yield text[:cut]
        text = text[cut:].strip()
    if text:
        yield text


def _batches(pieces: Iterable[str], most: int) -> Iterator[list[str]]:
    batch: list[str] = []
    for piece in pieces:
        length = sum(len(inert(line)) + 1 for line in [*batch, piece])
        if batch and length > most:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch


def messages_of(shown: Sequence[Shown]) -> tuple[Message, ...]:
    """Return the messages that show some blocks, one unless there is much of it."""
    parts = list(_parts(shown)) or [list(text_blocks(say(NOTHING_TO_SAY)))]
    return tuple(_message(part, n, len(parts)) for n, part in enumerate(parts, start=1))


def _parts(shown: Iterable[Shown]) -> Iterator[list[Shown]]:
    """Share the blocks out among as few messages as Slack's limits ask for."""
    part: list[Shown] = []
    for one in shown:
        length = sum(block.length for block in part) + one.length
        if part and (len(part) == MOST_BLOCKS or length > MOST_SHOWN):
            yield part
            part = []
        part.append(one)
    if part:
        yield part


def _message(part: Sequence[Shown], number: int, count: int) -> Message:
    shown = list(part)
    if number > 1:
        shown[:0] = context_blocks(
            say("Continued, {number} of {count}.", number=number, count=count)
        )
    if number < count:
        follows = phrase("Continued in the next message, {number} of {count}.")
        shown.extend(context_blocks(say(follows, number=number, count=count)))
    text = _fallback("\n".join(one.words for one in shown))
    return Message(text, tuple(one.block for one in shown))


def _fallback(words: str) -> str:
    text = escaped(words)
    if len(text) <= LONGEST_FALLBACK:
        return text
    while len(escaped(words)) > LONGEST_FALLBACK:
        words = words[: len(words) * 9 // 10]
    cut = say("{words} … (open the message to read the rest)", words=words)
    return escaped(cut)
