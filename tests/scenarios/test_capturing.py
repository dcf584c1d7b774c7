"""Replies to a call are passed on, and kept only with the consent of who wrote them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, text

from assistant.domain.networks import Origin, PeerAnswer
from assistant.domain.releases import Actor, AuditEntry
from assistant.language import say
from assistant.slack.app import SlackBot
from assistant.slack.networks.calling_blocks import (
    OPEN_THREAD,
    THANKS,
    THANKS_CLOSED,
    THANKS_FILE,
    THANKS_UNREAD,
    UNSAID,
)
from assistant.slack.networks.calling_ending import HELPED_NOTED, NOT_YOURS
from assistant.slack.networks.capturing import GONE, KEPT, KEPT_BEFORE, NO_MEMBER, NOTHING_KEPT
from assistant.slack.networks.capturing import NOT_YOURS as NOT_THE_REPLIERS
from assistant.slack.networks.capturing_form import TICK_MISSING
from assistant.store.audit import AuditLog
from assistant.store.database import Engine, transaction
from assistant.store.networks.call_posts import CallPosts
from assistant.store.networks.calls import Call, CallPost, PostKind, ReplyState
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.policies import ChannelPolicy, Policies
from tests.fakes.fake_slack import TEAM, Fault, Posted
from tests.scenarios.calling import (
    ASKER,
    AWAY,
    CHANNEL,
    KNOWS_MARKETS,
    KNOWS_RATES,
    OUTSIDER,
    QUESTION,
    STEWARD,
    UNKNOWN,
    World,
    clock,
    said_in,
    started,
    world,
)
from tests.scenarios.conftest import Guidance
from tests.scenarios.waiting import at_rest

__all__ = ["clock", "started", "world"]

pytestmark = pytest.mark.sockets

WORDS = "We asked providers for open books."


def kept(engine: Engine) -> list[PeerAnswer]:
    return list(PeerAnswers(engine).of_network("peers"))


def holds(engine: Engine, words: str) -> bool:
    """Whether any table holds some words, anywhere."""
    with transaction(engine) as session:
        tables = inspect(engine).get_table_names()
        rows = [row for table in tables for row in session.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608
    return any(words in str(row) for row in rows)


def replied(world: World, user: str = KNOWS_RATES, words: str = WORDS) -> tuple[Call, CallPost]:
    """Put a question to the network, have it replied to, and return the call's message."""
    call = world.ask()
    first = world.post_of(call, PostKind.FIRST)
    world.slack.wait_for_acknowledgement(world.reply(first, user, words).envelope)
    world.post_of(call, PostKind.CONSENT, user)
    return call, first


def test_a_reply_is_passed_on_and_keeps_the_call_where_it_is(
    started: World, guidance: Guidance
) -> None:
    world = started
    world.networks.note_organisation(TEAM, KNOWS_RATES, "Oak Council")
    call, _ = replied(world)
    passed = said_in(world.message_of(world.post_of(call, PostKind.REPLY))["blocks"])
    assert f"{KNOWS_RATES}, Oak Council, replied to your question to Peers:" in passed
    assert WORDS in passed
    world.clock.let_pass(1000)
    assert world.calls.take(world.clock()) is None
    assert WORDS not in [asked[0] for asked in guidance.asked]
    assert not holds(world.engine, WORDS)


def test_a_reply_that_speaks_to_the_assistant_is_a_question_to_it(
    started: World, guidance: Guidance
) -> None:
    world = started
    call = world.ask(question=UNKNOWN)
    wider = world.post_of(call, PostKind.WIDER)
    posted = world.slack.mention(KNOWS_RATES, CHANNEL, "what is a cycle?", thread_ts=wider.ts)
    world.slack.wait_until(lambda: "what is a cycle?" in [asked[0] for asked in guidance.asked])
    world.slack.wait_for_acknowledgement(posted.envelope)
    assert world.calls.replies.of_call(call.id) == []


