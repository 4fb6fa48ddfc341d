"""Every finding keeps its own heatmap; the one that a reading had was of its most probable finding."""

from alembic import op

revision, down_revision = "0010", "0009"


def upgrade() -> None:
    op.execute("ALTER TABLE reading DISABLE TRIGGER reading_hidden")  # no number that is measured changes
    op.execute(
        """
UPDATE reading SET findings = (
    SELECT jsonb_agg(f || jsonb_build_object('heatmap_sha256', CASE WHEN place = foremost THEN heatmap_sha256 END)
        ORDER BY place)
    FROM jsonb_array_elements(findings) WITH ORDINALITY AS told (f, place), (
        SELECT place AS foremost FROM jsonb_array_elements(findings) WITH ORDINALITY AS told (f, place)
        ORDER BY (f->>'probability')::float8 DESC NULLS LAST, place LIMIT 1
    ) AS most
) WHERE findings <> '[]'
"""
    )
    op.execute("ALTER TABLE reading ENABLE TRIGGER reading_hidden")
    op.execute("ALTER TABLE reading DROP COLUMN heatmap_sha256")
