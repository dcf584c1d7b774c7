"""The contract of calls to networks, on every database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from assistant.domain.releases import Actor, AuditEntry
from assistant.store.audit import AuditLog
from assistant.store.database import Engine, serialised
from assistant.store.networks.call_table import WORDS_WITHDRAWN
from assistant.store.networks.call_withdrawing import withdraw_calls_of, withdraw_quoting_calls
from assistant.store.networks.calls import (
    Call,
    CallPost,
    CallReply,
    Calls,
    Move,
    PostKind,
    ReplyState,
    Stage,
)
from assistant.store.quoting import Quotes

NOW = datetime(2027, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
HOUR = timedelta(hours=1)
ENTRY = AuditEntry(NOW, Actor("U1", "Slack"), "ask a network", "network-elm", "asked")
ASKED = Call(
    id=0,
    team="T1",
    network="elm",
    asker="U1",
    question="Who knows about \N{LATIN SMALL LETTER E WITH ACUTE}t\0?",
    name="Ann",
    organisation="Elm Council",
    asked_in="C1",
    form="V1",
    asked_at=NOW,
    wait_hours=48,
)
FIRST = Move(Stage.FIRST, ((PostKind.FIRST, "U2"), (PostKind.FIRST, "U3")), 48)
WIDER = Move(Stage.WIDER, ((PostKind.WIDER, "C5"),), 24)


@pytest.fixture
def calls(engine: Engine) -> Calls:
    return Calls(engine)


def moved(calls: Calls, move: Move = FIRST, at: datetime = NOW) -> Call:
    """Put a question and let it go on once."""
    calls.ask(ASKED, ENTRY)
    taken = calls.take(at)
    assert taken is not None
    assert calls.move(taken, move, ENTRY, at)
    return taken


def posted(calls: Calls, at: datetime = NOW) -> list[CallPost]:
    """Post whatever is due, each to a channel of its own, and return where it stands."""
    done = []
    while (post := calls.posts.take(at)) is not None:
        assert calls.posts.posted(post, f"D{post.recipient}", f"{post.id}.000100", at)
        done.append(post)
    return done


def heard(calls: Calls, user: str = "U2", ts: str = "9.000100", thread: str = "1.000100") -> bool:
    return calls.replies.hear(CallReply(0, 0, "DU2", thread, ts, user, NOW))


def taken(calls: Calls, user: str = "U2", ts: str = "9.000100") -> CallReply:
    """Hear a reply and take it as a member's."""
    assert heard(calls, user, ts)
    reply = calls.replies.heard(NOW)
    assert reply is not None
    assert calls.replies.take(reply, ENTRY, NOW)
    return reply


def test_a_call_is_kept_as_it_was_asked_once_a_form(calls: Calls, engine: Engine) -> None:
    kept = calls.ask(ASKED, ENTRY)
    assert kept.question == "Who knows about \xe9t\N{REPLACEMENT CHARACTER}?"
    assert (kept.stage, kept.due_at, kept.closed_at) == (Stage.NEW, NOW, None)
    assert calls.ask(ASKED, ENTRY) == kept
    assert calls.find(kept.id) == kept
    assert calls.find(kept.id + 1) is None
    assert calls.open_of("T1", "U1") == [kept]
    assert calls.open_of("T1", "U2") == []
    assert [e.target for e in AuditLog(engine).recent()] == [f"network-elm, call {kept.id}"]


def test_a_call_is_taken_by_one_and_by_another_when_that_one_ended(calls: Calls) -> None:
    calls.ask(ASKED, ENTRY)
    assert calls.take(NOW - HOUR) is None
    first = calls.take(NOW)
    assert first is not None
    assert calls.take(NOW) is None
    second = calls.take(LATER)
    assert second is not None
    assert second.attempts == 2
    assert not calls.move(first, FIRST, ENTRY, LATER)
    assert calls.move(second, FIRST, ENTRY, LATER)
    assert not calls.move(second, FIRST, ENTRY, LATER)
    assert len(calls.posts.of_call(second.id)) == 2


def test_a_call_that_was_put_off_comes_again_then(calls: Calls) -> None:
    calls.ask(ASKED, ENTRY)
    call = calls.take(NOW)
    assert call is not None
    calls.put_off(call, LATER)
    assert calls.take(NOW) is None
    assert calls.take(LATER) is not None


def test_the_waiting_begins_when_the_last_message_is_there(calls: Calls) -> None:
    call = moved(calls)
    one = calls.posts.take(NOW)
    assert one is not None
    calls.posts.posted(one, "DU2", "1.000100", NOW)
    assert calls.take(NOW + 100 * HOUR) is None
    other = calls.posts.take(NOW + HOUR)
    assert other is not None
    calls.posts.given_up(other, "cannot_dm_bot", NOW + HOUR)
    assert calls.take(NOW + 48 * HOUR) is None
    again = calls.take(NOW + 49 * HOUR)
    assert again is not None
    assert (again.id, again.stage) == (call.id, Stage.FIRST)


