"""Answers made of the corpus's own sentences: the floor that needs no model.

A definition comes first when one is asked for, the agreed one before the others, and one for each
term when terms are compared. A
list or table is given whole, with the sentence that leads into it. Everything else is the few
sentences that match the question best, in the order of their documents.
"""

from collections.abc import Iterator, Sequence

from assistant.answering.disagreement import sides_of
from assistant.answering.draft import Draft, Numbering, merged
from assistant.answering.question import Question
from assistant.answering.selection import Selection, has_list_of, overlap, scored, select
from assistant.answering.side_by_side import definitions_of, others_named
from assistant.domain.answers import OnStep, Statement
from assistant.domain.documents import Block, BlockKind, Passage
from assistant.retrieval.evidence import Evidence, Found
from assistant.retrieval.words import stems_of

LOOKED_AT = 5
MOST_SENTENCES = 4
MOST_BESIDE_DEFINITIONS = 2
REPEATED = 0.9


class ExtractiveComposer:
    """Composes an answer from the passages' own sentences."""

    def compose(
        self,
        question: Question,
        evidence: Evidence,
        on_step: OnStep | None = None,  # noqa: ARG002 - the corpus's own words need no check
    ) -> Draft:
        """Return a draft whose every statement stands word for word in the passage it cites."""
        numbering = Numbering()
        found: Sequence[Found] = [
            f
            for rank, f in enumerate(evidence.found)
            if rank < LOOKED_AT or has_list_of(f.passage, question.count)
        ]
        statements: list[Statement] = []
        most = MOST_SENTENCES
        if question.about:
            statements += definitions_of(question, numbering)
            found = [f for f in found if _is_about(f.passage, question)]
            most = MOST_BESIDE_DEFINITIONS
        if found:
            selection = select(question, scored(question, evidence, found), most=most)
            statements += _said(selection, question, evidence, numbering)
        note = others_named(question)
        return merged([Draft(_without_repeats(statements), numbering.citations(), note)])


def _is_about(passage: Passage, question: Question) -> bool:
    """Whether guidance speaks of a term that was defined, by any of its names."""
    if passage.definition is not None:
        return False
    here = " ".join(stems_of(f"{passage.section} {passage.text}"))
    names = [n for m in question.about for d in m.definitions for n in d.names]
    return any(f" {' '.join(stems_of(name))} " in f" {here} " for name in names)


def _said(
    selection: Selection, question: Question, evidence: Evidence, numbering: Numbering
) -> Iterator[Statement]:
    listed = selection.listed
    if listed is not None and selection.list_first:
        yield from _whole_list(*listed, numbering)
    told: set[str] = set()
    for sentence in selection.sentences:
        sides = sides_of(question.text, sentence.passage, sentence.text, evidence.found)
        if not sides and sentence.text not in told:
            number = (numbering.number(sentence.passage),)
            yield Statement(sentence.text, number, label=sentence.heading_needed)
        for side in sides if sentence.text not in told else ():
            yield Statement(side.text, (numbering.number(side.passage),), label=side.label)
        told.update(side.text for side in sides)
    if listed is not None and not selection.list_first:
        yield from _whole_list(*listed, numbering)


def _whole_list(passage: Passage, block: int, numbering: Numbering) -> Iterator[Statement]:
    number = (numbering.number(passage),)
    before = passage.blocks[block - 1] if block else None
    if before is not None and before.kind is BlockKind.PARAGRAPH:
        yield Statement(before.sentences[-1], number, leads_in=True)
    elif passage.blocks[block].headings:
        yield Statement(passage.blocks[block].headings[-1], number, leads_in=True)
    for item in _items(passage.blocks[block]):
        yield Statement(item, number, is_list_item=True)


def _items(block: Block) -> Sequence[str]:
    """Return a list's items, or a table's rows as they stand, its header first."""
    if block.kind is not BlockKind.TABLE:
        return block.sentences
    rows = [line.strip().strip("|").strip() for line in block.text.splitlines()]
    return [row for row in rows if row.strip("|-: ")]


def _without_repeats(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Leave out a sentence that only says again what another says at greater length."""
    kept: list[Statement] = []
    for statement in statements:
        kept_anyway = statement.is_list_item or statement.leads_in or statement.label
        if kept_anyway or not _repeats(statement, kept):
            kept.append(statement)
    return tuple(kept)


def _repeats(statement: Statement, kept: Sequence[Statement]) -> bool:
    return any(
        overlap(statement.text, other.text) > REPEATED and len(statement.text) <= len(other.text)
        for other in kept
        if not other.is_list_item
    )
