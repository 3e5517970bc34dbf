"""Which transactions the running code is inside of: those of its own thread and task, and no others.

A task inherits what its maker knew, and a thread may be started with a copy of it: so each entry says to which thread it
belongs and is emptied at its end.
"""

from __future__ import annotations

from contextvars import ContextVar
from threading import get_ident
from types import TracebackType
from typing import Final

from .database import Cursor, Database

__all__ = ["Transaction", "running"]


class Transaction:
    """A transaction on one database; the code in its block is inside of it. Its cursor is None once it has ended."""

    __slots__ = ("_before", "cursor", "database", "thread", "writes")

    def __init__(self, database: Database, cursor: Cursor, *, writes: bool) -> None:
        self.database = database
        self.cursor: Cursor | None = cursor
        self.writes = writes
        self.thread = get_ident()
        self._before: tuple[Transaction, ...] = ()

    def __enter__(self) -> None:
        self._before = _RUNNING.get()
        _RUNNING.set((*self._before, self))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cursor = None
        _RUNNING.set(self._before)


_RUNNING: Final[ContextVar[tuple[Transaction, ...]]] = ContextVar("account_sanctions_transactions", default=())


def running(database: Database) -> Transaction | None:
    """The innermost transaction on this database that the running code is inside of."""
    for transaction in reversed(_RUNNING.get()):
        if transaction.database is database and transaction.cursor is not None and transaction.thread == get_ident():
            return transaction
    return None
