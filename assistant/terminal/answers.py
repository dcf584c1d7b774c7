"""An answer, as text and as plain data."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from assistant.domain.answers import Answer, Citation
from assistant.domain.networks import AskedBefore


def answer_as_dict(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain data, in the shape that other programs rely on."""
    fields = asdict(answer)
    fields["status"] = answer.status.value
    for key in ("citations", "nearest"):
        fields[key] = [_plain_dates(citation) for citation in fields[key]]
    if answer.asked_before is not None:
        fields["asked_before"] = _plain_dates(fields["asked_before"])
    fields["statements"] = [
        {**statement, "citations": list(statement["citations"])}
        for statement in fields["statements"]
    ]
    return fields


def _plain_dates(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in fields.items()}


def answer_as_text(answer: Answer) -> str:
    """Return an answer as a reader in a terminal sees it, its sources below."""
    # What was asked before is not said twice.
    parts = [] if answer.is_all_asked_before else [answer.text]
    if answer.note:
        parts.append(answer.note)
    if answer.asked_before is not None:
        parts.append(_asked_before(answer.asked_before))
    if answer.citations and not answer.is_all_asked_before:
        parts.append("Sources:\n" + "\n".join(map(_citation_line, answer.citations)))
    if answer.nearest:
        parts.append("Nearest sections:\n" + "\n".join(map(_citation_line, answer.nearest)))
    return "\n\n".join(parts)


def _asked_before(before: AskedBefore) -> str:
    sources = "\n".join(f"It rests on {line}" for line in before.sources)
    lines = (f"Asked before: {before.question}", before.text, before.line, sources)
    return "\n".join(line for line in lines if line)


def _citation_line(citation: Citation) -> str:
    line = f"[{citation.number}] {citation.section}. {citation.source}"
    if citation.experience is not None:
        line = citation.line
    elif citation.mark:
        line += f" ({citation.mark})"
    return f"{line} <{citation.url}>" if citation.url else line
