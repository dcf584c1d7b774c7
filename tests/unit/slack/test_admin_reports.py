"""What administrators are shown keeps Slack's limits, whatever the corpus holds."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from assistant.domain.documents import FailedDocument
from assistant.domain.releases import (
    Action,
    Actor,
    ChangeKind,
    DocumentChange,
    Finding,
    FindingKind,
    GateReport,
    Outcome,
    Preview,
    Progress,
    Purged,
    Release,
    SnapshotEntry,
    Step,
)
from assistant.slack.admin.blocks import Section, Told, help_told, purge_question, told
from assistant.slack.admin.offer_form import SentFile, invitation
from assistant.slack.admin.reports import (
    CorpusState,
    failed_told,
    preview_told,
    purged_told,
    release_told,
    snapshots_told,
    status_told,
)
from assistant.slack.home.page import AdministratorPage, MemberPage, home_view
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.blocks import sentence_messages
from assistant.slack.shown.lines import name
from tests.fakes.slack_limits import refuse_bad_message, refuse_bad_view, seen, texts

AT = datetime(2026, 10, 8, 9, 30, tzinfo=UTC)
NAMES = st.one_of(
    st.text(min_size=1, max_size=30),
    st.sampled_from(["<!channel>.md", "a\nb.md", "- x.md", "@here.md", "https://e.example/x.md"]),
    st.integers(200, 4000).map(lambda count: "w" * count),
    st.integers(100, 900).map(lambda count: "word " * count),
)
ACTORS = st.builds(Actor, NAMES | st.sampled_from(["U1ANN", "W1"]), st.sampled_from(["Slack", "x"]))
FAILED = st.lists(st.builds(FailedDocument, NAMES, NAMES), max_size=60).map(tuple)
FINDINGS = st.lists(
    st.builds(Finding, st.sampled_from(FindingKind), st.just(()), NAMES), max_size=60
).map(tuple)
LINES = st.lists(NAMES, max_size=60).map(tuple)
COUNTS = st.dictionaries(
    st.sampled_from([*(kind.value for kind in ChangeKind), "passages", "embedded"]),
    st.integers(0, 10**9),
)
NUMBERS = st.integers(0, 10**7)
GATES = st.none() | st.builds(GateReport, LINES, LINES, NUMBERS, NUMBERS, NUMBERS)
PROGRESS = st.builds(
    Progress, st.sampled_from(Step), NUMBERS, NUMBERS, st.none() | st.floats(0, 10**6)
)
RELEASES = st.builds(
    Release,
    id=st.just(1),
    action=st.sampled_from(Action),
    actor=ACTORS,
    outcome=st.sampled_from(Outcome),
    started_at=st.just(AT),
    ended_at=st.none() | st.just(AT),
    counts=COUNTS,
    failed=FAILED,
    findings=FINDINGS,
    gate=GATES,
    progress=st.none() | PROGRESS,
    seconds=st.floats(0, 10**6),
    sentence=NAMES | st.just(""),
)
ENTRIES = st.lists(
    st.builds(
        SnapshotEntry,
        st.text("abc0123456789-", min_size=1, max_size=60),
        st.just(AT),
        st.booleans(),
        NUMBERS,
        NUMBERS,
        NUMBERS,
        st.none() | RELEASES,
    ),
    max_size=60,
).map(tuple)
CHANGES = st.lists(
    st.builds(
        DocumentChange,
        NAMES,
        st.sampled_from(ChangeKind),
        NUMBERS,
        NUMBERS,
        st.just(("public",)),
        st.just(()) | st.just(("internal",)),
        st.none() | NAMES,
    ),
    max_size=80,
).map(tuple)
ALIVE = re.compile(r"<[!@#]\w|://|@(?:here|channel)|\w\.(?:md|pdf|example)\b")
quick = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def check(said: Told) -> None:
    """Refuse what Slack would refuse, and anything but plain words."""
    assert said.messages
    for message in said.messages:
        sent: dict[str, Any] = {"text": message.text, "blocks": list(message.blocks)}
        refuse_bad_message(sent)
        assert 1 <= len(message.text) <= 4000
        assert "<" not in message.text
        for text in (message.text, *texts(list(message.blocks))):
            assert not ALIVE.search(text)
        for block in message.blocks:
            assert "mrkdwn" not in str(set(keys_and_types(block)))
            parsed = Block.parse(dict(block))
            assert parsed is not None
            parsed.to_dict()


def keys_and_types(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield str(node.get("type"))
        for value in node.values():
            yield from keys_and_types(value)
    elif isinstance(node, list):
        for item in node:
            yield from keys_and_types(item)


@given(RELEASES)
@quick
def test_a_release_keeps_slacks_limits(release: Release) -> None:
    check(release_told(release))
    check(failed_told(release))


@given(ENTRIES, st.none() | RELEASES, st.none() | RELEASES)
@quick
def test_the_status_the_snapshots_and_the_home_tab_keep_slacks_limits(
    entries: tuple[SnapshotEntry, ...], running: Release | None, last: Release | None
) -> None:
    state = CorpusState(entries, running, last)
    check(status_told(state))
    check(snapshots_told(entries))
    refuse_bad_view(home_view(MemberPage(), AdministratorPage(state)), "home")


@given(CHANGES, FINDINGS, NUMBERS, st.floats(0, 10**6))
@quick
def test_a_preview_keeps_slacks_limits(
    changes: tuple[DocumentChange, ...], findings: tuple[Finding, ...], count: int, seconds: float
) -> None:
    asks = tuple(change.document for change in changes)
    check(preview_told(Preview(changes, findings, count, count, seconds, None, asks, asks)))


@given(NAMES, LINES, LINES)
@quick
def test_a_purge_keeps_slacks_limits(
    document: str, remains: tuple[str, ...], removed: tuple[str, ...]
) -> None:
    check(purged_told(Purged(document, 1, 2, 3, 4, removed, 5, remains)))
    check(purge_question(document[:1000]))
    check(help_told("/commissioning-admin", document))


@given(PROGRESS)
@quick
def test_progress_is_one_message(progress: Progress) -> None:
    (message,) = sentence_messages(admin_sentences.progress("Reload", progress))
    assert len(message.text) < 300


@given(st.lists(st.builds(SentFile, st.just("F1"), NAMES), min_size=1, max_size=12))
@quick
def test_an_invitation_keeps_slacks_limits(files: list[SentFile]) -> None:
    check(Told(invitation(files)))


def test_a_list_that_is_cut_says_how_much_is_missing_and_goes_along_whole() -> None:
    items = tuple(f"document {number}" for number in range(46))
    said = told([], [Section("Documents", items)])
    assert "and 34 more" in said.messages[0].text
    assert "document 11" in said.messages[0].text
    assert "document 12" not in said.messages[0].text
    assert admin_sentences.ALL_IN_FILE in said.messages[0].text
    assert said.whole is not None
    assert all(item in said.whole for item in items)


def test_a_list_that_is_whole_needs_no_file() -> None:
    said = told([], [Section("Documents", ("a\n b.md",))])
    assert said.whole is None
    assert "a b.\u2060md" in said.messages[0].text


def test_a_name_is_one_line_of_what_is_seen() -> None:
    assert name("a\u200b\nb\u202e.md") == "a b.md"
    assert name("\u200b") == "\ufffd"
    assert len(name("x" * 500)) == 220


def test_the_home_tab_cuts_what_failed_and_says_how_much_there_is() -> None:
    failed = tuple(FailedDocument(f"{n}.md", "It is broken.") for n in range(25))
    last = Release(1, Action.RELOAD, Actor("x"), Outcome.LIVE, AT, failed=failed)
    page = AdministratorPage(CorpusState((), None, last))
    shown = str(home_view(MemberPage(), page))
    assert "and 15 more" in shown
    assert "All documents that did not go in" in shown


def test_a_refusal_of_the_gate_offers_to_let_the_corpus_shrink() -> None:
    gate = GateReport(failures=("It would shrink.",))
    release = Release(1, Action.RELOAD, Actor("x"), Outcome.REFUSED_BY_GATE, AT, gate=gate)
    text = release_told(release).messages[0].text
    assert "It would shrink." in text
    assert admin_sentences.SHRINK_HINT in text


def test_a_document_that_moves_between_audiences_is_shown_to_move() -> None:
    change = DocumentChange("a.md", ChangeKind.CHANGED, 1, 0, ("public",), ("internal",))
    text = preview_told(Preview((change,), (), 1, 0, 0.1, "s")).messages[0].text
    assert "from internal to public" in seen(text)


def test_a_preview_without_changes_says_so() -> None:
    change = DocumentChange("a.md", ChangeKind.UNCHANGED, 1)
    text = preview_told(Preview((change,), (), 1, 0, 0.1, "s")).messages[0].text
    assert admin_sentences.NO_CHANGES in text


def test_what_a_purge_left_behind_is_said_first() -> None:
    text = purged_told(Purged("a.md", 1, 1, 1, 1, remains=("snapshot x",))).messages[0].text
    assert seen(text).startswith("a.md is not wholly gone.")
    assert "snapshot x" in text


def test_a_killed_reload_is_shown_as_killed() -> None:
    last = Release(1, Action.RELOAD, Actor("ben"), Outcome.KILLED, AT)
    assert (
        "Last reload: killed, by ben" in status_told(CorpusState((), None, last)).messages[0].text
    )
