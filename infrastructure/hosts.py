"""What a host can hand in to be joined: an SQLAlchemy session or connection, or its database driver's own connection."""

from __future__ import annotations

from abc import ABC, abstractmethod
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import InvalidRequestError, PendingRollbackError
from sqlalchemy.pool import Pool

from .errors import CannotJoin, ConnectionLost, first_line

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, scoped_session

__all__ = ["DriverConnection", "Host", "HostTransaction", "transaction_of"]


class DriverConnection(Protocol):
    """The connection of a database driver (PEP 249): `sqlite3.Connection`, `psycopg.Connection`."""

    def cursor(self) -> Any: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


if TYPE_CHECKING:
    Host = Session | scoped_session[Session] | Connection | DriverConnection
    """What can be joined."""
else:
    Host = object


class HostTransaction(ABC):
    """A transaction that the host began, or that will be its own as soon as something is done in it."""

    @abstractmethod
    def driver(self) -> tuple[Any, Any]:
        """What gives cursors, and the driver's own connection behind it. Raises CannotJoin when the transaction is over."""

    @abstractmethod
    def uses(self, pool: Pool) -> bool:
        """Whether the connection certainly comes from this pool."""


class _SQLAlchemyTransaction(HostTransaction):
    def __init__(self, host: Any) -> None:
        self._host = host

    def driver(self) -> tuple[Any, Any]:
        connection = self._connection()
        return connection.connection, connection.connection.driver_connection

    def uses(self, pool: Pool) -> bool:
        return self._connection().engine.pool is pool

    def _connection(self) -> Connection:
        # Asked each time: after a commit a session is on another connection, and a connection in no transaction at all. As
        # with a statement of the host's own, a transaction begins then.
        try:
            connection: Connection = self._host if isinstance(self._host, Connection) else self._host.connection()
            if not connection.in_transaction():
                connection.begin()
        except PendingRollbackError as error:
            raise ConnectionLost(f"{first_line(ConnectionLost)} ({error})") from error
        except InvalidRequestError as error:
            raise CannotJoin(f"the host's transaction is over: {error}") from error
        return connection


class _DriverTransaction(HostTransaction):
    def __init__(self, host: DriverConnection) -> None:
        self._host = host

    def driver(self) -> tuple[Any, Any]:
        return self._host, getattr(self._host, "driver_connection", self._host)

    def uses(self, pool: Pool) -> bool:  # noqa: ARG002 - whoever made it did not say
        return False


def transaction_of(host: Any) -> HostTransaction:
    """The transaction that the host is in. Raises CannotJoin for what is none of the things that can be joined."""
    if isinstance(host, Connection):
        return _SQLAlchemyTransaction(host)
    is_session = hasattr(host, "get_bind")
    commit: Any = getattr(host, "commit", None) if is_session or hasattr(host, "cursor") else None
    if commit is None or iscoroutinefunction(commit):
        raise CannotJoin(
            f"{type(host).__name__} cannot be joined: hand in an SQLAlchemy Session or Connection, or the driver's connection; "
            "an AsyncSession or AsyncConnection belongs to AsyncSanctions"
        )
    return _SQLAlchemyTransaction(host) if is_session else _DriverTransaction(host)
