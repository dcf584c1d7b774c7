"""The gate, put to a snapshot that was built: what it is compared with, and what is asked."""

from collections.abc import Mapping, Sequence
from functools import cache

from assistant.domain.errors import AssistantError, CorpusError, DocumentError
from assistant.domain.networks import PEERS
from assistant.domain.releases import GateReport, Progress
from assistant.ingestion.build import Built
from assistant.ingestion.catalogue import CatalogueEntry, read_catalogue
from assistant.ingestion.files import GOLDEN, CorpusFolder
from assistant.ingestion.plan import Plan
from assistant.operations.gate import (
    ALLOW,
    Difference,
    Extent,
    GateRules,
    check,
    extent_of,
    shrinkage,
)
from assistant.operations.golden import GoldenQuestion, read_golden
from assistant.operations.rooms import Rooms
from assistant.operations.writing import Writing
from assistant.retrieval.search import Searcher


def tested(
    rooms: Rooms,
    run: Writing,
    plan: Plan,
    built: Built,
    golden: Sequence[GoldenQuestion],
    *,
    allow_shrink: bool,
) -> GateReport:
    """Return how the new snapshot did, against itself and against the live one."""
    after = _extent_of(plan.catalogue)
    difference = Difference(_extent(rooms, plan, run.release.before), after, tuple(plan.fresh))
    peers = {each.path: each for each in rooms.peers()}
    rules = GateRules(rooms.minimum_confidence, rooms.largest_drop, allow_shrink, lambda: peers)

    def heard(progress: Progress) -> None:
        run.progress(progress.step, progress.done, progress.total, progress.seconds_left)

    return check(
        rooms.live.open(built.folder),
        cache(lambda: _live(rooms, run.release.before)),
        golden,
        difference,
        rules,
        heard,
    )


def would_ask(rooms: Rooms, plan: Plan) -> tuple[str, ...]:
    """Return what the gate would ask to be allowed, which needs no new snapshot."""
    after = _extent_of(plan.catalogue)
    shrunk = shrinkage(_extent(rooms, plan, rooms.pointer.live()), after, rooms.largest_drop)
    return tuple(f"{sentence} {ALLOW}" for sentence in shrunk)


def seen_of_golden(plan: Plan, there: CorpusFolder) -> tuple[str, ...]:
    """Say what is wrong with the golden questions already: mistakes, and documents not there."""
    try:
        golden = golden_of(there)
    except DocumentError as error:
        return (str(error),)
    return tuple(
        f"{GOLDEN}, line {asked.line}: {document} is expected, and would not be there."
        for asked in golden
        for document in _missing(asked, plan)
    )


def _missing(asked: GoldenQuestion, plan: Plan) -> tuple[str, ...]:
    """Return the documents without which a question cannot go well."""
    catalogue = plan.catalogue
    any_of = () if any(d in catalogue for d in asked.any_of) else asked.any_of
    return tuple(document for document in (*asked.documents, *any_of) if document not in catalogue)


def golden_of(there: CorpusFolder) -> tuple[GoldenQuestion, ...]:
    """Return the golden questions of a folder; raises DocumentError that names file and line."""
    try:
        data = there.golden()
    except DocumentError as error:
        raise DocumentError(f"{GOLDEN}: {error}") from None
    return read_golden(data) if data is not None else ()


def _extent(rooms: Rooms, plan: Plan, live: str | None) -> Extent | None:
    """Return how large the live corpus is, None when nothing that can be read is live."""
    if live is None:
        return None
    entries = plan.before
    if plan.base is None:
        # The plan does not begin with it, as when the encoder is another one.
        try:
            entries = read_catalogue(rooms.snapshots / live)
        except CorpusError:
            return None
    return _extent_of(entries)


def _extent_of(entries: Mapping[str, CatalogueEntry]) -> Extent:
    """Return how large the guidance is; what networks know goes when they say so."""
    guidance = (e for path, e in entries.items() if not path.startswith(f"{PEERS}/"))
    return extent_of(entry.passages for entry in guidance)


def _live(rooms: Rooms, live: str | None) -> Searcher | None:
    """Return a search of the live snapshot; one of another encoder cannot be asked here."""
    if live is None:
        return None
    try:
        return rooms.live.open(rooms.snapshots / live)
    except AssistantError:
        return None
