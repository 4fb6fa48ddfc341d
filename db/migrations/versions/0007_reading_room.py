"""A half-written report survives its page."""

revision, down_revision = "0007", "0006"


def upgrade() -> None:
    """Nothing yet."""