def test_a_reply_in_the_channel_is_passed_on_and_not_answered(
    started: World, guidance: Guidance
) -> None:
    world = started
    call = world.ask(question=UNKNOWN)
    wider = world.post_of(call, PostKind.WIDER)
    world.reply(wider, KNOWS_MARKETS)
    assert WORDS in said_in(world.message_of(world.post_of(call, PostKind.REPLY))["blocks"])
    before = len(guidance.asked)
    own = world.slack.post(ASKER, CHANNEL, "Thank you all!", thread_ts=wider.ts)
    bots = world.slack.post_as_bot("B7APP", CHANNEL, "I am a bot.", thread_ts=wider.ts)
    for posted in (own, bots):
        world.slack.wait_for_acknowledgement(posted.envelope)
    at_rest(world.slack, world.engine)
    world.has_rested(call)
    assert [reply.user for reply in world.calls.replies.of_call(call.id)] == [KNOWS_MARKETS]
    assert len(guidance.asked) == before


def test_with_consent_the_words_as_they_are_now_are_kept_as_they_were_edited(
    started: World,
) -> None:
    world = started
    call, _ = replied(world)
    reply = world.calls.replies.of_call(call.id)[0]
    edited = world.slack.edit(reply.channel, reply.ts, "We asked for open books, twice.")
    world.slack.wait_for_acknowledgement(edited)
    modal = world.consent(call, KNOWS_RATES)
    assert "We asked for open books, twice." in str(modal["blocks"])
    assert not holds(world.engine, "open books")
    words = "Open books, each year."
    said = world.submit(KNOWS_RATES, modal, words=words, organisation="Oak Council")
    assert say(KEPT) in said_in(said["blocks"])
    (answer,) = kept(world.engine)
    assert (answer.origin, answer.answer, answer.call_id) == (Origin.CAPTURED, words, call.id)
    assert (answer.by.user, answer.by.organisation) == (KNOWS_RATES, "Oak Council")
    assert answer.by.name == KNOWS_RATES
    assert answer.on == datetime.fromtimestamp(float(reply.ts), UTC).date()
    assert answer.question == call.question
    entry = next(e for e in AuditLog(world.engine).recent(20) if e.outcome == "kept")
    assert (entry.actor.id, entry.action) == (KNOWS_RATES, "keep a reply")
    assert words not in str(entry)
    count = len(world.slack.modals)
    world.press(KNOWS_RATES, "Yes, show me the words", world.post_of(call, PostKind.CONSENT))
    assert say(KEPT_BEFORE) in said_in(world.modal_after(count)["blocks"])


def test_a_member_may_let_their_words_be_kept_without_their_name(started: World) -> None:
    world = started
    call, _ = replied(world)
    world.submit(KNOWS_RATES, world.consent(call, KNOWS_RATES), name="unnamed")
    assert kept(world.engine)[0].by.name is None


def test_without_a_yes_nothing_is_kept(started: World) -> None:
    world = started
    call, _ = replied(world)
    consent = world.post_of(call, PostKind.CONSENT)
    world.slack.wait_for_acknowledgement(world.press(KNOWS_RATES, "No, keep nothing", consent))
    assert say(NOTHING_KEPT) in world.slack.wait_for_reply(KNOWS_RATES).text
    assert world.calls.replies.of_call(call.id)[0].state is ReplyState.DECLINED
    assert kept(world.engine) == []
    assert not holds(world.engine, WORDS)


def test_a_no_after_a_yes_takes_back_what_was_kept(started: World) -> None:
    world = started
    call, _ = replied(world)
    world.submit(KNOWS_RATES, world.consent(call, KNOWS_RATES))
    assert holds(world.engine, WORDS)
    consent = world.post_of(call, PostKind.CONSENT)
    world.slack.wait_for_acknowledgement(world.press(KNOWS_RATES, "No, keep nothing", consent))
    assert say(NOTHING_KEPT) in world.slack.wait_for_reply(KNOWS_RATES).text
    assert kept(world.engine) == []
    assert not holds(world.engine, WORDS)
    world.submit(KNOWS_RATES, world.consent(call, KNOWS_RATES))
    assert [each.answer for each in kept(world.engine)] == [WORDS]


