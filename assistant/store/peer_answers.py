"""Answers that were shared with networks, and what peers say of them."""

from sqlalchemy import Engine


class PeerAnswers:
    """Keeps what was shared and captured, and the responses to it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
