"""What each operation of the release train says to an administrator: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.documents import FailedDocument
from assistant.domain.releases import (
    ChangeKind,
    Finding,
    GateReport,
    Outcome,
    Preview,
    Purged,
    Release,
    SnapshotEntry,
)
from assistant.language import listed, phrase, say, say_some
from assistant.slack.admin.blocks import (
    RELOAD_CONFIRM,
    Section,
    Told,
    button,
    main_buttons,
    sentence_told,
    told,
)
from assistant.slack.admin.command import Subcommand
from assistant.slack.admin.release_words import (
    action_words,
    change_words,
    changes,
    contents,
    documents_sentence,
    failed_words,
    gate_sentences,
    joined_sentences,
    outcome_words,
    passages_sentence,
    time_taken,
)
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.blocks import Shown, text_blocks
from assistant.slack.shown.elements import buttons
from assistant.slack.shown.lines import line, line_of, name

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
        lines.append(
            line_of(under_way, what=action_words(run), actor=run.actor, time=run.started_at)
        )
        if run.progress is not None:
            lines.append(line(admin_sentences.progress(action_words(run), run.progress)))
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
    opening = [line(say("A reload would give: {changes}.", changes=changes(kinds)))]
    if set(kinds) - {ChangeKind.UNCHANGED.value} == {k for k, n in kinds.items() if not n}:
        opening.append(line(say(admin_sentences.NO_CHANGES)))
    opening.append(
        line(
            say(
                "{some:,} of {all:,} passages would be prepared for the search (embedded); it "
                "would take {time}.",
                some=preview.to_embed,
                all=preview.passages,
                time=admin_sentences.duration(preview.seconds),
            )
        )
    )
    sections = [
        Section(say("What the tests (the gate) would ask"), preview.asks),
        Section(say("Golden questions that would go wrong"), preview.golden),
    ]
    sections += [
        Section(say(title), tuple(change_words(change) for change in preview.of(kind)))
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
    held = contents(entry)
    shown = [line_of(made, snapshot=name(entry.snapshot), time=entry.created, contents=held)]
    run = entry.release
    if run is not None:
        words = joined_sentences(documents_sentence(run), gate_sentences(run.gate))
        by = phrase("By {actor}. {words}") if words else phrase("By {actor}.")
        shown.append(line_of(by, actor=run.actor, words=words))
    if not entry.is_live:
        confirm = say(
            "{snapshot} goes live: answers come from it again. The corpus folder stays as it is.",
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
    return Section(
        say("Documents that did not go in"), tuple(failed_words(each) for each in failed)
    )


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
    places = [
        say_some("{count:,} file", "{count:,} files", purged.files),
        say_some("{count:,} search", "{count:,} searches", purged.searches),
    ]
    if purged.tables:
        places.insert(1, say_some("{count:,} table", "{count:,} tables", purged.tables))
    return say(
        "Looked for: {sentences}, {vectors}. Looked through: {places}.",
        sentences=say_some("{count:,} sentence", "{count:,} sentences", purged.sentences),
        vectors=say_some("{count:,} vector", "{count:,} vectors", purged.vectors),
        places=listed(places),
    )


def _live_lines(live: SnapshotEntry | None) -> list[Shown]:
    if live is None:
        return [line(say(admin_sentences.NOTHING_YET))]
    made = phrase("Live: {snapshot}, made {time}")
    return [
        line_of(made, snapshot=name(live.snapshot), time=live.created),
        line(say("Contents: {contents}.", contents=contents(live))),
    ]


def _last_lines(last: Release) -> list[Shown]:
    ended = last.ended_at or last.started_at
    head = line_of(
        phrase("Last reload: {outcome}, by {actor}, ended {time}"),
        outcome=outcome_words(last.outcome),
        actor=last.actor,
        time=ended,
    )
    return [head, *_figure_lines(last)]


def _outcome_lines(release: Release) -> list[Shown]:
    if release.outcome is Outcome.REFUSED_BY_GATE:
        # The reasons stand below, one a line.
        return list(text_blocks(say(admin_sentences.GATE_SHUT)))
    said = name(release.sentence, 1000) if release.sentence else ""
    outcome = outcome_words(release.outcome)
    return list(
        text_blocks(said or say("{what}: {outcome}.", what=action_words(release), outcome=outcome))
    )


def _figure_lines(release: Release) -> list[Shown]:
    took = say("It took {time}.", time=time_taken(release.seconds)) if release.seconds else ""
    words = joined_sentences(
        documents_sentence(release), passages_sentence(release), gate_sentences(release.gate), took
    )
    return [line(words)] if words else []


def _release_sections(release: Release) -> list[Section]:
    gate = release.gate or GateReport()
    return [
        Section(say("Why it did not go live"), gate.failures),
        failed_section(release.failed),
        Section(say("What the tests noticed"), gate.warnings),
        _findings(release.findings),
    ]


def _after_refusal() -> Shown:
    confirm = f"{say(RELOAD_CONFIRM)} {say('It may be much smaller than the live one.')}"
    again = button(say("Reload, allow to shrink"), Subcommand.RELOAD_SMALLER, confirm=confirm)
    shown = buttons(again)
    return Shown(shown.block, f"{say(admin_sentences.SHRINK_HINT)} {shown.words}")


def _findings(findings: Sequence[Finding]) -> Section:
    return Section(say("Worth a look"), tuple(finding.sentence for finding in findings))
