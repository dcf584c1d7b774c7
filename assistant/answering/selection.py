"""Which sentences of the passages answer: scored one by one, lists and tables taken whole."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.answering.question import Question
from assistant.domain.documents import BlockKind, Passage
from assistant.retrieval.evidence import Evidence, Found
from assistant.retrieval.words import content_words, stem, stems_of, words_of

SENTENCE_MARGIN = 0.25
OTHER_PASSAGE_MARGIN = 0.06
LIST_MARGIN = 0.4
PASSAGE_WEIGHT = 0.03
WORD_WEIGHT = 0.15
EXPECTED_BONUS = 0.15
DEFINITION_PENALTY = 0.06
COUNT_BONUS = 0.15
TOO_ALIKE = 0.7
FEWEST_WORDS = 4
LEANS_BACK = re.compile(
    r"^(?:it|its|they|their|them|this|these|that|those|he|she|his|her|such|both|also|however"
    r"|therefore|instead|then)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence of a passage that was found: where it stands and how well it fits.

    `rank` is the passage's place among those found, `number` the sentence's in the passage.
    """

    passage: Passage
    rank: int
    block: int
    number: int
    text: str
    score: float

    @property
    def says_something(self) -> bool:
        """Whether it is more than a heading or a label that was set as a paragraph."""
        return self.list_block is not None or len(words_of(self.text)) >= FEWEST_WORDS

    @property
    def place(self) -> tuple[int, int]:
        """Where the sentence stands: passages in the order found, sentences in their own."""
        return (self.rank, self.number)

    @property
    def heading_needed(self) -> str | None:
        """The heading that says what it speaks of, where it points back and nothing is before."""
        points_back = self.number == 0 and LEANS_BACK.match(self.text) is not None
        return self.passage.headings[-1] if points_back and self.passage.headings else None

    @property
    def list_block(self) -> int | None:
        """The block of the list or table that the sentence belongs to or leads into, if any."""
        blocks = self.passage.blocks
        if blocks[self.block].kind is not BlockKind.PARAGRAPH:
            return self.block
        following = self.block + 1
        leads = (
            following < len(blocks)
            and blocks[following].kind is not BlockKind.PARAGRAPH
            and self.text.rstrip().endswith(":")
            and self.text == blocks[self.block].sentences[-1]
        )
        return following if leads else None


@dataclass(frozen=True, slots=True)
class Selection:
    """What an answer is made of: sentences in order, and at most one whole list or table."""

    sentences: tuple[Scored, ...]
    listed: tuple[Passage, int] | None
    list_first: bool


def scored(question: Question, evidence: Evidence, found: Sequence[Found]) -> list[Scored]:
    """Return every sentence of the passages, best first."""
    weights = dict(zip(map(stem, evidence.words), evidence.rarity, strict=True))
    best = max(f.score for f in found)
    sentences = []
    for rank, item in enumerate(found):
        penalty = PASSAGE_WEIGHT * (best - item.score)
        places = [(b, s) for b, block in enumerate(item.passage.blocks) for s in block.sentences]
        for number, (block, sentence) in enumerate(places):
            score = item.sentences[number] - penalty + WORD_WEIGHT * _coverage(sentence, weights)
            if question.expectation is not None and question.expectation.met_by(sentence):
                score += EXPECTED_BONUS
            if item.passage.definition is not None:
                score -= DEFINITION_PENALTY
            placed = Scored(item.passage, rank, block, number, sentence, score)
            if _has_as_many(placed, question.count):
                placed = replace(placed, score=score + COUNT_BONUS)
            sentences.append(placed)
    return sorted(sentences, key=lambda s: -s.score)


def select(question: Question, ranked: Sequence[Scored], *, most: int) -> Selection:
    """Choose the best sentence, the few that come near it, and a list that it calls for.

    Where a figure or date is asked for, the best sentence is the best one that holds it.
    """
    expected = question.expectation
    settling = [s for s in ranked if expected is not None and expected.met_by(s.text)]
    plain = [s for s in settling if s.list_block is None]
    top = (plain or settling or ranked)[0]
    near = [
        s
        for s in ranked
        if s.score >= top.score - _margin(s, top) and (s is top or s.says_something)
    ]
    listed = _list_called_for(question, ranked, top, near[:most])
    chosen: dict[tuple[int, int], Scored] = {}
    for sentence in near:
        fits = len(chosen) < most and sentence.list_block is None
        if fits and not _says_the_same(sentence, chosen.values()):
            chosen[sentence.place] = sentence
    chosen |= {s.place: s for s in list(_needed_before(chosen.values(), ranked))}
    in_order = [chosen[place] for place in sorted(chosen)]
    if (settling or question.is_yes_or_no) and top in in_order:
        in_order.remove(top)
        in_order.insert(0, top)
    return Selection(tuple(in_order), listed, top.list_block is not None)


def overlap(one: str, other: str) -> float:
    """Return the share of the shorter text's content words that the other has."""
    first, second = ({stem(w) for w in content_words(t)} for t in (one, other))
    return len(first & second) / max(1, min(len(first), len(second)))


def has_list_of(passage: Passage, count: int | None) -> bool:
    """Whether a passage has a list or table of exactly `count` items."""
    return any(
        block.kind is not BlockKind.PARAGRAPH and len(block.sentences) == count
        for block in passage.blocks
    )


def _margin(sentence: Scored, top: Scored) -> float:
    return SENTENCE_MARGIN if sentence.rank == top.rank else OTHER_PASSAGE_MARGIN


def _list_called_for(
    question: Question, ranked: Sequence[Scored], top: Scored, near: Sequence[Scored]
) -> tuple[Passage, int] | None:
    """Return the list that the best sentence belongs to, or one near it when several are asked."""
    candidates = [top]
    if question.asks_for_several:
        candidates += near
        candidates += [
            s for s in ranked if s.rank == top.rank and s.score >= top.score - LIST_MARGIN
        ]
    for sentence in candidates:
        if sentence.list_block is not None:
            return sentence.passage, sentence.list_block
    return None


def _has_as_many(sentence: Scored, count: int | None) -> bool:
    """Whether the sentence belongs to a list of as many items as the question names."""
    block = sentence.list_block
    return (
        count is not None
        and block is not None
        and len(sentence.passage.blocks[block].sentences) == count
    )


def _coverage(sentence: str, weights: dict[str, float]) -> float:
    """Return the share of the question's words, by rarity, that stand in the sentence."""
    total = sum(weights.values())
    here = set(stems_of(sentence))
    return sum(w for word, w in weights.items() if word in here) / total if total else 0.0


def _needed_before(chosen: Collection[Scored], ranked: Iterable[Scored]) -> Iterator[Scored]:
    """Yield the sentence before each one that begins with a word that points back."""
    by_place = {s.place: s for s in ranked}
    for sentence in chosen:
        before = by_place.get((sentence.rank, sentence.number - 1))
        if before is not None and LEANS_BACK.match(sentence.text) and before.list_block is None:
            yield before


def _says_the_same(sentence: Scored, others: Iterable[Scored]) -> bool:
    return any(overlap(sentence.text, other.text) > TOO_ALIKE for other in others)
