"""A question and what is said to it: statements, citations, and how it ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from assistant.domain.documents import Passage
from assistant.domain.networks import AskedBefore
from assistant.language import say, say_day


class AnswerStatus(StrEnum):
    """How a question ended. The prefix is the family that a dashboard counts."""

    ANSWERED = "answered"
    ANSWERED_PARTLY = "answered_partly"
    CLARIFICATION = "clarification"
    UNANSWERABLE_NO_PASSAGE = "unanswerable_no_passage"
    UNANSWERABLE_LOW_SCORE = "unanswerable_low_score"
    UNANSWERABLE_NOT_GROUNDED = "unanswerable_not_grounded"
    UNANSWERABLE_OUT_OF_SCOPE = "unanswerable_out_of_scope"
    REFUSED_AUDIENCE = "refused_audience"
    REFUSED_LIMIT = "refused_limit"
    ERROR_TIMEOUT = "error_timeout"
    ERROR_UNEXPECTED = "error_unexpected"

    @property
    def answers(self) -> bool:
        """Whether the question got an answer, whole or in part."""
        return self.value.startswith("answered")


class Step(StrEnum):
    """What the answer path is at, in its order; a question in parts goes through some again.

    A follow-up is understood by a chat model where there is one, and only what such a model wrote
    is checked: the other sentences are the corpus's own.
    """

    UNDERSTANDING = "understanding"
    SEARCHING = "searching"
    WRITING = "writing"
    CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class StepBegun:
    """A step that begins, and what those before it came to.

    For writing, `passages` were found in the documents that `titles` names, best first and nothing
    but what the reader may read; for checking, `statements` were written.
    """

    step: Step
    passages: int = 0
    titles: tuple[str, ...] = ()
    statements: int = 0


# Told of each step as it begins; whatever it raises ends the answer there.
OnStep = Callable[[StepBegun], None]


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question of a conversation and the text of its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found and how well it fits; scores are compared, never shown."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence or list item of an answer and the numbers of the passages that it rests on.

    `label` names whose definition the statement is, where several are told apart, or the heading
    that it needs to be understood; `leads_in` marks the sentence or heading that leads into the
    list items after it.
    """

    text: str
    citations: tuple[int, ...]
    is_list_item: bool = False
    label: str | None = None
    leads_in: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered source of an answer.

    `document` is the path inside the corpus folder, `quote` the passage's own words, `source` one
    line for a reader: publisher or author, title of the source, its date. `as_at` is the day of
    which the words are. `review_due` says that `review_by` was past when it was cited. `audience`
    is who may read the document, empty where that is not known.

    `experience` names the network whose member tells what they did, None for guidance; `author` is
    None where they are not to be named. `lapsed` says since when and why a verification does not
    hold any more.
    """

    number: int
    document: str
    title: str
    section: str
    quote: str
    source: str
    url: str | None = None
    published: date | None = None
    as_at: date | None = None
    review_by: date | None = None
    review_due: bool = False
    nation: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()
    audience: str = ""
    experience: str | None = None
    author: str | None = None
    organisation: str | None = None
    lapsed: str | None = None

    @property
    def line(self) -> str:
        """The source as one line: number, where in the document, publisher and dates.

        Behind its number, that of a peer's experience begins with `Peer experience`.
        """
        if self.experience is not None:
            return self._peer_line(self.experience)
        place = self.section
        if not place.startswith(self.title):
            place = f"{self.title} > {place}" if place else self.title
        line = f"[{self.number}] {place}"
        if self.source.strip():
            line += f". {self.source.strip()}"
        if self.published and (day := say_day(self.published)) not in line:
            line += f" ({say('published {day}', day=day)})"
        if self.mark:
            line += f" ({self.mark})"
        return line

    def _peer_line(self, network: str) -> str:
        parts = (
            say("Peer experience"),
            self.author or say("a member who is not named"),
            self.organisation,
            say_day(self.published) if self.published else None,
        )
        said = ", ".join(part for part in parts if part)
        line = f"[{self.number}] {said}: {self.title} ({network})"
        return f"{line} ({self.mark})" if self.mark else line

    @property
    def mark(self) -> str | None:
        """What a reader must know before relying on it, if anything."""
        if self.lapsed is not None:
            return self.lapsed
        if not self.review_due or self.review_by is None:
            return None
        return say("due for review since {day}", day=say_day(self.review_by))


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question.

    `text` is plain, with `[n]` behind each statement. `nearest` is filled when the corpus does not
    answer. `confidence` runs from 0 to 1. `timings_ms` maps each step, and `total`, to
    milliseconds. `note` is a sentence for the reader about how the answer was made, when it was
    not made as configured. `prompt` holds the versions of the prompts with which a chat model wrote
    it and made a follow-up stand alone, a blank between; None where none had a part in it.
    `asked_before` is a verified peer answer to the same question, shown beside it and no part of
    `text`.
    """

    question: str
    status: AnswerStatus
    text: str
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    confidence: float = 0.0
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    note: str | None = None
    snapshot: str | None = None
    prompt: str | None = None
    asked_before: AskedBefore | None = None

    @property
    def is_all_asked_before(self) -> bool:
        """Whether nothing is answered but what `asked_before` says, whole and word for word."""
        if self.asked_before is None or self.status is not AnswerStatus.ANSWERED:
            return False
        return {cited.document for cited in self.citations} == {self.asked_before.document}
