"""A half-written report survives its page; a signed one says which sentences its signer answers for."""

from alembic import op

revision, down_revision = "0007", "0006"


def upgrade() -> None:
    op.execute(
        """
CREATE TABLE half_written (
    study_uid text COLLATE "C" NOT NULL REFERENCES study,
    subject text COLLATE "C" NOT NULL,
    text text NOT NULL,
    style text,
    as_drafted text NOT NULL,
    set_aside text NOT NULL,
    rejected boolean NOT NULL,
    reason text NOT NULL,
    taken_on jsonb NOT NULL,
    begun_at timestamptz NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (study_uid, subject)
);
CREATE INDEX half_written_subject ON half_written (subject, kept_at DESC);
GRANT SELECT, INSERT, UPDATE, DELETE ON half_written TO firstread_app;
ALTER TABLE report ADD COLUMN taken_on jsonb NOT NULL DEFAULT '[]';
"""
    )
    op.execute("ALTER TABLE report ALTER COLUMN taken_on DROP DEFAULT")  # later ones say it themselves
