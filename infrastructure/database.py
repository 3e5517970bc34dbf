"""A database: SQLAlchemy's engine and pool, with transactions on the driver's own cursor.

The statements of the hot paths are compiled once and run on a DBAPI cursor: SQLAlchemy's work per statement and per
transaction costs more than SQLite's own.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from threading import RLock
from typing import Any, Protocol

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql import ClauseElement

from .errors import StoreReadOnly, StoreUnreachable, translated

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
    def fetchmany(self, size: int = ..., /) -> list[Any]: ...
    def close(self) -> Any: ...


class Database:
    """Transactions on one engine.

    An in-memory SQLite database is one connection, shared by all threads one after another; a file is opened once per
    connection of the pool, in WAL mode and with full synchronisation, so that what has returned is on the disk.
    """

    def __init__(self, engine: Engine, *, owned: bool = False) -> None:
        self.engine = engine
        self._owned = owned
        self._in_memory = isinstance(engine.pool, StaticPool)
        self._gate: AbstractContextManager[Any] = RLock() if self._in_memory else nullcontext()
        self._is_sqlite = engine.dialect.name == "sqlite"

    @classmethod
    def open(cls, target: str | Engine) -> Database:
        """The database behind an SQLAlchemy URL or engine. Raises StoreUnreachable for an URL that cannot be used."""
        if isinstance(target, Engine):
            return cls(target)
        try:
            url = make_url(target)
            if url.get_backend_name() != "sqlite":
                raise StoreUnreachable(f"{url.get_backend_name()} is not supported: use a sqlite URL", url=str(url))
            in_memory = url.database in (None, "", ":memory:")
            options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": 30.0}}
            if in_memory:
                options["poolclass"] = StaticPool
            engine = create_engine(url, **options)
        except (ArgumentError, NoSuchModuleError) as error:
            raise StoreUnreachable(f"{target!r} is not a database URL: {error}") from None
        event.listen(engine, "connect", _prepare_sqlite)
        return cls(engine, owned=True)

    def close(self) -> None:
        """Close the connections, unless the engine is the host's own."""
        if self._owned:
            self.engine.dispose()

    def prepare(self, statement: ClauseElement) -> str:
        """The SQL text of a statement for this database, its parameters by position."""
        return str(statement.compile(dialect=self.engine.dialect))

    def use_write_ahead_log(self) -> None:
        """Let readers and the writer of a SQLite file work side by side. The mode stays with the file.

        Only for a file that is known to be a store: it changes the file. One that cannot be written can still be read.
        """
        if not self._is_sqlite or self._in_memory or not self._owned:
            return
        with suppress(StoreReadOnly), self._gate, self._cursor() as (_, cursor):
            cursor.execute("PRAGMA journal_mode")
            if cursor.fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode = WAL")
                cursor.fetchone()

    @contextmanager
    def writing(self) -> Generator[Cursor, None, None]:
        """A transaction that is committed at the end and rolled back by an exception; typed errors come out."""
        with self._gate, self._cursor() as (connection, cursor):
            try:
                if self._is_sqlite:
                    # The lock is taken at once: a transaction that reads first and then asks for it is refused, not queued.
                    cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def reading(self) -> Generator[Cursor, None, None]:
        """A consistent view: what is read here belongs to one instant of the database."""
        with self._gate, self._cursor() as (connection, cursor):
            try:
                if self._is_sqlite:
                    cursor.execute("BEGIN")
                yield cursor
            finally:
                connection.rollback()

    @contextmanager
    def _cursor(self) -> Generator[tuple[Any, Any], None, None]:
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
        except Exception as error:
            typed = translated(error, dbapi)
            if typed is error:
                raise
            raise typed from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA synchronous = FULL")
    finally:
        cursor.close()
