"""A network of three organisations, and what its people do to ask it: for the scenarios."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assistant.domain.networks import Member, MemberState, Network, Openness, Topic
from assistant.domain.releases import Actor, AuditEntry
from assistant.slack.app import SlackBot
from assistant.slack.networks import calling, room
from assistant.slack.networks.calling_form import CALL_VIEW, SEND, SHOW
from assistant.slack.networks.capturing_form import CAPTURE_VIEW
from assistant.store.database import Engine
from assistant.store.networks.calls import Call, CallPost, Calls, PostKind
from assistant.store.networks.networks import Networks
from tests.fakes.fake_slack import TEAM, FakeSlack, Posted
from tests.fakes.slack_limits import seen, texts

# Ann is of Elm Council, Ben of Oak Council, Dan of Ash Trust; Cat looks after the network.
ASKER, KNOWS_RATES, KNOWS_MARKETS, STEWARD, OUTSIDER = (
    "U1ANN",
    "U2BEN",
    "U4DAN",
    "U3CAT",
    "U9EVE",
)
STRANGER = "U6FAY"
CHANNEL = "C5PEERS"
AWAY = "T9AWAY"
QUESTION = "How did you set homecare rates in rural places?"
UNKNOWN = "Which lawnmower is best?"
AT = datetime.now(UTC)
ENTRY = AuditEntry(AT, Actor(STEWARD, "Slack"), "manage a network", "network-peers", "made")


@dataclass
class Clock:
    """The moment by which calls go on: the true one, and what a test lets pass."""

    passed: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.passed

    def let_pass(self, hours: float) -> None:
        self.passed += timedelta(hours=hours)


@dataclass
class World:
    """The network as it is, and where people of it act."""

    slack: FakeSlack
    engine: Engine
    clock: Clock

    @property
    def calls(self) -> Calls:
        return Calls(self.engine)

    @property
    def networks(self) -> Networks:
        return Networks(self.engine)

    def make(self, *channels: str, name: str = "peers", **fields: Any) -> Network:
        """Make a network with its steward, members and topics."""
        network = Network(name, TEAM, name.title(), "What works", Openness.PRIVATE, (STEWARD,))
        made = Network(**{**_fields(network), "channels": channels, **fields})
        kept = self.networks.create(made, ENTRY)
        assert kept is not None
        for user in (ASKER, KNOWS_RATES, KNOWS_MARKETS):
            self.join(user, kept.id)
        topics = (
            Topic("Homecare rates", (KNOWS_RATES, ASKER)),
            Topic("Market shaping", (KNOWS_MARKETS,)),
        )
        self.networks.put_topics(kept.id, topics, ENTRY)
        return kept

    def join(self, user: str, network: str = "peers") -> None:
        self.networks.put_member(Member(network, user, MemberState.MEMBER, STEWARD, AT), ENTRY)

    def leave(self, user: str, network: str = "peers") -> None:
        assert self.networks.drop_member(network, user, ENTRY)

    def form(self, user: str = ASKER, channel: str = "C1") -> dict[str, Any]:
        """Have a question answered and press the button below; return the modal that shows."""
        answer = self.slack.wait_for_answer(self.slack.mention(user, channel, QUESTION))
        count = len(self.slack.modals)
        self.slack.press_button(user, "Ask a network", answer["blocks"], answer, channel)
        return self.modal_after(count)

    def modal_after(self, count: int) -> dict[str, Any]:
        """Return the modal that stands when there are more than `count` and none asks to wait."""

        def stands() -> bool:
            shown = self.slack.modals
            return len(shown) > count and "external_id" not in shown[-1]

        self.slack.wait_until(stands)
        return self.slack.modals[-1]

    def submit(self, user: str, modal: dict[str, Any], **filled: object) -> dict[str, Any]:
        """Send a form and return the modal that then stands."""
        count = len(self.slack.modals)
        self.slack.wait_for_acknowledgement(self.slack.submit(user, modal, **filled))
        return self.modal_after(count)

    def preview(self, user: str = ASKER, channel: str = "C1", **filled: object) -> dict[str, Any]:
        form = self.form(user, channel)
        assert form["callback_id"] == CALL_VIEW
        assert form["submit"]["text"] == SHOW
        preview = self.submit(user, form, **filled)
        assert preview.get("submit", {}).get("text") == SEND, said_in(preview)
        return preview

    def ask(self, user: str = ASKER, channel: str = "C1", **filled: object) -> Call:
        """Put a question to the network and return the call, wherever it has gone by then."""
        before = len(self.calls.open_of(TEAM, user, 50))
        self.submit(user, self.preview(user, channel, **filled))
        self.slack.wait_until(lambda: len(self.calls.open_of(TEAM, user, 50)) > before)
        return self.calls.open_of(TEAM, user)[0]

    def post_of(
        self, call: Call, kind: PostKind, recipient: str | None = None, minutes: float = 0
    ) -> CallPost:
        """Wait until a message of a call has ended, and return it.

        Between two looks `minutes` pass.
        """

        def found() -> list[CallPost]:
            self.clock.let_pass(minutes / 60)
            posts = self.calls.posts.of_call(call.id, kind)
            return [p for p in posts if p.done_at and recipient in (None, p.recipient)]

        # Where time passes with each look, too many of them would let a call go on.
        self.slack.wait_until(lambda: bool(found()), 20 if minutes else 60)
        return found()[0]

    def message_of(self, post: CallPost) -> dict[str, Any]:
        assert post.ts, post.code
        return dict(self.slack.message(str(post.channel), post.ts))

    def reply(
        self, post: CallPost, user: str, text: str = "We asked providers for open books."
    ) -> Posted:
        """Let somebody reply in the thread of a call."""
        if str(post.channel).startswith("D"):
            return self.slack.direct_message(user, text, thread_ts=post.ts)
        return self.slack.post(user, str(post.channel), text, thread_ts=post.ts)

    def press(self, user: str, label: str, post: CallPost) -> str:
        message = self.message_of(post)
        blocks = message["blocks"]
        return self.slack.press_button(user, label, blocks, message, str(post.channel))

    def consent(self, call: Call, user: str) -> dict[str, Any]:
        """Say yes to being asked, and return the modal that then stands."""
        post = self.post_of(call, PostKind.CONSENT, user)
        count = len(self.slack.modals)
        self.press(user, "Yes, show me the words", post)
        modal = self.modal_after(count)
        assert modal.get("callback_id") == CAPTURE_VIEW, said_in(modal)
        return modal

    def has_rested(self, call: Call) -> None:
        """Wait until nothing of a call waits to be posted, and no reply to be judged."""

        def rests() -> bool:
            posts = self.calls.posts.of_call(call.id)
            now = self.calls.find(call.id)
            is_due = now is not None and now.due_at is not None and now.due_at <= self.clock()
            is_heard = any(r.state == "heard" for r in self.calls.replies.of_call(call.id))
            return bool(posts) and all(p.done_at for p in posts) and not is_due and not is_heard

        self.slack.wait_until(rests, 60)


def said_in(shown: object) -> str:
    """Return everything that is seen in a message or a view."""
    return seen("\n".join(texts(shown)))


def everybody_else(slack: FakeSlack, *but: str) -> Sequence[str]:
    """Return those to whom nothing was said directly, of all who might have been written to."""
    users = {ASKER, KNOWS_RATES, KNOWS_MARKETS, STEWARD, OUTSIDER, STRANGER} - set(but)
    return [user for user in users if slack.told_directly(user)]


def _fields(network: Network) -> dict[str, Any]:
    return {name: getattr(network, name) for name in Network.__slots__}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(calling, "utc_now", clock)
    # So that what is due is done soon after a test has let time pass.
    monkeypatch.setattr(room, "ROUND_SECONDS", 0.1)
    return clock


@pytest.fixture
def world(slack: FakeSlack, engine: Engine, clock: Clock) -> World:
    slack.add_person(KNOWS_MARKETS)
    slack.add_person(STRANGER)
    slack.add_person(OUTSIDER, team_id=AWAY, is_stranger=True)
    slack.add_channel(CHANNEL, ASKER, KNOWS_RATES, KNOWS_MARKETS, STEWARD)
    return World(slack, engine, clock)


@pytest.fixture
def started(world: World, start_bot: Callable[[], SlackBot]) -> World:
    """The world with its network in one channel, and a bot that listens."""
    world.make(CHANNEL)
    start_bot()
    return world
