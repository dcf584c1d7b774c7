"""The matrix of who is answered, and from what: kinds of place, asker, other readers, policy."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.slack.rights.gatekeeper import Admission
from assistant.slack.rights.readers import (
    Conversation,
    Person,
    Place,
    Standing,
    audiences,
    private_audiences,
    refusal,
    refusal_alone,
    standing,
)
from assistant.slack.shown import sentences
from assistant.store.policies import AnswersTo, Askers, ChannelPolicy

HOME, AWAY, ELSEWHERE = "T1", "T2", "T3"
TODAY = date(2027, 3, 1)

MEMBER = Person("U1", HOME)
GUEST = Person("U2", HOME, is_guest=True)
PARTNER = Person("U3", AWAY)
STRANGER = Person("U4", AWAY, is_stranger=True)
THIRD = Person("U5", ELSEWHERE)
UNKNOWN = Person("U6", None)
APP = Person("U7", HOME, is_bot=True)
THEIR_APP = Person("U8", AWAY, is_bot=True)
GONE = Person("U9", HOME, is_deleted=True)
EVERYBODY = (MEMBER, GUEST, PARTNER, STRANGER, THIRD, UNKNOWN, APP, THEIR_APP, GONE)

CHANNEL = Conversation("C1", is_direct=False, is_shared=False)
DIRECT = Conversation("D1", is_direct=True, is_shared=False)
SHARED = replace(CHANNEL, is_shared=True, teams=frozenset({HOME, AWAY}))
FLAGGED = replace(CHANNEL, is_shared=True)
NAMED_ONLY = replace(CHANNEL, teams=frozenset({HOME, AWAY}))
PENDING = replace(SHARED, is_pending=True)
WITH_THIRD = replace(SHARED, teams=frozenset({HOME, AWAY, ELSEWHERE}))
SHARED_DIRECT = replace(DIRECT, is_shared=True)
NAMED_DIRECT = replace(DIRECT, teams=frozenset({AWAY}))
CONVERSATIONS = (
    CHANNEL,
    DIRECT,
    SHARED,
    FLAGGED,
    NAMED_ONLY,
    PENDING,
    WITH_THIRD,
    SHARED_DIRECT,
    NAMED_DIRECT,
)

NONE_SET = ChannelPolicy(HOME, "C1")
NETWORK = replace(NONE_SET, audiences=("public", "internal", "network-elm"))
PUBLIC_ONLY = replace(NONE_SET, audiences=("public",))
NETWORK_ONLY = replace(NONE_SET, audiences=("network-elm",))
OPENED = replace(
    NETWORK,
    opened_for="Elm partners",
    opened_until=TODAY,
    opened_teams=(AWAY,),
)
ENDED = replace(OPENED, opened_until=TODAY - timedelta(days=1))
POLICIES = (NONE_SET, NETWORK, PUBLIC_ONLY, NETWORK_ONLY, OPENED, ENDED)


def place(
    conversation: Conversation,
    policy: ChannelPolicy = NONE_SET,
    members: tuple[Person, ...] | None = None,
) -> Place:
    return Place(conversation, policy, HOME, TODAY, members, policy.networks)


@pytest.mark.parametrize(
    ("person", "is_here"),
    [
        (MEMBER, Standing.FULL),
        (GUEST, Standing.GUEST),
        (PARTNER, Standing.OUTSIDER),
        (STRANGER, Standing.OUTSIDER),
        (replace(MEMBER, is_stranger=True), Standing.OUTSIDER),
        (UNKNOWN, Standing.OUTSIDER),
        (GONE, Standing.OUTSIDER),
        (APP, Standing.APP),
        (THEIR_APP, Standing.APP),
    ],
)
def test_whoever_is_not_known_to_be_inside_is_outside(person: Person, is_here: Standing) -> None:
    assert standing(person, HOME) is is_here


@pytest.mark.parametrize(
    ("asker", "conversation", "policy", "sentence"),
    [
        (MEMBER, CHANNEL, NONE_SET, None),
        (MEMBER, DIRECT, NONE_SET, None),
        (GUEST, CHANNEL, NONE_SET, None),
        (GUEST, DIRECT, NONE_SET, None),
        (STRANGER, CHANNEL, NONE_SET, sentences.OUTSIDER),
        (PARTNER, DIRECT, NONE_SET, sentences.OUTSIDER),
        (UNKNOWN, CHANNEL, NONE_SET, sentences.OUTSIDER),
        (UNKNOWN, DIRECT, NONE_SET, sentences.OUTSIDER),
        (GONE, DIRECT, NONE_SET, sentences.OUTSIDER),
        # An opening lets nobody in where the channel is not shared.
        (PARTNER, CHANNEL, OPENED, sentences.OUTSIDER),
        (APP, CHANNEL, NONE_SET, sentences.BOT),
        (APP, SHARED, OPENED, sentences.BOT),
        (THEIR_APP, SHARED, OPENED, sentences.BOT),
        (MEMBER, SHARED, NONE_SET, sentences.SHARED_CHANNEL),
        (MEMBER, FLAGGED, NETWORK, sentences.SHARED_CHANNEL),
        (MEMBER, NAMED_ONLY, NONE_SET, sentences.SHARED_CHANNEL),
        (MEMBER, PENDING, NONE_SET, sentences.SHARED_CHANNEL),
        (GUEST, SHARED, NONE_SET, sentences.SHARED_CHANNEL),
        (PARTNER, SHARED, NONE_SET, sentences.NOT_OPENED_OUTSIDE),
        (MEMBER, SHARED, ENDED, sentences.OPENING_ENDED),
        (PARTNER, SHARED, ENDED, sentences.NOT_OPENED_OUTSIDE),
        (MEMBER, SHARED, OPENED, None),
        (GUEST, SHARED, OPENED, None),
        (PARTNER, SHARED, OPENED, None),
        (STRANGER, SHARED, OPENED, None),
        (MEMBER, WITH_THIRD, OPENED, sentences.SHARED_WITH_MORE),
        (THIRD, FLAGGED, OPENED, sentences.OUTSIDER),
        (UNKNOWN, SHARED, OPENED, sentences.OUTSIDER),
        (replace(PARTNER, is_deleted=True), SHARED, OPENED, sentences.OUTSIDER),
        (MEMBER, SHARED_DIRECT, OPENED, sentences.SHARED_DIRECT),
        (PARTNER, SHARED_DIRECT, OPENED, sentences.SHARED_DIRECT),
        (MEMBER, NAMED_DIRECT, OPENED, sentences.SHARED_DIRECT),
    ],
)
def test_who_is_answered_where(
    asker: Person, conversation: Conversation, policy: ChannelPolicy, sentence: str | None
) -> None:
    assert refusal(asker, place(conversation, policy), is_chosen=True) == sentence


@pytest.mark.parametrize("member", [THIRD, UNKNOWN])
def test_a_member_from_elsewhere_closes_a_shared_channel_that_was_opened_for_others(
    member: Person,
) -> None:
    there = place(FLAGGED, OPENED, (MEMBER, PARTNER, member))
    assert refusal(MEMBER, there, is_chosen=True) == sentences.SHARED_WITH_MORE
    assert refusal(MEMBER, place(FLAGGED, OPENED, (MEMBER, PARTNER)), is_chosen=True) is None


@pytest.mark.parametrize(
    ("asker", "conversation", "sentence"),
    [
        (MEMBER, CHANNEL, sentences.NOT_CHOSEN),
        (GUEST, CHANNEL, sentences.NOT_CHOSEN),
        (PARTNER, SHARED, sentences.NOT_CHOSEN_OUTSIDE),
        (PARTNER, CHANNEL, sentences.OUTSIDER),
    ],
)
def test_who_was_not_chosen_is_told_what_they_can_do(
    asker: Person, conversation: Conversation, sentence: str
) -> None:
    assert refusal(asker, place(conversation, OPENED), is_chosen=False) == sentence


PUBLIC, INTERNAL, ELM = "public", "internal", "network-elm"


@pytest.mark.parametrize(
    ("conversation", "policy", "members", "may_use"),
    [
        (CHANNEL, NONE_SET, (MEMBER,), (PUBLIC, INTERNAL)),
        (CHANNEL, NONE_SET, (MEMBER, APP), (PUBLIC, INTERNAL)),
        (CHANNEL, NONE_SET, None, (PUBLIC,)),
        (CHANNEL, NONE_SET, (MEMBER, GUEST), (PUBLIC,)),
        (CHANNEL, NONE_SET, (GUEST, MEMBER), (PUBLIC,)),
        (CHANNEL, NONE_SET, (MEMBER, STRANGER), (PUBLIC,)),
        (CHANNEL, NONE_SET, (MEMBER, PARTNER), (PUBLIC,)),
        (CHANNEL, NONE_SET, (MEMBER, UNKNOWN), (PUBLIC,)),
        (CHANNEL, NONE_SET, (MEMBER, THEIR_APP), (PUBLIC,)),
        (CHANNEL, NETWORK, (MEMBER,), (PUBLIC, INTERNAL, ELM)),
        (CHANNEL, NETWORK, (MEMBER, GUEST), (PUBLIC, ELM)),
        (CHANNEL, NETWORK, None, (PUBLIC, ELM)),
        (CHANNEL, NETWORK, (MEMBER, PARTNER), (PUBLIC,)),
        (CHANNEL, PUBLIC_ONLY, (MEMBER,), (PUBLIC,)),
        (CHANNEL, NETWORK_ONLY, (MEMBER,), (ELM,)),
        (CHANNEL, replace(NONE_SET, audiences=(INTERNAL,)), (MEMBER, GUEST), ()),
        (SHARED, OPENED, (MEMBER,), (PUBLIC, ELM)),
        (SHARED, OPENED, (MEMBER, PARTNER), (PUBLIC, ELM)),
        (SHARED, OPENED, None, (PUBLIC,)),
        (PENDING, OPENED, (MEMBER, PARTNER), (PUBLIC,)),
        (SHARED, ENDED, (MEMBER, PARTNER), (PUBLIC,)),
    ],
)
def test_an_answer_uses_what_the_least_trusted_reader_may_read(
    conversation: Conversation,
    policy: ChannelPolicy,
    members: tuple[Person, ...] | None,
    may_use: tuple[str, ...],
) -> None:
    assert audiences(members, place(conversation, policy, members)) == may_use


def test_what_only_the_asker_sees_may_use_what_the_asker_may_read() -> None:
    assert private_audiences(MEMBER, HOME, (ELM,)) == (PUBLIC, INTERNAL, ELM)
    assert private_audiences(GUEST, HOME, (ELM,)) == (PUBLIC, ELM)
    assert private_audiences(GUEST, HOME) == (PUBLIC,)
    assert refusal_alone(GUEST, HOME) is None
    assert refusal_alone(PARTNER, HOME) == sentences.OUTSIDER
    assert refusal_alone(GONE, HOME) == sentences.OUTSIDER
    assert refusal_alone(APP, HOME) == sentences.BOT


def reads_what_is_internal(person: Person) -> bool:
    """Say anew, in other words than the code's, who is a full member, or an app of ours."""
    foreign = person.team != HOME or person.is_stranger
    return not (foreign or person.is_deleted or person.is_guest)


