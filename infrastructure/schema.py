"""Making the store's tables, and refusing what is not a store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Index, MetaData, insert, select
from sqlalchemy.schema import CreateIndex, CreateTable

from .database import Cursor, Database
from .errors import ForeignDatabase, PartitionsFixed, StoreTooNew
from .evidence.tables import checkpoints, erasures, key_events, nodes, places
from .tables import SCHEMA_VERSION, immutable_tables, meta, metadata

__all__ = ["Identity", "create_tables", "existing_store", "open_store"]

MOST_PARTITIONS: Final = 1024


class Identity(Struct, frozen=True):
    """What a store says of itself. `store_id` goes into every hash, so that streams cannot change stores."""

    store_id: str
    partitions: int
    made_now: bool = False


def open_store(
    database: Database,
    *,
    besides: Iterable[MetaData] = (),
    into_host: bool = False,
    partitions: int | None = None,
) -> Identity:
    """The identity of the store in this database; made on first use.

    Raises ForeignDatabase when the database has other tables and none of a store's (unless `into_host`: then the store is put
    beside them), StoreTooNew when a newer version of this library made it, and PartitionsFixed for another number of
    partitions than the store was made with.
    """
    identity = existing_store(database) or _made(database, besides, partitions or 1, into_host=into_host)
    if partitions is not None and partitions != identity.partitions:
        raise PartitionsFixed(
            f"this store was made with {identity.partitions} partitions, not {partitions}: the number is fixed",
            found=identity.partitions,
            given=partitions,
        )
    database.take_possession()
    return identity


def existing_store(database: Database) -> Identity | None:
    """The identity of the store in this database, None where there is none: nothing is made."""
    with database.reading() as cursor:
        return _identity(database, cursor) if meta.name in database.table_names(cursor) else None


def _made(database: Database, besides: Iterable[MetaData], partitions: int, *, into_host: bool) -> Identity:
    if not 1 <= partitions <= MOST_PARTITIONS:
        raise PartitionsFixed(f"a log has 1 to {MOST_PARTITIONS} partitions, not {partitions}", given=partitions)
    with database.writing() as cursor:
        database.make_alone(cursor)
        names = database.table_names(cursor)
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
            for table in (*immutable_tables(), nodes, places, checkpoints, erasures, key_events):
                database.guard(cursor, table)
            rows = [("schema", str(SCHEMA_VERSION)), ("store_id", uuid4().hex), ("partitions", str(partitions))]
            cursor.executemany(database.prepare(insert(meta)), rows)
        return replace(_identity(database, cursor), made_now=meta.name not in names)


def create_tables(database: Database, cursor: Cursor, tables: MetaData) -> None:
    """Create what is not there yet, inside the caller's transaction."""
    dialect = database.engine.dialect.name
    for table in tables.sorted_tables:
        if table.info.get("only", dialect) != dialect:
            continue
        cursor.execute(database.prepare(CreateTable(table, if_not_exists=True)))
        for index in table.indexes:
            assert isinstance(index, Index)
            cursor.execute(database.prepare(CreateIndex(index, if_not_exists=True)))


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
