"""A database: SQLAlchemy's engine and pool, with transactions on the driver's own cursor.

The statements of the hot paths are compiled once and run on a DBAPI cursor: SQLAlchemy's work per statement and per
transaction costs more than SQLite's own.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from threading import RLock, local
from typing import Any, Final, Protocol
from weakref import WeakSet

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import SingletonThreadPool, StaticPool
from sqlalchemy.sql import ClauseElement

from .errors import NestedTransaction, StoreBusy, StoreClosed, StoreReadOnly, StoreUnreachable, translated

__all__ = ["Cursor", "Database"]

_BUSY_MILLISECONDS = 30_000


class Cursor(Protocol):
    """The part of PEP 249's cursor that is used here."""

    @property
    def rowcount(self) -> int: ...
    def execute(self, sql: str, parameters: Any = ..., /) -> Any: ...
    def executemany(self, sql: str, parameters: Any, /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def close(self) -> Any: ...


class Database:
    """Transactions on one engine.

    An in-memory SQLite database is one connection, shared by all threads one after another; a file is opened once per
    connection of the pool, in WAL mode and with full synchronisation, so that what has returned is on the disk.
    """

    def __init__(self, engine: Engine, *, owned: bool = False) -> None:
        if engine.dialect.name != "sqlite":
            raise StoreUnreachable(f"{engine.dialect.name} is not supported: use SQLite")
        if isinstance(engine.pool, SingletonThreadPool):
            raise StoreUnreachable(
                "this engine gives each thread a database of its own: make it with poolclass=StaticPool and "
                'connect_args={"check_same_thread": False}, or hand in the URL'
            )
        self.engine = engine
        self._owned = owned
        self._closed = False
        self._in_memory = isinstance(engine.pool, StaticPool)
        self._gate: AbstractContextManager[Any] = RLock() if self._in_memory else nullcontext()
        self._writer = local()
        if owned and not self._in_memory:
            _FILES.add(self)

    @classmethod
    def open(cls, target: str | Engine) -> Database:
        """The database behind an SQLAlchemy URL or engine. Raises StoreUnreachable for an URL that cannot be used."""
        if isinstance(target, Engine):
            return cls(target)
        try:
            url = make_url(target)
            if url.get_backend_name() != "sqlite":
                raise StoreUnreachable(f"{url.get_backend_name()} is not supported: use a sqlite URL")
            in_memory = url.database in (None, "") or ":memory:" in str(url) or "mode=memory" in str(url)
            options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": 30.0}}
            if in_memory:
                options["poolclass"] = StaticPool
            engine = create_engine(url, **options)
        except (ArgumentError, ImportError, NoSuchModuleError, TypeError, ValueError) as error:
            raise StoreUnreachable(f"this is not a database URL that can be used: {error}") from None
        event.listen(engine, "connect", _prepare_sqlite)
        return cls(engine, owned=True)

    def close(self) -> None:
        """Close the connections, unless the engine is the host's own. Nothing can be asked afterwards."""
        self._closed = True
        if self._owned:
            # In memory other threads use the same connection: closing it under them would end the process.
            with self._gate:
                self.engine.dispose()

    def prepare(self, statement: ClauseElement) -> str:
        """The SQL text of a statement for this database, its parameters by position."""
        return str(statement.compile(dialect=self.engine.dialect))

    def use_write_ahead_log(self) -> None:
        """Let readers and the writer of a SQLite file work side by side. The mode stays with the file.

        Only for a file that is known to be a store: it changes the file. One that cannot be written can still be read.
        """
        if self._in_memory or not self._owned:
            return
        with suppress(StoreReadOnly), self._gate, self._cursor() as (_, cursor):
            cursor.execute("PRAGMA journal_mode")
            if cursor.fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode = WAL")
                cursor.fetchone()

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

    @contextmanager
    def _cursor(self) -> Generator[tuple[Any, Any], None, None]:
        if self._closed:
            raise StoreClosed("this store was closed: open it again")
        dbapi = self.engine.dialect.dbapi
        try:
            connection = self.engine.raw_connection()
            try:
                cursor = connection.cursor()
                try:
                    yield connection, cursor
                finally:
                    cursor.close()
            finally:
                connection.close()
        except DBAPIError as error:
            raise translated(error.orig if isinstance(error.orig, Exception) else error, dbapi) from error
        except PoolTimeout as error:
            raise StoreBusy(f"all connections of the engine are in use: {error}") from error
        except Exception as error:
            typed = translated(error, dbapi)
            if typed is error:
                raise
            raise typed from error


def _refuse_open_transaction(connection: Any) -> None:
    """A host's engine may open transactions by itself; what it holds must not be ended here."""
    if connection.driver_connection.in_transaction:
        raise NestedTransaction(
            "the connection is inside a transaction already: finish it first, and let the engine's driver not begin "
            "transactions by itself (no `autocommit` among its connect_args)"
        )


# SQLite's locks do not survive a fork: a child that goes on with its parent's connections loses what it writes when the
# parent closes the file. So idle connections are closed before a fork, and each side opens its own.
_FILES: Final[WeakSet[Database]] = WeakSet()


def _close_idle_connections() -> None:
    for database in list(_FILES):
        database.engine.dispose()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_idle_connections)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA synchronous = FULL")
    finally:
        cursor.close()
