"""What is kept of an answer that was given in Slack, so that it can be looked into later."""

import hashlib
from collections.abc import Callable

import pytest
from sqlalchemy import select

from assistant.domain.answers import Answer, AnswerStatus
from assistant.slack.app import SlackBot
from assistant.store.database import Engine, transaction
from assistant.store.turns_table import TurnRow
from tests.fakes.fake_slack import FakeSlack
from tests.scenarios.conftest import SOURCE, Guidance

pytestmark = pytest.mark.sockets


def test_the_answer_is_kept_with_how_it_was_made(
    slack: FakeSlack, start_bot: Callable[[], SlackBot], engine: Engine, guidance: Guidance
) -> None:
    guidance.answer = Answer(
        question="What are the stages?",
        status=AnswerStatus.ANSWERED,
        text="The cycle has four stages. [1]",
        citations=(SOURCE,),
        confidence=0.83,
        snapshot="20260302-1",
        prompt="answer-1",
    )
    bot = start_bot()
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "and its stages?"))
    bot.stop()
    with transaction(engine) as session:
        turn = session.scalars(select(TurnRow)).one()
    assert turn.question == "and its stages?"
    assert turn.status == "answered"
    assert (turn.snapshot, turn.confidence, turn.prompt) == ("20260302-1", 0.83, "answer-1")
    assert turn.citations is not None
    assert [(c["number"], c["document"]) for c in turn.citations] == [(1, SOURCE.document)]
    assert turn.citations[0]["quote_sha256"] == hashlib.sha256(SOURCE.quote.encode()).hexdigest()
