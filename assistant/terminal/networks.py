"""Peer networks as text and as plain data."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from assistant.network.publishing import NetworkKnowledge
from assistant.terminal.plain import counted, plain

NONE_YET = "There is no peer network; they are made in Slack, with /network."


def networks_as_dict(known: Sequence[NetworkKnowledge], waiting: Sequence[str]) -> dict[str, Any]:
    """Return networks, and the documents that wait to be published, as plain data."""
    return {"networks": [asdict(each) for each in known], "waiting": list(waiting)}


def networks_as_text(known: Sequence[NetworkKnowledge], waiting: Sequence[str]) -> str:
    """Return a line a network, what lapsed below it, and what waits to be published."""
    if not known:
        return NONE_YET
    return plain_lines(line for each in known for line in _lines(each)) + _waiting(waiting)


def plain_lines(lines: Iterator[str]) -> str:
    """Return lines in which nothing steers a terminal."""
    return "\n".join(map(plain, lines))


def _lines(network: NetworkKnowledge) -> Iterator[str]:
    answers = counted(network.answers, "verified answer")
    definitions = counted(network.definitions, "agreed definition")
    yield f"{network.name} ({network.id}): {answers}, {definitions}"
    yield from (f"  {document}: {mark}" for document, mark in network.lapsed)


def _waiting(waiting: Sequence[str]) -> str:
    if not waiting:
        return ""
    return "\n" + plain_lines(f"Waits to be published: {document}" for document in waiting)
