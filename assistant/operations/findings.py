"""What is worth an administrator's look in what a reload takes in.

What networks verified and agreed is left out: administrators may be no members, and what is worth a
look there is for its stewards.
"""

from collections.abc import Mapping

from assistant.domain.networks import PEERS
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
        Finding(_kind_of(remark), (path,), f"{path}: {remark}")
        for path, entry in _guidance(plan.entries).items()
        for remark in entry.remarks
    )


def _kind_of(remark: str) -> FindingKind:
    of_pages = remark.startswith(("Page ", "Pages "))
    return FindingKind.PAGES_WITHOUT_TEXT if of_pages else FindingKind.LEFT_PART


def _alike(plan: Plan) -> tuple[Finding, ...]:
    fresh = _signatures(plan.entries)
    return alike(fresh, _signatures({p: plan.before[p] for p in plan.staying})) if fresh else ()


def _terms(plan: Plan) -> tuple[Finding, ...]:
    if plan.is_unchanged:
        return ()
    guidance = _guidance(plan.catalogue)
    terms = {p: unpacked_terms(e.terms) for p, e in guidance.items() if e.terms is not None}
    # Where definitions went, every document may use a term that nobody defines any more.
    undefined = any(entry.definitions for entry in _guidance(_left(plan)).values())
    return findings(terms, None if undefined else plan.fresh)


def _signatures(entries: Mapping[str, CatalogueEntry]) -> dict[str, Signature]:
    own = _guidance(entries)
    return {p: unpacked(e.signature) for p, e in own.items() if e.signature is not None}


def _left(plan: Plan) -> Mapping[str, CatalogueEntry]:
    return {path: plan.before[path] for path in plan.leaving}


def _guidance(entries: Mapping[str, CatalogueEntry]) -> Mapping[str, CatalogueEntry]:
    return {p: entry for p, entry in entries.items() if not p.startswith(f"{PEERS}/")}
