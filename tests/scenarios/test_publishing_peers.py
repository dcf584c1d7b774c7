"""What was verified goes live by itself, and who is concerned is told of it, once."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assistant.domain.networks import Lapse, PeerDocument
from assistant.domain.releases import Actor
from assistant.network.publishing import PeerKnowledge
from assistant.slack.app import SlackBot
from assistant.slack.networks.verifying_blocks import RENEW_ACTION, RETIRE_ACTION, VERIFY_ACTION
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.networks.proposals import Proposals
from assistant.store.networks.verified_answers import VerifiedAnswers
from tests.fakes.fake_slack import FakeSlack
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack_limits import seen
from tests.scenarios.peers import (
    AUTHOR,
    MEMBER,
    NETWORK,
    OTHER_STEWARD,
    STEWARD,
    entry,
    founded,
    pressed,
    sent,
    share,
    verify,
    words_of,
)

pytestmark = pytest.mark.sockets
IS_LIVE = "is in the corpus now"
NOT_LIVE = "is not in the corpus yet"
LAPSED = "lapsed"


@pytest.fixture(autouse=True)
def network(slack: FakeSlack, engine: Engine, train: ScriptedTrain) -> None:
    founded(slack, engine)
    knowledge = PeerKnowledge(Networks(engine), VerifiedAnswers(engine), Proposals(engine))
    train.peers = knowledge.documents


def told(slack: FakeSlack, user: str, words: str) -> int:
    return sum(words in seen(each.get("text", "")) for each in slack.told_directly(user))


def live_text(train: ScriptedTrain) -> str:
    return str(train._held())


def test_what_a_steward_verifies_goes_live_and_they_are_told_once(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain, bot: SlackBot
) -> None:
    form = pressed(slack, STEWARD, VERIFY_ACTION, share(engine).id)
    sent(slack, STEWARD, form, question="Who meets small providers?")
    slack.wait_for_direct(STEWARD, IS_LIVE)
    slack.wait_for_direct(AUTHOR, "verified what you said")
    assert "Who meets small providers?" in live_text(train)
    assert "network-elm" in live_text(train)
    form = pressed(slack, OTHER_STEWARD, RENEW_ACTION, VerifiedAnswers(engine).standing()[0].id)
    sent(slack, OTHER_STEWARD, form, answer_0="We do [1][2].")
    slack.wait_for_direct(OTHER_STEWARD, IS_LIVE)
    assert "We do" in live_text(train)
    assert told(slack, STEWARD, IS_LIVE) == 1
    slack.wait_until(lambda: told(slack, AUTHOR, "verified what you said") == 2)


def test_what_is_retired_leaves_the_corpus(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain, bot: SlackBot
) -> None:
    held = verify(engine)
    slack.wait_for_direct(STEWARD, IS_LIVE)
    pressed(slack, STEWARD, RETIRE_ACTION, held.id)
    slack.wait_until(lambda: held.document not in train._held())


def test_what_was_committed_before_a_crash_is_finished_by_the_next_start(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain, start_bot: Callable[[], SlackBot]
) -> None:
    shared = share(engine)
    held = verify(engine, origin_id=shared.id)
    start_bot()
    slack.wait_for_direct(STEWARD, IS_LIVE)
    slack.wait_for_direct(AUTHOR, "verified what you said")
    mended = PeerAnswers(engine).find(shared.id)
    assert mended is not None
    assert mended.verified_id == held.id


def test_a_busy_train_is_waited_for(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain, start_bot: Callable[[], SlackBot]
) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        may_end.wait(30)

    train.while_reloading = wait
    administrator = threading.Thread(target=lambda: train.reload(Actor("U1ANN", "Slack")))
    administrator.start()
    begun.wait(10)
    verify(engine)
    start_bot()
    slack.wait_until(lambda: any(each.outcome == "refused" for each in train.entries))
    assert told(slack, STEWARD, IS_LIVE) == 0
    train.while_reloading = lambda: None
    may_end.set()
    administrator.join(10)
    slack.wait_for_direct(STEWARD, IS_LIVE, seconds=30)
    assert told(slack, STEWARD, NOT_LIVE) == 0


def test_what_the_gate_refuses_is_told_once_and_of_no_other_document(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain, start_bot: Callable[[], SlackBot]
) -> None:
    train.gate_failures = ("secret.md: the golden question on Budget X fails.",)
    verify(engine)
    start_bot()
    message = slack.wait_for_direct(STEWARD, NOT_LIVE)
    assert "secret" not in str(message)
    assert "Budget" not in str(message)
    assert "one check" in words_of(message)
    # Another start, as after a crash, tries again and says nothing new.
    before = len(train.entries)
    start_bot()
    slack.wait_until(lambda: len(train.entries) > before)
    assert told(slack, STEWARD, NOT_LIVE) == 1
    train.gate_failures = ()
    start_bot()
    slack.wait_for_direct(STEWARD, IS_LIVE)
    assert told(slack, STEWARD, NOT_LIVE) == 1


def test_what_the_gate_refused_is_tried_again_as_soon_as_somebody_changes_something(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain, start_bot: Callable[[], SlackBot]
) -> None:
    train.gate_failures = ("secret.md: the golden question on Budget X fails.",)
    verified = verify(engine)
    start_bot()
    slack.wait_for_direct(STEWARD, NOT_LIVE)
    train.gate_failures = ()
    later = replace(verified, answer="In other words.", verified_at=datetime.now(UTC))
    assert VerifiedAnswers(engine).revise(later, entry("changed"))
    slack.wait_for_direct(STEWARD, IS_LIVE, seconds=30)


def test_what_fails_for_another_reason_than_the_corpus_is_tried_again(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain, start_bot: Callable[[], SlackBot]
) -> None:
    failures = iter([OSError("No space left on device.")])
    knowledge = train.peers

    def peers() -> Sequence[PeerDocument]:
        for failure in failures:
            raise failure
        return knowledge()

    train.peers = peers
    verify(engine)
    start_bot()
    slack.wait_for_direct(STEWARD, IS_LIVE, seconds=30)


def test_the_verifier_of_what_lapsed_is_told_once_what_and_why(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain, start_bot: Callable[[], SlackBot]
) -> None:
    held = verify(engine)

    def check() -> int:
        verified = VerifiedAnswers(engine)
        return int(verified.lapse(held.id, Lapse.PASSAGE_CHANGED, entry("lapsed", "")))

    train.lapsing = check
    start_bot()
    message = slack.wait_for_direct(STEWARD, "a passage that it cites has changed")
    assert RENEW_ACTION in str(message["blocks"])
    slack.wait_until(lambda: not VerifiedAnswers(engine).untold())
    start_bot()
    slack.wait_for_direct(AUTHOR, "verified what you said")
    assert told(slack, STEWARD, LAPSED) == 1
    assert told(slack, OTHER_STEWARD, LAPSED) == 0


def test_the_other_stewards_are_told_when_the_verifier_is_none_any_more(
    slack: FakeSlack, engine: Engine, start_bot: Callable[[], SlackBot]
) -> None:
    held = verify(engine, verifier=MEMBER)
    VerifiedAnswers(engine).lapse(held.id, Lapse.REVIEW_DUE, entry("lapsed", ""))
    start_bot()
    slack.wait_for_direct(OTHER_STEWARD, "its review date has passed")
    slack.wait_for_direct(STEWARD, "its review date has passed")
    assert told(slack, MEMBER, LAPSED) == 0


def test_a_steward_who_is_a_guest_by_now_is_told_nothing(
    slack: FakeSlack, engine: Engine, start_bot: Callable[[], SlackBot]
) -> None:
    slack.change_person(STEWARD, is_restricted=True)
    held = verify(engine)
    VerifiedAnswers(engine).lapse(held.id, Lapse.REVIEW_DUE, entry("lapsed", ""))
    lapsing = verify(engine, verifier=MEMBER, question="What of the others?")
    VerifiedAnswers(engine).lapse(lapsing.id, Lapse.REVIEW_DUE, entry("lapsed", ""))
    verify(engine, question="What goes live?")
    start_bot()
    slack.wait_for_direct(OTHER_STEWARD, "What of the others?")
    slack.wait_for_direct(AUTHOR, "What goes live?")
    slack.wait_until(lambda: not VerifiedAnswers(engine).untold())
    assert slack.told_directly(STEWARD) == []
    assert slack.told_directly(MEMBER) == []


def test_nothing_of_a_closed_network_is_told(
    slack: FakeSlack, engine: Engine, start_bot: Callable[[], SlackBot]
) -> None:
    oak = replace(NETWORK, id="oak", name="Oak")
    assert Networks(engine).create(oak, entry("created", "oak")) is not None
    closed = verify(engine, network="oak", audience=oak.audience, question="What of oak?")
    VerifiedAnswers(engine).lapse(closed.id, Lapse.REVIEW_DUE, entry("lapsed", ""))
    Networks(engine).close(oak, entry("closed", "oak"))
    verify(engine)
    start_bot()
    slack.wait_for_direct(STEWARD, IS_LIVE)
    assert "oak" not in str(slack.told_directly(STEWARD))
    assert "oak" not in str(slack.told_directly(AUTHOR))
