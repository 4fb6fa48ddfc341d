"""A draft keeps what the model wrote, what the fact check made of it, and what each sentence rests on."""

from alembic import op

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE draft"
        " ADD COLUMN mended jsonb NOT NULL DEFAULT '[]',"
        " ADD COLUMN raw text NOT NULL DEFAULT '',"
        " ADD COLUMN evidence jsonb NOT NULL DEFAULT '[]',"
        " ADD COLUMN facts jsonb NOT NULL DEFAULT '{}'"
    )
    for name in ("mended", "raw", "evidence", "facts"):  # drafts from before have none; later ones say it themselves
        op.execute(f"ALTER TABLE draft ALTER COLUMN {name} DROP DEFAULT")
    op.execute("GRANT UPDATE (mended, raw, evidence, facts) ON draft TO firstread_app")
