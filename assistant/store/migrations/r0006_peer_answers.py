"""Answers that were shared with networks, and what peers say of them."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
