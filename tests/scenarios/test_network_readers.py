"""Who is answered from what a network knows: every kind of reader in every kind of place."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.domain.networks import Network
from assistant.domain.ports import Abilities
from assistant.language import say
from assistant.network.membership import MOST_LOOKED_INTO
from assistant.settings import Settings
from assistant.slack.api.admission import Identity
from assistant.slack.api.waits import Waits
from assistant.slack.ground import Ground, laid
from assistant.slack.questions import respondent
from assistant.slack.rights.gatekeeper import UncheckedError
from assistant.slack.shown import sentences
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from assistant.store.policies import AnswersTo
from tests.fakes.fake_slack import BOT_USER, TEAM, FakeSlack, Fault
from tests.scenarios.conftest import Guidance
from tests.scenarios.elm import (
    APP,
    AWAY,
    BY_CHANNEL,
    BY_GROUP,
    BY_OPENED,
    BY_SHUT,
    ELM,
    ENTRY,
    GONE,
    GUEST_ALONE,
    GUEST_LET_IN,
    GUEST_THERE,
    INNER,
    INVITED,
    JOINED,
    NOBODY,
    OPENED,
    OTHER,
    OWN,
    PARTNER,
    PARTNER_SHUT,
    REMOVED,
    REQUESTED,
    SHARED,
    SHUT,
    STEWARD,
    hold,
    made_elm,
    open_for_partners,
)

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

PUBLIC = ("public",)
INSIDE = ("public", "internal")
GUESTS = ("public", "network-elm")
ALL = ("public", "internal", "network-elm")
OUTSIDE, BOT = say(sentences.OUTSIDER), say(sentences.BOT)
Outcome = tuple[str, ...] | str


@pytest.fixture
def elm(slack: FakeSlack, engine: Engine) -> Network:
    """The network, with somebody for each way in and for each way of not being in."""
    return made_elm(slack, engine)


@pytest.fixture
def ask(slack: FakeSlack, guidance: Guidance) -> Callable[[str, str], Outcome]:
    """Give a way to ask in a place; it returns the audiences that were used, or the refusal.

    A place is a channel, a channel with `/ask` before it, or `D` for a direct message.
    """
    asked = 0

    def ask(user: str, place: str) -> Outcome:
        nonlocal asked
        asked += 1
        question = f"what is commissioning, number {asked}?"
        if place.startswith("/ask "):
            before = len(slack.shown_alone(user))
            slack.command(user, "/ask", question, place.removeprefix("/ask "))
            said = slack.wait_for_reply(user, before + 1).text
        else:
            posted = (
                slack.direct_message(user, question)
                if place == "D"
                else slack.mention(user, place, question)
            )
            said = str(slack.wait_for_answer(posted)["text"])
        used = [audiences for text, _, audiences in guidance.asked if text == question]
        return used[-1] if used else said

    return ask


@pytest.fixture
def ground(settings: Settings, engine: Engine, abilities: Abilities) -> Ground:
    """What a bot stands on, to ask it directly; it calls the same Slack."""
    return laid(settings, engine, abilities, Identity(TEAM, BOT_USER, ""), Waits())


Ask = Callable[[str, str], Outcome]


ALONE: dict[str, Outcome] = {
    STEWARD: ALL,
    JOINED: ALL,
    BY_CHANNEL: ALL,
    BY_GROUP: ALL,
    BY_OPENED: ALL,
    BY_SHUT: INSIDE,
    INVITED: INSIDE,
    REQUESTED: INSIDE,
    REMOVED: INSIDE,
    NOBODY: INSIDE,
    GUEST_THERE: PUBLIC,
    GUEST_LET_IN: GUESTS,
    GUEST_ALONE: PUBLIC,
    PARTNER: OUTSIDE,
    PARTNER_SHUT: OUTSIDE,
    GONE: OUTSIDE,
    APP: BOT,
}
NOT_OPENED = say(sentences.NOT_OPENED_OUTSIDE)
# Where a command in a channel gives something else than a direct message does.
THERE: dict[tuple[str, str], Outcome] = {
    (GUEST_THERE, OWN): GUESTS,
    (PARTNER, OPENED): GUESTS,
    # Opened for their workspace, but they are not in it.
    (PARTNER_SHUT, OPENED): PUBLIC,
    (PARTNER, SHUT): NOT_OPENED,
    (PARTNER_SHUT, SHUT): NOT_OPENED,
    (GONE, SHUT): NOT_OPENED,
}


@pytest.mark.parametrize("place", ["D", *(OTHER, OWN, INNER, OPENED, SHUT)])
def test_alone_each_reader_has_what_is_theirs_whatever_the_place(
    ask: Ask, elm: Network, place: str
) -> None:
    asked = place if place == "D" else f"/ask {place}"
    got = {user: ask(user, asked) for user in ALONE}
    assert got == {user: THERE.get((user, place), alone) for user, alone in ALONE.items()}


def test_in_its_channels_everybody_has_it_and_elsewhere_nobody(
    slack: FakeSlack, ask: Ask, elm: Network
) -> None:
    slack.add_channel("C9", STEWARD, JOINED, BY_CHANNEL)
    slack.add_channel("G9", STEWARD, BY_CHANNEL, is_channel=False, is_mpim=True)
    assert ask(BY_CHANNEL, OWN) == GUESTS
    assert ask(GUEST_THERE, OWN) == GUESTS
    assert ask(BY_CHANNEL, INNER) == ALL
    assert ask(BY_OPENED, OPENED) == GUESTS
    assert ask(PARTNER, OPENED) == GUESTS
    # All of these readers are members, but it is no place of the network.
    assert ask(STEWARD, "C9") == INSIDE
    assert ask(STEWARD, "G9") == INSIDE
    assert ask(BY_SHUT, SHUT) == say(sentences.SHARED_CHANNEL)
    assert ask(PARTNER_SHUT, SHUT) == say(sentences.NOT_OPENED_OUTSIDE)


def test_a_closed_network_gives_nobody_anything_at_once(
    engine: Engine, ask: Ask, elm: Network
) -> None:
    assert ask(BY_CHANNEL, INNER) == ALL
    assert ask(STEWARD, "D") == ALL
    assert ask(PARTNER, f"/ask {OPENED}") == GUESTS
    Networks(engine).close(elm, ENTRY)
    hold(engine, INNER, audiences=("public", "internal", "network-elm"))
    assert ask(BY_CHANNEL, INNER) == INSIDE
    for user in (STEWARD, JOINED, BY_CHANNEL, BY_GROUP):
        assert ask(user, "D") == INSIDE
    assert ask(GUEST_LET_IN, "D") == PUBLIC
    assert ask(GUEST_THERE, f"/ask {OWN}") == PUBLIC
    assert ask(PARTNER, f"/ask {OPENED}") == PUBLIC
    assert ask(PARTNER, OPENED) == PUBLIC


def test_an_administrators_slip_lets_nobody_read_a_network_that_is_looked_after(
    engine: Engine, ask: Ask, elm: Network, slack: FakeSlack
) -> None:
    slack.add_channel("C9", NOBODY)
    slack.add_channel("C10", GUEST_ALONE)
    for channel in ("C9", "C10"):
        hold(engine, channel, audiences=("public", "internal", "network-elm", "network-oak"))
    oak = "network-oak"
    assert ask(NOBODY, "C9") == (*INSIDE, oak)
    assert ask(NOBODY, "D") == (*INSIDE, oak)
    assert ask(NOBODY, "/ask C9") == (*INSIDE, oak)
    assert ask(GUEST_ALONE, "C10") == ("public", oak)
    assert ask(GUEST_ALONE, "/ask C10") == ("public", oak)
    assert ask(GUEST_ALONE, "D") == PUBLIC
    assert ask(STEWARD, "D") == ALL


def test_what_an_administrator_leaves_out_in_its_channel_stays_out(
    engine: Engine, ask: Ask, elm: Network
) -> None:
    hold(engine, INNER, audiences=("internal",))
    assert ask(BY_CHANNEL, INNER) == ("internal", "network-elm")
    hold(engine, INNER, audiences=("public",))
    assert ask(BY_CHANNEL, INNER) == GUESTS


def test_where_answers_go_to_the_asker_alone_who_is_not_there_gets_nothing_of_it(
    slack: FakeSlack, engine: Engine, guidance: Guidance, elm: Network
) -> None:
    hold(engine, OWN, answers_to=AnswersTo.ASKER)
    for count, user in enumerate((BY_CHANNEL, GUEST_THERE, NOBODY), 1):
        slack.mention(user, OWN, f"what is commissioning, {user}?")
        slack.wait_until(lambda count=count: len(guidance.asked) == count)  # type: ignore[misc]
    assert [audiences for _, _, audiences in guidance.asked] == [ALL, GUESTS, INSIDE]


@pytest.mark.parametrize(
    "change", ["the opening ended", "somebody is invited", "another organisation", "not all known"]
)
def test_a_shared_channel_counts_only_while_it_is_opened_for_all_who_are_there(
    slack: FakeSlack, engine: Engine, ask: Ask, elm: Network, change: str
) -> None:
    assert ask(PARTNER, OPENED) == GUESTS
    if change == "the opening ended":
        open_for_partners(engine, days=-1)
    elif change == "somebody is invited":
        slack.change_channel(OPENED, is_pending_ext_shared=True)
    elif change == "another organisation":
        slack.change_channel(OPENED, connected_team_ids=[TEAM, AWAY, "T8THIRD"])
    else:
        members = [slack.add_person(f"U{number}") for number in range(1000, 1500)]
        slack.page_size = 1000
        slack.add_channel(OPENED, BY_OPENED, PARTNER, *members, **SHARED)
    answers_public = change in ("somebody is invited", "not all known")
    for user, place in [(PARTNER, OPENED), (PARTNER, f"/ask {OPENED}"), (BY_OPENED, OPENED)]:
        got = ask(user, place)
        assert got == PUBLIC if answers_public else isinstance(got, str)


def test_an_outsider_who_left_the_channel_gets_nothing_of_it(
    slack: FakeSlack, ask: Ask, elm: Network
) -> None:
    assert ask(PARTNER, f"/ask {OPENED}") == GUESTS
    slack.leave(PARTNER, OPENED)
    assert ask(PARTNER, f"/ask {OPENED}") == PUBLIC


def test_a_full_member_belongs_by_a_shared_channel_only_while_it_is_opened(
    engine: Engine, ask: Ask, elm: Network
) -> None:
    assert ask(BY_OPENED, "D") == ALL
    open_for_partners(engine, days=-1)
    assert ask(BY_OPENED, "D") == INSIDE


def test_who_is_no_full_member_any_more_belongs_by_none_of_these_ways(
    slack: FakeSlack, ask: Ask, elm: Network
) -> None:
    for user in (STEWARD, JOINED, BY_GROUP):
        slack.change_person(user, is_restricted=True)
        assert ask(user, "D") == PUBLIC
        slack.change_person(user, deleted=True)
        assert ask(user, "D") == OUTSIDE


def test_who_is_removed_while_a_slow_answer_is_made_is_answered_without_it(
    slack: FakeSlack,
    engine: Engine,
    guidance: Guidance,
    elm: Network,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(respondent, "SECONDS_ONE_LOOK_HOLDS", 0.0)
    is_removed = threading.Event()

    def remove_once(_: str) -> None:
        if not is_removed.is_set():
            assert Networks(engine).drop_member("elm", JOINED, ENTRY)
            is_removed.set()

    guidance.before_answering = remove_once
    posted = slack.direct_message(JOINED, "what is commissioning?")
    slack.wait_for_answer(posted)
    assert [audiences for _, _, audiences in guidance.asked] == [ALL, INSIDE]
    assert len(slack.answers(posted)) == 1


@pytest.mark.parametrize(
    ("method", "user"), [("conversations.members", BY_CHANNEL), ("usergroups.users.list", BY_GROUP)]
)
def test_by_a_place_of_which_slack_does_not_tell_for_good_nobody_belongs(
    slack: FakeSlack, ask: Ask, elm: Network, method: str, user: str
) -> None:
    with slack.failing(method, Fault("error", error="missing_scope")):
        assert ask(user, "D") == INSIDE
        assert ask(STEWARD, "D") == ALL


@pytest.mark.parametrize(
    ("method", "user"), [("conversations.members", BY_CHANNEL), ("usergroups.users.list", BY_GROUP)]
)
def test_while_slack_may_tell_later_nobody_is_answered_by_guess(
    slack: FakeSlack, ground: Ground, elm: Network, method: str, user: str
) -> None:
    with slack.failing(method, Fault("server_error")):
        with pytest.raises(UncheckedError):
            ground.gatekeeper.admit_alone(user, "")
        # Nobody's rights that are known without it hang on it.
        assert ground.gatekeeper.admit_alone(STEWARD, "").audiences == ALL


def test_a_private_channel_that_the_assistant_left_makes_nobody_a_member(
    slack: FakeSlack, ask: Ask, engine: Engine, elm: Network
) -> None:
    slack.add_channel("C9", NOBODY)
    now = Networks(engine).find(TEAM, "elm")
    assert now is not None
    changed = replace(now, channels=(*now.channels, "C404"))
    assert Networks(engine).change(changed, ENTRY, now.changed_at)
    assert ask(NOBODY, "D") == INSIDE
    assert ask(BY_CHANNEL, "D") == ALL


def test_calls_for_one_question_are_bounded_and_a_minute_is_remembered(
    slack: FakeSlack, engine: Engine, ask: Ask
) -> None:
    for number in range(MOST_LOOKED_INTO + 5):
        channel = slack.add_channel(f"C{100 + number}", "U1ANN")
        made = replace(ELM, id=f"n{number:02}", stewards=("U2BEN",), channels=(channel,), groups=())
        assert Networks(engine).create(made, ENTRY) is not None
    got = ask("U1ANN", "D")
    assert len(got) == 2 + MOST_LOOKED_INTO
    assert len(slack.calls_of("conversations.members")) == MOST_LOOKED_INTO
    asked_before = len(slack.calls_of("conversations.info"))
    assert ask("U1ANN", "D") == got
    assert len(slack.calls_of("conversations.members")) == MOST_LOOKED_INTO
    # The direct message itself is looked at anew.
    assert len(slack.calls_of("conversations.info")) <= asked_before + 2


def test_the_assistant_is_told_what_it_may_say_where(
    slack: FakeSlack, ground: Ground, elm: Network
) -> None:
    memberships = ground.memberships
    assert list(memberships.channels(elm)) == [OWN, INNER, OPENED]
    assert memberships.people(elm) == sorted(
        [STEWARD, JOINED, BY_CHANNEL, BY_GROUP, BY_OPENED, GUEST_THERE, GUEST_LET_IN, PARTNER]
    )
    slack.leave(BOT_USER, INNER)
    slack.change_channel(OPENED, is_pending_ext_shared=True)
    assert list(memberships.channels(elm)) == [OWN]
    slack.change_channel(OPENED, is_pending_ext_shared=False)
    assert list(memberships.channels(elm)) == [OWN, OPENED]
    slack.change_channel(OPENED, connected_team_ids=[TEAM, AWAY, "T8THIRD"])
    assert list(memberships.channels(elm)) == [OWN]
    slack.add_channel(OWN, BY_CHANNEL, PARTNER)
    assert list(memberships.channels(elm)) == []


def test_an_outsider_is_let_in_by_the_opened_channel_while_they_are_a_person_in_it(
    slack: FakeSlack, engine: Engine, ground: Ground, elm: Network
) -> None:
    their_app = slack.add_person("U18BOT", team_id=AWAY, is_bot=True)
    left = slack.add_person("U19LEFT", team_id=AWAY, is_stranger=True, deleted=True)
    slack.add_channel(OPENED, BY_OPENED, PARTNER, their_app, left, **SHARED)

    def let_in(channel: str = OPENED) -> list[str]:
        people = (PARTNER, PARTNER_SHUT, GONE, APP, BOT_USER, their_app, left, "U404")
        return [user for user in people if ground.memberships.of(user, channel)]

    assert let_in() == [PARTNER]
    for channel in ("", OTHER, OWN, INNER, SHUT, "C404"):
        assert let_in(channel) == []
    slack.join(PARTNER, INNER)
    assert let_in(INNER) == []
    slack.change_channel(OPENED, is_pending_ext_shared=True)
    assert let_in() == []
    slack.change_channel(OPENED, is_pending_ext_shared=False)
    assert let_in() == [PARTNER]
    open_for_partners(engine, days=-1)
    assert let_in() == []