def test_only_who_wrote_a_reply_can_let_it_be_kept(started: World) -> None:
    world = started
    call, _ = replied(world)
    consent = world.post_of(call, PostKind.CONSENT)
    message = world.message_of(consent)
    count = len(world.slack.modals)
    yes = "Yes, show me the words"
    world.slack.press_button(ASKER, yes, message["blocks"], message, str(consent.channel))
    assert say(NOT_THE_REPLIERS) in said_in(world.modal_after(count)["blocks"])
    modal = world.consent(call, KNOWS_RATES)
    assert say(NOT_THE_REPLIERS) in said_in(world.submit(ASKER, modal)["blocks"])
    assert kept(world.engine) == []


def test_who_left_the_network_meanwhile_keeps_nothing_in_it(started: World) -> None:
    world = started
    call, _ = replied(world)
    modal = world.consent(call, KNOWS_RATES)
    world.leave(KNOWS_RATES)
    world.slack.change_person(KNOWS_RATES, is_restricted=True)
    assert say(NO_MEMBER) in said_in(world.submit(KNOWS_RATES, modal)["blocks"])
    assert kept(world.engine) == []


def test_personal_data_in_a_reply_is_pointed_out_before_it_is_kept(started: World) -> None:
    world = started
    call, _ = replied(world)
    modal = world.consent(call, KNOWS_RATES)
    count = len(world.slack.modals)
    world.slack.submit(KNOWS_RATES, modal, words="Ask Mrs Jane Archer.")
    pointed = world.modal_after(count)
    assert "Mrs Jane Archer" in said_in(pointed["blocks"])
    envelope = world.slack.submit(KNOWS_RATES, pointed)
    world.slack.wait_for_acknowledgement(envelope)
    assert world.slack.replied[envelope]["errors"] == {"words": say(TICK_MISSING)}
    assert kept(world.engine) == []
    world.submit(KNOWS_RATES, pointed, personal=["yes"])
    assert kept(world.engine)[0].answer == "Ask Mrs Jane Archer."


def test_a_reply_that_is_deleted_takes_what_was_kept_and_passed_on_with_it(
    started: World,
) -> None:
    world = started
    call, _ = replied(world)
    passed = world.post_of(call, PostKind.REPLY)
    world.submit(KNOWS_RATES, world.consent(call, KNOWS_RATES))
    assert holds(world.engine, WORDS)
    reply = world.calls.replies.of_call(call.id)[0]
    world.slack.wait_for_acknowledgement(world.slack.delete(reply.channel, reply.ts))
    assert kept(world.engine) == []
    assert not holds(world.engine, WORDS)
    world.post_of(call, PostKind.UNSAID)
    assert said_in(world.message_of(passed)["blocks"]) == say(UNSAID)
    entries = [e.outcome for e in AuditLog(world.engine).recent(20)]
    assert "withdrawn" in entries


def test_a_reply_that_is_deleted_before_consent_cannot_be_kept(started: World) -> None:
    world = started
    call, _ = replied(world)
    modal = world.consent(call, KNOWS_RATES)
    reply = world.calls.replies.of_call(call.id)[0]
    world.slack.wait_for_acknowledgement(world.slack.delete(reply.channel, reply.ts))
    assert say(GONE) in said_in(world.submit(KNOWS_RATES, modal)["blocks"])
    assert kept(world.engine) == []
    deletion = {"subtype": "message_deleted", "hidden": True, "deleted_ts": reply.ts}
    where = {"type": "message", "channel": reply.channel, "channel_type": "im"}
    again = world.slack.tell({**where, **deletion}, "message.im")
    world.slack.wait_for_acknowledgement(again)
    deleted = [e for e in AuditLog(world.engine).recent(20) if e.outcome == "reply deleted"]
    assert [(e.actor.id, e.detail) for e in deleted] == [(KNOWS_RATES, f"reply {reply.id}")]


