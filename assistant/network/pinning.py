"""What cited sections say in the live snapshot, as digests."""

from collections.abc import Callable, Sequence

from assistant.domain.networks import PeerCitation
from assistant.retrieval.search import Searcher


class Pinner:
    """Gives citations the digest of what their sections say."""

    def __init__(self, searcher: Callable[[], Searcher]) -> None:
        self._searcher = searcher

    def __call__(self, citations: Sequence[PeerCitation]) -> Sequence[PeerCitation]:
        """Return the citations with their digests, without those whose section does not hold."""
        raise NotImplementedError
