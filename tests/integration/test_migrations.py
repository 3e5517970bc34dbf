"""A store of an older version becomes one of this version: whole, or not at all, and nothing is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.documents import as_json
from account_sanctions.application.migrating import examine, migrate, planned_sql
from account_sanctions.infrastructure.errors import ForeignDatabase, StoreBusy, StoreReadOnly, StoreTooNew, StoreTooOld
from account_sanctions.infrastructure.guards import guards_missing
from account_sanctions.infrastructure.migrations import OUR_TABLES, hosts, running
from account_sanctions.infrastructure.tables import SCHEMA_VERSION
from account_sanctions.infrastructure.tables import metadata as store_metadata
from account_sanctions.projections.tables import metadata as view_metadata
from alembic.script import ScriptDirectory

from tests.integration.schemas import OLD, as_schema_1, chain, old_rows, old_states, old_store, shape
from tests.integration.support import MODERATOR, assert_sound, cli, command, database, for_libpq, restrict, rows, tables
from tests.postgres import fresh_database

_DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
_MIGRATOR = str(Path(__file__).with_name("migrator.py"))


@pytest.fixture
def beside(url: str, tmp_path: Path) -> str:
    """Another empty database of the same kind."""
    return database(tmp_path, "beside.db") if url.startswith("sqlite") else fresh_database()


def _fresh_shape(url: str) -> object:
    Sanctions.open(url).close()
    return shape(url)


def test_every_table_is_known_by_name() -> None:
    assert {*store_metadata.tables, *view_metadata.tables} == OUR_TABLES


def test_each_schema_has_a_revision_and_an_upgrade_note() -> None:
    scripts = ScriptDirectory(str(Path(hosts.__file__).parent))
    assert scripts.get_heads() == [f"sanctions_{SCHEMA_VERSION:04}"]
    assert len(list(scripts.walk_revisions())) == SCHEMA_VERSION
    notes = (Path(__file__).parents[2] / "docs" / "reference" / "upgrade-notes.md").read_text(encoding="utf-8")
    assert all(f"\n## Schema {number}\n" in notes for number in range(1, SCHEMA_VERSION + 1))


def test_a_store_is_kept_of_each_older_schema() -> None:
    assert tuple(range(1, SCHEMA_VERSION)) == OLD


@pytest.mark.parametrize("schema", OLD)
def test_old_store_becomes_like_a_fresh_one_and_keeps_every_row(url: str, beside: str, schema: int) -> None:
    old_store(url, schema)
    before = old_rows(url, schema)
    found = migrate(url)
    assert (found.found, found.schema, found.is_current) == (schema, SCHEMA_VERSION, True)
    assert shape(url) == _fresh_shape(beside)
    after = old_rows(url, schema)
    moved = [("schema", str(SCHEMA_VERSION)), *(row for row in before.pop("sanctions_meta") if row[0] != "schema")]
    assert sorted(after.pop("sanctions_meta")) == sorted(moved)
    assert after == before
    assert_sound(url)


@pytest.mark.parametrize("schema", OLD)
def test_old_store_that_was_migrated_says_what_it_said(url: str, schema: int) -> None:
    old_store(url, schema)
    with Sanctions.open(url, migrate=True) as sanctions:
        assert sanctions.links_behind() == 0
        for said in old_states(schema):
            at = datetime.fromisoformat(said["valid_at"])
            now = msgspec.json.decode(as_json(sanctions.state(said["account"], at)))
            assert _within(now, said), said["account"]
        for account in ("gh_1", "gh_2"):
            assert sanctions.execute(restrict(account, sanction="after", command_id="new")).accepted
            assert sanctions.execute(restrict(account, sanction="after", command_id="new")).status == "duplicate"


def _within(now: object, said: object) -> bool:
    """Whether everything that was said is said still; newer fields may have been added."""
    if isinstance(said, dict) and isinstance(now, dict):
        return all(name in now and _within(now[name], value) for name, value in said.items())
    if isinstance(said, list) and isinstance(now, list):
        return len(now) == len(said) and all(map(_within, now, said))
    return now == said


def test_revisions_make_what_a_fresh_store_is(url: str, beside: str) -> None:
    chain(url, SCHEMA_VERSION)
    assert shape(url) == _fresh_shape(beside)
    assert rows(url, "SELECT value FROM sanctions_meta WHERE key = 'partitions'") == [("1",)]
    with Sanctions.open(url) as sanctions:
        assert sanctions.execute(restrict()).accepted
        assert guards_missing(sanctions.store.database) == []


@pytest.mark.parametrize("schema", OLD)
def test_revisions_make_what_the_old_version_made(file_url: str, tmp_path: Path, schema: int) -> None:
    old = database(tmp_path, "old.db")
    old_store(old, schema)
    chain(file_url, schema)
    assert shape(file_url) == shape(old)


def test_revisions_make_a_store_of_the_partitions_that_are_asked_for(url: str) -> None:
    chain(url, SCHEMA_VERSION, partitions=4)
    with Sanctions.open(url) as sanctions:
        assert len(sanctions.store.log.partitions) == 4


def test_empty_database_gets_a_store(url: str, beside: str) -> None:
    found = migrate(url, partitions=2)
    assert (found.found, found.is_current) == (None, True)
    assert shape(url) == _fresh_shape(beside)
    with Sanctions.open(url, partitions=2) as sanctions:
        assert not sanctions.made_now


def test_current_store_stays_as_it_is(url: str) -> None:
    with Sanctions.open(url) as sanctions:
        sanctions.execute(restrict())
    before, form = tables(url), shape(url)
    for _ in range(2):
        found = migrate(url)
        assert (found.found, found.schema, found.is_current, found.guards_restored) == (
            SCHEMA_VERSION,
            SCHEMA_VERSION,
            True,
            False,
        )
    assert (tables(url), shape(url)) == (before, form)


def test_guard_that_is_missing_is_put_back_and_said(url: str) -> None:
    Sanctions.open(url).close()
    on = "" if url.startswith("sqlite") else " ON sanctions_policies"
    rows(url, f"DROP TRIGGER sanctions_policies_no_update{on}")
    assert not examine(url).is_current
    found = migrate(url)
    assert {one.table for one in found.guards_missing} == {"sanctions_policies"}
    assert found.guards_restored
    assert found.is_current
    assert examine(url).guards_missing == ()


def test_old_store_is_not_opened_and_not_written(url: str) -> None:
    old_store(url)
    before, form = old_rows(url), shape(url)
    with pytest.raises(StoreTooOld, match="account-sanctions migrate") as raised:
        Sanctions.open(url)
    assert raised.value.details == {"found": 1, "needed": SCHEMA_VERSION}
    assert not examine(url).is_current
    assert planned_sql(url)
    assert (old_rows(url), shape(url)) == (before, form)


def test_newer_store_is_neither_opened_nor_migrated(url: str) -> None:
    Sanctions.open(url).close()
    rows(url, "UPDATE sanctions_meta SET value = ? WHERE key = 'schema'", str(SCHEMA_VERSION + 1))
    before, form = tables(url), shape(url)
    for attempt in (Sanctions.open, migrate, examine, planned_sql):
        with pytest.raises(StoreTooNew, match="upgrade it"):
            attempt(url)
    with pytest.raises(StoreTooNew):
        Sanctions.open(url, migrate=True)
    assert (tables(url), shape(url)) == (before, form)


def test_store_with_tables_of_somebody_else_in_the_way_stays_old(url: str) -> None:
    old_store(url)
    rows(url, "CREATE TABLE sanctions_links (mine TEXT)")
    before, form = old_rows(url), shape(url)
    with pytest.raises(ForeignDatabase, match="sanctions_links"):
        migrate(url)
    assert (old_rows(url), shape(url)) == (before, form)


def test_links_are_filled_from_the_events(url: str) -> None:
    with Sanctions.open(url) as sanctions:
        sanctions.execute(restrict("gh_1", sanction="s-1"))
        for number in range(3):
            because = {"because_of_account": "gh_1", "because_of_sanction": "s-1"}
            sanctions.execute(restrict(f"gh_{number + 2}", sanction="s-1", **because))
        sanctions.execute(command("lift", "gh_4", by=MODERATOR, sanction="s-1", reason="Settled."))
        sanctions.store.settle_log()
    links = sorted(rows(url, "SELECT * FROM sanctions_links"))
    assert [row[0] for row in links] == ["gh_2", "gh_3"]
    as_schema_1(url)
    migrate(url)
    assert sorted(row[:4] for row in rows(url, "SELECT * FROM sanctions_links")) == [row[:4] for row in links]
    with Sanctions.open(url) as sanctions:
        sanctions.sweep()  # When the causes end is looked up by the follower, which begins anew.
        assert sorted(rows(url, "SELECT * FROM sanctions_links")) == links
        sanctions.execute(command("lift", "gh_1", by=MODERATOR, sanction="s-1", reason="Settled."))
        assert sanctions.sweep().accounts == 2


def test_printed_sql_does_what_the_command_does(url: str, beside: str) -> None:
    old_store(url)
    _run_script(url, planned_sql(url))
    assert shape(url) == _fresh_shape(beside)
    with Sanctions.open(url) as sanctions:
        sanctions.rebuild()
    assert_sound(url)
    assert planned_sql(url) == ""


def test_printed_sql_makes_a_store(url: str, beside: str) -> None:
    _run_script(url, planned_sql(url))
    assert shape(url) == _fresh_shape(beside)
    with Sanctions.open(url) as sanctions:
        assert sanctions.execute(restrict()).accepted


def _run_script(url: str, script: str) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(script)
    else:
        with psycopg.connect(for_libpq(url), autocommit=True) as connection:
            connection.execute(script.encode())


def test_migration_does_not_wait_for_ever_behind_a_long_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    url = fresh_database()
    old_store(url)
    before, form = old_rows(url), shape(url)
    monkeypatch.setattr(running, "_PATIENCE", "SET LOCAL lock_timeout = '50ms'")
    with psycopg.connect(for_libpq(url)) as host:
        host.execute(
            "INSERT INTO sanctions_deadlines VALUES ('gh_9', 1); LOCK TABLE sanctions_events IN ROW EXCLUSIVE MODE"
        )
        with pytest.raises(StoreBusy) as raised:
            migrate(url)
        assert raised.value.retriable
        host.rollback()
    assert (old_rows(url), shape(url)) == (before, form)
    assert migrate(url).is_current


def test_opening_a_current_store_needs_no_alembic(file_url: str) -> None:
    Sanctions.open(file_url).close()
    script = (
        "import sys; from account_sanctions.application import Sanctions; from account_sanctions.application.cli import main; "
        f"from account_sanctions.application.migrating import migrate; Sanctions.open({file_url!r}, migrate=True).close(); "
        f"assert migrate({file_url!r}).is_current; sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_store_that_cannot_be_written_is_not_migrated(file_url: str) -> None:
    old_store(file_url)
    with pytest.raises(StoreReadOnly):
        migrate(f"sqlite:///file:{file_url.removeprefix('sqlite:///')}?mode=ro&uri=true")


@pytest.fixture
def migrator() -> Iterator[subprocess.Popen[str]]:
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, _MIGRATOR], text=True, bufsize=1, **pipes) as running:  # type: ignore[call-overload]
        assert running.stdout.readline() == "ready\n"
        yield running
        running.stdin.close()


def _ask(migrator: subprocess.Popen[str], what: str, url: str, number: int) -> str:
    assert migrator.stdin is not None
    assert migrator.stdout is not None
    migrator.stdin.write(f"{what} {url} {number}\n")
    return migrator.stdout.readline().strip()


@pytest.mark.parametrize("start", ["empty", "old", "unguarded"])
def test_eight_processes_at_once_migrate_once(
    url: str, beside: str, migrator: subprocess.Popen[str], start: str
) -> None:
    if start == "old":
        old_store(url)
    elif start == "unguarded":
        Sanctions.open(url).close()
        for table in ("sanctions_events", "sanctions_meta"):
            rows(url, f"DROP TRIGGER {table}_no_update{'' if url.startswith('sqlite') else f' ON {table}'}")
    assert _ask(migrator, "together", url, 8) == " ".join(["0"] * 8)
    assert shape(url) == _fresh_shape(beside)
    assert rows(url, "SELECT count(*) FROM sanctions_meta") == [(3,)]
    assert_sound(url)


def test_killed_migration_leaves_the_old_store_or_the_new_one(
    url: str, beside: str, migrator: subprocess.Popen[str]
) -> None:
    old_store(url)
    before, form, fresh = old_rows(url), shape(url), _fresh_shape(beside)
    stride = 1 if _DEEP else 3 if url.startswith("sqlite") else 9
    number, statements = 0, 0
    while (status := _ask(migrator, "killed", url, number := number + stride)) != "0":
        assert status == str(-signal.SIGKILL), status
        assert shape(url) == form
        assert old_rows(url) == before
        statements += 1
    assert statements >= 40 // stride, "it was killed from the first statement to the last"
    assert shape(url) == fresh
    assert_sound(url)


def test_command_migrates_and_says_so(file_url: str) -> None:
    assert cli(file_url, "migrate", "--check").status == 1
    assert not Path(file_url.removeprefix("sqlite:///")).exists()
    old_store(file_url)
    cli(file_url, "apply", "-", given="").failed(10, "store_too_old")
    shown = cli(file_url, "migrate", "--check")
    assert (shown.status, shown.out) == (
        1,
        f"schema 1; this version needs {SCHEMA_VERSION}: run `account-sanctions migrate`\n",
    )
    assert cli(file_url, "migrate", "--sql").out.startswith("BEGIN;")
    assert cli(file_url, "migrate").out == f"schema {SCHEMA_VERSION}: migrated from schema 1\n"
    assert cli(file_url, "migrate").out == f"schema {SCHEMA_VERSION}: current\n"
    found = cli(file_url, "migrate", "--check", "--json")
    assert (found.status, found.document["found"], found.document["current"]) == (0, SCHEMA_VERSION, True)
    assert cli(file_url, "migrate", "--check", "--sql").status == 2
    rows(file_url, "DROP TRIGGER sanctions_events_no_delete")
    missing = cli(file_url, "migrate", "--check")
    assert missing.status == 1
    assert "the guard of sanctions_events against DELETE is missing: " in missing.out
    assert "is in place again" in cli(file_url, "migrate").out
    rows(file_url, "UPDATE sanctions_meta SET value = ? WHERE key = 'schema'", str(SCHEMA_VERSION + 1))
    cli(file_url, "migrate").failed(10, "store_too_new")


def test_command_makes_a_store_beside_other_tables_when_told(file_url: str) -> None:
    rows(file_url, "CREATE TABLE orders (id INTEGER PRIMARY KEY)")
    cli(file_url, "migrate").failed(10, "foreign_database")
    shown = cli(file_url, "migrate", "--beside", "--partitions", "3")
    assert shown.out == f"schema {SCHEMA_VERSION}: a new store was made\n"
    assert rows(file_url, "SELECT value FROM sanctions_meta WHERE key = 'partitions'") == [("3",)]
    assert cli(file_url, "state", "gh_1").status == 0


# What the code of an older version would be: one that knows one schema less.
_OLDER = (
    "from account_sanctions.infrastructure import schema, tables; "
    "schema.SCHEMA_VERSION = tables.SCHEMA_VERSION = tables.SCHEMA_VERSION - 1; "
    "from account_sanctions.application.cli import main; main()"
)


@pytest.mark.parametrize("arguments", [("apply", "-"), ("migrate",)])
def test_process_of_an_older_version_is_refused_and_writes_nothing(url: str, arguments: tuple[str, ...]) -> None:
    with Sanctions.open(url) as sanctions:
        sanctions.execute(restrict())
        before, form = tables(url), shape(url)
        done = subprocess.run(
            [sys.executable, "-c", _OLDER, "--db", url, *arguments],
            input=as_json(restrict("gh_2")),
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 10
        assert done.stderr.decode().startswith(
            f"error: store_too_new: this store has schema {SCHEMA_VERSION}; this version"
        )
        assert (tables(url), shape(url)) == (before, form)
        assert sanctions.execute(restrict("gh_2")).accepted, "the newer version goes on beside it"