people = st.builds(
    Person,
    id=st.just("U"),
    team=st.sampled_from([HOME, AWAY, ELSEWHERE, None]),
    is_guest=st.booleans(),
    is_stranger=st.booleans(),
    is_bot=st.booleans(),
    is_deleted=st.booleans(),
)
conversations = st.builds(
    Conversation,
    id=st.just("C1"),
    is_direct=st.booleans(),
    is_shared=st.booleans(),
    teams=st.frozensets(st.sampled_from([HOME, AWAY, ELSEWHERE])),
    is_pending=st.booleans(),
    is_member=st.booleans(),
)
policies = st.builds(
    ChannelPolicy,
    team=st.just(HOME),
    channel=st.just("C1"),
    askers=st.sampled_from(Askers),
    answers_to=st.sampled_from(AnswersTo),
    audiences=st.lists(st.sampled_from([PUBLIC, INTERNAL, ELM]), unique=True).map(tuple),
    opened_until=st.none() | st.dates(TODAY - timedelta(days=2), TODAY + timedelta(days=2)),
    opened_teams=st.lists(st.sampled_from([AWAY, ELSEWHERE]), unique=True).map(tuple),
)
members_of = st.none() | st.lists(people, max_size=4).map(tuple)


@given(asker=people, conversation=conversations, policy=policies, members=members_of)
def test_what_is_internal_is_read_by_nobody_but_full_members(
    asker: Person,
    conversation: Conversation,
    policy: ChannelPolicy,
    members: tuple[Person, ...] | None,
) -> None:
    there = place(conversation, policy, members)
    for readers in (members, (asker,)):
        may_use = audiences(readers, there)
        assert set(may_use) <= set(policy.audiences)
        if INTERNAL in may_use:
            assert readers is not None
            assert all(reads_what_is_internal(reader) for reader in readers)
            assert not conversation.is_shared
            assert conversation.teams <= {HOME}
    if INTERNAL in private_audiences(asker, HOME):
        assert reads_what_is_internal(asker)
        assert not asker.is_bot


