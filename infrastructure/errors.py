"""What can go wrong with a database: typed, with a stable code, and saying what to do.

Each is a kind of eventsourcing's errors too, so that code written against its interfaces catches what it expects.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from eventsourcing import persistence

from ..domain.errors import SanctionsError

__all__ = [
    "APPEND_ONLY",
    "VIEWS",
    "CannotDowngrade",
    "CannotJoin",
    "Conflict",
    "ConnectionLost",
    "Deadlock",
    "DiskFailed",
    "ForeignDatabase",
    "HostMustRestart",
    "NestedTransaction",
    "NotADatabase",
    "OutcomeUnknown",
    "PartitionsFixed",
    "ServerDown",
    "StoreBusy",
    "StoreClosed",
    "StoreCorrupt",
    "StoreError",
    "StoreFull",
    "StoreNotPermitted",
    "StoreReadOnly",
    "StoreReplaced",
    "StoreTooNew",
    "StoreTooOld",
    "StoreUnreachable",
    "ViewOutOfStep",
    "first_line",
    "one_line",
    "sqlite_error",
    "sqlite_name",
]


class StoreError(SanctionsError, persistence.PersistenceError):
    """The database did not do what was asked; nothing of the transaction was kept (`outcome_unknown` excepted)."""

    code = "store_error"


class Conflict(StoreError, persistence.IntegrityError):
    """Somebody else wrote the same account first: read it again and decide again."""

    code = "version_conflict"
    retriable = True


class Deadlock(Conflict):
    """Two transactions waited for one another, and this one was ended: begin it again, and the other one has gone on."""

    code = "deadlock"


class HostMustRestart(StoreError, persistence.OperationalError):
    """Somebody else wrote first, and the host's transaction cannot see it: roll it back and start it again."""

    code = "host_must_restart"
    retriable = True


class CannotJoin(StoreError, persistence.ProgrammingError):
    """This is no transaction that can be joined: hand in one of this store's database, begun and not yet ended."""

    code = "cannot_join"


class StoreBusy(StoreError, persistence.OperationalError):
    """Another process holds what is needed, or every connection is in use: try again."""

    code = "store_busy"
    retriable = True


class StoreFull(StoreError, persistence.OperationalError):
    """The disk is full: make room, then send the command again."""

    code = "store_full"


class StoreReadOnly(StoreError, persistence.OperationalError):
    """The database cannot be written: check the permissions of file and folder, or whether the server is a replica."""

    code = "store_read_only"


class StoreNotPermitted(StoreError, persistence.OperationalError):
    """The role may not do this in the database: grant it what it needs, or let the owner's role do it."""

    code = "store_not_permitted"


class StoreUnreachable(StoreError, persistence.InterfaceError):
    """The database cannot be opened: check the URL, the folder and the server."""

    code = "store_unreachable"


class ServerDown(StoreUnreachable):
    """The server takes no connections now, because it is down, starting or stopping: try again, it may be back."""

    code = "server_down"
    retriable = True


class ConnectionLost(StoreError, persistence.OperationalError):
    """The connection broke before anything was committed, and nothing was kept: send it again, a new one will be made."""

    code = "connection_lost"
    retriable = True


class OutcomeUnknown(StoreError, persistence.OperationalError):
    """Nobody said whether the commit was done, so all of it was kept or nothing: send it again with the same ids.

    `details["commands"]` has them, as pairs of account and command id, those that were generated included. What was kept
    comes back as `duplicate`; the rest is decided now. Without the same command id a command may be carried out twice.
    """

    code = "outcome_unknown"
    retriable = True


class DiskFailed(StoreError, persistence.OperationalError):
    """The disk or file system failed: look at the machine's log, and verify the store."""

    code = "disk_failed"


class StoreReplaced(StoreError, persistence.ProgrammingError):
    """The database was deleted, moved, replaced or migrated while it was open: close the store and open it again."""

    code = "store_replaced"


class NotADatabase(StoreError, persistence.DatabaseError):
    """The file is no SQLite database: check the path."""

    code = "not_a_database"


class StoreCorrupt(StoreError, persistence.DatabaseError):
    """The database is damaged: restore a backup and verify it."""

    code = "store_corrupt"


