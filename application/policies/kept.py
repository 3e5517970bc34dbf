"""The policies that a database keeps, and how often its events name them."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager

from ...infrastructure.database import Cursor, Database
from ...infrastructure.opening import is_there, open_database
from ...infrastructure.policy_use import PolicyUse, policy_uses
from ...infrastructure.schema import Identity, existing_store
from ...infrastructure.store import KeptPolicy, Store

__all__ = ["kept_in", "uses_in"]


def kept_in(url: str) -> list[KeptPolicy]:
    """The policies kept in the store at this URL, the first kept first; none where there is no store, and none is made.

    Raises a `StoreError` for a database that cannot be read.
    """
    with _reading(url) as found:
        if found is None:
            return []
        database, identity, cursor = found
        return Store(database, identity).kept_policies(cursor)


def uses_in(url: str, digests: Iterable[str]) -> dict[str, PolicyUse]:
    """How often the events of the store name each of these texts; nothing where there is no store.

    Raises a `StoreError` for a database that cannot be read.
    """
    with _reading(url) as found:
        if found is None:
            return {}
        database, _, cursor = found
        return policy_uses(database, cursor, digests)


@contextmanager
def _reading(url: str) -> Generator[tuple[Database, Identity, Cursor] | None, None, None]:
    if not is_there(url):
        yield None
        return
    database = open_database(url)
    try:
        identity = existing_store(database)
        if identity is None:
            yield None
            return
        with database.reading() as cursor:
            yield database, identity, cursor
    finally:
        database.close()
