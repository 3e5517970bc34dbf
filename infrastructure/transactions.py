"""Which transactions the running code is inside of: those of its own thread and task, and no others.

A task inherits what its maker knew, and a thread may be started with a copy of it: so each entry says to which thread it
belongs and is emptied at its end.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import get_ident
from typing import Final

from .database import Cursor, Database

__all__ = ["Transaction", "entered", "running"]


class Transaction:
    """A transaction on one database. Its cursor is None once it has ended."""

    __slots__ = ("cursor", "database", "thread", "writes")

    def __init__(self, database: Database, cursor: Cursor, *, writes: bool) -> None:
        self.database = database
        self.cursor: Cursor | None = cursor
        self.writes = writes
        self.thread = get_ident()


_RUNNING: Final[ContextVar[tuple[Transaction, ...]]] = ContextVar("account_sanctions_transactions", default=())


def running(database: Database) -> Transaction | None:
    """The innermost transaction on this database that the running code is inside of."""
    for transaction in reversed(_RUNNING.get()):
        if transaction.database is database and transaction.cursor is not None and transaction.thread == get_ident():
            return transaction
    return None


@contextmanager
def entered(database: Database, cursor: Cursor, *, writes: bool) -> Generator[None, None, None]:
    """Be inside a transaction until the end of the block."""
    before, transaction = _RUNNING.get(), Transaction(database, cursor, writes=writes)
    _RUNNING.set((*before, transaction))
    try:
        yield
    finally:
        transaction.cursor = None
        _RUNNING.set(before)
