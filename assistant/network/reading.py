"""Whether all who are in a network may read what something rests on."""

from collections.abc import Collection, Sequence

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.networks import Network, PeerCitation


def audiences_of(network: Network, *, are_full_members: bool) -> frozenset[str]:
    """Return what everybody in a network may read.

    `are_full_members` says that each of them is known as a full member of the home workspace.
    """
    inside = {INTERNAL} if are_full_members else set()
    return frozenset({PUBLIC, network.audience, *inside})


def not_for(
    citations: Sequence[PeerCitation], network_readers: Collection[str]
) -> Sequence[PeerCitation]:
    """Return those of `citations` that not everybody in the network may read.

    `network_readers` are the audiences that all of them are in, as `audiences_of` returns them.
    """
    return tuple(cited for cited in citations if cited.audience not in network_readers)


def may_be_shared(citations: Sequence[PeerCitation], network_readers: Collection[str]) -> bool:
    """Whether everybody in the network may read everything that is cited.

    What cites nothing passes: whoever asks must know that it rests on nothing that is kept from
    anybody.
    """
    return not not_for(citations, network_readers)
