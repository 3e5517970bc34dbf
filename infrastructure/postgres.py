"""PostgreSQL through psycopg 3: many writers, none of which waits for another account's."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import ARRAY, URL, Connection, Engine, Select, Table, Text, bindparam, cast, create_engine, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql import ClauseElement

from .database import Cursor, Database
from .errors import APPEND_ONLY, NestedTransaction
from .postgres_errors import postgres_error

__all__ = ["PostgresDatabase"]

# One key for making tables, below those of the sequencers: any number, as long as every process takes the same.
_MAKING: Final = 0x73616E6374
_ORDERING: Final = 0x73616E64
# How long writers may have to wait behind somebody who wants them all out.
_WRITERS_MILLISECONDS: Final = 200
_NAMES: Final = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
_REFUSE: Final = f"""
CREATE OR REPLACE FUNCTION sanctions_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% {APPEND_ONLY.replace("%", "%%")}', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
"""


class PostgresDatabase(Database):
    """PostgreSQL. Transactions are READ COMMITTED; a reading of several statements is one snapshot."""

    mark = "%s"
    now = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
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
        return cls(create_engine(url, pool_size=10, max_overflow=10), owned=True)

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

    def _make_transactional(self, connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        if driver.autocommit:
            connection.execution_options(isolation_level="READ COMMITTED")

    def bound_idleness(self, cursor: Cursor, seconds: float) -> None:
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = {round(seconds * 1000)}")

    def members(self, name: str) -> Select[tuple[str]]:
        return select(func.unnest(cast(bindparam(name), ARRAY(Text))).label("value"))

    def listed(self, values: Iterable[str]) -> Any:
        return list(values)

    def rows(self, cursor: Cursor, sql: str, given: Sequence[Any]) -> list[Any]:
        """In the server's own form: bytes would come twice as long as text."""
        reading: Any = cursor
        found: list[Any] = reading.execute(sql, given, binary=True).fetchall()
        return found

    def fill(self, cursor: Cursor, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        copying: Any = cursor
        with copying.copy(f"COPY {table.name} ({', '.join(table.c.keys())}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def keep_writers_out(self, cursor: Cursor, tables: Iterable[Table]) -> None:
        """Readers go on. Whoever waits for a lock has all who come later wait too: so it does not wait long."""
        cursor.execute(f"SET LOCAL lock_timeout = {_WRITERS_MILLISECONDS}")
        cursor.execute(f"LOCK TABLE {', '.join(table.name for table in tables)} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SET LOCAL lock_timeout = DEFAULT")

    def table_names(self, cursor: Cursor) -> set[str]:
        cursor.execute(_NAMES)
        return {row[0] for row in cursor.fetchall()}

    def guard(self, cursor: Cursor, table: Table) -> None:
        """Triggers against UPDATE, DELETE and TRUNCATE that fire in every session, replicating ones too."""
        name = table.name
        cursor.execute(_REFUSE)
        for action, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            trigger = f"{name}_no_{action.split()[0].lower()}"
            cursor.execute(
                f"CREATE TRIGGER {trigger} BEFORE {action} ON {name} FOR EACH {each} EXECUTE FUNCTION sanctions_refuse()"
            )
            cursor.execute(f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER {trigger}")

    def make_alone(self, cursor: Cursor) -> None:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))

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
