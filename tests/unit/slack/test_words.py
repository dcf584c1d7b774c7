"""A person's words out of Slack's writing, and words that cannot do anything."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.slack.shown.words import defused, escaped, plain_question, unescaped

PARTS = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [
                *("<!channel>", "<!here>", "<@U1>", "<#C1|x>", "<https://e.org|x>"),
                *("https://e.org", "mailto:a@b.org", "a@b.org", "@channel", "#health"),
                *("www.e.org", "&", "<", ">", "&lt;!channel&gt;", "`", "*", "_", "~"),
            ]
        ),
    ),
    max_size=20,
).map(" ".join)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("<@UBOT> what is commissioning?", "what is commissioning?"),
        ("<@UBOT>: what is commissioning?", "what is commissioning?"),
        ("<@UBOT|assistant> \u2013 what is it?", "what is it?"),
        ("what is it, <@UBOT>", "what is it,"),
        ("<@UBOT>", ""),
        ("<@UBOT> \n\t ", ""),
        ("  what\nis   it? ", "what is it?"),
        ("P&amp;L &lt; 5 &gt; 3", "P&L < 5 > 3"),
        ("&amp;lt;", "&lt;"),
        ("ask <@U2> about it", "ask somebody about it"),
        ("ask <@U2|Ann> about it", "ask Ann about it"),
        ("as in <#C1|health>", "as in health"),
        ("as in <#C1>?", "as in ?"),
        ("see <https://example.org/a?b=1&amp;c=2|the plan>", "see the plan"),
        ("see <https://example.org/a?b=1&amp;c=2>", "see https://example.org/a?b=1&c=2"),
        ("write to <mailto:ann@example.org|ann@example.org>", "write to ann@example.org"),
        ("<!here> what is it?", "here what is it?"),
        ("<!subteam^S1|@team> what is it?", "@team what is it?"),
        ("<!date^1392734382^{date}|18 February> what?", "18 February what?"),
        ("what\u200b is\u202e it?", "what is it?"),
        ("is 3 < 5?", "is 3 < 5?"),
    ],
)
def test_a_question_is_what_the_person_meant_to_write(written: str, plain: str) -> None:
    assert plain_question(written, "UBOT") == plain


@given(st.text(max_size=60))
def test_plain_words_come_through_slacks_escapes_as_they_were(text: str) -> None:
    once = plain_question(escaped(text), "UBOT")
    assert "<@UBOT>" not in plain_question("<@UBOT> " + escaped(text), "UBOT")
    assert len(once) <= len(text)


LIVE = re.compile(
    r"<[!@#]\w|<https?:|<mailto:|@(?:channel|here|everyone)|://|www\.|\w@\w|#\w", re.IGNORECASE
)


@given(PARTS)
def test_nothing_that_slack_or_its_clients_look_for_is_left_whole(text: str) -> None:
    assert not LIVE.search(defused(text))
    assert not LIVE.search(escaped(defused(text)))


@given(PARTS)
def test_defusing_changes_nothing_that_is_seen(text: str) -> None:
    plain = text.replace("\N{WORD JOINER}", "")
    assert unescaped(escaped(defused(plain))) == plain


@given(PARTS)
def test_escaped_text_holds_no_control_character_of_mrkdwn(text: str) -> None:
    shown = escaped(text)
    assert "<" not in shown
    assert ">" not in shown
    assert re.sub(r"&(?:amp|lt|gt);", "", shown).count("&") == 0