def test_several_posts_of_one_member_are_asked_for_once_and_kept_together(
    started: World,
) -> None:
    world = started
    call, first = replied(world, words="Good question.")
    world.reply(first, KNOWS_RATES, "Open books.")
    world.slack.wait_until(lambda: len(world.calls.replies.of_call(call.id)) == 2)
    world.has_rested(call)
    assert len(world.calls.posts.of_call(call.id, PostKind.REPLY)) == 2
    assert len(world.calls.posts.of_call(call.id, PostKind.CONSENT)) == 1
    world.submit(KNOWS_RATES, world.consent(call, KNOWS_RATES))
    assert kept(world.engine)[0].answer == "Good question.\nOpen books."


def test_the_asker_marks_what_helped_and_its_author_is_told_once(started: World) -> None:
    world = started
    call, _ = replied(world)
    passed = world.post_of(call, PostKind.REPLY)
    message = world.message_of(passed)
    forged = world.slack.press_button(
        KNOWS_RATES, "This helped", message["blocks"], message, str(passed.channel)
    )
    world.slack.wait_for_acknowledgement(forged)
    assert say(NOT_YOURS) in world.slack.wait_for_reply(KNOWS_RATES).text
    for count, said in ((1, HELPED_NOTED), (2, NOT_YOURS)):
        world.slack.wait_for_acknowledgement(world.press(ASKER, "This helped", passed))
        assert say(said) in world.slack.wait_for_reply(ASKER, count).text
    helped = world.message_of(world.post_of(call, PostKind.HELPED, KNOWS_RATES))
    assert "Your reply to a question in Peers helped" in said_in(helped["blocks"])
    assert QUESTION in said_in(helped["blocks"])
    world.has_rested(call)
    assert len(world.calls.posts.of_call(call.id, PostKind.HELPED)) == 1


def test_the_asker_is_told_once_when_a_reply_is_verified(started: World) -> None:
    world = started
    call, _ = replied(world)
    world.submit(KNOWS_RATES, world.consent(call, KNOWS_RATES))
    answer = kept(world.engine)[0]
    assert world.calls.to_tell_of(answer.id)
    assert world.calls.to_tell_of(answer.id)
    told = world.message_of(world.post_of(call, PostKind.VERIFIED, ASKER))
    assert "was verified by a steward" in said_in(told["blocks"])
    assert QUESTION in said_in(told["blocks"])
    world.has_rested(call)
    assert len(world.calls.posts.of_call(call.id, PostKind.VERIFIED)) == 1
    assert not world.calls.to_tell_of(answer.id + 1)


def test_replies_to_a_closed_call_trouble_its_asker_no_more(started: World) -> None:
    world = started
    call = world.ask()
    first = world.post_of(call, PostKind.FIRST)
    asked = world.post_of(call, PostKind.ASKED)
    world.slack.wait_for_acknowledgement(world.press(ASKER, "I have what I need", asked))
    world.reply(first, KNOWS_RATES)
    consent = world.message_of(world.post_of(call, PostKind.CONSENT))
    assert say(THANKS_CLOSED) in said_in(consent["blocks"])
    world.has_rested(call)
    assert world.calls.posts.of_call(call.id, PostKind.REPLY) == []


def test_a_reply_is_not_passed_to_an_asker_who_left_the_network(started: World) -> None:
    world = started
    call = world.ask()
    first = world.post_of(call, PostKind.FIRST)
    world.has_rested(call)
    world.leave(ASKER)
    world.slack.change_person(ASKER, is_restricted=True)
    world.reply(first, KNOWS_RATES)
    assert world.post_of(call, PostKind.REPLY).code == "no_member"
    assert WORDS not in str(world.slack.told_directly(ASKER))


