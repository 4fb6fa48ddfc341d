"""A later image of a study may order it more urgently."""

from alembic import op

revision, down_revision = "0003", "0002"


def upgrade() -> None:
    op.execute("GRANT UPDATE (order_priority) ON study TO firstread_app")
