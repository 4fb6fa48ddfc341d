"""A study can be reopened by a late film, "SpO₂ scale 2" can be left unsaid, and permissions are found by their end."""

from alembic import op

revision, down_revision = "0013", "0012"


def upgrade() -> None:
    op.execute(
        """
ALTER TABLE study
    DROP CONSTRAINT study_status_check,
    ADD CONSTRAINT study_status_check CHECK (status IN (
        'received', 'identified', 'consented', 'read', 'ranked', 'unranked', 'signed', 'amended', 'reopened')),
    DROP COLUMN stage,
    ADD stage text NOT NULL GENERATED ALWAYS AS (CASE
        WHEN status IN ('received', 'identified', 'consented') THEN 'waiting'
        WHEN status IN ('read', 'ranked') THEN 'read'
        WHEN status IN ('unranked', 'reopened') THEN 'person' ELSE 'done' END) STORED;
CREATE INDEX study_stage ON study (stage, due_at, study_uid) WHERE waiting;

-- Nobody could say "no" until now: false was silence, and scored as silence.
ALTER TABLE vitals
    ALTER hypercapnic DROP NOT NULL,
    ALTER hypercapnic TYPE boolean USING nullif(hypercapnic, false);

CREATE INDEX provision_ends ON provision (ends_at) WHERE permits AND ends_at IS NOT NULL;
"""
    )
