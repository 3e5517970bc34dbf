"""Running migrations without a host's Alembic: all steps to this version's schema in one transaction."""

from __future__ import annotations

from io import StringIO
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from ..database import Database
from .hosts import upgrade

__all__ = ["migration_sql", "upgrade_store"]

# Behind a transaction that holds a table for long, everybody else would queue up behind the migration.
_PATIENCE: Final = "SET LOCAL lock_timeout = '10s'"


def upgrade_store(database: Database) -> None:
    """Bring a store of any schema to this version's. Raises a `StoreError`; then it is as it was."""
    try:
        with database.engine.connect() as connection:
            connection.begin()
            if connection.dialect.name == "postgresql":
                connection.execute(text(_PATIENCE))
            else:
                # The driver begins only before the first change of rows, and a change of tables would be committed at once.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            _steps(connection)
            connection.commit()
    except DBAPIError as error:
        raise database.typed(error.orig if isinstance(error.orig, Exception) else error) from error


def _steps(connection: Connection) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    with Operations.context(MigrationContext.configure(connection)):
        upgrade()


def migration_sql(database: Database, found: int) -> str:
    """The SQL that brings a store of schema `found` (0: no store) to this version's, for somebody else to run."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    script = StringIO()
    options = {"as_sql": True, "output_buffer": script}
    context = MigrationContext.configure(dialect=database.engine.dialect, opts=options)
    with Operations.context(context):
        # What Alembic prints for PostgreSQL by itself, it leaves out for SQLite.
        context.impl.static_output("BEGIN;")
        upgrade(since=found)
        context.impl.static_output("COMMIT;")
    return script.getvalue()
