"""What every part of the networks' room stands on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from slack_bolt import App

from assistant.network.membership import Memberships
from assistant.slack.api.errands import Errands
from assistant.slack.ground import Ground
from assistant.slack.heard.hearing import Deletion, Post
from assistant.slack.networks.posting import NetworkPosts
from assistant.slack.posts.our_answers import OurAnswers
from assistant.slack.shown.blocks import Shown
from assistant.store.networks.calls import Calls
from assistant.store.networks.networks import Networks
from assistant.store.networks.peer_answers import PeerAnswers
from assistant.store.networks.proposals import Proposals
from assistant.store.networks.verified_answers import VerifiedAnswers


@dataclass(frozen=True, slots=True)
class NetworkGround:
    """The things of which the networks' room has one each.

    `show_home` has a Home tab shown, `wake` has what is due done now.
    """

    ground: Ground
    networks: Networks
    memberships: Memberships
    answers: PeerAnswers
    calls: Calls
    verified: VerifiedAnswers
    proposals: Proposals
    our_answers: OurAnswers
    posts: NetworkPosts
    errands: Errands
    show_home: Callable[[str], None]
    wake: Callable[[], None]


class Part:
    """One thing that people do with networks; what a part has no use for does nothing."""

    def register(self, app: App) -> None:
        """Give the listeners to Bolt."""

    def hears(self, post: Post) -> bool:  # noqa: ARG002
        """Take a person's post that is no question to the assistant; return whether it was one.

        Called before Slack is told that the post arrived, so it asks Slack nothing.
        """
        return False

    def forgets(self, deletion: Deletion) -> bool:  # noqa: ARG002
        """Take back what came of a post that was deleted; return whether it was one of this part's.

        Called before Slack is told that the deletion arrived, so it asks Slack nothing.
        """
        return False

    def home(self, user: str, audiences: Sequence[str]) -> Sequence[Shown]:  # noqa: ARG002
        """Return what a person's Home tab shows of it; `audiences` are those that they may read."""
        return ()

    def command(self, words: Sequence[str], body: dict[str, Any]) -> bool:  # noqa: ARG002
        """Do what `/network WORDS` asks for, in an errand; return whether it was for this part."""
        return False

    def go_round(self) -> None:
        """Do what is due: called every few seconds in a thread of the room, whatever it raises."""
