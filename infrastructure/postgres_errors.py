"""What PostgreSQL and its driver raise, as typed errors."""

from __future__ import annotations

from typing import Final

import psycopg
from eventsourcing import persistence
from psycopg import errors as pg

from ..domain.errors import SanctionsError
from .errors import (
    APPEND_ONLY,
    Conflict,
    Deadlock,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreNotPermitted,
    StoreReadOnly,
    StoreUnreachable,
    ViewOutOfStep,
)

__all__ = ["postgres_error"]

_VIEWS: Final = ("sanctions_intervals", "sanctions_deadlines", "sanctions_links")
_KINDS: Final[tuple[tuple[tuple[type[psycopg.Error], ...], type[StoreError]], ...]] = (
    ((pg.DeadlockDetected,), Deadlock),
    ((pg.SerializationFailure,), Conflict),
    ((pg.DiskFull, pg.OutOfMemory), StoreFull),
    ((pg.ReadOnlySqlTransaction,), StoreReadOnly),
    ((pg.InsufficientPrivilege,), StoreNotPermitted),
    ((pg.DataCorrupted, pg.IndexCorrupted), StoreCorrupt),
    ((pg.LockNotAvailable, pg.QueryCanceled, pg.TooManyConnections), StoreBusy),
    ((pg.OperationalError, pg.InterfaceError), StoreUnreachable),
)


def postgres_error(error: Exception) -> Exception:
    """The typed error for what the driver raised; anything else comes back as it is."""
    if isinstance(error, SanctionsError | persistence.PersistenceError) or not isinstance(error, psycopg.Error):
        return error
    message = str(error).strip() or type(error).__name__
    if isinstance(error, pg.UniqueViolation):
        if error.diag.table_name in _VIEWS:
            return ViewOutOfStep(f"{ViewOutOfStep.__doc__} ({message})")
        return Conflict(f"the same rows were written by somebody else: {message}")
    if APPEND_ONLY not in message:
        for kinds, typed in _KINDS:
            if isinstance(error, kinds):
                return typed(f"{typed.__doc__} ({message})")
    return StoreError(f"the database refused: {message}")
