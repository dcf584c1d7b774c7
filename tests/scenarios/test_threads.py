"""In a thread the assistant goes on with its asker, leaves others alone, and stops when told to."""

import threading
from collections.abc import Callable

import pytest
from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.listener import Listener
from structlog.testing import capture_logs

from assistant.slack.app import SlackBot
from assistant.slack.heard.stopping import STOPPED, STOPPED_DIRECT
from assistant.store.database import Engine
from assistant.store.inbox import Inbox
from assistant.store.threads import Place, Threads
from tests.fakes.fake_slack import BOT_USER, TEAM, FakeSlack, Fault
from tests.fakes.slack.people import Mentioned
from tests.scenarios.conftest import Guidance
from tests.scenarios.waiting import at_rest, waits

pytestmark = pytest.mark.sockets


def questions(guidance: Guidance) -> list[str]:
    return [question for question, _, _ in guidance.asked]


@pytest.mark.parametrize("order", ["mention first", "message first", "mention alone"])
def test_while_only_the_asker_speaks_the_thread_goes_on_without_a_mention(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, order: Mentioned, engine: Engine
) -> None:
    slack.mentioned = order
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    slack.wait_for_answer(first)
    second = slack.post("U1ANN", "C1", "and who is in it?", thread_ts=first.ts)
    slack.wait_for_answer(first, 2)
    third = slack.mention("U1ANN", "C1", "and when?", thread_ts=first.ts)
    slack.wait_for_answer(first, 3)
    at_rest(slack, engine, second.envelope, third.envelope)
    assert questions(guidance)[:3] == ["what is commissioning?", "and who is in it?", "and when?"]
    assert [turn.question for turn in guidance.asked[2][1]] == questions(guidance)[:2]
    assert len(slack.answers(first)) == 3
    assert slack.calls_of("conversations.replies") == []


