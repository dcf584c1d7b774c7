"""The table of what was asked and answered, and its rows as types."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, Float, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assistant.domain.answers import AnswerStatus, Citation, Turn
from assistant.store.database import AnyText, Base, UtcDateTime, Words

WITHDRAWN = "This answer was withdrawn because a document it rests on was deleted."
QUESTION_WITHDRAWN = "This question was withdrawn because it quotes a document that was deleted."
# What is left of a citation of a deleted document: headings are its words.
LEFT = ("number", "document")

Cited = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class KeptCitation:
    """A source of an answer as it is kept; of a deleted document number and name are left.

    `line` is what a reader is shown of it.
    """

    number: int
    document: str
    section: str
    line: str
    url: str | None
    audience: str | None


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A question and its answer as they are kept; `ts` is the question's post.

    `answer` is empty where the question failed.
    """

    inbox_id: int
    team: str
    channel: str
    thread_ts: str
    ts: str
    user: str
    question: str
    answer: str
    status: AnswerStatus | None
    citations: tuple[KeptCitation, ...]
    snapshot: str | None
    answered_at: datetime

    @property
    def is_withdrawn(self) -> bool:
        """Whether a document on which it rests was deleted."""
        return self.answer == WITHDRAWN

    @property
    def is_failed(self) -> bool:
        """Whether the question got no answer because something went wrong."""
        return self.status is not None and self.status.value.startswith("error")

    @property
    def may_rest_on_anything(self) -> bool:
        """Whether it names no source: it is from a file, or known from its words alone."""
        return self.status is not None and self.status.answers and not self.citations


class TurnRow(Base):
    """One question and its answer in a thread.

    `snapshot`, `confidence` and `citations` are null where the answer is known from its words
    alone, `prompt` also where no chat model wrote it, `status` where it was given before statuses
    were kept.
    """

    __tablename__ = "turns"
    __table_args__ = (Index("ix_turns_thread", "team", "channel", "thread_ts", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int] = mapped_column(unique=True)
    team: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(32))
    thread_ts: Mapped[str] = mapped_column(String(32))
    question: Mapped[str] = mapped_column(Words)
    answer: Mapped[str] = mapped_column(Words)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str | None] = mapped_column(String(64))
    prompt: Mapped[str | None] = mapped_column(String(64))
    snapshot: Mapped[str | None] = mapped_column(String(64))
    confidence: Mapped[float | None] = mapped_column(Float)
    citations: Mapped[list[Cited] | None] = mapped_column(JSON(none_as_null=True))

    def turn(self, readable: Collection[str] | None = None) -> Turn:
        """Return what was said for who reads the audiences of `readable`, else for anybody."""
        unanswered = self.status is not None and not AnswerStatus(self.status).answers
        is_withdrawn = self.answer == WITHDRAWN
        audiences = {str(c["audience"]) for c in self.citations or () if c.get("audience")}
        # What is known from its words alone may rest on anything.
        is_known = self.citations is not None and audiences <= set(readable or ())
        is_for_others = readable is not None and not is_known
        is_empty = unanswered or is_withdrawn or is_for_others
        return Turn(self.question, "" if is_empty else self.answer)

    def kept(self, user: str, ts: str) -> KeptAnswer:
        """Return the row as the type that others know, with who asked and in which post."""
        return KeptAnswer(
            self.inbox_id,
            self.team,
            self.channel,
            self.thread_ts,
            ts,
            user,
            self.question,
            self.answer,
            AnswerStatus(self.status) if self.status is not None else None,
            tuple(_kept_citation(cited) for cited in self.citations or ()),
            self.snapshot,
            self.answered_at,
        )


class WithdrawnRow(Base):
    """A document whose words were taken out of the answers.

    `compacted_at` is null until no file of the database holds them any more.
    """

    __tablename__ = "withdrawn_documents"

    document: Mapped[str] = mapped_column(AnyText, primary_key=True)
    withdrawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    compacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def cited_of(citation: Citation) -> Cited:
    """Return where a citation points; the digest tells whether the passage still says the same."""
    return {
        "number": citation.number,
        "document": citation.document,
        "section": citation.section,
        "quote_sha256": hashlib.sha256(citation.quote.encode()).hexdigest(),
        "line": citation.line,
        "url": citation.url or "",
        "audience": citation.audience,
    }


def without(cited: Sequence[Cited], gone: set[str]) -> list[Cited]:
    """Return the citations, those of documents in `gone` as no more than number and name."""
    return [{name: c[name] for name in LEFT} if c["document"] in gone else c for c in cited]


def _kept_citation(cited: Cited) -> KeptCitation:
    return KeptCitation(
        int(cited["number"]),
        str(cited["document"]),
        str(cited.get("section", "")),
        str(cited.get("line", "")),
        str(cited.get("url") or "") or None,
        str(cited.get("audience") or "") or None,
    )
