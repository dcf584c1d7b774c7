"""What is worth an administrator's look in what a reload takes in."""

from collections.abc import Mapping

from assistant.domain.releases import Finding, FindingKind
from assistant.ingestion.catalogue import CatalogueEntry
from assistant.ingestion.governance import findings
from assistant.ingestion.governance import unpacked as unpacked_terms
from assistant.ingestion.likeness import Signature, alike, unpacked
from assistant.ingestion.plan import Plan


def findings_of(plan: Plan) -> tuple[Finding, ...]:
    """Return the findings on what is fresh; what went in before was reported then."""
    return (*_remarks(plan), *_alike(plan), *_terms(plan))


def _remarks(plan: Plan) -> tuple[Finding, ...]:
    return tuple(
        Finding(FindingKind.LEFT_PART, (path,), f"{path}: {remark}")
        for path, entry in plan.entries.items()
        for remark in entry.remarks
    )


def _alike(plan: Plan) -> tuple[Finding, ...]:
    fresh = _signatures(plan.entries)
    return alike(fresh, _signatures({p: plan.before[p] for p in plan.staying})) if fresh else ()


def _terms(plan: Plan) -> tuple[Finding, ...]:
    if not plan.fresh:
        return ()
    terms = {p: unpacked_terms(e.terms) for p, e in plan.catalogue.items() if e.terms is not None}
    return findings(terms, plan.fresh)


def _signatures(entries: Mapping[str, CatalogueEntry]) -> dict[str, Signature]:
    return {p: unpacked(e.signature) for p, e in entries.items() if e.signature is not None}
