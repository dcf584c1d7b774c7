"""What a network knows, and who sees any of it: every kind of reader on every surface.

Each kind of knowledge has a word of its own that stands nowhere else. Somebody who is no member
uses every surface, and asks for what they should not know of by every name and number there is;
then no call to Slack holds any of the words. Members find every one of them.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.answerer import Answerer
from assistant.answering.defining import TermDefiner
from assistant.answering.extractive import ExtractiveComposer
from assistant.domain.documents import INTERNAL
from assistant.domain.networks import (
    Lapse,
    Origin,
    Peer,
    PeerAnswer,
    PeerCitation,
    Proposal,
    ProposalState,
    Response,
    ResponseKind,
    Topic,
    VerifiedAnswer,
    Vote,
)
from assistant.domain.ports import Abilities
from assistant.language import say
from assistant.network.offering_again import OfferingAgain
from assistant.network.recognition import Recogniser
from assistant.settings import Settings
from assistant.slack.api.errands import WORKERS as ERRAND_WORKERS
from assistant.slack.app import SlackBot
from assistant.slack.feedback.blocks import REASONS
from assistant.slack.networks.managing_blocks import JOIN_ACTION
from assistant.slack.networks.room import WORKERS as NETWORK_WORKERS
from assistant.store.feedback.table import Reason
from assistant.store.networks.networks import Networks
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.networks.proposals import Proposals
from assistant.store.networks.verified_answers import VerifiedAnswers
from tests.fakes.fake_slack import TEAM, FakeSlack, Posted
from tests.fakes.railway import Railway
from tests.fakes.slack_limits import actions
from tests.scenarios.elm import (
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
    NOW,
    OPENED,
    OTHER,
    OWN,
    PARTNER,
    PARTNER_SHUT,
    REMOVED,
    REQUESTED,
    SHUT,
    STEWARD,
    TODAY,
    made_elm,
)
from tests.scenarios.waiting import at_rest

pytestmark = pytest.mark.sockets

QUESTION = "How do we pay providers of respite in villages?"
TERM = "tandemfee"
ADMINISTRATOR = "U1ANN"
# What each kind of knowledge says that nothing else does.
WORDS = {
    "verified answer": "kestrelgrant",
    "lapsed answer": "merlinquota",
    "internal answer": "goshawkrule",
    "shared answer": "hobbyledger",
    "note": "harrierpledge",
    "captured reply": "gosledger",
    "response": "ospreytariff",
    "correction": "falconrebate",
    "agreed definition": "buzzardshare",
    "proposal": "sparrowhawkfee",
    "topic": "eaglesurvey",
    "name": "Kiteworthy",
    "purpose": "owlpurpose",
}
NAMED_TO_THE_INVITED = ("name", "purpose")
NETWORK = replace(
    ELM, name=f"{WORDS['name']} circle", purpose=f"To share {WORDS['purpose']} among peers"
)
AUTHOR = Peer(JOINED, "Jo Joined", "Elm Council")
EVERY_NUMBER = range(1, 9)


class Rounds(threading.Event):
    """The news of the networks' room; it is put aside whenever a round begins."""

    begun = 0

    def clear(self) -> None:
        """Count a round."""
        self.begun += 1
        super().clear()


