"""Peer answers that stewards verified."""

from sqlalchemy import Engine


class VerifiedAnswers:
    """Keeps verified answers and what became of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
