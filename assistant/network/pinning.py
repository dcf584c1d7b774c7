"""What cited sections say in the live snapshot, as digests, and what became of them."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.answering.draft import numbered_citations
from assistant.domain.documents import BlockKind, Passage
from assistant.domain.networks import Lapse, PeerCitation
from assistant.retrieval.currency import Clock, local_today
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot

MOST_NEAR = 6
LONGEST_SEARCHED = 600

_PAGE = re.compile(r", page \d+$")


@dataclass(frozen=True, slots=True)
class _Section:
    """A section as the live snapshot has it: its passages in order, those that hold today."""

    is_there: bool
    passages: tuple[Passage, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of its words, however it is cut into passages and wherever lines break."""
        return hashlib.sha256(self.words.encode()).hexdigest()

    @property
    def words(self) -> str:
        """Its words in their order, with one blank between."""
        return " ".join(_words(self.passages))


class Pinner:
    """Gives citations the digest of what their sections say, and tells when that has changed."""

    def __init__(self, searcher: Callable[[], Searcher], today: Clock = local_today) -> None:
        self._searcher = searcher
        self._today = today

    def __call__(self, citations: Sequence[PeerCitation]) -> Sequence[PeerCitation]:
        """Return the citations with their digests, without those whose section does not hold.

        Raises NoSnapshotError before the first ingest.
        """
        snapshot = self._searcher().snapshot
        found = [(each, self._section(snapshot, each)) for each in citations]
        return [replace(each, digest=s.digest) for each, s in found if s.passages]

    def says(self, citation: PeerCitation) -> str:
        """Return what a cited section says in the live snapshot, nothing where it does not hold.

        Raises NoSnapshotError before the first ingest.
        """
        return self._section(self._searcher().snapshot, citation).words

    def near(self, words: str, audiences: Sequence[str]) -> Sequence[PeerCitation]:
        """Return the sections of guidance that `words` are nearest to, best first, numbered from 1.

        They are such as `audiences` may read, with the digest of what they say; no peer's word.
        Raises NoSnapshotError before the first ingest.
        """
        evidence = self._searcher().search(words[:LONGEST_SEARCHED], audiences)
        guidance = (hit.passage for hit in evidence.hits if hit.passage.metadata.experience is None)
        of_sections = {(each.document, each.section): each for each in guidance}
        nearest = list(of_sections.values())[:MOST_NEAR]
        return self(
            [
                PeerCitation(c.number, c.document, c.section, c.line, c.url, c.audience)
                for c in numbered_citations(nearest)
            ]
        )

    def lapse(self, citations: Sequence[PeerCitation]) -> Lapse | None:
        """Return why an answer that rests on these sections no longer does, None while it does.

        What has no digest was not looked up, and only has to be there and hold.
        """
        if not citations:
            return None
        snapshot = self._searcher().snapshot
        for citation in citations:
            section = self._section(snapshot, citation)
            if not section.is_there:
                return Lapse.PASSAGE_GONE
            if not section.passages:
                return Lapse.PASSAGE_SUPERSEDED
            if citation.digest and section.digest != citation.digest:
                return Lapse.PASSAGE_CHANGED
        return None

    def _section(self, snapshot: Snapshot, citation: PeerCitation) -> _Section:
        is_there, holding = False, []
        lapsed = snapshot.as_of(self._today()).lapsed
        for audience, store in snapshot.lexical.items():
            if citation.audience and citation.audience != audience:
                continue
            ids = sorted(store.ids_of([citation.document]))
            for passage_id, stored in store.stored(ids).items():
                if _is_of(stored.passage, citation.section):
                    is_there = True
                    if passage_id not in lapsed[audience]:
                        holding.append(stored.passage)
        in_order = sorted(holding, key=lambda passage: passage.position)
        return _Section(is_there, tuple(in_order))


def _is_of(passage: Passage, section: str) -> bool:
    """Whether a passage is of a section, on whichever page; of a document where none is named."""
    place = " > ".join((passage.metadata.title, *passage.headings))
    return not section or section in {passage.section, place} or _PAGE.sub("", section) == place


def _words(passages: Sequence[Passage]) -> Iterator[str]:
    """Yield the words in their order; the head of a table that was cut comes once."""
    heads: set[str] = set()
    for block in (block for passage in passages for block in passage.blocks):
        if block.kind is BlockKind.TABLE:
            lines = block.text.split("\n")
            head = " ".join(lines[: len(lines) - len(block.sentences)])
            if head not in heads:
                heads.add(head)
                yield from head.split()
        for sentence in block.sentences:
            yield from sentence.split()
