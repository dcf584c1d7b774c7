"""The agent's pane, put together for one bot: greeting, progress, stop button."""

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App

from assistant.slack.ground import Ground
from assistant.slack.home.prompts import Greeting, Prompts, Sources
from assistant.slack.posts.sessions import Sessions, StopButton
from assistant.slack.posts.showing import STATUS_SECONDS, STREAM_SECONDS, Workshop
from assistant.slack.posts.streaming import Streams


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

    def register(self, app: App) -> None:
        """Give the listener of the stop button to Bolt, before one that takes every event."""
        self._stop_button.register(app)

    def greet(self, event: Mapping[str, Any]) -> None:
        """Greet whoever opened the messages tab, soon."""
        self._greeting.on_opened(event)
