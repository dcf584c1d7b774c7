"""Questions that were put to networks, and the replies to them."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
