"""Several definitions of one term: the agreed one first, and what tells each from the others.

What a network of the reader's agreed comes before all others.

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
from assistant.domain.networks import NETWORK_PREFIX
from assistant.language import listed, listed_as_choice, say, say_day, say_some
from assistant.retrieval.words import stems_of

MOST_DEFINITIONS = 5
MOST_COMPARED = 2


def in_order(passages: Sequence[Passage]) -> list[Passage]:
    """Return the definitions with the agreed ones first, the latest of these at the head.

    What the reader's own networks agreed stands before what others agreed, whatever the day. An
    agreement that the same partners replaced, for the same nation, is left out.
    """
    agreed = sorted(
        (p for p in passages if _agreed(p) is not None),
        key=lambda p: (_is_of_network(p), _day(p)),
        reverse=True,
    )
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
            if label is not None and not question.is_comparison:
                label = _told_apart(label, passage, passages)
            yield from _said(passage, label, numbering)


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
            said.append(
                say(
                    "\u201c{term}\u201d is defined by {names} too.",
                    term=mention.term,
                    names=listed([*names]),
                )
            )
    return " ".join(said) or None


def agreement(agreed: Agreement) -> str:
    """Say when and between whom: `agreed on 3 May 2026 between North and South`."""
    return say_some(
        "agreed on {day} by {partners}",
        "agreed on {day} between {partners}",
        len(agreed.by),
        day=say_day(agreed.on),
        partners=listed(agreed.by),
    )


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


def _is_of_network(passage: Passage) -> bool:
    """Whether a network agreed it; what is found is for its readers, so this one is in it."""
    is_its_own = passage.metadata.audience.startswith(NETWORK_PREFIX)
    return is_its_own and _agreed(passage) is not None


def _day(passage: Passage) -> int:
    agreed = _agreed(passage)
    return agreed.on.toordinal() if agreed is not None else 0


def _replaces(newer: Passage, older: Passage) -> bool:
    first, second = _agreed(newer), _agreed(older)
    if first is None or second is None or first.on == second.on:
        return False
    if not _is_among_the_same(newer, older):
        return False
    same_term = stems_of(_definition(newer).term) == stems_of(_definition(older).term)
    return (
        same_term
        and _partners(first) == _partners(second)
        and (set(newer.metadata.nation) == set(older.metadata.nation))
    )


def _is_among_the_same(newer: Passage, older: Passage) -> bool:
    """Whether neither is a network's, or both are of one: two networks may have one name."""
    if not (_is_of_network(newer) or _is_of_network(older)):
        return True
    return newer.metadata.audience == older.metadata.audience


def _partners(agreed: Agreement) -> frozenset[str]:
    return frozenset(" ".join(stems_of(name)) for name in agreed.by)


def _shared_first(passages: Sequence[Passage], question: Question) -> list[Passage]:
    """Put first what comes from a source that defines every term: it sets them side by side.

    Before that come what the reader's networks agreed, and what others did.
    """
    sources = [{p.document for p in mention.passages} for mention in question.about]
    shared = set.intersection(*sources)
    return sorted(
        passages,
        key=lambda p: (not _is_of_network(p), _agreed(p) is None, p.document not in shared),
    )


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
    if whose is None:
        return None
    # Whatever reads an answer line by line takes the first colon for the end of the label.
    return say("{term} ({whose})", term=definition.term, whose=whose).replace(":", " -")


def _told_apart(name: str, passage: Passage, passages: Sequence[Passage]) -> str:
    """Say which words tell a definition from the agreed one, or else from all the others."""
    term = stems_of(_definition(passage).term)
    others = [p for p in passages if p is not passage and stems_of(_definition(p).term) == term]
    first = next((p for p in others if _agreed(p) is not None), None)
    if not others or _agreed(passage) is not None:
        return name
    same = next((p for p in others if stems_of(p.text) == stems_of(passage.text)), None)
    if same is not None:
        if same is first:
            return say("{name}, in the same words as the agreed definition", name=name)
        return say("{name}, in the same words as {whose}", name=name, whose=_definition(same).whose)
    if first is None:
        own = _alone(passage, others)
        return (
            say("{name}, which alone says {words}", name=name, words=listed(own)) if own else name
        )
    return _against_the_agreed(name, _alone(passage, [first]), _alone(first, [passage]))


def _against_the_agreed(name: str, own: Sequence[str], missing: Sequence[str]) -> str:
    if own and missing:
        return say(
            "{name}, which unlike the agreed definition says {words}, and does not say {missing}",
            name=name,
            words=listed(own),
            missing=listed_as_choice(missing),
        )
    if own:
        return say(
            "{name}, which unlike the agreed definition says {words}",
            name=name,
            words=listed(own),
        )
    if missing:
        return say(
            "{name}, which unlike the agreed definition does not say {missing}",
            name=name,
            missing=listed_as_choice(missing),
        )
    return name


def _alone(passage: Passage, others: Sequence[Passage]) -> list[str]:
    definitions = [_definition(p) for p in (passage, *others)]
    aside = " ".join(" ".join((*d.names, d.whose)) for d in definitions)
    phrases = phrases_alone_in(passage.text, [p.text for p in others], aside=aside)
    return [f"\u201c{phrase}\u201d" for phrase in phrases]
