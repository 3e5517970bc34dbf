"""One step from a schema to the next, as a revision of Alembic that agrees with what the store says of itself.

Whatever runs it, the step holds the lock under which stores are made, looks at the schema again, and does its work in the
transaction in which it says that it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

from alembic import op
from sqlalchemy import Connection, inspect, text

from ..errors import CannotDowngrade, ForeignDatabase, StoreTooOld

__all__ = ["downgrade", "moving_to", "on_postgres", "run_statements"]

_META: Final = "sanctions_meta"
_SAID: Final = "SELECT value FROM sanctions_meta WHERE key = 'schema'"
# The key under which every process makes tables; see `make_alone` of the database.
_MAKING: Final = 0x73616E6374
# Not to_regclass: see the same question in `PostgresDatabase`.
_HOME: Final = """
SELECT CAST(CAST(relnamespace AS regnamespace) AS text) FROM pg_catalog.pg_class
WHERE relname = 'sanctions_meta' AND relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(oid)
"""
_HERE: Final = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"

Upgrade = Callable[[], None]


def moving_to(schema: int, *, makes: tuple[str, ...]) -> Callable[[Upgrade], Upgrade]:
    """Decorates a revision's `upgrade`: run only on a store of the schema before; afterwards it has this one.

    `makes`: the tables that the step makes. Raises ForeignDatabase where one is there already.
    """

    def decorate(change: Upgrade) -> Upgrade:
        def upgrade() -> None:
            if op.get_context().as_sql:
                _run(change, schema)
                return
            connection = op.get_bind()
            _begin_alone(connection)
            with _where_the_store_is(connection):
                if not _is_next(connection, schema):
                    return
                if taken := sorted(set(makes) & _tables(connection)):
                    raise ForeignDatabase(f"these tables are somebody else's: {', '.join(taken)}", tables=taken)
                _run(change, schema)

        return upgrade

    return decorate


def downgrade() -> None:
    """Refuses: an older schema cannot hold what a newer one does."""
    raise CannotDowngrade(f"{CannotDowngrade.__doc__}")


def on_postgres() -> bool:
    """Whether the migration runs on PostgreSQL (else on SQLite)."""
    return op.get_context().dialect.name == "postgresql"


def run_statements(statements: list[str]) -> None:
    """Run SQL as it stands."""
    for statement in statements:
        op.execute(text(statement.replace(":", r"\:")))


def _run(change: Upgrade, schema: int) -> None:
    change()
    op.execute(f"UPDATE sanctions_meta SET value = '{schema}' WHERE key = 'schema'")  # noqa: S608 - a number of ours


def _begin_alone(connection: Connection) -> None:
    """Hold the lock of those who make tables, until the end of the transaction."""
    if on_postgres():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING})
        return
    driver: Any = connection.connection.driver_connection
    if not getattr(driver, "in_transaction", True):
        # The driver begins no transaction before it changes tables: a process that is killed would leave half of them.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _where_the_store_is(connection: Connection) -> Generator[None, None, None]:
    """Make tables in the store's own namespace, whichever comes first on the search path."""
    home = connection.scalar(text(_HOME)) if on_postgres() else None
    if home is None:
        yield
        return
    before = connection.scalar(text("SELECT current_setting('search_path')"))
    _set_path(connection, f"{home}, {before}")
    yield
    _set_path(connection, before)


def _set_path(connection: Connection, path: Any) -> None:
    connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": path})


def _tables(connection: Connection) -> set[str]:
    if on_postgres():
        return set(connection.scalars(text(_HERE)))
    return set(inspect(connection).get_table_names())


def _is_next(connection: Connection, schema: int) -> bool:
    found = 0
    if inspect(connection).has_table(_META):
        said = connection.scalar(text(_SAID))
        if said is None or not str(said).isdecimal():
            raise ForeignDatabase(f"the table {_META} does not describe a sanctions store")
        found = int(said)
    if found >= schema:
        return False
    if found < schema - 1:
        raise StoreTooOld(f"this store has schema {found}; the one before {schema} has to come first", found=found)
    return True
