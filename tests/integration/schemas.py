"""What the migration tests share: a store as an old version left it, and the shape of a database, down to its triggers."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from account_sanctions.infrastructure.migrations import hosts
from account_sanctions.infrastructure.opening import open_database
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine

from tests.integration.support import rows

__all__ = ["OLD", "as_schema_1", "chain", "old_rows", "old_states", "old_store", "shape"]

_GOLDEN: Final = Path(__file__).parents[1] / "golden" / "stores"
OLD: Final = (1, 2)
"""The schemas of which a store is kept as the version of that time left it."""

_NEW_TABLES: Final = (
    *("sanctions_followers", "sanctions_links", "sanctions_parked", "sanctions_snapshots", "sanctions_unfinished"),
    *("sanctions_nodes", "sanctions_places", "sanctions_checkpoints"),
    *("sanctions_account_keys", "sanctions_erasures", "sanctions_key_events"),
)
_NEW_COLUMNS: Final = (("sanctions_events", "mark"), ("sanctions_narratives", "generation"))
_NEW_GUARDS: Final = ("sanctions_commands", "sanctions_narratives", "sanctions_meta")

_SQLITE: Final = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
_POSTGRES: Final = {
    "tables": "SELECT relname, relkind, relpersistence, reloptions::text FROM pg_class WHERE relnamespace = "
    "current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'S') ORDER BY 1",
    "columns": "SELECT attrelid::regclass::text, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity "
    "FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = current_schema()::regnamespace "
    "AND relkind = 'r' AND attnum > 0 ORDER BY 1, 2",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1",
    "triggers": "SELECT pg_get_triggerdef(t.oid), tgenabled FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid "
    "WHERE relnamespace = current_schema()::regnamespace ORDER BY 1",
    "functions": "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace ORDER BY 1",
    "sequences": "SELECT sequencename, increment_by, cache_size, start_value FROM pg_sequences "
    "WHERE schemaname = current_schema() ORDER BY 1",
}


def shape(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Tables, columns, keys, indexes, options, triggers and functions."""
    if url.startswith("postgresql"):
        return {name: rows(url, sql) for name, sql in _POSTGRES.items()}
    # SQLite keeps the text of a statement: blanks are no difference.
    return {"sqlite_master": [(*row, " ".join((sql or "").split())) for *row, sql in rows(url, _SQLITE)]}


def chain(url: str, to: int, **options: Any) -> None:
    """Run the revisions one after another, as a host's Alembic would."""
    engine = create_engine(url)
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        hosts.upgrade(to, **options)
    engine.dispose()


def old_states(schema: int = 1) -> list[dict[str, Any]]:
    """What the version that made the old store said of its accounts at several times."""
    lines = (_GOLDEN / f"schema-{schema}.states.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def old_rows(url: str, schema: int = 1) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the tables that the old store has, in the columns that it has."""
    with closing(_kept(schema)) as kept:
        return {
            name: sorted(rows(url, f"SELECT {', '.join(columns)} FROM {name}"), key=repr)  # noqa: S608
            for name, columns in _old_tables(kept).items()
        }


def old_store(url: str, schema: int = 1) -> None:
    """A store of an old schema with a little of everything, as the version of that time left it."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(_dump(schema))
        return
    chain(url, schema)
    with closing(_kept(schema)) as kept:
        database = open_database(url)
        with database.writing() as cursor:
            cursor.execute("ALTER TABLE sanctions_meta DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM sanctions_meta")
            for name, columns in _old_tables(kept).items():
                found = kept.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - a name of ours
                if found:
                    marks = ", ".join(["%s"] * len(columns))
                    cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", found)  # noqa: S608
            # As the migration leaves it, not as a fresh trigger has it: it fires in every session.
            if schema > 1:
                for kind in ("update", "truncate"):
                    cursor.execute(f"ALTER TABLE sanctions_meta ENABLE ALWAYS TRIGGER sanctions_meta_no_{kind}")
        database.close()


def _dump(schema: int) -> str:
    return (_GOLDEN / f"schema-{schema}.sql").read_text(encoding="utf-8")


def _kept(schema: int) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(_dump(schema))
    return connection


def _old_tables(kept: sqlite3.Connection) -> dict[str, list[str]]:
    names = [name for (name,) in kept.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: [row[1] for row in kept.execute(f"PRAGMA table_info({name})")] for name in names}


def as_schema_1(url: str) -> None:
    """Take from a store of today what schema 1 did not have."""
    suffix = "" if url.startswith("sqlite") else " ON {0}"
    kinds = ("update", "delete", "replace") if url.startswith("sqlite") else ("update", "truncate")
    for table in _NEW_GUARDS:
        for kind in kinds:
            rows(url, f"DROP TRIGGER IF EXISTS {table}_no_{kind}{suffix.format(table)}")
    for table, column in _NEW_COLUMNS:
        rows(url, f"ALTER TABLE {table} DROP COLUMN {column}")
    for table in _NEW_TABLES:
        rows(url, f"DROP TABLE {table}")
    rows(url, "DROP TABLE IF EXISTS sanctions_pending")
    rows(url, "UPDATE sanctions_meta SET value = '1' WHERE key = 'schema'")
