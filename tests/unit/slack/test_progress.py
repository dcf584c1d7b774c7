"""What is shown of the steps of an answer: statuses and tasks, within Slack's limits."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.messages.chunk import Chunk, TaskUpdateChunk

from assistant.domain.answers import Step, StepBegun
from assistant.slack.posts.progress import LONGEST_DETAILS, STATUSES, TITLES, Tasks, status_of
from tests.fakes.slack_limits import refuse_bad_chunks

SEARCHING = StepBegun(Step.SEARCHING)
WRITING = StepBegun(Step.WRITING, passages=3, titles=("The cycle", "Four worlds"))
CHECKING = StepBegun(Step.CHECKING, statements=2)

reports = st.builds(
    StepBegun,
    st.sampled_from(Step),
    st.integers(0, 40),
    st.lists(st.text(max_size=80), max_size=8).map(tuple),
    st.integers(0, 40),
)


def brief(chunks: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(c["id"], c["status"], c.get("details", "")) for c in chunks]


def test_a_step_that_begins_completes_the_one_before_with_what_it_came_to() -> None:
    tasks = Tasks(7)
    assert brief(tasks.begin(SEARCHING)) == [("q7-searching", "in_progress", "")]
    found = "Found 3 passages: The cycle; Four worlds"
    assert brief(tasks.begin(WRITING)) == [
        ("q7-searching", "complete", found),
        ("q7-writing", "in_progress", ""),
    ]
    assert brief(tasks.begin(CHECKING)) == [
        ("q7-writing", "complete", "Wrote 2 statements."),
        ("q7-checking", "in_progress", ""),
    ]
    assert tasks.now is Step.CHECKING


def test_a_stream_that_begins_late_begins_with_all_there_is() -> None:
    tasks = Tasks(7)
    for begun in (SEARCHING, WRITING):
        tasks.begin(begun)
    found = "Found 3 passages: The cycle; Four worlds"
    assert brief(tasks.all()) == [
        ("q7-searching", "complete", found),
        ("q7-writing", "in_progress", ""),
    ]


def test_details_are_said_once_since_slack_adds_them_up() -> None:
    tasks = Tasks(7)
    said = [tasks.begin(begun) for begun in (SEARCHING, WRITING, SEARCHING, WRITING)]
    details = [c["details"] for news in said for c in news if "details" in c]
    assert details == ["Found 3 passages: The cycle; Four worlds"]


def test_one_passage_and_one_statement_are_said_in_the_singular() -> None:
    tasks = Tasks(1)
    tasks.begin(SEARCHING)
    one = tasks.begin(StepBegun(Step.WRITING, passages=1, titles=("The cycle",)))
    assert one[0]["details"] == "Found one passage: The cycle"
    assert tasks.begin(StepBegun(Step.CHECKING, statements=1))[0]["details"] == (
        "Wrote one statement."
    )


def test_a_title_can_notify_nobody_and_link_nowhere() -> None:
    tasks = Tasks(1)
    tasks.begin(SEARCHING)
    titles = ("<!channel>", "https://evil.example", "[x](javascript:alert)")
    details = tasks.begin(StepBegun(Step.WRITING, passages=3, titles=titles))[0]["details"]
    for alive in ("<!channel>", "https://", "evil.example", "javascript:alert"):
        assert alive not in details


@given(st.lists(reports, max_size=12))
def test_whatever_is_told_slack_takes_the_tasks(told: list[StepBegun]) -> None:
    tasks = Tasks(123)
    for begun in told:
        news = tasks.begin(begun)
        for chunks in (news, tasks.all()):
            refuse_bad_chunks(chunks)
            assert all(len(chunk.get("details", "")) <= LONGEST_DETAILS for chunk in chunks)
            assert all(isinstance(Chunk.parse(chunk), TaskUpdateChunk) for chunk in chunks)
        assert [chunk["status"] for chunk in tasks.all()].count("in_progress") == 1


def test_every_step_has_a_status_and_a_title() -> None:
    assert set(STATUSES) == set(TITLES) == set(Step)
    for step in Step:
        assert status_of(step).startswith("is ")