def opened(world: World) -> None:
    policy = ChannelPolicy(
        TEAM,
        CHANNEL,
        opened_for="Fir partners",
        opened_until=datetime.now(UTC).date() + timedelta(days=30),
        opened_teams=(AWAY,),
        set_by=STEWARD,
        set_at=datetime.now(UTC),
    )
    entry = AuditEntry(datetime.now(UTC), Actor(STEWARD, "Slack"), "set", CHANNEL, "done")
    assert Policies(world.engine).set(policy, entry, None)


@pytest.mark.parametrize("is_opened", [True, False])
def test_an_outsider_is_heard_while_the_channel_is_open_to_them_and_not_after(
    started: World, *, is_opened: bool
) -> None:
    world = started
    opened(world)
    world.slack.change_channel(
        CHANNEL, is_ext_shared=True, is_shared=True, connected_team_ids=[TEAM, AWAY]
    )
    world.slack.join(OUTSIDER, CHANNEL)
    call = world.ask(question=UNKNOWN)
    wider = world.post_of(call, PostKind.WIDER)
    assert wider.channel == CHANNEL
    if not is_opened:
        Policies(world.engine).forget(TEAM, CHANNEL)
    world.reply(wider, OUTSIDER)
    world.slack.wait_until(lambda: bool(world.calls.replies.of_call(call.id)))
    world.has_rested(call)
    (reply,) = world.calls.replies.of_call(call.id)
    if is_opened:
        assert WORDS in said_in(world.message_of(world.post_of(call, PostKind.REPLY))["blocks"])
        world.submit(OUTSIDER, world.consent(call, OUTSIDER), organisation="Fir Trust")
        assert kept(world.engine)[0].by.organisation == "Fir Trust"
    else:
        assert reply.state is ReplyState.REFUSED
        assert world.calls.posts.of_call(call.id, PostKind.CONSENT) == []
        assert world.calls.posts.of_call(call.id, PostKind.REPLY) == []


def test_a_reply_is_written_down_before_slack_is_told_that_it_arrived(
    world: World, start_bot: Callable[[], SlackBot]
) -> None:
    world.make(CHANNEL)
    bot = start_bot()
    call = world.ask()
    first = world.post_of(call, PostKind.FIRST)
    posted = world.reply(first, KNOWS_RATES)
    world.slack.wait_for_acknowledgement(posted.envelope)
    assert [reply.ts for reply in world.calls.replies.of_call(call.id)] == [posted.ts]
    again = world.slack.deliver_again(posted)
    world.slack.wait_for_acknowledgement(again)
    bot.stop()
    assert len(world.calls.replies.of_call(call.id)) == 1


def test_a_reply_to_a_question_whose_place_is_not_noted_yet_is_a_reply(
    started: World, guidance: Guidance
) -> None:
    world, slack = started, started.slack
    preview = world.preview()
    slack.fail_next("chat.postMessage", Fault("lost_reply"))
    world.submit(ASKER, preview)
    slack.wait_until(lambda: bool(slack.told_directly(KNOWS_RATES)))
    asked = slack.told_directly(KNOWS_RATES)[0]
    slack.fail_next("conversations.replies", Fault("server_error"))
    posted = slack.direct_message(KNOWS_RATES, WORDS, thread_ts=asked["ts"])
    slack.wait_until(lambda: not slack.faults_left("conversations.replies"))
    slack.wait_for_acknowledgement(slack.deliver_again(posted))
    call = world.calls.open_of(TEAM, ASKER)[0]
    assert [reply.ts for reply in world.calls.replies.of_call(call.id)] == [posted.ts]
    passed = world.post_of(call, PostKind.REPLY, minutes=1)
    assert WORDS in said_in(world.message_of(passed)["blocks"])
    assert world.post_of(call, PostKind.FIRST, minutes=1).ts == asked["ts"]
    assert len([m for m in slack.told_directly(KNOWS_RATES) if m["ts"] == asked["ts"]]) == 1
    at_rest(slack, world.engine)
    assert WORDS not in [asked[0] for asked in guidance.asked]
    assert not holds(world.engine, WORDS)


