"""What every database must do for what people say of answers."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from assistant.domain.answers import Answer, AnswerStatus, Citation, Turn
from assistant.store.database import Engine
from assistant.store.feedback.erasing import WORDS_WITHDRAWN
from assistant.store.feedback.feedback import LEASE, Feedbacks
from assistant.store.feedback.rating import SECONDS_FOR_A_REASON
from assistant.store.feedback.table import (
    Feedback,
    FeedbackState,
    Notice,
    Press,
    Rating,
    Reason,
    Way,
)
from assistant.store.feedback.turns import MOST_AN_HOUR, SECONDS_BETWEEN_COUNTS
from assistant.store.inbox import Inbox, IncomingQuestion
from assistant.store.turns import Turns

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=SECONDS_FOR_A_REASON + 1)
PRESS = Press(1, "T1", "C1", "U1", Rating.NOT_HELPFUL, Way.BUTTON, None, ("a.md",), "s1")
SENTENCE = "The zephyrine clause binds every lodestar commissioner."


@pytest.fixture
def feedbacks(engine: Engine) -> Feedbacks:
    return Feedbacks(engine)


def pressed(feedbacks: Feedbacks, number: int = 1, **changes: object) -> Feedback:
    return feedbacks.rate(replace(PRESS, inbox_id=number, **changes))  # type: ignore[arg-type]


def taken(feedbacks: Feedbacks) -> Feedback:
    feedback = feedbacks.take()
    assert feedback is not None
    return feedback


def dealt_with(feedbacks: Feedbacks) -> Feedback:
    """Return feedback that was shown and dealt with, and whose author waits to be told."""
    feedback = pressed(feedbacks, reason=Reason.OUTDATED)
    first = taken(feedbacks)
    assert feedbacks.note(first, Notice("U9", "D9", "1.5"))
    assert feedbacks.shown(first)
    assert feedbacks.deal_with(feedback.id, "U9", "Mended.")
    return feedback


def test_a_rating_keeps_what_the_answer_rests_on(feedbacks: Feedbacks) -> None:
    feedback = pressed(feedbacks)
    assert feedback.documents == ("a.md",)
    assert (feedback.snapshot, feedback.rating) == ("s1", Rating.NOT_HELPFUL)
    assert feedbacks.of_person(1, "U1") == feedback
    assert feedbacks.of_person(1, "U2") is None
    assert feedbacks.by_id(feedback.id) == feedback


def test_a_later_rating_takes_the_place_of_the_earlier_one(feedbacks: Feedbacks) -> None:
    first = pressed(feedbacks)
    feedbacks.explain(1, "U1", Reason.OUTDATED, "It is from 2010.")
    second = pressed(feedbacks, rating=Rating.HELPFUL)
    assert second.id == first.id
    assert (second.reason, second.words) == (None, "")
    assert second.state is FeedbackState.NOTED
    counts = feedbacks.counts()
    assert (counts.helpful, counts.not_helpful, counts.open) == (1, 0, 0)


def test_people_rate_one_answer_each_for_themselves(feedbacks: Feedbacks) -> None:
    pressed(feedbacks)
    pressed(feedbacks, user="U2", rating=Rating.HELPFUL)
    counts = feedbacks.counts()
    assert (counts.helpful, counts.not_helpful, counts.open) == (1, 1, 1)


def test_pressing_the_same_again_changes_nothing(feedbacks: Feedbacks) -> None:
    assert pressed(feedbacks).version == pressed(feedbacks).version


def test_what_helped_is_nothing_to_deal_with(feedbacks: Feedbacks) -> None:
    pressed(feedbacks, rating=Rating.HELPFUL)
    assert feedbacks.take() is None
    assert feedbacks.open(10) == []


def test_a_rating_waits_for_its_reason_before_anybody_is_told(feedbacks: Feedbacks) -> None:
    with time_machine.travel(NOW, tick=False):
        pressed(feedbacks)
        assert feedbacks.take() is None
    with time_machine.travel(LATER, tick=False):
        assert taken(feedbacks).reason is None


def test_a_reason_is_told_at_once(feedbacks: Feedbacks) -> None:
    pressed(feedbacks)
    feedbacks.explain(1, "U1", Reason.INCOMPLETE, "x" * 2000)
    feedback = taken(feedbacks)
    assert feedback.reason is Reason.INCOMPLETE
    assert len(feedback.words) == 1000


def test_who_has_not_rated_cannot_explain(feedbacks: Feedbacks) -> None:
    pressed(feedbacks)
    assert feedbacks.explain(1, "U2", Reason.OTHER, "mine") is None
    assert feedbacks.explain(2, "U1", Reason.OTHER, "mine") is None


def test_what_is_taken_is_nobody_elses_until_its_lease_runs_out(feedbacks: Feedbacks) -> None:
    with time_machine.travel(NOW, tick=False):
        pressed(feedbacks, reason=Reason.OTHER)
        first = taken(feedbacks)
        assert feedbacks.take() is None
    with time_machine.travel(NOW + LEASE + timedelta(seconds=1), tick=False):
        second = taken(feedbacks)
        assert (first.attempts, second.attempts) == (1, 2)
        assert not feedbacks.shown(first), "it is somebody else's now"
        assert not feedbacks.note(first, Notice("U9", "D9", "1.0"))
        assert feedbacks.shown(second)
        assert feedbacks.take() is None


def test_two_at_once_take_different_feedback(feedbacks: Feedbacks) -> None:
    for number in range(6):
        pressed(feedbacks, number, reason=Reason.OTHER)
    found: list[int] = []

    def work() -> None:
        while (feedback := feedbacks.take()) is not None:
            found.append(feedback.id)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(set(found))
    assert len(found) == 6


def test_a_change_after_it_was_shown_is_shown_too(feedbacks: Feedbacks) -> None:
    pressed(feedbacks, reason=Reason.OTHER)
    first = taken(feedbacks)
    feedbacks.note(first, Notice("U9", "D9", "1.5"))
    feedbacks.explain(1, "U1", Reason.OUTDATED, "since 2010")
    assert feedbacks.shown(first)
    second = taken(feedbacks)
    assert second.words == "since 2010"
    assert second.notices == (Notice("U9", "D9", "1.5"),)


def test_what_was_taken_back_before_anybody_was_told_is_told_to_nobody(
    feedbacks: Feedbacks,
) -> None:
    with time_machine.travel(NOW, tick=False):
        pressed(feedbacks)
        pressed(feedbacks, rating=Rating.HELPFUL)
    with time_machine.travel(LATER, tick=False):
        assert feedbacks.take() is None


def test_what_is_put_off_comes_back(feedbacks: Feedbacks) -> None:
    with time_machine.travel(NOW, tick=False):
        pressed(feedbacks, reason=Reason.OTHER)
        feedbacks.put_off(taken(feedbacks), 60)
        assert feedbacks.take() is None
    with time_machine.travel(NOW + timedelta(seconds=61), tick=False):
        assert taken(feedbacks).attempts == 2


def test_only_the_first_of_two_deals_with_it(feedbacks: Feedbacks) -> None:
    feedback = dealt_with(feedbacks)
    assert not feedbacks.deal_with(feedback.id, "U8", "Me too.")
    now = feedbacks.by_id(feedback.id)
    assert now is not None
    assert (now.dealt_with_by, now.remark) == ("U9", "Mended.")
    assert feedbacks.open(10) == []


def test_who_gave_it_is_to_be_told_until_that_is_noted(feedbacks: Feedbacks) -> None:
    with time_machine.travel(NOW, tick=False):
        dealt_with(feedbacks)
        first = taken(feedbacks)
        assert feedbacks.shown(first)
    with time_machine.travel(NOW + LEASE + timedelta(seconds=1), tick=False):
        second = taken(feedbacks)
        assert second.attempts == 2, "so it is looked for before it is told again"
        assert feedbacks.told(second, FeedbackState.TOLD)
        assert feedbacks.take() is None


def test_what_is_dealt_with_while_it_is_being_shown_is_told_at_once(
    feedbacks: Feedbacks,
) -> None:
    feedback = pressed(feedbacks, reason=Reason.OTHER)
    showing = taken(feedbacks)
    assert feedbacks.deal_with(feedback.id, "U9", "Mended.")
    assert feedbacks.shown(showing)
    assert taken(feedbacks).state is FeedbackState.DEALT_WITH


def test_a_new_word_on_what_was_dealt_with_opens_it_again(feedbacks: Feedbacks) -> None:
    dealt_with(feedbacks)
    feedbacks.told(taken(feedbacks), FeedbackState.TOLD)
    feedbacks.explain(1, "U1", Reason.OUTDATED, "Still wrong.")
    assert [each.state for each in feedbacks.open(10)] == [FeedbackState.OPEN]


def test_who_waits_to_be_told_is_told_although_they_rate_again(feedbacks: Feedbacks) -> None:
    dealt_with(feedbacks)
    pressed(feedbacks, rating=Rating.HELPFUL)
    assert taken(feedbacks).state is FeedbackState.DEALT_WITH


def test_more_than_so_many_an_hour_of_one_person_are_counted_in_one(
    feedbacks: Feedbacks,
) -> None:
    with time_machine.travel(NOW, tick=False):
        for number in range(MOST_AN_HOUR + 4):
            pressed(feedbacks, number, reason=Reason.OTHER)
        pressed(feedbacks, 99, user="U2", reason=Reason.OTHER)
        turns = []
        while (feedback := feedbacks.take()) is not None:
            turns.append(feedback)
            feedbacks.shown(feedback)
    alone = [each for each in turns if each.counted_in is None]
    counting = [each for each in turns if each.counted_in == each.id]
    assert len([each for each in alone if each.user == "U1"]) == MOST_AN_HOUR
    assert len([each for each in alone if each.user == "U2"]) == 1
    assert len(counting) == 1
    assert feedbacks.counted_in(counting[0].id) == 4
    soon = NOW + timedelta(seconds=SECONDS_BETWEEN_COUNTS + 1)
    with time_machine.travel(soon, tick=False):
        assert taken(feedbacks).id == counting[0].id, "its number is brought up to date, once"
        assert feedbacks.take() is None
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        feedbacks.shown(taken(feedbacks))
        pressed(feedbacks, 100, reason=Reason.OTHER)
        assert taken(feedbacks).counted_in is None, "the hour is over"


def react(
    feedbacks: Feedbacks, reaction: str, rating: Rating, at: str, *, added: bool = True
) -> Feedback | None:
    press = replace(PRESS, rating=rating, way=Way.REACTION)
    return feedbacks.react(press, reaction, at, added=added)


def test_a_reaction_counts_as_a_press_and_its_removal_takes_it_back(
    feedbacks: Feedbacks,
) -> None:
    there = react(feedbacks, "-1", Rating.NOT_HELPFUL, "1.000001")
    assert there is not None
    assert there.rating is Rating.NOT_HELPFUL
    gone = react(feedbacks, "-1", Rating.NOT_HELPFUL, "2.000001", added=False)
    assert gone is not None
    assert (gone.rating, gone.state) == (Rating.TAKEN_BACK, FeedbackState.NOTED)


def test_a_reaction_that_is_left_goes_on_counting(feedbacks: Feedbacks) -> None:
    react(feedbacks, "+1", Rating.HELPFUL, "1.1")
    react(feedbacks, "heart", Rating.HELPFUL, "1.2")
    assert react(feedbacks, "heart", Rating.HELPFUL, "1.3", added=False) is None
    left = feedbacks.of_person(1, "U1")
    assert left is not None
    assert left.rating is Rating.HELPFUL


def test_reactions_out_of_order_or_twice_change_nothing(feedbacks: Feedbacks) -> None:
    react(feedbacks, "-1", Rating.NOT_HELPFUL, "2.0", added=False)
    assert react(feedbacks, "-1", Rating.NOT_HELPFUL, "1.0") is None, "it was taken off since"
    react(feedbacks, "x", Rating.NOT_HELPFUL, "3.0")
    assert react(feedbacks, "x", Rating.NOT_HELPFUL, "3.0") is None
    react(feedbacks, "x", Rating.NOT_HELPFUL, "4.0", added=False)
    assert react(feedbacks, "x", Rating.NOT_HELPFUL, "3.0") is None
    now = feedbacks.of_person(1, "U1")
    assert now is not None
    assert now.rating is Rating.TAKEN_BACK


def test_a_later_press_wins_over_a_reaction_and_the_reverse(feedbacks: Feedbacks) -> None:
    react(feedbacks, "-1", Rating.NOT_HELPFUL, "1.0")
    assert pressed(feedbacks, rating=Rating.HELPFUL).rating is Rating.HELPFUL
    assert react(feedbacks, "-1", Rating.NOT_HELPFUL, "2.0", added=False) is None
    now = feedbacks.of_person(1, "U1")
    assert now is not None
    assert now.rating is Rating.HELPFUL, "the press stands when an older reaction goes"
    later = react(feedbacks, "x", Rating.NOT_HELPFUL, "3.0")
    assert later is not None
    assert later.rating is Rating.NOT_HELPFUL


def answered(engine: Engine, text: str = SENTENCE) -> int:
    """Have a question answered from a document and return its number."""
    inbox = Inbox(engine)
    asked = IncomingQuestion("Ev1", "T1", "C1", "channel", "1.0", "1.0", "U1", "What binds us?")
    assert inbox.receive(asked)
    question = inbox.take()
    assert question is not None
    cited = Citation(1, "a.md", "Title", "Title", SENTENCE, "Institute")
    answer = Answer("q", AnswerStatus.ANSWERED, text, citations=(cited,), snapshot="s1")
    turn = Turn(asked.text, text)
    assert Turns(engine).conclude(question, turn, "answered", "1.5", answer)
    return question.id


def test_a_deleted_question_takes_what_was_written_of_it_away(
    engine: Engine, feedbacks: Feedbacks
) -> None:
    number = answered(engine)
    pressed(feedbacks, number)
    feedbacks.explain(number, "U1", Reason.OUTDATED, "My own words.")
    shown = taken(feedbacks)
    assert shown.question == "What binds us?"
    feedbacks.note(shown, Notice("U9", "D9", "1.5"))
    feedbacks.shown(shown)
    assert Turns(engine).forget("T1", "C1", "1.0")
    left = taken(feedbacks)
    assert (left.words, left.question) == ("", "")
    assert (left.reason, left.documents) == (Reason.OUTDATED, ("a.md",))
    assert left.notices, "so that whoever was told is shown it without the words"


def test_what_is_written_while_the_question_is_deleted_is_not_kept(
    engine: Engine, feedbacks: Feedbacks
) -> None:
    number = answered(engine)
    pressed(feedbacks, number)
    assert Turns(engine).forget("T1", "C1", "1.0")
    left = feedbacks.explain(number, "U1", Reason.OUTDATED, "You said four stages.")
    assert left is not None
    assert (left.reason, left.words) == (Reason.OUTDATED, "")


def test_a_purge_takes_out_words_that_quote_the_document_and_has_notices_renewed(
    engine: Engine, feedbacks: Feedbacks
) -> None:
    number = answered(engine)
    pressed(feedbacks, number)
    feedbacks.explain(number, "U1", Reason.OUTDATED, f"You say: {SENTENCE} Since when?")
    feedbacks.shown(taken(feedbacks))
    Turns(engine).withdraw("a.md", [SENTENCE])
    left = taken(feedbacks)
    assert left.words == WORDS_WITHDRAWN
    assert left.documents == ("a.md",), "its name and the reason stay"


def test_what_nobody_could_be_told_is_due_again_as_if_it_was_never_tried(
    feedbacks: Feedbacks,
) -> None:
    with time_machine.travel(NOW, tick=False):
        pressed(feedbacks, reason=Reason.OUTDATED)
        feedbacks.wait(taken(feedbacks), 60)
        assert feedbacks.take() is None
    with time_machine.travel(NOW + timedelta(seconds=61), tick=False):
        again = taken(feedbacks)
        assert (again.attempts, again.version > again.shown_version) == (1, True)


def test_what_was_said_stays_with_the_words_that_it_was_said_of(
    engine: Engine, feedbacks: Feedbacks
) -> None:
    number, turns = answered(engine), Turns(engine)
    first = pressed(feedbacks, number, reason=Reason.OUTDATED)
    feedbacks.shown(taken(feedbacks))
    assert turns.revise(("T1", "C1", "1.0"), "What else?", edited_ts="2.0")
    assert taken(feedbacks).is_edited, "whoever was told is shown it"
    explained = feedbacks.explain(number, "U1", Reason.INCOMPLETE, "Wrong year.")
    assert explained is not None
    assert (explained.is_edited, explained.words) == (True, "Wrong year.")
    assert not first.is_edited


def test_the_same_said_of_an_edited_question_is_said_anew(
    engine: Engine, feedbacks: Feedbacks
) -> None:
    number = answered(engine)
    pressed(feedbacks, number, reason=Reason.OUTDATED)
    feedbacks.explain(number, "U1", None, "Wrong year.")
    assert Turns(engine).revise(("T1", "C1", "1.0"), "What else?", edited_ts="2.0")
    again = pressed(feedbacks, number, revision=1, documents=("b.md",))
    assert (again.is_edited, again.reason, again.words) == (False, None, "")
    assert again.documents == ("b.md",)


def test_the_same_reaction_on_an_edited_question_is_one_anew(feedbacks: Feedbacks) -> None:
    assert feedbacks.react(PRESS, "-1", "5.0", added=True) is not None
    assert feedbacks.react(PRESS, "x", "6.0", added=True) is None
    assert feedbacks.react(replace(PRESS, revision=1), "no_entry", "7.0", added=True) is not None


def test_of_what_waited_for_somebody_no_more_than_usual_is_shown_singly(
    feedbacks: Feedbacks,
) -> None:
    with time_machine.travel(NOW, tick=False):
        for number in range(MOST_AN_HOUR + 2):
            pressed(feedbacks, number, reason=Reason.OUTDATED)
            feedbacks.wait(taken(feedbacks), 60)
    with time_machine.travel(NOW + timedelta(seconds=61), tick=False):
        found = [taken(feedbacks) for _ in range(MOST_AN_HOUR + 2)]
        assert sum(each.counted_in is not None for each in found) == 2


def test_a_notice_is_known_by_its_message(feedbacks: Feedbacks) -> None:
    feedback = dealt_with(feedbacks)
    found = feedbacks.told_by("D9", "1.5")
    assert found is not None
    assert found.id == feedback.id
    for channel, ts in (("D8", "1.5"), ("D9", "1.50"), ("D9", "1"), ("D9", "%")):
        assert feedbacks.told_by(channel, ts) is None
