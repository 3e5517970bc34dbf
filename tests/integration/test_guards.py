"""The store's tables refuse to be changed behind its back, and say so when they no longer do."""

# ruff: noqa: S608 - the statements are about tables by name

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.guards import GUARDS, MissingGuard, guards_missing, restore_guards
from account_sanctions.infrastructure.opening import open_database

from tests.integration.support import database, for_libpq, restrict, rows, tables
from tests.postgres import fresh_database

# A column of each table that is no key, and all its columns with values of which the key is there already.
_COLUMNS = {
    "sanctions_events": "topic",
    "sanctions_log": "account",
    "sanctions_policies": "body",
    "sanctions_commands": "outcome",
    "sanctions_narratives": "body",
    "sanctions_meta": "value",
    "sanctions_nodes": "hash",
    "sanctions_places": "position",
    "sanctions_checkpoints": "note",
    "sanctions_account_keys": "wrapped",
    "sanctions_erasures": "version",
    "sanctions_key_events": "note",
}
_GUARDED = sorted(_COLUMNS)
# Whole rows of these may be destroyed: free text, and the keys that read it.
_DELETABLE = {"sanctions_narratives", "sanctions_account_keys"}
_UNDELETABLE = sorted(set(_COLUMNS) - _DELETABLE)
_NUMBERED = ["sanctions_narratives", "sanctions_policies"]


def _filled(url: str) -> str:
    """A row in every guarded table."""
    with Sanctions.open(url) as sanctions:
        sanctions.execute(restrict(basis={"clause": "4.2", "facts": "seen"}))
        sanctions.store.settle_log()
    some = "x'00'" if url.startswith("sqlite") else r"'\x00'::bytea"
    for table, row in {
        "nodes": f"0, 1, 0, {some}",
        "places": "'gh_1', 1, 1",
        "checkpoints": "0, 1, 'note', 1",
        "account_keys": f"'gh_1', 0, 'file', {some}",
        "erasures": "'gh_9', 1",
        "key_events": "1, 'note', 1",
    }.items():
        rows(url, f"INSERT INTO sanctions_{table} VALUES ({row})")
    assert all(rows(url, f"SELECT 1 FROM {table}") for table in _GUARDED)
    return url


@pytest.fixture
def kept(url: str) -> str:
    return _filled(url)


# For attacks that all fail, and for guards that are put back.
@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _filled(database(tmp_path_factory.mktemp("guarded")))


@pytest.fixture(scope="module")
def on_postgres() -> str:
    return _filled(fresh_database())


def _sqlite(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)


def _postgres(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(for_libpq(url), autocommit=True)


def _missing(url: str) -> list[MissingGuard]:
    opened = open_database(url)
    try:
        return guards_missing(opened)
    finally:
        opened.close()


def _put(url: str) -> None:
    opened = open_database(url)
    restore_guards(opened)
    opened.close()


def test_every_guarded_table_is_tried_here() -> None:
    assert sorted(guard.table for guard in GUARDS) == _GUARDED
    assert sorted(guard.table for guard in GUARDS if guard.numbered) == _NUMBERED


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE {0} SET {1} = {1}",
        "UPDATE OR REPLACE {0} SET {1} = {1}",
        "INSERT OR REPLACE INTO {0} SELECT * FROM {0}",
        "REPLACE INTO {0} SELECT * FROM {0}",
        "INSERT INTO {0} SELECT * FROM {0} WHERE true ON CONFLICT DO UPDATE SET {1} = excluded.{1}",
    ],
)
def test_row_on_sqlite_cannot_be_changed_nor_replaced(on_sqlite: str, attack: str, recursive: str) -> None:
    before = tables(on_sqlite)
    with closing(_sqlite(on_sqlite)) as connection:
        connection.execute(f"PRAGMA recursive_triggers = {recursive}")
        for table, column in _COLUMNS.items():
            with pytest.raises(sqlite3.IntegrityError, match=r"may only be added to|a row of this key exists"):
                connection.execute(attack.format(table, column))
    assert tables(on_sqlite) == before


