"""Blocks within Slack's limits, whatever the answer holds."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from assistant.domain.answers import Answer, AnswerStatus, Citation, Statement
from assistant.domain.networks import AskedBefore
from assistant.slack.shown.blocks import answer_messages, sentence_messages, source_blocks

WORDS = st.one_of(
    st.text(max_size=80),
    st.sampled_from(["<!channel>", "<@U1>", "<https://e.org|x>", "https://e.org", "&", "`*_~", ""]),
    st.integers(1, 9000).map(lambda count: ("word " * count)[:count]),
    st.integers(2500, 7000).map(lambda count: "x" * count),
)
TEXTS = st.lists(
    st.one_of(WORDS, WORDS.map(lambda words: f"- {words}"), st.just("")), max_size=80
).map("\n".join)
ADDRESSES = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "https://example.org/a?b=1&c=2",
            "http://example.org/<!channel>|x>",
            "https://example.org/" + "y" * 5000,
            "javascript:alert(1)",
            "ftp://example.org",
            "https://",
            "http://[broken",
            "https://exämple.org/ü b",
        ]
    ),
    st.text(max_size=20),
)
CITATIONS = st.lists(
    st.builds(
        Citation,
        number=st.integers(1, 99),
        document=WORDS,
        title=WORDS,
        section=WORDS,
        quote=WORDS,
        source=WORDS,
        url=ADDRESSES,
        published=st.one_of(st.none(), st.dates()),
    ),
    max_size=60,
).map(tuple)
ASKED_BEFORE = st.builds(
    AskedBefore,
    question=WORDS,
    text=TEXTS,
    document=WORDS,
    audience=WORDS,
    network=WORDS,
    author=st.one_of(st.none(), WORDS),
    organisation=WORDS,
    on=st.dates(),
    verified_on=st.dates(),
    review_by=st.dates(),
    sources=st.lists(WORDS, max_size=30).map(tuple),
    answer_id=st.integers(0, 10**9),
)
ANSWERS = st.builds(
    Answer,
    question=WORDS,
    status=st.sampled_from(AnswerStatus),
    text=TEXTS,
    citations=CITATIONS,
    nearest=CITATIONS,
    note=st.one_of(st.none(), WORDS),
    asked_before=st.one_of(st.none(), ASKED_BEFORE),
)
LINK = re.compile(r"<https?://[^<>|\s]+\|Open the source>")


def texts(node: object) -> Iterator[tuple[str, str]]:
    """Give the type and the text of each text object and text element."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield str(node.get("type")), node["text"]
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from texts(item)


def shown(answer: Answer) -> str:
    return "\n".join(text for m in answer_messages(answer) for _, text in texts(m.blocks))


