"""PostgreSQL through psycopg 3: many writers, none of which waits for another account's."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, create_engine
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql import ClauseElement

from .database import Cursor, Database
from .errors import NestedTransaction
from .guards import Guard, MissingGuard
from .postgres_errors import postgres_error
from .postgres_guards import guard_with_partitions, unguarded

__all__ = ["PostgresDatabase"]

# The driver's own patience is more than two minutes.
_CONNECT_SECONDS: Final = 10
# One key for making tables, below those of the sequencers: any number, as long as every process takes the same.
_MAKING: Final = 0x73616E6374
_ORDERING: Final = 0x73616E64
# Not to_regclass: what it did not find once, it may not find in a transaction that waited while the table was made.
_VISIBLE: Final = """
SELECT 1 FROM pg_catalog.pg_class
WHERE relname = %s AND relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(oid)
"""
_NAMES: Final = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"


class PostgresDatabase(Database):
    """PostgreSQL. Transactions are READ COMMITTED; a reading of several statements is one snapshot."""

    mark = "%s"
    sequenced = True

    def __init__(self, engine: Engine, *, owned: bool = False) -> None:
        super().__init__(engine, owned=owned)
        if engine.dialect.driver != "psycopg":
            raise ValueError(f"the driver {engine.dialect.driver} is not supported: use postgresql+psycopg")
        # Parameters by position are the driver's quickest form.
        self._dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]

    @classmethod
    def at(cls, url: URL) -> PostgresDatabase:
        """The database at an SQLAlchemy URL; `postgresql://` means the driver psycopg."""
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        options: dict[str, Any] = {"pool_size": 10, "max_overflow": 10}
        if "connect_timeout" not in url.query:
            options["connect_args"] = {"connect_timeout": _CONNECT_SECONDS}
        return cls(create_engine(url, **options), owned=True)

    def prepare(self, statement: ClauseElement) -> str:
        return str(statement.compile(dialect=self._dialect))

    def upsert(self, table: Table) -> Any:
        return insert(table)

    @contextmanager
    def writing(self) -> Generator[Cursor, None, None]:
        with self._cursor() as (connection, cursor):
            _refuse_open_transaction(connection)
            try:
                yield cursor
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def reading(self) -> Generator[Cursor, None, None]:
        with self._cursor() as (connection, cursor):
            _refuse_open_transaction(connection)
            try:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                yield cursor
            finally:
                connection.rollback()

    @contextmanager
    def asking(self) -> Generator[Cursor, None, None]:
        with self._cursor() as (connection, cursor):
            _refuse_open_transaction(connection)
            driver = connection.driver_connection
            driver.autocommit = True
            try:
                yield cursor
            finally:
                if not driver.closed:
                    driver.autocommit = False

    def table_names(self, cursor: Cursor) -> set[str]:
        cursor.execute(_NAMES)
        return {row[0] for row in cursor.fetchall()}

    def finds(self, cursor: Cursor, table: Table) -> bool:
        """Anywhere on the search path: the store may lie in a namespace that is not the first."""
        cursor.execute(_VISIBLE, (table.name,))
        return cursor.fetchone() is not None

    def guard(self, cursor: Cursor, guard: Guard) -> None:
        guard_with_partitions(cursor, guard)

    def unguarded(self, cursor: Cursor, guard: Guard) -> Iterable[MissingGuard]:
        return unguarded(cursor, guard)

    def make_alone(self, cursor: Cursor) -> None:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
        # Who waits longer for a table makes everybody else queue up behind.
        cursor.execute("SET LOCAL lock_timeout = '10s'")

    def order_log(self, cursor: Cursor, log: Table) -> None:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema() || %s))", (_ORDERING, log.name))

    def join(self, connection: Connection) -> None:
        if not connection.in_transaction():
            connection.begin()

    def keeps_snapshot(self, cursor: Cursor) -> bool:
        cursor.execute("SHOW transaction_isolation")
        return cursor.fetchone()[0] in ("repeatable read", "serializable")

    @staticmethod
    def _refuse_writes(connection: Any, record: object) -> None:  # noqa: ARG004 - as SQLAlchemy calls it
        connection.execute("SET default_transaction_read_only = on").close()
        connection.commit()

    def typed(self, error: Exception) -> Exception:
        return postgres_error(error)


def _refuse_open_transaction(connection: Any) -> None:
    from psycopg.pq import TransactionStatus

    if connection.driver_connection.info.transaction_status != TransactionStatus.IDLE:
        raise NestedTransaction("the connection is inside a transaction already: finish it first")
