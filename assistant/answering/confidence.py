"""One confidence, from 0 to 1, that the passages found answer the question.

A logistic regression on what the search measured, fitted by `benchmarks/fit_confidence.py` on the
development questions over the shipped corpus and over three public corpora (docs/adr/0019). It
tells a question that the corpus answers from one that it does not; it says nothing about which
sentence answers.
"""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from assistant.answering.question import Question
from assistant.retrieval.evidence import Evidence, Found

LOOKED_AT = 5
UNTYPED = 1.0
WEAKEST_PART = 4


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer being in the passages; each from 0 to 1, most of them cosines.

    `source`, `anywhere` and `usual` are those of `Among` for the best passage: an answerable
    question finds one source that matches all of it, well above the rest of the shortlist.
    `clause` is the best match of one sentence of the question, `weakest` that of the quarter of
    its tokens which match worst, `sentence` and `placed` that of one sentence of a passage,
    without and with its headings. `expected` is 1 where no figure, date or name is asked for, else
    how near the best sentence that holds one comes to the best sentence.
    """

    source: float
    anywhere: float
    usual: float
    clause: float
    weakest: float
    sentence: float
    placed: float
    cosine: float
    expected: float


# Fitted; see the module's docstring. The order is that of the fields of `Signals`.
WEIGHTS = (19.59, -8.16, -3.4, 7.89, 4.34, 5.04, -20.85, 5.21, 2.42)
INTERCEPT = -6.78
DEFINED = 0.97


def confidence(question: Question, evidence: Evidence) -> float:
    """Return the confidence; a question that the glossary settles is sure."""
    if question.is_sure:
        return DEFINED
    if not evidence.found:
        return 0.0
    values = astuple(signals(question, evidence))
    total = INTERCEPT + sum(w * v for w, v in zip(WEIGHTS, values, strict=True))
    return 1 / (1 + math.exp(-total))


def signals(question: Question, evidence: Evidence) -> Signals:
    """Return the signals of a search that found something."""
    best = evidence.found[:LOOKED_AT]
    among = best[0].among
    return Signals(
        source=among.source,
        anywhere=among.anywhere,
        usual=among.usual,
        clause=max(_best_clause(evidence, f) for f in best),
        weakest=max(_weakest(f) for f in best),
        sentence=max(max(f.sentences, default=0.0) for f in best),
        placed=max(f.placed for f in best),
        cosine=max(f.cosine for f in evidence.found),
        expected=_expected(question, best),
    )


def _best_clause(evidence: Evidence, found: Found) -> float:
    """Return the interaction of the best sentence of what was asked: a scenario has several."""
    own = [sum(found.matches[i] for i in clause) / len(clause) for clause in evidence.clauses]
    return max((found.interaction, *own))


def _weakest(found: Found) -> float:
    """Return the mean of the quarter of the question's tokens that match worst."""
    lowest = sorted(found.matches)[: max(1, len(found.matches) // WEAKEST_PART)]
    return sum(lowest) / len(lowest) if lowest else 0.0


def _expected(question: Question, best: Sequence[Found]) -> float:
    """Return how near the sentence with the figure asked for comes to the best sentence."""
    if question.expectation is None:
        return UNTYPED
    scored = [
        (score, sentence)
        for found in best
        for score, sentence in zip(found.sentences, _sentences(found), strict=True)
    ]
    top = max((score for score, _ in scored), default=0.0)
    fitting = [score for score, sentence in scored if question.expectation.met_by(sentence)]
    return max(0.0, max(fitting) / top) if fitting and top > 0 else 0.0


def _sentences(found: Found) -> list[str]:
    return [sentence for block in found.passage.blocks for sentence in block.sentences]
