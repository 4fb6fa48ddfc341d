"""What the worklist asks often is kept ready."""

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    """Nothing yet."""
