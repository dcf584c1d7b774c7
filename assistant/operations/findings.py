"""What is worth an administrator's look in what a reload takes in."""

from collections.abc import Mapping

from assistant.domain.releases import Finding, FindingKind
from assistant.ingestion.catalogue import CatalogueEntry
from assistant.ingestion.likeness import Signature, alike, unpacked
from assistant.ingestion.plan import Plan


def findings_of(plan: Plan) -> tuple[Finding, ...]:
    """Return the findings on what is fresh; what went in before was reported then."""
    return (*_remarks(plan), *_alike(plan))


def _remarks(plan: Plan) -> tuple[Finding, ...]:
    return tuple(
        Finding(FindingKind.LEFT_PART, (path,), f"{path}: {remark}")
        for path, entry in plan.entries.items()
        for remark in entry.remarks
    )


def _alike(plan: Plan) -> tuple[Finding, ...]:
    fresh = _signatures(plan.entries)
    return alike(fresh, _signatures({p: plan.before[p] for p in plan.staying})) if fresh else ()


def _signatures(entries: Mapping[str, CatalogueEntry]) -> dict[str, Signature]:
    return {p: unpacked(e.signature) for p, e in entries.items() if e.signature is not None}
