"""A file that came with a question: read, cut, indexed for this one question, and forgotten."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from assistant.domain.answers import Turn
from assistant.domain.attachments import AnswerFromFile, FileContent
from assistant.domain.documents import (
    PUBLIC,
    DefinitionFile,
    Document,
    Metadata,
    ReadCorpus,
)
from assistant.domain.ports import AnswersQuestions
from assistant.ingestion.build import SnapshotBuilder
from assistant.ingestion.files import Source
from assistant.ingestion.isolation import IsolatedReading
from assistant.ingestion.passages import cut
from assistant.retrieval.embedding import Encoder
from assistant.retrieval.holding import Hold, SnapshotGoneError, move_away
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.vectors import EmbeddedVectors

MOST_PASSAGES = 200
SECONDS = 30.0
_CLEARED = "cleared-"

# Makes the search of a snapshot, and the answer path over a search.
MakesSearcher = Callable[[Snapshot], Searcher]
MakesAnswerer = Callable[[Callable[[], Searcher]], AnswersQuestions]


class AttachedFileAnswerer:
    """Answers from a file alone. What the file says of itself, its front matter, holds nothing.

    Whatever is written for it lies in `scratch` and goes with the answer; what a killed process
    left there goes when the next file comes.
    """

    def __init__(
        self,
        scratch: Path,
        *,
        encoder: Callable[[], Encoder],
        searcher: MakesSearcher,
        answerer: MakesAnswerer,
        megabytes: int,
        seconds: float = SECONDS,
    ) -> None:
        """`megabytes` and `seconds` are what reading one file may take."""
        self._scratch = scratch
        self._encoder = encoder
        self._searcher = searcher
        self._answerer = answerer
        self._megabytes = megabytes
        self._seconds = seconds

    def __call__(self, question: str, history: Sequence[Turn], file: FileContent) -> AnswerFromFile:
        """Answer `question`, asked after `history`, from `file`.

        Raises DocumentError, with one sentence that says why, when the file cannot be read.
        """
        read = _own_words(self._read(file), file.name)
        shortened = _shortened(read)
        with _folder(self._scratch) as folder, self._opened(folder, shortened) as searcher:
            answer = self._answerer(lambda: searcher)(question, history, (PUBLIC,))
        return AnswerFromFile(answer, read.remarks, is_cut=shortened is not read)

    def _read(self, file: FileContent) -> Document | DefinitionFile:
        # Its folders and its audience would say something of a document of the corpus.
        name = PurePosixPath(file.name).name or "file"
        source = Source(name, file.data, PUBLIC)
        with IsolatedReading(seconds=self._seconds, megabytes=self._megabytes) as reading:
            return reading.read(source)

    @contextmanager
    def _opened(self, folder: Path, read: Document | DefinitionFile) -> Iterator[Searcher]:
        encoder, vectors = self._encoder(), EmbeddedVectors()
        builder = SnapshotBuilder(folder, encoder, vectors)
        built = builder.build(builder.plan(_corpus_of(read), None))
        with closing(Snapshot(built.folder, encoder, vectors)) as snapshot:
            yield self._searcher(snapshot)


def _own_words(read: Document | DefinitionFile, name: str) -> Document | DefinitionFile:
    """Leave of a file nothing but its words, under its own name.

    Its front matter could make it another organisation's, withdraw it or give it an address.
    """
    metadata = Metadata(title=name, audience=PUBLIC)
    if isinstance(read, Document):
        return replace(read, metadata=metadata)
    definitions = tuple(replace(each, metadata=None, agreed=None) for each in read.definitions)
    return replace(read, metadata=metadata, definitions=definitions)


def _shortened(read: Document | DefinitionFile) -> Document | DefinitionFile:
    """Return the beginning of a long file, or the same file."""
    if isinstance(read, DefinitionFile):
        if len(read.definitions) <= MOST_PASSAGES:
            return read
        return replace(read, definitions=read.definitions[:MOST_PASSAGES])
    passages = cut(read)
    if len(passages) <= MOST_PASSAGES:
        return read
    kept = passages[:MOST_PASSAGES]
    return replace(read, blocks=tuple(block for passage in kept for block in passage.blocks))


def _corpus_of(read: Document | DefinitionFile) -> ReadCorpus:
    if isinstance(read, Document):
        return ReadCorpus(documents=(read,))
    return ReadCorpus(definition_files=(read,))


@contextmanager
def _folder(scratch: Path) -> Iterator[Path]:
    """Give a folder that is gone after the block, and clear away what others left behind."""
    scratch.mkdir(parents=True, exist_ok=True)
    for left in scratch.iterdir():
        _clear(left)
    folder, hold = _held(scratch)
    try:
        yield folder
    finally:
        hold.release()
        shutil.rmtree(folder, ignore_errors=True)


def _held(scratch: Path) -> tuple[Path, Hold]:
    while True:
        folder = Path(mkdtemp(dir=scratch))
        try:
            return folder, Hold(folder)
        except SnapshotGoneError:
            # Somebody who cleared up came between the two.
            continue


def _clear(left: Path) -> None:
    """Remove a folder unless somebody is at work in it."""
    away = left.with_name(f"{_CLEARED}{left.name}")
    if left.name.startswith(_CLEARED) or move_away(left, away):
        shutil.rmtree(left if left.name.startswith(_CLEARED) else away, ignore_errors=True)
