"""Levels of urgency and the longest wait of each."""

revision, down_revision = "0005", "0004"


def upgrade() -> None:
    """Nothing yet."""