@given(asker=people, conversation=conversations, policy=policies, members=members_of)
def test_nobody_of_another_workspace_is_answered_but_where_it_was_let_in(
    asker: Person,
    conversation: Conversation,
    policy: ChannelPolicy,
    members: tuple[Person, ...] | None,
) -> None:
    if refusal(asker, place(conversation, policy, members), is_chosen=True) is not None:
        return
    assert not asker.is_bot
    assert not asker.is_deleted
    elsewhere = {person.team for person in (asker, *(members or ()))} - {HOME}
    if conversation.is_shared or conversation.teams - {HOME}:
        assert policy.opened_until is not None
        assert policy.opened_until >= TODAY
        assert elsewhere | (conversation.teams - {HOME}) <= set(policy.opened_teams)
        assert not conversation.is_direct
    else:
        assert asker.team == HOME


def test_every_cell_of_the_matrix_ends_in_a_sentence_or_in_something_to_use() -> None:
    for conversation, asker, other, policy in product(
        CONVERSATIONS, EVERYBODY, EVERYBODY, POLICIES
    ):
        there = place(conversation, policy, (asker, other))
        refused = refusal(asker, there, is_chosen=True)
        may_use = audiences((asker, other), there)
        if refused is None:
            assert standing(asker, HOME) is not Standing.APP
        if INTERNAL in may_use:
            assert reads_what_is_internal(asker)
            assert reads_what_is_internal(other)


