"""Feedback from the press to what came of it, over real sockets."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.slack.app import SlackBot
from assistant.slack.feedback.blocks import (
    ANSWER_EDITED,
    DEAL_ACTION,
    FORM_NOT_OPENED,
    NOT_RATEABLE,
    RATE_ACTION,
    REASONS,
    THANKS_HELPFUL,
    THANKS_NOT_HELPFUL,
)
from assistant.slack.feedback.dealing import DONE_ALREADY, NOT_YOURS
from assistant.slack.feedback.replies import NOT_READ, PRESS_DEAL
from assistant.store.database import Engine, transaction
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.feedback.table import (
    Feedback,
    FeedbackRow,
    FeedbackState,
    Press,
    Rating,
    Reason,
    Way,
)
from assistant.store.feedback.turns import MOST_AN_HOUR
from assistant.store.policies import AnswersTo, ChannelPolicy, Policies
from tests.fakes.fake_slack import BOT_USER, FakeSlack, Fault, Posted
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack_limits import actions, buttons, seen, texts
from tests.scenarios.conftest import SOURCE, Guidance

pytestmark = pytest.mark.sockets

ASKER, ADMINISTRATOR, OTHER_ADMINISTRATOR = "U2BEN", "U1ANN", "U3CAT"
QUESTION = "What is a commissioning cycle?"
NOTICE = "An answer did not help somebody"


@pytest.fixture
def feedbacks(engine: Engine) -> Feedbacks:
    return Feedbacks(engine)


@pytest.fixture
def guidance() -> Guidance:
    cited = replace(SOURCE, audience="public")
    text = "The cycle has four stages. [1]"
    return Guidance(
        answer=Answer(QUESTION, AnswerStatus.ANSWERED, text, citations=(cited,), snapshot="s1")
    )


def asked(slack: FakeSlack, text: str = QUESTION) -> tuple[Posted, dict[str, Any]]:
    """Have a question answered in the channel; return its post and the answer."""
    posted = slack.mention(ASKER, "C1", text)
    return posted, slack.wait_for_answer(posted)


def rated(
    slack: FakeSlack, feedbacks: Feedbacks, user: str = ASKER, **form: object
) -> tuple[dict[str, Any], Feedback]:
    """Rate an answer as not helpful and say why; return the answer and what is kept."""
    _, answer = asked(slack)
    count = len(slack.modals)
    slack.rate(user, answer, "C1", helpful=False)
    modal = slack.wait_for_modal(count + 1)
    slack.submit(user, modal, **(form or {"reason": "outdated", "words": "It is from 2010."}))
    number = int(modal["private_metadata"])

    def feedback() -> Feedback | None:
        found = feedbacks.of_person(number, user)
        return found if found is not None and found.reason is not None else None

    slack.wait_until(lambda: feedback() is not None)
    found = feedback()
    assert found is not None
    return answer, found


def notice(slack: FakeSlack, user: str) -> dict[str, Any]:
    return slack.wait_for_direct(user, NOTICE)


def settle(slack: FakeSlack, feedbacks: Feedbacks) -> None:
    """Wait until everybody was shown, and told, what holds now."""
    done = (FeedbackState.TOLD, FeedbackState.NOT_TOLD, FeedbackState.OPEN, FeedbackState.NOTED)

    def is_settled(feedback: Feedback) -> bool:
        is_shown = feedback.shown_version == feedback.version
        return is_shown and not feedback.lease and feedback.state in done

    slack.wait_until(
        lambda: all(is_settled(f) for n in range(1, 40) if (f := feedbacks.by_id(n)) is not None),
        seconds=60,
    )


def words_of(message: dict[str, Any]) -> str:
    return seen("\n".join(texts(message["blocks"])))


def deal_with(
    slack: FakeSlack, feedbacks: Feedbacks, user: str, remark: str = "Replaced in 2025."
) -> str:
    """Press the button below the notice and send the form; return the envelope."""
    shown = notice(slack, user)
    settle(slack, feedbacks)
    count = len(slack.modals)
    channel = slack.direct_channel(user)
    slack.press_button(user, "Deal with it", shown["blocks"], shown, channel)
    return slack.submit(user, slack.wait_for_modal(count + 1), remark=remark)


def test_helpful_is_kept_and_thanked_for_alone(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    _, answer = asked(slack)
    slack.rate("U1ANN", answer, "C1", helpful=True)
    assert seen(slack.wait_for_reply("U1ANN").text) == THANKS_HELPFUL
    assert (feedbacks.counts().helpful, feedbacks.counts().open) == (1, 0)
    assert not slack.shown_alone(ASKER)


def test_a_rating_is_committed_before_slack_is_told_that_it_arrived(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    _, answer = asked(slack)
    envelope = slack.rate(ASKER, answer, "C1", helpful=True)
    slack.wait_for_acknowledgement(envelope)
    assert feedbacks.counts().helpful == 1


def test_not_helpful_asks_for_a_reason_and_goes_to_the_administrators(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    _, feedback = rated(slack, feedbacks)
    assert seen(slack.wait_for_reply(ASKER).text) == THANKS_NOT_HELPFUL
    assert (feedback.documents, feedback.snapshot) == (("guidance/cycle.md",), "s1")
    for administrator in (ADMINISTRATOR, OTHER_ADMINISTRATOR):
        shown = words_of(notice(slack, administrator))
        for words in (QUESTION, "The cycle has four stages.", "[1] The commissioning cycle"):
            assert words in shown
        assert REASONS[Reason.OUTDATED] in shown
        assert "It is from 2010." in shown
        assert ASKER not in shown


def test_the_form_may_stay_empty_and_the_rating_stands_when_it_is_closed(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks, engine: Engine
) -> None:
    _, answer = asked(slack)
    slack.rate(ASKER, answer, "C1", helpful=False)
    slack.wait_for_modal()
    slack.wait_for_reply(ASKER)
    assert feedbacks.take() is None, "the form may yet be filled in"
    assert not slack.told_directly(ADMINISTRATOR)
    with transaction(engine) as session:
        session.execute(update(FeedbackRow).values(due_at=FeedbackRow.given_at))
    assert "They did not say why." in words_of(notice(slack, ADMINISTRATOR))


def test_when_the_form_cannot_be_opened_a_button_opens_it(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    _, answer = asked(slack)
    slack.fail_next("views.open", Fault("error", "expired_trigger_id"))
    slack.rate(ASKER, answer, "C1", helpful=False)
    shown = slack.wait_for_reply(ASKER)
    assert FORM_NOT_OPENED in seen(shown.text)
    message = {"blocks": shown.blocks}
    slack.press_button(ASKER, "Say what was wrong", shown.blocks, message, "C1")
    slack.submit(ASKER, slack.wait_for_modal(), reason="incomplete")
    assert REASONS[Reason.INCOMPLETE] in words_of(notice(slack, ADMINISTRATOR))


def test_pressing_the_other_button_changes_the_rating_and_the_notice(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    answer, _ = rated(slack, feedbacks)
    notice(slack, ADMINISTRATOR)
    slack.rate(ASKER, answer, "C1", helpful=True)
    slack.wait_for_direct(ADMINISTRATOR, "has taken it back since")
    assert not list(buttons(notice(slack, ADMINISTRATOR)["blocks"]))
    settle(slack, feedbacks)
    assert len(slack.told_directly(ADMINISTRATOR)) == 1
    assert (feedbacks.counts().helpful, feedbacks.counts().not_helpful) == (1, 0)


def test_what_does_not_know_is_rated_and_a_refusal_is_not(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    guidance.answer = Answer("q", AnswerStatus.UNANSWERABLE_NO_PASSAGE, "I do not know.")
    _, unknown = asked(slack)
    slack.add_person("U7OUT", team_id="T9", is_stranger=True)
    refused = slack.wait_for_answer(slack.direct_message("U7OUT", QUESTION))
    kinds = [{each["type"] for each in actions(m["blocks"])} for m in (unknown, refused)]
    assert kinds == [{"feedback_buttons"}, set()]


def test_the_owner_of_the_document_is_told_in_place_of_the_administrators(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks, train: ScriptedTrain
) -> None:
    slack.add_person("U4DAN", profile={"email": "dan@example.org"})
    train.owned_by["guidance/cycle.md"] = "Dan@example.org"
    rated(slack, feedbacks)
    assert QUESTION in words_of(notice(slack, "U4DAN"))
    settle(slack, feedbacks)
    assert not slack.told_directly(ADMINISTRATOR)
    deal_with(slack, feedbacks, "U4DAN")
    slack.wait_for_direct(ASKER, "was dealt with")


def test_who_gave_feedback_is_told_once_what_came_of_it(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks, train: ScriptedTrain
) -> None:
    answer, feedback = rated(slack, feedbacks)
    notice(slack, OTHER_ADMINISTRATOR)
    deal_with(slack, feedbacks, ADMINISTRATOR)
    told = slack.wait_for_direct(ASKER, "was dealt with")
    assert f"\u201c{QUESTION}\u201d" in words_of(told)
    assert "Replaced in 2025." in words_of(told)
    (link,) = told["blocks"][-1]["elements"][0]["elements"]
    assert link["url"].endswith("p" + answer["ts"].replace(".", ""))
    for administrator in (ADMINISTRATOR, OTHER_ADMINISTRATOR):
        shown = slack.wait_for_direct(administrator, "dealt with it")
        assert not list(buttons(shown["blocks"]))
    slack.wait_until(lambda: _state(feedbacks, feedback) is FeedbackState.TOLD)
    assert len(slack.told_directly(ASKER)) == 1
    (entry,) = [e for e in train.entries if e.action == Action.FEEDBACK.value]
    assert (entry.outcome, entry.detail) == ("dealt with", "")


def _state(feedbacks: Feedbacks, feedback: Feedback) -> FeedbackState | None:
    now = feedbacks.by_id(feedback.id)
    return now.state if now is not None else None


def test_of_two_administrators_at_once_one_deals_with_it(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    rated(slack, feedbacks)
    forms = []
    for number, user in enumerate((ADMINISTRATOR, OTHER_ADMINISTRATOR), start=2):
        shown = notice(slack, user)
        channel = slack.direct_channel(user)
        slack.press_button(user, "Deal with it", shown["blocks"], shown, channel)
        forms.append((user, slack.wait_for_modal(number)))
    envelopes: list[str] = []
    threads = [
        threading.Thread(target=lambda u=u, m=m: envelopes.append(slack.submit(u, m)))
        for u, m in forms
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for envelope in envelopes:
        slack.wait_for_acknowledgement(envelope)
    answers = [slack.replied[envelope] for envelope in envelopes]
    assert sorted(bool(each.get("errors")) for each in answers) == [False, True]
    slack.wait_for_direct(ASKER, "was dealt with")
    settle(slack, feedbacks)
    assert len(slack.told_directly(ASKER)) == 1


def test_who_is_neither_administrator_nor_owner_cannot_deal_with_it(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks, train: ScriptedTrain
) -> None:
    _, feedback = rated(slack, feedbacks)
    shown = notice(slack, ADMINISTRATOR)
    count = len(slack.modals)
    slack.press(ASKER, DEAL_ACTION, str(feedback.id), shown, "C1")
    modal = slack.wait_for_modal(count + 1)
    assert NOT_YOURS in words_of(modal)
    assert "submit" not in modal
    deal_with_form = _form(slack, feedback)
    envelope = slack.submit(ASKER, deal_with_form, remark="Mine.")
    slack.wait_for_acknowledgement(envelope)
    assert slack.replied[envelope]["errors"] == {"remark": NOT_YOURS}
    assert _state(feedbacks, feedback) is FeedbackState.OPEN
    assert [e.outcome for e in train.entries if e.action == Action.FEEDBACK.value] == [
        "refused"
    ] * 2


def _form(slack: FakeSlack, feedback: Feedback) -> dict[str, Any]:
    """Return the form as an administrator gets it, for somebody else to send."""
    count = len(slack.modals)
    shown = notice(slack, ADMINISTRATOR)
    channel = slack.direct_channel(ADMINISTRATOR)
    slack.press(ADMINISTRATOR, DEAL_ACTION, str(feedback.id), shown, channel)
    return slack.wait_for_modal(count + 1)


def test_an_administrator_who_is_one_no_longer_when_the_form_is_sent_is_refused(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    _, feedback = rated(slack, feedbacks)
    form = _form(slack, feedback)
    slack.change_person(ADMINISTRATOR, is_restricted=True)
    envelope = slack.submit(ADMINISTRATOR, form, remark="Done.")
    slack.wait_for_acknowledgement(envelope)
    assert slack.replied[envelope]["errors"] == {"remark": NOT_YOURS}
    assert _state(feedbacks, feedback) is FeedbackState.OPEN


def test_what_was_dealt_with_is_not_dealt_with_again(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    _, feedback = rated(slack, feedbacks)
    form = _form(slack, feedback)
    deal_with(slack, feedbacks, OTHER_ADMINISTRATOR)
    slack.wait_for_direct(ASKER, "was dealt with")
    envelope = slack.submit(ADMINISTRATOR, form, remark="Me too.")
    slack.wait_for_acknowledgement(envelope)
    assert slack.replied[envelope]["errors"] == {"remark": DONE_ALREADY}
    assert DONE_ALREADY in words_of(_form(slack, feedback))


def test_what_a_crash_left_untold_is_told_after_the_next_start(
    slack: FakeSlack, start_bot: Callable[[], SlackBot], feedbacks: Feedbacks
) -> None:
    feedback = feedbacks.rate(
        Press(99, "T0HOME", "C1", ASKER, Rating.NOT_HELPFUL, Way.BUTTON, Reason.OTHER)
    )
    assert feedbacks.deal_with(feedback.id, ADMINISTRATOR, "Mended.")
    start_bot()
    assert "Mended." in words_of(slack.wait_for_direct(ASKER, "was dealt with"))


def test_a_lost_answer_of_slack_tells_nobody_twice(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks, engine: Engine
) -> None:
    _, feedback = rated(slack, feedbacks)
    for administrator in (ADMINISTRATOR, OTHER_ADMINISTRATOR):
        notice(slack, administrator)
    slack.wait_until(lambda: (feedbacks.by_id(feedback.id) or feedback).shown_version > 0)
    slack.fail_next("chat.postMessage", Fault("lost_reply"))
    deal_with(slack, feedbacks, ADMINISTRATOR)
    slack.wait_for_direct(ASKER, "was dealt with")
    slack.wait_until(lambda: not (feedbacks.by_id(feedback.id) or feedback).lease)
    with transaction(engine) as session:
        session.execute(update(FeedbackRow).values(due_at=FeedbackRow.given_at))
    slack.wait_until(lambda: _state(feedbacks, feedback) is FeedbackState.TOLD)
    assert len(slack.told_directly(ASKER)) == 1


def test_slack_that_is_busy_is_waited_for_and_nobody_is_shown_it_twice(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    _, answer = asked(slack)
    slack.rate(ASKER, answer, "C1", helpful=False)
    modal = slack.wait_for_modal()
    slack.fail_next("chat.postMessage", Fault("rate_limited"))
    slack.submit(ASKER, modal, reason="other")
    notice(slack, ADMINISTRATOR)
    notice(slack, OTHER_ADMINISTRATOR)
    settle(slack, feedbacks)
    assert len(slack.told_directly(ADMINISTRATOR)) == 1


def test_a_number_on_a_button_is_not_believed(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    _, own = asked(slack)
    secret = slack.wait_for_answer(slack.direct_message("U1ANN", "A private question?"))
    value = _value(secret)
    forged = {"type": "feedback_buttons", "action_id": RATE_ACTION, "value": value}
    slack.act(ASKER, forged, own, "C1")
    assert seen(slack.wait_for_reply(ASKER).text) == NOT_RATEABLE
    slack.act(ASKER, {**forged, "value": "not_helpful:999999"}, own, "C1")
    slack.act(ASKER, forged, {**own, "thread_ts": secret["thread_ts"]}, "C1")
    _, other = asked(slack)
    slack.act(ASKER, {**forged, "value": _value(other)}, own, "C1")
    slack.act(ASKER, {**forged, "value": _value(own)}, {**own, "bot_id": None, "user": ASKER}, "C1")
    slack.wait_for_reply(ASKER, 5)
    assert {seen(each.text) for each in slack.shown_alone(ASKER)} == {NOT_RATEABLE}
    counts = feedbacks.counts()
    assert (counts.helpful, counts.not_helpful) == (0, 0)
    assert not slack.modals


def _value(answer: dict[str, Any]) -> str:
    (element,) = [e for e in actions(answer["blocks"]) if e["type"] == "feedback_buttons"]
    return str(element["negative_button"]["value"])


def test_an_answer_for_one_person_alone_is_rated_by_that_person_alone(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    slack.command(ASKER, "/ask", QUESTION)
    slack.wait_until(lambda: any("four stages" in e.text for e in slack.shown_alone(ASKER)))
    (shown,) = [e for e in slack.shown_alone(ASKER) if "four stages" in e.text]
    message = {"blocks": shown.blocks}
    slack.rate("U1ANN", message, "C1", helpful=True)
    assert seen(slack.wait_for_reply("U1ANN").text) == NOT_RATEABLE
    slack.rate(ASKER, message, "C1", helpful=True)
    slack.wait_until(lambda: feedbacks.counts().helpful == 1)


def answers_go_to_the_asker(engine: Engine) -> None:
    policy = ChannelPolicy("T0HOME", "C1", answers_to=AnswersTo.ASKER, set_at=datetime.now(UTC))
    entry = AuditEntry(datetime.now(UTC), Actor("U1ANN", "Slack"), "set", "C1", "done")
    assert Policies(engine).set(policy, entry, None)


def test_a_channels_private_answer_is_rated_by_its_asker_alone(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks, engine: Engine
) -> None:
    answers_go_to_the_asker(engine)
    slack.mention(ASKER, "C1", QUESTION)
    message = {"blocks": slack.wait_for_reply(ASKER).blocks}
    slack.rate("U1ANN", message, "C1", helpful=True)
    assert seen(slack.wait_for_reply("U1ANN").text) == NOT_RATEABLE
    slack.rate(ASKER, message, "C1", helpful=True)
    slack.wait_until(lambda: feedbacks.counts().helpful == 1)


def test_a_private_answer_that_went_to_the_direct_message_is_rated_there(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks, engine: Engine
) -> None:
    answers_go_to_the_asker(engine)
    slack.fail_next("chat.postEphemeral", Fault("error", error="user_not_in_channel"))
    slack.mention(ASKER, "C1", QUESTION)
    told = slack.wait_for_direct(ASKER, "four stages")
    direct = slack.direct_channel(ASKER)
    slack.rate("U1ANN", told, direct, helpful=True)
    assert seen(slack.wait_for_reply("U1ANN").text) == NOT_RATEABLE
    slack.rate(ASKER, told, direct, helpful=True)
    slack.wait_until(lambda: feedbacks.counts().helpful == 1)


def test_a_deleted_question_takes_its_words_out_of_the_notices(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    posted, answer = asked(slack)
    slack.rate(ASKER, answer, "C1", helpful=False)
    slack.submit(ASKER, slack.wait_for_modal(), reason="outdated", words="It is from 2010.")
    notice(slack, ADMINISTRATOR)
    slack.delete("C1", posted.ts)
    slack.wait_for_direct(ADMINISTRATOR, "The question was deleted.")
    shown = words_of(notice(slack, ADMINISTRATOR))
    for gone in (QUESTION, "four stages", "2010"):
        assert gone not in shown
    assert REASONS[Reason.OUTDATED] in shown


def edited(slack: FakeSlack, guidance: Guidance, posted: Posted) -> None:
    """Have a question edited, and wait until its other answer is in the place of the first."""
    other = replace(SOURCE, document="other.md", title="Other", section="Other", audience="public")
    guidance.answer = Answer(
        "q", AnswerStatus.ANSWERED, "Quite another answer. [1]", citations=(other,)
    )
    slack.edit("C1", posted.ts, f"<@{BOT_USER}> Who may give a grant?")
    slack.wait_until(lambda: "Quite another" in str(slack.answers(posted)[0]["blocks"]))


def test_what_was_said_of_one_answer_is_not_shown_as_said_of_another(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    posted, answer = asked(slack)
    slack.rate(ASKER, answer, "C1", helpful=False)
    modal = slack.wait_for_modal()
    edited(slack, guidance, posted)
    slack.submit(ASKER, modal, reason="outdated", words="Wrong year.")
    shown = words_of(notice(slack, ADMINISTRATOR))
    assert "Wrong year." in shown
    assert ANSWER_EDITED in shown
    assert "guidance/cycle.md" in shown
    assert "Quite another answer" not in shown
    assert "other.md" not in shown


def test_a_notice_loses_the_words_that_an_edit_took_back(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks, guidance: Guidance
) -> None:
    posted, answer = asked(slack)
    slack.rate(ASKER, answer, "C1", helpful=False)
    slack.submit(ASKER, slack.wait_for_modal(), reason="outdated", words="Wrong year.")
    assert QUESTION in words_of(notice(slack, ADMINISTRATOR))
    edited(slack, guidance, posted)
    slack.wait_for_direct(ADMINISTRATOR, "edited since")
    shown = words_of(notice(slack, ADMINISTRATOR))
    assert QUESTION not in shown
    assert "four stages" not in shown
    settle(slack, feedbacks)
    assert len(slack.told_directly(ADMINISTRATOR)) == 1


def test_a_reply_to_a_notice_is_no_question_and_is_told_what_to_press(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks, guidance: Guidance
) -> None:
    rated(slack, feedbacks)
    shown = notice(slack, ADMINISTRATOR)
    settle(slack, feedbacks)
    asked_before = len(guidance.asked)
    reply = slack.direct_message(ADMINISTRATOR, "fixed, thanks", thread_ts=shown["ts"])
    slack.wait_for_direct(ADMINISTRATOR, PRESS_DEAL)
    slack.wait_for_acknowledgement(slack.deliver_again(reply))
    deal_with(slack, feedbacks, ADMINISTRATOR)
    slack.wait_for_direct(ASKER, "was dealt with")
    slack.direct_message(ADMINISTRATOR, "and thanks again", thread_ts=shown["ts"])
    slack.wait_for_direct(ADMINISTRATOR, NOT_READ)
    said = [seen(each["text"]) for each in slack.told_directly(ADMINISTRATOR)]
    assert (said.count(PRESS_DEAL), said.count(NOT_READ)) == (1, 1)
    question = slack.direct_message(ADMINISTRATOR, QUESTION)
    slack.wait_for_answer(question)
    assert [each[0] for each in guidance.asked[asked_before:]] == [QUESTION]


def test_a_burst_of_one_person_is_counted_in_one_message(
    slack: FakeSlack, start_bot: Callable[[], SlackBot], feedbacks: Feedbacks
) -> None:
    def is_shown(number: int) -> bool:
        feedback = feedbacks.by_id(number)
        return feedback is not None and feedback.shown_version > 0 and not feedback.lease

    for number in range(MOST_AN_HOUR + 5):
        feedbacks.rate(
            Press(number, "T0HOME", "C1", ASKER, Rating.NOT_HELPFUL, Way.BUTTON, Reason.OTHER)
        )
    start_bot()
    slack.wait_until(lambda: feedbacks.counted_in(MOST_AN_HOUR + 1) == 5, seconds=60)
    slack.wait_for_direct(OTHER_ADMINISTRATOR, "within an hour", seconds=60)
    # The count itself is put right a while later.
    slack.wait_until(lambda: all(is_shown(n) for n in range(1, MOST_AN_HOUR + 6)), seconds=60)
    assert len(slack.told_directly(ADMINISTRATOR)) == MOST_AN_HOUR + 1
    assert feedbacks.counts().open == MOST_AN_HOUR + 5


def test_the_command_and_the_home_tab_list_what_is_to_be_dealt_with(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    _, feedback = rated(slack, feedbacks)
    slack.command(ADMINISTRATOR, "/commissioning-admin", "feedback")
    shown = slack.wait_for_reply(ADMINISTRATOR)
    assert QUESTION in seen(shown.text)
    slack.open_messages_tab(OTHER_ADMINISTRATOR, "home")
    slack.wait_until(lambda: OTHER_ADMINISTRATOR in slack.homes)
    home = slack.homes[OTHER_ADMINISTRATOR]
    count = len(slack.modals)
    slack.press_button(OTHER_ADMINISTRATOR, "Deal with it", home["blocks"])
    slack.submit(OTHER_ADMINISTRATOR, slack.wait_for_modal(count + 1), remark="Seen to.")
    slack.wait_for_direct(ASKER, "Seen to.")
    slack.wait_until(
        lambda: "No feedback waits" in words_of(slack.homes[OTHER_ADMINISTRATOR]), seconds=10
    )
    assert feedback.state is FeedbackState.OPEN
