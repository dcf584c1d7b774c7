"""A question goes to the people of a network who know, then wider, then back; each stage once."""

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import pytest
from sqlalchemy import text

from assistant.domain.errors import EncoderError
from assistant.domain.networks import Topic
from assistant.domain.releases import AuditEntry
from assistant.language import say
from assistant.slack.app import SlackBot
from assistant.slack.networks.calling import NOBODY, NOT_FOUND, NOT_HERE, NOT_THIS, SENT
from assistant.slack.networks.calling_blocks import (
    BACK_NOT_YOURS,
    GONE,
    HAS_IT,
    YOU_TOOK_IT_BACK,
)
from assistant.slack.networks.calling_form import CALL_VIEW, EMPTY, PERSONAL_MISSING
from assistant.slack.networks.capturing import TAKEN_BACK
from assistant.store.audit import AuditLog
from assistant.store.database import transaction
from assistant.store.networks.calls import CallPost, PostKind, ReplyState, Stage
from tests.fakes.fake_slack import TEAM, Fault
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.slack.facts import FaultKind
from tests.scenarios.calling import (
    ASKER,
    CHANNEL,
    ENTRY,
    KNOWS_MARKETS,
    KNOWS_RATES,
    QUESTION,
    STEWARD,
    STRANGER,
    UNKNOWN,
    World,
    clock,
    everybody_else,
    said_in,
    started,
    world,
)

__all__ = ["clock", "started", "world"]

pytestmark = pytest.mark.sockets


def test_a_question_goes_to_those_who_know_about_it_and_to_nobody_else(started: World) -> None:
    world, slack = started, started.slack
    call = world.ask(organisation="Elm Council")
    post = world.post_of(call, PostKind.FIRST)
    world.has_rested(call)
    assert post.recipient == KNOWS_RATES
    words = said_in(world.message_of(post)["blocks"])
    assert QUESTION in words
    assert f"{ASKER}, Elm Council, asks Peers" in words
    assert "Homecare rates" in words
    assert everybody_else(slack, ASKER, KNOWS_RATES) == []
    told = world.message_of(world.post_of(call, PostKind.ASKED))
    assert "1 person of Peers" in said_in(told["blocks"])


def test_the_preview_says_what_is_seen_and_by_whom_before_anything_is_sent(
    started: World,
) -> None:
    shown = said_in(started.preview()["blocks"])
    assert f"{ASKER} asks Peers:" in shown
    assert "the one person who knows about Homecare rates" in shown
    assert "If nobody replies within 48 hours" in shown
    assert started.calls.open_of(TEAM, ASKER) == []
    assert everybody_else(started.slack, ASKER) == []


def test_what_was_changed_after_the_preview_is_previewed_again(started: World) -> None:
    changed = started.submit(ASKER, started.preview(), question="Who shapes the market?")
    assert changed["callback_id"] == CALL_VIEW
    assert "Market shaping" in said_in(changed["blocks"])
    assert started.calls.open_of(TEAM, ASKER) == []


def test_a_form_that_is_sent_twice_asks_once(started: World) -> None:
    preview = started.preview()
    for _ in range(2):
        started.slack.wait_for_acknowledgement(started.slack.submit(ASKER, preview))
    started.slack.wait_until(
        lambda: [say(SENT) in said_in(each) for each in started.slack.modals].count(True) == 2
    )
    call = started.calls.open_of(TEAM, ASKER)[0]
    started.has_rested(call)
    assert len(started.calls.open_of(TEAM, ASKER)) == 1
    assert len(started.slack.told_directly(KNOWS_RATES)) == 1


def test_when_nobody_replies_it_goes_to_the_channel_and_then_back(started: World) -> None:
    world = started
    call = world.ask()
    world.has_rested(call)
    world.clock.let_pass(47.9)
    assert world.calls.take(world.clock()) is None
    world.clock.let_pass(0.2)
    wider = world.post_of(call, PostKind.WIDER)
    assert wider.channel == CHANNEL
    assert QUESTION in said_in(world.message_of(wider)["blocks"])
    assert world.calls.posts.of_call(call.id, PostKind.AT_ONCE) == []
    world.has_rested(call)
    world.clock.let_pass(48.1)
    back = world.post_of(call, PostKind.BACK)
    assert back.recipient == ASKER
    assert "Nobody has replied" in said_in(world.message_of(back)["blocks"])
    world.clock.let_pass(1000)
    world.has_rested(call)
    assert len(world.calls.posts.of_call(call.id)) == 4


