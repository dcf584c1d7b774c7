"""Fit the confidence on development questions and print it.

`python -m benchmarks.fit_confidence [FOLDER ...]` fits on the development questions over the
shipped corpus and on question sets in BEIR's form that say what is answerable (a folder with
`abstain.json` is used as a probe). It prints the weights for `assistant.answering.confidence`, the
AUROC of each set by five-fold cross-validation, that of the half which is never fitted, and its
reliability table.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from assistant.answering.confidence import confidence, signals
from assistant.answering.conversation import put_in_place, readings_of
from assistant.answering.question import understand
from assistant.bootstrap import Services
from assistant.domain.answers import Turn
from assistant.domain.documents import PUBLIC
from assistant.evaluation.question_set import read_probe, read_question_set
from assistant.retrieval.search import Searcher
from assistant.settings import load_settings
from benchmarks.questions import HELD, questions

STRENGTH = 1.0
# Of the questions that people ask, so many are taken to be answerable.
PRIOR = 0.75
FOLDS = 5
BINS = 5
# A set weighs like so many questions, times what it is worth as a sample of those to guidance.
QUESTIONS = 600
WORTH = {"conditionalqa": 1.5, "mtrag_govt": 0.3}
# Neither kind can be told by how well passages match; both have guards of their own.
GUARDED = ("false_premise", "attack")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """The signals of a set's questions, shape (n, signals), which can be answered, and now's."""

    values: Floats
    answerable: npt.NDArray[np.bool_]
    now: Floats


def main() -> None:
    """Index, ask, fit, and print."""
    with tempfile.TemporaryDirectory() as folder:
        services = Services(load_settings(data_dir=folder))
        services.ingest(Path("corpus"))
        searcher = services.corpus.searcher()
        held = sample(searcher, shipped(HELD))
        samples = {"shipped": sample(searcher, shipped(None))}
    for path in map(Path, sys.argv[1:]):
        samples[path.name] = indexed(path)
    report(samples, held)


def report(samples: dict[str, Sample], held: Sample) -> None:
    """Fit on the samples and print what came out."""
    model = fit(samples)
    print("WEIGHTS =", tuple(round(float(w), 2) for w in model.coef_[0]))
    print("INTERCEPT =", round(float(model.intercept_[0]), 2))
    crossed = cross_validated(samples)
    for name, one in samples.items():
        area = roc_auc_score(one.answerable, crossed[name])
        now = roc_auc_score(one.answerable, one.now)
        print(f"{name:<16} n {len(one.now):>5}  AUROC {area:.3f} in folds, {now:.3f} as it stands")
    print(
        f"{'held':<16} n {len(held.now):>5}  AUROC {roc_auc_score(held.answerable, held.now):.3f}"
    )
    _reliability(held)


def fit(samples: dict[str, Sample]) -> LogisticRegression:
    """Fit one regression on all samples, with the same share of answerable questions in each."""
    values = np.concatenate([one.values for one in samples.values()])
    answerable = np.concatenate([one.answerable for one in samples.values()])
    weights = np.concatenate([_weights(name, one) for name, one in samples.items()])
    model = LogisticRegression(C=STRENGTH, max_iter=5000)
    spread = values.std(axis=0)
    model.fit(values / spread, answerable, sample_weight=weights)
    model.coef_ = model.coef_ / spread
    return model


def cross_validated(samples: dict[str, Sample]) -> dict[str, Floats]:
    """Return each question's score by a regression that was fitted without its fold."""
    chance = {"n_splits": FOLDS, "shuffle": True, "random_state": 0}
    folds = {
        name: list(StratifiedKFold(**chance).split(one.values, one.answerable))
        for name, one in samples.items()
    }
    scores = {name: np.zeros(len(one.now)) for name, one in samples.items()}
    for fold in range(FOLDS):
        model = fit({n: _part(one, folds[n][fold][0]) for n, one in samples.items()})
        for name, one in samples.items():
            left_out = folds[name][fold][1]
            scores[name][left_out] = model.decision_function(one.values[left_out])
    return scores


def _part(one: Sample, rows: npt.NDArray[np.int64]) -> Sample:
    return Sample(one.values[rows], one.answerable[rows], one.now[rows])


def _weights(name: str, one: Sample) -> Floats:
    can, cannot = one.answerable.sum(), (~one.answerable).sum()
    each = np.where(one.answerable, PRIOR / max(1, can), (1 - PRIOR) / max(1, cannot))
    return np.asarray(each * WORTH.get(name, 1.0) * QUESTIONS, dtype=np.float64)


def shipped(half: str | None) -> Iterator[tuple[str, Sequence[Turn], bool]]:
    """Yield question, thread and whether it can be answered, of the held half or of the others."""
    for asked in questions(half):
        if asked["answerable"] is None or (half is None and asked["half"] == HELD):
            continue
        if asked["kind"] in GUARDED and half is None:
            continue
        history = tuple(Turn(q, a) for q, a in asked.get("history", ()))
        yield asked["question"], history, asked["answerable"]


def indexed(folder: Path) -> Sample:
    """Index a question set in a scratch snapshot and sample its questions."""
    probe = read_probe(folder / "abstain.json") if (folder / "abstain.json").exists() else None
    found = read_question_set(folder, probe)
    with tempfile.TemporaryDirectory() as scratch:
        services = Services(load_settings(data_dir=scratch))
        return sample(services.indexed(found.corpus), said(found))


def said(found: Any) -> Iterator[tuple[str, Sequence[Turn], bool]]:
    """Yield the questions of a set that says whether they can be answered."""
    for asked in found.asked:
        if asked.answerable is not None:
            yield asked.question, asked.history, asked.answerable


def sample(searcher: Searcher, asked: Iterator[tuple[str, Sequence[Turn], bool]]) -> Sample:
    """Search each question; those about a term that is defined are sure, and left out."""
    values, answerable, now = [], [], []
    for text, history, can in asked:
        put = put_in_place(text, history)
        read_as, beside = readings_of(text, history, put)
        own = put.text if put is not None else text
        evidence = searcher.search(read_as, (PUBLIC,), asked=own, beside=beside)
        question = understand(evidence.question, evidence.mentions, asked=evidence.asked)
        if question.is_sure or not evidence.found:
            continue
        values.append(astuple(signals(question, evidence)))
        answerable.append(can)
        now.append(confidence(question, evidence))
    return Sample(np.array(values), np.array(answerable, dtype=bool), np.array(now))


def _reliability(one: Sample) -> None:
    print("confidence      questions  answerable")
    for low in np.linspace(0, 1, BINS + 1)[:-1]:
        inside = (one.now >= low) & (one.now < low + 1 / BINS + 1e-9)
        if inside.any():
            share = one.answerable[inside].mean()
            print(f"{low:.1f} to {low + 1 / BINS:.1f} {inside.sum():>15} {share:>11.2f}")


if __name__ == "__main__":
    main()
