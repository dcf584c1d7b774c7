"""What sections of the corpus say, by script: the seam behind which the live snapshot sits."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.domain.networks import PeerCitation


@dataclass
class ScriptedSections:
    """Pins citations to `words`, by document and section; what is not there says what it cites."""

    words: dict[tuple[str, str], str] = field(default_factory=dict)
    gone: set[tuple[str, str]] = field(default_factory=set)

    def __call__(self, citations: Sequence[PeerCitation]) -> Sequence[PeerCitation]:
        """Return the citations with their digests, without those that are gone."""
        there = [c for c in citations if (c.document, c.section) not in self.gone]
        return [
            replace(
                c,
                digest=hashlib.sha256(
                    self.words.get((c.document, c.section), c.section).encode()
                ).hexdigest(),
            )
            for c in there
        ]

    def says(self, citation: PeerCitation) -> str:
        """Return what a section says."""
        return self.words.get((citation.document, citation.section), citation.section)

    def near(self, words: str, audiences: Sequence[str]) -> Sequence[PeerCitation]:
        """Return the sections whose words have one of `words`, for whom they are all there is."""
        wanted = set(words.lower().split())
        found = (key for key, said in self.words.items() if wanted & set(said.lower().split()))
        return self(
            [
                PeerCitation(number, document, section, f"[{number}] {section}", audience="public")
                for number, (document, section) in enumerate(found, start=1)
                if "public" in audiences
            ]
        )
