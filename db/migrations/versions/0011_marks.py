"""What is marked as critical in a half-written report is kept with its words."""

from alembic import op

revision, down_revision = "0011", "0010"


def upgrade() -> None:
    op.execute(
        """
ALTER TABLE half_written ADD COLUMN mark_what text NOT NULL DEFAULT '';
ALTER TABLE half_written ADD COLUMN mark_category text CHECK (mark_category IN ('minutes', 'hours', 'days'));
ALTER TABLE half_written ADD COLUMN mark_found_at timestamptz;
ALTER TABLE half_written ALTER COLUMN mark_what DROP DEFAULT;
"""
    )
