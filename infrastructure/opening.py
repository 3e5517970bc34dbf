"""Opening a database: the dialect decides which kind it is."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from .database import Database
from .errors import StoreUnreachable
from .sqlite import SQLiteDatabase

__all__ = ["is_there", "open_database"]


def open_database(target: str | Engine) -> Database:
    """The database behind an SQLAlchemy URL or engine. Raises StoreUnreachable for one that cannot be used."""
    if isinstance(target, Engine):
        name = target.dialect.name
        if name == "sqlite":
            return SQLiteDatabase(target)
        if name == "postgresql":
            from .postgres import PostgresDatabase

            return PostgresDatabase(target)
        raise StoreUnreachable(f"{name} is not supported: use SQLite or PostgreSQL")
    try:
        url = make_url(target)
        name = url.get_backend_name()
        if name == "sqlite":
            return SQLiteDatabase.at(url)
        if name == "postgresql":
            from .postgres import PostgresDatabase

            return PostgresDatabase.at(url)
    except (ArgumentError, ImportError, NoSuchModuleError, TypeError, ValueError) as error:
        raise StoreUnreachable(f"this is not a database URL that can be used: {error}") from None
    raise StoreUnreachable(f"{name} is not supported: use a sqlite or a postgresql URL")


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
