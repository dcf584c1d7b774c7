"""Taking back what somebody shared with a channel, asked there for everyone, or saved for all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import Ack, App

from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.ground import Ground
from assistant.slack.sharing.posts import ABSENT, SharedPosts
from assistant.slack.sharing.pressing import Pressed, begin
from assistant.slack.shown.blocks import Message, sentence_messages
from assistant.slack.shown.taking_back import TAKE_BACK_ACTION
from assistant.store.shares import Share, Way

TAKEN_BACK: Mapping[Way, str] = {
    Way.CHANNEL: phrase("It is taken back: the post is deleted, and nobody finds it any more."),
    Way.ANEW: phrase("It is taken back: the post is deleted, and the answer below it goes too."),
    Way.SAVED: phrase("It is taken back: colleagues do not find it in the Home tab any more."),
}
POST_LEFT = phrase(
    "Nobody finds it in the Home tab any more, but I could not delete the post: I am not in the "
    "channel any more, or it was archived. Please ask an administrator of Slack to delete it."
)
NOT_DELETED = phrase(
    "Slack did not let me delete the post just now, so it is not taken back. Please press again in "
    "a minute."
)
NOT_TO_TAKE_BACK = phrase(
    "There is nothing to take back: it was taken back before, or somebody else showed it."
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TakingBack:
    """Deletes the posts, and forgets that they were; `wake` has an answer taken away."""

    ground: Ground
    posts: SharedPosts
    wake: Callable[[], None]

    def register(self, app: App) -> None:
        """Give Bolt the button that stands below what its presser alone is told."""
        app.action(TAKE_BACK_ACTION)(self.on_take_back)

    def on_take_back(self, ack: Ack, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """Take up that something is to be taken back."""
        ack()
        begin(self.ground.errands, body, action, self._pressed)

    def take_back(self, user: str, number: int) -> str:
        """Take back a share that `user` made; return the sentence that says whether it is.

        What was deleted stays so where it fails half way, and it may be tried again.
        """
        share = self.posts.shares.by_id(number)
        owner = (self.ground.identity.team, user)
        if share is None or (share.team, share.shared_by) != owner:
            return say(NOT_TO_TAKE_BACK)
        sentence = TAKEN_BACK[share.way]
        try:
            self._delete(share)
        except SlackCallError as error:
            _log.warning("share_not_deleted", code=error.code)
            if error.code not in ABSENT:
                return say(NOT_DELETED)
            sentence = POST_LEFT
        self.posts.shares.take_back(share)
        return say(sentence)

    def _pressed(self, pressed: Pressed) -> Message:
        return sentence_messages(self.take_back(pressed.user, pressed.number))[0]

    def _delete(self, share: Share) -> None:
        """Delete what Slack shows of it; raises SlackCallError."""
        entry = self.ground.inbox.by_id(share.inbox_id)
        if share.way is Way.SAVED or entry is None:
            return
        asked_at = share.message_ts if share.way is Way.ANEW else None
        if asked_at and self.ground.turns.forget(share.team, share.channel, asked_at):
            self.wake()
        self.posts.remove(entry, share)