@dataclass
class World:
    """The network, all it knows, and a bot over the real answer path."""

    slack: FakeSlack
    railway: Railway
    bot: SlackBot
    rounds: Rounds

    def settle(self) -> None:
        """Wait until the bot has nothing more to do: nothing is said in two looks one by one."""
        said = [-2, -1]
        while len(set(said)) > 1:
            self._let_work_end()
            said = [said[-1], self._said()]

    def _let_work_end(self) -> None:
        """Wait for what was sent, asked and begun until now, and for a whole round after it."""
        slack, bot = self.slack, self.bot
        slack.wait_until(lambda: set(slack.delivered) <= set(slack.acknowledged), seconds=60)
        at_rest(slack, self.railway.engine, seconds=60)
        for errands, workers in (
            (bot._errands, ERRAND_WORKERS),
            (bot._networks._errands, NETWORK_WORKERS),
        ):
            ended = threading.Barrier(workers + 1, timeout=60)
            for _ in range(workers):
                assert errands.begin(lambda ended=ended: ended.wait())  # type: ignore[misc]
            ended.wait()
        for _ in range(2):
            count = self.rounds.begun
            bot._networks.wake()
            slack.wait_until(lambda count=count: self.rounds.begun > count, 60)  # type: ignore[misc]

    def seen_since(self, mark: tuple[int, int, int]) -> str:
        """Return everything that was sent to Slack since then, whoever it was for."""
        calls, alone, replies = mark
        sent = [call.arguments for call in self.slack.calls[calls:]]
        aside = [(each.text, each.blocks) for each in self.slack.ephemeral[alone:]]
        answered = list(self.slack.replied.values())[replies:]
        return json.dumps([sent, aside, answered], default=str)

    def mark(self) -> tuple[int, int, int]:
        slack = self.slack
        return len(slack.calls), len(slack.ephemeral), len(slack.replied)

    def _said(self) -> int:
        return sum(self.mark())

    def use_everything(self, user: str, channels: tuple[str, ...]) -> str:
        """Let somebody use every surface, with every name and number; return all that was sent."""
        begun = self.mark()
        posted = [self.ask(user, place) for place in ("D", *channels)]
        self.slack.command(user, "/ask", QUESTION, OTHER)
        for term in (TERM, "village rate", "rates"):
            self.slack.command(user, "/define", term, OTHER)
        for text in ("", "list", "elm", "circle", "propose", "new", "unknown"):
            self.slack.command(user, "/network", text, OTHER)
        self.slack.open_messages_tab(user, "home")
        self.settle()
        self._use_home(user)
        for each in posted:
            for message in self.slack.answers(each):
                self._press_all(user, message, each.channel)
        self._forge(user)
        self.settle()
        return self.seen_since(begun)

    def ask(self, user: str, place: str) -> Posted:
        if place == "D":
            return self.slack.direct_message(user, QUESTION)
        return self.slack.mention(user, place, QUESTION)

    def _use_home(self, user: str) -> None:
        """Press every button of the Home tab, and look for the term."""
        home = self.slack.homes.get(user, {})
        for element in actions(home.get("blocks")):
            action = element["action_id"]
            is_of_the_corpus = action.startswith("administration.")
            # Who accepts an invitation is a member from then on.
            is_an_end = is_of_the_corpus or action == JOIN_ACTION
            if element["type"] == "button" and not is_an_end:
                self.slack.press(user, element["action_id"], element.get("value", ""))
        if "home.term" in json.dumps(home):
            self.slack.look_for(user, "home.term", TERM[:5], home)
        self.slack.act(
            user,
            {
                "type": "external_select",
                "action_id": "home.term",
                "selected_option": {"value": TERM},
            },
        )

    def _press_all(self, user: str, message: Mapping[str, Any], channel: str) -> None:
        for element in actions(message.get("blocks")):
            if element["type"] == "button":
                name, value = element["action_id"], element.get("value", "")
                self.slack.press(user, name, value, message, channel)

    def _forge(self, user: str) -> None:
        """Press what the user was never shown, for every number and the network's own id."""
        for action in ("networks.share.show", "networks.respond", "networks.share.withdraw"):
            for number in EVERY_NUMBER:
                for value in (str(number), f"worked:{number}", f"wrong:{number}"):
                    self.slack.press(user, action, value)
        for action in (
            "networks.verify",
            "networks.show_verified",
            "networks.renew",
            "networks.widen",
            "networks.set_aside",
            "networks.show_definition",
            "networks.agree",
            "networks.share",
            "networks.call",
            "home.answer",
        ):
            for number in EVERY_NUMBER:
                self.slack.press(user, action, str(number))
        if user != INVITED:
            self.slack.press(user, JOIN_ACTION, NETWORK.id)
        for action in (
            "managing.open",
            "managing.members",
            "managing.topics",
            "managing.change.open",
            "networks.list_verified",
            "networks.show_set_aside",
            "networks.propose",
        ):
            self.slack.press(user, action, NETWORK.id)


