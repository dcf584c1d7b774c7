"""Messages of networks, each posted once."""

from slack_sdk import WebClient

from assistant.slack.api.marked_posts import MarkedPosts

EVENT_TYPE = "commissioning_network"


class NetworkPosts(MarkedPosts):
    """Posts what networks are told into channels, threads and direct messages."""

    def __init__(self, posting: WebClient, reading: WebClient, bot_user: str) -> None:
        super().__init__(posting, reading, bot_user, EVENT_TYPE)
