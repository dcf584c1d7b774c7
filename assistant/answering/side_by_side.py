"""Several definitions of one term: the agreed one first, and what tells each from the others.

Each definition is given in its own words. In front of it stands whose it is, and the words that it
has and the others lack: they are taken from the texts themselves, so that nothing is said of a
difference that cannot be seen there.
"""

from collections.abc import Iterator, Sequence

from assistant.answering.draft import Numbering
from assistant.answering.phrases import phrases_alone_in
from assistant.answering.question import Question
from assistant.domain.answers import Statement
from assistant.domain.documents import Agreement, Definition, Passage
from assistant.retrieval.words import stems_of

MOST_DEFINITIONS = 5
MOST_COMPARED = 2


def in_order(passages: Sequence[Passage]) -> list[Passage]:
    """Return the definitions with the agreed ones first, the latest of these at the head.

    An agreement that the same partners replaced, for the same nation, is left out.
    """
    agreed = sorted((p for p in passages if _agreed(p) is not None), key=_day, reverse=True)
    standing: list[Passage] = []
    for passage in agreed:
        if not any(_replaces(newer, passage) for newer in standing):
            standing.append(passage)
    return [*standing, *(p for p in passages if _agreed(p) is None)]


def definitions_of(question: Question, numbering: Numbering) -> Iterator[Statement]:
    """Yield the definitions of what the question is about, labelled where several are told apart.

    Where terms are compared, two of each are given, those of shared sources first.
    """
    several = len(question.about) > 1
    for mention in question.about:
        passages = in_order(mention.passages)
        if question.is_comparison:
            passages = _shared_first(passages, question)
        shown = passages[: MOST_COMPARED if question.is_comparison else MOST_DEFINITIONS]
        for passage in shown:
            label = _whose(passage, is_alone=len(passages) == 1 and not several)
            differs = "" if question.is_comparison else _differs(passage, passages)
            yield from _said(passage, f"{label}{differs}" if label else None, numbering)


def others_named(question: Question) -> str | None:
    """Name the owners of the definitions that are not shown, if there are any."""
    if question.is_comparison:
        return None
    said = []
    for mention in question.about:
        passages = in_order(mention.passages)
        shown = {_definition(p).whose for p in passages[:MOST_DEFINITIONS]}
        rest = [_definition(p).whose for p in passages[MOST_DEFINITIONS:]]
        if names := dict.fromkeys(name for name in rest if name not in shown):
            said.append(f"\u201c{mention.term}\u201d is defined by {joined([*names])} too.")
    return " ".join(said) or None


def agreement(agreed: Agreement) -> str:
    """Say when and between whom: `agreed on 3 May 2026 between North and South`."""
    between = "by" if len(agreed.by) == 1 else "between"
    return f"agreed on {agreed.on.day} {agreed.on:%B %Y} {between} {joined(agreed.by)}"


def joined(names: Sequence[str], last: str = "and") -> str:
    """Return names as a sentence lists them."""
    *rest, final = names
    return f"{', '.join(rest)} {last} {final}" if rest else final


def _said(passage: Passage, label: str | None, numbering: Numbering) -> Iterator[Statement]:
    for sentence in (s for block in passage.blocks for s in block.sentences):
        yield Statement(sentence, (numbering.number(passage),), label=label)
        label = None


def _definition(passage: Passage) -> Definition:
    if passage.definition is None:
        raise ValueError("A mention holds passages that define a term, and no others.")
    return passage.definition


def _agreed(passage: Passage) -> Agreement | None:
    return passage.definition.agreed if passage.definition is not None else None


def _day(passage: Passage) -> int:
    agreed = _agreed(passage)
    return agreed.on.toordinal() if agreed is not None else 0


def _replaces(newer: Passage, older: Passage) -> bool:
    first, second = _agreed(newer), _agreed(older)
    if first is None or second is None or first.on == second.on:
        return False
    same_term = stems_of(_definition(newer).term) == stems_of(_definition(older).term)
    return (
        same_term
        and _partners(first) == _partners(second)
        and (set(newer.metadata.nation) == set(older.metadata.nation))
    )


def _partners(agreed: Agreement) -> frozenset[str]:
    return frozenset(" ".join(stems_of(name)) for name in agreed.by)


def _shared_first(passages: Sequence[Passage], question: Question) -> list[Passage]:
    """Put first what comes from a source that defines every term: it sets them side by side."""
    sources = [{p.document for p in mention.passages} for mention in question.about]
    shared = set.intersection(*sources)
    return sorted(passages, key=lambda p: (_agreed(p) is None, p.document not in shared))


def _whose(passage: Passage, *, is_alone: bool) -> str | None:
    """Return the term and whose definition it is; a lone one is labelled where it is agreed."""
    definition = _definition(passage)
    agreed = definition.agreed
    if agreed is None:
        whose = None if is_alone else definition.whose
    elif definition.whose in agreed.by:
        whose = agreement(agreed)
    else:
        whose = f"{definition.whose}, {agreement(agreed)}"
    # Whatever reads an answer line by line takes the first colon for the end of the label.
    return f"{definition.term} ({whose})".replace(":", " -") if whose is not None else None


def _differs(passage: Passage, passages: Sequence[Passage]) -> str:
    """Say which words tell a definition from the agreed one, or else from all the others."""
    term = stems_of(_definition(passage).term)
    others = [p for p in passages if p is not passage and stems_of(_definition(p).term) == term]
    first = next((p for p in others if _agreed(p) is not None), None)
    if not others or _agreed(passage) is not None:
        return ""
    same = next((p for p in others if stems_of(p.text) == stems_of(passage.text)), None)
    if same is not None:
        whose = "the agreed definition" if same is first else _definition(same).whose
        return f", in the same words as {whose}"
    if first is None:
        own = _alone(passage, others)
        return f", which alone says {joined(own)}" if own else ""
    own, missing = _alone(passage, [first]), _alone(first, [passage])
    says = f"says {joined(own)}" if own else ""
    lacks = f"does not say {joined(missing, 'or')}" if missing else ""
    both = ", and ".join(filter(None, (says, lacks)))
    return f", which unlike the agreed definition {both}" if both else ""


def _alone(passage: Passage, others: Sequence[Passage]) -> list[str]:
    definitions = [_definition(p) for p in (passage, *others)]
    aside = " ".join(" ".join((*d.names, d.whose)) for d in definitions)
    phrases = phrases_alone_in(passage.text, [p.text for p in others], aside=aside)
    return [f"\u201c{phrase}\u201d" for phrase in phrases]