@pytest.mark.parametrize("table", _NUMBERED)
def test_row_on_sqlite_cannot_be_replaced_by_its_number(file_url: str, table: str) -> None:
    _filled(file_url)
    before = tables(file_url)
    key = {"sanctions_narratives": "account", "sanctions_policies": "digest"}[table]
    columns = [name for _, name, *_ in rows(file_url, f"PRAGMA table_info({table})")]
    values = ", ".join(f"'another' AS {name}" if name == key else name for name in columns)
    with closing(_sqlite(file_url)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="a row of this key exists"):
            connection.execute(
                f"INSERT OR REPLACE INTO {table} (rowid, {', '.join(columns)}) SELECT rowid, {values} FROM {table}"
            )
        connection.execute(f"INSERT INTO {table} (rowid, {', '.join(columns)}) SELECT -1, {values} FROM {table}")
    # The number that SQLite uses for "none" stands in nobody's way.
    with Sanctions.open(file_url) as sanctions:
        sanctions.execute(restrict("gh_2", basis={"clause": "4.2", "facts": "seen"}))
    assert all(row in rows(file_url, f"SELECT * FROM {table}") for row in before[table])


def test_row_cannot_be_deleted(kept: str) -> None:
    before = tables(kept)
    for table in _UNDELETABLE:
        for where in ("", " WHERE true"):
            with pytest.raises(
                (sqlite3.IntegrityError, psycopg.errors.RestrictViolation), match="may only be added to"
            ):
                rows(kept, f"DELETE FROM {table}{where}")
    assert tables(kept) == before


@pytest.mark.parametrize("table", sorted(_DELETABLE))
def test_free_text_and_its_keys_can_be_destroyed(kept: str, table: str) -> None:
    rows(kept, f"DELETE FROM {table}")
    assert rows(kept, f"SELECT count(*) FROM {table}") == [(0,)]


def test_what_a_command_was_compared_by_can_be_emptied_and_nothing_else_of_it_changed(kept: str) -> None:
    refused = pytest.raises((sqlite3.IntegrityError, psycopg.errors.RestrictViolation), match="may only be added to")
    empty = "x''" if kept.startswith("sqlite") else "''::bytea"
    before = rows(kept, "SELECT account, command_id, outcome FROM sanctions_commands")
    for change in (
        "digest = outcome",
        f"digest = {empty}, outcome = {empty}",
        f"digest = {empty}, account = 'gh_9'",
        f"digest = {empty}, command_id = 'another'",
    ):
        with refused:
            rows(kept, f"UPDATE sanctions_commands SET {change}")
    rows(kept, f"UPDATE sanctions_commands SET digest = {empty}")
    assert {bytes(digest) for (digest,) in rows(kept, "SELECT digest FROM sanctions_commands")} == {b""}
    assert rows(kept, "SELECT account, command_id, outcome FROM sanctions_commands") == before


def test_schema_of_the_store_moves_on_and_its_identity_stays(kept: str) -> None:
    rows(kept, "UPDATE sanctions_meta SET value = '7' WHERE key = 'schema'")
    rows(kept, "INSERT INTO sanctions_meta VALUES ('another', '1')")
    rows(kept, "DELETE FROM sanctions_meta WHERE key = 'another'")
    assert rows(kept, "SELECT value FROM sanctions_meta WHERE key = 'schema'") == [("7",)]
    for fixed in ("store_id", "partitions"):
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RestrictViolation), match="may only be added to"):
            rows(kept, f"UPDATE sanctions_meta SET value = '7' WHERE key = '{fixed}'")


_ON_POSTGRES = [
    "UPDATE {0} SET {1} = {1}",
    "UPDATE ONLY {0} SET {1} = {1}",
    "TRUNCATE {0}",
    "TRUNCATE {0} CASCADE",
    "INSERT INTO {0} SELECT * FROM {0} ON CONFLICT ON CONSTRAINT {0}_pkey DO UPDATE SET {1} = excluded.{1}",
    "MERGE INTO {0} AS o USING {0} AS n ON o.ctid = n.ctid WHEN MATCHED THEN UPDATE SET {1} = n.{1}",
]


