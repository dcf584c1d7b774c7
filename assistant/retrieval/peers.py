"""Peer knowledge at the moment of an answer: what the snapshot holds, and the database still has.

A snapshot may be older than what a steward retired or a network that was closed, so of what lies
under PEERS nothing is used but what is among the documents of now, for the same readers.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from assistant.domain.documents import Passage
from assistant.domain.networks import PEERS, PeerDocument
from assistant.retrieval.evidence import Evidence
from assistant.retrieval.glossary import Glossary, Mention

# What networks know now, by path; nothing where it cannot be read.
PeersNow = Callable[[], Mapping[str, PeerDocument]]


def no_peers() -> Mapping[str, PeerDocument]:
    """Return no document, for whoever answers from what networks have no part in."""
    return {}


def is_current(passage: Passage, peers: Mapping[str, PeerDocument]) -> bool:
    """Whether a passage may be used now; one that is of no network always may."""
    if not passage.document.startswith(f"{PEERS}/"):
        return True
    document = peers.get(passage.document)
    return document is not None and document.audience == passage.metadata.audience


def now_for(peers: PeersNow, audiences: Collection[str]) -> Mapping[str, PeerDocument]:
    """Return what networks know now of which readers of `audiences` may read all it rests on."""
    return {path: each for path, each in peers().items() if each.is_for(audiences)}


def only_current(evidence: Evidence, peers: Mapping[str, PeerDocument]) -> Evidence:
    """Leave out of the evidence what networks do not stand by now."""
    return replace(
        evidence,
        found=tuple(f for f in evidence.found if is_current(f.passage, peers)),
        lapsed=tuple(f for f in evidence.lapsed if is_current(f.passage, peers)),
        mentions=tuple(mentions_now(evidence.mentions, peers)),
    )


def mentions_now(
    mentions: Sequence[Mention], peers: Mapping[str, PeerDocument]
) -> Iterable[Mention]:
    """Yield the terms that are defined still, with the definitions that may be used now."""
    for mention in mentions:
        passages = tuple(p for p in mention.passages if is_current(p, peers))
        if passages:
            yield replace(mention, passages=passages)


def terms_now(glossary: Glossary, peers: Mapping[str, PeerDocument]) -> Sequence[str]:
    """Return the terms of a glossary that have a definition which may be used now."""
    return glossary.terms(lambda passage: is_current(passage, peers))


def experience_in(evidence: Evidence, most: int) -> Evidence:
    """Return the evidence from peers' experience alone, at most `most` passages of it."""
    told = tuple(f for f in evidence.found if f.passage.metadata.experience is not None)
    return replace(evidence, found=told[:most], lapsed=(), mentions=())
