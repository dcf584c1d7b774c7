"""What is live, what is under way, and how the last reload ended."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from assistant.bootstrap import Services
from assistant.domain.releases import Outcome, Release
from assistant.retrieval.snapshot import Manifest
from assistant.settings import Settings
from assistant.terminal.plain import duration, left_out, moment, plain
from assistant.terminal.releases import finding_lines, release_as_dict

NOTHING_YET = "Nothing was ingested yet; run `assistant ingest` first."
LATE_INTERACTION = "late interaction"
LABEL = 12
FINDINGS = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands; `live` is None before the first ingest."""

    settings: Settings
    live: Manifest | None
    running: Release | None
    last: Release | None

    @property
    def vectors(self) -> str:
        """Where the vectors are kept."""
        url = self.settings.chroma_url
        return f"Chroma at {url}" if url else "Chroma, embedded"


def standing(services: Services) -> Standing:
    """Return how it stands now."""
    train = services.train
    return Standing(services.settings, services.live_manifest(), train.running(), train.last())


def status_as_dict(now: Standing) -> dict[str, Any]:
    """Return what is live, under way and done last as plain data, without secrets.

    `last_ingest` is the one that made what is live. It and `snapshot` are None before the first
    ingest and the counts 0; `running` and `last_reload` are None where there is none.
    """
    live, settings = now.live, now.settings
    return {
        "snapshot": live.snapshot if live else None,
        "counts": _counts(live),
        "models": {
            "encoder": settings.encoder,
            "encoder_digest": live.encoder_digest if live else None,
            "reranker": settings.reranker or LATE_INTERACTION,
            "chat_model": settings.chat_model,
        },
        "stores": {
            "data_dir": str(settings.data_dir),
            "vectors": now.vectors,
            "database": "SQLite",
            "audiences": list(live.audiences) if live else [],
        },
        "last_ingest": {"at": live.created, "seconds": live.seconds, "failed": dict(live.failed)}
        if live
        else None,
        "running": _running_as_dict(now.running) if now.running is not None else None,
        "last_reload": release_as_dict(now.last) if now.last is not None else None,
    }


def status_as_text(now: Standing) -> str:
    """Return the status as lines to read."""
    lines = list(_live_lines(now, now.live)) if now.live else [NOTHING_YET]
    if now.running is not None:
        lines.append(_line("Under way", _under_way(now.running)))
    if now.last is not None:
        lines += _last_lines(now.last, now.live)
    failed = now.live.failed if now.live else {}
    return "\n".join([*lines, *(_line("Left out", left_out(*pair)) for pair in failed.items())])


def _counts(live: Manifest | None) -> dict[str, int]:
    return {
        "documents": len(live.documents) if live else 0,
        "passages": live.passages if live else 0,
        "definitions": live.definitions if live else 0,
        "failed": len(live.failed) if live else 0,
    }


def _live_lines(now: Standing, live: Manifest) -> Iterator[str]:
    settings = now.settings
    of_all = ", ".join(f"{count} {name}" for name, count in _counts(live).items())
    made = moment(datetime.fromisoformat(live.created))
    yield _line("Snapshot", f"{live.snapshot}, made {made} in {live.seconds:.1f} s")
    yield _line("Counts", of_all)
    yield _line("Encoder", settings.encoder)
    yield _line("Reranker", settings.reranker or LATE_INTERACTION)
    yield _line("Chat model", settings.chat_model or "none")
    yield _line("Stores", f"{now.vectors}, and SQLite, in {settings.data_dir}")
    yield _line("Audiences", ", ".join(live.audiences))


def _last_lines(last: Release, live: Manifest | None) -> list[str]:
    by = f"{plain(last.actor.id)} ({last.actor.surface})"
    lines = [_line("Last reload", f"{moment(last.started_at)} by {by}: {plain(last.sentence)}")]
    went_live = last.outcome in (Outcome.LIVE, Outcome.UNCHANGED)
    if went_live and live is not None and live.snapshot != last.snapshot:
        lines.append(_line("Since then", "a roll back or a purge has made another snapshot live"))
    return lines + [_line(*line.split(": ", 1)) for line in finding_lines(last.findings, FINDINGS)]


def _running_as_dict(running: Release) -> dict[str, Any]:
    progress = running.progress
    return {
        "action": running.action.value,
        "by": running.actor.id,
        "surface": running.actor.surface,
        "started_at": running.started_at.isoformat(timespec="seconds"),
        "progress": asdict(progress) if progress is not None else None,
    }


def _under_way(running: Release) -> str:
    said = (
        f"{running.action.value} by {plain(running.actor.id)} ({running.actor.surface}) since "
        f"{moment(running.started_at)}"
    )
    progress = running.progress
    if progress is None:
        return said
    said += f": {progress.step.value}, {progress.done} of {progress.total}"
    left = progress.seconds_left
    return said if left is None else f"{said}, about {duration(left)} left"


def _line(label: str, said: str) -> str:
    return f"{label:<{LABEL}}{said}"
