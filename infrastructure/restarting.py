"""Telling a host whether its transaction, begun again from the start, may succeed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .errors import Deadlock, HostMustRestart

__all__ = ["must_restart"]

# PostgreSQL: serialization_failure, deadlock_detected. SQLite: SQLITE_BUSY, SQLITE_LOCKED, without what is more specific.
_STATES: Final = frozenset({"40001", "40P01"})
_CODES: Final = frozenset({5, 6})


def must_restart(error: BaseException) -> bool:
    """Whether a host has to roll its transaction back and do the whole of it again, because others were in the way.

    True for HostMustRestart, and for what the host's own statements and its COMMIT can meet for the same reasons: a
    serialisation failure, a deadlock, SQLite's busy database. The errors of SQLAlchemy, Django and the drivers are understood.
    """
    return any(_says_so(each) for each in _behind(error))


def _says_so(error: BaseException) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return (
        isinstance(error, HostMustRestart | Deadlock)
        or getattr(error, "sqlstate", None) in _STATES
        or (isinstance(code, int) and code & 0xFF in _CODES)
    )


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The error and those that it was raised from."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__