def _everything_known(railway: Railway) -> None:
    networks, answers = Networks(railway.engine), PeerAnswers(railway.engine)
    networks.put_topics("elm", [Topic(f"{WORDS['topic']} and rates", (JOINED,))], ENTRY)
    verified = VerifiedAnswers(railway.engine)
    plain = VerifiedAnswer(
        id=0,
        network="elm",
        question=QUESTION,
        answer=f"We paid respite providers a {WORDS['verified answer']} in villages.",
        by=AUTHOR,
        on=TODAY,
        verifier=STEWARD,
        verified_at=NOW,
        review_by=TODAY + timedelta(days=365),
        audience=NETWORK.audience,
    )
    verified.add(plain, ENTRY)
    lapsed = verified.add(
        replace(
            plain,
            question="How do we count villages for respite providers?",
            answer=f"We counted respite villages with a {WORDS['lapsed answer']}.",
        ),
        ENTRY,
    )
    assert verified.lapse(lapsed.id, Lapse.PASSAGE_CHANGED, ENTRY)
    # Verified when all were full members: who came in since may not read what it rests on.
    inner = PeerCitation(1, "inner.md", "", "[1] Inner", None, INTERNAL)
    verified.add(
        replace(
            plain,
            question="How do we pay providers of respite in the villages?",
            answer=f"We paid respite providers in villages by a {WORDS['internal answer']}.",
            citations=(inner,),
        ),
        ENTRY,
    )
    shared = answers.add(
        PeerAnswer(
            id=0,
            network="elm",
            origin=Origin.SHARED,
            question="How do we keep accounts of respite?",
            answer=f"With a {WORDS['shared answer']} for each village.",
            by=AUTHOR,
            on=TODAY,
            note=f"We made a {WORDS['note']} first.",
            inbox_id=901,
        ),
        ENTRY,
    )
    answers.add(
        PeerAnswer(
            id=0,
            network="elm",
            origin=Origin.CAPTURED,
            question="What did others do?",
            answer=f"They kept a {WORDS['captured reply']}.",
            by=AUTHOR,
            on=TODAY,
            call_id=902,
        ),
        ENTRY,
    )
    for kind, what in ((ResponseKind.WORKED, "response"), (ResponseKind.WRONG, "correction")):
        said = f"The {WORDS[what]} mattered."
        answers.respond(Response(0, shared.id, kind, AUTHOR, said, TODAY, None, NOW), ENTRY)
    proposals = Proposals(railway.engine)
    text = f"A {WORDS['agreed definition']} paid to two carers at once."
    proposal = Proposal(0, "elm", TERM, text, "Elm Council", ProposalState.PROPOSED, JOINED, NOW)
    agreed = proposals.add(proposal, "first", ENTRY)
    assert agreed is not None
    proposals.agree(agreed.id, Vote(STEWARD, agrees=True, at=NOW), lambda _a, _b: False, ENTRY)
    open_one = replace(proposal, term="village rate", text=f"What a {WORDS['proposal']} pays.")
    assert proposals.add(open_one, "second", ENTRY) is not None


@pytest.fixture
def world(
    slack: FakeSlack, settings: Settings, tmp_path: Path, abilities: Abilities
) -> Iterator[World]:
    railway = Railway(tmp_path)
    railway.write("respite.md", "# Respite\n\nA council pays providers of respite by the hour.\n")
    railway.write("inner.md", "# Inner\n\nOur own book of rates.\n", audience=INTERNAL)
    made_elm(slack, railway.engine, NETWORK)
    _everything_known(railway)
    railway.reload()
    assert railway.train.is_published()
    rounds = Rounds()
    with _bot(settings, railway, abilities, rounds) as bot:
        slack.wait_for_connection()
        world = World(slack, railway, bot, rounds)
        # Stewards and the verifier are told of what waits for them.
        world.settle()
        yield world
    railway.close()


@contextmanager
def _bot(
    settings: Settings, railway: Railway, abilities: Abilities, rounds: Rounds
) -> Iterator[SlackBot]:
    searcher = railway.rooms.live.searcher
    answer = Answerer(
        searcher,
        minimum_confidence=0.0,
        composer=ExtractiveComposer(),
        peers=railway.peers.now,
    )
    recognise = Recogniser(lambda: railway.encoder, railway.peers.offered)
    real = replace(
        abilities,
        answer=OfferingAgain(answer, recognise),
        define=TermDefiner(searcher, railway.peers.now),
        train=railway.train,
    )
    bot = SlackBot(settings, railway.engine, real)
    bot._networks._news = rounds
    bot.start()
    try:
        yield bot
    finally:
        bot.stop()


