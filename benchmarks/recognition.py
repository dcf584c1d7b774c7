"""How often a repeated question is known, and another one taken for it.

`python -m benchmarks.recognition` asks every question of tests/questions/repeated.jsonl while all
the verified questions of its half stand at once, so that an offer of any of them to a near miss is
false, and so is the offer of another one to a repeat. The rules were chosen with the `dev` half in
view. It also prints what a question costs with 1, 100 and 1,000 verified answers, its encoding
apart.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from scipy.stats import binomtest

from assistant.domain.networks import Peer, VerifiedAnswer
from assistant.network.recognition import Recogniser
from assistant.retrieval.embedding import Embedding, Encoder
from assistant.retrieval.encoders import DEFAULT_PACKAGE, load_question_encoder

PATH = Path(__file__).parent.parent / "tests" / "questions" / "repeated.jsonl"
HALVES = ("dev", "held")
AUDIENCE = "network-north"
STANDING = (1, 100, 1_000)
TIMED = 30


@dataclass(frozen=True, slots=True)
class Pair:
    """A verified question and one that is asked: the same (`repeat`), or one that looks like it."""

    id: str
    half: str
    kind: str
    repeat: bool
    verified: str
    asked: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A pair and the verified question that was offered, if any."""

    pair: Pair
    offered: str | None

    @property
    def is_false(self) -> bool:
        """Whether the answer to another question was offered."""
        meant = self.pair.verified if self.pair.repeat else None
        return self.offered is not None and self.offered != meant

    @property
    def is_known(self) -> bool:
        """Whether a repeat was known as what it is."""
        return self.pair.repeat and self.offered == self.pair.verified


def pairs(path: Path = PATH) -> list[Pair]:
    """Return the pairs of the set."""
    return [Pair(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def verified(number: int, question: str) -> VerifiedAnswer:
    """Return a verified answer to a question."""
    return VerifiedAnswer(
        id=number,
        network="north",
        question=question,
        answer="What a peer said.",
        by=Peer("U1", None, "Elm Council"),
        on=date(2026, 3, 2),
        verifier="U2",
        verified_at=datetime(2026, 4, 1, tzinfo=UTC),
        review_by=date(2099, 1, 1),
        audience=AUDIENCE,
    )


def recogniser(encoder: Callable[[], Encoder], questions: Iterable[str]) -> Recogniser:
    """Return a recogniser over verified answers to some questions."""
    numbered = enumerate(dict.fromkeys(questions), start=1)
    standing = [(verified(number, question), "North") for number, question in numbered]
    return Recogniser(encoder, lambda: standing)


def outcomes(encoder: Callable[[], Encoder], asked: Sequence[Pair]) -> list[Outcome]:
    """Ask each question while all the verified ones stand."""
    recognise = recogniser(encoder, (pair.verified for pair in asked))
    found = []
    for pair in asked:
        before = recognise(pair.asked, (), (AUDIENCE,))
        found.append(Outcome(pair, before.question if before is not None else None))
    return found


class Remembering:
    """An encoder that encodes each text once, so that what is timed after is the rest."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.digest, self.dimensions = encoder.name, encoder.digest, encoder.dimensions
        self._encoder = encoder
        self._known: dict[str, Embedding] = {}

    def embed(self, texts: Sequence[str], *, as_question: bool = False) -> Iterator[Embedding]:
        """Yield one embedding a text, in the order given."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known |= zip(new, self._encoder.embed(new, as_question=as_question), strict=True)
        return iter([self._known[text] for text in texts])


def seconds_a_question(encoder: Encoder, asked: Sequence[Pair], count: int) -> float:
    """Return the median processor time of a question, its encoding apart.

    `count` verified answers stand.
    """
    known = list(dict.fromkeys(pair.verified for pair in asked))
    several = [f"{q} ({n})" for n in range(count // len(known) + 1) for q in known][:count]
    remembering = Remembering(encoder)
    recognise = recogniser(lambda: remembering, several)
    took: list[float] = []
    for pair in [*asked[:TIMED], *asked[:TIMED]]:
        began = time.process_time()
        recognise(pair.asked, (), (AUDIENCE,))
        took.append(time.process_time() - began)
    return statistics.median(took[TIMED:])


def main() -> None:
    """Print the figures."""
    asked = pairs()
    with TemporaryDirectory(prefix="assistant-recognition-") as folder:
        encoder = load_question_encoder(DEFAULT_PACKAGE, Path(folder) / "encoder")
        for half in HALVES:
            _print(half, outcomes(lambda: encoder, [p for p in asked if p.half == half]))
        for count in STANDING:
            cost = seconds_a_question(encoder, asked, count)
            print(f"{count:5} verified answers: {cost * 1000:.1f} ms, the encoding apart")


def _print(half: str, found: Sequence[Outcome]) -> None:
    misses = [o for o in found if not o.pair.repeat]
    repeats = [o for o in found if o.pair.repeat]
    print(f"\n{half}\nfalse offers to near misses {_share([o.is_false for o in misses])}")
    print(f"false offers to repeats {_share([o.is_false for o in repeats])}")
    print(f"repeats that are known {_share([o.is_known for o in repeats])}")
    for kind in sorted({o.pair.kind for o in misses}):
        print(f"  near miss, {kind}: {_share([o.is_false for o in misses if o.pair.kind == kind])}")
    for kind in sorted({o.pair.kind for o in repeats}):
        print(f"  repeat, {kind}: {_share([o.is_known for o in repeats if o.pair.kind == kind])}")
    for outcome in found:
        if outcome.is_false:
            print(f"  FALSE {outcome.pair.id}: {outcome.pair.asked} <- {outcome.offered}")


def _share(hits: Sequence[bool]) -> str:
    share = binomtest(sum(hits), len(hits)).proportion_ci(method="wilson")
    return f"{sum(hits)} of {len(hits)} ({share.low:.1%} to {share.high:.1%})"


if __name__ == "__main__":
    main()
