"""The gate: what a new snapshot must pass before it goes live."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.answering.answerer import Answerer
from assistant.answering.extractive import ExtractiveComposer
from assistant.domain.answers import Answer
from assistant.domain.releases import GateReport, OnProgress, Progress, Step
from assistant.ingestion.files import GOLDEN
from assistant.ingestion.text import one_line
from assistant.operations.golden import GoldenQuestion
from assistant.operations.sampling import finds_itself, sampled_of
from assistant.retrieval.peers import PeersNow, no_peers
from assistant.retrieval.search import Searcher

LARGEST_DROP = 0.2
# A share of few says little: so many must be lost before the share is looked at.
FEWEST_DOCUMENTS_LOST = 5
FEWEST_PASSAGES_LOST = 50
# Without a live snapshot to compare with, of so many golden questions one at least must go well.
FEWEST_TELLING = 3
ALLOW = "If that is meant, reload with --allow-shrink."
NONE_GOES_WELL = "None of the {count} golden questions goes well."


# Gives a search of the live snapshot, None where there is none; it is opened only when needed.
Live = Callable[[], Searcher | None]


@dataclass(frozen=True, slots=True)
class GateRules:
    """What the operator decided: `largest_drop` is a share from 0 to 1.

    `peers` is what networks know, which an answer to a golden question may rest on.
    """

    minimum_confidence: float
    largest_drop: float = LARGEST_DROP
    allow_shrink: bool = False
    peers: PeersNow = no_peers


@dataclass(frozen=True, slots=True)
class Size:
    """How many documents and passages there are, in all or of one audience."""

    documents: int = 0
    passages: int = 0


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a corpus is, in all and by audience."""

    whole: Size
    audiences: Mapping[str, Size]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a reload changes: how large the corpus was and is, and which documents went in anew.

    `before` is None where nothing is live.
    """

    before: Extent | None
    after: Extent
    fresh: tuple[str, ...] = field(default=())


def extent_of(documents: Iterable[Mapping[str, int]]) -> Extent:
    """Return how large a corpus is from each document's number of passages by audience."""
    audiences: dict[str, Size] = {}
    whole = Size()
    for passages in documents:
        whole = Size(whole.documents + 1, whole.passages + sum(passages.values()))
        for audience, count in passages.items():
            known = audiences.get(audience, Size())
            audiences[audience] = Size(known.documents + 1, known.passages + count)
    return Extent(whole, audiences)


def shrinkage(before: Extent | None, after: Extent, largest_drop: float) -> tuple[str, ...]:
    """Say where more than the share `largest_drop` of documents or passages would be lost.

    It needs no snapshot, so a preview can say what the gate will ask. What moves to another
    audience is lost to its own: who may read it changed, which is worth being asked about.
    """
    if before is None:
        return ()
    said = [_shrunk("", before.whole, after.whole, largest_drop)]
    if len(before.audiences) > 1:
        said += [
            _shrunk(f"Of {audience}, ", size, after.audiences.get(audience, Size()), largest_drop)
            for audience, size in sorted(before.audiences.items())
        ]
    return tuple(sentence for sentence in said if sentence is not None)


def check(
    new: Searcher,
    live: Live,
    golden: Sequence[GoldenQuestion],
    difference: Difference,
    rules: GateRules,
    on_progress: OnProgress | None = None,
) -> GateReport:
    """Test the snapshot of `new` against its own passages and against that of `live`.

    No chat model is asked. Golden questions are asked of the live snapshot only where the new one
    fails them; without one their failures are warnings, unless none of three or more goes well.
    """
    shrunk = shrinkage(difference.before, difference.after, rules.largest_drop)
    sample = sampled_of(new.snapshot, difference.fresh)
    total = len(sample) + len(golden)
    report = finds_itself(new, sample)

    def asked(done: int) -> None:
        if on_progress is not None:
            on_progress(Progress(Step.GATE, len(sample) + done, total))

    asked(0)
    failures, warnings = _asked(new, live, golden, rules, asked)
    passed = len(golden) - len(failures) - len(warnings)
    if len(golden) >= FEWEST_TELLING and not passed and live() is None:
        failures, warnings = [NONE_GOES_WELL.format(count=len(golden)), *warnings], []
    allowed = tuple(f"{s} It was allowed." for s in shrunk) if rules.allow_shrink else ()
    refused = () if rules.allow_shrink else tuple(f"{s} {ALLOW}" for s in shrunk)
    return GateReport(
        (*refused, *report.failures, *failures),
        (*allowed, *report.warnings, *warnings),
        len(golden),
        passed,
        report.sampled,
    )


def _shrunk(of: str, before: Size, after: Size, largest_drop: float) -> str | None:
    kinds = (
        ("documents", before.documents, after.documents, FEWEST_DOCUMENTS_LOST),
        ("passages", before.passages, after.passages, FEWEST_PASSAGES_LOST),
    )
    for what, had, has, fewest in kinds:
        lost = had - has
        if lost >= fewest and lost > largest_drop * had:
            return (
                f"{of or 'In all, '}{has} {what} would be there in place of {had}: "
                f"{lost / had:.0%} fewer, where up to {largest_drop:.0%} is usual."
            )
    return None


def _asked(
    new: Searcher,
    live: Live,
    golden: Sequence[GoldenQuestion],
    rules: GateRules,
    on_question: Callable[[int], None],
) -> tuple[list[str], list[str]]:
    """Ask the golden questions; return what keeps the snapshot back, and what is to be told."""
    failures: list[str] = []
    warnings: list[str] = []
    for done, asked in enumerate(golden, start=1):
        wrong = _shortfall(new, asked, rules)
        if wrong is not None:
            said = f"\u201c{asked.question}\u201d ({GOLDEN}, line {asked.line}) {wrong}"
            other = live()
            if other is None:
                warnings.append(f"{said}.")
            elif _shortfall(other, asked, rules) is None:
                failures.append(f"{said}; with the live snapshot it goes well.")
            else:
                warnings.append(f"{said}; it does not go well with the live snapshot either.")
        on_question(done)
    return failures, warnings


def _shortfall(searcher: Searcher, asked: GoldenQuestion, rules: GateRules) -> str | None:
    """Say what is wrong with the answer, None where it is as it should be."""
    answerer = Answerer(
        lambda: searcher,
        minimum_confidence=rules.minimum_confidence,
        composer=ExtractiveComposer(),
        peers=rules.peers,
    )
    answer = answerer(asked.question, (), asked.audiences)
    if answer.status.answers != asked.answered:
        return "was not answered" if asked.answered else "was answered, and must not be"
    return _lacks(answer, asked, searcher.snapshot.manifest.documents)


def _lacks(answer: Answer, asked: GoldenQuestion, there: Mapping[str, str]) -> str | None:
    cited = {citation.document for citation in answer.citations}
    without = [document for document in asked.documents if document not in cited]
    if without:
        gone = [document for document in without if document not in there]
        why = f", and {_listed(gone)} not in the snapshot" if gone else ""
        return f"was answered without {', '.join(without)}{why}"
    if asked.any_of and not cited.intersection(asked.any_of):
        return f"was answered without any of {', '.join(asked.any_of)}"
    text = _plain(answer.text)
    unsaid = [words for words in asked.says if _plain(words) not in text]
    return f"was answered without the words \u201c{unsaid[0]}\u201d" if unsaid else None


def _listed(documents: Sequence[str]) -> str:
    return f"{', '.join(documents)} {'is' if len(documents) == 1 else 'are'}"


def _plain(text: str) -> str:
    return one_line(text).replace("\u2019", "'").casefold()
