"""The hybrid retriever as LangChain's `BaseRetriever`, for anybody's chain."""

from collections.abc import Callable

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from assistant.retrieval.evidence import Found
from assistant.retrieval.peers import PeersNow, no_peers, now_for, only_current
from assistant.retrieval.search import Searcher


class HybridRetriever(BaseRetriever):
    """Retrieves passages of the live snapshot that `audiences` may read, best first.

    Each LangChain document holds a passage's words; its metadata names `id`, `document`, `title`,
    `section`, `page`, `url` and `score`, and in `experience` the network whose member tells what
    they did, where it is that and no guidance.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    searcher: Callable[[], Searcher]
    audiences: tuple[str, ...]
    peers: PeersNow = no_peers

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Document]:
        peers = now_for(self.peers, self.audiences)
        evidence = only_current(self.searcher().search(query, self.audiences), peers)
        return [_as_document(found) for found in evidence.found]


def _as_document(found: Found) -> Document:
    passage = found.passage
    experience = passage.metadata.experience
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "id": passage.id,
            "document": passage.document,
            "title": passage.metadata.title,
            "section": passage.section,
            "page": passage.page,
            "url": passage.metadata.url,
            "score": found.score,
            **({"experience": experience} if experience is not None else {}),
        },
    )