@pytest.mark.parametrize("attack", _ON_POSTGRES)
@pytest.mark.parametrize("role", ["origin", "replica", "local"])
def test_row_on_postgres_cannot_be_changed_in_any_session(on_postgres: str, attack: str, role: str) -> None:
    before = tables(on_postgres)
    with _postgres(on_postgres) as connection:
        connection.execute(f"SET session_replication_role = {role}".encode())
        for table, column in _COLUMNS.items():
            with pytest.raises(psycopg.errors.RestrictViolation, match="may only be added to"):
                connection.execute(attack.format(table, column).encode())
    assert tables(on_postgres) == before


@pytest.mark.parametrize(
    "attack", ["DELETE FROM {0}", "MERGE INTO {0} AS o USING {0} AS n ON o.ctid = n.ctid WHEN MATCHED THEN DELETE"]
)
def test_row_on_postgres_cannot_be_deleted_in_a_session_that_replicates(on_postgres: str, attack: str) -> None:
    before = tables(on_postgres)
    with _postgres(on_postgres) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in _UNDELETABLE:
            with pytest.raises(psycopg.errors.RestrictViolation, match="may only be added to"):
                connection.execute(attack.format(table).encode())
    assert tables(on_postgres) == before


def test_fresh_store_misses_no_guard(kept: str) -> None:
    assert _missing(kept) == []


_DISARMED_SQLITE: list[tuple[str, list[tuple[str, str]]]] = [
    (f"DROP TRIGGER {table}_no_{kind}", [(table, kind.upper())])
    for table in _GUARDED
    for kind in ("update", "delete", "replace")
    if kind != "delete" or table not in _DELETABLE
]


@pytest.mark.parametrize(("sql", "found"), _DISARMED_SQLITE, ids=[sql for sql, _ in _DISARMED_SQLITE])
def test_guard_that_was_taken_away_on_sqlite_is_noticed_and_put_back(
    on_sqlite: str, sql: str, found: list[tuple[str, str]]
) -> None:
    rows(on_sqlite, sql)
    assert [(one.table, one.against) for one in _missing(on_sqlite)] == found
    _put(on_sqlite)
    assert _missing(on_sqlite) == []


def test_guard_of_the_same_name_that_refuses_nothing_is_noticed(file_url: str) -> None:
    _filled(file_url)
    rows(file_url, "DROP TRIGGER sanctions_events_no_update")
    rows(file_url, "CREATE TRIGGER sanctions_events_no_update BEFORE UPDATE ON sanctions_events BEGIN SELECT 1; END")
    (found,) = _missing(file_url)
    assert (found.table, found.against) == ("sanctions_events", "UPDATE")
    assert "something else" in found.found


def _weaken(*sql: str) -> Callable[[str], None]:
    def run(url: str) -> None:
        for one in sql:
            rows(url, one)

    return run


