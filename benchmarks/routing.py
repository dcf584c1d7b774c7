"""Whether a question to a network reaches who knows: `python -m benchmarks.routing [--held]`.

Every question of tests/questions/routing.jsonl is put while all the topics of topics.jsonl stand,
with the default encoder. The router was fitted on the `dev` half; `--held` measures the other half
too, which is for the end alone (docs/adr/0032).
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import binomtest

from assistant.domain.networks import Topic
from assistant.network.routing import TopicRouter
from assistant.retrieval.encoders import DEFAULT_PACKAGE, load_question_encoder

FOLDER = Path(__file__).parent.parent / "tests" / "questions"
HALVES = ("dev", "held")
TOP = 3


@dataclass(frozen=True, slots=True)
class Routed:
    """A question, the topics that it is for (none where it is for nobody), and those it went to."""

    question: str
    half: str
    kind: str
    right: tuple[str, ...]
    found: tuple[str, ...]


def topics() -> list[Topic]:
    """Return the topics of the set."""
    lines = (FOLDER / "topics.jsonl").read_text(encoding="utf-8").splitlines()
    return [Topic(row["topic"], tuple(row["people"])) for row in map(json.loads, lines)]


def routed(router: TopicRouter, half: str) -> Iterator[Routed]:
    """Put every question of a half to the router."""
    known = topics()
    for line in (FOLDER / "routing.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["half"] == half:
            found = tuple(topic.name for topic in router(row["question"], known))
            yield Routed(row["question"], half, row["kind"], tuple(row["topics"]), found)


def people_found(one: Routed, people: Mapping[str, Sequence[str]]) -> tuple[int, int]:
    """Return how many right people the first three topics reach, and how many there are.

    A right person is one who knows about any topic that the question is for.
    """
    right = {user for topic in one.right for user in people[topic]}
    asked = {user for topic in one.found[:TOP] for user in people[topic]}
    return len(right & asked), len(right)


def report(results: Sequence[Routed]) -> Iterator[str]:
    """Say the figures of some questions, each with its 95 % interval."""
    people = {topic.name: topic.people for topic in topics()}
    meant = [one for one in results if one.right]
    nobodys = [one for one in results if not one.right]
    counted = [people_found(one, people) for one in meant]
    found, right = (sum(numbers) for numbers in zip(*counted, strict=True))
    yield _share("a right topic is first", meant, lambda one: set(one.found[:1]) & set(one.right))
    yield _of("right people among those of the first three topics", found, right)
    yield _share("a right person is reached", meant, lambda one: people_found(one, people)[0])
    yield _share("a question for nobody goes to somebody", nobodys, lambda one: one.found)
    asked = [len({user for topic in one.found for user in people[topic]}) for one in meant]
    yield f"  people asked: {sum(asked) / len(asked):.1f} on average, at most {max(asked)}"


def wrong(results: Sequence[Routed]) -> Iterator[str]:
    """Name the questions whose first topic is not a right one."""
    for one in results:
        if one.right and not set(one.found[:1]) & set(one.right):
            yield f"  {one.kind}: {one.question}\n    went to {one.found}, not {one.right}"
        elif not one.right and one.found:
            yield f"  {one.kind}: {one.question}\n    went to {one.found}"


def _share(name: str, of: Sequence[Routed], holds: Callable[[Routed], object]) -> str:
    return _of(name, sum(bool(holds(one)) for one in of), len(of))


def _of(name: str, count: int, total: int) -> str:
    interval = binomtest(count, total).proportion_ci(method="exact")
    share = f"{count / total:.3f} [{interval.low:.3f}, {interval.high:.3f}]"
    return f"  {name}: {share}, {count} of {total}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--held", action="store_true", help="measure the half held back too")
    parser.add_argument("--wrong", action="store_true", help="name what went wrong in `dev`")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        encoder = load_question_encoder(DEFAULT_PACKAGE, Path(folder))
        router = TopicRouter(lambda: encoder)
        for half in HALVES[: 1 + asked.held]:
            results = list(routed(router, half))
            print(f"{half}, {len(results)} questions, {len(topics())} topics:")
            lines = [*report(results), *(wrong(results) if asked.wrong and half == "dev" else ())]
            print("\n".join(lines))


if __name__ == "__main__":
    main()