class ViewOutOfStep(StoreError, persistence.IntegrityError):
    """The view of current restrictions does not fit the events: write it anew with `rebuild`."""

    code = "view_out_of_step"


class NestedTransaction(StoreError, persistence.ProgrammingError):
    """A transaction is open already where a new one was to begin."""

    code = "nested_transaction"


class StoreClosed(StoreError, persistence.ProgrammingError):
    """The store was closed: open it again."""

    code = "store_closed"


class ForeignDatabase(StoreError, persistence.ProgrammingError):
    """The database belongs to another application; nothing was written to it."""

    code = "foreign_database"


class PartitionsFixed(StoreError, persistence.ProgrammingError):
    """The number of partitions is chosen when a store is made and never changes: open it without one."""

    code = "partitions_fixed"


class StoreTooOld(StoreError, persistence.ProgrammingError):
    """The database was written by an older version of this library: run `account-sanctions migrate`, once."""

    code = "store_too_old"


class CannotDowngrade(StoreError, persistence.ProgrammingError):
    """A store never goes back to an older schema: restore the backup that was made before the migration."""

    code = "cannot_downgrade"


class StoreTooNew(StoreError, persistence.ProgrammingError):
    """The database was written by a newer version of this library: upgrade the library."""

    code = "store_too_new"


# What the triggers of the append-only tables say to UPDATE and DELETE.
APPEND_ONLY: Final = "may only be added to"
# What SQLite calls an error, or how that begins, and what it means. The first that fits is taken.
_NAMED: Final[tuple[tuple[str, type[StoreError]], ...]] = (
    ("SQLITE_BUSY", StoreBusy),
    ("SQLITE_LOCKED", StoreBusy),
    ("SQLITE_FULL", StoreFull),
    # A quota or a limit on the file's size; a disk that is full has a name of its own.
    ("SQLITE_IOERR_WRITE", StoreFull),
    ("SQLITE_IOERR_SHORT_READ", StoreCorrupt),
    ("SQLITE_IOERR", DiskFailed),
    ("SQLITE_READONLY_DBMOVED", StoreReplaced),
    ("SQLITE_READONLY", StoreReadOnly),
    ("SQLITE_CANTOPEN", StoreUnreachable),
    ("SQLITE_NOTADB", NotADatabase),
    ("SQLITE_CORRUPT", StoreCorrupt),
)

# The tables of the view of what is in force: a key that is there already says that they do not fit the events.
VIEWS: Final = ("sanctions_intervals", "sanctions_deadlines", "sanctions_links")
# What SQLite has no name of its own for.
_MISSING: Final = ("no such table", "no such column")


def sqlite_error(error: Exception, dbapi: ModuleType | Any) -> Exception:
    """The typed error for what the driver of SQLite raised; anything else comes back as it is."""
    if isinstance(error, UnicodeDecodeError):
        # The driver raises it for damaged bytes where text belongs.
        return StoreCorrupt(f"{first_line(StoreCorrupt)} ({error.reason})")
    if isinstance(error, SanctionsError | persistence.PersistenceError) or not isinstance(error, dbapi.Error):
        return error
    message = str(error)
    if isinstance(error, dbapi.IntegrityError) and APPEND_ONLY not in message:
        if any(table in message for table in VIEWS):
            return ViewOutOfStep(f"{ViewOutOfStep.__doc__} ({message})")
        return Conflict(f"the same rows were written by somebody else: {message}")
    name = sqlite_name(error)
    for beginning, kind in _NAMED:
        if name.startswith(beginning):
            return kind(f"{first_line(kind)} ({message})")
    if message.startswith(_MISSING):
        return StoreReplaced(f"{first_line(StoreReplaced)} ({message})")
    return StoreError(f"the database refused: {message}")


def sqlite_name(error: Exception) -> str:
    """What SQLite itself calls an error, such as `SQLITE_IOERR_FSYNC`; empty for errors of the driver alone."""
    return str(getattr(error, "sqlite_errorname", None) or "")


def first_line(kind: type[StoreError]) -> str:
    """What to do, in a sentence."""
    return (kind.__doc__ or kind.__name__).partition("\n")[0]


def one_line(error: Exception) -> str:
    """What a driver said, which may be several lines."""
    return " ".join(str(error).split()) or type(error).__name__
