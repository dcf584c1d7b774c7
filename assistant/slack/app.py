"""The Slack bot from start to stop: tokens checked, the way in opened, workers running."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import structlog
from filelock import FileLock, Timeout
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from assistant.domain.ports import Abilities
from assistant.language import speak
from assistant.settings import Settings, SlackWay
from assistant.slack.administration import Administration
from assistant.slack.api.admission import Identity, admitted
from assistant.slack.api.clients import SDK_LOGGER
from assistant.slack.api.waits import Waits
from assistant.slack.feedback.blocks import with_feedback
from assistant.slack.feedback.room import FeedbackRoom
from assistant.slack.ground import Ground, laid
from assistant.slack.heard.asking import Listeners
from assistant.slack.heard.private import Private
from assistant.slack.heard.reception import Reception
from assistant.slack.networks.room import NetworkRoom
from assistant.slack.pane import Pane
from assistant.slack.questions.workforce import workforce
from assistant.slack.sharing.posts import SharedPosts
from assistant.slack.sharing.sharing import Sharing
from assistant.slack.sharing.taking_back import TakingBack
from assistant.slack.ways.sockets import SocketWay
from assistant.slack.ways.web import HttpWay, listening
from assistant.store.database import Engine
from assistant.store.holds import Holds
from assistant.store.requests import SeenRequests
from assistant.store.shares import Shares
from assistant.store.snapshots import SnapshotPointer
from assistant.store.threads import Threads

SECONDS_TO_FINISH = 20.0

_log = structlog.get_logger()


class SlackBot:
    """The bot of one workspace: `start` connects, `stop` ends in order."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        abilities: Abilities,
    ) -> None:
        """Check the tokens; raises SlackError with one sentence when Slack refuses us."""
        speak(settings.language)
        self._sdk_log = _route_sdk_log()
        waits = Waits(Holds(engine))
        identity, self._address = admitted(settings, waits)
        ground = laid(settings, engine, abilities, identity, waits)
        self._inbox = ground.inbox
        self._errands = ground.errands
        self._alone = FileLock(settings.data_dir / "slack.lock", thread_local=False)
        self._pane = Pane(ground, SnapshotPointer(engine).live)
        self._feedback = FeedbackRoom(ground, self.wake, self.show_home)
        self._networks = NetworkRoom(ground, self.show_home)
        self._shared_posts = SharedPosts(
            Shares(engine), ground.clients.posting, ground.clients.reading, identity
        )
        self._taking_back = TakingBack(ground, self._shared_posts, self.wake)
        self._administration = Administration(
            ground,
            self._pane.prompts,
            self._feedback.to_deal_with,
            self._networks.home,
            self._taking_back.take_back,
        )
        self._delivery = workforce(ground, self._pane.streams, self._administration.invite)
        app = _bolt(ground)
        self._register(app, ground)
        self.way = _way_in(settings, app, engine, ground.clients.posting)

    def wake(self) -> None:
        """Tell the workers that a question waits."""
        self._delivery.wake()

    def show_home(self, user: str) -> None:
        """Have a person's Home tab shown."""
        self._administration.show_home(user)

    def _register(self, app: App, ground: Ground) -> None:
        """Give every listener to Bolt; it asks them in this order."""
        identity, clients = ground.identity, ground.clients
        self._pane.register(app)
        Private(ground.inbox, self.wake, identity.team, identity.bot_user).register(app)
        threads = Threads(ground.engine)
        Sharing(
            ground.inbox,
            ground.turns,
            threads,
            self._shared_posts,
            ground.gatekeeper,
            ground.errands,
            self.wake,
            with_feedback,
        ).register(app)
        self._taking_back.register(app)
        self._feedback.register(app)
        self._networks.register(app)
        Listeners(
            Reception(ground.inbox, ground.turns, self.wake),
            threads,
            identity,
            clients.courtesy,
            lambda post: self._feedback.hears(post) or self._networks.hears(post),
            self._networks.forgets,
            self._administration.show_home,
            self._pane.greet,
        ).register(app)
        self._administration.register(app)

    def start(self) -> None:
        """Take up what was left, connect and listen; raises SlackError."""
        if isinstance(self.way, SocketWay):
            self.way.open(self._address)
        else:
            self.way.open()
        self._sdk_log.is_open = True
        is_alone = self._take_up_what_was_left()
        self._administration.start(is_alone=is_alone)
        self._pane.start()
        self._feedback.start()
        self._networks.start()
        self._delivery.start()

    def stop(self) -> None:
        """Hear no more, finish what is in hand, give back what is not finished."""
        self._sdk_log.is_open = False
        self.way.close()
        until = time.monotonic() + SECONDS_TO_FINISH
        self._pane.stop(1.0)
        self._delivery.stop(SECONDS_TO_FINISH)
        self._feedback.stop(max(1.0, until - time.monotonic()))
        self._networks.stop(max(1.0, until - time.monotonic()))
        self._administration.stop(max(1.0, until - time.monotonic()))
        self._alone.release()

    def _take_up_what_was_left(self) -> bool:
        """Free what a bot that is gone had in hand; beside a living one, leases must run out.

        Returns whether this bot is alone with its data folder.
        """
        try:
            self._alone.acquire(timeout=0)
        except Timeout:
            _log.warning("another_bot_uses_the_data_folder")
            return False
        released = self._inbox.release_all()
        if released:
            _log.warning("questions_taken_up_again", count=released)
        return True


