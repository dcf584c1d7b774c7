"""What the corpus is made of: documents, their passages, and definitions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

PUBLIC = "public"
INTERNAL = "internal"


class BlockKind(StrEnum):
    """What a block of a document is, since a list and a table are never cut in two."""

    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Successor:
    """What replaced a document: its title and, where it is in the corpus, who may read it.

    `since` is the day from which it holds, None where that is not known; `then` is what replaced
    it in its turn. Where readers of the document that it replaced may not read it, `title` is
    empty and only the days are known.
    """

    title: str
    document: str | None = None
    audience: str | None = None
    since: date | None = None
    then: "Successor | None" = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document's front matter says of it; the schema is `ingestion.front_matter`.

    `nation` and `sector` name each nation and sector that it is for, in the spelling of
    `retrieval.scope`, and are empty where it does not say. `withdrawn` is the day from which it no
    longer holds, or True where that day is not known. `experience` names the network whose member
    tells what they did; what has it is no guidance.
    """

    title: str
    audience: str = INTERNAL
    publisher: str | None = None
    author: str | None = None
    source_title: str | None = None
    source_date: date | None = None
    url: str | None = None
    published: date | None = None
    effective_from: date | None = None
    review_by: date | None = None
    withdrawn: date | bool = False
    superseded_by: Successor | None = None
    nation: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()
    owner: str | None = None
    experience: str | None = None

    @property
    def as_at(self) -> date | None:
        """The day of which its words are; our own text's date is not that of its source."""
        written = self.source_date or (None if self.source_title else self.published)
        return self.effective_from or written


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a whole list or a whole table, under the headings that it stands below.

    `text` is plain: inline Markdown is taken off, and each list item or table row is a line of its
    own. `sentences` are its pieces in order, each a sentence, a list item or a table row. `page`
    counts from 1 and is None where the format has no pages.
    """

    kind: BlockKind
    text: str
    sentences: tuple[str, ...]
    headings: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the corpus folder, read.

    `path` is relative to the corpus folder, with forward slashes; `digest` is the SHA-256 of the
    file's bytes and of whatever else its content comes from. Each of `remarks` says as a sentence
    what of the file did not go in.
    """

    path: str
    digest: str
    metadata: Metadata
    blocks: tuple[Block, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """On what day, and between which partners, a definition was agreed."""

    on: date
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """What one source says that a term means.

    `whose` names whose definition it is. Two sources that define a term differently are two
    definitions with the same term. `metadata` is what holds for it alone, in place of its file's.
    """

    term: str
    text: str
    whose: str
    aliases: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    confused_with: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    metadata: Metadata | None = None
    agreed: Agreement | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name under which the definition is asked for, the term first."""
        return (self.term, *self.aliases, *self.abbreviations)


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """A file of definitions: one document of the corpus whose passages are its definitions."""

    path: str
    digest: str
    metadata: Metadata
    definitions: tuple[Definition, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """What is embedded, found and cited: some blocks of one document, below one heading path.

    `id` is a digest of the content and its place, so the same passage keeps its id from snapshot
    to snapshot. `position` counts a document's passages from 0.
    """

    id: str
    document: str
    metadata: Metadata
    blocks: tuple[Block, ...]
    position: int
    definition: Definition | None = None

    @property
    def headings(self) -> tuple[str, ...]:
        """The heading path of the passage's first block."""
        return self.blocks[0].headings

    @property
    def source(self) -> str:
        """What it is a piece of: a page of the web with its title, else its document."""
        return f"{self.metadata.title}\n{self.metadata.url or self.document}"

    @property
    def page(self) -> int | None:
        """The page on which the passage begins, counted from 1."""
        return self.blocks[0].page

    @property
    def text(self) -> str:
        """The passage's own words, blocks parted by a blank line."""
        return "\n\n".join(block.text for block in self.blocks)

    @property
    def section(self) -> str:
        """Where a reader finds the passage: `Four worlds > Service world, page 3`."""
        path = " > ".join((self.metadata.title, *self.headings))
        return f"{path}, page {self.page}" if self.page else path


@dataclass(frozen=True, slots=True)
class FailedDocument:
    """A file that did not go in, and the reason as one sentence."""

    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """What is kept of a file that was read, so that it need not be read again.

    `metadata` is as the file gives it, `own` is that of each definition that has its own.
    `successors` is a digest of what replaced it, which other files decide; `bytes_digest` the
    SHA-256 of its bytes alone.
    """

    path: str
    digest: str
    metadata: Metadata
    own: tuple[Metadata, ...] = ()
    successors: str = ""
    bytes_digest: str = ""


@dataclass(frozen=True, slots=True)
class KnownRefusal:
    """A file that could not be read: a digest of all that the reason comes from, and the reason."""

    digest: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadCorpus:
    """A corpus folder as read: what goes in and what could not be read.

    `known` has an entry for each document that goes in, where the corpus was read from a folder:
    one that is in `documents` or `definition_files` was read now, any other is as it was.
    `refusals` are those of `failed`, by path, that need not be tried again.
    """

    documents: tuple[Document, ...] = ()
    definition_files: tuple[DefinitionFile, ...] = ()
    failed: tuple[FailedDocument, ...] = field(default=())
    known: tuple[KnownDocument, ...] = ()
    refusals: Mapping[str, KnownRefusal] = field(default_factory=dict)

    @property
    def definitions(self) -> Sequence[Definition]:
        """Every definition of every file, in order."""
        return [d for file in self.definition_files for d in file.definitions]
