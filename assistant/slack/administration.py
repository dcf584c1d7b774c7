"""Everything that commands, buttons and the Home tab need, put together for one bot."""

from slack_bolt import App

from assistant.slack.admin.actions import Desk
from assistant.slack.admin.channel_policy import ChannelDesk
from assistant.slack.admin.inviting import Inviting
from assistant.slack.admin.offering import Offering
from assistant.slack.admin.reporting import Direct
from assistant.slack.administering import Interactions, register_define
from assistant.slack.ground import Ground
from assistant.slack.home.actions import HomeActions
from assistant.slack.home.defining import Defining
from assistant.slack.home.home import FeedbackShown, Home, NetworksShown, Shelves, TakesBack
from assistant.slack.home.prompts import Prompts
from assistant.slack.home.windows import Windows
from assistant.slack.shown.blocks import Message
from assistant.store.inbox import InboxQuestion
from assistant.store.shares import Shares

NOTES = "slack-reports"


class Administration:
    """What administrators do in Slack, and `/define`; `start` and `stop` go with the bot's."""

    def __init__(
        self,
        ground: Ground,
        prompts: Prompts,
        feedback: FeedbackShown,
        networks: NetworksShown,
        take_back: TakesBack,
    ) -> None:
        """`prompts` are suggested in the Home tab, `feedback` what is to be dealt with there.

        `networks` is what it shows of networks, `take_back` what its reader showed to others.
        """
        settings, clients = ground.settings, ground.clients
        train, administrators = ground.abilities.train, ground.administrators
        self._errands = ground.errands
        notes = settings.data_dir / NOTES
        self._direct = Direct(clients.posting, clients.reading, clients.courtesy, notes)
        desk = Desk(train, administrators, self._direct, settings.admin_command, feedback)
        define, turns = ground.abilities.define, ground.turns
        shelves = Shelves(
            turns, Shares(ground.engine), define, prompts, feedback, networks, desk.state, take_back
        )
        windows = Windows(clients.courtesy, clients.reading, self._direct)
        home = Home(ground, shelves, windows)
        self._home_actions = HomeActions(self._errands, home, windows)
        offering = Offering(train, desk, clients.reading, clients.courtesy, settings)
        channels = ChannelDesk(
            ground.policies, desk, self._errands, clients.courtesy, ground.identity.team
        )
        self._interactions = Interactions(
            self._errands,
            desk,
            home,
            offering,
            settings.admin_command,
            channels,
            ground.directory,
        )
        self._defining = Defining(define, ground)
        self._inviting = Inviting(administrators, clients.reading)

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""
        register_define(app, self._errands, self._defining)
        self._home_actions.register(app)
        self._interactions.register(app)

    def show_home(self, user: str) -> None:
        """Show `user` the Home tab that is theirs."""
        self._home_actions.on_opened(user)

    def invite(self, question: InboxQuestion) -> tuple[Message, ...]:
        """Return the invitation to offer a message's files, for administrators."""
        return self._inviting(question)

    def start(self, *, is_alone: bool) -> None:
        """Begin; `is_alone` when no other bot uses the data folder."""
        self._errands.start()
        if is_alone:
            self._errands.begin(self._direct.tell_of_what_was_broken_off)

    def stop(self, seconds: float) -> None:
        """Let what was begun end within `seconds`; say of the rest that it was broken off."""
        self._errands.stop(seconds)
        self._direct.break_off()
