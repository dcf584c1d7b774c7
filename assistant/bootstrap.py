"""The one place where concrete things meet: settings in, services out."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from getpass import getuser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from assistant.answering.answerer import Answerer
from assistant.answering.conversation import Rewriter
from assistant.answering.defining import TermDefiner
from assistant.answering.draft import Composer
from assistant.answering.extractive import ExtractiveComposer
from assistant.domain.documents import INTERNAL, PUBLIC, ReadCorpus
from assistant.domain.errors import NoSnapshotError
from assistant.domain.ports import Abilities, AnswersQuestions, Reranker
from assistant.domain.releases import Actor, OnProgress, Release
from assistant.ingestion.build import SnapshotBuilder
from assistant.retrieval.embedding import Encoder, Progress
from assistant.retrieval.encoders import (
    CrossEncoderReranker,
    LazyEncoder,
    encoder_folder_name,
    load_question_encoder,
)
from assistant.retrieval.live import LiveCorpus
from assistant.retrieval.scoring import STAGES, Mix
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Manifest, Snapshot, read_manifest
from assistant.retrieval.vectors import ChromaServer, EmbeddedVectors, ServerVectors, Vectors
from assistant.settings import Settings
from assistant.store.database import Engine, open_database
from assistant.store.snapshots import SnapshotPointer

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

    from assistant.domain.answers import Answer
    from assistant.evaluation.evaluate import Evaluation
    from assistant.evaluation.question_set import QuestionSet
    from assistant.ingestion.reader import ReadSource
    from assistant.network.publishing import PeerKnowledge
    from assistant.operations.attached import AttachedFileAnswerer
    from assistant.operations.rooms import Rooms
    from assistant.operations.train import Train
    from assistant.retrieval.hybrid import HybridRetriever


@dataclass(frozen=True)
class Services:
    """Everything that a surface needs, made from the settings when it is first used."""

    settings: Settings

    @property
    def snapshots(self) -> Path:
        """The folder of the snapshots."""
        return self.settings.data_dir / "snapshots"

    @cached_property
    def engine(self) -> Engine:
        """The database; raises CorpusError when it cannot be opened or made."""
        url = self.settings.database_url
        folder = self.settings.data_dir
        return open_database(folder, url.get_secret_value() if url is not None else None)

    @cached_property
    def pointer(self) -> SnapshotPointer:
        """The pointer to the live snapshot."""
        return SnapshotPointer(self.engine)

    @cached_property
    def answerer(self) -> AnswersQuestions:
        """The answer path over the live snapshot, with what was asked before beside."""
        from assistant.network.offering_again import OfferingAgain
        from assistant.network.recognition import Recogniser

        recognise = Recogniser(
            self._question_encoder,
            self.peers.offered,
            lambda audiences: self.corpus.searcher().glossaries(audiences),
        )
        answer = self._makes_answerer(self.corpus.searcher, peers=self.peers.now)
        return OfferingAgain(answer, recognise)

    @cached_property
    def file_answerer(self) -> "AttachedFileAnswerer":
        """The answer path over a file that came with a question."""
        from assistant.operations.attached import AttachedFileAnswerer

        reranker = _reranker(self.settings)
        return AttachedFileAnswerer(
            self.settings.data_dir / "attached",
            encoder=self._question_encoder,
            searcher=lambda snapshot: Searcher(snapshot, self._question_encoder(), reranker),
            answerer=self._makes_answerer,
            megabytes=self.settings.read_megabytes,
        )

    @cached_property
    def _makes_answerer(self) -> "partial[Answerer]":
        """Make the answer path over any search, with the composer that the settings name."""
        return partial(
            Answerer,
            minimum_confidence=self.settings.minimum_confidence,
            composer=_composer(self.settings, self._question_encoder),
            rewriter=_rewriter(self.settings),
        )

    @property
    def abilities(self) -> Abilities:
        """All that a surface can have done for people."""
        from assistant.network.pinning import Pinner
        from assistant.network.routing import TopicRouter

        return Abilities(
            answer=self.answerer,
            answer_from_file=self.file_answerer,
            define=self.definer,
            train=self.train,
            route=TopicRouter(self._question_encoder),
            pin=Pinner(self.corpus.searcher),
        )

    @cached_property
    def definer(self) -> TermDefiner:
        """What a term means, from the live snapshot."""
        return TermDefiner(self.corpus.searcher, self.peers.now)

    @cached_property
    def peers(self) -> "PeerKnowledge":
        """What networks verified and agreed, as it stands now."""
        from assistant.network.publishing import PeerKnowledge
        from assistant.store.networks.networks import Networks
        from assistant.store.networks.proposals import Proposals
        from assistant.store.networks.verified_answers import VerifiedAnswers

        engine = self.engine
        return PeerKnowledge(Networks(engine), VerifiedAnswers(engine), Proposals(engine))

    @cached_property
    def corpus(self) -> LiveCorpus:
        """The live snapshot."""
        return LiveCorpus(
            self.snapshots,
            self.pointer.live,
            self._question_encoder,
            _reranker(self.settings),
            vectors=self.vectors,
        )

    @contextmanager
    def following(self) -> Iterator[None]:
        """Open each snapshot that goes live in the background, before a question must wait."""
        stopping = threading.Event()
        follower = threading.Thread(target=self.corpus.follow, args=(stopping,), daemon=True)
        follower.start()
        try:
            yield
        finally:
            stopping.set()
            follower.join()

    def live_manifest(self) -> Manifest | None:
        """Return what the live snapshot is made of, or None before the first ingest."""
        live = self.pointer.live()
        return read_manifest(self.snapshots / live) if live is not None else None

    def ingest(self, folder: Path, on_progress: OnProgress | None = None) -> Release:
        """Run the train on `folder` on behalf of whoever runs this process.

        Raises IngestBusyError while another process writes the corpus, CorpusError when nothing
        could be read; in both cases the live snapshot stays as it is.
        """
        return self.train.reload(operator(), folder=folder, on_progress=on_progress)

    @cached_property
    def train(self) -> "Train":
        """What administrators do to the corpus."""
        from assistant.operations.train import Train

        return Train(self._rooms())

    def _rooms(self) -> "Rooms":
        from assistant.network.lapsing import Lapses
        from assistant.network.pinning import Pinner
        from assistant.operations.rooms import Rooms
        from assistant.store.audit import AuditLog
        from assistant.store.compaction import compact, compaction_is_due
        from assistant.store.networks.proposals import Proposals
        from assistant.store.networks.verified_answers import VerifiedAnswers
        from assistant.store.purged import PurgedDocuments
        from assistant.store.releases import Releases
        from assistant.store.turns import Turns
        from assistant.store.vacuuming import found_in_tables

        settings, engine = self.settings, self.engine

        encoder = LazyEncoder(settings.encoder, self._encoder_folder, self._question_encoder)
        verified = VerifiedAnswers(engine)
        return Rooms(
            folder=settings.data_dir,
            corpus_folder=settings.corpus_dir,
            default_audience=settings.default_audience,
            keep=settings.keep_snapshots,
            releases=Releases(engine),
            audit=AuditLog(engine),
            purged=PurgedDocuments(engine),
            pointer=self.pointer,
            turns=Turns(engine),
            builder=SnapshotBuilder(self.snapshots, encoder, self.vectors),
            vectors=self.vectors,
            live=self.corpus,
            export_encoder=encoder.export,
            reading=self._reading,
            bounds=f"{settings.read_seconds} s, {settings.read_megabytes} MB",
            compact=lambda: compact(engine),
            compaction_is_due=lambda: compaction_is_due(engine),
            found_in_tables=lambda needles: found_in_tables(engine, needles),
            peers=self.peers.documents,
            verified=verified,
            proposals=Proposals(engine),
            check_peers=lambda: len(Lapses(verified, Pinner(self.corpus.searcher)).check()),
            largest_drop=settings.largest_drop,
            minimum_confidence=settings.minimum_confidence,
        )

    @contextmanager
    def _reading(self) -> "Iterator[ReadSource]":
        """Give what reads a document in a process of its own, within the settings' bounds."""
        from assistant.ingestion.isolation import IsolatedReading

        seconds, megabytes = self.settings.read_seconds, self.settings.read_megabytes
        with IsolatedReading(seconds=seconds, megabytes=megabytes) as isolated:
            yield isolated.read

    @cached_property
    def vectors(self) -> Vectors:
        """Where the vectors of the snapshots are kept."""
        settings = self.settings
        if settings.chroma_url is None:
            return EmbeddedVectors()
        token = settings.chroma_token.get_secret_value() if settings.chroma_token else None
        server = ChromaServer(
            settings.chroma_url, token, settings.chroma_tenant, settings.chroma_database
        )
        return ServerVectors(server, settings.data_dir / "installation")

    @property
    def _encoder_folder(self) -> Path:
        name = encoder_folder_name(self.settings.encoder)
        return self.settings.data_dir / "encoders" / name

    @cached_property
    def _loaded_encoder(self) -> Encoder:
        return load_question_encoder(self.settings.encoder, self._encoder_folder)

    def _question_encoder(self) -> Encoder:
        """Load the encoder at its first use; the search and the grounding check share it."""
        return self._loaded_encoder

    def evaluate(
        self,
        questions: "QuestionSet",
        stage: str,
        on_passage: Progress | None = None,
        on_question: Progress | None = None,
    ) -> "Evaluation":
        """Index a question set in a scratch snapshot, by the same path, and measure the answers."""
        from assistant.evaluation.evaluate import evaluate

        with TemporaryDirectory(prefix="assistant-evaluation-") as folder:
            # Servers would keep what the scratch folder forgets.
            apart = {"data_dir": Path(folder), "chroma_url": None, "database_url": None}
            scratch = Services(self.settings.model_copy(update=apart))
            return evaluate(
                questions,
                scratch.indexed(questions.corpus, stage, on_passage),
                _composer(self.settings, scratch._question_encoder),
                minimum_confidence=self.settings.minimum_confidence,
                on_question=on_question,
            )

    def indexed(
        self, corpus: ReadCorpus, stage: str = "hybrid+rerank", on_passage: Progress | None = None
    ) -> Searcher:
        """Build a snapshot that does not go live, and return a search of it by one of `STAGES`."""
        encoder = LazyEncoder(self.settings.encoder, self._encoder_folder)
        builder = SnapshotBuilder(self.snapshots, encoder, self.vectors)
        built = builder.build(builder.plan(corpus, None), on_passage)
        encoder.export()
        question_encoder = self._question_encoder()
        return Searcher(
            Snapshot(built.folder, question_encoder, self.vectors),
            question_encoder,
            _reranker(self.settings) if STAGES[stage] == Mix() else None,
            STAGES[stage],
        )

    def retriever(self, audiences: Sequence[str]) -> "HybridRetriever":
        """Return LangChain's face of the search, for readers of `audiences`."""
        from assistant.retrieval.hybrid import HybridRetriever

        return HybridRetriever(
            searcher=self.corpus.searcher, audiences=tuple(audiences), peers=self.peers.now
        )

    def runnable(self, audiences: Sequence[str]) -> "Runnable[str | Mapping[str, Any], Answer]":
        """Return LangChain's face of the answer path, for readers of `audiences`."""
        from assistant.answering.chain import as_runnable

        return as_runnable(self.answerer, audiences)

    def audiences(self, chosen: Sequence[str]) -> tuple[str, ...]:
        """Return who an answer on the command line is for: as chosen, else all but networks.

        Who runs the command reads the data folder anyway.
        """
        return tuple(chosen) or (PUBLIC, INTERNAL)

    def warm_up(self) -> None:
        """Load the models and open the snapshot, so that the first question does not wait."""
        self.answerer("What is commissioning?", (), (PUBLIC, INTERNAL))

    def require_snapshot(self) -> None:
        """Raise NoSnapshotError before the first ingest."""
        if self.pointer.live() is None:
            raise NoSnapshotError("Nothing was ingested yet; run `assistant ingest` first.")


