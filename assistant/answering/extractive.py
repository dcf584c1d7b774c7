"""Answers made of the corpus's own sentences: the floor that needs no model.

A definition comes first when one is asked for, and one for each term when terms are compared. A
list or table is given whole, with the sentence that leads into it. Everything else is the few
sentences that match the question best, in the order of their documents.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.answering.draft import Draft, Numbering
from assistant.answering.question import Question
from assistant.domain.answers import Statement
from assistant.domain.documents import Block, BlockKind, Passage
from assistant.retrieval.search import Evidence, Found
from assistant.retrieval.words import content_words, stem, stems_of

LOOKED_AT = 5
MOST_SENTENCES = 4
MOST_DEFINITIONS = 3
SENTENCE_MARGIN = 0.12
OTHER_PASSAGE_MARGIN = 0.06
PASSAGE_WEIGHT = 0.03
WORD_WEIGHT = 0.25
EXPECTED_BONUS = 0.1
TOO_ALIKE = 0.7
_LEANS_BACK = re.compile(
    r"^(?:it|its|they|their|them|this|these|that|those|he|she|his|her|such|both|also|however"
    r"|therefore|instead|then)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of a passage that was found: where it stands and how well it fits."""

    passage: Passage
    rank: int
    block: int
    number: int
    text: str
    score: float

    @property
    def place(self) -> tuple[int, int]:
        return (self.rank, self.number)


class ExtractiveComposer:
    """Composes an answer from the passages' own sentences."""

    def compose(self, question: Question, evidence: Evidence) -> Draft:
        """Return a draft whose every statement stands word for word in the passage it cites."""
        numbering = Numbering()
        if question.is_comparison or question.is_definition:
            statements = list(_definitions(question, numbering))
            statements += _explaining(question, evidence, numbering)
        else:
            statements = list(_sentences_that_answer(question, evidence, numbering))
        return Draft(_without_repeats(statements), numbering.citations())


def _definitions(question: Question, numbering: Numbering) -> Iterator[Statement]:
    several = len(question.about) > 1 or any(len(m.passages) > 1 for m in question.about)
    for mention in question.about:
        for passage in mention.passages[:MOST_DEFINITIONS]:
            yield from _defined(passage, numbering, labelled=several)


def _defined(passage: Passage, numbering: Numbering, *, labelled: bool) -> Iterator[Statement]:
    definition = passage.definition
    if definition is None:
        return
    label = f"{definition.term} ({definition.whose})" if labelled else None
    for sentence in (s for block in passage.blocks for s in block.sentences):
        yield Statement(sentence, (numbering.number(passage),), label=label)
        label = None


def _explaining(question: Question, evidence: Evidence, numbering: Numbering) -> list[Statement]:
    """Return what the guidance itself says best about terms that were just defined."""
    guidance = [f for f in evidence.found[:LOOKED_AT] if f.passage.definition is None]
    if not guidance:
        return []
    ranked = _scored(question, evidence, guidance)
    return list(_chosen(ranked, numbering, most=1 if question.is_definition else 2))


def _sentences_that_answer(
    question: Question, evidence: Evidence, numbering: Numbering
) -> Iterator[Statement]:
    ranked = _scored(question, evidence, evidence.found[:LOOKED_AT])
    yield from _chosen(ranked, numbering, most=MOST_SENTENCES)


def _scored(question: Question, evidence: Evidence, found: Sequence[Found]) -> list[_Sentence]:
    """Return the sentences of the passages, best first."""
    weights = dict(zip(map(stem, evidence.words), evidence.rarity, strict=True))
    best = max(f.score for f in found)
    scored = []
    for rank, item in enumerate(found):
        penalty = PASSAGE_WEIGHT * (best - item.score)
        numbered = enumerate(_numbered_sentences(item.passage))
        for number, (block, sentence) in numbered:
            score = item.sentences[number] - penalty + WORD_WEIGHT * _coverage(sentence, weights)
            if question.expectation is not None and question.expectation.met_by(sentence):
                score += EXPECTED_BONUS
            scored.append(_Sentence(item.passage, rank, block, number, sentence, score))
    return sorted(scored, key=lambda s: -s.score)


def _numbered_sentences(passage: Passage) -> list[tuple[int, str]]:
    return [(b, s) for b, block in enumerate(passage.blocks) for s in block.sentences]


