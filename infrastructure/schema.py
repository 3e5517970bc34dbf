"""Making the store's tables, and refusing what is not a store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Index, MetaData, Table, insert, select
from sqlalchemy.schema import CreateIndex, CreateTable

from .database import Cursor, Database
from .errors import APPEND_ONLY, ForeignDatabase, StoreTooNew
from .tables import SCHEMA_VERSION, immutable_tables, meta, metadata

__all__ = ["Identity", "create_tables", "existing_store", "open_store"]

_NAMES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


class Identity(Struct, frozen=True):
    """What a store says of itself. `store_id` goes into every hash, so that streams cannot change stores."""

    store_id: str
    partitions: int
    made_now: bool = False


def open_store(database: Database, *, besides: Iterable[MetaData] = (), into_host: bool = False) -> Identity:
    """The identity of the store in this database; made on first use.

    Raises ForeignDatabase when the database has other tables and none of a store's (unless `into_host`: then the store is put
    beside them), and StoreTooNew when a newer version of this library made it.
    """
    identity = existing_store(database) or _made(database, besides, into_host=into_host)
    database.use_write_ahead_log()
    return identity


def existing_store(database: Database) -> Identity | None:
    """The identity of the store in this database, None where there is none: nothing is made."""
    with database.reading() as cursor:
        return _identity(database, cursor) if meta.name in _table_names(cursor) else None


def _made(database: Database, besides: Iterable[MetaData], *, into_host: bool) -> Identity:
    with database.writing() as cursor:
        names = _table_names(cursor)
        if meta.name not in names:
            foreign = sorted(names)
            if foreign and not into_host:
                raise ForeignDatabase(
                    f"this database has other tables ({', '.join(foreign[:3])}, ...) and no sanctions store; hand in an "
                    "SQLAlchemy engine to put the store beside them",
                    tables=foreign[:20],
                )
            ours = {name for tables in (metadata, *besides) for name in tables.tables}
            if taken := sorted(names & ours):
                raise ForeignDatabase(f"these tables are somebody else's: {', '.join(taken)}", tables=taken)
            for tables in (metadata, *besides):
                create_tables(database, cursor, tables)
            for table in immutable_tables():
                _guard(cursor, table)
            rows = [("schema", str(SCHEMA_VERSION)), ("store_id", uuid4().hex), ("partitions", "1")]
            cursor.executemany(database.prepare(insert(meta)), rows)
        return replace(_identity(database, cursor), made_now=meta.name not in names)


def create_tables(database: Database, cursor: Cursor, tables: MetaData) -> None:
    """Create what is not there yet, inside the caller's transaction."""
    for table in tables.sorted_tables:
        cursor.execute(database.prepare(CreateTable(table, if_not_exists=True)))
        for index in table.indexes:
            assert isinstance(index, Index)
            cursor.execute(database.prepare(CreateIndex(index, if_not_exists=True)))


def _table_names(cursor: Cursor) -> set[str]:
    cursor.execute(_NAMES)
    return {row[0] for row in cursor.fetchall()}


def _identity(database: Database, cursor: Cursor) -> Identity:
    cursor.execute(database.prepare(select(meta.c.key, meta.c.value)))
    said = dict(cursor.fetchall())
    try:
        schema, identity = int(said["schema"]), Identity(said["store_id"], int(said["partitions"]))
    except (KeyError, ValueError):
        raise ForeignDatabase(f"the table {meta.name} does not describe a sanctions store") from None
    if schema > SCHEMA_VERSION:
        raise StoreTooNew(
            f"this store has schema {schema}; this version of the library knows {SCHEMA_VERSION}: upgrade it",
            found=schema,
            known=SCHEMA_VERSION,
        )
    return identity


def _guard(cursor: Cursor, table: Table) -> None:
    """Triggers against UPDATE and DELETE, and against an INSERT that would replace a row past them."""
    name, keys = table.name, [column.name for column in table.primary_key.columns]
    same = " AND ".join(f'"{key}" = NEW."{key}"' for key in keys)
    for action in ("UPDATE", "DELETE"):
        refuse = f"SELECT RAISE(ABORT, '{name} {APPEND_ONLY}')"
        cursor.execute(f"CREATE TRIGGER {name}_no_{action.lower()} BEFORE {action} ON {name} BEGIN {refuse}; END")
    refuse = f"SELECT RAISE(ABORT, 'a row of this key exists in {name}')"
    exists = f"EXISTS (SELECT 1 FROM {name} WHERE {same})"  # noqa: S608 - names of our own tables
    cursor.execute(f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN {exists} BEGIN {refuse}; END")
