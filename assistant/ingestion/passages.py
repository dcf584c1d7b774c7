"""Documents and definitions into passages: what is embedded, found and cited."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import groupby

from assistant.domain.documents import (
    Block,
    BlockKind,
    Definition,
    DefinitionFile,
    Document,
    Metadata,
    Passage,
)
from assistant.ingestion.text import one_line, sentences_of

# A few sentences on one point: short enough that a citation shows the words that matter, long
# enough that a sentence keeps the ones it leans on.
PASSAGE_WORDS = 120
# The default encoder reads 256 tokens and English takes about 1.3 to a word; the title and the
# headings are embedded with the passage and need the rest.
LONGEST_WORDS = 180
# A longer lead-in would leave a list that must be cut no room beside it.
LONGEST_LEAD_IN = 60

_WORD = re.compile(r"[^\s|]+")


def cut(document: Document) -> tuple[Passage, ...]:
    """Cut a document along its headings into passages, in reading order."""
    groups = groupby(document.blocks, key=lambda block: block.headings)
    packed = [blocks for _, group in groups for blocks in _pack(_units(tuple(group)))]
    return _numbered(document.path, document.metadata, ((blocks, None) for blocks in packed))


def passages_of_definitions(file: DefinitionFile) -> tuple[Passage, ...]:
    """One passage a definition, in the file's order; what holds for it alone is its metadata."""
    passages = _numbered(
        file.path,
        file.metadata,
        (((_definition_block(definition),), definition) for definition in file.definitions),
    )
    return tuple(
        replace(passage, metadata=definition.metadata or file.metadata)
        for passage, definition in zip(passages, file.definitions, strict=True)
    )


def count_words(text: str) -> int:
    """How many words a text has; the bars of a table are none."""
    return sum(1 for _ in _WORD.finditer(text))


def _definition_block(definition: Definition) -> Block:
    text = one_line(definition.text)
    return Block(BlockKind.PARAGRAPH, text, sentences_of(text), headings=(definition.term,))


def _numbered(
    path: str,
    metadata: Metadata,
    contents: Iterable[tuple[tuple[Block, ...], Definition | None]],
) -> tuple[Passage, ...]:
    """Make passages; equal twins of one document are told apart by a counter, not by position."""
    twins: Counter[str] = Counter()
    passages = []
    for position, (blocks, definition) in enumerate(contents):
        content = _content(path, metadata, blocks, definition)
        digest = hashlib.sha256(f"{content}\n{twins[content]}".encode()).hexdigest()[:32]
        twins[content] += 1
        passages.append(Passage(digest, path, metadata, blocks, position, definition))
    return tuple(passages)


def _content(
    path: str, metadata: Metadata, blocks: Sequence[Block], definition: Definition | None
) -> str:
    parts = [
        path,
        asdict(metadata),
        [asdict(block) for block in blocks],
        asdict(definition) if definition else None,
    ]
    return json.dumps(parts, default=str, sort_keys=True, ensure_ascii=True)


def _pack(units: Iterable[tuple[Block, ...]]) -> Iterator[tuple[Block, ...]]:
    """Put units together while they stay within PASSAGE_WORDS; a unit is never parted."""
    current: tuple[Block, ...] = ()
    for unit in units:
        if current and _words_in(current) + _words_in(unit) > PASSAGE_WORDS:
            yield current
            current = ()
        current += unit
    if current:
        yield current


def _words_in(blocks: Sequence[Block]) -> int:
    return sum(count_words(block.text) for block in blocks)


def _units(blocks: Sequence[Block]) -> Iterator[tuple[Block, ...]]:
    """What must stay together: a block, a piece of a long one, or a list with its lead-in."""
    index = 0
    while index < len(blocks):
        block = blocks[index]
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if following is not None and _leads_in(block, following):
            yield from _led_in(block, following)
            index += 2
        else:
            yield from ((piece,) for piece in _pieces(block))
            index += 1


def _leads_in(block: Block, following: Block) -> bool:
    return (
        block.kind is BlockKind.PARAGRAPH
        and block.text.endswith(":")
        and following.kind is not BlockKind.PARAGRAPH
    )


def _led_in(lead: Block, led: Block) -> Iterator[tuple[Block, ...]]:
    """The lead-in with its list; when that is too long, its last sentence alone goes with it."""
    if _words_in((lead, led)) > LONGEST_WORDS and len(lead.sentences) > 1:
        yield from ((piece,) for piece in _pieces(_said(lead, lead.sentences[:-1])))
        lead = _said(lead, lead.sentences[-1:])
    if count_words(lead.text) > LONGEST_LEAD_IN and count_words(led.text) > LONGEST_WORDS:
        yield from ((piece,) for block in (lead, led) for piece in _pieces(block))
        return
    *before, lead = _pieces(lead)
    yield from ((piece,) for piece in before)
    first, *rest = _pieces(led, taken=count_words(lead.text))
    yield (lead, first)
    yield from ((piece,) for piece in rest)


def _said(block: Block, sentences: tuple[str, ...]) -> Block:
    return replace(block, text=" ".join(sentences), sentences=sentences)


def _pieces(block: Block, *, taken: int = 0) -> list[Block]:
    """The block, or pieces within LONGEST_WORDS: between sentences, items or rows.

    Of a list or table that must be cut, the first piece leaves room for the words `taken`.
    """
    if count_words(block.text) <= LONGEST_WORDS:
        return [block]
    if block.kind is BlockKind.PARAGRAPH:
        sentences = [part for whole in block.sentences for part in _parts(whole)]
        return [_said(block, tuple(run)) for run in _runs(sentences)]
    header, lines = _header_and_lines(block)
    head_words = count_words(" ".join(header))
    pieces: list[Block] = []
    run: list[int] = []
    size = head_words + taken
    for index, line in enumerate(lines):
        words = count_words(line)
        if run and size + words > LONGEST_WORDS:
            pieces.append(_lines_of(block, header, lines, run))
            run, size = [], head_words
        if head_words + words > LONGEST_WORDS:
            pieces += _pieces(_as_paragraph(block, block.sentences[index]))
        else:
            run.append(index)
            size += words
    return [*pieces, _lines_of(block, header, lines, run)] if run else pieces


def _as_paragraph(block: Block, sentence: str) -> Block:
    """An item or row too long for one passage, as a paragraph that can be cut."""
    return replace(block, kind=BlockKind.PARAGRAPH, text=sentence, sentences=sentences_of(sentence))


def _header_and_lines(block: Block) -> tuple[list[str], list[str]]:
    lines = block.text.split("\n")
    header_lines = len(lines) - len(block.sentences)
    return lines[:header_lines], lines[header_lines:]


def _lines_of(block: Block, header: list[str], lines: list[str], run: list[int]) -> Block:
    text = "\n".join([*header, *(lines[index] for index in run)])
    return replace(block, text=text, sentences=tuple(block.sentences[index] for index in run))


def _parts(sentence: str) -> list[str]:
    """A sentence, or pieces of it within LONGEST_WORDS."""
    words = sentence.split(" ")
    starts = range(0, len(words), LONGEST_WORDS)
    return [" ".join(words[start : start + LONGEST_WORDS]) for start in starts]


def _runs(sentences: Sequence[str]) -> Iterator[list[str]]:
    run: list[str] = []
    size = 0
    for sentence in sentences:
        words = count_words(sentence)
        if run and size + words > LONGEST_WORDS:
            yield run
            run, size = [], 0
        run.append(sentence)
        size += words
    if run:
        yield run
