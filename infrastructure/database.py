"""A database: SQLAlchemy's engine and pool, with transactions on the driver's own cursor.

The statements of the hot paths are compiled once and run on a DBAPI cursor: SQLAlchemy's work per statement and per
transaction costs more than the database's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Event, RLock
from time import sleep
from typing import Any, Final, Protocol

from sqlalchemy import URL, Connection, Engine, Select, Table, create_engine, event, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql import ClauseElement

from .errors import ConnectionLost, OutcomeUnknown, StoreBusy, StoreClosed, StoreError
from .guards import Guard, MissingGuard

__all__ = ["Cursor", "Database", "Flag", "make_engine"]

# How many connections of a pool may turn out to be dead before one that is made anew must work.
_DEAD: Final = 200
# Seconds that closing waits for tasks of its event loop that still use a connection.
_LAST_USE: Final = 10.0


class Cursor(Protocol):
    """The part of PEP 249's cursor that is used here."""

    @property
    def rowcount(self) -> int: ...
    def execute(self, sql: str, parameters: Any = ..., /) -> Any: ...
    def executemany(self, sql: str, parameters: Any, /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def close(self) -> Any: ...


class Flag(Protocol):
    """The part of `threading.Event` that is used here."""

    def is_set(self) -> bool: ...
    def set(self) -> None: ...
    def clear(self) -> None: ...
    def wait(self, timeout: float | None = None) -> bool: ...


def make_engine(url: URL, *, awaited: bool, **options: Any) -> Engine:
    """An engine of our own; `awaited`: over a driver for event loops."""
    if not awaited:
        return create_engine(url, **options)
    from .awaiting import make_awaited_engine

    return make_awaited_engine(url, **options)


class Database(ABC):
    """Transactions on one engine. What differs between SQLite and PostgreSQL is behind this class."""

    mark: str
    """How a parameter is written in SQL."""
    now: str
    """The database's own clock in SQL: microseconds since 1970, of this very moment."""
    shares_nothing: bool = False
    """Whether no other process can open the same database."""
    sequenced: bool = False
    """Whether the log is written by a sequencer, after the writers' transactions."""
    alone: bool = True
    """Whether its transactions are its own: what `writing` has written stays, and what is lost with a connection can be done
    again on another one. Not so inside a transaction that is somebody else's to roll back."""

    def __init__(self, engine: Engine, *, owned: bool = False) -> None:
        self.engine = engine
        self._owned = owned
        self._closed = False
        self._let_go = False
        self._users = 0
        self._unused: Flag | None = None
        self.generation = 0
        """Grows where the database may have become another one behind our back: what was learned of it is to be forgotten."""

    def is_closed(self) -> bool:
        """Whether it was closed, perhaps by another thread meanwhile."""
        return self._closed

    def close(self) -> None:
        """Close the connections, unless the engine is the host's own. Nothing can be asked afterwards."""
        if not self._closed:
            self._closed = True
            can_wait = self.can_wait()
            if can_wait:
                self._wait_until_unused()
            self._let_go = True
            if self._owned and can_wait:
                self.engine.dispose()

    def _wait_until_unused(self) -> None:
        """Let tasks of an event loop that use a connection end first: their loop may end next, and they with it in the middle."""
        if self._users and self.awaited:
            self._unused = self.make_event()
            self._unused.wait(_LAST_USE)

    @contextmanager
    def _in_use(self) -> Generator[None, None, None]:
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if self._unused is not None and not self._users:
                self._unused.set()

    @property
    def awaited(self) -> bool:
        """Whether its driver is one for event loops, to be used by code in SQLAlchemy's greenlet only."""
        return self.engine.dialect.is_async

    def can_wait(self) -> bool:
        """Whether the running code may use the driver. Not so in a finaliser that ends what an event loop left open."""
        if not self.awaited:
            return True
        from .awaiting import is_awaited

        return is_awaited()

    def make_lock(self) -> AbstractContextManager[Any]:
        """A lock for those who use this database together: threads, or the tasks of an event loop."""
        if not self.awaited:
            return RLock()
        from .awaiting import AwaitingLock

        return AwaitingLock()

    def make_event(self) -> Flag:
        """Something that such threads or tasks wait for."""
        if not self.awaited:
            return Event()
        from .awaiting import AwaitingEvent

        return AwaitingEvent()

    def rest(self, seconds: float) -> None:
        """Let some time pass; other tasks of an event loop go on meanwhile."""
        if not self.awaited:
            sleep(seconds)
            return
        from .awaiting import rest

        rest(seconds)

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
    def connected(self) -> AbstractContextManager[Connection]:
        """A transaction of its own that hosts can write in too, as SQLAlchemy's connection; ends as `writing` does."""

    @abstractmethod
    def commit(self, connection: Connection) -> None:
        """Commit what `connected` gave, before its block ends; where nothing is open any more, do nothing.

        Raises OutcomeUnknown where nobody said whether it was done, and else what SQLAlchemy raises.
        """

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

    def has_spare(self) -> bool:
        """Whether a connection beside those in use can be had without waiting. A moment later this may be otherwise."""
        pool = self.engine.pool
        if not isinstance(pool, QueuePool):
            return True
        # The pool says everything else about itself, and not this.
        most: int = vars(pool).get("_max_overflow", -1)
        return pool.checkedin() > 0 or most < 0 or pool.overflow() < most

    def bound_idleness(self, cursor: Cursor, seconds: float) -> None:  # noqa: B027 - where nobody waits for a lock for ever
        """Until the end of the transaction: who does nothing in it for so long loses it, where the database can see to that."""

    @abstractmethod
    def members(self, name: str) -> Select[tuple[str]]:
        """The members of a list of text that is given as one parameter; as rows."""

    @abstractmethod
    def listed(self, values: Iterable[str]) -> Any:
        """A list of text as such a parameter."""

    def rows(self, cursor: Cursor, sql: str, given: Sequence[Any]) -> list[Any]:
        """What a statement finds, where that is much."""
        self.ask_bytes(cursor, sql, given)
        return cursor.fetchall()

    def fill(self, cursor: Cursor, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Insert many rows, values in the order of the columns."""
        if rows:
            cursor.executemany(self.prepare(insert(table)), rows)

    @abstractmethod
    def keep_writers_out(self, cursor: Cursor, tables: Iterable[Table]) -> None:
        """Until the end of the transaction nobody else writes these tables. Raises StoreBusy rather than have writers wait."""

    @abstractmethod
    def table_names(self, cursor: Cursor) -> set[str]:
        """The tables that are there, where a new one would be made."""

    def finds(self, cursor: Cursor, table: Table) -> bool:
        """Whether statements that name this table find one."""
        return table.name in self.table_names(cursor)

    @abstractmethod
    def guard(self, cursor: Cursor, guard: Guard) -> None:
        """Make the triggers of a guard, or make them anew."""

    @abstractmethod
    def unguarded(self, cursor: Cursor, guard: Guard) -> Iterable[MissingGuard]:
        """What of a guard does not stand in this database."""

    @abstractmethod
    def make_alone(self, cursor: Cursor) -> None:
        """Wait until no other process is making a store here; until the end of the transaction."""

    @abstractmethod
    def order_log(self, cursor: Cursor, log: Table) -> None:
        """Wait until no other transaction gives places in this log; until the end of the transaction."""

    @abstractmethod
    def alone_at(self, cursor: Cursor, what: str, *, wait: bool) -> bool:
        """Be the only one that does this until the end of the transaction; False where another one is and `wait` is no."""

    def overwrite_deleted(self, cursor: Cursor) -> None:  # noqa: B027 - a server does it when it cleans up
        """What this transaction deletes is to be overwritten in the file, not only given free."""

    def forget_deleted(self) -> None:  # noqa: B027 - a server does it when it cleans up
        """What was deleted and committed is to go from the files beside the database too, as far as nobody reads it now."""

    def only_read(self) -> None:
        """From now on new connections refuse to write: for what must not change anything."""
        event.listen(self.engine, "connect", self._refuse_writes)

    @staticmethod
    @abstractmethod
    def _refuse_writes(connection: Any, record: object) -> None: ...

    def take_possession(self) -> None:  # noqa: B027 - most databases need nothing
        """This database is known to be a store; what has to be set in it for good may be set."""

    @abstractmethod
    def join(self, connection: Any, driver: Any) -> None:
        """Make sure that a host's connection is inside a transaction that only the host's COMMIT ends.

        `connection` gives cursors, `driver` is the driver's own connection behind it. Raises CannotJoin.
        """

    @abstractmethod
    def as_tuples(self, cursor: Any) -> None:
        """Have a cursor of a host's connection give rows as tuples, whatever the host has them made into."""

    @abstractmethod
    def is_lost(self, cursor: Cursor, error: StoreError) -> bool:
        """Whether deciding again inside the same transaction would meet the same retriable error again."""

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
        with self._in_use(), self._on_a_connection() as found:
            yield found

    @contextmanager
    def _on_a_connection(self) -> Generator[tuple[Any, Any], None, None]:
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
            if connection.is_valid and (broken or self.is_over(connection)):
                connection.invalidate()
            elif connection.is_valid and self._let_go:
                # Not thrown away: SQLAlchemy lets a task do that, and an event loop that ends meanwhile waits for it for ever.
                connection.detach()
            connection.close()

    @contextmanager
    def _given_back(self, connection: Connection) -> Generator[None, None, None]:
        """Of a closed store the pool is gone, and nobody else would close what a thread in the background still held then."""
        try:
            yield
        finally:
            if self._let_go and not connection.invalidated:
                connection.detach()

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

    @contextmanager
    def _errors_typed(self) -> Generator[None, None, None]:
        """For what goes through SQLAlchemy's own connections."""
        if self.is_closed():
            raise StoreClosed("this store was closed: open it again")
        try:
            yield
        except PoolTimeout as error:
            raise StoreBusy(f"all connections of the engine are in use: {error}") from error
        except Exception as error:
            bare = error.orig if isinstance(error, DBAPIError) and isinstance(error.orig, Exception) else error
            typed = self.typed(bare)
            if isinstance(typed, ConnectionLost | OutcomeUnknown):
                self.suspect_all()
            if typed is error:
                raise
            raise typed from error
