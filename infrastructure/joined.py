"""The host's own transaction: our rows and the host's commit together or not at all.

A decision inside is a SAVEPOINT, so that a conflict leaves the host's transaction alive. Where deciding again inside would
meet the same conflict (a transaction that reads one snapshot for ever, a deadlock with what the host holds), a retriable
error says that the host has to start its transaction anew.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import count
from typing import Any, Final

from sqlalchemy import Connection, Select, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement

from .database import Cursor, Database
from .errors import ConnectionLost, HostMustRestart, NestedTransaction, StoreBusy, StoreClosed, StoreError, first_line
from .gathering import Gathered
from .guards import Guard, MissingGuard
from .hosts import HostTransaction

__all__ = ["JoinedDatabase"]

_NAMES: Final = count(1)


class JoinedDatabase(Database):
    """A database as seen from inside a transaction of the host. Commits nothing."""

    alone = False

    def __init__(self, database: Database, host: HostTransaction) -> None:
        super().__init__(database.engine)
        self._outside = database
        self._host = host
        self.mark = database.mark
        self.now = database.now
        self.sequenced = database.sequenced
        self.generation = database.generation
        with self._cursor():
            """Whether it can be joined is said at once."""

    @property
    def is_certainly_the_same(self) -> bool:
        """Whether the host's connection comes from the pool of the store's own engine."""
        return self._host.uses(self.engine.pool)

    def prepare(self, statement: ClauseElement) -> str:
        return self._outside.prepare(statement)

    def upsert(self, table: Table) -> Any:
        return self._outside.upsert(table)

    @contextmanager
    def writing(self) -> Generator[Cursor, None, None]:
        """A SAVEPOINT: released at the end, rolled back by an exception."""
        name = f"sanctions_{next(_NAMES)}"
        with self._cursor() as (_, cursor):
            cursor.execute(f"SAVEPOINT {name}")
            try:
                yield cursor
                cursor.execute(f"RELEASE SAVEPOINT {name}")
            except BaseException as error:
                # Where this fails too, the database has rolled back everything, or is gone: the first error says why.
                with suppress(Exception):
                    cursor.execute(f"ROLLBACK TO SAVEPOINT {name}")
                    cursor.execute(f"RELEASE SAVEPOINT {name}")
                typed = self.typed(error) if isinstance(error, Exception) else error
                if isinstance(typed, StoreError) and self._outside.is_lost(cursor, typed):
                    raise _restart(typed) from error
                raise

    @contextmanager
    def reading(self) -> Generator[Cursor, None, None]:
        """The host's transaction, its own writes included. What fails here is no SAVEPOINT: retriable is the whole."""
        try:
            with self._cursor() as (_, cursor):
                yield cursor
        except StoreError as error:
            if error.retriable and not isinstance(error, HostMustRestart | ConnectionLost):
                raise _restart(error) from error
            raise

    def asking(self) -> AbstractContextManager[Cursor]:
        return self.reading()

    def connected(self) -> AbstractContextManager[Connection]:
        """There is no transaction of one's own here."""
        raise NestedTransaction("the host's transaction is open: finish it first")

    def commit(self, connection: Connection) -> None:  # noqa: ARG002 - whichever it is
        """Only the host commits here."""
        raise NestedTransaction("the host's transaction is open: it is the host who commits it")

    @contextmanager
    def _cursor(self) -> Generator[tuple[Any, Any], None, None]:
        try:
            connection = self._connection()
            cursor = connection.cursor()
            self.as_tuples(cursor)
            try:
                yield connection, cursor
            finally:
                cursor.close()
        except DBAPIError as error:
            raise self.typed(error.orig if isinstance(error.orig, Exception) else error) from error
        except Exception as error:
            typed = self.typed(error)
            if typed is error:
                raise
            raise typed from error

    def _connection(self) -> Any:
        if self.is_closed():
            raise StoreClosed("the block of `joining` has ended: join the transaction again")
        connection, driver = self._host.driver()
        self._outside.join(connection, driver)
        return connection

    def gathered(self, cursor: Cursor) -> AbstractContextManager[Cursor]:
        return self._outside.gathered(cursor)

    @contextmanager
    def aside(self, cursor: Cursor) -> Generator[Cursor, None, None]:
        """On a server, a transaction of its own on another connection of the engine; in the host's where none is free.

        Nobody waits for one: perhaps the host's own is the only one, and it is kept until this has ended.
        """
        if not self.sequenced or not self._outside.has_spare():
            yield cursor
            return
        gathered = None
        try:
            with self._outside.at_once() as gathered:
                yield gathered
        except StoreBusy:
            if not isinstance(gathered, Gathered):
                raise
            gathered.send(cursor)

    def ask_bytes(self, cursor: Cursor, sql: str, parameters: Any) -> None:
        self._outside.ask_bytes(cursor, sql, parameters)

    def members(self, name: str) -> Select[tuple[str]]:
        return self._outside.members(name)

    def listed(self, values: Iterable[str]) -> Any:
        return self._outside.listed(values)

    def rows(self, cursor: Cursor, sql: str, given: Sequence[Any]) -> list[Any]:
        return self._outside.rows(cursor, sql, given)

    def fill(self, cursor: Cursor, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        self._outside.fill(cursor, table, rows)

    def keep_writers_out(self, cursor: Cursor, tables: Iterable[Table]) -> None:
        self._outside.keep_writers_out(cursor, tables)

    def table_names(self, cursor: Cursor) -> set[str]:
        return self._outside.table_names(cursor)

    def finds(self, cursor: Cursor, table: Table) -> bool:
        return self._outside.finds(cursor, table)

    def guard(self, cursor: Cursor, guard: Guard) -> None:
        self._outside.guard(cursor, guard)

    def unguarded(self, cursor: Cursor, guard: Guard) -> Iterable[MissingGuard]:
        return self._outside.unguarded(cursor, guard)

    def make_alone(self, cursor: Cursor) -> None:
        self._outside.make_alone(cursor)

    def order_log(self, cursor: Cursor, log: Table) -> None:
        self._outside.order_log(cursor, log)

    def alone_at(self, cursor: Cursor, what: str, *, wait: bool) -> bool:
        return self._outside.alone_at(cursor, what, wait=wait)

    def join(self, connection: Any, driver: Any) -> None:
        self._outside.join(connection, driver)

    def as_tuples(self, cursor: Any) -> None:
        self._outside.as_tuples(cursor)

    def is_lost(self, cursor: Cursor, error: StoreError) -> bool:
        return self._outside.is_lost(cursor, error)

    @staticmethod
    def _refuse_writes(connection: Any, record: object) -> None:
        raise NotImplementedError("a host's transaction is opened by the host")

    def typed(self, error: Exception) -> Exception:
        return self._outside.typed(error)


def _restart(error: BaseException) -> HostMustRestart:
    return HostMustRestart(f"{first_line(HostMustRestart)} ({error})")
