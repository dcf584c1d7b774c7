"""Everything that people do with networks in Slack, put together for one bot."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from slack_bolt import Ack, App

from assistant.slack.api.errands import Errands
from assistant.slack.ground import Ground
from assistant.slack.heard.hearing import Deletion, Post
from assistant.slack.networks.agreeing import Agreeing
from assistant.slack.networks.calling import Calling
from assistant.slack.networks.ground import NetworkGround, Part
from assistant.slack.networks.joining import Joining
from assistant.slack.networks.managing import Managing, NamedPages
from assistant.slack.networks.naming_stewards import NamingStewards
from assistant.slack.networks.posting import NetworkPosts
from assistant.slack.networks.responding import Responding
from assistant.slack.networks.sharing import Sharing
from assistant.slack.networks.verifying import Verifying
from assistant.slack.posts.our_answers import OurAnswers
from assistant.slack.shown.blocks import Shown
from assistant.store.networks.calls import Calls
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.networks.proposals import Proposals
from assistant.store.networks.verified_answers import VerifiedAnswers
from assistant.store.shares import Shares

COMMAND = "/network"
WORKERS = 3
ROUND_SECONDS = 5.0

_log = structlog.get_logger()


class NetworkRoom:
    """The parts of the networks' room; `start` and `stop` go with the bot's."""

    def __init__(self, ground: Ground, show_home: Callable[[str], None]) -> None:
        self._errands = Errands(WORKERS)
        self._stopping = threading.Event()
        self._news = threading.Event()
        self._parts = _parts(_laid(ground, self._errands, show_home, self.wake))
        self._thread = threading.Thread(target=self._go_round, name="networks", daemon=True)

    def register(self, app: App) -> None:
        """Give the listeners to Bolt; before those that hear whatever nobody else does."""
        app.command(COMMAND)(self.on_command)
        for part in self._parts:
            part.register(app)

    def on_command(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """Give the command to the part that knows its first word; the first part knows no word."""
        ack()
        words = str(body.get("text") or "").split()
        any(part.command(words, dict(body)) for part in self._parts)

    def hears(self, post: Post) -> bool:
        """Let the parts take a post that is no question; return whether one did."""
        return any(part.hears(post) for part in self._parts)

    def forgets(self, deletion: Deletion) -> bool:
        """Let the parts take back what came of a deleted post; return whether one did."""
        return any(part.forgets(deletion) for part in self._parts)

    def home(self, user: str, audiences: Sequence[str]) -> Sequence[Shown]:
        """Return what a person's Home tab shows of networks."""
        return [shown for part in self._parts for shown in part.home(user, audiences)]

    def wake(self) -> None:
        """Have what is due done now."""
        self._news.set()

    def start(self) -> None:
        """Begin, with what is left from before."""
        self._errands.start()
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Let what was begun end within `seconds`."""
        self._stopping.set()
        self._news.set()
        self._errands.stop(seconds)
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _go_round(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            for part in self._parts:
                try:
                    part.go_round()
                except Exception:  # noqa: BLE001 - a thread that ended would never be missed
                    _log.exception("network_round_broken_off", part=type(part).__name__)
            self._news.wait(ROUND_SECONDS)


def _laid(
    ground: Ground,
    errands: Errands,
    show_home: Callable[[str], None],
    wake: Callable[[], None],
) -> NetworkGround:
    clients, engine = ground.clients, ground.engine
    return NetworkGround(
        ground=ground,
        networks=ground.networks,
        memberships=ground.memberships,
        answers=PeerAnswers(engine),
        calls=Calls(engine),
        verified=VerifiedAnswers(engine),
        proposals=Proposals(engine),
        our_answers=OurAnswers(
            ground.inbox, ground.turns, Shares(engine), clients.reading, ground.identity
        ),
        posts=NetworkPosts(clients.posting, clients.reading, ground.identity.bot_user),
        errands=errands,
        show_home=show_home,
        wake=wake,
    )


def _parts(laid: NetworkGround) -> Sequence[Part]:
    return (
        Managing(laid),
        NamingStewards(laid),
        Joining(laid),
        Sharing(laid),
        Responding(laid),
        Calling(laid),
        Verifying(laid),
        Agreeing(laid),
        NamedPages(laid),
    )
