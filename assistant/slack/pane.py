"""The agent's pane, put together for one bot: greeting, progress, stop button."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_bolt import App

from assistant.slack.ground import Ground
from assistant.slack.home.prompts import Greeting, Prompts, Sources
from assistant.slack.posts.sessions import Sessions, StopButton
from assistant.slack.posts.showing import STATUS_SECONDS, STREAM_SECONDS, Workshop
from assistant.slack.posts.streaming import Streams

# So long after a switch, at most, nobody has looked for what may be suggested.
AHEAD_SECONDS = 60.0

_log = structlog.get_logger()


class Pane:
    """What people see of the assistant at work: `streams` is for who answers and who posts."""

    def __init__(self, ground: Ground, live: Callable[[], str | None]) -> None:
        """`live` tells which snapshot is."""
        abilities, clients, errands = ground.abilities, ground.clients, ground.errands
        sources = Sources(abilities.define, ground.settings.corpus_dir, live)
        self.prompts = Prompts(abilities.answer, sources, errands)
        inbox, gatekeeper = ground.inbox, ground.gatekeeper
        self.streams = Streams(
            Workshop(
                posting=clients.posting,
                courtesy=clients.courtesy,
                inbox=inbox,
                pace=ground.pace,
                sessions=Sessions(clients.courtesy),
                errands=errands,
                show_status=ground.signs.show,
                team_of=lambda user: ground.directory.team_of(user) or ground.identity.team,
                stream_seconds=STREAM_SECONDS,
                status_seconds=STATUS_SECONDS,
            )
        )
        self._greeting = Greeting(self.prompts, gatekeeper, clients.courtesy, errands)
        self._stop_button = StopButton(inbox, clients.posting, errands, ground.identity.team)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go_round, name="pane", daemon=True)

    def register(self, app: App) -> None:
        """Give the listener of the stop button to Bolt, before one that takes every event."""
        self._stop_button.register(app)

    def greet(self, event: Mapping[str, Any]) -> None:
        """Greet whoever opened the messages tab, soon."""
        self._greeting.on_opened(event)

    def start(self) -> None:
        """Begin to look ahead for what may be suggested."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Look ahead no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _go_round(self) -> None:
        while not self._stopping.wait(AHEAD_SECONDS):
            try:
                self.prompts.make_ahead()
            except Exception:  # noqa: BLE001 - a thread that ended would never be missed
                _log.exception("prompts_not_made_ahead")
