"""The vectors of the snapshots: in Chroma, embedded in a snapshot's folder or on a server."""

from assistant.retrieval.vectors.embedded import EmbeddedStore, EmbeddedVectors
from assistant.retrieval.vectors.ports import VectorDraft, VectorReader, Vectors

VectorStore = EmbeddedStore

__all__ = [
    "EmbeddedStore",
    "EmbeddedVectors",
    "VectorDraft",
    "VectorReader",
    "VectorStore",
    "Vectors",
]
