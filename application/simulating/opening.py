"""A store to be read only: none is made where there is none, and the connection refuses to write."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...domain.policies.book import PolicyBook
from ...domain.policies.policy import Policy
from ...infrastructure.errors import StoreUnreachable
from ...infrastructure.opening import is_there, open_database
from ...infrastructure.schema import existing_store
from ...infrastructure.store import Store
from ..policies.finding import UnknownPolicy, find_policy
from ..policies.looking import look_up

if TYPE_CHECKING:
    from ...infrastructure.evidence.keys import Keys

__all__ = ["find_against", "reading_only"]


@contextmanager
def reading_only(url: str, keys: Keys | None = None) -> Generator[Store, None, None]:
    """The store at this URL; with keys free text is told that is encrypted.

    Raises StoreUnreachable where there is none, or another `StoreError`.
    """
    if not is_there(url):
        raise StoreUnreachable("there is no store at this URL, and none was made: check the path")
    database = open_database(url)
    database.only_read()
    try:
        identity = existing_store(database)
        if identity is None:
            raise StoreUnreachable("this database holds no store, and none was made: check the path")
        yield Store(database, identity, keys)
    finally:
        database.close()


def find_against(wanted: str, store: Store) -> PolicyBook:
    """The policy to try: of a file, a built-in one, or one by which this store has decided (by name, version or digest).

    Raises UnknownPolicy and PolicyFileError.
    """
    try:
        return find_policy(wanted)
    except UnknownPolicy:
        with store.database.reading() as cursor:
            kept = store.kept_policies(cursor)
    # Of several texts under one version the newest comes last.
    versions: dict[str, Policy] = {one.policy.version: one.policy for one in look_up(wanted, lambda: kept)}
    try:
        return PolicyBook(versions.values())
    except ValueError as error:
        raise UnknownPolicy(
            f"the texts kept as {wanted!r} make no policy together ({error}): name one by its digest", policy=wanted
        ) from None
