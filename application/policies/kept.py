"""The policies that a database keeps: every text by which something was decided there."""

from __future__ import annotations

from ...infrastructure.opening import is_there, open_database
from ...infrastructure.schema import existing_store
from ...infrastructure.store import KeptPolicy, Store

__all__ = ["kept_in"]


def kept_in(url: str) -> list[KeptPolicy]:
    """The policies kept in the store at this URL, the first used first; none where there is no store, and none is made.

    Raises a `StoreError` for a database that cannot be read.
    """
    if not is_there(url):
        return []
    database = open_database(url)
    try:
        identity = existing_store(database)
        if identity is None:
            return []
        with database.reading() as cursor:
            return Store(database, identity).kept_policies(cursor)
    finally:
        database.close()
