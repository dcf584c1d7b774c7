"""What each operation of the release train says to an administrator: pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.domain.documents import FailedDocument
from assistant.domain.releases import (
    Action,
    ChangeKind,
    DocumentChange,
    Finding,
    GateReport,
    Outcome,
    Preview,
    Purged,
    Release,
    SnapshotEntry,
)
from assistant.language import phrase, say, say_some
from assistant.slack import admin_sentences
from assistant.slack.admin_blocks import (
    RELOAD_CONFIRM,
    Section,
    Told,
    button,
    buttons,
    line,
    line_of,
    main_buttons,
    name,
    sentence_told,
    told,
)
from assistant.slack.admin_command import Subcommand
from assistant.slack.blocks import Shown, text_blocks

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
}
_OUTCOMES = {
    Outcome.RUNNING: phrase("running"),
    Outcome.LIVE: phrase("live"),
    Outcome.UNCHANGED: phrase("nothing changed"),
    Outcome.REFUSED_BY_GATE: phrase("refused by the gate"),
    Outcome.FAILED: phrase("failed"),
    Outcome.KILLED: phrase("killed"),
}
_SHOWN_CHANGES = (
    (ChangeKind.REFUSED, phrase("Would be refused")),
    (ChangeKind.ADDED, phrase("Would be added")),
    (ChangeKind.CHANGED, phrase("Would be changed")),
    (ChangeKind.REMOVED, phrase("Would be removed")),
)


@dataclass(frozen=True, slots=True)
class CorpusState:
    """What the train says of itself at one moment; `snapshots` are newest first."""

    snapshots: tuple[SnapshotEntry, ...]
    running: Release | None
    last: Release | None

    @property
    def live(self) -> SnapshotEntry | None:
        """The snapshot that is live."""
        return next((entry for entry in self.snapshots if entry.is_live), None)


def status_lines(state: CorpusState) -> list[Shown]:
    """Show what is live, what is under way and how the last reload ended."""
    lines = [*_live_lines(state.live)]
    if state.running is not None:
        run = state.running
        under_way = phrase("Under way: {what} by {actor} since {time}")
        lines.append(line_of(under_way, what=_what(run), actor=run.actor, time=run.started_at))
        if run.progress is not None:
            lines.append(line(admin_sentences.progress(_what(run), run.progress)))
    if state.last is not None:
        lines += _last_lines(state.last)
    return lines


def status_told(state: CorpusState) -> Told:
    """Say what is live, what is under way and how the last reload ended."""
    sections = _release_sections(state.last) if state.last is not None else []
    return told(status_lines(state), sections, [main_buttons()])


def preview_told(preview: Preview) -> Told:
    """Say what a reload would do, document by document."""
    kinds = {kind.value: len(preview.of(kind)) for kind in ChangeKind}
    opening = [line(say("A reload would give: {changes}.", changes=_counted(kinds)))]
    if set(kinds) - {ChangeKind.UNCHANGED.value} == {k for k, n in kinds.items() if not n}:
        opening.append(line(say(admin_sentences.NO_CHANGES)))
    opening.append(
        line(
            say(
                "{some:,} of {all:,} passages would be embedded; it would take {time}.",
                some=preview.to_embed,
                all=preview.passages,
                time=admin_sentences.duration(preview.seconds),
            )
        )
    )
    sections = [
        Section(say("What the gate would ask"), preview.asks),
        Section(say("Golden questions that would go wrong"), preview.golden),
    ]
    sections += [
        Section(say(title), tuple(_change(change) for change in preview.of(kind)))
        for kind, title in _SHOWN_CHANGES
    ]
    sections.append(_findings(preview.findings))
    reload = button(say("Reload now"), Subcommand.RELOAD, confirm=say(RELOAD_CONFIRM))
    return told(opening, sections, [buttons(reload)])


def release_told(release: Release, first: Sequence[Shown] = ()) -> Told:
    """Say how a reload or a roll back ended: what changed, what failed and why, and the gate."""
    opening = [*first, *_outcome_lines(release), *_figure_lines(release)]
    closing = [_after_refusal()] if release.outcome is Outcome.REFUSED_BY_GATE else []
    return told(opening, _release_sections(release), closing)


def snapshots_told(entries: Sequence[SnapshotEntry]) -> Told:
    """List the snapshots that are kept, each but the live one with a button to roll back to it."""
    if not entries:
        return sentence_told(say(admin_sentences.NO_SNAPSHOTS))
    return told([shown for entry in entries for shown in snapshot_blocks(entry)])


def snapshot_blocks(entry: SnapshotEntry) -> list[Shown]:
    """Show one snapshot: what is in it, who made it and how its gate went."""
    made = phrase("{snapshot}, made {time}: {contents}.")
    if entry.is_live:
        made = phrase("{snapshot}, live, made {time}: {contents}.")
    contents = _contents(entry)
    shown = [line_of(made, snapshot=name(entry.snapshot), time=entry.created, contents=contents)]
    run = entry.release
    if run is not None:
        words = _sentences(_changes(run), _gate(run.gate))
        by = phrase("By {actor}. {words}") if words else phrase("By {actor}.")
        shown.append(line_of(by, actor=run.actor, words=words))
    if not entry.is_live:
        confirm = say(
            "{snapshot} goes live. The corpus folder stays as it is.",
            snapshot=name(entry.snapshot, 100),
        )
        label = say("Roll back to this")
        shown.append(buttons(button(label, Subcommand.ROLL_BACK, entry.snapshot, confirm)))
    return shown


def failed_told(last: Release | None) -> Told:
    """List the documents that did not go in at the last reload, each with its reason."""
    if last is None:
        return sentence_told(say(admin_sentences.NO_RELOAD_YET))
    if not last.failed:
        return sentence_told(say(admin_sentences.NONE_FAILED))
    ended = last.ended_at or last.started_at
    opening = [line_of(phrase("The reload that ended {time} left out:"), time=ended)]
    return told(opening, [failed_section(last.failed)])


def failed_section(failed: Sequence[FailedDocument]) -> Section:
    """Return the documents that did not go in, with their reasons."""
    return Section(say("Documents that did not go in"), tuple(_failed(each) for each in failed))


def purged_told(purged: Purged) -> Told:
    """Say that a document is gone and how that was checked, or what still holds some of it."""
    gone = (
        phrase("{document} is not wholly gone.")
        if purged.remains
        else phrase("{document} is gone.")
    )
    said = [say(gone, document=name(purged.document)), _looked_for(purged)]
    if purged.snapshots_removed:
        said.append(
            say_some(
                "{count:,} older snapshot was removed.",
                "{count:,} older snapshots were removed.",
                len(purged.snapshots_removed),
            )
        )
    if purged.answers_withdrawn:
        said.append(
            say_some(
                "{count:,} kept answer that quoted it was withdrawn.",
                "{count:,} kept answers that quoted it were withdrawn.",
                purged.answers_withdrawn,
            )
        )
    return told(
        [line(each) for each in said],
        [Section(say("What still holds some of it"), purged.remains)],
    )


def _looked_for(purged: Purged) -> str:
    return say(
        "Looked for: {sentences}, {vectors}. Looked through: {files}, {searches}.",
        sentences=say_some("{count:,} sentence", "{count:,} sentences", purged.sentences),
        vectors=say_some("{count:,} vector", "{count:,} vectors", purged.vectors),
        files=say_some("{count:,} file", "{count:,} files", purged.files),
        searches=say_some("{count:,} search", "{count:,} searches", purged.searches),
    )


def _live_lines(live: SnapshotEntry | None) -> list[Shown]:
    if live is None:
        return [line(say(admin_sentences.NOTHING_YET))]
    made = phrase("Live: {snapshot}, made {time}")
    return [
        line_of(made, snapshot=name(live.snapshot), time=live.created),
        line(say("Contents: {contents}.", contents=_contents(live))),
    ]


def _last_lines(last: Release) -> list[Shown]:
    ended = last.ended_at or last.started_at
    head = line_of(
        phrase("Last reload: {outcome}, by {actor}, ended {time}"),
        outcome=say(_OUTCOMES[last.outcome]),
        actor=last.actor,
        time=ended,
    )
    return [head, *_figure_lines(last)]


def _outcome_lines(release: Release) -> list[Shown]:
    if release.outcome is Outcome.REFUSED_BY_GATE:
        # The reasons stand below, one a line.
        return list(text_blocks(say(admin_sentences.GATE_SHUT)))
    said = name(release.sentence, 1000) if release.sentence else ""
    outcome = say(_OUTCOMES[release.outcome])
    return list(
        text_blocks(said or say("{what}: {outcome}.", what=_what(release), outcome=outcome))
    )


def _figure_lines(release: Release) -> list[Shown]:
    took = say("It took {time}.", time=_seconds(release.seconds)) if release.seconds else ""
    words = _sentences(_changes(release), _passages(release), _gate(release.gate), took)
    return [line(words)] if words else []


def _release_sections(release: Release) -> list[Section]:
    gate = release.gate or GateReport()
    return [
        Section(say("Why it did not go live"), gate.failures),
        failed_section(release.failed),
        Section(say("What the gate noticed"), gate.warnings),
        _findings(release.findings),
    ]


def _after_refusal() -> Shown:
    confirm = f"{say(RELOAD_CONFIRM)} {say('It may be much smaller than the live one.')}"
    again = button(say("Reload, allow to shrink"), Subcommand.RELOAD_SMALLER, confirm=confirm)
    shown = buttons(again)
    return Shown(shown.block, f"{say(admin_sentences.SHRINK_HINT)} {shown.words}")


def _findings(findings: Sequence[Finding]) -> Section:
    return Section(say("Worth a look"), tuple(finding.sentence for finding in findings))


def _change(change: DocumentChange) -> str:
    if change.reason is not None:
        return _failed(FailedDocument(change.document, change.reason))
    said = [change.document]
    if change.to_embed:
        to_embed = phrase("{some:,} of {all:,} passages to embed")
        said.append(say(to_embed, some=change.to_embed, all=change.passages))
    if change.moved_from:
        before, now = ", ".join(change.moved_from), ", ".join(change.audiences)
        said.append(say("from {before} to {now}", before=before, now=now))
    return ", ".join(said)


def _failed(failed: FailedDocument) -> str:
    reason = failed.reason
    return reason if reason.startswith(failed.document) else f"{failed.document}: {reason}"


def _contents(entry: SnapshotEntry) -> str:
    return ", ".join(
        (
            say_some("{count:,} document", "{count:,} documents", entry.documents),
            say_some("{count:,} passage", "{count:,} passages", entry.passages),
            say_some("{count:,} definition", "{count:,} definitions", entry.definitions),
        )
    )


def _what(release: Release) -> str:
    known = _ACTIONS.get(release.action)
    return say(known) if known is not None else release.action.value.capitalize()


def _counted(counts: Mapping[str, int]) -> str:
    """Return counts as words: `3 added, 1 changed`; those that are not known are left out."""
    known = ((kind, text) for kind, text in _CHANGES.items() if kind.value in counts)
    return ", ".join(say(text, count=counts[kind.value]) for kind, text in known)


def _changes(release: Release) -> str:
    said = _counted(release.counts)
    return say("Documents: {changes}.", changes=said) if said else ""


def _passages(release: Release) -> str:
    counts = release.counts
    if "passages" not in counts:
        return ""
    passages = say_some("{count:,} passage", "{count:,} passages", counts["passages"])
    embedded = counts.get("embedded", 0)
    return say("{passages}, {embedded:,} embedded anew.", passages=passages, embedded=embedded)


def _gate(gate: GateReport | None) -> str:
    if gate is None:
        return ""
    state = say("The gate is open.") if gate.is_open else say("The gate is shut.")
    golden = phrase("{some:,} of {all:,} golden questions went well.")
    sampled = say_some(
        "{count:,} passage was looked for.", "{count:,} passages were looked for.", gate.sampled
    )
    return _sentences(state, say(golden, some=gate.passed, all=gate.golden), sampled)


def _seconds(seconds: float) -> str:
    most = 60
    return (
        say("{seconds:.1f} s", seconds=seconds)
        if seconds < most
        else admin_sentences.duration(seconds)
    )


def _sentences(*said: str) -> str:
    return " ".join(sentence for sentence in said if sentence)