def test_what_came_back_can_be_asked_again(started: World) -> None:
    world = started
    call = world.ask(question=UNKNOWN)
    world.has_rested(call)
    world.clock.let_pass(49)
    back = world.post_of(call, PostKind.BACK)
    count = len(world.slack.modals)
    world.press(ASKER, "Ask again", back)
    form = world.modal_after(count)
    assert UNKNOWN in str(form["blocks"])
    count = len(world.slack.modals)
    message = world.message_of(back)
    world.slack.press_button(STRANGER, "Ask again", message["blocks"], message, str(back.channel))
    assert say(NOT_FOUND) in said_in(world.modal_after(count)["blocks"])


def test_where_no_topic_fits_everybody_is_asked_at_once_and_the_asker_is_told(
    started: World,
) -> None:
    world = started
    assert "to everybody at once" in said_in(world.preview(question=UNKNOWN)["blocks"])
    call = world.ask(question=UNKNOWN)
    assert world.post_of(call, PostKind.WIDER).channel == CHANNEL
    told = world.message_of(world.post_of(call, PostKind.AT_ONCE))
    assert "went to everybody there at once" in said_in(told["blocks"])
    assert world.calls.posts.of_call(call.id, PostKind.FIRST) == []


def test_where_topics_cannot_be_compared_everybody_is_asked_rather_than_nobody(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> NoReturn:
        raise EncoderError("The encoder cannot be loaded.")

    monkeypatch.setattr(HashingEncoder, "embed", broken)
    call = started.ask()
    assert started.post_of(call, PostKind.WIDER).channel == CHANNEL


def test_who_cannot_be_written_to_is_left_out_and_nobody_left_means_everybody(
    started: World,
) -> None:
    world = started
    world.slack.change_person(KNOWS_RATES, deleted=True)
    world.slack.leave(KNOWS_RATES, CHANNEL)
    call = world.ask()
    assert world.post_of(call, PostKind.WIDER).channel == CHANNEL
    assert world.slack.told_directly(KNOWS_RATES) == []


def test_where_slack_refuses_to_write_to_them_everybody_is_asked_at_once(started: World) -> None:
    world = started
    preview = world.preview()
    world.slack.fail_next(
        "conversations.open", Fault("error", error="cannot_dm_bot"), Fault("error", error="no")
    )
    world.submit(ASKER, preview)
    world.slack.wait_until(lambda: bool(world.calls.open_of(TEAM, ASKER)))
    call = world.calls.open_of(TEAM, ASKER)[0]
    assert world.post_of(call, PostKind.FIRST).code == "cannot_dm_bot"
    assert world.post_of(call, PostKind.WIDER).ts
    told = said_in(world.message_of(world.post_of(call, PostKind.AT_ONCE))["blocks"])
    assert "went to everybody there at once" in told


def test_a_network_without_a_channel_asks_its_other_members_one_by_one(
    world: World, start_bot: Callable[[], SlackBot]
) -> None:
    world.make()
    start_bot()
    call = world.ask()
    world.has_rested(call)
    world.clock.let_pass(49)
    world.has_rested(call)
    world.slack.wait_until(lambda: world.calls.find(call.id).stage is not Stage.FIRST)  # type: ignore[union-attr]
    world.has_rested(call)
    wider = world.calls.posts.of_call(call.id, PostKind.WIDER)
    assert {post.recipient for post in wider} == {KNOWS_MARKETS, STEWARD}
    world.clock.let_pass(49)
    assert world.post_of(call, PostKind.BACK).ts


def test_who_left_the_network_meanwhile_is_not_asked(started: World) -> None:
    world = started
    preview = world.preview(question="Homecare rates and market shaping?")
    assert "2 people" in said_in(preview["blocks"])
    world.leave(KNOWS_MARKETS)
    world.slack.change_person(KNOWS_MARKETS, is_restricted=True)
    world.slack.leave(KNOWS_MARKETS, CHANNEL)
    world.submit(ASKER, preview)
    world.slack.wait_until(lambda: bool(world.calls.open_of(TEAM, ASKER)))
    call = world.calls.open_of(TEAM, ASKER)[0]
    world.post_of(call, PostKind.ASKED)
    assert [p.recipient for p in world.calls.posts.of_call(call.id, PostKind.FIRST)] == [
        KNOWS_RATES
    ]


def test_who_asks_without_a_name_is_told_to_nobody(started: World) -> None:
    world, slack = started, started.slack
    slack.change_person(ASKER, real_name="Ann Asker", profile={"real_name": "Ann Asker"})
    call = world.ask(name="unnamed")
    first = world.post_of(call, PostKind.FIRST)
    world.has_rested(call)
    world.clock.let_pass(49)
    wider = world.post_of(call, PostKind.WIDER)
    world.reply(wider, KNOWS_MARKETS)
    passed = world.post_of(call, PostKind.REPLY)
    world.press(ASKER, "This helped", passed)
    helped = world.post_of(call, PostKind.HELPED)
    world.press(ASKER, "I have what I need", passed)
    world.slack.wait_until(lambda: not world.calls.open_of(TEAM, ASKER))
    for post in (first, wider, helped, world.post_of(call, PostKind.CONSENT)):
        message = str(world.message_of(post))
        assert ASKER not in message
        assert "Ann Asker" not in message
    assert "A member of Peers asks:" in said_in(world.message_of(first)["blocks"])
    entries = [entry for entry in AuditLog(world.engine).recent(50) if "call" in entry.target]
    assert {entry.outcome for entry in entries} >= {"asked", "helped", "closed by who asked"}
    assert not [entry for entry in entries if ASKER in str(entry)]


def test_a_call_that_its_asker_closed_goes_no_further(started: World) -> None:
    world = started
    call = world.ask()
    asked = world.post_of(call, PostKind.ASKED)
    message = world.message_of(asked)
    envelope = world.slack.press_button(
        STRANGER, "I have what I need", message["blocks"], message, str(asked.channel)
    )
    world.slack.wait_for_acknowledgement(envelope)
    assert world.calls.open_of(TEAM, ASKER)
    world.slack.wait_for_acknowledgement(world.press(ASKER, "I have what I need", asked))
    assert not world.calls.open_of(TEAM, ASKER)
    world.clock.let_pass(1000)
    assert world.calls.take(world.clock()) is None
    assert world.calls.posts.of_call(call.id, PostKind.WIDER) == []


def test_who_is_in_no_network_is_told_so_and_of_no_network(started: World) -> None:
    started.slack.join(STRANGER, "C1")
    shown = said_in(started.form(STRANGER)["blocks"])
    assert say(NOT_HERE) in shown
    assert "Peers" not in shown


def test_rights_count_when_the_form_is_sent_not_when_it_was_opened(started: World) -> None:
    preview = started.preview()
    started.leave(ASKER)
    started.slack.leave(ASKER, CHANNEL)
    network = started.networks.find(TEAM, "peers")
    assert network is not None
    assert started.networks.change(replace(network, channels=()), ENTRY, network.changed_at)
    again = started.submit(ASKER, preview)
    assert say(NOT_THIS) in said_in(again["blocks"])
    assert QUESTION in str(again["blocks"])
    assert started.calls.open_of(TEAM, ASKER) == []


def test_a_forged_form_names_no_network_that_one_is_not_in(started: World) -> None:
    started.make(name="secret", stewards=(STEWARD,))
    for user in (ASKER, KNOWS_RATES, KNOWS_MARKETS):
        started.leave(user, "secret")
    form = started.form()
    assert "Secret" not in str(form)
    forged = {**form, "blocks": [_as(each, "secret") for each in form["blocks"]]}
    for each in (forged, _with(form, "nothing")):
        assert say(NOT_THIS) in said_in(started.submit(ASKER, each)["blocks"])
    assert started.calls.open_of(TEAM, ASKER) == []


def _as(block: dict[str, object], network: str) -> dict[str, object]:
    if block.get("block_id") != "network":
        return block
    option = {"text": {"type": "plain_text", "text": network}, "value": network}
    select = {"type": "static_select", "action_id": "network"}
    element = {**select, "options": [option], "initial_option": option}
    return {**block, "element": element}


def _with(form: dict[str, object], network: str) -> dict[str, object]:
    return {**form, "blocks": [_as(each, network) for each in form["blocks"]]}  # type: ignore[attr-defined]


def test_personal_data_is_pointed_out_and_goes_only_with_a_tick(started: World) -> None:
    words = "Mrs Jane Archer of 12 High Street needs homecare rates, who pays?"
    preview = started.preview(question=words)
    assert "Mrs Jane Archer" in said_in(preview["blocks"])
    envelope = started.slack.submit(ASKER, preview)
    started.slack.wait_for_acknowledgement(envelope)
    assert started.slack.replied[envelope]["errors"] == {"question": say(PERSONAL_MISSING)}
    assert started.calls.open_of(TEAM, ASKER) == []
    assert say(SENT) in said_in(started.submit(ASKER, preview, personal=["yes"])["blocks"])


def test_a_question_without_words_is_not_taken(started: World) -> None:
    envelope = started.slack.submit(ASKER, started.form(), question="  \n ")
    started.slack.wait_for_acknowledgement(envelope)
    assert started.slack.replied[envelope]["errors"] == {"question": say(EMPTY)}


def test_a_network_with_nobody_else_says_so(
    world: World, start_bot: Callable[[], SlackBot]
) -> None:
    world.make(stewards=(ASKER,))
    for user in (KNOWS_RATES, KNOWS_MARKETS):
        world.leave(user)
    start_bot()
    shown = said_in(world.submit(ASKER, world.form())["blocks"])
    assert say(NOBODY) in shown


def test_a_call_to_a_network_that_closed_comes_back_with_a_plain_word(started: World) -> None:
    world = started
    call = world.ask()
    world.has_rested(call)
    network = world.networks.find(TEAM, "peers")
    assert network is not None
    assert world.networks.close(network, ENTRY)
    world.clock.let_pass(49)
    back = world.message_of(world.post_of(call, PostKind.BACK))
    assert say(BACK_NOT_YOURS) in said_in(back["blocks"])
    assert "Peers" not in said_in(back["blocks"])


@pytest.mark.parametrize("kind", ["rate_limited", "lost_reply", "dropped", "server_error"])
def test_what_slack_does_not_take_at_once_is_posted_later_and_once(
    started: World, kind: str
) -> None:
    world = started
    preview = world.preview()
    world.slack.fail_next("chat.postMessage", Fault(kind))  # type: ignore[arg-type]
    world.submit(ASKER, preview)
    world.slack.wait_until(lambda: not world.slack.faults_left("chat.postMessage"))
    call = world.calls.open_of(TEAM, ASKER)[0]
    assert world.post_of(call, PostKind.FIRST, minutes=1).ts
    assert len(world.slack.told_directly(KNOWS_RATES)) == 1


def test_a_call_that_was_committed_is_posted_by_whoever_comes_next(
    world: World, start_bot: Callable[[], SlackBot]
) -> None:
    world.make(CHANNEL)
    bot = start_bot()
    preview = world.preview()
    world.slack.fail_next("chat.postMessage", Fault("dropped"))
    world.submit(ASKER, preview)
    world.slack.wait_until(lambda: not world.slack.faults_left("chat.postMessage"))
    bot.stop()
    assert world.slack.told_directly(KNOWS_RATES) == []
    # Whoever had one in hand when it ended had it for longer than this.
    world.clock.let_pass(1)
    start_bot()
    call = world.calls.open_of(TEAM, ASKER)[0]
    assert world.post_of(call, PostKind.FIRST, minutes=1).ts
    assert len(world.slack.told_directly(KNOWS_RATES)) == 1


def test_two_bots_do_each_stage_once(world: World, start_bot: Callable[[], SlackBot]) -> None:
    world.make(CHANNEL)
    start_bot()
    start_bot()
    call = world.ask()
    world.has_rested(call)
    world.clock.let_pass(49)
    world.post_of(call, PostKind.WIDER)
    world.has_rested(call)
    assert len(world.slack.told_directly(KNOWS_RATES)) == 1
    assert len([m for m in world.slack.everything_posted() if m["user"] and _is_call(m)]) == 2


def _is_call(message: dict[str, object]) -> bool:
    payload = (message.get("metadata") or {}).get("event_payload") or {}  # type: ignore[attr-defined]
    return payload.get("kind") in ("first", "wider")


def shows(world: World, post: CallPost, words: str) -> None:
    """Wait until a message of a call holds some words."""
    world.slack.wait_until(lambda: words in said_in(world.message_of(post)["blocks"]), 20)


def test_a_question_that_is_over_says_so_where_it_stands_and_to_who_asked(
    started: World,
) -> None:
    world = started
    call = world.ask()
    first, asked = world.post_of(call, PostKind.FIRST), world.post_of(call, PostKind.ASKED)
    world.slack.wait_for_acknowledgement(world.reply(first, KNOWS_RATES).envelope)
    passed = world.post_of(call, PostKind.REPLY)
    world.press(ASKER, "I have what I need", asked)
    shows(world, first, say(HAS_IT))
    assert QUESTION in said_in(world.message_of(first)["blocks"])
    shows(world, asked, "goes to nobody else")
    world.slack.wait_until(lambda: "I have what I need" not in str(world.message_of(passed)))
    assert "I have what I need" not in str(world.message_of(asked)["blocks"])
    assert "This helped" in str(world.message_of(passed)["blocks"])


def test_who_asked_takes_the_question_back_and_its_words_are_gone(started: World) -> None:
    world, slack = started, started.slack
    call = world.ask(question=UNKNOWN, organisation="Elm Council")
    wider, told = world.post_of(call, PostKind.WIDER), world.post_of(call, PostKind.AT_ONCE)
    world.slack.wait_for_acknowledgement(world.reply(wider, KNOWS_MARKETS).envelope)
    consent = world.post_of(call, PostKind.CONSENT)
    passed = world.post_of(call, PostKind.REPLY)
    message = world.message_of(told)
    forged = slack.press_button(
        STRANGER, "Take my question back", message["blocks"], message, str(told.channel)
    )
    slack.wait_for_acknowledgement(forged)
    assert not world.calls.find(call.id).has_no_words  # type: ignore[union-attr]
    world.press(ASKER, "Take my question back", told)
    shows(world, wider, say(GONE))
    shows(world, told, say(YOU_TOOK_IT_BACK))
    slack.wait_until(lambda: UNKNOWN not in str(world.message_of(passed)))
    assert UNKNOWN not in str(world.message_of(wider))
    assert not any(UNKNOWN in str(row) for row in (world.calls.find(call.id), call_rows(world)))
    count = len(slack.modals)
    world.press(KNOWS_MARKETS, "Yes, show me the words", consent)
    assert say(TAKEN_BACK) in said_in(world.modal_after(count)["blocks"])
    late = world.reply(wider, KNOWS_RATES, "Too late?")
    slack.wait_for_acknowledgement(late.envelope)
    world.has_rested(call)
    assert {r.user: r.state for r in world.calls.replies.of_call(call.id)} == {
        KNOWS_MARKETS: ReplyState.TAKEN,
        KNOWS_RATES: ReplyState.REFUSED,
    }


def call_rows(world: World) -> list[str]:
    with transaction(world.engine) as session:
        return [str(row) for row in session.execute(text("SELECT * FROM calls"))]


def test_a_question_that_is_deleted_in_slack_goes_no_further_in_the_network(
    started: World,
) -> None:
    world, slack = started, started.slack
    asked = slack.mention(ASKER, "C1", QUESTION)
    answer = slack.wait_for_answer(asked)
    count = len(slack.modals)
    slack.press_button(ASKER, "Ask a network", answer["blocks"], answer, "C1")
    world.submit(ASKER, world.submit(ASKER, world.modal_after(count)))
    slack.wait_until(lambda: bool(world.calls.open_of(TEAM, ASKER)))
    call = world.calls.open_of(TEAM, ASKER)[0]
    first = world.post_of(call, PostKind.FIRST)
    world.has_rested(call)
    slack.wait_for_acknowledgement(slack.delete("C1", asked.ts))
    slack.wait_until(lambda: not world.calls.open_of(TEAM, ASKER))
    shows(world, first, say(GONE))
    world.clock.let_pass(49)
    world.has_rested(call)
    assert world.calls.posts.of_call(call.id, PostKind.WIDER) == []


def test_a_question_that_slack_took_unknown_to_us_is_taken_back_too(started: World) -> None:
    world, slack = started, started.slack
    preview = world.preview()
    slack.fail_next("chat.postMessage", Fault("lost_reply"))
    world.submit(ASKER, preview)
    slack.wait_until(lambda: bool(slack.told_directly(KNOWS_RATES)))
    call = world.calls.open_of(TEAM, ASKER)[0]
    entry = AuditEntry(ENTRY.at, ENTRY.actor, "ask a network", "call", "taken back")
    assert world.calls.take_back(call.id, ASKER, entry, world.clock())
    first = world.post_of(call, PostKind.FIRST, minutes=1)
    world.post_of(call, PostKind.ENDED, KNOWS_RATES, minutes=1)
    shows(world, first, say(GONE))


def test_asking_again_begins_with_the_name_the_network_and_the_organisation_of_before(
    started: World,
) -> None:
    world = started
    world.slack.add_channel("C6ABBEY", ASKER, STEWARD)
    world.make("C6ABBEY", name="abbey")
    call = world.ask(question=UNKNOWN, name="unnamed", organisation="Not Elm", network="peers")
    world.networks.note_organisation(TEAM, ASKER, "Elm Council")
    world.post_of(call, PostKind.AT_ONCE)
    world.has_rested(call)
    world.clock.let_pass(49)
    back = world.post_of(call, PostKind.BACK)
    count = len(world.slack.modals)
    world.press(ASKER, "Ask again", back)
    form = {each.get("block_id"): each for each in world.modal_after(count)["blocks"]}
    assert form["name"]["element"]["initial_option"]["value"] == "unnamed"
    assert form["network"]["element"]["initial_option"]["value"] == "peers"
    assert form["organisation"]["element"]["initial_value"] == "Not Elm"


def test_personal_data_in_the_organisation_is_pointed_out_too(started: World) -> None:
    preview = started.preview(organisation="Mrs Jane Archer")
    assert "looks like personal data: Mrs Jane Archer" in said_in(preview["blocks"])
    envelope = started.slack.submit(ASKER, preview)
    started.slack.wait_for_acknowledgement(envelope)
    assert started.slack.replied[envelope]["errors"] == {"question": say(PERSONAL_MISSING)}


@pytest.mark.parametrize("kind", ["server_error", "rate_limited", "dropped", "error"])
def test_a_form_that_slack_keeps_from_being_sent_keeps_what_was_written(
    started: World, kind: FaultKind
) -> None:
    world = started
    words = "How did you set rates, and who was asked about them?"
    form = world.form()
    filled = {"question": words, "name": "unnamed", "organisation": "Elm Council"}
    with world.slack.failing("users.info", Fault(kind)):
        again = world.submit(ASKER, form, **filled)
    assert again["callback_id"] == CALL_VIEW
    fields = {each.get("block_id"): each.get("element") for each in again["blocks"]}
    assert fields["question"]["initial_value"] == words
    assert fields["organisation"]["initial_value"] == "Elm Council"
    assert fields["name"]["initial_option"]["value"] == "unnamed"
    assert world.calls.open_of(TEAM, ASKER) == []


def test_the_people_of_a_topic_are_asked_in_turn(started: World) -> None:
    world = started
    experts = [world.slack.add_person(f"U7EXPERT{number}") for number in range(7)]
    for user in experts:
        world.join(user)
    world.networks.put_topics("peers", [Topic("Homecare rates", tuple(experts))], ENTRY)
    asked = []
    for _ in range(2):
        call = world.ask()
        world.post_of(call, PostKind.ASKED)
        posts = world.calls.posts.of_call(call.id, PostKind.FIRST)
        asked.append([post.recipient for post in posts])
    assert asked[0] == experts[:5]
    assert asked[1] == [*experts[5:], *experts[:3]]
