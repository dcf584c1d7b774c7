"""One evaluation: index a question set in a scratch snapshot, ask everything, measure."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from assistant.answering.answerer import Answerer
from assistant.answering.conversation import put_in_place, readings_of
from assistant.answering.draft import Composer
from assistant.domain.answers import Answer
from assistant.domain.documents import PUBLIC
from assistant.evaluation import measures
from assistant.evaluation.measures import Figure
from assistant.evaluation.question_set import Asked, QuestionSet
from assistant.retrieval.search import Searcher

DEPTH = 10
PASSAGES = 50
AUDIENCES = (PUBLIC,)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of a set; None where the set has nothing to measure one on."""

    queries: int
    recall_at_5: Figure | None
    recall_at_10: Figure | None
    ndcg_at_10: Figure | None
    mrr_at_10: Figure | None
    auroc: Figure | None
    rouge_l: Figure | None
    coverage: Figure | None
    false_answer_rate: Figure | None
    median_ms: Figure | None
    p95_ms: Figure | None

    def figures(self) -> dict[str, Figure | None]:
        """Return the figures by name, `queries` left out."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "queries"}


@dataclass(frozen=True, slots=True)
class _Outcome:
    asked: Asked
    answer: Answer
    documents: dict[str, float]
    milliseconds: float


def evaluate(
    questions: QuestionSet,
    searcher: Searcher,
    composer: Composer,
    *,
    minimum_confidence: float,
    on_question: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Ask every question of the set as a reader would, and measure what comes back."""
    answerer = Answerer(lambda: searcher, minimum_confidence=minimum_confidence, composer=composer)
    outcomes = []
    for done, asked in enumerate(questions.asked, start=1):
        outcomes.append(_outcome(asked, answerer, searcher))
        if on_question is not None:
            on_question(done, len(questions.asked))
    return _measured(questions, outcomes)


def _outcome(asked: Asked, answerer: Answerer, searcher: Searcher) -> _Outcome:
    began = time.perf_counter()
    answer = answerer(asked.question, asked.history, AUDIENCES)
    milliseconds = (time.perf_counter() - began) * 1000
    put = put_in_place(asked.question, asked.history)
    read_as, beside = readings_of(asked.question, asked.history, put)
    ranked: dict[str, float] = {}
    for found in searcher.search(read_as, AUDIENCES, beside=beside, kept=PASSAGES).found:
        ranked.setdefault(found.passage.document, found.score)
    return _Outcome(asked, answer, dict(list(ranked.items())[:DEPTH]), milliseconds)


def _measured(questions: QuestionSet, outcomes: Sequence[_Outcome]) -> Evaluation:
    run = {o.asked.id: o.documents for o in outcomes}
    found = measures.retrieval(run, questions.judgements)
    said = [o for o in outcomes if o.asked.answerable is not None]
    can = [o for o in said if o.asked.answerable]
    cannot = [o for o in said if not o.asked.answerable]
    worded = [o for o in outcomes if o.asked.answers and o.asked.answerable is not False]
    times = [o.milliseconds for o in outcomes]
    return Evaluation(
        queries=len(outcomes),
        **{name: measures.mean(values) for name, values in found.items()},
        auroc=measures.area_under_roc(
            [o.answer.confidence for o in said], [bool(o.asked.answerable) for o in said]
        ),
        rouge_l=measures.mean(
            [measures.rouge_l(_plain(o.answer), o.asked.answers) for o in worded]
        ),
        coverage=measures.mean([float(o.answer.status.answers) for o in can]),
        false_answer_rate=measures.mean([float(o.answer.status.answers) for o in cannot]),
        median_ms=measures.median(times),
        p95_ms=measures.percentile_95(times),
    )


def _plain(answer: Answer) -> str:
    """Return the statements without their markers; nothing where it did not answer."""
    return " ".join(statement.text for statement in answer.statements)
