"""The answer path tells what it is doing, and ends where it is told to."""

import json

import pytest

from assistant.answering.chain import as_runnable
from assistant.answering.extractive import ExtractiveComposer
from assistant.answering.generative import GenerativeComposer
from assistant.answering.grounding import GroundingCheck
from assistant.answering.rewriting import ModelRewriter
from assistant.domain.answers import AnswerStatus, Step, StepBegun, Turn
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.library import EVERYONE, Library
from tests.fakes.scripted_chat_model import ScriptedChatModel

ASKED = "What do commissioners review?"
REVIEW = "Commissioners review outcomes each spring with 12 partners in Leeds."
HERON = "Commissioners review outcomes of Project Heron in secret."
THREAD = (Turn("What do commissioners plan?", "Commissioners write plans. [1]"),)


class StopError(Exception):
    """Somebody has seen enough."""


@pytest.fixture
def guidance(library: Library) -> Library:
    library.write("reviews.md", REVIEW, title="Reviews")
    library.write("plans.md", "Commissioners write plans for 6 weeks.", title="Plans")
    library.write("heron.md", HERON, title="Project Heron", audience="internal")
    library.ingest()
    return library


def written() -> GenerativeComposer:
    reply = json.dumps({"statements": [{"text": REVIEW, "citations": [1]}], "missing": ""})
    model = ScriptedChatModel.saying(reply, reply)
    check = GroundingCheck(HashingEncoder)
    return GenerativeComposer(model, ExtractiveComposer(), check, timeout_seconds=10)


def test_steps_are_told_in_order_and_writing_with_what_was_found(guidance: Library) -> None:
    told: list[StepBegun] = []
    answer = guidance.answerer()(ASKED, (), ("public",), told.append)
    assert answer.status is AnswerStatus.ANSWERED
    assert [begun.step for begun in told] == [Step.SEARCHING, Step.WRITING]
    assert told[0] == StepBegun(Step.SEARCHING)
    assert (told[1].passages, set(told[1].titles)) == (2, {"Reviews", "Plans"})


def test_titles_are_only_of_documents_that_the_reader_may_read(guidance: Library) -> None:
    told: dict[str, list[StepBegun]] = {"public": [], "internal": []}
    for audience, steps in told.items():
        guidance.answerer()(ASKED, (), tuple({"public", audience}), steps.append)
    assert "Project Heron" not in told["public"][-1].titles
    assert "Project Heron" in told["internal"][-1].titles


def test_what_a_model_writes_is_told_before_it_is_checked(guidance: Library) -> None:
    told: list[StepBegun] = []
    guidance.answerer(composer=written())(ASKED, (), EVERYONE, told.append)
    assert [begun.step for begun in told] == [Step.SEARCHING, Step.WRITING, Step.CHECKING]
    assert told[-1].statements == 1


def test_a_follow_up_that_a_model_reads_is_understood_first(guidance: Library) -> None:
    told: list[StepBegun] = []
    model = ScriptedChatModel.saying(json.dumps({"question": ASKED}))
    rewriter = ModelRewriter(model, timeout_seconds=10)
    answerer = guidance.answerer(rewriter=rewriter)
    answerer("And what do they review?", THREAD, EVERYONE, told.append)
    assert told[0].step is Step.UNDERSTANDING
    first: list[StepBegun] = []
    answerer(ASKED, (), EVERYONE, first.append)
    assert first[0].step is Step.SEARCHING


def test_what_is_not_answered_is_not_written(guidance: Library) -> None:
    told: list[StepBegun] = []
    answer = guidance.answerer(minimum=1.01)(
        "Who won the football in 1966?", (), EVERYONE, told.append
    )
    assert not answer.status.answers
    assert [begun.step for begun in told] == [Step.SEARCHING]
    greeted: list[StepBegun] = []
    guidance.answerer()("Hello", (), EVERYONE, greeted.append)
    assert greeted == []


@pytest.mark.parametrize("step", [Step.SEARCHING, Step.WRITING, Step.CHECKING])
def test_whoever_listens_can_end_the_answer_at_any_step(guidance: Library, step: Step) -> None:
    def stop(begun: StepBegun) -> None:
        if begun.step is step:
            raise StopError

    with pytest.raises(StopError):
        guidance.answerer(composer=written())(ASKED, (), EVERYONE, stop)


def test_without_a_listener_the_answer_is_the_same_and_so_is_the_runnable(
    guidance: Library,
) -> None:
    told: list[StepBegun] = []
    answerer = guidance.answerer()
    alone, watched = answerer(ASKED, (), EVERYONE), answerer(ASKED, (), EVERYONE, told.append)
    assert (alone.text, alone.citations) == (watched.text, watched.citations)
    assert as_runnable(answerer, EVERYONE).invoke(ASKED).text == alone.text
