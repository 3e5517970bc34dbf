"""A database: SQLAlchemy's engine and pool, with transactions on the driver's own cursor.

The statements of the hot paths are compiled once and run on a DBAPI cursor: SQLAlchemy's work per statement and per
transaction costs more than the database's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql import ClauseElement

from .errors import StoreBusy, StoreClosed

__all__ = ["Cursor", "Database"]


class Cursor(Protocol):
    """The part of PEP 249's cursor that is used here."""

    @property
    def rowcount(self) -> int: ...
    @property
    def connection(self) -> Any: ...
    def execute(self, sql: str, parameters: Any = ..., /) -> Any: ...
    def executemany(self, sql: str, parameters: Any, /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def close(self) -> Any: ...


class Database(ABC):
    """Transactions on one engine. What differs between SQLite and PostgreSQL is behind this class."""

    mark: str
    """How a parameter is written in SQL."""
    sequenced: bool = False
    """Whether the log is written by a sequencer, after the writers' transactions."""

    def __init__(self, engine: Engine, *, owned: bool = False) -> None:
        self.engine = engine
        self._owned = owned
        self._closed = False

    def is_closed(self) -> bool:
        """Whether it was closed, perhaps by another thread meanwhile."""
        return self._closed

    def close(self) -> None:
        """Close the connections, unless the engine is the host's own. Nothing can be asked afterwards."""
        self._closed = True
        if self._owned:
            self.engine.dispose()

    @abstractmethod
    def prepare(self, statement: ClauseElement) -> str:
        """The SQL text of a statement for this database, its parameters by position."""

    @abstractmethod
    def upsert(self, table: Table) -> Any:
        """An INSERT for this database that can say what to do `on_conflict`."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Cursor]:
        """A transaction that is committed at the end and rolled back by an exception; typed errors come out."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Cursor]:
        """A consistent view: what is read here belongs to one instant of the database."""

    @abstractmethod
    def asking(self) -> AbstractContextManager[Cursor]:
        """For a single statement that reads."""

    @abstractmethod
    def table_names(self, cursor: Cursor) -> set[str]:
        """The tables that are there."""

    @abstractmethod
    def guard(self, cursor: Cursor, table: Table) -> None:
        """Triggers that let a table only be added to."""

    @abstractmethod
    def make_alone(self, cursor: Cursor) -> None:
        """Wait until no other process is making a store here; until the end of the transaction."""

    @abstractmethod
    def order_log(self, cursor: Cursor, log: Table) -> None:
        """Wait until no other transaction gives places in this log; until the end of the transaction."""

    def only_read(self) -> None:
        """From now on new connections refuse to write: for what must not change anything."""
        event.listen(self.engine, "connect", self._refuse_writes)

    @staticmethod
    @abstractmethod
    def _refuse_writes(connection: Any, record: object) -> None: ...

    def take_possession(self) -> None:  # noqa: B027 - most databases need nothing
        """This database is known to be a store; what has to be set in it for good may be set."""

    @abstractmethod
    def join(self, connection: Connection) -> None:
        """Make sure that the host's connection is inside a transaction that a SAVEPOINT does not end."""

    @abstractmethod
    def keeps_snapshot(self, cursor: Cursor) -> bool:
        """Whether the transaction goes on reading what it read first, so that a conflict would come again."""

    @abstractmethod
    def typed(self, error: Exception) -> Exception:
        """The typed error for what the driver raised; anything else comes back as it is."""

    @contextmanager
    def _cursor(self) -> Generator[tuple[Any, Any], None, None]:
        if self.is_closed():
            raise StoreClosed("this store was closed: open it again")
        try:
            connection = self.engine.raw_connection()
            try:
                cursor = connection.cursor()
                try:
                    yield connection, cursor
                finally:
                    cursor.close()
            finally:
                if self.is_closed():
                    # The pool is gone; nobody else would close what another thread still held then.
                    connection.invalidate()
                connection.close()
        except DBAPIError as error:
            raise self.typed(error.orig if isinstance(error.orig, Exception) else error) from error
        except PoolTimeout as error:
            raise StoreBusy(f"all connections of the engine are in use: {error}") from error
        except Exception as error:
            typed = self.typed(error)
            if typed is error:
                raise
            raise typed from error