def test_a_stage_that_reached_nobody_is_over_at_once(calls: Calls) -> None:
    moved(calls)
    while (post := calls.posts.take(NOW)) is not None:
        calls.posts.given_up(post, "gone", NOW)
    assert calls.take(NOW) is not None


def test_what_came_back_goes_on_no_more(calls: Calls) -> None:
    back = Move(Stage.BACK, ((PostKind.BACK, "U1"),), 48)
    moved(calls, back)
    posted(calls)
    assert calls.take(NOW + 1000 * HOUR) is None


def test_a_message_is_taken_by_one_and_ended_by_whose_turn_it_is(calls: Calls) -> None:
    moved(calls, WIDER)
    first = calls.posts.take(NOW)
    assert first is not None
    assert calls.posts.take(NOW) is None
    second = calls.posts.take(LATER)
    assert second is not None
    assert (second.id, second.attempts) == (first.id, 2)
    assert not calls.posts.posted(first, "C5", "1.000100", LATER)
    calls.posts.put_off(first, LATER + HOUR)
    assert calls.posts.posted(second, "C5", "2.000100", LATER)
    assert calls.posts.take(LATER + HOUR) is None
    at = calls.posts.at("C5", "2.000100")
    assert at is not None
    assert at.id == first.id
    assert calls.posts.at("C5", "1.000100") is None


