"""SQLite: one writer at a time, a write-ahead log, and what has returned is on the disk."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, Final
from weakref import WeakSet

from msgspec import json
from sqlalchemy import URL, Connection, Engine, Insert, Select, Table, bindparam, event, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import SingletonThreadPool, StaticPool
from sqlalchemy.sql import ClauseElement

from .anchored import anchored
from .database import Cursor, Database, make_engine
from .errors import (
    CannotJoin,
    Conflict,
    DiskFailed,
    NestedTransaction,
    OutcomeUnknown,
    StoreBusy,
    StoreError,
    StoreReadOnly,
    StoreReplaced,
    StoreUnreachable,
    first_line,
    sqlite_error,
)
from .gathering import Form, form_of
from .guards import Guard, MissingGuard
from .pieces import InPieces
from .sqlite_guards import guard_statements, unguarded
from .transactions import Transaction, running

__all__ = ["SQLiteDatabase"]

_BUSY_MILLISECONDS = 30_000
# How often another process may be in the way of the write-ahead log before opening gives up.
_ATTEMPTS: Final = 100
_NOWHERE: Final = (-1, -1)
_NAMES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


class SQLiteDatabase(Database):
    """SQLite.

    An in-memory database is one connection, shared by all threads one after another; a file is opened once per connection of
    the pool, in WAL mode and with full synchronisation, so that what has returned is on the disk.
    """

    mark = "?"
    now = "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)"

    def __init__(self, engine: Engine, *, owned: bool = False) -> None:
        super().__init__(engine, owned=owned)
        if isinstance(engine.pool, SingletonThreadPool):
            raise StoreUnreachable(
                "this engine gives each thread a database of its own: make it with poolclass=StaticPool and "
                'connect_args={"check_same_thread": False}, or hand in the URL'
            )
        self._forms: dict[str, Form] = {}
        self._in_memory = self.shares_nothing = isinstance(engine.pool, StaticPool)
        # In memory everybody uses the one connection in turn. The writers of a file queue at the database; those of an event
        # loop queue before they take a connection, of which each keeps a thread.
        self._gate = self.make_lock() if self._in_memory else nullcontext()
        self._queue = self.make_lock() if self.awaited and not self._in_memory else nullcontext()
        self._anchor: Any = None
        self._schema: int | None = None
        self._place: tuple[str, tuple[int, int] | None] | None = None
        if owned and not self._in_memory and not self.awaited:
            _FILES.add(self)

    @classmethod
    def at(cls, url: URL, *, awaited: bool = False) -> SQLiteDatabase:
        """The database at an SQLAlchemy URL."""
        if awaited and url.drivername == "sqlite":
            url = url.set(drivername="sqlite+aiosqlite")
        if awaited != url.get_dialect().is_async:
            remedy = "use sqlite+aiosqlite" if awaited else "it is for event loops, use AsyncSanctions"
            raise StoreUnreachable(f"the driver {url.get_driver_name()} is not supported here: {remedy}")
        in_memory = url.database in (None, "") or ":memory:" in str(url) or "mode=memory" in str(url)
        options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": 30.0}}
        anchor: Any = None
        if in_memory:
            options["poolclass"] = StaticPool
            if awaited and url.database in (None, "", ":memory:"):
                url, anchor = anchored(url)
        engine = make_engine(url, awaited=awaited, **options)
        event.listen(engine, "connect", _prepare_connection)
        made = cls(engine, owned=True)
        made._anchor = anchor
        return made

    def close(self) -> None:
        """Close the connections, unless the engine is the host's own."""
        # In memory other threads use the same connection: closing it under them would end the process.
        if not self.is_closed():
            with self._gate if self.can_wait() else nullcontext():
                super().close()
            if self._anchor is not None:
                self._anchor.close()

    def prepare(self, statement: ClauseElement) -> str:
        compiled = statement.compile(dialect=self.engine.dialect)
        sql = str(compiled)
        form = form_of(statement, compiled, self.engine.dialect) if isinstance(statement, Insert) else None
        if form is not None:
            self._forms[sql] = form
        return sql

    def gathered(self, cursor: Cursor) -> AbstractContextManager[Cursor]:
        return nullcontext(InPieces(cursor, self._forms))

    def upsert(self, table: Table) -> Any:
        return insert(table)

    def take_possession(self) -> None:
        """Let readers and the writer of a file work side by side. The mode stays with the file.

        Only for a file that is known to be a store: it changes the file. One that cannot be written can still be read.
        """
        if not self._in_memory:
            self._remember_place()
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

    def _remember_place(self) -> None:
        """Which file this is. SQLite goes on with a file that was deleted or replaced, and nobody else would see it."""
        with self._gate, self._cursor() as (_, cursor):
            cursor.execute("PRAGMA database_list")
            path = next((row[2] for row in cursor.fetchall() if row[1] == "main"), "")
        found = _identity(path) if path else None
        if found is not None:
            self._place = (path, found)

    def _check_place(self) -> None:
        """Before a connection is made, which would make a file; once pulled away, always: the next one may get its number."""
        if self._place is not None:
            path, known = self._place
            if known is None or _identity(path) not in (known, None):
                self._place = path, None
                raise StoreReplaced(f"{first_line(StoreReplaced)} ({path})", path=path)

    @contextmanager
    def writing(self) -> Generator[Cursor, None, None]:
        """A transaction that is committed at the end and rolled back by an exception; typed errors come out.

        Raises NestedTransaction inside another one of the same thread or task: it would wait for itself.
        """
        self._refuse_inside_another()
        self._check_place()
        with self._queue, self._gate, self._cursor() as (connection, cursor):
            _refuse_open_transaction(connection)
            try:
                # The lock is taken at once: a transaction that reads first and then asks for it is refused, not queued.
                cursor.execute("BEGIN IMMEDIATE")
                self._notice_changes(cursor)
                with Transaction(self, cursor, writes=True):
                    yield cursor
                self._commit(connection)
            except BaseException:
                _roll_back(connection)
                raise
            self._check_place_after_commit()

    def _check_place_after_commit(self) -> None:
        try:
            self._check_place()
        except StoreReplaced as error:
            raise OutcomeUnknown(f"{first_line(OutcomeUnknown)} ({error})") from error

    def _notice_changes(self, cursor: Cursor) -> None:
        """A backup that is restored into the file leaves it the same file; SQLite counts it as a change of the schema."""
        if not self._in_memory:
            cursor.execute("PRAGMA schema_version")
            found = cursor.fetchone()[0]
            if found != self._schema:
                self._schema = found
                self.generation += 1

    def _commit(self, connection: Any) -> None:
        try:
            connection.commit()
        except Exception as error:
            self._raise_if_unconfirmed(error)
            raise

    def _raise_if_unconfirmed(self, error: Exception) -> None:
        if isinstance(self.typed(error), DiskFailed):
            # All may have been written and only not confirmed: whoever opens the file next may find it.
            raise OutcomeUnknown(f"{first_line(OutcomeUnknown)} ({error})") from error

    @contextmanager
    def reading(self) -> Generator[Cursor, None, None]:
        """A consistent view: what is read here belongs to one instant of the database.

        In memory there is one connection: inside a transaction of the same thread or task, that transaction is read.
        """
        outer = running(self) if self._in_memory else None
        if outer is not None and outer.cursor is not None:
            yield outer.cursor
            return
        self._check_place()
        with self._gate, self._cursor() as (connection, cursor):
            _refuse_open_transaction(connection)
            try:
                cursor.execute("BEGIN")
                with Transaction(self, cursor, writes=False) if self._in_memory else nullcontext():
                    yield cursor
            finally:
                _roll_back(connection)

    def asking(self) -> AbstractContextManager[Cursor]:
        return self.reading()

    @contextmanager
    def connected(self) -> Generator[Connection, None, None]:
        self._refuse_inside_another()
        self._check_place()
        with self._queue, self._gate, self._in_use(), self._errors_typed(), self.engine.connect() as connection:
            _refuse_open_transaction(connection.connection)
            cursor: Any = connection.connection.cursor()
            try:
                # Leaving the context before the commit rolls back.
                connection.begin()
                cursor.execute("BEGIN IMMEDIATE")
                self._notice_changes(cursor)
                with Transaction(self, cursor, writes=True):
                    yield connection
                self.commit(connection)
            finally:
                cursor.close()

    def commit(self, connection: Connection) -> None:
        if not connection.in_transaction():
            return
        try:
            connection.commit()
        except DBAPIError as error:
            if isinstance(error.orig, Exception):
                try:
                    self._raise_if_unconfirmed(error.orig)
                except OutcomeUnknown:
                    connection.detach()  # It must not come back from the pool; closed at once, its cursors could not be.
                    raise
            raise
        self._check_place_after_commit()

    def _refuse_inside_another(self) -> None:
        outer = running(self)
        if outer is not None and (outer.writes or self._in_memory):
            raise NestedTransaction("a transaction is running here already: finish that one first")

    def table_names(self, cursor: Cursor) -> set[str]:
        cursor.execute(_NAMES)
        return {row[0] for row in cursor.fetchall()}

    def guard(self, cursor: Cursor, guard: Guard) -> None:
        for statement in guard_statements(guard):
            cursor.execute(statement)

    def unguarded(self, cursor: Cursor, guard: Guard) -> Iterable[MissingGuard]:
        return unguarded(cursor, guard)

    def members(self, name: str) -> Select[tuple[str]]:
        return select(func.json_each(bindparam(name)).table_valued("value").c.value)

    def listed(self, values: Iterable[str]) -> Any:
        return json.encode(list(values)).decode()

    def keep_writers_out(self, cursor: Cursor, tables: Iterable[Table]) -> None:
        """Writers are serial anyway."""

    def make_alone(self, cursor: Cursor) -> None:
        """Writers are serial anyway."""

    def order_log(self, cursor: Cursor, log: Table) -> None:
        """Writers are serial anyway."""

    def alone_at(self, cursor: Cursor, what: str, *, wait: bool) -> bool:  # noqa: ARG002 - writers are serial anyway
        return True

    def overwrite_deleted(self, cursor: Cursor) -> None:
        cursor.execute("PRAGMA secure_delete = ON")

    def forget_deleted(self) -> None:
        # Where somebody reads, it comes back without having done it all; the next one does.
        with self.asking() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.fetchall()

    def join(self, connection: Any, driver: Any) -> None:
        if not hasattr(driver, "in_transaction"):
            raise CannotJoin(f"{type(driver).__name__} is no connection to SQLite")
        if driver.in_transaction:
            return
        if driver.isolation_level is None or getattr(driver, "autocommit", None) is True:
            raise CannotJoin("the host's connection commits each statement by itself: begin a transaction first")
        # The driver begins only before the host's first change: the first RELEASE would commit.
        cursor = connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE")
        finally:
            cursor.close()

    def as_tuples(self, cursor: Any) -> None:
        if getattr(cursor, "row_factory", None) is not None:
            cursor.row_factory = None

    def is_lost(self, cursor: Cursor, error: StoreError) -> bool:  # noqa: ARG002 - always so
        """A transaction that read before it wrote cannot write once somebody else has."""
        return isinstance(error, Conflict | StoreBusy)

    @staticmethod
    def _refuse_writes(connection: Any, record: object) -> None:  # noqa: ARG004 - as SQLAlchemy calls it
        connection.execute("PRAGMA query_only = ON").close()

    def typed(self, error: Exception) -> Exception:
        return sqlite_error(error, self.engine.dialect.dbapi)


def _identity(path: str) -> tuple[int, int] | None:
    """What tells a file from another one that has its name; None where this cannot be said."""
    try:
        found = os.stat(path)  # noqa: PTH116 - at every transaction: a path object costs as much again
    except (FileNotFoundError, NotADirectoryError):
        return _NOWHERE
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _roll_back(connection: Any) -> None:
    """End a transaction of which nothing shall stay; a connection that cannot even do that is not used again."""
    try:
        connection.rollback()
    except Exception:  # noqa: BLE001 - what went wrong before is what is told
        connection.invalidate()


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