def _coverage(sentence: str, weights: dict[str, float]) -> float:
    """Return the share of the question's words, by rarity, that stand in the sentence."""
    total = sum(weights.values())
    if not total:
        return 0.0
    here = set(stems_of(sentence))
    return sum(weight for word, weight in weights.items() if word in here) / total


def _chosen(ranked: Sequence[_Sentence], numbering: Numbering, *, most: int) -> Iterator[Statement]:
    """Yield the best sentence, or the whole list it belongs to, and the few that come near it."""
    top = ranked[0]
    chosen: dict[tuple[int, int], _Sentence] = {}
    listed: list[tuple[Passage, int]] = []
    for sentence in ranked:
        margin = SENTENCE_MARGIN if sentence.rank == top.rank else OTHER_PASSAGE_MARGIN
        if len(chosen) + len(listed) >= most or sentence.score < top.score - margin:
            break
        led = _list_of(sentence)
        if led is not None:
            if not listed:
                listed.append((sentence.passage, led))
        elif not _says_the_same(sentence, chosen.values()):
            chosen[sentence.place] = sentence
    chosen |= {s.place: s for s in list(_needed_before(chosen.values(), ranked))}
    ordered = [chosen[place] for place in sorted(chosen)]
    list_first = bool(listed) and _list_of(top) is not None
    if list_first:
        yield from _whole_list(*listed[0], numbering)
    for sentence in ordered:
        if not any(_in_lead(sentence, passage, led) for passage, led in listed):
            yield Statement(sentence.text, (numbering.number(sentence.passage),))
    if listed and not list_first:
        yield from _whole_list(*listed[0], numbering)


def _list_of(sentence: _Sentence) -> int | None:
    """Return the block of the list or table that a sentence belongs to, or leads into."""
    blocks = sentence.passage.blocks
    if blocks[sentence.block].kind is not BlockKind.PARAGRAPH:
        return sentence.block
    following = sentence.block + 1
    last = sentence.text == blocks[sentence.block].sentences[-1]
    if last and _leads_into(blocks, following):
        return following
    return None


def _leads_into(blocks: Sequence[Block], following: int) -> bool:
    return (
        following < len(blocks)
        and blocks[following].kind is not BlockKind.PARAGRAPH
        and blocks[following - 1].text.rstrip().endswith(":")
    )


def _in_lead(sentence: _Sentence, passage: Passage, led: int) -> bool:
    return (
        sentence.passage.id == passage.id
        and sentence.block == led - 1
        and (sentence.text == passage.blocks[led - 1].sentences[-1])
    )


def _whole_list(passage: Passage, led: int, numbering: Numbering) -> Iterator[Statement]:
    number = (numbering.number(passage),)
    if led > 0 and passage.blocks[led - 1].kind is BlockKind.PARAGRAPH:
        yield Statement(passage.blocks[led - 1].sentences[-1], number)
    for item in passage.blocks[led].sentences:
        yield Statement(item, number, is_list_item=True)


def _needed_before(
    chosen: Collection[_Sentence], ranked: Sequence[_Sentence]
) -> Iterator[_Sentence]:
    """Yield the sentence before each one that begins with a word that points back."""
    by_place = {s.place: s for s in ranked}
    for sentence in chosen:
        before = by_place.get((sentence.rank, sentence.number - 1))
        if before is not None and _LEANS_BACK.match(sentence.text) and _list_of(before) is None:
            yield before


def _says_the_same(sentence: _Sentence, others: Iterable[_Sentence]) -> bool:
    return any(_overlap(sentence.text, other.text) > TOO_ALIKE for other in others)


def _overlap(one: str, other: str) -> float:
    """Return the share of the shorter text's content words that the other has."""
    first, second = ({stem(w) for w in content_words(t)} for t in (one, other))
    return len(first & second) / max(1, min(len(first), len(second)))


def _without_repeats(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Leave out a statement that only says again what one before it said."""
    kept: list[Statement] = []
    for statement in statements:
        repeated = any(
            _overlap(statement.text, k.text) > 0.9 and len(statement.text) <= len(k.text)  # noqa: PLR2004
            for k in kept
            if not (k.is_list_item or statement.is_list_item)
        )
        if not repeated or statement.label:
            kept.append(statement)
    return tuple(kept)
