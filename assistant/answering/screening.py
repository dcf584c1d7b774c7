"""What is done to a question, a thread and what was found before anybody acts on the words.

A question that is no question to the guidance - an order to the program, a wish to see its insides,
somebody's personal details or somebody else's questions - gets a plain reply without a search.
Sentences of a document that speak to a machine instead of a reader are not quoted, and no model
sees them, unless the question is about such things. The rules are words, so they stop what is known
(docs/security.md); what an answer may use and what becomes a link is decided elsewhere, on facts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache

from assistant.answering.rules_file import rules_in
from assistant.domain.answers import AnswerStatus, Turn
from assistant.domain.characters import as_seen, skeleton
from assistant.domain.documents import (
    Block,
    BlockKind,
    Definition,
    Metadata,
    Passage,
    Successor,
)
from assistant.language import phrase, say
from assistant.retrieval.evidence import Evidence, Found
from assistant.retrieval.glossary import Mention

RULES = "screening.txt"
UNTITLED = phrase("Untitled document")
_SHOWN = ("title", "author", "publisher", "source_title")
_PIECE = re.compile(r"[^.!?\n]*(?:[.!?\n]+|$)\s*")
_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


class Concern(StrEnum):
    """Why a text is no question to the guidance."""

    INSIDES = "insides"
    AUTHORITY = "authority"
    PRIVATE = "private"
    ORDERS = "orders"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a text that is no question to the guidance, and how that counts."""

    status: AnswerStatus
    text: str


