"""PostgreSQL through psycopg 3: many writers, none of which waits for another account's."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg.pq import ConnStatus, TransactionStatus
from psycopg.rows import tuple_row
from sqlalchemy import ARRAY, URL, Connection, Engine, Select, Table, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement

from .database import Cursor, Database, make_engine
from .errors import (
    CannotJoin,
    Conflict,
    ConnectionLost,
    Deadlock,
    NestedTransaction,
    OutcomeUnknown,
    StoreError,
    StoreUnreachable,
    ViewOutOfStep,
    first_line,
    one_line,
)
from .gathering import Form, Gathered, form_of
from .guards import Guard, MissingGuard
from .patience import bounded_awaited, give_up_silence, settings
from .postgres_errors import connection_refused, ends_connection, postgres_error
from .postgres_guards import guard_with_partitions, unguarded

__all__ = ["PostgresDatabase"]

# One key for making tables, below those of the sequencers: any number, as long as every process takes the same.
_MAKING: Final = 0x73616E6374
_ORDERING: Final = 0x73616E64
_ALONE: Final = 0x73616E65
# Nobody waits for ever: not for a server that is gone, not for a lock that somebody keeps, and others not for us. What the URL
# says itself goes before; milliseconds and seconds are libpq's own.
_PATIENCE: Final = {"keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}
# When a connection was first seen here; kept with it by the pool.
_SEEN: Final = "sanctions_seen"
# How long writers may have to wait behind somebody who wants them all out.
_WRITERS_MILLISECONDS: Final = 200
_BINARY: Final[dict[str, Any]] = {"binary": True}
# Not to_regclass: what it did not find once, it may not find in a transaction that waited while the table was made.
_VISIBLE: Final = """
SELECT 1 FROM pg_catalog.pg_class
WHERE relname = %s AND relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(oid)
"""
_NAMES: Final = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"


class PostgresDatabase(Database):
    """PostgreSQL. Transactions are READ COMMITTED; a reading of several statements is one snapshot."""

    mark = "%s"
    now = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    sequenced = True

    def __init__(self, engine: Engine, *, owned: bool = False) -> None:
        super().__init__(engine, owned=owned)
        if engine.dialect.driver != "psycopg":
            raise StoreUnreachable(f"the driver {engine.dialect.driver} is not supported: use postgresql+psycopg")
        self._broke_at = 0.0
        # Parameters by position are the driver's quickest form.
        self._dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
        self._forms: dict[str, Form] = {}

    @classmethod
    def at(cls, url: URL, *, awaited: bool = False, timeout: float | None = None) -> PostgresDatabase:
        """The database at an SQLAlchemy URL; `postgresql://` means the driver psycopg, which serves event loops too.

        `timeout`: for how many seconds an answer is waited for.
        """
        if url.drivername in ("postgresql", "postgresql+psycopg_async"):
            url = url.set(drivername="postgresql+psycopg")
        if url.drivername != "postgresql+psycopg":
            raise StoreUnreachable(f"the driver {url.get_driver_name()} is not supported: use postgresql+psycopg")
        wanted = {**_PATIENCE, **settings(timeout)}
        patience = {name: value for name, value in wanted.items() if name not in url.query}
        if awaited and timeout is not None:
            patience["async_creator_fn"] = bounded_awaited(timeout).connect
        engine = make_engine(url, awaited=awaited, pool_size=10, max_overflow=10, connect_args=patience)
        if timeout is not None and not awaited:
            give_up_silence(engine, timeout)
        return cls(engine, owned=True)

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
            except BaseException:
                _roll_back(connection)
                raise
            self._commit(connection)

    def _commit(self, connection: Any) -> None:
        if self.hung_up(connection):
            raise ConnectionLost(first_line(ConnectionLost))
        try:
            connection.commit()
        except psycopg.Error as error:
            # A plain error is an answer: no. Where the connection ends, the answer may have been lost, whatever is said.
            if ends_connection(error) or self.hung_up(connection):
                raise _unknown(error) from error
            _roll_back(connection)
            raise

    @contextmanager
    def at_once(self) -> Generator[Cursor, None, None]:
        """One statement that commits by itself."""
        writes = Gathered(self._forms)
        yield writes
        if not writes:
            return
        try:
            self._send_at_once(*writes.as_one())
        except ViewOutOfStep:
            # Parts of one statement run in no promised order: perhaps somebody else was first, and the view only shows it.
            with self.writing() as cursor:
                writes.send(cursor)

    def _send_at_once(self, sql: str, parameters: Any) -> None:
        sent = False
        try:
            with self.asking() as cursor:
                sent = True
                cursor.execute(sql, parameters)
        except ConnectionLost as error:
            if sent:
                raise _unknown(error) from error
            raise

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
                _roll_back(connection)

    @contextmanager
    def asking(self) -> Generator[Cursor, None, None]:
        with self._cursor() as (connection, cursor), _committing(connection, by_itself=True):
            yield cursor

    @contextmanager
    def connected(self) -> Generator[Connection, None, None]:
        with (
            self._in_use(),
            self._errors_typed(),
            self.engine.connect() as connection,
            self._given_back(connection),
            _committing(connection.connection, by_itself=False),
        ):
            try:
                connection.begin()
                yield connection
                self.commit(connection)
            except BaseException:
                connection.rollback()
                raise

    def commit(self, connection: Connection) -> None:
        if not connection.in_transaction():
            return
        pooled = connection.connection
        if self.hung_up(pooled):
            raise ConnectionLost(first_line(ConnectionLost))
        try:
            connection.commit()
        except DBAPIError as error:
            # As in `_commit`. SQLAlchemy may have thrown the connection away by now, which counts as hung up.
            bare = error.orig
            if isinstance(bare, psycopg.Error) and (ends_connection(bare) or self.hung_up(pooled)):
                self.suspect_all()
                connection.invalidate()
                raise _unknown(bare) from error
            raise

    def ask_bytes(self, cursor: Cursor, sql: str, parameters: Any) -> None:
        # As text, bytes are twice as long and have to be decoded. Adapted cursors have no such choice, nor have those that put
        # the parameters into the text themselves (Django's).
        given: Any = cursor
        can_choose = isinstance(cursor, psycopg.Cursor) and not isinstance(cursor, psycopg.ClientCursor)
        given.execute(sql, parameters, **(_BINARY if can_choose else {}))

    def bound_idleness(self, cursor: Cursor, seconds: float) -> None:
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = {max(1, round(seconds * 1000))}")

    def members(self, name: str) -> Select[tuple[str]]:
        return select(func.unnest(cast(bindparam(name), ARRAY(Text))).label("value"))

    def listed(self, values: Iterable[str]) -> Any:
        return list(values)

    def fill(self, cursor: Cursor, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        if not isinstance(cursor, psycopg.Cursor):
            # An adapted cursor cannot copy.
            super().fill(cursor, table, rows)
            return
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

    def alone_at(self, cursor: Cursor, what: str, *, wait: bool) -> bool:
        lock = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
        cursor.execute(f"SELECT {lock}(%s, hashtext(current_schema() || %s))", (_ALONE, what))
        return cursor.fetchone()[0] is not False

    def join(self, connection: Any, driver: Any) -> None:  # noqa: ARG002 - the driver begins by itself
        from psycopg import BaseConnection
        from psycopg.pq import TransactionStatus

        if not isinstance(driver, BaseConnection):
            raise CannotJoin(f"{type(driver).__name__} is no connection of psycopg")
        if driver.closed:
            raise CannotJoin("the host's connection is closed")
        if driver.autocommit and driver.info.transaction_status == TransactionStatus.IDLE:
            raise CannotJoin("the host's connection commits each statement by itself (AUTOCOMMIT): begin a transaction")
        if driver.info.transaction_status == TransactionStatus.INERROR:
            raise CannotJoin("an earlier statement of the host's transaction has failed: roll it back first")

    def as_tuples(self, cursor: Any) -> None:
        if isinstance(cursor, psycopg.RawCursor):
            raise CannotJoin(
                "cursors of the host's connection take parameters as $1 (RawCursor), and the statements here have %s: "
                "join a connection whose cursor_factory is psycopg.Cursor"
            )
        if isinstance(cursor, psycopg.Cursor):
            cursor.row_factory = tuple_row

    def is_lost(self, cursor: Cursor, error: StoreError) -> bool:
        """A conflict is alone where the transaction reads one snapshot; what holds it up is not."""
        if isinstance(error, Deadlock):
            return True
        if not isinstance(error, Conflict):
            return False
        cursor.execute("SHOW transaction_isolation")
        return cursor.fetchone()[0] in ("repeatable read", "serializable")

    @staticmethod
    def _refuse_writes(connection: Any, record: object) -> None:  # noqa: ARG004 - as SQLAlchemy calls it
        connection.execute("SET default_transaction_read_only = on").close()
        connection.commit()

    def typed(self, error: Exception) -> Exception:
        return postgres_error(error)

    def not_connected(self, error: Exception) -> Exception:
        return connection_refused(error)

    def is_over(self, connection: Any) -> bool:
        driver = connection.driver_connection
        return driver is None or bool(driver.closed)

    def hung_up(self, connection: Any) -> bool:
        if self.is_over(connection) or connection.info.setdefault(_SEEN, monotonic()) < self._broke_at:
            return True
        driver = connection.driver_connection
        # Taking in what lies in the socket's buffer asks the server nothing and waits for nothing. A server that ends a
        # connection says why first: the end comes behind that.
        try:
            driver.pgconn.consume_input()
            driver.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
        return bool(driver.pgconn.status != ConnStatus.OK)

    def suspect_all(self) -> None:
        super().suspect_all()
        self._broke_at = monotonic()


def _unknown(error: Exception) -> OutcomeUnknown:
    return OutcomeUnknown(f"{first_line(OutcomeUnknown)} ({one_line(error)})")


def _roll_back(connection: Any) -> None:
    """End a transaction of which nothing shall stay; with a broken connection it has ended."""
    with suppress(psycopg.OperationalError):
        connection.rollback()


@contextmanager
def _committing(connection: Any, *, by_itself: bool) -> Generator[None, None, None]:
    """Let each statement commit by itself, or not, whatever the host's engine says; leave it as it was.

    Raises NestedTransaction inside a transaction that is open: it must not be ended here.
    """
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
        # A connection that broke is thrown away, perhaps already, and refuses this.
        driver = connection.driver_connection
        if before != by_itself and driver is not None and driver.info.transaction_status == TransactionStatus.IDLE:
            adapter.autocommit = before
