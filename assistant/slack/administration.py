"""Everything that commands, buttons and the Home tab need, put together for one bot."""

from dataclasses import dataclass

from slack_bolt import App
from slack_sdk import WebClient

from assistant.domain.ports import DefinesTerms, RunsTheTrain
from assistant.settings import Settings
from assistant.slack.admin_actions import Desk
from assistant.slack.administering import Interactions, register_define
from assistant.slack.administrators import Administrators
from assistant.slack.blocks import Message
from assistant.slack.defining import Defining
from assistant.slack.directory import Directory
from assistant.slack.errands import Errands
from assistant.slack.gatekeeper import Gatekeeper
from assistant.slack.home import Home
from assistant.slack.inviting import Inviting
from assistant.slack.offering import Offering
from assistant.slack.posting import Identity
from assistant.slack.reporting import Direct
from assistant.store.database import Engine
from assistant.store.inbox import InboxQuestion
from assistant.store.policies import Policies

NOTES = "slack-reports"


@dataclass(frozen=True, slots=True)
class Clients:
    """Slack's Web API in three tempers: never repeats, repeats, and neither repeats nor waits."""

    posting: WebClient
    reading: WebClient
    courtesy: WebClient


class Administration:
    """What administrators do in Slack, and `/define`; `start` and `stop` go with the bot's."""

    def __init__(
        self,
        settings: Settings,
        clients: Clients,
        identity: Identity,
        train: RunsTheTrain,
        define: DefinesTerms,
        engine: Engine,
    ) -> None:
        notes = settings.data_dir / NOTES
        administrators = Administrators(settings, clients.courtesy, identity.team)
        self.errands = Errands()
        self._direct = Direct(clients.posting, clients.reading, clients.courtesy, notes)
        desk = Desk(train, administrators, self._direct, settings.admin_command)
        home = Home(clients.reading, administrators, identity.team, desk.state)
        offering = Offering(train, desk, clients.reading, clients.courtesy, settings)
        self._interactions = Interactions(
            self.errands, desk, home, offering, settings.admin_command
        )
        directory = Directory(clients.reading)
        self.gatekeeper = Gatekeeper(directory, Policies(engine), administrators, identity.team)
        self._defining = Defining(define, self.gatekeeper, identity.bot_user)
        self._inviting = Inviting(administrators, clients.reading)

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        register_define(app, self.errands, self._defining)
        self._interactions.register(app)

    def show_home(self, user: str) -> None:
        """Show `user` the Home tab that is theirs."""
        self._interactions.on_home(user)

    def invite(self, question: InboxQuestion) -> tuple[Message, ...]:
        """Return the invitation to offer a message's files, for administrators."""
        return self._inviting(question)

    def start(self, *, is_alone: bool) -> None:
        """Begin; `is_alone` when no other bot uses the data folder."""
        self.errands.start()
        if is_alone:
            self.errands.begin(self._direct.tell_of_what_was_broken_off)

    def stop(self, seconds: float) -> None:
        """Let what was begun end within `seconds`; say of the rest that it was broken off."""
        self.errands.stop(seconds)
        self._direct.break_off()
