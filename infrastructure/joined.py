"""The host's own transaction: our rows and the host's commit together or not at all.

A decision inside is a SAVEPOINT, so that a conflict leaves the host's transaction alive. Where the host's transaction reads
its snapshot for ever (REPEATABLE READ, SERIALIZABLE, SQLite), deciding again inside would meet the same conflict: a retriable
error says that the host has to start its transaction anew.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import count
from typing import Any, Final

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement

from .database import Cursor, Database
from .errors import Conflict, HostMustRestart, StoreBusy

__all__ = ["JoinedDatabase"]

_NAMES: Final = count(1)


class JoinedDatabase(Database):
    """A database as seen from inside a transaction of the host. Commits nothing."""

    def __init__(self, database: Database, connection: Connection) -> None:
        super().__init__(database.engine)
        self._outside = database
        self._connection = connection
        self.mark = database.mark
        self.sequenced = database.sequenced
        database.join(connection)

    def prepare(self, statement: ClauseElement) -> str:
        return self._outside.prepare(statement)

    def upsert(self, table: Table) -> Any:
        return self._outside.upsert(table)

    @contextmanager
    def writing(self) -> Generator[Cursor, None, None]:
        """A SAVEPOINT: released at the end, rolled back by an exception."""
        name = f"sanctions_{next(_NAMES)}"
        with self.reading() as cursor:
            cursor.execute(f"SAVEPOINT {name}")
            try:
                yield cursor
                cursor.execute(f"RELEASE SAVEPOINT {name}")
            except BaseException as error:
                cursor.execute(f"ROLLBACK TO SAVEPOINT {name}")
                cursor.execute(f"RELEASE SAVEPOINT {name}")
                typed = self.typed(error) if isinstance(error, Exception) else error
                if isinstance(typed, Conflict | StoreBusy) and self._outside.keeps_snapshot(cursor):
                    raise HostMustRestart(f"{HostMustRestart.__doc__} ({typed})") from error
                raise

    @contextmanager
    def reading(self) -> Generator[Cursor, None, None]:
        """The host's transaction, its own writes included."""
        try:
            cursor: Any = self._connection.connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()
        except DBAPIError as error:
            raise self.typed(error.orig if isinstance(error.orig, Exception) else error) from error
        except Exception as error:
            typed = self.typed(error)
            if typed is error:
                raise
            raise typed from error

    def asking(self) -> AbstractContextManager[Cursor]:
        return self.reading()

    def gathered(self, cursor: Cursor) -> AbstractContextManager[Cursor]:
        return self._outside.gathered(cursor)

    def aside(self, cursor: Cursor) -> AbstractContextManager[Cursor]:
        """On a server, a transaction of its own on another connection of the engine."""
        return self._outside.at_once() if self.sequenced else nullcontext(cursor)

    def table_names(self, cursor: Cursor) -> set[str]:
        return self._outside.table_names(cursor)

    def guard(self, cursor: Cursor, table: Table) -> None:
        self._outside.guard(cursor, table)

    def make_alone(self, cursor: Cursor) -> None:
        self._outside.make_alone(cursor)

    def order_log(self, cursor: Cursor, log: Table) -> None:
        self._outside.order_log(cursor, log)

    def join(self, connection: Connection) -> None:
        self._outside.join(connection)

    def keeps_snapshot(self, cursor: Cursor) -> bool:
        return self._outside.keeps_snapshot(cursor)

    @staticmethod
    def _refuse_writes(connection: Any, record: object) -> None:
        raise NotImplementedError("a host's transaction is opened by the host")

    def typed(self, error: Exception) -> Exception:
        return self._outside.typed(error)
