"""Peer networks: what they are, who is in them, and who knows what."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
