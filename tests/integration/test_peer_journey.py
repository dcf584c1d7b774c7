"""One peer answer from being shared to being renewed, over real sockets and by the real train."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.answering.answerer import Answerer
from assistant.answering.extractive import ExtractiveComposer
from assistant.domain.answers import Answer
from assistant.domain.networks import Lapse, PeerCitation, VerifiedAnswer
from assistant.domain.ports import Abilities
from assistant.domain.releases import Actor
from assistant.network.pinning import Pinner
from assistant.network.routing import TopicRouter
from assistant.settings import Settings
from assistant.slack.app import SlackBot
from assistant.slack.networks.verifying_blocks import RENEW_ACTION, VERIFY_ACTION
from assistant.store.audit import AuditLog
from tests.fakes.fake_slack import FakeSlack
from tests.fakes.railway import Railway
from tests.scenarios.conftest import FromFile, Glossary, settings, slack
from tests.scenarios.peers import (
    MEMBER,
    NETWORK,
    OUTSIDER,
    STEWARD,
    founded,
    pressed,
    sent,
    share,
    words_of,
)

__all__ = ["settings", "slack"]

pytestmark = pytest.mark.sockets

QUESTION = "How are small providers involved in Wibbleshire?"
SAID = "Wibbleshire invites small providers to breakfast in the library."
GUIDANCE = "guidance/involving.md"
WORDS = "Providers are involved early. Small providers need notice of every meeting."


@pytest.fixture
def railway(tmp_path: Path, settings: Settings) -> Iterator[Railway]:
    railway = Railway(tmp_path)
    railway.write(GUIDANCE, f"# Involving\n\n{WORDS}")
    railway.write("guidance/cycle.md", "# Cycle\n\nThe cycle has four stages.")
    railway.reload()
    yield railway
    railway.close()


@pytest.fixture
def bot(slack: FakeSlack, settings: Settings, railway: Railway) -> Iterator[SlackBot]:
    answerer = Answerer(
        railway.rooms.live.searcher,
        minimum_confidence=0.0,
        composer=ExtractiveComposer(),
        peers=railway.peers.now,
    )
    abilities = Abilities(
        answer=answerer,
        answer_from_file=FromFile(),
        define=Glossary(),
        train=railway.train,
        route=TopicRouter(lambda: railway.encoder),
        pin=Pinner(railway.rooms.live.searcher),
    )
    founded(slack, railway.engine)
    bot = SlackBot(settings, railway.engine, abilities)
    bot.start()
    slack.wait_for_connection()
    yield bot
    bot.stop()


def asked(slack: FakeSlack, user: str) -> str:
    """Return what somebody is answered alone, sources and all."""
    before = len(slack.told_directly(user))
    slack.wait_for_answer(slack.direct_message(user, QUESTION), seconds=30)
    slack.wait_until(lambda: len(slack.told_directly(user)) > before)
    return "\n".join(words_of(each) for each in slack.told_directly(user)[before:])


def lapsed(railway: Railway) -> Lapse | None:
    (answer,) = railway.verified.standing()
    return answer.lapse


def cited(railway: Railway) -> PeerCitation:
    """Return the guidance as an answer cites it."""
    answer: Answer = railway.ask("Are providers involved early?", ("public",))
    found = next(each for each in answer.citations if each.document == GUIDANCE)
    return PeerCitation(
        1, found.document, found.section, found.line, found.url, found.audience or None
    )


def verified(slack: FakeSlack, railway: Railway) -> VerifiedAnswer:
    shared = share(railway.engine, question=QUESTION, answer=SAID, citations=(cited(railway),))
    form = pressed(slack, STEWARD, VERIFY_ACTION, shared.id)
    sent(slack, STEWARD, form)
    slack.wait_for_direct(STEWARD, "is in the corpus now", seconds=30)
    (answer,) = railway.verified.standing()
    return answer


def test_what_a_peer_shared_is_verified_answers_lapses_and_is_renewed(
    slack: FakeSlack, railway: Railway, bot: SlackBot, wait: Callable[[Callable[[], bool]], None]
) -> None:
    answer = verified(slack, railway)
    assert all(each.digest for each in answer.citations)

    told = asked(slack, MEMBER)
    assert SAID in told
    assert "Peer experience" in told
    assert "Elm Council" in told
    outside = asked(slack, OUTSIDER)
    assert "breakfast" not in outside
    assert "Elm" not in outside

    railway.write(GUIDANCE, f"# Involving\n\n{WORDS} A fee is charged from now on.")
    railway.reload(Actor("U1ANN", "Slack"))
    wait(lambda: lapsed(railway) is Lapse.PASSAGE_CHANGED)
    slack.wait_for_direct(STEWARD, "a passage that it cites has changed", seconds=30)
    assert "lapsed" in asked(slack, MEMBER)

    form = pressed(slack, STEWARD, RENEW_ACTION, answer.id)
    assert "A fee is charged from now on." in words_of(form)
    sent(slack, STEWARD, form, passages_0=["1"])
    wait(lambda: lapsed(railway) is None)
    wait(railway.train.is_published)
    assert "lapsed" not in asked(slack, MEMBER)
    done = [each.outcome for each in AuditLog(railway.engine).recent(100)]
    assert {"verified", "lapsed", "renewed"} <= set(done)
    assert AuditLog(railway.engine).verify() == ()
    assert NETWORK.audience in str(railway.peers.documents())


@pytest.fixture
def wait(slack: FakeSlack) -> Callable[[Callable[[], bool]], None]:
    return lambda condition: slack.wait_until(condition, seconds=30)
