"""A database: SQLAlchemy's engine and pool, with transactions on the driver's own cursor.

The statements of the hot paths are compiled once and run on a DBAPI cursor: SQLAlchemy's work per statement and per
transaction costs more than the database's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql import ClauseElement

from .errors import ConnectionLost, OutcomeUnknown, StoreBusy, StoreClosed

__all__ = ["Cursor", "Database"]

# How many connections of a pool may turn out to be dead before one that is made anew must work.
_DEAD: Final = 200


class Cursor(Protocol):
    """The part of PEP 249's cursor that is used here."""

    @property
    def rowcount(self) -> int: ...
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
    alone: bool = True
    """Whether its transactions are its own: what is lost with a connection can then be done again on another one."""

    def __init__(self, engine: Engine, *, owned: bool = False) -> None:
        self.engine = engine
        self._owned = owned
        self._closed = False
        self.generation = 0
        """Grows where the database may have become another one behind our back: what was learned of it is to be forgotten."""

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

    @contextmanager
    def at_once(self) -> Generator[Cursor, None, None]:
        """A transaction that only writes, as few statements as the database can do with. Nothing can be read through it."""
        with self.writing() as cursor, self.gathered(cursor) as writes:
            yield writes

    def gathered(self, cursor: Cursor) -> AbstractContextManager[Cursor]:
        """What is written through it goes out at the end, inside the transaction of `cursor`. Nothing can be read through it."""
        return nullcontext(cursor)

    def ask_bytes(self, cursor: Cursor, sql: str, parameters: Any) -> None:
        """Execute a statement whose rows are mostly bytes, in the form in which the driver takes those in most quickly."""
        cursor.execute(sql, parameters)

    def aside(self, cursor: Cursor) -> AbstractContextManager[Cursor]:
        """Where to write what other writers would wait for: apart from a transaction that a host may keep open."""
        return nullcontext(cursor)

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

    def not_connected(self, error: Exception) -> Exception:
        """The typed error for a connection that could not be made."""
        return self.typed(error)

    def hung_up(self, connection: Any) -> bool:  # noqa: ARG002 - a file has no other end
        """Whether the other end has closed the connection, as far as this can be seen without asking it."""
        return False

    def is_over(self, connection: Any) -> bool:  # noqa: ARG002 - a file has no other end
        """Whether the driver has given the connection up."""
        return False

    def suspect_all(self) -> None:
        """A connection broke: those that were made before are taken to have broken with it."""
        self.generation += 1

    @contextmanager
    def _cursor(self) -> Generator[tuple[Any, Any], None, None]:
        connection = self._checked_out()
        broken = False
        try:
            cursor = connection.cursor()
            try:
                yield connection, cursor
            finally:
                cursor.close()
        except Exception as error:
            typed = self.typed(error)
            broken = isinstance(typed, ConnectionLost | OutcomeUnknown)
            if typed is error:
                raise
            raise typed from error
        finally:
            if broken:
                self.suspect_all()
            # Of a closed store the pool is gone, and nobody else would close what another thread still held then. What
            # broke must not come back from the pool.
            if connection.is_valid and (broken or self.is_closed() or self.is_over(connection)):
                connection.invalidate()
            connection.close()

    def _checked_out(self) -> Any:
        """A connection of the pool that was alive a moment ago: one that was cut while it lay there is not handed out."""
        if self.is_closed():
            raise StoreClosed("this store was closed: open it again")
        try:
            for _ in range(_DEAD):
                connection = self.engine.raw_connection()
                if not self.hung_up(connection):
                    return connection
                self.suspect_all()
                connection.invalidate()
        except PoolTimeout as error:
            raise StoreBusy(f"all connections of the engine are in use: {error}") from error
        except Exception as error:
            # What a listener of the engine raises comes wrapped, what the driver raises as it is.
            bare = error.orig if isinstance(error, DBAPIError) and isinstance(error.orig, Exception) else error
            typed = self.not_connected(bare)
            if typed is bare:
                raise
            raise typed from error
        raise ConnectionLost("every connection was closed as soon as it was made")
