"""Messages about feedback, each posted once."""

from slack_sdk import WebClient

from assistant.slack.api.marked_posts import MarkedPosts

EVENT_TYPE = "commissioning_feedback"


class FeedbackPosts(MarkedPosts):
    """Posts what is said of feedback into direct messages and the channel for it."""

    def __init__(self, posting: WebClient, reading: WebClient, bot_user: str) -> None:
        super().__init__(posting, reading, bot_user, EVENT_TYPE)
