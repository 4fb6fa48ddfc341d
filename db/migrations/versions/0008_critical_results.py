"""Critical results and who was told."""

revision, down_revision = "0008", "0007"


def upgrade() -> None:
    """Nothing yet."""
