"""Bringing a store to this version's schema, and saying which one it has."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Engine

from ..infrastructure.database import Database
from ..infrastructure.guards import MissingGuard, guards_missing, restore_guards
from ..infrastructure.opening import open_database
from ..infrastructure.schema import open_store, refuse_newer, schema_of
from ..infrastructure.tables import SCHEMA_VERSION
from ..projections.tables import metadata

__all__ = ["Migration", "bring_up_to_date", "examine", "migrate", "planned_sql"]


class Migration(Struct, frozen=True, kw_only=True):
    """What was found in a database, and what was done.

    `found`: the schema before, None where there was no store. `target`: this version's. `schema`: the one it has now.
    `guards_missing`: guards of a current store that did not stand; where `guards_restored`, they stand again.
    """

    found: int | None
    schema: int | None
    target: int = SCHEMA_VERSION
    guards_missing: tuple[MissingGuard, ...] = ()
    guards_restored: bool = False

    @property
    def is_current(self) -> bool:
        """Whether the store can be opened by this version as it is, all its guards in place."""
        return self.schema == self.target and (self.guards_restored or not self.guards_missing)


def migrate(target: str | Engine, *, beside: bool = False, partitions: int | None = None) -> Migration:
    """Bring the store to this version's schema: make it, migrate it, or put back the guards that are missing.

    One transaction; any number of processes may do it at once; a second time nothing happens. Needs the rights of the tables'
    owner. `beside`: make a new store beside the tables of a host. `partitions`: of the log of a new store. Raises a
    `StoreError`; then the database is as it was.
    """
    database = open_database(target)
    try:
        found = _found(database)
        if found is None:
            open_store(database, besides=[metadata], into_host=beside, partitions=partitions)
        else:
            bring_up_to_date(database)
        missing = tuple(restore_guards(database))
        restored = bool(missing) and not guards_missing(database)
        return Migration(found=found, schema=SCHEMA_VERSION, guards_missing=missing, guards_restored=restored)
    finally:
        database.close()


def examine(target: str | Engine) -> Migration:
    """What `migrate` would find. Changes nothing. Raises a `StoreError`, StoreTooNew among them."""
    database = open_database(target)
    try:
        found = _found(database)
        missing = tuple(guards_missing(database)) if found == SCHEMA_VERSION else ()
        return Migration(found=found, schema=found, guards_missing=missing)
    finally:
        database.close()


def planned_sql(target: str | Engine) -> str:
    """The SQL that would bring the store to this version's schema, or make it; empty where nothing is to be done."""
    database = open_database(target)
    try:
        found = _found(database) or 0
        if found == SCHEMA_VERSION:
            return ""
        from ..infrastructure.migrations.running import migration_sql

        return migration_sql(database, found)
    finally:
        database.close()


def bring_up_to_date(database: Database) -> None:
    """Migrate the store in this database if it is older than this version; nothing happens where there is none."""
    found = _found(database)
    if found is not None and found < SCHEMA_VERSION:
        from ..infrastructure.migrations.running import upgrade_store

        upgrade_store(database)


def _found(database: Database) -> int | None:
    found = schema_of(database)
    if found is not None:
        refuse_newer(found)
    return found
