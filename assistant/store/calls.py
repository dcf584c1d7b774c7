"""Questions that were put to networks, and the replies to them."""

from sqlalchemy import Engine


class Calls:
    """Keeps calls to networks and what came of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
