"""A corpus folder into documents and definitions, and the files that could not be read."""

from collections.abc import Callable
from pathlib import Path

from assistant.domain.documents import DefinitionFile, Document, FailedDocument, ReadCorpus
from assistant.domain.errors import DocumentError
from assistant.ingestion.files import CorpusFolder, Source
from assistant.ingestion.reading import READ_KINDS, read_source
from assistant.ingestion.succession import with_successors

OnDocument = Callable[[str, int, int], None]
ReadSource = Callable[[Source], Document | DefinitionFile]


def read_corpus(
    folder: Path, *, default_audience: str, on_document: OnDocument | None = None
) -> ReadCorpus:
    """Read every file of a folder and of the folders in it, in the order of their paths.

    `on_document` hears each file's path, how many are read and how many there are. A file that
    cannot be read is named with its reason and the others go in. Raises CorpusError when there is
    no such folder.
    """
    corpus_folder = CorpusFolder(folder)
    read: list[Document | DefinitionFile | FailedDocument] = []
    for count, path in enumerate(corpus_folder.paths, start=1):
        read.append(_read_or_fail(corpus_folder, path, default_audience, read_source))
        if on_document is not None:
            on_document(path, count, len(corpus_folder.paths))
    read = with_successors(read, READ_KINDS)
    return ReadCorpus(
        tuple(item for item in read if isinstance(item, Document)),
        tuple(item for item in read if isinstance(item, DefinitionFile)),
        tuple(item for item in read if isinstance(item, FailedDocument)),
    )


def _read_or_fail(
    folder: CorpusFolder, path: str, default_audience: str, read: ReadSource
) -> Document | DefinitionFile | FailedDocument:
    try:
        return read(folder.source(path, default_audience))
    except DocumentError as error:
        return FailedDocument(path.encode("utf-8", "replace").decode("utf-8"), str(error))
