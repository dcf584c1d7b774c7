"""The seams: each Protocol has two real implementations that run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.domain.answers import Answer, OnStep, Turn
from assistant.domain.attachments import AnswerFromFile, FileContent
from assistant.domain.networks import PeerCitation, Topic
from assistant.domain.releases import (
    Actor,
    AuditEntry,
    OnProgress,
    Preview,
    Purged,
    Release,
    SnapshotEntry,
)


class AnswersQuestions(Protocol):
    """What a surface needs of the answer path: the terminal, Slack and the tests call it."""

    def __call__(
        self,
        question: str,
        history: Sequence[Turn],
        audiences: Sequence[str],
        on_step: OnStep | None = None,
    ) -> Answer:
        """Answer `question`, asked after `history`, from what `audiences` may read.

        `on_step` is told of each step as it begins; whatever it raises is raised.
        """


class AnswersFromFiles(Protocol):
    """What a surface needs to have a question answered from a file that came with it."""

    def __call__(self, question: str, history: Sequence[Turn], file: FileContent) -> AnswerFromFile:
        """Answer `question`, asked after `history`, from `file` alone; nothing of it is kept.

        Raises DocumentError, with one sentence that says why, when the file cannot be read.
        """


class Reranker(Protocol):
    """Scores passages against a question; without one, the search uses late interaction."""

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return one relevance score a passage, in the order given; higher is better."""


class DefinesTerms(Protocol):
    """What a surface needs to say what a term means."""

    def __call__(self, term: str, audiences: Sequence[str]) -> Answer:
        """Return every definition of `term` that `audiences` may read, the agreed one first."""

    def terms(self, audiences: Sequence[str]) -> Sequence[str]:
        """Return the terms whose definitions `audiences` may read, in the order of the alphabet."""


class RunsTheTrain(Protocol):
    """What a surface needs of the release train.

    Whatever is done for an `actor` is written into the audit log by the train itself, failures
    too. Every failure that an administrator can act on is an AssistantError with one sentence.
    """

    def preview(self, actor: Actor, on_progress: OnProgress | None = None) -> Preview:
        """Say what a reload would do and write nothing; raises CorpusError."""

    def reload(
        self, actor: Actor, *, allow_shrink: bool = False, on_progress: OnProgress | None = None
    ) -> Release:
        """Build, test and switch; a failed gate is a Release that is REFUSED_BY_GATE.

        Raises IngestBusyError that says who is at it, and CorpusError.
        """

    def roll_back(self, actor: Actor, snapshot: str | None = None) -> Release:
        """Make a kept snapshot live, by default the one before the live one; raises CorpusError."""

    def purge(self, actor: Actor, document: str) -> Purged:
        """Take a document out of everything that is kept and prove it; raises CorpusError."""

    def snapshots(self) -> Sequence[SnapshotEntry]:
        """Return the snapshots that are kept, newest first."""

    def running(self) -> Release | None:
        """Return what is under way, in whichever process."""

    def last(self) -> Release | None:
        """Return the last reload that ended, whatever its outcome."""

    def offer(self, actor: Actor, name: str, data: bytes, front_matter: Mapping[str, str]) -> str:
        """Keep a file for the corpus until a reload takes it in; return its path there.

        Nothing is replaced: raises DocumentError when the name is taken or is none that can be
        kept, and when files of this kind are not read.
        """

    def take_back(self, actor: Actor, document: str) -> None:
        """Remove a file that was offered, with its front matter; one that is gone is no error."""

    def publish(self, actor: Actor) -> Release:
        """Take into the corpus what networks verified and agreed since, and nothing else.

        Tested by the gate and switched as a reload is. Raises IngestBusyError and CorpusError;
        what is live then stays so.
        """

    def is_published(self) -> bool:
        """Whether the live snapshot holds what networks verified and agreed, as it stands now."""

    def check_peers(self) -> int:
        """Let verified answers lapse that no longer hold; return how many lapsed by this.

        It is done after each switch too, may be done at any time, and renewed ones stay renewed.
        """

    def owners(self, documents: Collection[str]) -> Mapping[str, str]:
        """Return who looks after each of these documents, as far as the live snapshot says."""

    def audit(self, entry: AuditEntry) -> None:
        """Write down what was done, or refused, without the train."""


class RoutesCalls(Protocol):
    """What a surface needs to know whom a question to a network is for."""

    def __call__(self, question: str, topics: Sequence[Topic]) -> Sequence[Topic]:
        """Return those of `topics` that fit the question, best first; none when none fits."""


class PinsPassages(Protocol):
    """What a surface needs to notice later that a cited passage has changed."""

    def __call__(self, citations: Sequence[PeerCitation]) -> Sequence[PeerCitation]:
        """Return the citations with the digest of what their sections say in the live snapshot.

        A citation whose section is not there, or does not hold today, is left out.
        """

    def says(self, citation: PeerCitation) -> str:
        """Return what a cited section says in the live snapshot, nothing where it does not hold."""

    def near(self, words: str, audiences: Sequence[str]) -> Sequence[PeerCitation]:
        """Return the sections of guidance that `words` are nearest to, best first, numbered from 1.

        They are such as `audiences` may read, with the digest of what they say; no peer's word.
        """


@dataclass(frozen=True, slots=True)
class Abilities:
    """All that a surface can have done for people."""

    answer: AnswersQuestions
    answer_from_file: AnswersFromFiles
    define: DefinesTerms
    train: RunsTheTrain
    route: RoutesCalls
    pin: PinsPassages
