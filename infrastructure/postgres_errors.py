"""What PostgreSQL and its driver raise, as typed errors."""

from __future__ import annotations

from typing import Final

import psycopg
from eventsourcing import persistence
from psycopg import errors as pg

from ..domain.errors import SanctionsError
from .errors import (
    APPEND_ONLY,
    VIEWS,
    Conflict,
    ConnectionLost,
    Deadlock,
    DiskFailed,
    ServerDown,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreNotPermitted,
    StoreReadOnly,
    StoreReplaced,
    StoreUnreachable,
    ViewOutOfStep,
    first_line,
    one_line,
)

__all__ = ["connection_refused", "ends_connection", "postgres_error"]

_KINDS: Final[tuple[tuple[tuple[type[psycopg.Error], ...], type[StoreError]], ...]] = (
    ((pg.DeadlockDetected,), Deadlock),
    ((pg.SerializationFailure,), Conflict),
    ((pg.DiskFull,), StoreFull),
    ((pg.ReadOnlySqlTransaction,), StoreReadOnly),
    ((pg.InsufficientPrivilege,), StoreNotPermitted),
    ((pg.IoError,), DiskFailed),
    ((pg.DataCorrupted, pg.IndexCorrupted), StoreCorrupt),
    ((pg.UndefinedTable, pg.UndefinedColumn), StoreReplaced),
    ((pg.LockNotAvailable, pg.QueryCanceled, pg.TooManyConnections, pg.OutOfMemory), StoreBusy),
)
# What ends the server's side of a connection, beside anything that it calls fatal.
_LAST_WORDS: Final = (pg.AdminShutdown, pg.CrashShutdown, pg.CannotConnectNow, pg.IdleSessionTimeout)
_GRAVE: Final = ("FATAL", "PANIC")
# A piece of what libpq says when it cannot connect, where no code comes with it, and what it means.
_REFUSALS: Final[tuple[tuple[str, type[StoreError]], ...]] = (
    ("no space left on device", StoreFull),
    ("too many clients", StoreBusy),
    ("remaining connection slots", StoreBusy),
    ("too many connections", StoreBusy),
    ("the database system is", ServerDown),
    ("terminating connection", ServerDown),
    ("could not translate host name", StoreUnreachable),
    ("failed to resolve host", StoreUnreachable),
    ("FATAL", StoreUnreachable),
    ("connection refused", ServerDown),
    ("no such file or directory", ServerDown),
    ("closed the connection", ServerDown),
    ("could not receive data", ServerDown),
    ("could not send", ServerDown),
    ("timeout", ServerDown),
    ("timed out", ServerDown),
    ("unreachable", ServerDown),
    ("connection reset", ServerDown),
)


def postgres_error(error: Exception) -> Exception:
    """The typed error for what the driver raised over a statement; anything else comes back as it is."""
    if isinstance(error, SanctionsError | persistence.PersistenceError) or not isinstance(error, psycopg.Error):
        return error
    message = one_line(error)
    if isinstance(error, pg.UniqueViolation):
        if error.diag.table_name in VIEWS:
            return ViewOutOfStep(f"{ViewOutOfStep.__doc__} ({message})")
        return Conflict(f"the same rows were written by somebody else: {message}")
    if ends_connection(error):
        return ConnectionLost(f"{first_line(ConnectionLost)} ({message})")
    if APPEND_ONLY not in message:
        for kinds, typed in _KINDS:
            if isinstance(error, kinds):
                return typed(f"{first_line(typed)} ({message})")
    return StoreError(f"the database refused: {message}")


def ends_connection(error: psycopg.Error) -> bool:
    """Whether the connection is of no more use after this. Without a code the driver itself met the end of it."""
    if isinstance(error, _LAST_WORDS) or error.diag.severity_nonlocalized in _GRAVE:
        return True
    return isinstance(error, psycopg.OperationalError) and error.sqlstate is None


def connection_refused(error: Exception) -> Exception:
    """The typed error for a connection that could not be made."""
    if not isinstance(error, psycopg.Error):
        return postgres_error(error)
    message = one_line(error)
    told = message.casefold()
    kind = next((kind for sign, kind in _REFUSALS if sign.casefold() in told), StoreUnreachable)
    return kind(f"{first_line(kind)} ({message})")
