"""The audit log: entries are only added, and each is chained to the one before by its digest."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import Engine, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistant.domain.releases import Actor, AuditEntry
from assistant.store.database import Base, UtcDateTime, serialised, transaction

LONGEST_FIELD = 300
LONGEST_DETAIL = 2_000
NOTHING_BEFORE = "0" * 64

_SECRET = re.compile(
    r"\bx(?:ox[a-z]|app)-[\w-]{6,}|\bsk-[\w-]{16,}|(?<=://)[^\s/:@]*:[^\s/@]+(?=@)"
)
_ROWS_AT_A_TIME = 500

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AuditBreak:
    """Where the chain does not hold: the number of the entry, and what is wrong as a sentence."""

    number: int
    sentence: str


class AuditRow(Base):
    """One entry; `digest` is over its fields and `previous`, the digest of the entry before."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str] = mapped_column(Text)
    surface: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    # Unique, so that no database lets two entries follow the same one.
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    digest: Mapped[str] = mapped_column(String(64))

    def computed(self) -> str:
        """Return the digest that the row's fields ask for."""
        fields = (
            self.id,
            self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.actor_id,
            self.surface,
            self.action,
            self.target,
            self.outcome,
            self.detail,
            self.previous,
        )
        return hashlib.sha256(json.dumps(fields).encode()).hexdigest()

    def entry(self) -> AuditEntry:
        """Return the row as the type that others know."""
        return AuditEntry(
            at=self.at,
            actor=Actor(self.actor_id, self.surface),
            action=self.action,
            target=self.target,
            outcome=self.outcome,
            detail=self.detail,
        )


class AuditLog:
    """Adds entries and reads them; nothing changes or deletes one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, entry: AuditEntry) -> None:
        """Add the entry behind the newest one.

        Each text becomes one line of bounded length, and what looks like a token or a password in
        an address is left out. The log event holds the digest: who keeps the log elsewhere can
        tell from it whether the entries were all made anew.
        """
        with serialised(self._engine) as session:
            row = add_entry(session, entry)
        log_entry(row)

    def recent(self, most: int = 20) -> Sequence[AuditEntry]:
        """Return the newest entries, at most `most`, the newest first."""
        newest = select(AuditRow).order_by(AuditRow.id.desc()).limit(most)
        with transaction(self._engine) as session:
            return tuple(row.entry() for row in session.scalars(newest))

    def verify(self) -> Sequence[AuditBreak]:
        """Return every place where an entry was changed, taken out or put in: none if all is well.

        Entries missing at the end, or a log that was made anew as a whole, do not show here.
        """
        breaks: list[AuditBreak] = []
        number, previous = 0, NOTHING_BEFORE
        rows = select(AuditRow).order_by(AuditRow.id).execution_options(yield_per=_ROWS_AT_A_TIME)
        with transaction(self._engine) as session:
            for row in session.scalars(rows):
                breaks.extend(AuditBreak(row.id, s) for s in _wrong(row, number, previous))
                number, previous = row.id, row.digest
        return tuple(breaks)


def add_entry(session: Session, entry: AuditEntry) -> AuditRow:
    """Add the entry in an open, serialised transaction, so that it holds if that does."""
    newest = session.scalar(select(AuditRow).order_by(AuditRow.id.desc()).limit(1))
    row = AuditRow(
        id=newest.id + 1 if newest else 1,
        at=entry.at.astimezone(UTC),
        actor_id=_line(entry.actor.id),
        surface=_line(entry.actor.surface),
        action=_line(entry.action),
        target=_line(entry.target),
        outcome=_line(entry.outcome),
        detail=_line(entry.detail, LONGEST_DETAIL),
        previous=newest.digest if newest else NOTHING_BEFORE,
    )
    row.digest = row.computed()
    session.add(row)
    session.flush()
    return row


def log_entry(row: AuditRow) -> None:
    """Say in the log that an entry was written, once it is committed."""
    _log.info("audit_entry_written", entry=row.id, digest=row.digest)


def _wrong(row: AuditRow, number: int, previous: str) -> Sequence[str]:
    """Return what is wrong with an entry that should follow entry `number`."""
    wrong = []
    if row.id != number + 1:
        wrong.append(f"Between entries {number} and {row.id} entries are missing.")
    elif row.previous != previous:
        wrong.append(f"Entry {row.id} does not follow the entry before it.")
    if row.computed() != row.digest:
        wrong.append(f"Entry {row.id} was changed after it was written.")
    return wrong


def _line(text: str, longest: int = LONGEST_FIELD) -> str:
    """Return the text as one line that shows what it holds and no secret."""
    # Cut first: what follows must not take long, whatever somebody sends.
    shown = "".join(map(_shown, text[: longest * 4]))
    line = _SECRET.sub("[left out]", " ".join(shown.split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "\N{REPLACEMENT CHARACTER}" if category in {"Cf", "Cs"} else character
