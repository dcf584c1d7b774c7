"""What the Home tab shows keeps Slack's limits, and nothing that is not for its reader."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models.views import View

from assistant.domain.answers import AnswerStatus
from assistant.domain.documents import FailedDocument
from assistant.domain.releases import Action, Actor, Outcome, Release, SnapshotEntry
from assistant.slack.admin.reports import CorpusState
from assistant.slack.home.page import (
    MOST_RECENT,
    AdministratorPage,
    MemberPage,
    SharedByColleague,
    answer_view,
    home_view,
)
from assistant.slack.shown.blocks import text_blocks
from assistant.slack.shown.elements import MOST_VIEW_BLOCKS
from assistant.store.turns_table import KeptAnswer, KeptCitation
from tests.fakes.slack_limits import refuse_bad_view, texts

AT = datetime(2026, 10, 8, 9, 30, tzinfo=UTC)
WORDS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["<!channel> *bold*", "a\nb", ":tada: <https://e.example|x>", ""]),
    st.integers(200, 9000).map(lambda count: "w" * count),
)
CITATIONS = st.lists(
    st.builds(
        KeptCitation,
        st.integers(1, 9),
        WORDS,
        WORDS,
        WORDS,
        st.none() | st.sampled_from(["https://example.org/a", "javascript:x"]),
        st.sampled_from(["public", "internal", None]),
    ),
    max_size=8,
).map(tuple)
KEPT = st.builds(
    KeptAnswer,
    inbox_id=st.integers(1, 10**9),
    team=st.just("T1"),
    channel=st.just("C1"),
    thread_ts=st.just("1.0"),
    ts=st.just("1.0"),
    user=st.just("U1ANN"),
    question=WORDS,
    answer=WORDS,
    status=st.sampled_from(AnswerStatus),
    citations=CITATIONS,
    snapshot=st.just("s1"),
    answered_at=st.just(AT),
)
PAGES = st.builds(
    MemberPage,
    st.none() | st.just("I answer only members of this workspace."),
    st.lists(WORDS, max_size=4).map(tuple),
    st.lists(KEPT, max_size=8).map(tuple),
    st.lists(st.builds(SharedByColleague, KEPT, st.just("U2BEN"), st.just(AT)), max_size=8).map(
        tuple
    ),
    st.integers(0, 10**6),
)
ANSWER = KeptAnswer(
    7, "T1", "C1", "1.0", "1.0", "U1ANN", "What lasts?", "Outcomes last [1].",
    AnswerStatus.ANSWERED, (KeptCitation(1, "a.md", "A", "[1] A", None, "public"),), "s1", AT,
)  # fmt: skip
quick = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def shown(view: object) -> str:
    return "\n".join(texts(view["blocks"])) if isinstance(view, dict) else ""


@given(PAGES, st.lists(KEPT, max_size=12).map(tuple), st.integers(0, 60))
@quick
def test_a_home_tab_keeps_slacks_limits(
    page: MemberPage, unanswered: tuple[KeptAnswer, ...], count: int
) -> None:
    failed = tuple(FailedDocument(f"{n}.md", "It is broken.") for n in range(count))
    last = Release(1, Action.RELOAD, Actor("U3CAT", "Slack"), Outcome.LIVE, AT, failed=failed)
    entries = tuple(SnapshotEntry(f"s{n}", AT, n == 0, 1, 1, 1) for n in range(count))
    feedback = tuple(text_blocks("Said of an answer.\n" * count))
    administrator = AdministratorPage(CorpusState(entries, None, last), feedback, unanswered)
    for view in (home_view(page), home_view(page, administrator)):
        refuse_bad_view(view, "home")
        View(**view).to_dict()


@given(st.none() | KEPT)
@quick
def test_a_whole_answer_keeps_slacks_limits(kept: KeptAnswer | None) -> None:
    view = answer_view(kept)
    refuse_bad_view(view, "modal")
    View(**view).to_dict()


def test_a_reader_who_is_refused_sees_why_and_nothing_else() -> None:
    page = MemberPage("I cannot answer you.", ("secret question?",), (ANSWER,), (), 9)
    words = shown(home_view(page))
    assert "I cannot answer you." in words
    assert "secret" not in words
    assert "What lasts?" not in words


def test_the_page_shows_examples_own_questions_shared_answers_and_the_glossary() -> None:
    shared = SharedByColleague(replace(ANSWER, question="What is shared?"), "U2BEN", AT)
    page = MemberPage(None, ("What is an outcome?",), (ANSWER,), (shared,), 92)
    view = home_view(page)
    words = shown(view)
    for expected in ("What is an outcome?", "What lasts?", "What is shared?", "92 terms"):
        assert expected in words
    assert '"user_id": "U2BEN"' in str(view).replace("'", '"')
    assert "external_select" in str(view)


def test_an_administrators_long_list_does_not_push_everybodys_part_out() -> None:
    entries = tuple(SnapshotEntry(f"s{n}", AT, n == 0, 1, 1, 1) for n in range(50))
    feedback = tuple(block for n in range(80) for block in text_blocks(f"feedback {n}"))
    recent = tuple(replace(ANSWER, inbox_id=n) for n in range(MOST_RECENT))
    page = MemberPage(None, (), recent, (), 92)
    view = home_view(page, AdministratorPage(CorpusState(entries, None, None), feedback))
    assert len(view["blocks"]) == MOST_VIEW_BLOCKS
    assert shown(view).count("What lasts?") >= MOST_RECENT
    assert "92 terms" in shown(view)


def test_a_whole_answer_has_its_sources_and_a_withdrawn_one_is_not_shown() -> None:
    assert "[1] A" in shown(answer_view(ANSWER))
    assert "not shown any more" in shown(answer_view(None))