@pytest.mark.parametrize(
    "take", [lambda calls: calls.take(NOW), lambda calls: calls.posts.take(NOW)]
)
def test_of_many_at_once_one_takes_it(calls: Calls, take: Callable[[Calls], object]) -> None:
    moved(calls, WIDER)
    calls.ask(replace(ASKED, form="V2"), ENTRY)
    found: list[object] = []
    threads = [Thread(target=lambda: found.append(take(calls))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each is not None for each in found) == 1


def test_a_reply_is_heard_once_where_a_call_was_put_and_not_of_its_asker(calls: Calls) -> None:
    call = moved(calls)
    posted(calls)
    assert heard(calls)
    assert heard(calls)
    assert heard(calls, user="U1", ts="10.000100")
    assert not heard(calls, thread="77.000100")
    (reply,) = calls.replies.of_call(call.id)
    assert (reply.user, reply.ts, reply.state) == ("U2", "9.000100", ReplyState.HEARD)


def test_a_reply_keeps_a_call_from_going_on_until_it_is_known_to_be_a_strangers(
    calls: Calls,
) -> None:
    moved(calls)
    posted(calls)
    late = NOW + 100 * HOUR
    call = calls.take(late)
    assert call is not None
    heard(calls)
    assert not calls.move(call, WIDER, ENTRY, late)
    assert calls.take(late + HOUR) is None
    reply = calls.replies.heard(NOW)
    assert reply is not None
    calls.replies.put_off(reply, LATER)
    assert calls.replies.heard(NOW) is None
    assert calls.replies.refuse(reply, ENTRY)
    assert not calls.replies.take(reply, ENTRY, NOW)
    assert calls.take(late + HOUR) is not None


def test_a_members_reply_is_passed_on_and_consent_asked_for_once_a_person(calls: Calls) -> None:
    call = moved(calls)
    posted(calls)
    taken(calls)
    taken(calls, ts="10.000100")
    taken(calls, "U3", "11.000100")
    kinds = [(p.kind, p.recipient) for p in calls.posts.of_call(call.id)[2:]]
    assert kinds.count((PostKind.REPLY, "U1")) == 3
    assert kinds.count((PostKind.CONSENT, "U2")) == 1
    assert kinds.count((PostKind.CONSENT, "U3")) == 1
    assert [reply.ts for reply in calls.replies.of_person(call.id, "U2")] == [
        "9.000100",
        "10.000100",
    ]


def test_what_is_kept_is_noted_unless_the_reply_was_deleted_meanwhile(calls: Calls) -> None:
    call = moved(calls)
    posted(calls)
    reply, other = taken(calls), taken(calls, "U3", "10.000100")
    assert calls.replies.captured([reply], 5)
    calls.replies.deleted("DU2", other.ts, NOW)
    assert not calls.replies.captured([other], 6)
    assert calls.to_tell_of(5, NOW)
    assert calls.to_tell_of(5, NOW)
    assert not calls.to_tell_of(7, NOW)
    assert len(calls.posts.of_call(call.id, PostKind.VERIFIED)) == 1


def test_a_deleted_reply_takes_back_what_was_passed_on_once(calls: Calls) -> None:
    call = moved(calls)
    posted(calls)
    reply = taken(calls)
    gone = calls.replies.deleted("DU2", reply.ts, NOW)
    assert gone is not None
    assert gone.state is ReplyState.TAKEN
    again = calls.replies.deleted("DU2", reply.ts, NOW)
    assert again is not None
    assert again.state is ReplyState.DELETED
    assert calls.replies.deleted("DU2", "99.000100", NOW) is None
    (unsaid,) = calls.posts.of_call(call.id, PostKind.UNSAID)
    assert (unsaid.recipient, unsaid.reply_id) == ("U1", reply.id)
    assert calls.replies.of_person(call.id, "U2") == []


def test_who_asked_says_what_helped_and_that_it_is_enough(calls: Calls, engine: Engine) -> None:
    call = moved(calls)
    posted(calls)
    reply = taken(calls)
    assert not calls.replies.helped(reply.id, "U2", ENTRY, NOW)
    assert calls.replies.helped(reply.id, "U1", ENTRY, NOW)
    assert not calls.replies.helped(reply.id, "U1", ENTRY, NOW)
    assert calls.posts.of_reply(reply.id, PostKind.HELPED) is not None
    assert not calls.close(call.id, "U2", ENTRY, NOW)
    assert calls.close(call.id, "U1", ENTRY, NOW)
    assert not calls.close(call.id, "U1", ENTRY, NOW)
    taken(calls, "U3", "10.000100")
    assert len(calls.posts.of_call(call.id, PostKind.REPLY)) == 1
    assert AuditLog(engine).verify() == ()


def test_only_who_wrote_a_reply_declines(calls: Calls) -> None:
    moved(calls)
    posted(calls)
    reply = taken(calls)
    assert not calls.replies.decline(reply.id, "U3", ENTRY)
    assert calls.replies.decline(reply.id, "U2", ENTRY)
    assert not calls.replies.decline(reply.id, "U2", ENTRY)


def test_a_question_that_quotes_a_deleted_document_goes_nowhere_any_more(
    calls: Calls, engine: Engine
) -> None:
    sentence = "The secret budget of Elm House is two million pounds."
    quoting = calls.ask(replace(ASKED, question=f"Is it? {sentence}"), ENTRY)
    other = calls.ask(replace(ASKED, form="V2"), ENTRY)
    with serialised(engine) as session:
        assert len(withdraw_quoting_calls(session, Quotes([sentence]), NOW)) == 1
    gone, kept = calls.find(quoting.id), calls.find(other.id)
    assert gone is not None
    assert kept is not None
    assert (gone.question, gone.closed_at) == (WORDS_WITHDRAWN, NOW)
    assert (kept.question, kept.closed_at) == (other.question, None)


def test_a_question_that_was_deleted_takes_its_words_out_of_the_network(
    calls: Calls, engine: Engine
) -> None:
    kept = calls.ask(replace(ASKED, inbox_id=7), ENTRY)
    other = calls.ask(replace(ASKED, inbox_id=8, form="V2"), ENTRY)
    taken = calls.take(NOW)
    assert taken is not None
    assert calls.move(taken, FIRST, ENTRY, NOW)
    with serialised(engine) as session:
        assert len(withdraw_calls_of(session, 7, NOW)) == 1
    with serialised(engine) as session:
        assert withdraw_calls_of(session, 7, NOW) == []
    gone = calls.find(kept.id)
    assert gone is not None
    assert gone.has_no_words
    assert (gone.name, gone.organisation, gone.closed_at) == (None, "", NOW)
    assert calls.find(other.id) == other
    ended = {post.recipient for post in calls.posts.of_call(kept.id, PostKind.ENDED)}
    assert ended == {"U2", "U3"}


def test_only_who_asked_takes_a_question_back_and_once(calls: Calls) -> None:
    call = moved(calls)
    assert not calls.take_back(call.id, "U2", ENTRY, NOW)
    assert calls.take_back(call.id, "U1", ENTRY, NOW)
    assert not calls.take_back(call.id, "U1", ENTRY, NOW)


def test_what_a_message_shows_is_shown_again_after_each_change(calls: Calls) -> None:
    call = moved(calls)
    posted(calls)
    assert calls.close(call.id, "U1", ENTRY, NOW)
    assert {post.kind for post in posted(calls)} == {PostKind.ENDED}
    assert calls.take_back(call.id, "U1", ENTRY, NOW)
    assert len(posted(calls)) == 2
    assert posted(calls) == []


def test_a_reply_that_could_not_be_passed_on_lets_its_call_go_on(calls: Calls) -> None:
    moved(calls)
    posted(calls)
    reply = taken(calls)
    assert calls.take(NOW + 49 * HOUR) is None
    post = calls.posts.take(NOW)
    assert post is not None
    assert (post.kind, post.reply_id) == (PostKind.REPLY, reply.id)
    assert calls.posts.given_up(post, "no_member", NOW)
    assert calls.take(NOW + 49 * HOUR) is not None
