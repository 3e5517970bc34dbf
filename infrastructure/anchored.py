"""A database in memory that outlives the connections to it."""

from __future__ import annotations

import sqlite3
from uuid import uuid4

from sqlalchemy import URL

__all__ = ["anchored"]


def anchored(url: URL) -> tuple[URL, sqlite3.Connection]:
    """The URL of a new database in memory, and the connection for as long as which it lives.

    SQLAlchemy throws a connection away whose task was cancelled within a statement: a database that is one connection would be
    gone with it.
    """
    name = f"file:/sanctions-{uuid4().hex}"
    anchor = sqlite3.connect(f"{name}?vfs=memdb", uri=True, check_same_thread=False)
    return url.set(database=name, query={"vfs": "memdb", "uri": "true"}), anchor