def operator() -> Actor:
    """Return who runs this process, by the name that the system knows them by."""
    try:
        return Actor(getuser())
    except (KeyError, OSError):
        # A container's user need not have a name.
        return Actor("somebody without a name")


def _composer(settings: Settings, encoder: Callable[[], Encoder]) -> Composer:
    extractive = ExtractiveComposer()
    if settings.chat_model is None:
        return extractive
    # LangChain takes a second to import, and most installations use no chat model.
    from assistant.answering.generative import GenerativeComposer
    from assistant.answering.grounding import GroundingCheck

    model = _chat_model(settings, settings.chat_model)
    seconds = settings.chat_timeout_seconds
    check = GroundingCheck(encoder)
    return GenerativeComposer(model, extractive, check, timeout_seconds=seconds)


def _rewriter(settings: Settings) -> Rewriter | None:
    if settings.chat_model is None:
        return None
    from assistant.answering.rewriting import ModelRewriter

    model = _chat_model(settings, settings.chat_model)
    return ModelRewriter(model, timeout_seconds=settings.chat_timeout_seconds)


def _chat_model(settings: Settings, name: str) -> "BaseChatModel":
    from assistant.answering.generative import load_chat_model

    key = settings.chat_api_key
    return load_chat_model(
        name,
        base_url=settings.chat_base_url,
        api_key=key.get_secret_value() if key is not None else None,
        timeout_seconds=settings.chat_timeout_seconds,
    )


def _reranker(settings: Settings) -> Reranker | None:
    return CrossEncoderReranker(settings.reranker) if settings.reranker is not None else None
