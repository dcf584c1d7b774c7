"""Whether a figure that a question, or a part of it, asks for stands in a passage on its subject.

A part such as "and in what year?" has few words of its own, and nearly any passage fits them. It is
answered only from a passage that holds a year and speaks of what the year is of (docs/adr/0018).
"""

from assistant.answering.expectation import Expectation
from assistant.answering.premise import what_is_asked
from assistant.answering.question import Question
from assistant.domain.documents import Passage
from assistant.retrieval.evidence import Evidence
from assistant.retrieval.words import stem, stems_of, words_of

LOOKED_AT = 5
ON_THE_SUBJECT = 0.3
# They say what kind of figure is wanted, and seldom stand beside it.
_KIND_WORDS = (
    "year date day month week time long much many cost price sum amount number percentage "
    "proportion share"
)
_KINDS = frozenset(_KIND_WORDS.split())


def is_settled(question: Question, evidence: Evidence) -> bool:
    """Return False where a figure or date is asked for and no passage on the subject holds one.

    Names are not looked for: a name may stand in one passage and what it is the name of in another.
    """
    expected = question.expectation
    if expected is None or expected.known or question.about:
        return True
    holding = (f.passage for f in evidence.found[:LOOKED_AT] if _holds(f.passage, expected))
    return any(_on(passage, evidence) >= ON_THE_SUBJECT for passage in holding)


def _holds(passage: Passage, expected: Expectation) -> bool:
    return any(expected.met_by(s) for block in passage.blocks for s in block.sentences)


def _on(passage: Passage, evidence: Evidence) -> float:
    """Return the share of the question's words, by rarity, that a passage has."""
    asked = {stem(w) for w in words_of(what_is_asked(evidence.question)) if w not in _KINDS}
    rarity = zip(map(stem, evidence.words), evidence.rarity, strict=True)
    weights = {s: r for s, r in rarity if s in asked}
    here = set(stems_of(f"{passage.section} {passage.text}"))
    total = sum(weights.values())
    return sum(r for s, r in weights.items() if s in here) / total if total else 1.0
