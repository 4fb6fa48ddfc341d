"""The queue's own tables, as procrastinate 3.10 writes them."""

import psycopg
from alembic import op
from procrastinate.schema import SchemaManager

revision, down_revision = "0002", "0001"

_RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON
    procrastinate_jobs, procrastinate_events, procrastinate_workers, procrastinate_periodic_defers TO firstread_app;
GRANT USAGE ON
    procrastinate_jobs_id_seq, procrastinate_events_id_seq, procrastinate_workers_id_seq,
    procrastinate_periodic_defers_id_seq TO firstread_app;
"""


def upgrade() -> None:
    # Straight to the driver: the script's colons are not parameters, and it must share this transaction.
    driver: psycopg.Connection | None = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(SchemaManager.get_schema())
    op.execute(_RIGHTS)
