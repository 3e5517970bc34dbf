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
from .errors import CannotJoin, ForeignDatabase, PartitionsFixed, StoreError, StoreTooNew, StoreTooOld
from .guards import put_guards
from .tables import SCHEMA_VERSION, meta, metadata

__all__ = [
    "Identity",
    "create_tables",
    "existing_store",
    "open_store",
    "refuse_newer",
    "require_same_store",
    "schema_of",
]

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
    beside them), StoreTooNew and StoreTooOld when another version of this library made it, and PartitionsFixed for another
    number of partitions than the store was made with.
    """
    # Before anything is made: what is written into a new store is read by all later ones.
    if partitions is not None and (type(partitions) is not int or not 1 <= partitions <= MOST_PARTITIONS):
        raise PartitionsFixed(f"a log has 1 to {MOST_PARTITIONS} partitions, not {partitions}", given=partitions)
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
        return _identity(database, cursor) if database.finds(cursor, meta) else None


def schema_of(database: Database) -> int | None:
    """The schema of the store in this database, whichever it is; None where there is no store."""
    with database.reading() as cursor:
        return _said(database, cursor)[0] if database.finds(cursor, meta) else None


def require_same_store(database: Database, identity: Identity) -> None:
    """Raise CannotJoin unless this is the store of that identity: its hashes would not fit another one."""
    try:
        with database.reading() as cursor:
            found = _identity(database, cursor)
    except StoreError as error:
        raise CannotJoin(f"the host's transaction is on a database without this store: {error}") from error
    if found.store_id != identity.store_id:
        raise CannotJoin("the host's transaction is on the database of another sanctions store")


def _made(database: Database, besides: Iterable[MetaData], partitions: int, *, into_host: bool) -> Identity:
    with database.writing() as cursor:
        database.make_alone(cursor)
        missing = not database.finds(cursor, meta)
        if missing:
            names = database.table_names(cursor)
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
            put_guards(database, cursor)
            rows = [("schema", str(SCHEMA_VERSION)), ("store_id", uuid4().hex), ("partitions", str(partitions))]
            cursor.executemany(database.prepare(insert(meta)), rows)
        return replace(_identity(database, cursor), made_now=missing)


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
    schema, identity = _said(database, cursor)
    refuse_newer(schema)
    if schema < SCHEMA_VERSION:
        raise StoreTooOld(
            f"this store has schema {schema}; this version of the library needs {SCHEMA_VERSION}: "
            "run `account-sanctions migrate`, once",
            found=schema,
            needed=SCHEMA_VERSION,
        )
    return identity


def refuse_newer(schema: int) -> None:
    """Raises StoreTooNew for a schema that this version of the library does not know."""
    if schema > SCHEMA_VERSION:
        raise StoreTooNew(
            f"this store has schema {schema}; this version of the library knows {SCHEMA_VERSION}: upgrade it",
            found=schema,
            known=SCHEMA_VERSION,
        )


def _said(database: Database, cursor: Cursor) -> tuple[int, Identity]:
    cursor.execute(database.prepare(select(meta.c.key, meta.c.value)))
    said = dict(cursor.fetchall())
    try:
        return int(said["schema"]), Identity(said["store_id"], int(said["partitions"]))
    except (KeyError, ValueError):
        raise ForeignDatabase(f"the table {meta.name} does not describe a sanctions store") from None
