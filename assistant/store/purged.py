"""Files that were purged and may not come back by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from assistant.domain.releases import Actor
from assistant.store.database import AnyText, Base, UtcDateTime, serialised, transaction


@dataclass(frozen=True, slots=True)
class PurgedDocument:
    """A file that was purged: its name then, the SHA-256 of its bytes, when and by whom."""

    document: str
    digest: str
    purged_at: datetime
    actor: Actor


class PurgedRow(Base):
    """One purged file, known by its bytes alone, since it may come back under another name."""

    __tablename__ = "purged_documents"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    document: Mapped[str] = mapped_column(AnyText)
    purged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str] = mapped_column(AnyText)
    surface: Mapped[str] = mapped_column(AnyText)


class PurgedDocuments:
    """Remembers which files were purged."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, document: str, digest: str, actor: Actor) -> None:
        """Note that the file was purged; `digest` is the SHA-256 of its bytes."""
        row = PurgedRow(
            digest=digest,
            document=document,
            purged_at=datetime.now(UTC),
            actor_id=actor.id,
            surface=actor.surface,
        )
        with serialised(self._engine) as session:
            session.merge(row)

    def digests(self) -> Mapping[str, PurgedDocument]:
        """Return every purged file by the digest of its bytes."""
        with transaction(self._engine) as session:
            return {
                row.digest: PurgedDocument(
                    row.document, row.digest, row.purged_at, Actor(row.actor_id, row.surface)
                )
                for row in session.scalars(select(PurgedRow).order_by(PurgedRow.purged_at))
            }

    def allow(self, document: str) -> int:
        """Let every file that was purged as `document` come back; return how many they are."""
        allowed = (
            delete(PurgedRow).where(PurgedRow.document == document).returning(PurgedRow.digest)
        )
        with transaction(self._engine) as session:
            return len(session.scalars(allowed).all())
