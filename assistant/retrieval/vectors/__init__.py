"""The vectors of the snapshots: in Chroma, embedded in a snapshot's folder or on a server."""

from assistant.retrieval.vectors.embedded import EmbeddedStore, EmbeddedVectors
from assistant.retrieval.vectors.exchange import ChromaServer
from assistant.retrieval.vectors.ports import VectorDraft, VectorReader, Vectors
from assistant.retrieval.vectors.server import ServerVectors

__all__ = [
    "ChromaServer",
    "EmbeddedStore",
    "EmbeddedVectors",
    "ServerVectors",
    "VectorDraft",
    "VectorReader",
    "Vectors",
]
