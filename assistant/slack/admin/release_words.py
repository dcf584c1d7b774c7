"""What happened to the corpus, in words: counts, outcomes, times; pure functions."""

from collections.abc import Mapping

from assistant.domain.documents import FailedDocument
from assistant.domain.releases import (
    Action,
    ChangeKind,
    DocumentChange,
    GateReport,
    Outcome,
    Release,
    SnapshotEntry,
)
from assistant.language import phrase, say, say_some
from assistant.slack.shown.admin_sentences import duration

_CHANGES = {
    ChangeKind.ADDED: phrase("{count:,} added"),
    ChangeKind.CHANGED: phrase("{count:,} changed"),
    ChangeKind.REMOVED: phrase("{count:,} removed"),
    ChangeKind.UNCHANGED: phrase("{count:,} unchanged"),
    ChangeKind.REFUSED: phrase("{count:,} refused"),
}
_ACTIONS = {
    Action.PREVIEW: phrase("Preview"),
    Action.RELOAD: phrase("Reload"),
    Action.ROLL_BACK: phrase("Roll back"),
    Action.PURGE: phrase("Purge"),
    Action.EXPIRE: phrase("Expire"),
    Action.OFFER: phrase("Offer a document"),
    Action.PUBLISH: phrase("Publish what networks know"),
}
_OUTCOMES = {
    Outcome.RUNNING: phrase("running"),
    Outcome.LIVE: phrase("went live"),
    Outcome.UNCHANGED: phrase("nothing changed"),
    Outcome.REFUSED_BY_GATE: phrase("did not pass its tests"),
    Outcome.FAILED: phrase("failed"),
    Outcome.KILLED: phrase("killed"),
}
_PASSED = phrase("The snapshot passed its tests.")
_NOT_PASSED = phrase("The snapshot did not pass its tests.")


def change_words(change: DocumentChange) -> str:
    """Say what a reload would do to a document."""
    if change.reason is not None:
        return failed_words(FailedDocument(change.document, change.reason))
    said = [change.document]
    if change.to_embed:
        to_embed = phrase("{some:,} of {all:,} passages to prepare for the search")
        said.append(say(to_embed, some=change.to_embed, all=change.passages))
    if change.moved_from:
        before, now = ", ".join(change.moved_from), ", ".join(change.audiences)
        said.append(say("from {before} to {now}", before=before, now=now))
    return ", ".join(said)


def failed_words(failed: FailedDocument) -> str:
    """Name a document that did not go in, and the reason."""
    reason = failed.reason
    return reason if reason.startswith(failed.document) else f"{failed.document}: {reason}"


def contents(entry: SnapshotEntry) -> str:
    """Say how much is in a snapshot."""
    return ", ".join(
        (
            say_some("{count:,} document", "{count:,} documents", entry.documents),
            say_some("{count:,} passage", "{count:,} passages", entry.passages),
            say_some("{count:,} definition", "{count:,} definitions", entry.definitions),
        )
    )


def action_words(release: Release) -> str:
    """Say what was done."""
    known = _ACTIONS.get(release.action)
    return say(known) if known is not None else release.action.value.capitalize()


def changes(counts: Mapping[str, int]) -> str:
    """Return counts as words: `3 added, 1 changed`; those that are not known are left out."""
    known = ((kind, text) for kind, text in _CHANGES.items() if kind.value in counts)
    return ", ".join(say(text, count=counts[kind.value]) for kind, text in known)


def documents_sentence(release: Release) -> str:
    """Say how many documents a release changed, and how; nothing where that is not known."""
    said = changes(release.counts)
    return say("Documents: {changes}.", changes=said) if said else ""


def passages_sentence(release: Release) -> str:
    """Say how many passages a release has; nothing where that is not known."""
    counts = release.counts
    if "passages" not in counts:
        return ""
    passages = say_some("{count:,} passage", "{count:,} passages", counts["passages"])
    embedded = counts.get("embedded", 0)
    prepared = phrase("{passages}, {some:,} of them newly prepared for the search.")
    return say(prepared, passages=passages, some=embedded)


def gate_sentences(gate: GateReport | None) -> str:
    """Say how the gate went; nothing where there was none."""
    if gate is None:
        return ""
    state = say(_PASSED if gate.is_open else _NOT_PASSED)
    golden = phrase("{some:,} of {all:,} golden questions went well.")
    sampled = say_some(
        "{count:,} passage was searched for, as a test.",
        "{count:,} passages were searched for, as a test.",
        gate.sampled,
    )
    return joined_sentences(state, say(golden, some=gate.passed, all=gate.golden), sampled)


def time_taken(seconds: float) -> str:
    """Say how long something took."""
    most = 60
    return say("{seconds:.1f} s", seconds=seconds) if seconds < most else duration(seconds)


def joined_sentences(*said: str) -> str:
    """Return sentences as one text, without those that are empty."""
    return " ".join(sentence for sentence in said if sentence)


def outcome_words(outcome: Outcome) -> str:
    """Say how an operation ended."""
    return say(_OUTCOMES[outcome])
