"""The table of who is answered, and from what."""

from dataclasses import replace

import pytest

from assistant.slack import sentences
from assistant.slack.readers import Conversation, Person, audiences, refusal

TEAM = "T1"
MEMBER = Person("U1", TEAM)
GUEST = replace(MEMBER, id="U2", is_guest=True)
STRANGER = replace(MEMBER, id="U3", is_stranger=True)
OUTSIDER = replace(MEMBER, id="U4", team="T2")
UNKNOWN = replace(MEMBER, id="U5", team=None)
BOT = replace(MEMBER, id="U6", is_bot=True)
GONE = replace(MEMBER, id="U7", is_deleted=True)

CHANNEL = Conversation("C1", is_direct=False, is_shared=False)
DIRECT = Conversation("D1", is_direct=True, is_shared=False)
SHARED = replace(CHANNEL, is_shared=True)
SHARED_DIRECT = replace(DIRECT, is_shared=True)
WITH_OTHERS = replace(CHANNEL, teams=frozenset({TEAM, "T2"}))
OF_OURS = replace(CHANNEL, teams=frozenset({TEAM}))


@pytest.mark.parametrize(
    ("asker", "conversation", "sentence"),
    [
        (MEMBER, CHANNEL, None),
        (MEMBER, DIRECT, None),
        (MEMBER, OF_OURS, None),
        (GUEST, CHANNEL, sentences.GUEST),
        (GUEST, DIRECT, sentences.GUEST),
        (STRANGER, CHANNEL, sentences.OUTSIDER),
        (STRANGER, DIRECT, sentences.OUTSIDER),
        (OUTSIDER, CHANNEL, sentences.OUTSIDER),
        (OUTSIDER, DIRECT, sentences.OUTSIDER),
        (UNKNOWN, CHANNEL, sentences.OUTSIDER),
        (UNKNOWN, DIRECT, sentences.OUTSIDER),
        (GONE, DIRECT, sentences.OUTSIDER),
        (BOT, CHANNEL, sentences.BOT),
        (BOT, DIRECT, sentences.BOT),
        (MEMBER, SHARED, sentences.SHARED_CHANNEL),
        (MEMBER, SHARED_DIRECT, sentences.SHARED_CHANNEL),
        (MEMBER, WITH_OTHERS, sentences.SHARED_CHANNEL),
        (OUTSIDER, SHARED, sentences.OUTSIDER),
        (GUEST, SHARED, sentences.GUEST),
    ],
)
def test_only_full_members_in_unshared_conversations_are_answered(
    asker: Person, conversation: Conversation, sentence: str | None
) -> None:
    assert refusal(asker, conversation, TEAM) == sentence


@pytest.mark.parametrize(
    ("conversation", "members", "may_use"),
    [
        (DIRECT, None, ("public", "internal")),
        (CHANNEL, [MEMBER], ("public", "internal")),
        (CHANNEL, [MEMBER, BOT], ("public", "internal")),
        (CHANNEL, None, ("public",)),
        (CHANNEL, [MEMBER, GUEST], ("public",)),
        (CHANNEL, [GUEST, MEMBER], ("public",)),
        (CHANNEL, [MEMBER, STRANGER], ("public",)),
        (CHANNEL, [MEMBER, OUTSIDER], ("public",)),
        (CHANNEL, [MEMBER, UNKNOWN], ("public",)),
    ],
)
def test_an_answer_uses_what_the_least_trusted_reader_may_read(
    conversation: Conversation, members: list[Person] | None, may_use: tuple[str, ...]
) -> None:
    assert audiences(conversation, members, TEAM) == may_use


@pytest.mark.parametrize(
    "sentence",
    [
        sentences.OUTSIDER,
        sentences.GUEST,
        sentences.BOT,
        sentences.SHARED_CHANNEL,
        sentences.UNCHECKED,
        sentences.EMPTY_QUESTION.partition(" for example:")[0] + ".",
        sentences.QUESTION_TOO_LONG,
        sentences.FILES_ONLY,
        sentences.failure("abc123").partition(" Reference")[0],
    ],
)
def test_what_is_said_instead_of_an_answer_is_one_sentence(sentence: str) -> None:
    assert sentence.count(".") == 1
    assert sentence.endswith(".")
    assert "\n" not in sentence
