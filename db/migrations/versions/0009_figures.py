"""What the figures ask often is kept ready."""

revision, down_revision = "0009", "0008"


def upgrade() -> None:
    """Nothing yet."""
