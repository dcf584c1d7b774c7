"""The figures of an evaluation, each with a 95 % bootstrap interval.

Retrieval measures are `ir_measures` (over trec_eval), ROUGE-L is `rouge_score` (Lin, 2004), the
area under the ROC curve scikit-learn's, intervals SciPy's percentile bootstrap.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000
SEED = 2026
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value and the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def mean(values: Sequence[float]) -> Figure | None:
    """Return the mean, or None when there is nothing to measure."""
    return _figure(np.mean, values)


def median(values: Sequence[float]) -> Figure | None:
    """Return the median, or None when there is nothing to measure."""
    return _figure(np.median, values)


def percentile_95(values: Sequence[float]) -> Figure | None:
    """Return the 95th percentile, or None when there is nothing to measure."""

    def statistic(sample: npt.NDArray[np.float64], axis: int = -1) -> npt.NDArray[np.float64]:
        return np.asarray(np.percentile(sample, 95, axis=axis))

    return _figure(statistic, values)


def area_under_roc(confidences: Sequence[float], answerable: Sequence[bool]) -> Figure | None:
    """Return how well the confidence tells answerable from not, or None when one kind lacks."""
    from sklearn.metrics import roc_auc_score

    scores, truth = np.asarray(confidences), np.asarray(answerable)
    if truth.all() or not truth.any():
        return None
    chance = np.random.default_rng(SEED)
    areas = []
    for _ in range(RESAMPLES):
        chosen = chance.integers(0, len(truth), len(truth))
        if 0 < truth[chosen].sum() < len(truth):
            areas.append(roc_auc_score(truth[chosen], scores[chosen]))
    low, high = np.percentile(areas, [2.5, 97.5])
    return Figure(float(roc_auc_score(truth, scores)), float(low), float(high))


def retrieval(
    run: Mapping[str, Mapping[str, float]], judgements: Mapping[str, Mapping[str, int]]
) -> dict[str, list[float]]:
    """Return, by measure, a value for each question that has a relevant document."""
    import ir_measures
    from ir_measures import RR, R, nDCG

    names = {"recall_at_5": R @ 5, "recall_at_10": R @ 10, "ndcg_at_10": nDCG @ 10}
    names["mrr_at_10"] = RR @ 10
    judged = {
        q: dict(d) for q, d in judgements.items() if q in run and any(s > 0 for s in d.values())
    }
    if not judged:
        return {name: [] for name in names}
    found = {q: dict(run[q]) for q in judged}
    values: dict[str, list[float]] = {name: [] for name in names}
    by_measure = {measure: name for name, measure in names.items()}
    for metric in ir_measures.iter_calc(list(names.values()), judged, found):
        values[by_measure[metric.measure]].append(float(metric.value))
    return values


def rouge_l(text: str, answers: Sequence[str]) -> float:
    """Return the best ROUGE-L F1 of a text against any of the answers."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"])
    return max(float(scorer.score(answer, text)["rougeL"].fmeasure) for answer in answers)


def _figure(statistic: Callable[..., object], values: Sequence[float]) -> Figure | None:
    from scipy.stats import bootstrap

    if not values:
        return None
    sample = np.asarray(values, dtype=np.float64)
    value = float(np.asarray(statistic(sample)))
    if len(values) < FEWEST or np.ptp(sample) == 0:
        return Figure(value, value, value)
    interval = bootstrap(
        (sample,), statistic, n_resamples=RESAMPLES, method="percentile", rng=SEED, batch=100
    ).confidence_interval
    return Figure(value, float(interval.low), float(interval.high))
