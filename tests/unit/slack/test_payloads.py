"""Nothing that we send is refused for its form, whatever documents and people say.

Every builder of messages, views and chunks is found by itself (payload_builders) and given
hostile arguments; what it builds keeps Slack's limits and passes the models of slack_sdk.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.messages.chunk import Chunk
from slack_sdk.models.views import View

from tests.fakes.slack_limits import refuse_bad_chunks, refuse_bad_message, refuse_bad_view
from tests.unit.slack.payload_builders import Builder, Payload, builders

LONGEST_FALLBACK = 4000

found = builders()
quick = settings(
    max_examples=15,
    deadline=None,
    # The same examples each time; more of them, and others, are for a run by hand.
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    # To explain and to shrink takes minutes where texts are this long.
    phases=(Phase.generate,),
)


@pytest.mark.parametrize("builder", found, ids=[each.name for each in found])
def test_what_is_built_keeps_slacks_limits_and_passes_its_models(builder: Builder) -> None:
    check: Callable[[Sequence[Payload]], None] = {
        "messages": check_messages,
        "view": check_view,
        "chunks": check_chunks,
    }[builder.kind]
    quick(given(builder.payloads)(check))()


def check_messages(messages: Sequence[Payload]) -> None:
    """Refuse messages that Slack would refuse, would change, or nobody could read aloud."""
    assert messages
    for message in messages:
        refuse_bad_message(message)
        # Longer ones cannot be updated, and without words a screen reader is silent.
        assert len(message["text"].strip()) >= 1
        assert len(message["text"]) <= LONGEST_FALLBACK
        check_blocks(message["blocks"])


def check_view(views: Sequence[Payload]) -> None:
    """Refuse views that Slack would refuse."""
    for view in views:
        refuse_bad_view(view, view["type"])
        check_blocks(view["blocks"])
        passed = View(**view).to_dict()
        # The model takes an external_id and does not give it back.
        assert {name for name in view if name not in passed} <= {"external_id"}


def check_chunks(chunks: Sequence[Payload]) -> None:
    """Refuse chunks that Slack would refuse."""
    refuse_bad_chunks(chunks)
    for chunk in chunks:
        parsed = Chunk.parse(dict(chunk))
        assert parsed is not None
        assert parsed.to_dict() == chunk


def check_blocks(blocks: Sequence[Mapping[str, Any]]) -> None:
    """Refuse blocks that slack_sdk's models refuse or lose something of."""
    for block in blocks:
        parsed = Block.parse(dict(block))
        assert parsed is not None, block["type"]
        assert json.loads(json.dumps(parsed.to_dict())) == block


def test_the_builders_that_are_known_are_found() -> None:
    names = {each.name for each in found}
    assert {"shown.blocks.answer_messages", "home.page.home_view", "posts.progress.Tasks"} <= names
    assert len(names) == len(found) >= 25


@pytest.mark.parametrize(
    "bad",
    [
        {"text": "a", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]},
        {"text": "a", "blocks": [{"type": "divider", "colour": "red"}]},
        {"text": "", "blocks": [{"type": "divider"}]},
        {"text": "a" * 4001, "blocks": []},
        {"text": "a", "blocks": [{"type": "divider"}] * 51},
    ],
)
def test_a_message_that_slack_would_refuse_is_caught(bad: Payload) -> None:
    with pytest.raises(Exception, match=r"."):
        check_messages([bad])


@quick
@given(st.sampled_from(["title", "submit", "close"]), st.integers(25, 80))
def test_a_view_that_slack_would_refuse_is_caught(field: str, length: int) -> None:
    words = {"type": "plain_text", "text": "x" * length}
    view = {"type": "modal", "title": {**words, "text": "x"}, "blocks": [{"type": "divider"}]}
    check_view([view])
    with pytest.raises(Exception, match=r"."):
        check_view([{**view, field: words}])
