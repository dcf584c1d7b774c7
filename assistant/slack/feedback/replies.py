"""Replies below a notice of feedback: they are no questions, and nobody would read them."""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.errands import Errands
from assistant.slack.feedback.posts import FeedbackPosts
from assistant.slack.heard.hearing import Post
from assistant.slack.shown.blocks import sentence_messages
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.feedback.table import Feedback, FeedbackState

PRESS_DEAL = phrase(
    "Nobody is told what you write here. To say that it was dealt with, press Deal with it above. "
    "To ask me something, write outside this thread."
)
NOT_READ = phrase(
    "Nobody is told what you write here, and nothing is left to do. To ask me something, write "
    "outside this thread."
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NoticeReplies:
    """Says below a notice in a direct message what is done in place of a reply."""

    feedbacks: Feedbacks
    posts: FeedbackPosts
    errands: Errands

    def hears(self, post: Post) -> bool:
        """Take a post below a notice; return whether it is one."""
        if not post.is_direct or post.thread_ts == post.ts:
            return False
        feedback = self.feedbacks.told_by(post.channel, post.thread_ts)
        if feedback is None:
            return False
        self.errands.begin(lambda: self._say(post, feedback))
        return True

    def _say(self, post: Post, feedback: Feedback) -> None:
        sentence = PRESS_DEAL if feedback.state is FeedbackState.OPEN else NOT_READ
        payload = {"feedback_id": feedback.id, "kind": "reply", "ts": post.ts}
        (message,) = sentence_messages(say(sentence))
        try:
            # A post may be delivered twice, and edited.
            now = datetime.now(UTC)
            self.posts.post_once(post.channel, message, payload, now, post.thread_ts)
        except SlackCallError as error:
            _log.warning("reply_to_notice_not_answered", code=error.code)
