"""Opening a database: the dialect decides which kind it is."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from .database import Database
from .errors import StoreUnreachable
from .sqlite import SQLiteDatabase

__all__ = ["is_there", "open_database"]

# In seconds: what a server counts in is milliseconds, and none of them means for ever.
_LEAST: Final = 0.001


def open_database(target: str | Engine, *, awaited: bool = False, timeout: float | None = None) -> Database:
    """The database behind an SQLAlchemy URL or engine. Raises StoreUnreachable for one that cannot be used.

    `awaited`: through a driver for event loops, by code that runs in SQLAlchemy's greenlet; an engine must have such a driver.
    `timeout`: for how many seconds a server's answer is waited for. Raises ValueError for an engine: it is the host's to set up.
    """
    if timeout is not None and not (isfinite(timeout) and timeout >= _LEAST):
        raise ValueError(f"a timeout is a number of seconds, {_LEAST} or more, not {timeout}")
    if isinstance(target, Engine):
        if timeout is not None:
            raise ValueError(
                "an engine's connections are the host's: give the timeout with a URL, or set the engine up so"
            )
        name = target.dialect.name
        _refuse_driver(target.dialect.is_async, awaited=awaited)
        if name == "sqlite":
            return SQLiteDatabase(target)
        if name == "postgresql":
            from .postgres import PostgresDatabase

            return PostgresDatabase(target)
        raise StoreUnreachable(f"{name} is not supported: use SQLite or PostgreSQL")
    name = ""
    try:
        url = make_url(target)
        name = url.get_backend_name()
        if name == "sqlite":
            return SQLiteDatabase.at(url, awaited=awaited)
        if name == "postgresql":
            from .postgres import PostgresDatabase

            return PostgresDatabase.at(url, awaited=awaited, timeout=timeout)
    except ImportError as error:
        extra = "postgres" if name == "postgresql" else "async"
        raise StoreUnreachable(f"a driver is missing, install account-sanctions[{extra}]: {error}") from None
    except (ArgumentError, NoSuchModuleError, TypeError, ValueError) as error:
        raise StoreUnreachable(f"this is not a database URL that can be used: {error}") from None
    raise StoreUnreachable(f"{name} is not supported: use a sqlite or a postgresql URL")


def _refuse_driver(is_async: bool, *, awaited: bool) -> None:  # noqa: FBT001 - what was found against what is needed
    if is_async and not awaited:
        raise StoreUnreachable("this driver is for event loops: open it with AsyncSanctions, or use another driver")
    if awaited and not is_async:
        raise StoreUnreachable("this driver would block the event loop: hand in an AsyncEngine")


def is_there(url: str) -> bool:
    """Whether there is something to open: SQLite makes a file of each path that it is given."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        return True  # Opening it says what is wrong.
    if parts.get_backend_name() != "sqlite":
        return True
    path = (parts.database or "").removeprefix("file:").partition("?")[0]
    return bool(path) and Path(path).exists()
