"""PostgreSQL through psycopg 3: many writers, none of which waits for another account's."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, create_engine
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql import ClauseElement

from .database import Cursor, Database
from .errors import APPEND_ONLY, NestedTransaction, ViewOutOfStep
from .gathering import Form, Gathered, form_of
from .postgres_errors import postgres_error

__all__ = ["PostgresDatabase"]

# One key for making tables, below those of the sequencers: any number, as long as every process takes the same.
_MAKING: Final = 0x73616E6374
_ORDERING: Final = 0x73616E64
_NAMES: Final = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
_REFUSE: Final = f"""
CREATE OR REPLACE FUNCTION sanctions_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% {APPEND_ONLY.replace("%", "%%")}', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
"""


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
        self._forms: dict[str, Form] = {}

    @classmethod
    def at(cls, url: URL) -> PostgresDatabase:
        """The database at an SQLAlchemy URL; `postgresql://` means the driver psycopg."""
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return cls(create_engine(url, pool_size=10, max_overflow=10), owned=True)

    def prepare(self, statement: ClauseElement) -> str:
        compiled = statement.compile(dialect=self._dialect)
        sql, form = str(compiled), form_of(statement, compiled, self._dialect)
        if form is not None:
            self._forms[sql] = form
        return sql

    def upsert(self, table: Table) -> Any:
        return insert(table)

    @contextmanager
    def writing(self) -> Generator[Cursor, None, None]:
        with self._cursor() as (connection, cursor), _committing(connection, by_itself=False):
            try:
                yield cursor
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def at_once(self) -> Generator[Cursor, None, None]:
        """One statement that commits by itself."""
        writes = Gathered(self._forms)
        yield writes
        if not writes:
            return
        try:
            with self.asking() as cursor:
                cursor.execute(*writes.as_one())
        except ViewOutOfStep:
            # Parts of one statement run in no promised order: perhaps somebody else was first, and the view only shows it.
            with self.writing() as cursor:
                writes.send(cursor)

    @contextmanager
    def gathered(self, cursor: Cursor) -> Generator[Cursor, None, None]:
        writes = Gathered(self._forms)
        yield writes
        writes.send(cursor)

    @contextmanager
    def reading(self) -> Generator[Cursor, None, None]:
        # The driver's own BEGIN and a setting after it would be a round trip more.
        with self._cursor() as (connection, cursor), _committing(connection, by_itself=True):
            try:
                cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                yield cursor
            finally:
                connection.rollback()

    @contextmanager
    def asking(self) -> Generator[Cursor, None, None]:
        with self._cursor() as (connection, cursor), _committing(connection, by_itself=True):
            yield cursor

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


@contextmanager
def _committing(connection: Any, *, by_itself: bool) -> Generator[None, None, None]:
    """Let each statement commit by itself, or not, whatever the host's engine says; leave it as it was.

    Raises NestedTransaction inside a transaction that is open: it must not be ended here.
    """
    from psycopg.pq import TransactionStatus

    if connection.driver_connection.info.transaction_status != TransactionStatus.IDLE:
        raise NestedTransaction("the connection is inside a transaction already: finish it first")
    # Through SQLAlchemy's adapter: the driver's own connection may be one for event loops, which refuses this.
    adapter = connection.dbapi_connection
    before = adapter.autocommit
    if before != by_itself:
        adapter.autocommit = by_itself
    try:
        yield
    finally:
        if before != by_itself and not adapter.closed:
            adapter.autocommit = before
