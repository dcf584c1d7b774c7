"""Definitions that networks propose and agree."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables."""
