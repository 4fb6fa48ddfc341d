"""Alembic's entry: the connection is opened by db.migrate, which holds the lock."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
