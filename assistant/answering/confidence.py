"""One confidence, from 0 to 1, that the passages found answer the question.

A logistic regression on what the search measured, fitted by `benchmarks/fit_confidence.py` on the
development half of the questions over the shipped corpus (docs/adr/0005). It tells a question that
the corpus answers from one that it does not; it says nothing about which sentence answers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.question import Question
from assistant.retrieval.evidence import Evidence, Found
from assistant.retrieval.words import stem, stems_of

LOOKED_AT = 5
UNTYPED = 1.0


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer being in the passages; each from 0 to 1."""

    interaction: float
    clause: float
    words: float
    weakest_word: float
    exact_words: float
    unknown_word: float
    gap: float
    expected: float

    def values(self) -> tuple[float, ...]:
        """Return the signals in the order of the weights."""
        return (
            self.interaction,
            self.clause,
            self.words,
            self.weakest_word,
            self.exact_words,
            self.unknown_word,
            self.gap,
            self.expected,
        )


# Fitted; see the module's docstring. The order is that of `Signals.values`.
WEIGHTS = (1.68, 1.85, 1.23, 0.48, 0.44, -0.96, -0.87, 1.97)
INTERCEPT = -3.64
DEFINED = 0.97


def confidence(question: Question, evidence: Evidence) -> float:
    """Return the confidence; a question about a term that the glossary defines is sure."""
    if question.is_definition or question.is_comparison:
        return DEFINED
    if not evidence.found:
        return 0.0
    values = signals(question, evidence).values()
    total = INTERCEPT + sum(w * v for w, v in zip(WEIGHTS, values, strict=True))
    return 1 / (1 + math.exp(-total))


def signals(question: Question, evidence: Evidence) -> Signals:
    """Return the signals of a search that found something."""
    best = evidence.found[:LOOKED_AT]
    fits = [_word_fits(evidence, found) for found in best]
    rarity = evidence.rarity or (1.0,)
    return Signals(
        interaction=max(f.interaction for f in best),
        clause=max(_best_clause(evidence, f) for f in best),
        words=max(_weighted([soft for soft, _ in fit], rarity) for fit in fits),
        weakest_word=max(min((soft for soft, _ in fit), default=0.0) for fit in fits),
        exact_words=max(_weighted([float(exact) for _, exact in fit], rarity) for fit in fits),
        unknown_word=max(rarity),
        gap=min(_widest_gap(fit, rarity) for fit in fits),
        expected=_expected(question, best),
    )


def _best_clause(evidence: Evidence, found: Found) -> float:
    """Return the interaction of the question's best sentence: a scenario has several."""
    return max(
        (
            sum(found.matches[i] for i in clause) / len(clause)
            for clause in evidence.clauses
            if clause
        ),
        default=found.interaction,
    )


def _word_fits(evidence: Evidence, found: Found) -> list[tuple[float, bool]]:
    """Return, for each content word, its best match in the passage and whether it stands there."""
    passage = found.passage
    names = " ".join(passage.definition.names) if passage.definition else ""
    stems = set(stems_of(f"{passage.section} {names} {passage.text}"))
    fits = []
    for word, places in zip(evidence.words, evidence.tokens, strict=True):
        stands = stem(word) in stems
        near = max((found.matches[i] for i in places), default=0.0)
        # To an encoder 77 is much like 792; to a reader it is another thing. A single figure is
        # as often spelt out.
        is_figure = word.isdecimal() and len(word) > 1
        fits.append((float(stands) if is_figure else near, stands))
    return fits


def _weighted(values: Sequence[float], rarity: Sequence[float]) -> float:
    if not values:
        return 0.0
    return sum(v * r for v, r in zip(values, rarity, strict=True)) / sum(rarity)


def _widest_gap(fit: Sequence[tuple[float, bool]], rarity: Sequence[float]) -> float:
    """Return how far the rarest word of the question is from anything in the passage."""
    gaps = [
        r * (1 - (1.0 if exact else soft)) for (soft, exact), r in zip(fit, rarity, strict=False)
    ]
    return max(gaps, default=1.0)


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
