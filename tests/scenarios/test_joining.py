"""Into networks and out of them: who may, who is told, once each, and every refusal."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from assistant.domain.networks import MemberState, Openness
from assistant.language import say
from assistant.slack.app import SlackBot
from assistant.slack.networks import managing_blocks as blocks
from assistant.slack.networks import managing_people_form as people_forms
from assistant.slack.networks import managing_words as words
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.scenarios.network_pages import (
    GUEST,
    MEMBER,
    OTHER,
    OUTSIDER,
    STEWARD,
    STRANGER,
    answered,
    direct,
    entry,
    errors,
    labels,
    made,
    modal,
    now,
    opened,
    outcomes,
    people,
    pressed,
    put,
    read,
    state,
    typed,
    unhurried,
)

pytestmark = pytest.mark.sockets

ASKS = "asks to join your network Elm Network"
INVITES = "invites you to the network Elm Network"
ELM = "Elm Network"


@pytest.fixture(autouse=True)
def _people(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    people(slack)
    unhurried(monkeypatch)


def asked(slack: FakeSlack) -> None:
    """Let the stranger ask to join, and every steward be told."""
    assert pressed(slack, STRANGER, blocks.JOIN_ACTION, "elm") == say(words.ASKED, name=ELM)
    for steward in (STEWARD, OTHER):
        slack.wait_for_direct(steward, ASKS)


def press_in(slack: FakeSlack, user: str, label: str, words_of_it: str) -> str:
    """Press a button of a direct message; return what is said alone."""
    before = len(slack.shown_alone(user))
    (message,) = direct(slack, user, words_of_it)
    channel = slack.direct_channel(user)
    slack.press_button(user, label, message["blocks"], message, channel)
    return slack.wait_for_reply(user, before + 1).text


def test_an_open_network_is_joined_once(slack: FakeSlack, engine: Engine, bot: SlackBot) -> None:
    made(engine, openness=Openness.OPEN)
    assert pressed(slack, STRANGER, blocks.JOIN_ACTION, "elm") == say(words.JOINED, name=ELM)
    again = pressed(slack, STRANGER, blocks.JOIN_ACTION, "elm")
    assert again == say(words.MEMBER_ALREADY, name=ELM)
    assert "Elm Network" in typed(slack, STRANGER)
    (written, *_) = AuditLog(engine).recent()
    assert outcomes(engine) == ["joined"]
    assert (written.actor.id, written.action, written.target, written.detail) == (
        STRANGER,
        "belong to a network",
        "elm",
        f"{STRANGER}: was none",
    )


def test_who_asks_is_told_and_so_is_every_steward_once(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine)
    asked(slack)
    again = pressed(slack, STRANGER, blocks.JOIN_ACTION, "elm")
    assert again == say(words.ASKED_ALREADY, name=ELM)
    assert say(words.ASKED_TO_JOIN) in typed(slack, STRANGER, "elm")
    assert press_in(slack, STEWARD, "Accept", ASKS) == say(words.ACCEPTED)
    slack.wait_for_direct(STRANGER, say(words.WERE_ACCEPTED, name=ELM))
    for steward in (STEWARD, OTHER):
        slack.wait_for_direct(steward, f"{STEWARD} accepted it.")
        (message,) = slack.told_directly(steward)
        assert labels(message) == []
    assert state(engine, STRANGER) is MemberState.MEMBER
    assert len(slack.told_directly(STRANGER)) == 1
    assert outcomes(engine) == ["asked to join", "accepted"]


def test_a_request_is_declined_and_who_asked_is_told(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine)
    asked(slack)
    assert press_in(slack, OTHER, "Decline", ASKS) == say(words.REFUSED)
    slack.wait_for_direct(STRANGER, say(words.WERE_DECLINED, name=ELM))
    slack.wait_for_direct(STEWARD, f"{OTHER} declined it.")
    assert state(engine, STRANGER) is None
    assert outcomes(engine) == ["asked to join", "declined"]


def test_who_asked_takes_it_back_and_the_stewards_have_nothing_left_to_do(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine)
    put(engine, MEMBER, MemberState.MEMBER)
    asked(slack)
    count = len(slack.shown_alone(STRANGER))
    slack.command(STRANGER, "/network", "elm")
    listed = slack.wait_for_reply(STRANGER, count + 1)
    assert say(words.TAKE_BACK) in labels({"blocks": listed.blocks})
    taken = pressed(slack, STRANGER, blocks.TAKE_BACK_ACTION, "elm")
    assert taken == say(words.REQUEST_TAKEN_BACK, name=ELM)
    for steward in (STEWARD, OTHER):
        slack.wait_for_direct(steward, "Nothing is left to do.")
        (message,) = slack.told_directly(steward)
        assert labels(message) == []
    for user, network_id in ((STRANGER, "elm"), (STRANGER, "oak"), (MEMBER, "elm")):
        assert pressed(slack, user, blocks.TAKE_BACK_ACTION, network_id) == say(words.NOT_ASKED)
    assert state(engine, STRANGER) is None
    assert state(engine, MEMBER) is MemberState.MEMBER
    assert slack.told_directly(STRANGER) == []
    assert outcomes(engine) == ["asked to join", "took back the request"]


def test_the_second_steward_to_answer_comes_too_late(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine)
    asked(slack)
    value = f"elm {STRANGER}"
    (before,) = direct(slack, OTHER, ASKS)
    press_in(slack, STEWARD, "Accept", ASKS)
    for action in (blocks.DECLINE_REQUEST_ACTION, blocks.ACCEPT_REQUEST_ACTION):
        count = len(slack.shown_alone(OTHER))
        slack.press(OTHER, action, value, before, slack.direct_channel(OTHER))
        said = slack.wait_for_reply(OTHER, count + 1).text
        assert said == say(words.ANSWERED_ALREADY)
    assert state(engine, STRANGER) is MemberState.MEMBER
    slack.wait_for_direct(STRANGER, say(words.WERE_ACCEPTED, name=ELM))
    assert direct(slack, STRANGER, "declined") == []
    assert outcomes(engine) == ["asked to join", "accepted"]


def test_who_never_asked_is_not_taken_in_by_a_forged_button(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine)
    put(engine, GUEST, MemberState.INVITED)
    for user in (STRANGER, MEMBER):
        for action in (blocks.ACCEPT_REQUEST_ACTION, blocks.DECLINE_REQUEST_ACTION):
            said = pressed(slack, STEWARD, action, f"elm {user}")
            assert said == say(words.ANSWERED_ALREADY)
        assert state(engine, user) is None
    pressed(slack, STEWARD, blocks.DECLINE_REQUEST_ACTION, f"elm {GUEST}")
    assert state(engine, GUEST) is MemberState.INVITED
    assert outcomes(engine) == []


def test_a_request_is_answered_in_the_members_modal(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine)
    asked(slack)
    view = opened(slack, STEWARD, blocks.MEMBERS_ACTION, "elm", ASKS)
    action = {"action_id": blocks.ACCEPT_REQUEST_ACTION, "value": f"elm {STRANGER}"}
    slack.act(STEWARD, action, view=view)
    shown = modal(slack, say(words.ACCEPTED))
    assert f"Joined: {STRANGER}" not in read(shown)
    assert say(words.NO_REQUESTS) in read(shown)
    slack.act(STEWARD, action, view=view)
    modal(slack, say(words.ANSWERED_ALREADY))
    assert state(engine, STRANGER) is MemberState.MEMBER


def test_who_became_a_guest_since_they_asked_is_not_taken_in(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine)
    asked(slack)
    slack.change_person(STRANGER, is_restricted=True)
    assert press_in(slack, STEWARD, "Accept", ASKS) == say(words.NO_FULL_MEMBER)
    slack.wait_for_direct(OTHER, "Nothing is left to do.")
    assert state(engine, STRANGER) is None
    assert slack.told_directly(STRANGER) == []


@pytest.mark.parametrize("kind", ["lost_reply", "rate_limited"])
def test_a_message_whose_reply_was_lost_is_there_once(
    slack: FakeSlack, engine: Engine, start_bot: Callable[[], SlackBot], kind: str
) -> None:
    made(engine)
    put(
        engine,
        STRANGER,
        MemberState.REQUESTED,
        by=STRANGER,
        at=datetime.now(UTC) - timedelta(minutes=2),
    )
    slack.fail_next("chat.postMessage", Fault(kind, seconds=1))  # type: ignore[arg-type]
    first = start_bot()
    slack.wait_until(
        lambda: all(direct(slack, each, ASKS) for each in (STEWARD, OTHER)), seconds=40
    )
    first.stop()
    # What was told before is found by who starts anew, and not told again.
    looked = len(slack.calls_of("conversations.history"))
    second = start_bot()
    slack.wait_until(lambda: len(slack.calls_of("conversations.history")) >= looked + 2, seconds=40)
    second.stop()
    assert [len(slack.told_directly(each)) for each in (STEWARD, OTHER)] == [1, 1]


def test_a_steward_whom_slack_does_not_let_be_written_to_keeps_no_other_from_being_told(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine, stewards=("U99GONE", OTHER))
    pressed(slack, STRANGER, blocks.JOIN_ACTION, "elm")
    slack.wait_for_direct(OTHER, ASKS)


def test_nobody_joins_what_they_are_not_shown(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine, openness=Openness.PRIVATE)
    made(engine, id="oak", name="Oak", openness=Openness.OPEN, channels=())
    closed = made(engine, id="ash", name="Ash", openness=Openness.OPEN, channels=())
    assert Networks(engine).close(closed, entry())
    for user, network_id in (
        (STRANGER, "elm"),
        (STRANGER, "ash"),
        (STRANGER, "none"),
        (STRANGER, ""),
        (GUEST, "elm"),
        (GUEST, "oak"),
        (OUTSIDER, "oak"),
        ("U0BOT", "oak"),
    ):
        assert pressed(slack, user, blocks.JOIN_ACTION, network_id) == say(words.NO_SUCH)
        assert state(engine, user, network_id) is None
    assert outcomes(engine) == []


def test_when_slack_does_not_say_who_somebody_is_nobody_joins(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine, openness=Openness.OPEN)
    with slack.failing("users.info", Fault("error", error="fatal_error")):
        assert pressed(slack, STRANGER, blocks.JOIN_ACTION, "elm") == say(words.UNCHECKED)
    assert state(engine, STRANGER) is None


def invite_form(slack: FakeSlack) -> dict[str, object]:
    return opened(slack, STEWARD, blocks.INVITE_ACTION, "elm", people_forms.INVITE_VIEW)


def test_who_is_invited_is_told_accepts_and_is_a_member(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine, openness=Openness.PRIVATE)
    said = answered(slack, STEWARD, invite_form(slack), people=[STRANGER, GUEST])
    assert say(words.INVITED) in read(said["view"])
    for user in (STRANGER, GUEST):
        slack.wait_for_direct(user, INVITES)
        assert ELM in typed(slack, user, "elm")
        assert press_in(slack, user, "Accept", INVITES) == say(words.JOINED, name=ELM)
        assert state(engine, user) is MemberState.MEMBER
    assert "Members:" in typed(slack, GUEST, "elm")
    assert outcomes(engine) == ["invited", "invited", "joined", "joined"]


def test_an_invitation_is_declined_and_then_is_none(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine, openness=Openness.PRIVATE)
    answered(slack, STEWARD, invite_form(slack), people=[STRANGER])
    slack.wait_for_direct(STRANGER, INVITES)
    assert press_in(slack, STRANGER, "Decline", INVITES) == say(words.DECLINED, name=ELM)
    assert press_in(slack, STRANGER, "Decline", INVITES) == say(words.NOT_INVITED)
    assert press_in(slack, STRANGER, "Accept", INVITES) == say(words.NO_SUCH)
    assert state(engine, STRANGER) is None
    assert outcomes(engine) == ["invited", "declined the invitation"]


def test_who_was_not_invited_declines_nothing(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine, openness=Openness.PRIVATE)
    put(engine, MEMBER, MemberState.MEMBER)
    for user, network_id in ((STRANGER, "elm"), (STRANGER, "oak"), (MEMBER, "elm")):
        assert pressed(slack, user, blocks.DECLINE_ACTION, network_id) == say(words.NOT_INVITED)
    assert state(engine, MEMBER) is MemberState.MEMBER


def test_whom_a_steward_cannot_invite_is_said_at_the_field(
    slack: FakeSlack, engine: Engine, bot: SlackBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(engine)
    put(engine, "U8INVITED", MemberState.INVITED)
    view = invite_form(slack)
    many = [f"U{n:03d}" for n in range(21)]
    for chosen, sentence in (
        ([], words.INVITE_COUNT),
        (many, words.INVITE_COUNT),
        ([STRANGER, OUTSIDER], words.INVITE_WRONG),
        (["U0BOT"], words.INVITE_WRONG),
        (["U99NOBODY"], words.INVITE_WRONG),
        ([STRANGER, "U8INVITED"], words.INVITE_KNOWN),
        ([OTHER], words.INVITE_KNOWN),
    ):
        assert errors(slack, STEWARD, view, people=chosen) == {"people": say(sentence)}
    monkeypatch.setattr(people_forms, "MOST_JOINED", 2)
    said = errors(slack, STEWARD, view, people=[STRANGER, GUEST])
    assert said == {"people": say(words.TOO_MANY_MEMBERS)}
    assert errors(slack, STEWARD, view, people=[STRANGER]) is None
    assert pressed(slack, "U5NEW", blocks.JOIN_ACTION, "elm") == say(words.UNCHECKED)
    slack.add_person("U5NEW")
    assert pressed(slack, "U5NEW", blocks.JOIN_ACTION, "elm") == say(words.TOO_MANY_MEMBERS)
    assert outcomes(engine) == ["invited"]


def test_who_asks_already_is_taken_in_when_invited(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine)
    asked(slack)
    answered(slack, STEWARD, invite_form(slack), people=[STRANGER])
    slack.wait_for_direct(STRANGER, say(words.WERE_ACCEPTED, name=ELM))
    slack.wait_for_direct(OTHER, f"{STEWARD} accepted it.")
    assert state(engine, STRANGER) is MemberState.MEMBER


def test_members_are_taken_out_and_invitations_back(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine)
    put(engine, STRANGER, MemberState.MEMBER)
    put(engine, GUEST, MemberState.INVITED)
    view = opened(slack, STEWARD, blocks.REMOVE_ACTION, "elm", people_forms.REMOVE_VIEW)
    for chosen, sentence in (
        ([], words.INVITE_COUNT),
        ([MEMBER], words.REMOVE_WRONG),
        ([STRANGER, OTHER], words.REMOVE_WRONG),
        (["U99NOBODY"], words.REMOVE_WRONG),
    ):
        assert errors(slack, STEWARD, view, people=chosen) == {"people": say(sentence)}
    answered(slack, STEWARD, view, people=[STRANGER, GUEST])
    assert Networks(engine).members("elm") == []
    assert outcomes(engine) == ["taken out", "taken out"]


def test_the_home_tab_of_who_is_taken_out_shows_nothing_of_it_any_more(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine)
    put(engine, STRANGER, MemberState.MEMBER)
    slack.open_messages_tab(STRANGER, "home")
    slack.wait_until(lambda: ELM in read(slack.homes.get(STRANGER, {"blocks": []})))
    view = opened(slack, STEWARD, blocks.REMOVE_ACTION, "elm", people_forms.REMOVE_VIEW)
    answered(slack, STEWARD, view, people=[STRANGER])
    slack.wait_until(lambda: ELM not in read(slack.homes[STRANGER]))


def test_a_steward_who_is_a_guest_by_now_is_not_told_who_asks(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine, stewards=(OTHER, STEWARD))
    slack.change_person(OTHER, is_restricted=True)
    assert pressed(slack, STRANGER, blocks.JOIN_ACTION, "elm") == say(words.ASKED, name=ELM)
    slack.wait_for_direct(STEWARD, ASKS)
    assert slack.told_directly(OTHER) == []


def test_members_leave_as_far_as_they_belong_by_themselves(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine)
    put(engine, STRANGER, MemberState.MEMBER)
    put(engine, MEMBER, MemberState.MEMBER)
    said = [
        pressed(slack, user, blocks.LEAVE_ACTION, "elm")
        for user in (STRANGER, STRANGER, MEMBER, MEMBER, GUEST, OUTSIDER)
    ]
    assert said == [
        say(words.LEFT, name=ELM),
        say(words.NO_SUCH),
        say(words.LEFT_BUT_BELONG, name=ELM),
        say(words.BELONG_BY_PLACE, name=ELM),
        say(words.NO_SUCH),
        say(words.NO_SUCH),
    ]
    assert Networks(engine).members("elm") == []
    assert outcomes(engine) == ["left", "left"]


def test_the_last_steward_cannot_leave(slack: FakeSlack, engine: Engine, bot: SlackBot) -> None:
    made(engine, channels=())
    left = pressed(slack, STEWARD, blocks.LEAVE_ACTION, "elm")
    assert left == say(words.LEFT, name=ELM)
    assert now(engine).stewards == (OTHER,)
    assert pressed(slack, OTHER, blocks.LEAVE_ACTION, "elm") == say(words.LAST_STEWARD, name=ELM)
    assert now(engine).stewards == (OTHER,)


def test_from_the_home_tab_one_accepts_and_sees_it_at_once(
    slack: FakeSlack, engine: Engine, bot: SlackBot
) -> None:
    made(engine, openness=Openness.PRIVATE)
    put(engine, STRANGER, MemberState.INVITED)
    slack.open_messages_tab(STRANGER, "home")
    slack.wait_until(lambda: STRANGER in slack.homes)
    home = slack.homes[STRANGER]
    assert "Invitations" in read(home)
    slack.press_button(STRANGER, "Accept", home["blocks"])
    assert ELM in read(modal(slack, say(words.JOINED, name=ELM)))
    slack.wait_until(lambda: "Invitations" not in read(slack.homes[STRANGER]))
    assert "Open" in labels(slack.homes[STRANGER])
    assert state(engine, STRANGER) is MemberState.MEMBER
