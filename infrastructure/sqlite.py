"""SQLite: one writer at a time, a write-ahead log, and what has returned is on the disk."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from threading import RLock, local
from typing import Any, Final
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import SingletonThreadPool, StaticPool
from sqlalchemy.sql import ClauseElement

from .database import Cursor, Database
from .errors import APPEND_ONLY, NestedTransaction, StoreBusy, StoreReadOnly, StoreUnreachable, sqlite_error

__all__ = ["SQLiteDatabase"]

_BUSY_MILLISECONDS = 30_000
# How often another process may be in the way of the write-ahead log before opening gives up.
_ATTEMPTS: Final = 100
_NAMES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


class SQLiteDatabase(Database):
    """SQLite.

    An in-memory database is one connection, shared by all threads one after another; a file is opened once per connection of
    the pool, in WAL mode and with full synchronisation, so that what has returned is on the disk.
    """

    mark = "?"

    def __init__(self, engine: Engine, *, owned: bool = False) -> None:
        super().__init__(engine, owned=owned)
        if isinstance(engine.pool, SingletonThreadPool):
            raise StoreUnreachable(
                "this engine gives each thread a database of its own: make it with poolclass=StaticPool and "
                'connect_args={"check_same_thread": False}, or hand in the URL'
            )
        self._in_memory = self.shares_nothing = isinstance(engine.pool, StaticPool)
        self._gate: AbstractContextManager[Any] = RLock() if self._in_memory else nullcontext()
        self._writer = local()
        if owned and not self._in_memory:
            _FILES.add(self)

    @classmethod
    def at(cls, url: URL) -> SQLiteDatabase:
        """The database at an SQLAlchemy URL."""
        in_memory = url.database in (None, "") or ":memory:" in str(url) or "mode=memory" in str(url)
        options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": 30.0}}
        if in_memory:
            options["poolclass"] = StaticPool
        engine = create_engine(url, **options)
        event.listen(engine, "connect", _prepare_connection)
        return cls(engine, owned=True)

    def close(self) -> None:
        """Close the connections, unless the engine is the host's own."""
        # In memory other threads use the same connection: closing it under them would end the process.
        with self._gate:
            super().close()

    def prepare(self, statement: ClauseElement) -> str:
        return str(statement.compile(dialect=self.engine.dialect))

    def upsert(self, table: Table) -> Any:
        return insert(table)

    def take_possession(self) -> None:
        """Let readers and the writer of a file work side by side. The mode stays with the file.

        Only for a file that is known to be a store: it changes the file. One that cannot be written can still be read.
        """
        if self._in_memory or not self._owned:
            return
        with suppress(StoreReadOnly), self._gate:
            for _ in range(_ATTEMPTS):
                with suppress(StoreBusy):
                    self._use_log()
                    break
                self._wait_for_writer()
            else:
                self._use_log()

    def _use_log(self) -> None:
        with self._cursor() as (_, cursor):
            cursor.execute("PRAGMA journal_mode")
            if cursor.fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode = WAL")
                cursor.fetchone()

    def _wait_for_writer(self) -> None:
        """Changing the mode beside a writer is refused at once, whatever the busy timeout; beginning to write queues."""
        with self._cursor() as (connection, cursor):
            cursor.execute("BEGIN IMMEDIATE")
            connection.rollback()

    @contextmanager
    def writing(self) -> Generator[Cursor, None, None]:
        """A transaction that is committed at the end and rolled back by an exception; typed errors come out.

        Raises NestedTransaction inside another one of the same thread: it would wait for itself.
        """
        if self._writes_here:
            raise NestedTransaction("this thread is writing already: finish that transaction first")
        with self._gate, self._cursor() as (connection, cursor):
            _refuse_open_transaction(connection)
            try:
                # The lock is taken at once: a transaction that reads first and then asks for it is refused, not queued.
                cursor.execute("BEGIN IMMEDIATE")
                self._writer.cursor = cursor
                yield cursor
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                self._writer.cursor = None

    @contextmanager
    def reading(self) -> Generator[Cursor, None, None]:
        """A consistent view: what is read here belongs to one instant of the database.

        In memory there is one connection: inside a transaction of the same thread, that transaction is read.
        """
        if self._in_memory and self._writes_here:
            yield self._writer.cursor
            return
        with self._gate, self._cursor() as (connection, cursor):
            _refuse_open_transaction(connection)
            try:
                cursor.execute("BEGIN")
                yield cursor
            finally:
                connection.rollback()

    @property
    def _writes_here(self) -> bool:
        return getattr(self._writer, "cursor", None) is not None

    def asking(self) -> AbstractContextManager[Cursor]:
        return self.reading()

    def table_names(self, cursor: Cursor) -> set[str]:
        cursor.execute(_NAMES)
        return {row[0] for row in cursor.fetchall()}

    def guard(self, cursor: Cursor, table: Table) -> None:
        """Triggers against UPDATE and DELETE, and against an INSERT that would replace a row past them."""
        name, keys = table.name, [column.name for column in table.primary_key.columns]
        same = " AND ".join(f'"{key}" = NEW."{key}"' for key in keys)
        for action in ("UPDATE", "DELETE"):
            refuse = f"SELECT RAISE(ABORT, '{name} {APPEND_ONLY}')"
            cursor.execute(f"CREATE TRIGGER {name}_no_{action.lower()} BEFORE {action} ON {name} BEGIN {refuse}; END")
        refuse = f"SELECT RAISE(ABORT, 'a row of this key exists in {name}')"
        exists = f"EXISTS (SELECT 1 FROM {name} WHERE {same})"  # noqa: S608 - names of our own tables
        cursor.execute(f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN {exists} BEGIN {refuse}; END")

    def make_alone(self, cursor: Cursor) -> None:
        """Writers are serial anyway."""

    def order_log(self, cursor: Cursor, log: Table) -> None:
        """Writers are serial anyway."""

    def join(self, connection: Connection) -> None:
        if not connection.in_transaction():
            connection.begin()
        driver = connection.connection.driver_connection
        if driver is not None and not driver.in_transaction:
            # The driver begins only before the host's first change: the first RELEASE would commit.
            cursor = connection.connection.cursor()
            try:
                cursor.execute("BEGIN IMMEDIATE")
            except Exception as error:
                raise self.typed(error) from error
            finally:
                cursor.close()

    def keeps_snapshot(self, cursor: Cursor) -> bool:  # noqa: ARG002 - always so
        """A transaction that read before it wrote cannot write once somebody else has."""
        return True

    @staticmethod
    def _refuse_writes(connection: Any, record: object) -> None:  # noqa: ARG004 - as SQLAlchemy calls it
        connection.execute("PRAGMA query_only = ON").close()

    def typed(self, error: Exception) -> Exception:
        return sqlite_error(error, self.engine.dialect.dbapi)


def _refuse_open_transaction(connection: Any) -> None:
    """A host's engine may open transactions by itself; what it holds must not be ended here."""
    if connection.driver_connection.in_transaction:
        raise NestedTransaction(
            "the connection is inside a transaction already: finish it first, and let the engine's driver not begin "
            "transactions by itself (no `autocommit` among its connect_args)"
        )


# SQLite's locks do not survive a fork: a child that goes on with its parent's connections loses what it writes when the
# parent closes the file. So idle connections are closed before a fork, and each side opens its own.
_FILES: Final[WeakSet[SQLiteDatabase]] = WeakSet()


def _close_idle_connections() -> None:
    for database in list(_FILES):
        database.engine.dispose()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_idle_connections)


def _prepare_connection(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA synchronous = FULL")
    finally:
        cursor.close()
