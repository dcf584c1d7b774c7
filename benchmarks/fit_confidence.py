"""Fit the confidence on the development half of the shipped questions and print it.

`python -m benchmarks.fit_confidence` prints the weights for `assistant.answering.confidence`, the
AUROC on both halves, and a reliability table of the half that was not fitted.
"""

import tempfile
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assistant.answering.confidence import confidence, signals
from assistant.answering.conversation import readings_of
from assistant.answering.question import understand
from assistant.bootstrap import Services
from assistant.domain.answers import Turn
from assistant.domain.documents import PUBLIC
from assistant.settings import load_settings
from benchmarks.questions import questions

STRENGTH = 1.0
BINS = 5


def main() -> None:
    """Ingest the shipped corpus into a scratch folder, fit, and print."""
    with tempfile.TemporaryDirectory() as folder:
        services = Services(load_settings(data_dir=folder))
        services.ingest(Path("corpus"))
        rows = list(_rows(services))
    values = np.array([row[0] for row in rows])
    answerable, dev, now = (np.array([row[i] for row in rows]) for i in (1, 2, 3))
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=5000)
    model.fit(values[dev], answerable[dev])
    print("WEIGHTS =", tuple(round(float(w), 2) for w in model.coef_[0]))
    print("INTERCEPT =", round(float(model.intercept_[0]), 2))
    scores = model.decision_function(values)
    for name, half in (("development", dev), ("check", ~dev)):
        area = roc_auc_score(answerable[half], scores[half])
        print(f"AUROC, {name} half, {half.sum()} questions: {area:.3f}")
    print("Reliability of the confidence as it stands, check half")
    for low in np.linspace(0, 1, BINS, endpoint=False):
        inside = ~dev & (now >= low) & (now < low + 1 / BINS + (low >= 1 - 1 / BINS))
        if inside.any():
            rate = answerable[inside].mean()
            print(
                f"{low:.1f} to {low + 1 / BINS:.1f}: {inside.sum():>3} asked, {rate:.2f} answerable"
            )


def _rows(services: Services):  # type: ignore[no-untyped-def]
    searcher = services.corpus.searcher()
    for asked in questions():
        history = [Turn(q, a) for q, a in asked.get("history", ())]
        evidence = searcher.search(stand_alone(asked["question"], history), (PUBLIC,))
        question = understand(evidence.question, evidence.mentions)
        if asked["answerable"] is None or question.about or not evidence.found:
            continue
        certainty = confidence(question, evidence)
        values = signals(question, evidence).values()
        yield values, asked["answerable"], asked["half"] == "dev", certainty


if __name__ == "__main__":
    main()
