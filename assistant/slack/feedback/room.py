"""Everything that feedback needs, put together for one bot."""

from collections.abc import Callable, Sequence

import structlog
from slack_bolt import App

from assistant.slack.api.errands import Errands
from assistant.slack.feedback.blocks import feedback_to_deal_with
from assistant.slack.feedback.dealing import DealingListeners
from assistant.slack.feedback.posts import FeedbackPosts
from assistant.slack.feedback.rating import RatingListeners
from assistant.slack.feedback.reactions import ReactionListeners
from assistant.slack.feedback.recipients import Recipients
from assistant.slack.feedback.replies import NoticeReplies
from assistant.slack.feedback.rounds import Rounds
from assistant.slack.feedback.shortcuts import ShortcutListeners
from assistant.slack.ground import Ground
from assistant.slack.heard.hearing import Post
from assistant.slack.posts.our_answers import OurAnswers
from assistant.slack.rights.directory import Directory
from assistant.slack.shown.blocks import Shown
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.shares import Shares

WORKERS = 3
MOST_SHOWN = 10

_log = structlog.get_logger()


class FeedbackRoom:
    """Ratings, reactions and shortcuts, and what comes of them; `start` and `stop` with the bot."""

    def __init__(
        self, ground: Ground, wake: Callable[[], None], show_home: Callable[[str], None]
    ) -> None:
        """`wake` tells the workers that a question waits, `show_home` has a Home tab shown."""
        clients, identity = ground.clients, ground.identity
        inbox, turns, train = ground.inbox, ground.turns, ground.abilities.train
        feedbacks, administrators = Feedbacks(ground.engine), ground.administrators
        self._feedbacks, self._administrators = feedbacks, administrators
        recipients = _recipients(ground)
        posts = FeedbackPosts(clients.posting, clients.reading, identity.bot_user)
        self._errands = Errands(WORKERS)
        command = ground.settings.admin_command
        self._rounds = Rounds(feedbacks, inbox, turns, recipients, posts, command)
        shares = Shares(ground.engine)
        answers = OurAnswers(inbox, turns, shares, clients.reading, identity)
        told = self._rounds.wake
        self._rating = RatingListeners(
            feedbacks, answers, self._errands, clients.courtesy, recipients.can_deal, told
        )
        self._reactions = ReactionListeners(
            feedbacks, answers, self._errands, clients.courtesy, identity.bot_user, told
        )
        self._replies = NoticeReplies(feedbacks, posts, self._errands)
        self._dealing = DealingListeners(
            feedbacks,
            administrators,
            recipients,
            self._errands,
            clients.courtesy,
            train.audit,
            told,
            show_home,
        )
        self._shortcuts = ShortcutListeners(
            inbox,
            answers,
            shares,
            self._rating,
            administrators,
            self._errands,
            clients.courtesy,
            identity,
            wake,
        )

    def register(self, app: App) -> None:
        """Give the listeners to Bolt; before those that hear whatever nobody else does."""
        for part in (self._rating, self._dealing, self._shortcuts):
            part.register(app)
        for event, listener in self._reactions.by_event().items():
            app.event(event)(listener)

    def hears(self, post: Post) -> bool:
        """Take a post that replies to a notice; return whether it is one."""
        return self._replies.hears(post)

    def to_deal_with(self) -> Sequence[Shown]:
        """Show administrators what waits for somebody to deal with it."""
        return feedback_to_deal_with(self._feedbacks.open(MOST_SHOWN), self._feedbacks.counts())

    def start(self) -> None:
        """Begin, with what is left from before."""
        if not self._administrators.are_named:
            _log.warning("nobody_is_named_to_deal_with_feedback", settings="ASSISTANT_ADMIN_USERS")
        self._errands.start()
        self._rounds.start()

    def stop(self, seconds: float) -> None:
        """Let what was begun end within `seconds`."""
        self._errands.stop(seconds)
        self._rounds.stop(seconds)


def _recipients(ground: Ground) -> Recipients:
    """Return who is told of feedback, as the settings and Slack say."""
    return Recipients(
        Directory(ground.clients.courtesy),
        ground.administrators,
        ground.clients.reading,
        ground.identity.team,
        ground.abilities.train.owners,
        ground.settings.feedback_channel,
    )