def _bolt(ground: Ground) -> App:
    return App(
        client=ground.clients.reading,
        # Ours, since Bolt would set the token aside for a SLACK_CLIENT_ID in the environment.
        authorize=_authorize_as(ground.identity, ground.clients.reading.token),
        logger=logging.getLogger(SDK_LOGGER),
        # An event is acknowledged after its listener, so after its row is committed.
        process_before_response=True,
        # Over HTTP that is done before anything is parsed; a socket needs none.
        request_verification_enabled=False,
        ssl_check_enabled=False,
    )


def serve(
    settings: Settings,
    engine: Engine,
    abilities: Abilities,
    ready_message: str = "Listening in Slack; stop with Ctrl+C.",
) -> None:
    """Answer in Slack until the process is interrupted or told to end; call it in the main thread.

    `ready_message` goes to standard output when the bot listens. Raises SlackError with one
    sentence when Slack does not accept a token or cannot be reached.
    """
    bot = SlackBot(settings, engine, abilities)
    with _told_to_end() as told, _reachable(bot, settings):
        bot.start()
        sys.stdout.write(f"{ready_message}\n")
        sys.stdout.flush()
        told.wait()
    bot.stop()


def _way_in(settings: Settings, app: App, engine: Engine, client: WebClient) -> SocketWay | HttpWay:
    app_token, secret = settings.slack_app_token, settings.slack_signing_secret
    if settings.slack_way is SlackWay.HTTP and secret is not None:
        return HttpWay(app, secret.get_secret_value(), SeenRequests(engine))
    token = app_token.get_secret_value() if app_token else ""
    return SocketWay(app, token, client, settings.slack_connections)


def _reachable(bot: SlackBot, settings: Settings) -> AbstractContextManager[object]:
    """Hear requests in the block where Slack sends some; raises SlackError."""
    if isinstance(bot.way, HttpWay):
        return listening(bot.way, settings.http_host, settings.http_port)
    return nullcontext()


@contextmanager
def _told_to_end() -> Iterator[threading.Event]:
    """Give an event that SIGINT and SIGTERM set; afterwards they do what they did before."""
    told = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: told.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _authorize_as(identity: Identity, token: str | None) -> Callable[[], AuthorizeResult]:
    """Return what tells Bolt that every event is for us."""

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team,
            bot_user_id=identity.bot_user,
            bot_id=identity.bot_id,
            bot_token=token,
        )

    return authorize


class _SdkLog(logging.Handler):
    """Hands the SDKs' errors to our log, the first line only: what follows may be content."""

    is_open = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write one event, unless the bot is starting or stopping."""
        if self.is_open:
            first_line = record.getMessage().partition("\n")[0][:200]
            _log.warning("slack_sdk_error", logger=record.name, message=first_line)


def _route_sdk_log() -> _SdkLog:
    logger = logging.getLogger(SDK_LOGGER)
    # Bolt's loggers copy this one's handler once, so a second bot uses the same.
    known = next((h for h in logger.handlers if isinstance(h, _SdkLog)), None)
    handler = known or _SdkLog()
    logger.handlers = [handler]
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    return handler