def test_once_a_third_person_speaks_it_answers_only_when_mentioned(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    slack.wait_for_answer(first)
    joining = slack.post("U2BEN", "C1", "we did this last year", thread_ts=first.ts)
    slack.wait_for_acknowledgement(joining.envelope)
    unasked = slack.post("U1ANN", "C1", "how did it go?", thread_ts=first.ts)
    at_rest(slack, engine, unasked.envelope)
    for user in ("U1ANN", "U2BEN"):
        count = len(slack.answers(first))
        slack.mention(user, "C1", f"and what for, says {user}?", thread_ts=first.ts)
        slack.wait_for_answer(first, count + 1)
    unasked = slack.post("U2BEN", "C1", "good", thread_ts=first.ts)
    at_rest(slack, engine, unasked.envelope)
    assert "how did it go?" not in questions(guidance)
    assert len(slack.answers(first)) == 3
    assert Inbox(engine).find(TEAM, "C1", joining.ts) is None


def test_who_mentions_the_assistant_in_anothers_thread_with_it_joins(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    slack.wait_for_answer(first)
    slack.mention("U2BEN", "C1", "and what is an output?", thread_ts=first.ts)
    slack.wait_for_answer(first, 2)
    at_rest(slack, engine, slack.post("U1ANN", "C1", "thank you, Ben", thread_ts=first.ts).envelope)
    assert len(slack.answers(first)) == 2


def test_the_thread_goes_on_after_a_restart(
    slack: FakeSlack, start_bot: Callable[[], SlackBot], guidance: Guidance
) -> None:
    bot = start_bot()
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    slack.wait_for_answer(first)
    bot.stop()
    start_bot()
    slack.post("U1ANN", "C1", "and who is in it?", thread_ts=first.ts)
    slack.wait_for_answer(first, 2)
    assert len(slack.calls_of("conversations.replies")) == 1, "who spoke meanwhile is looked up"
    slack.post("U1ANN", "C1", "and when?", thread_ts=first.ts)
    slack.wait_for_answer(first, 3)
    assert len(slack.calls_of("conversations.replies")) == 1, "and known from then on"


def test_who_spoke_while_nobody_listened_has_joined(
    slack: FakeSlack, start_bot: Callable[[], SlackBot], guidance: Guidance, engine: Engine
) -> None:
    bot = start_bot()
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    slack.wait_for_answer(first)
    bot.stop()
    slack.say("U2BEN", "C1", "we did this last year", thread_ts=first.ts)
    start_bot()
    at_rest(slack, engine, slack.post("U1ANN", "C1", "how did it go?", thread_ts=first.ts).envelope)
    assert len(slack.answers(first)) == 1


@pytest.mark.parametrize(
    ("spoken_before", "goes_on"),
    [
        ([], True),
        (["U1ANN", "B9", "U1ANN"], True),
        (["U1ANN", "U1ANN", "U1ANN", "U2BEN"], False),
    ],
)
def test_mentioned_within_a_thread_it_goes_on_if_nobody_else_has_spoken_there(
    slack: FakeSlack,
    bot: SlackBot,
    guidance: Guidance,
    spoken_before: list[str],
    engine: Engine,
    goes_on: bool,  # noqa: FBT001
) -> None:
    slack.page_size = 2
    root = slack.say("U1ANN", "C1", "our plan")
    for user in spoken_before:
        app = {"bot_id": user} if user.startswith("B") else {}
        slack.say(user, "C1", "a word about it", thread_ts=root, **app)
    first = slack.mention("U1ANN", "C1", "what is an output?", thread_ts=root)
    slack.wait_for_answer(first)
    at_rest(slack, engine, slack.post("U1ANN", "C1", "and an outcome?", thread_ts=root).envelope)
    assert ("and an outcome?" in questions(guidance)) == goes_on


def test_mentioned_within_somebody_elses_thread_it_does_not_go_on_and_need_not_look(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    root = slack.say("U2BEN", "C1", "our plan")
    first = slack.mention(
        "U1ANN", "C1", "what is an output?", thread_ts=root, parent_user_id="U2BEN"
    )
    slack.wait_for_answer(first)
    at_rest(
        slack,
        engine,
        slack.post("U1ANN", "C1", "fine, then", thread_ts=root, parent_user_id="U2BEN").envelope,
    )
    assert len(slack.answers(first)) == 1
    assert slack.calls_of("conversations.replies") == []


@pytest.mark.parametrize("fault", [Fault("rate_limited"), Fault("dropped")])
def test_while_slack_does_not_tell_who_spoke_the_event_waits_to_be_sent_again(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, fault: Fault
) -> None:
    root = slack.say("U1ANN", "C1", "our plan")
    first = slack.mention("U1ANN", "C1", "what is an output?", thread_ts=root)
    slack.wait_for_answer(first)
    slack.fail_next("conversations.replies", fault)
    second = slack.post("U1ANN", "C1", "and an outcome?", thread_ts=root)
    slack.wait_until(lambda: not slack.faults_left("conversations.replies"))
    with pytest.raises(TimeoutError):
        slack.wait_for_acknowledgement(second.envelope, seconds=0.5)
    slack.wait_until(lambda: not waits(bot, "conversations.replies"))
    again = slack.deliver_again(second)
    slack.wait_for_answer(first, 2)
    slack.wait_for_acknowledgement(again)
    assert questions(guidance)[-1] == "and an outcome?"


@pytest.mark.parametrize("text", ["<@U2BEN> did you see this?", "<!here> look at this"])
def test_what_the_asker_says_to_somebody_else_is_left_to_them(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, text: str, engine: Engine
) -> None:
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    slack.wait_for_answer(first)
    at_rest(slack, engine, slack.post("U1ANN", "C1", text, thread_ts=first.ts).envelope)
    assert len(slack.answers(first)) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"Good morning <@{BOT_USER}>, what is an output?",
        f"<@U2BEN> asked me this. <@{BOT_USER}> what is an output?",
    ],
)
def test_named_anywhere_it_is_spoken_to(slack: FakeSlack, bot: SlackBot, text: str) -> None:
    slack.wait_for_answer(slack.post("U1ANN", "C1", text))


def test_named_to_somebody_else_it_is_not_spoken_to(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    text = f"<@U2BEN> you can ask <@{BOT_USER}> about outputs"
    post = slack.post("U1ANN", "C1", text)
    mention = {**post.body["event"], "type": "app_mention", "channel": "C1"}
    slack.wait_for_acknowledgement(slack.deliver(slack.event_body(mention)))
    at_rest(slack, engine, post.envelope)
    assert slack.answers(post) == []


def test_other_apps_are_neither_answered_nor_third_persons(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    slack.wait_for_answer(first)
    apps = [
        slack.post_as_bot("B9", "C1", "build 7 is green", thread_ts=first.ts),
        slack.post_as_bot("B9", "C1", f"<@{BOT_USER}> what is an output?", thread_ts=first.ts),
        slack.post_as_bot("B9", "C1", f"<@{BOT_USER}> what is an output?"),
    ]
    at_rest(slack, engine, *(post.envelope for post in apps))
    slack.post("U1ANN", "C1", "and who is in it?", thread_ts=first.ts)
    slack.wait_for_answer(first, 2)
    assert "what is an output?" not in questions(guidance)


def test_who_is_refused_is_told_so_when_they_mention_it_and_not_at_every_word(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    slack.change_channel("C1", is_ext_shared=True)
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    assert "shared" in slack.wait_for_answer(first)["text"]
    at_rest(slack, engine, slack.post("U1ANN", "C1", "a pity", thread_ts=first.ts).envelope)
    assert len(slack.answers(first)) == 1
    slack.mention("U1ANN", "C1", "and now?", thread_ts=first.ts)
    slack.wait_for_answer(first, 2)


@pytest.mark.parametrize("way", ["the asker", "the asker by mention", "somebody by mention"])
def test_told_to_stop_it_says_so_once_and_stays_out_until_it_is_mentioned(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, way: str, engine: Engine
) -> None:
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    slack.wait_for_answer(first)
    # An answer that is posted but not yet noted as given is still in hand, and would be stopped.
    at_rest(slack, engine)
    if way == "the asker":
        slack.post("U1ANN", "C1", "Stop, please.", thread_ts=first.ts)
    else:
        user = "U1ANN" if "asker" in way else "U2BEN"
        slack.mention(user, "C1", "stop", thread_ts=first.ts)
    assert slack.wait_for_answer(first, 2)["text"] == STOPPED
    at_rest(slack, engine, slack.post("U1ANN", "C1", "where was I?", thread_ts=first.ts).envelope)
    assert len(slack.answers(first)) == 2
    slack.mention("U1ANN", "C1", "and what is an output?", thread_ts=first.ts)
    slack.wait_for_answer(first, 3)
    at_rest(slack, engine, slack.post("U1ANN", "C1", "ah well", thread_ts=first.ts).envelope)
    assert len(slack.answers(first)) == 3


@pytest.mark.usefixtures("nothing_streams")
def test_what_is_in_hand_and_what_waits_in_a_stopped_thread_is_not_answered(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    go_on = threading.Event()
    guidance.before_answering = lambda question: "slow" in question and go_on.wait(30)
    first = slack.mention("U1ANN", "C1", "a slow question?")
    slack.wait_until(lambda: Inbox(engine).counts() == {"answering": 1})
    slack.post("U1ANN", "C1", "and another?", thread_ts=first.ts)
    slack.wait_until(lambda: Inbox(engine).counts() == {"answering": 1, "received": 1})
    slack.mention("U1ANN", "C1", "stop", thread_ts=first.ts)
    slack.wait_for_answer(first)
    go_on.set()
    at_rest(slack, engine)
    assert [answer["text"] for answer in slack.answers(first)] == [STOPPED]
    slack.wait_until(lambda: Inbox(engine).counts() == {"stopped": 2, "answered": 1})


@pytest.mark.usefixtures("nothing_streams")
def test_in_a_direct_message_it_always_answers_and_a_stop_is_told_to_all_of_it(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    go_on = threading.Event()
    guidance.before_answering = lambda question: "slow" in question and go_on.wait(30)
    slow = slack.direct_message("U1ANN", "a slow question?")
    slack.wait_until(lambda: Inbox(engine).counts() == {"answering": 1})
    stop = slack.direct_message("U1ANN", "stop")
    assert slack.wait_for_answer(stop)["text"] == STOPPED_DIRECT
    go_on.set()
    slack.wait_for_answer(slack.direct_message("U1ANN", "<@U2BEN> said what an output is?"))
    slack.wait_until(lambda: Inbox(engine).counts() == {"stopped": 1, "answered": 2})
    assert slack.answers(slow) == []


def test_nothing_that_others_write_is_kept(
    slack: FakeSlack, bot: SlackBot, engine: Engine, guidance: Guidance
) -> None:
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    slack.wait_for_answer(first)
    others = [
        slack.post("U2BEN", "C1", "the zebra of Elm House", thread_ts=first.ts),
        slack.post("U2BEN", "C1", "the zebra of Elm House"),
        slack.post("U1ANN", "C1", "<@U2BEN> the zebra of Elm House", thread_ts=first.ts),
    ]
    at_rest(slack, engine, *(post.envelope for post in others))
    with engine.connect() as connection:
        held = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert "zebra" not in held
    assert "U2BEN" not in held
    thread = Threads(engine).find(Place(TEAM, "C1", first.ts))
    assert thread is not None
    assert thread.joined


def test_repeated_deliveries_are_counted_without_their_content(
    slack: FakeSlack, bot: SlackBot
) -> None:
    posted = slack.mention("U1ANN", "C1", "the zebra of Elm House?")
    slack.wait_for_answer(posted)
    with capture_logs() as events:
        slack.wait_for_acknowledgement(slack.deliver_again(posted))
    (noted,) = [event for event in events if event["event"] == "delivery_repeated"]
    assert (noted["retry"], noted["reason"], noted["count"]) == ("1", "timeout", 1)
    assert "zebra" not in str(events)


def test_every_event_of_the_manifest_has_a_listener_of_its_own(
    slack: FakeSlack, bot: SlackBot
) -> None:
    app = bot.way._app
    assert slack.events is not None
    for name in slack.events:
        kind, _, channel_type = name.partition(".")
        event = {"type": kind, "channel": "C1", "channel_type": channel_type, "user": "U1ANN"}
        request = BoltRequest(body=slack.event_body(event), mode="socket_mode")
        listening = [each for each in app._listeners if _listens(each, request)]
        assert len(listening) > 1, f"{name} is met by the listener of last resort alone"


def _listens(listener: Listener, request: BoltRequest) -> bool:
    return listener.matches(req=request, resp=BoltResponse(status=200))