_BOTH = [("sanctions_events", "DELETE"), ("sanctions_events", "UPDATE")]
_EVERY = [*_BOTH, ("sanctions_events", "TRUNCATE")]
_HARMLESS = "CREATE OR REPLACE FUNCTION sanctions_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
_OTHER = "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
_DISARMED_POSTGRES: list[tuple[str, Callable[[str], None], list[tuple[str, str]]]] = [
    ("dropped", _weaken("DROP TRIGGER sanctions_events_no_update ON sanctions_events"), _BOTH),
    ("disabled", _weaken("ALTER TABLE sanctions_events DISABLE TRIGGER sanctions_events_no_update"), _BOTH),
    ("all_disabled", _weaken("ALTER TABLE sanctions_events DISABLE TRIGGER ALL"), _EVERY),
    ("as_a_restore_leaves_it", _weaken("ALTER TABLE sanctions_events ENABLE TRIGGER ALL"), _EVERY),
    ("replica_only", _weaken("ALTER TABLE sanctions_events ENABLE REPLICA TRIGGER sanctions_events_no_update"), _BOTH),
    (
        "no_truncate",
        _weaken("DROP TRIGGER sanctions_policies_no_truncate ON sanctions_policies"),
        [("sanctions_policies", "TRUNCATE")],
    ),
    (
        "with_a_condition",
        _weaken(
            "DROP TRIGGER sanctions_events_no_update ON sanctions_events",
            "CREATE TRIGGER sanctions_events_no_update BEFORE UPDATE OR DELETE ON sanctions_events FOR EACH ROW "
            "WHEN (OLD.account = 'x') EXECUTE FUNCTION sanctions_refuse()",
            "ALTER TABLE sanctions_events ENABLE ALWAYS TRIGGER sanctions_events_no_update",
        ),
        _BOTH,
    ),
    (
        "another_function",
        _weaken(
            _OTHER,
            "CREATE OR REPLACE TRIGGER sanctions_events_no_update BEFORE UPDATE OR DELETE ON sanctions_events "
            "FOR EACH ROW EXECUTE FUNCTION other()",
            "ALTER TABLE sanctions_events ENABLE ALWAYS TRIGGER sanctions_events_no_update",
        ),
        _BOTH,
    ),
    (
        "a_function_that_allows",
        _weaken(_HARMLESS),
        [
            (table, against)
            for table in _GUARDED
            for against in ("DELETE", "TRUNCATE", "UPDATE")
            if against != "DELETE" or table not in _DELETABLE
            # These have a function of their own for single rows.
            if against == "TRUNCATE" or table not in {"sanctions_meta", "sanctions_commands"}
        ],
    ),
]


@pytest.mark.parametrize(
    ("disarm", "found"), [row[1:] for row in _DISARMED_POSTGRES], ids=[row[0] for row in _DISARMED_POSTGRES]
)
def test_guard_that_was_weakened_on_postgres_is_noticed_and_put_back(
    on_postgres: str, disarm: Callable[[str], None], found: list[tuple[str, str]]
) -> None:
    disarm(on_postgres)
    assert sorted((one.table, one.against) for one in _missing(on_postgres)) == sorted(found)
    _put(on_postgres)
    assert _missing(on_postgres) == []


def test_table_whose_rows_are_read_as_events_is_noticed() -> None:
    url = _filled(fresh_database())
    rows(url, "CREATE TABLE more () INHERITS (sanctions_events)")
    (found,) = _missing(url)
    assert (found.table, found.against, found.found) == (
        "sanctions_events",
        "INHERIT",
        "the rows of more are read as its rows",
    )


def test_partitions_of_a_table_are_guarded_one_by_one() -> None:
    url = _filled(fresh_database())
    for sql in (
        "ALTER TABLE sanctions_events RENAME TO old_events",
        "CREATE TABLE sanctions_events (LIKE old_events, PRIMARY KEY (account, version)) PARTITION BY HASH (account)",
        "CREATE TABLE events_0 PARTITION OF sanctions_events FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        "CREATE TABLE events_1 PARTITION OF sanctions_events FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
        "INSERT INTO sanctions_events SELECT * FROM old_events",
    ):
        rows(url, sql)
    assert len(_missing(url)) == 9, "three guards on the table and on each partition"
    _put(url)
    assert _missing(url) == []
    before = tables(url)
    with _postgres(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in ("sanctions_events", "events_0", "events_1"):
            for attack in ("UPDATE {0} SET topic = topic", "DELETE FROM {0}", "TRUNCATE {0}"):
                if table != "sanctions_events" and not attack.startswith("TRUNCATE") and not before[table]:
                    continue
                with pytest.raises(psycopg.errors.RestrictViolation):
                    connection.execute(attack.format(table).encode())
    assert tables(url) == before
    rows(url, "ALTER TABLE events_0 DISABLE TRIGGER sanctions_events_no_truncate")
    assert [(one.table, one.against) for one in _missing(url)] == [("events_0", "TRUNCATE")]
    with Sanctions.open(url) as sanctions:
        assert sanctions.execute(restrict("gh_2")).accepted
