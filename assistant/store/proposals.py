"""Definitions that networks propose and agree."""

from sqlalchemy import Engine


class Proposals:
    """Keeps proposals and who agreed to them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