def test_a_reply_that_arrives_while_the_place_of_its_question_is_being_noted_is_a_reply(
    started: World, guidance: Guidance, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, slack = started, started.slack
    preview, looked_up = world.preview(), CallPosts.under_way
    slack.fail_next("chat.postMessage", Fault("lost_reply"))
    world.submit(ASKER, preview)
    slack.wait_until(lambda: bool(slack.told_directly(KNOWS_RATES)))
    (call,) = world.calls.open_of(TEAM, ASKER)

    def noted_first(posts: CallPosts, recipient: str) -> Sequence[CallPost]:
        world.clock.let_pass(1)
        slack.wait_until(lambda: any(each.ts for each in posts.of_call(call.id, PostKind.FIRST)))
        return looked_up(posts, recipient)

    monkeypatch.setattr(CallPosts, "under_way", noted_first)
    thread = slack.told_directly(KNOWS_RATES)[0]["ts"]
    posted = slack.direct_message(KNOWS_RATES, WORDS, thread_ts=thread)
    slack.wait_for_acknowledgement(posted.envelope)
    assert [reply.ts for reply in world.calls.replies.of_call(call.id)] == [posted.ts]
    at_rest(slack, world.engine)
    assert WORDS not in [asked[0] for asked in guidance.asked]


def test_another_thread_is_a_question_while_a_question_to_its_author_is_under_way(
    started: World, guidance: Guidance
) -> None:
    world, slack = started, started.slack
    preview = world.preview()
    slack.fail_next("chat.postMessage", Fault("dropped"))
    world.submit(ASKER, preview)
    slack.wait_until(lambda: not slack.faults_left("chat.postMessage"))
    thread = slack.direct_message(KNOWS_RATES, "what is a cycle?")
    slack.wait_for_answer(thread)
    slack.direct_message(KNOWS_RATES, "what is an outcome?", thread_ts=thread.ts)
    slack.wait_until(lambda: "what is an outcome?" in [asked[0] for asked in guidance.asked])


def with_a_file(world: World, post: CallPost, user: str) -> Posted:
    """Let somebody reply with a file and no words."""
    file, channel = world.slack.add_file("rates.pdf", b"Rates"), str(post.channel)
    more: dict[str, Any] = {"thread_ts": post.ts, "subtype": "file_share", "files": [file]}
    if channel.startswith("D"):
        posted = world.slack.direct_message(user, "", **more)
    else:
        posted = world.slack.post(user, channel, "", **more)
    world.slack.wait_for_acknowledgement(posted.envelope)
    return posted


def test_a_reply_with_a_file_alone_is_told_of_and_its_author_asked_for_words(
    started: World,
) -> None:
    world = started
    call = world.ask()
    first = world.post_of(call, PostKind.FIRST)
    with_a_file(world, first, KNOWS_RATES)
    told = said_in(world.message_of(world.post_of(call, PostKind.FILE, KNOWS_RATES))["blocks"])
    assert told == say(THANKS_FILE)
    passed = said_in(world.message_of(world.post_of(call, PostKind.REPLY))["blocks"])
    assert f"{KNOWS_RATES} replied to your question to Peers with a file and no words" in passed
    assert f"ask {KNOWS_RATES} for it" in passed
    world.slack.wait_for_acknowledgement(world.reply(first, KNOWS_RATES).envelope)
    consent = said_in(world.message_of(world.post_of(call, PostKind.CONSENT))["blocks"])
    assert say(THANKS) in consent
    world.submit(KNOWS_RATES, world.consent(call, KNOWS_RATES))
    assert [each.answer for each in kept(world.engine)] == [WORDS]


def test_a_file_in_a_channel_is_a_link_away(started: World) -> None:
    world = started
    call = world.ask(question=UNKNOWN)
    posted = with_a_file(world, world.post_of(call, PostKind.WIDER), KNOWS_MARKETS)
    passed = world.message_of(world.post_of(call, PostKind.REPLY))
    assert say(OPEN_THREAD) in said_in(passed["blocks"])
    assert posted.ts.replace(".", "") in str(passed["blocks"])


def test_a_reply_that_could_not_be_passed_on_gets_no_false_thanks_and_the_call_goes_on(
    started: World,
) -> None:
    world = started
    call = world.ask()
    first = world.post_of(call, PostKind.FIRST)
    world.has_rested(call)
    world.slack.fail_next("conversations.open", Fault("error", error="cannot_dm_bot"))
    world.slack.fail_next("chat.postEphemeral", Fault("error", error="user_not_in_channel"))
    world.slack.wait_for_acknowledgement(world.reply(first, KNOWS_RATES).envelope)
    consent = said_in(world.message_of(world.post_of(call, PostKind.CONSENT))["blocks"])
    assert world.post_of(call, PostKind.REPLY).code
    assert say(THANKS_UNREAD) in consent
    assert say(THANKS) not in consent
    world.clock.let_pass(49)
    assert world.post_of(call, PostKind.WIDER).ts


def test_thanks_wait_until_the_reply_has_been_passed_on(started: World) -> None:
    world = started
    call = world.ask()
    first = world.post_of(call, PostKind.FIRST)
    world.has_rested(call)
    world.slack.fail_next("chat.postMessage", Fault("dropped"))
    world.slack.wait_for_acknowledgement(world.reply(first, KNOWS_RATES).envelope)
    world.slack.wait_until(lambda: not world.slack.faults_left("chat.postMessage"))
    consent = world.post_of(call, PostKind.CONSENT, minutes=1)
    assert float(str(world.post_of(call, PostKind.REPLY).ts)) < float(str(consent.ts))
    assert say(THANKS) in said_in(world.message_of(consent)["blocks"])


def test_a_reply_that_is_edited_is_edited_where_it_was_passed_on(started: World) -> None:
    world = started
    call, _ = replied(world, words="It was Mrs Archer who paid.")
    passed = world.post_of(call, PostKind.REPLY)
    reply = world.calls.replies.of_call(call.id)[0]
    for words in ("The council paid.", "The council paid, twice."):
        world.slack.wait_for_acknowledgement(world.slack.edit(reply.channel, reply.ts, words))
        world.slack.wait_until(
            lambda words=words: words in said_in(world.message_of(passed)["blocks"])  # type: ignore[misc]
        )
        assert "Archer" not in str(world.message_of(passed))
    assert "This helped" in str(world.message_of(passed)["blocks"])


def test_a_tick_for_some_personal_data_is_none_for_other(started: World) -> None:
    world = started
    call, _ = replied(world)
    pointed = world.submit(
        KNOWS_RATES, world.consent(call, KNOWS_RATES), words="Write to jane@example.com."
    )
    other = world.submit(
        KNOWS_RATES, pointed, personal=["yes"], words="Ask Mrs Jane Archer, NHS 943 476 5919."
    )
    assert "Mrs Jane Archer" in said_in(other["blocks"])
    assert kept(world.engine) == []
    names = [tick["element"]["action_id"] for tick in map(ticks, (pointed, other))]
    assert len(set(names)) == 2
    organisation = world.submit(
        KNOWS_RATES, other, words="Open books.", organisation="Mrs Jane Archer"
    )
    assert "Mrs Jane Archer" in said_in(organisation["blocks"])
    assert kept(world.engine) == []
    world.submit(KNOWS_RATES, organisation, personal=["yes"])
    assert [each.by.organisation for each in kept(world.engine)] == ["Mrs Jane Archer"]


def ticks(modal: dict[str, Any]) -> dict[str, Any]:
    return next(block for block in modal["blocks"] if block.get("block_id") == "personal")


def test_what_was_written_to_be_kept_is_there_still_when_slack_is_away(started: World) -> None:
    world = started
    call, _ = replied(world)
    modal = world.consent(call, KNOWS_RATES)
    with world.slack.failing("conversations.replies", Fault("server_error")):
        again = world.submit(KNOWS_RATES, modal, words="Open books, each year.")
    assert "Open books, each year." in str(again["blocks"])
    assert kept(world.engine) == []
