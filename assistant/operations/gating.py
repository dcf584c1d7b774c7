"""The gate, put to a snapshot that was built: what it is compared with, and what is asked."""

from assistant.domain.errors import AssistantError, CorpusError, DocumentError
from assistant.domain.releases import GateReport, Progress
from assistant.ingestion.build import Built
from assistant.ingestion.catalogue import read_catalogue
from assistant.ingestion.files import CorpusFolder
from assistant.ingestion.plan import Plan
from assistant.operations.gate import Difference, Extent, GateRules, check, extent_of
from assistant.operations.golden import GoldenQuestion, read_golden
from assistant.operations.rooms import Rooms
from assistant.operations.writing import Writing
from assistant.retrieval.search import Searcher


def tested(
    rooms: Rooms,
    run: Writing,
    plan: Plan,
    built: Built,
    there: CorpusFolder,
    *,
    allow_shrink: bool,
) -> GateReport:
    """Return how the new snapshot did, against itself and against the live one."""
    try:
        golden = _golden(there)
    except DocumentError as error:
        return GateReport(failures=(str(error),))
    after = extent_of(entry.passages for entry in plan.catalogue.values())
    difference = Difference(_extent(rooms, run.release.before), after, tuple(plan.fresh))
    rules = GateRules(rooms.minimum_confidence, rooms.largest_drop, allow_shrink)

    def heard(progress: Progress) -> None:
        run.progress(progress.step, progress.done, progress.total, progress.seconds_left)

    return check(
        rooms.live.open(built.folder),
        _live(rooms, run.release.before),
        golden,
        difference,
        rules,
        heard,
    )


def _golden(there: CorpusFolder) -> tuple[GoldenQuestion, ...]:
    data = there.golden()
    return read_golden(data) if data is not None else ()


def _extent(rooms: Rooms, live: str | None) -> Extent | None:
    """Return how large the live corpus is, None when nothing that can be read is live."""
    if live is None:
        return None
    try:
        entries = read_catalogue(rooms.snapshots / live).values()
    except CorpusError:
        return None
    return extent_of(entry.passages for entry in entries)


def _live(rooms: Rooms, live: str | None) -> Searcher | None:
    """Return a search of the live snapshot; one of another encoder cannot be asked here."""
    if live is None:
        return None
    try:
        return rooms.live.open(rooms.snapshots / live)
    except AssistantError:
        return None
