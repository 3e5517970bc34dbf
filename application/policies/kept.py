"""The policies that a database keeps: every text by which something was decided there."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ...infrastructure.database import Database
from ...infrastructure.schema import existing_store
from ...infrastructure.store import KeptPolicy, Store

__all__ = ["kept_in"]


def kept_in(url: str) -> list[KeptPolicy]:
    """The policies kept in the store at this URL, the first used first; none where there is no store, and none is made.

    Raises a `StoreError` for a database that cannot be read.
    """
    if not _is_there(url):
        return []
    database = Database.open(url)
    try:
        identity = existing_store(database)
        if identity is None:
            return []
        with database.reading() as cursor:
            return Store(database, identity).kept_policies(cursor)
    finally:
        database.close()


def _is_there(url: str) -> bool:
    """Whether there is a file to look at: SQLite makes one of each path that it is given."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        return True  # Opening it says what is wrong.
    if parts.get_backend_name() != "sqlite":
        return True
    path = (parts.database or "").removeprefix("file:").partition("?")[0]
    return bool(path) and Path(path).exists()