REPLIES = {
    Concern.INSIDES: Reply(
        AnswerStatus.CLARIFICATION,
        phrase(
            "I do not discuss my own instructions, settings or keys. Ask me a question about "
            "commissioning and I answer it from the guidance."
        ),
    ),
    Concern.AUTHORITY: Reply(
        AnswerStatus.REFUSED_AUDIENCE,
        phrase(
            "What I may answer from is decided by who can read this conversation, not by what "
            "is said in it. Please ask just the question."
        ),
    ),
    Concern.PRIVATE: Reply(
        AnswerStatus.REFUSED_AUDIENCE,
        phrase(
            "I do not give out people's personal details, nor what anybody else has asked me. Ask "
            "me a question about commissioning instead."
        ),
    ),
    Concern.ORDERS: Reply(
        AnswerStatus.CLARIFICATION,
        phrase(
            "I answer questions from the guidance and cannot be told to answer in another way or "
            "to do something else. Please ask just the question."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Screened:
    """A question and its thread as they may be used, and what is wrong with the question if any."""

    question: str
    history: tuple[Turn, ...]
    concern: Concern | None

    @property
    def reply(self) -> Reply | None:
        """What is said instead of an answer, or None when the question may be answered."""
        return REPLIES[self.concern] if self.concern is not None else None


def screen(question: str, history: Sequence[Turn]) -> Screened:
    """Take out what nobody sees, tell what is no question, and leave such turns out of the thread.

    Any text is fit to be given; nothing is raised.
    """
    plain = _plain(question)
    turns = [Turn(_plain(turn.question), _plain(turn.answer)) for turn in history]
    honest = (
        Turn(turn.question, without_orders(turn.answer))
        for turn in turns
        if concern_of(turn.question) is None
    )
    return Screened(plain, tuple(honest), concern_of(plain))


def _plain(text: str) -> str:
    return as_seen(_LINE_BREAKS.sub("\n", text))


_PIECE_NAME = re.compile(r"\{([A-Z_]+)\}")
_DEFINES = re.compile(r"([A-Z_]+) = (.+)")
_SPACED_OUT = re.compile(r"\b\w(?:[ ._*-]\w){4,}\b")
_LEET = str.maketrans("013457@$", "oieastas")
_MIXED_WITH_DIGITS = re.compile(r"(?<![\w@$])(?=[013457@$]*[a-z])[a-z013457@$]{3,}(?![\w@$])")


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    """Read the rules by heading, each as one pattern; the file says how it is written."""
    pieces: dict[str, str] = {}
    rules: dict[str, list[str]] = {}
    lines = ((heading, line) for heading, below in rules_in(RULES).items() for line in below)
    for heading, line in lines:
        whole = _PIECE_NAME.sub(lambda m: pieces[m[1]], line)
        if defined := _DEFINES.fullmatch(whole):
            pieces[defined[1]] = defined[2]
        else:
            rules.setdefault(heading, []).append(f"(?:{whole})")
    return {heading: re.compile("|".join(lines)) for heading, lines in rules.items()}


def _rule(heading: str) -> re.Pattern[str]:
    return _rules()[heading]


def concern_of(text: str) -> Concern | None:
    """Return why a text is no question to the guidance, or None when it may be one."""
    for reading in _readings(text):
        for concern in Concern:
            if _rule(concern.value).search(reading):
                return concern
    return Concern.PRIVATE if _rule("named").search(text) else None


def _readings(text: str) -> Iterator[str]:
    """Yield the text as plain letters, and as it reads with digits and gaps for disguise."""
    lines = (" ".join(line.split()) for line in skeleton(text).splitlines())
    plain = "\n".join(line for line in lines if line).replace("\u2019", "'")
    yield plain
    flat = plain.replace("\n", " ")
    closed = _SPACED_OUT.sub(lambda m: re.sub(r"[ ._*-]", "", m[0]), flat)
    unmasked = _MIXED_WITH_DIGITS.sub(lambda m: m[0].translate(_LEET), closed)
    if unmasked != plain:
        yield unmasked


@lru_cache(maxsize=50_000)
def is_addressed_to_a_machine(sentence: str) -> bool:
    """Whether a sentence of a document speaks to a program that reads it, not to a person."""
    return any(_rule("addressed").search(reading) for reading in _readings(sentence))


def without_orders(text: str) -> str:
    """Return the text without those of its sentences that speak to a machine."""
    pieces = _PIECE.findall(text)
    return "".join(piece for piece in pieces if not is_addressed_to_a_machine(piece)).strip()


def fit_to_use(evidence: Evidence, asked: str | None = None) -> Evidence:
    """Return what was found, in force or not, without the sentences that speak to a machine.

    A passage of which nothing is left is gone. When `asked`, the words of the asker alone, is
    about such things they stay; without it the question counts as it was searched.
    """
    if _rule("about machines").search(skeleton(asked if asked is not None else evidence.question)):
        return evidence
    mentions = tuple(m for m in map(_mention_fit, evidence.mentions) if m.passages)
    return replace(
        evidence,
        found=_all_fit(evidence.found),
        lapsed=_all_fit(evidence.lapsed),
        mentions=mentions,
    )


def _all_fit(found: Sequence[Found]) -> tuple[Found, ...]:
    return tuple(f for f in map(_found_fit, found) if f is not None)


def _mention_fit(mention: Mention) -> Mention:
    kept = tuple(p for p in map(fit_passage, mention.passages) if p is not None)
    return mention if kept == mention.passages else replace(mention, passages=kept)


def _found_fit(found: Found) -> Found | None:
    passage = fit_passage(found.passage)
    if passage is found.passage or passage is None:
        return found if passage is not None else None
    said = [s for block in found.passage.blocks for s in block.sentences]
    scores = zip(said, found.sentences, strict=True)
    kept = tuple(score for sentence, score in scores if not is_addressed_to_a_machine(sentence))
    return replace(found, passage=passage, sentences=kept)


def fit_passage(passage: Passage) -> Passage | None:
    """Return a passage without what speaks to a machine: itself where nothing does, or None."""
    definition = passage.definition
    if definition is not None and any(map(is_addressed_to_a_machine, _names_shown(definition))):
        return None
    blocks = tuple(block for block in map(_block_fit, passage.blocks) if block.sentences)
    metadata = _metadata_fit(passage.metadata)
    if blocks == passage.blocks and metadata is passage.metadata:
        return passage
    return replace(passage, blocks=blocks, metadata=metadata) if blocks else None


def _names_shown(definition: Definition) -> tuple[str, ...]:
    """Return the names that an answer says of a definition."""
    partners = definition.agreed.by if definition.agreed is not None else ()
    return (definition.term, definition.whose, *partners)


def _metadata_fit(metadata: Metadata) -> Metadata:
    """Return the metadata without words that speak to a machine; a title is replaced."""
    bad = [name for name in _SHOWN if is_addressed_to_a_machine(getattr(metadata, name) or "")]
    fit = replace(
        metadata,
        nation=tuple(n for n in metadata.nation if not is_addressed_to_a_machine(n)),
        sector=tuple(s for s in metadata.sector if not is_addressed_to_a_machine(s)),
        superseded_by=_successor_fit(metadata.superseded_by),
        **{name: say(UNTITLED) if name == "title" else None for name in bad},  # type: ignore[arg-type]
    )
    return metadata if fit == metadata else fit


def _successor_fit(successor: Successor | None) -> Successor | None:
    """Return what replaced a document; without a title, it is not named."""
    if successor is None:
        return None
    title = "" if is_addressed_to_a_machine(successor.title) else successor.title
    return replace(successor, title=title, then=_successor_fit(successor.then))


def _block_fit(block: Block) -> Block:
    headings = tuple(h for h in block.headings if not is_addressed_to_a_machine(h))
    kept = tuple(s for s in block.sentences if not is_addressed_to_a_machine(s))
    if headings == block.headings and kept == block.sentences:
        return block
    lines = [line for line in block.text.splitlines() if not is_addressed_to_a_machine(line)]
    text = " ".join(kept) if block.kind is BlockKind.PARAGRAPH else "\n".join(lines)
    return replace(block, headings=headings, sentences=kept, text=text)
