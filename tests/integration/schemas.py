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

__all__ = ["OLD_STATES", "OLD_TABLES", "as_schema_1", "chain", "old_rows", "old_store", "shape"]

_GOLDEN: Final = Path(__file__).parents[1] / "golden" / "stores"
OLD_SCHEMA: Final = (_GOLDEN / "schema-1.sql").read_text(encoding="utf-8")
OLD_STATES: Final[list[dict[str, Any]]] = [
    json.loads(line) for line in (_GOLDEN / "schema-1.states.jsonl").read_text(encoding="utf-8").splitlines()
]
"""What the version that made the old store said of its accounts at several times."""

OLD_TABLES: Final = (
    *("sanctions_commands", "sanctions_deadlines", "sanctions_events", "sanctions_intervals"),
    *("sanctions_log", "sanctions_meta", "sanctions_narratives", "sanctions_policies"),
)
_NEW_TABLES: Final = (
    *("sanctions_followers", "sanctions_links", "sanctions_parked", "sanctions_snapshots", "sanctions_unfinished"),
)
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


def old_rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the tables that schema 1 has."""
    return {name: sorted(rows(url, f"SELECT * FROM {name}"), key=repr) for name in OLD_TABLES}  # noqa: S608


def old_store(url: str) -> None:
    """A store of schema 1 with a little of everything, as the version of that time left it."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(OLD_SCHEMA)
        return
    chain(url, 1)
    with closing(sqlite3.connect(":memory:")) as kept:
        kept.executescript(OLD_SCHEMA)
        database = open_database(url)
        with database.writing() as cursor:
            cursor.execute("DELETE FROM sanctions_meta")
            for name in OLD_TABLES:
                found = kept.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608 - a name of ours
                marks = ", ".join(["%s"] * len(found[0]))
                cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", found)  # noqa: S608
        database.close()


def as_schema_1(url: str) -> None:
    """Take from a store of today what schema 1 did not have."""
    suffix = "" if url.startswith("sqlite") else " ON {0}"
    kinds = ("update", "delete", "replace") if url.startswith("sqlite") else ("update", "truncate")
    for table in _NEW_GUARDS:
        for kind in kinds:
            rows(url, f"DROP TRIGGER IF EXISTS {table}_no_{kind}{suffix.format(table)}")
    for table in _NEW_TABLES:
        rows(url, f"DROP TABLE {table}")
    rows(url, "DROP TABLE IF EXISTS sanctions_pending")
    rows(url, "UPDATE sanctions_meta SET value = '1' WHERE key = 'schema'")
