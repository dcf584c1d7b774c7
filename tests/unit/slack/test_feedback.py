"""What people see of feedback: within Slack's limits, inert, and read back as it was written."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from assistant.domain.answers import AnswerStatus
from assistant.language import say
from assistant.slack.feedback.blocks import (
    QUESTION_EDITED,
    QUESTION_GONE,
    REASONS,
    TAKEN_BACK,
    count_message,
    feedback_to_deal_with,
    is_rateable,
    notice_message,
    read_rating,
    told_message,
    why_messages,
    with_feedback,
)
from assistant.slack.feedback.form import (
    reason_in,
    reason_view,
    remark_in,
    remark_view,
    sentence_view,
)
from assistant.slack.feedback.shortcut_form import ask_view, asked_in
from assistant.slack.shown.blocks import sentence_messages
from assistant.store.feedback.table import (
    Feedback,
    FeedbackCounts,
    FeedbackState,
    Notice,
    Rating,
    Reason,
    Way,
)
from assistant.store.turns_table import KeptAnswer, KeptCitation
from tests.fakes.slack_limits import buttons, refuse_bad_message, refuse_bad_view, seen, texts

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COUNTS = FeedbackCounts(3, 2, 0)
HOSTILE = st.one_of(
    st.text(max_size=1000),
    st.sampled_from(
        [
            "<!channel> <@U1> <https://e.org|x> :smile: https://e.org www.e.org",
            "- a\nb\n" * 200,
            "x" * 100_000,
            "\N{RIGHT-TO-LEFT OVERRIDE}" * 50,
            "\U0001f469\u200d\U0001f680" * 300,
            "",
        ]
    ),
)
FEEDBACK = Feedback(
    id=7,
    inbox_id=12,
    team="T1",
    channel="C1",
    user="U1",
    rating=Rating.NOT_HELPFUL,
    way=Way.BUTTON,
    reason=Reason.OUTDATED,
    words="It is from 2010.",
    documents=("a.md",),
    snapshot="s1",
    given_at=NOW,
    state=FeedbackState.OPEN,
    dealt_with_by=None,
    dealt_with_at=None,
    remark="",
    question="What is a cycle?",
    notices=(Notice("U9", "D9", "1.5"),),
    counted_in=None,
    version=2,
    shown_version=1,
    lease="l",
    attempts=1,
)
KEPT = KeptAnswer(
    12,
    "T1",
    "C1",
    "1.0",
    "1.0",
    "U1",
    "What is a cycle?",
    "It has four stages. [1]",
    AnswerStatus.ANSWERED,
    (KeptCitation(1, "a.md", "Cycle", "[1] The cycle. Institute, 2011", None, "internal"),),
    "s1",
    NOW,
)
FEEDBACKS = st.builds(
    lambda words, remark, question, state, rating, reason, is_edited: replace(
        FEEDBACK,
        words=words[:1000],
        remark=remark[:1000],
        question=question,
        state=state,
        rating=rating,
        reason=reason,
        is_edited=is_edited and bool(question),
        dealt_with_by="U9" if state is not FeedbackState.OPEN else None,
        dealt_with_at=NOW if state is not FeedbackState.OPEN else None,
    ),
    HOSTILE,
    HOSTILE,
    HOSTILE,
    st.sampled_from(FeedbackState),
    st.sampled_from(Rating),
    st.one_of(st.none(), st.sampled_from(Reason)),
    st.booleans(),
)
KEPTS = st.one_of(
    st.none(),
    st.builds(
        lambda answer, line: replace(
            KEPT,
            answer=answer,
            citations=tuple(replace(KEPT.citations[0], number=n, line=line) for n in range(20)),
        ),
        HOSTILE,
        HOSTILE,
    ),
)


def check_message(text: str, blocks: Any) -> None:
    refuse_bad_message({"text": text, "blocks": list(blocks)})
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.to_dict()


def words_of(blocks: object) -> str:
    return seen("\n".join(texts(blocks)))


@settings(max_examples=60, deadline=None)
@given(FEEDBACKS, KEPTS)
@example(replace(FEEDBACK, words="- a\nb\n" * 160), replace(KEPT, answer="- a\nb\n" * 99))
def test_a_notice_is_one_message_within_slacks_limits_whatever_people_wrote(
    feedback: Feedback, kept: KeptAnswer | None
) -> None:
    message = notice_message(feedback, kept)
    check_message(message.text, message.blocks)
    assert all(block["type"] != "section" for block in message.blocks), "no mrkdwn of others"
    assert "Continued in the next message" not in message.text, "there is no next"


@settings(max_examples=60, deadline=None)
@given(FEEDBACKS)
def test_what_is_told_and_listed_is_within_slacks_limits(feedback: Feedback) -> None:
    message = told_message(feedback, "https://home.slack.com/archives/C1/p1")
    check_message(message.text, message.blocks)
    shown = feedback_to_deal_with([feedback, feedback], COUNTS)
    refuse_bad_view({"type": "home", "blocks": [one.block for one in shown]}, "home")
    for view in (remark_view(feedback), reason_view(1, feedback.reason)):
        refuse_bad_view(view, "modal")
        View(**view).to_dict()


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_the_form_about_a_message_holds_whatever_it_says(words: str) -> None:
    view = ask_view(words, "C1", "https://hooks.slack.com/x")
    refuse_bad_view(view, "modal")
    View(**view).to_dict()


def test_the_buttons_say_in_words_what_they_do_and_what_they_are_about() -> None:
    (message,) = with_feedback(sentence_messages("It has four stages."), 12)
    check_message(message.text, message.blocks)
    (element,) = message.blocks[-1]["elements"]
    positive, negative = element["positive_button"], element["negative_button"]
    assert positive["text"]["text"] == "Helpful"
    assert negative["text"]["text"] == "Not helpful"
    assert "was helpful" in positive["accessibility_label"]
    assert "was not helpful" in negative["accessibility_label"]
    assert len(negative["accessibility_label"]) <= 75
    assert read_rating(positive["value"]) == (Rating.HELPFUL, 12)
    assert read_rating(negative["value"]) == (Rating.NOT_HELPFUL, 12)


def test_the_buttons_stand_below_the_last_message_of_a_long_answer() -> None:
    first, *_, last = with_feedback(sentence_messages("word " * 4000), 1)
    assert first.blocks[-1]["type"] != "context_actions"
    assert last.blocks[-1]["type"] == "context_actions"


@pytest.mark.parametrize(
    "value", ["", "helpful", "helpful:", "helpful:x", "taken_back:1", "helpful:-1", "helpful:1:2"]
)
def test_another_value_of_a_button_is_none_of_ours(value: str) -> None:
    assert read_rating(value) is None


def test_answers_and_what_is_not_known_are_rated_and_refusals_are_not() -> None:
    rated = {status for status in AnswerStatus if is_rateable(status)}
    assert {AnswerStatus.ANSWERED, AnswerStatus.ANSWERED_PARTLY} <= rated
    assert AnswerStatus.UNANSWERABLE_LOW_SCORE in rated
    others = (AnswerStatus.REFUSED_AUDIENCE, AnswerStatus.REFUSED_LIMIT, AnswerStatus.CLARIFICATION)
    assert not rated & set(others)
    assert AnswerStatus.ERROR_TIMEOUT not in rated


def test_a_notice_shows_question_answer_sources_reason_and_words_and_no_name() -> None:
    shown = words_of(notice_message(FEEDBACK, KEPT).blocks)
    for words in (
        "What is a cycle?",
        "It has four stages.",
        "[1] The cycle. Institute, 2011",
        REASONS[Reason.OUTDATED],
        "It is from 2010.",
    ):
        assert words in shown
    assert "U1" not in shown


def test_a_notice_does_not_show_an_answer_that_names_no_source() -> None:
    from_a_file = replace(KEPT, answer="The budget is secret.", citations=())
    assert "secret" not in words_of(notice_message(FEEDBACK, from_a_file).blocks)
    unknown = replace(from_a_file, status=AnswerStatus.UNANSWERABLE_LOW_SCORE, answer="Not known.")
    assert "Not known." in words_of(notice_message(FEEDBACK, unknown).blocks)


def test_a_notice_shows_nobody_what_a_network_knows() -> None:
    of_elm = replace(KEPT.citations[0], line="[1] Elm network", audience="network-elm")
    kept = replace(KEPT, answer="A kestrel grant.", citations=(*KEPT.citations, of_elm))
    message = notice_message(FEEDBACK, kept)
    for words in ("kestrel", "Elm", "[1]"):
        assert words not in words_of(message.blocks) + message.text
    assert "What is a cycle?" in words_of(message.blocks)


def test_words_of_others_are_inert_in_a_notice() -> None:
    hostile = "<!channel> <@U1> https://evil.example/x"
    feedback = replace(FEEDBACK, words=hostile, question=hostile)
    message = notice_message(feedback, replace(KEPT, answer=hostile))
    for text in (message.text, *texts(list(message.blocks))):
        assert "<!channel" not in text
        assert "<@U1" not in text
        assert "https://" not in text


def test_a_notice_of_a_question_that_was_deleted_says_so() -> None:
    shown = words_of(notice_message(replace(FEEDBACK, question="", words=""), None).blocks)
    assert QUESTION_GONE in shown
    assert REASONS[Reason.OUTDATED] in shown


def test_of_a_deleted_document_only_the_name_is_shown() -> None:
    bare = replace(KEPT.citations[0], line="", section="")
    assert "[1] a.md" in words_of(notice_message(FEEDBACK, replace(KEPT, citations=(bare,))).blocks)


def test_a_notice_has_its_button_only_while_something_is_to_be_done() -> None:
    assert [each["value"] for each in buttons(list(notice_message(FEEDBACK, KEPT).blocks))] == ["7"]
    done = replace(
        FEEDBACK,
        state=FeedbackState.TOLD,
        dealt_with_by="U9",
        dealt_with_at=NOW,
        remark="Replaced by the edition of 2025.",
    )
    blocks = list(notice_message(done, KEPT).blocks)
    assert not list(buttons(blocks))
    assert "Replaced by the edition of 2025." in words_of(blocks)
    back = replace(FEEDBACK, state=FeedbackState.NOTED, rating=Rating.TAKEN_BACK)
    blocks = list(notice_message(back, KEPT).blocks)
    assert not list(buttons(blocks))
    assert TAKEN_BACK in words_of(blocks)


def test_what_is_told_has_the_question_the_remark_and_a_link() -> None:
    feedback = replace(FEEDBACK, remark="Mended, see {question}.")
    message = told_message(feedback, "https://home.slack.com/archives/C1/p1")
    shown = words_of(message.blocks)
    assert "\u201cWhat is a cycle?\u201d" in shown
    assert "Mended, see {question}." in shown, "words of people are no template"
    (link,) = message.blocks[-1]["elements"][0]["elements"]
    assert link["url"] == "https://home.slack.com/archives/C1/p1"
    assert "deleted" in told_message(replace(feedback, question=""), None).text


def test_a_count_says_how_many_and_where_to_look() -> None:
    shown = seen(count_message(14, "/commissioning-admin").text)
    assert "14 more" in shown
    assert "/commissioning-admin feedback" in shown


def test_the_list_says_plainly_when_nothing_waits() -> None:
    shown = words_of([one.block for one in feedback_to_deal_with([], COUNTS)])
    assert "No feedback waits" in shown
    assert "helpful 3, not helpful 2" in shown


def filled(view: dict[str, Any], **values: dict[str, Any]) -> dict[str, Any]:
    state = {field: {field: value} for field, value in values.items()}
    return {**view, "state": {"values": state}}


def test_a_form_is_read_as_it_was_filled() -> None:
    chosen = {"selected_option": {"value": "outdated"}}
    view = filled(reason_view(12), reason=chosen, words={"value": " Since\u200b 2010. "})
    assert reason_in(view) == (12, Reason.OUTDATED, "Since 2010.")
    assert reason_in(filled(reason_view(12))) == (12, None, "")
    assert remark_in(filled(remark_view(FEEDBACK), remark={"value": "x" * 2000})) == (7, "x" * 1000)


def test_a_form_that_is_not_ours_is_not_read() -> None:
    forged = {**filled(reason_view(12)), "private_metadata": "12 or 13"}
    assert reason_in(forged) is None
    assert remark_in(forged) is None
    odd = filled(reason_view(12), reason={"selected_option": {"value": "spam"}})
    assert reason_in(odd) == (12, None, "")


def test_the_reason_that_is_known_is_chosen_already() -> None:
    radio = reason_view(1, Reason.OUTDATED)["blocks"][-2]["element"]
    assert radio["initial_option"]["value"] == "outdated"
    assert [option["value"] for option in radio["options"]] == [each.value for each in Reason]


def test_a_question_about_a_message_is_read_with_its_place() -> None:
    view = filled(ask_view("words", "C1", "https://h.example"), question={"value": "Why?"})
    asked = asked_in(view)
    assert (asked.text, asked.channel, asked.url) == ("Why?", "C1", "https://h.example")


def test_a_sentence_in_place_of_a_form_is_a_modal_without_a_button_to_send() -> None:
    view = sentence_view("It was dealt with already.")
    refuse_bad_view(view, "modal")
    assert "submit" not in view


def test_a_sentence_with_the_button_that_asks_why_is_a_message() -> None:
    (message,) = why_messages("What was wrong?", 12)
    check_message(message.text, message.blocks)
    assert [each["value"] for each in buttons(list(message.blocks))] == ["12"]


def test_of_an_edited_question_nothing_of_the_answer_is_shown_but_its_documents() -> None:
    documents = ("a.md", "peers/network-north/answer-1.md")
    shown = words_of(
        notice_message(replace(FEEDBACK, is_edited=True, documents=documents), KEPT).blocks
    )
    assert say(QUESTION_EDITED, question=FEEDBACK.question) in shown
    assert "a.md" in shown
    for hidden in (KEPT.answer, KEPT.citations[0].line, "peers/"):
        assert hidden not in shown
    told = told_message(replace(FEEDBACK, is_edited=True), None)
    assert "edited since" in words_of(told.blocks)
