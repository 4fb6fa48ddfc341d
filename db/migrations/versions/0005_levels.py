"""The place of a study: when it is due, and by which table of levels."""

from alembic import op

revision, down_revision = "0005", "0004"

# Studies on file get the hours of the shipped table; '' says that no table placed them, so the worker does it again.
_HOURS = """CASE urgency
    WHEN 3 THEN 0
    WHEN 2 THEN CASE WHEN ai_negative THEN 36 ELSE 24 END
    WHEN 1 THEN CASE WHEN ai_negative THEN 240 ELSE 168 END
    ELSE CASE WHEN ai_negative THEN 672 ELSE 504 END END"""

_COLUMNS = f"""
ALTER TABLE study ADD due_at timestamptz, ADD levels text NOT NULL DEFAULT '';
UPDATE study SET due_at = received_at + make_interval(secs => 3600 * ({_HOURS}));
ALTER TABLE study ALTER due_at SET NOT NULL, ALTER levels DROP DEFAULT,
    ADD CONSTRAINT study_due CHECK (due_at >= received_at);
DROP INDEX study_place;
ALTER TABLE study DROP later;
-- The worklist's order; the same as triage.worklist.Place.
CREATE INDEX study_place ON study (due_at, study_uid) WHERE waiting;
GRANT UPDATE (due_at, levels) ON study TO firstread_app;
"""


def upgrade() -> None:
    op.execute(_COLUMNS)
