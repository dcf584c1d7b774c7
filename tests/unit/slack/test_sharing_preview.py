"""The preview of what is shared fits into a form, however long an answer is."""

import json
from datetime import date

import pytest

from assistant.domain.networks import Network, Openness, Origin, Peer, PeerAnswer
from assistant.language import say
from assistant.slack.networks.sharing_form import Filled
from assistant.slack.networks.sharing_preview import CUT, Preview, Readers, preview_view
from tests.fakes.slack_limits import refuse_bad_view

ELM = Network("elm", "T0HOME", "Elm", "What works", Openness.OPEN, ("U1ANN",))


@pytest.mark.parametrize(
    ("words", "is_cut"), [("plain " * 1_900, False), ("\U0001f600" * 40_000, True)]
)
def test_what_is_longer_than_a_form_can_show_is_cut_and_it_is_said(
    words: str, *, is_cut: bool
) -> None:
    answer = PeerAnswer(
        1, "elm", Origin.SHARED, "How?", words, Peer("U1ANN", "Ann", "Elm"), date(2026, 3, 2)
    )
    view = preview_view(Preview(answer, ELM, Readers(3)), [ELM], Filled("elm", "How?"))
    refuse_bad_view(view, "modal")
    assert (say(CUT) in json.dumps(view)) is is_cut