def words_in(text: str, *but: str) -> list[str]:
    return [kind for kind, word in WORDS.items() if word in text and kind not in but]


def test_who_is_no_member_sees_nothing_whatever_they_use(world: World) -> None:
    leaks: dict[str, list[str]] = {}
    for user in (NOBODY, REMOVED, REQUESTED, GUEST_ALONE, BY_SHUT, ADMINISTRATOR, GONE):
        leaks[user] = words_in(world.use_everything(user, (OTHER, SHUT)))
    leaks[INVITED] = words_in(world.use_everything(INVITED, (OTHER,)), *NAMED_TO_THE_INVITED)
    leaks[PARTNER_SHUT] = words_in(world.use_everything(PARTNER_SHUT, (SHUT, OTHER)))
    assert leaks == {user: [] for user in leaks}


def test_who_belongs_by_a_channel_alone_sees_nothing_elsewhere(world: World) -> None:
    leaks = {
        user: words_in(world.use_everything(user, (OTHER, SHUT))) for user in (GUEST_THERE, PARTNER)
    }
    assert leaks == {GUEST_THERE: [], PARTNER: []}


@pytest.mark.parametrize(
    ("user", "channel"),
    [(GUEST_THERE, OWN), (BY_CHANNEL, INNER), (BY_OPENED, OPENED), (PARTNER, OPENED)],
)
def test_in_a_channel_of_the_network_its_members_are_told(
    world: World, user: str, channel: str
) -> None:
    begun = world.mark()
    world.slack.wait_for_answer(world.ask(user, channel))
    world.settle()
    found = words_in(world.seen_since(begun))
    assert "verified answer" in found
    assert "internal answer" not in found or channel == INNER


def test_in_a_channel_of_others_a_member_is_told_nothing_of_it(world: World) -> None:
    begun = world.mark()
    for user in (STEWARD, JOINED, BY_GROUP):
        for channel in (OTHER, SHUT):
            world.slack.wait_for_answer(world.ask(user, channel))
    world.settle()
    assert words_in(world.seen_since(begun)) == []


def test_members_find_all_of_it(world: World) -> None:
    found = {
        user: set(words_in(world.use_everything(user, (OWN,))))
        for user in (GUEST_LET_IN, BY_GROUP, STEWARD)
    }
    assert found[STEWARD] == set(WORDS)
    assert set(WORDS) - found[BY_GROUP] == {"captured reply"}
    assert set(WORDS) - found[GUEST_LET_IN] == {"captured reply", "internal answer"}


def test_what_a_member_says_of_an_answer_tells_administrators_nothing_of_it(world: World) -> None:
    slack = world.slack
    posted = world.ask(BY_GROUP, "D")
    answer = slack.wait_for_answer(posted)
    assert WORDS["verified answer"] in json.dumps(answer)
    count = len(slack.modals)
    slack.rate(BY_GROUP, answer, posted.channel, helpful=False)
    slack.submit(BY_GROUP, slack.wait_for_modal(count + 1), reason="outdated")
    slack.wait_for_direct(ADMINISTRATOR, say(REASONS[Reason.OUTDATED]))
    assert words_in(json.dumps(slack.told_directly(ADMINISTRATOR))) == []


def test_a_closed_network_is_for_nobody_at_once(world: World) -> None:
    there = Networks(world.railway.engine).find(TEAM, "elm")
    assert there is not None
    assert Networks(world.railway.engine).close(there, ENTRY)
    leaks = {
        STEWARD: words_in(world.use_everything(STEWARD, (OWN,))),
        # What somebody shared they may still withdraw, so they see where it is.
        JOINED: words_in(world.use_everything(JOINED, (OWN,)), "name"),
    }
    assert leaks == {STEWARD: [], JOINED: []}


def test_the_command_line_tells_nothing_of_networks_unless_it_is_told_to(world: World) -> None:
    railway = world.railway
    usual, named = railway.ask(QUESTION), railway.ask(QUESTION, (NETWORK.audience,))
    assert words_in(usual.text + str(usual.citations)) == []
    assert "verified answer" in words_in(named.text)
