"""Half-written words say which version they amend, a signature carries its name, and the last sign-ins are found at once."""

from alembic import op

revision, down_revision = "0012", "0011"


def upgrade() -> None:
    op.execute(
        """
ALTER TABLE half_written ADD COLUMN amends integer NOT NULL DEFAULT 0;
ALTER TABLE half_written ALTER COLUMN amends DROP DEFAULT;
-- What was signed before has no name beside it and never gets one: a signed report is not changed.
ALTER TABLE report ADD COLUMN signer text NOT NULL DEFAULT '';
CREATE INDEX sign_in_latest ON sign_in (subject, signed_in_at DESC);
DROP INDEX sign_in_subject;
ALTER TABLE report ALTER COLUMN signer DROP DEFAULT;
"""
    )