@given(ANSWERS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_message_keeps_slacks_limits(answer: Answer) -> None:
    for message in answer_messages(answer):
        assert 1 <= len(message.blocks) <= 50
        assert 1 <= len(message.text) < 4000
        seen = list(texts(message.blocks))
        assert all(1 <= len(text) <= 3000 for _, text in seen)
        assert sum(len(text) for kind, text in seen if kind != "mrkdwn") <= 10_000
        for block in message.blocks:
            assert len(str(list(texts(block)))) <= 6500
            parsed: Any = Block.parse(dict(block))
            assert parsed is not None
            assert parsed.to_dict()["type"] == block["type"]


@given(ANSWERS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_words_of_others_are_never_mrkdwn(answer: Answer) -> None:
    for message in answer_messages(answer):
        for kind, text in texts(message.blocks):
            assert kind in ("text", "plain_text") or LINK.fullmatch(text)
        assert not re.search(r"<(?!$)", message.text)


@given(TEXTS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_word_of_an_answer_is_lost(text: str) -> None:
    found = shown(Answer(question="q", status=AnswerStatus.ANSWERED, text=text))
    expected = re.sub(r"^\s*[-*\u2022\u2023\u2013]\s+", "", text, flags=re.MULTILINE)
    letters = [c for c in expected if c.isalnum()]
    found = re.sub(r"Continued(?: in the next message)?, \d+ of \d+\.", "", found)
    if letters:
        assert [c for c in found if c.isalnum()] == letters


def test_list_items_are_shown_as_a_list_between_paragraphs() -> None:
    answer = Answer(
        question="q",
        status=AnswerStatus.ANSWERED,
        text="The stages are: [1]\n- analyse [1]\n- plan [1]\nAll four count. [2]",
    )
    (message,) = answer_messages(answer)
    kinds = [block["elements"][0]["type"] for block in message.blocks]
    assert kinds == ["rich_text_section", "rich_text_list", "rich_text_section"]
    items = message.blocks[1]["elements"][0]["elements"]
    assert [item["elements"][0]["text"] for item in items] == ["analyse [1]", "plan [1]"]


def test_the_label_of_a_statement_is_bold() -> None:
    text = "Output (Council guidance): what is delivered. [1]\nNote: not a label. [1]"
    statement = Statement("what is delivered.", (1,), label="Output (Council guidance)")
    answer = Answer(question="q", status=AnswerStatus.ANSWERED, text=text, statements=(statement,))
    (message,) = answer_messages(answer)
    elements = message.blocks[0]["elements"][0]["elements"]
    assert [e["text"] for e in elements if e.get("style")] == ["Output (Council guidance):"]
    assert "".join(e["text"] for e in elements) == text


def test_a_source_is_one_line_with_its_dates() -> None:
    citation = Citation(
        number=2,
        document="a.md",
        title="Four worlds",
        section="Service world",
        quote="…",
        source="Example Institute, 2011",
        published=date(2020, 3, 2),
    )
    expected = "[2] Four worlds > Service world. Example Institute, 2011 (published 2 March 2020)"
    assert citation.line == expected
    dated = replace(citation, source="Example Institute, 2 March 2020")
    assert dated.line == "[2] Four worlds > Service world. Example Institute, 2 March 2020"


def test_a_note_stands_between_the_answer_and_its_sources() -> None:
    answer = Answer(
        question="q",
        status=AnswerStatus.ANSWERED,
        text="Yes. [1]",
        note="Written without the chat model.",
        citations=(Citation(1, "a.md", "A", "A", "Yes.", "Example"),),
    )
    found = shown(answer)
    order = [found.index(part) for part in ("Yes. [1]", "Written without", "Sources", "[1] A")]
    assert order == sorted(order)


def test_the_nearest_sections_are_shown_only_when_there_is_no_answer() -> None:
    near = (Citation(1, "a.md", "A", "A > B", "…", "Example"),)
    no = Answer(question="q", status=AnswerStatus.UNANSWERABLE_NO_PASSAGE, text="No.", nearest=near)
    yes = Answer(question="q", status=AnswerStatus.ANSWERED, text="Yes.", nearest=near)
    assert "Nearest sections" in shown(no)
    assert "Nearest sections" not in shown(yes)


def test_a_sentence_of_ours_is_one_message_of_one_block() -> None:
    (message,) = sentence_messages("Ask me something.")
    assert message.text == "Ask me something."
    assert len(message.blocks) == 1


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://example.org/a?b=1&c=2", "https://example.org/a?b=1&amp;c=2"),
        ("http://www.example.org:8080/", "http://www.example.org:8080/"),
        ("https://EXAMPLE.org/A", "https://EXAMPLE.org/A"),
        ("https://example.org/<!channel>|x>", "https://example.org/%3C!channel%3E%7Cx%3E"),
        ("https://user@example.org/", None),
        ("https://user:pass@example.org/", None),
        ("https://example.org@evil.example/", None),
        ("https://\u0435xample.org/", None),
        ("https://ex\u00e4mple.org/", None),
        ("https://example.org%2f.evil.example/", None),
        ("https://example.org:99999/", None),
        ("https://[::1]/", None),
        ("javascript:alert(1)", None),
        ("//example.org/", None),
    ],
)
def test_only_a_plain_address_can_be_followed(url: str, followed: str | None) -> None:
    citation = Citation(1, "a.md", "A", "A", "Yes.", "Example", url=url)
    answer = Answer("q", AnswerStatus.ANSWERED, "Yes. [1]", citations=(citation,))
    links = [text for m in answer_messages(answer) for kind, text in texts(m.blocks)]
    links = [text for text in links if "Open the source" in text]
    assert links == ([f"<{followed}|Open the source>"] if followed else [])


@pytest.mark.parametrize(
    "words", ["evil.example/x", "javascript:alert(1)", "tel:0900", ":warning:", "&lt;!here&gt;"]
)
def test_what_a_client_may_bring_to_life_is_parted_by_a_joiner(words: str) -> None:
    found = shown(Answer("q", AnswerStatus.ANSWERED, f"See {words} here."))
    assert words not in found
    assert words in found.replace("\N{WORD JOINER}", "")


BEFORE = AskedBefore(
    question="How do we pay for sleep-ins?",
    text="We pay by the hour:\n- nights at the full rate\n- travel apart",
    document="peers/north/answer-3.md",
    audience="network-north",
    network="North network",
    author=None,
    organisation="Elm Council",
    on=date(2026, 3, 2),
    verified_on=date(2026, 4, 1),
    review_by=date(2027, 4, 1),
    sources=("[1] Pay guide",),
)


def test_what_was_asked_before_stands_above_the_sources_word_for_word_and_says_what_it_is() -> None:
    citation = Citation(1, "g.md", "Guide", "Guide", "Pay them.", "Institute")
    answer = Answer("q", AnswerStatus.ANSWERED, "Pay them. [1]", citations=(citation,))
    (message,) = answer_messages(replace(answer, asked_before=BEFORE))
    lines = [text for _, text in texts(message.blocks)]
    assert lines == [
        "Pay them. [1]",
        "Asked before",
        "How do we pay for sleep-ins?",
        "We pay by the hour:",
        "nights at the full rate",
        "travel apart",
        BEFORE.line,
        "It rests on [1] Pay guide",
        "Sources",
        "[1] Guide. Institute",
    ]
    assert BEFORE.line == (
        "Verified peer answer of North network: a member who is not named, Elm Council, "
        "said on 2 March 2026, verified on 1 April 2026, review by 1 April 2027; "
        "this is peer experience, not guidance."
    )
    assert all(line in message.text for line in lines)
    assert message.blocks[2]["elements"][0]["type"] == "rich_text_quote"


def test_what_was_asked_before_has_a_button_to_correct_it_where_it_is_known_which_it_is() -> None:
    answer = Answer("q", AnswerStatus.ANSWERED, "Pay them.", asked_before=BEFORE)
    (without,) = answer_messages(answer)
    assert all(block["type"] != "actions" for block in without.blocks)
    (message,) = answer_messages(replace(answer, asked_before=replace(BEFORE, answer_id=3)))
    (pressed,) = message.blocks[-1]["elements"]
    assert (pressed["text"]["text"], pressed["value"]) == ("This is wrong or out of date", "3")
    assert "(This is wrong or out of date)" in message.text


def test_a_peer_without_an_organisation_leaves_no_gap_in_the_line() -> None:
    line = replace(BEFORE, author="Dan", organisation="").line
    assert line.startswith("Verified peer answer of North network: Dan, said on 2 March 2026, ")


def test_what_was_asked_before_is_shown_where_the_guidance_does_not_answer() -> None:
    refusal = Answer("q", AnswerStatus.UNANSWERABLE_LOW_SCORE, "No.", asked_before=BEFORE)
    assert "We pay by the hour:" in shown(refusal)


@pytest.mark.parametrize("status", [AnswerStatus.ANSWERED, AnswerStatus.ANSWERED_PARTLY])
def test_what_was_asked_before_is_not_said_twice(status: AnswerStatus) -> None:
    citation = Citation(1, BEFORE.document, BEFORE.question, "", "Pay.", "Elm Council")
    answer = Answer(
        "q", status, "Elm Council: by the hour. [1]", citations=(citation,), asked_before=BEFORE
    )
    found = shown(answer)
    # What is missing must still be said where not all of a question is answered.
    assert ("by the hour. [1]" in found) is (status is AnswerStatus.ANSWERED_PARTLY)
    assert ("Sources" in found) is (status is AnswerStatus.ANSWERED_PARTLY)
    assert "We pay by the hour:" in found


def test_a_source_of_blanks_is_not_shown() -> None:
    assert list(source_blocks(" \N{NO-BREAK SPACE} ", "https://example.org/")) == []