@pytest.mark.parametrize(
    "sentence",
    [
        sentences.OUTSIDER,
        sentences.BOT,
        sentences.SHARED_CHANNEL,
        sentences.OPENING_ENDED,
        sentences.NOT_OPENED_OUTSIDE,
        sentences.SHARED_WITH_MORE,
        sentences.SHARED_DIRECT,
        sentences.NOT_CHOSEN,
        sentences.NOT_CHOSEN_OUTSIDE,
        sentences.NOTHING_FOR_ALL,
        sentences.UNCHECKED,
    ],
)
def test_a_refusal_is_at_most_two_sentences_and_says_what_to_do(sentence: str) -> None:
    assert sentence.count(".") <= 2
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "please" in sentence.lower() or "has to" in sentence


def test_what_was_made_under_an_earlier_look_holds_while_nothing_is_taken_away() -> None:
    earlier = Admission(None, ("public", "internal"))
    assert replace(earlier).covers(earlier)
    assert earlier.covers(Admission(None, ("public",)))
    assert earlier.covers(Admission(None, ("public",), alone=True))
    assert not Admission(None, ("public",)).covers(earlier)
    assert not Admission("No.", ("public", "internal")).covers(earlier)
    # The channel's answers go to the asker alone by now.
    assert not Admission(None, ("public", "internal"), alone=True).covers(earlier)
