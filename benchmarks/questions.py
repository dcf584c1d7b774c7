"""How well the questions over the shipped corpus are answered.

Their halves: `dev` is for tuning, `check` was for checking until it was read, `held` is never read.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.domain.answers import Answer, Turn
from assistant.domain.documents import PUBLIC
from assistant.domain.ports import AnswersQuestions

QUESTIONS = Path(__file__).parent.parent / "tests" / "questions"
FILES = ("shipped.jsonl", "more.jsonl")
HELD = "held"


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, its answer, the share of its facts, and whether a right document is cited."""

    question: dict[str, Any]
    answer: Answer
    facts: float
    rightly_cited: bool

    @property
    def answered(self) -> bool:
        """Whether an answer was given, whole or in part."""
        return self.answer.status.answers

    @property
    def right(self) -> bool:
        """Whether every fact is there and a right document is cited."""
        return self.answered and self.facts == 1.0 and self.rightly_cited

    @property
    def rightly_ended(self) -> bool:
        """Whether it is right, or rightly not answered, or a false premise is put right."""
        if self.question["answerable"]:
            return self.right
        return not self.answered or (bool(self.question.get("truth")) and self.right)


def questions(half: str | None = None) -> list[dict[str, Any]]:
    """Return the questions of one half, or all."""
    lines = [x for f in FILES for x in (QUESTIONS / f).read_text(encoding="utf-8").splitlines()]
    every = [json.loads(line) for line in lines if line.strip()]
    return [q for q in every if half is None or q["half"] == half]


def judge(answer: AnswersQuestions, asked: Iterable[dict[str, Any]]) -> list[Judged]:
    """Answer each question and judge the answer by its facts and its citations."""
    return [_judged(q, answer(q["question"], _history(q), (PUBLIC,))) for q in asked]


def _history(question: dict[str, Any]) -> tuple[Turn, ...]:
    return tuple(Turn(q, a) for q, a in question.get("history", ()))


def _judged(question: dict[str, Any], answer: Answer) -> Judged:
    text = re.sub(r"\s+", " ", answer.text.lower())
    facts = question.get("truth") or question["facts"]
    there = [any(a.lower() in text for a in fact) for fact in facts]
    cited = {c.document for c in answer.citations}
    kinds = {"definitions/*" for path in cited if path.startswith("definitions/")}
    right = bool((cited | kinds) & set(question["documents"]))
    return Judged(question, answer, sum(there) / len(there) if there else 1.0, right)


def share(judged: Sequence[Judged], attribute: str) -> float:
    """Return the share of the answers for which `attribute` is true; 0 when there are none."""
    return sum(getattr(j, attribute) for j in judged) / len(judged) if judged else 0.0


def print_table(judged: Sequence[Judged]) -> None:
    """Print the figures by kind of question."""
    kinds = dict.fromkeys(j.question["kind"] for j in judged)
    print(f"{'kind':<14} {'n':>4} {'answered':>9} {'ended':>6} {'facts':>6} {'words':>6}")
    groups = [(kind, [j for j in judged if j.question["kind"] == kind]) for kind in kinds]
    groups += [
        ("answerable", [j for j in judged if j.question["answerable"]]),
        ("unanswerable", [j for j in judged if j.question["answerable"] is False]),
    ]
    for name, group in groups:
        ended = sum(j.rightly_ended for j in group) / max(1, len(group))
        words = sum(len(j.answer.text.split()) for j in group) / max(1, len(group))
        facts = sum(j.facts * j.answered for j in group) / max(1, len(group))
        print(
            f"{name:<14} {len(group):>4} {share(group, 'answered'):>9.2f} "
            f"{ended:>6.2f} {facts:>6.2f} {words:>6.0f}"
        )
