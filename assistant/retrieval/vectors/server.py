"""Chroma as a server: a snapshot is a set of layers, collections that it shares with others.

A server cannot copy a collection, and to fill one anew takes a millisecond a vector; so what a
snapshot keeps of the one before it are the very same collections (docs/adr/0020).
"""

import secrets
from collections.abc import Collection
from pathlib import Path

from assistant.domain.errors import CorpusError
from assistant.retrieval.vectors.chroma_server import ChromaConnection
from assistant.retrieval.vectors.embedded import EmbeddedVectors
from assistant.retrieval.vectors.exchange import ChromaServer, MissingError
from assistant.retrieval.vectors.layers import collections_of, read_layers
from assistant.retrieval.vectors.ports import VectorReader
from assistant.retrieval.vectors.server_draft import ServerDraft
from assistant.retrieval.vectors.server_reader import LayeredReader, opened


class ServerVectors:
    """Keeps the vectors of all snapshots on one server, which other installations may use too.

    The file `installation` holds the name that this one's collections begin with; it is made by
    the first draft. Snapshots from before the server are read where they are, in their folders.
    """

    def __init__(self, server: ChromaServer, installation: Path) -> None:
        self._chroma = ChromaConnection(server)
        self._installation = installation
        self._embedded = EmbeddedVectors()

    def draft(self, folder: Path, base: Path | None, *, rebuild: bool = False) -> ServerDraft:
        """Begin a draft that shares the layers of `base`, or one with none.

        With `rebuild`, the server has nothing of a vector that was taken out, now or earlier, once
        the draft is finished and what is not kept is cleaned.
        """
        draft = ServerDraft(self._chroma, folder, self._name(), rebuild=rebuild)
        if base is None:
            return draft
        if self._embedded.holds(base):
            draft.take_in(self._embedded.open(base))
        else:
            draft.share(opened(self._chroma, read_layers(base), base.name))
        return draft

    def open(self, folder: Path) -> VectorReader:
        """Open the vectors of the snapshot in `folder`."""
        if self._embedded.holds(folder):
            return self._embedded.open(folder)
        return LayeredReader(opened(self._chroma, read_layers(folder), folder.name))

    def holds(self, folder: Path) -> bool:
        """Whether the vectors of the snapshot in `folder` are on the server, or in the folder.

        Raises CorpusError when the server does not answer.
        """
        if self._embedded.holds(folder):
            return True
        try:
            layers = read_layers(folder)
        except CorpusError:
            return False
        try:
            opened(self._chroma, layers, folder.name)
        except MissingError:
            return False
        return True

    def clean(self, kept: Collection[Path]) -> None:
        """Delete the collections of this installation that no snapshot in `kept` uses.

        Raises CorpusError, and deletes none, when one of them does not say what it uses.
        """
        if not self._installation.is_file():
            return
        used = collections_of([folder for folder in kept if not self._embedded.holds(folder)])
        for name in self._chroma.names(f"{self._name()}."):
            if name not in used:
                self._chroma.delete(name)

    def close(self) -> None:
        """Let go of the connections."""
        self._chroma.close()

    def _name(self) -> str:
        """Return this installation's name, made up at the first need."""
        try:
            with self._installation.open("x", encoding="ascii") as file:
                file.write(secrets.token_hex(6))
        except FileExistsError:
            pass
        except OSError as error:
            message = f"The file {self._installation} cannot be written: {error.strerror}."
            raise CorpusError(message) from None
        name = self._installation.read_text(encoding="ascii", errors="replace").strip()
        if not name.isalnum():
            message = f"The file {self._installation} does not hold an installation's name."
            raise CorpusError(message)
        return name
