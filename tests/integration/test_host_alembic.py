"""The store in a host that has an Alembic of its own: they agree, whoever was first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.migrating import migrate
from account_sanctions.infrastructure.errors import CannotDowngrade
from account_sanctions.infrastructure.migrations import BRANCH, OUR_TABLES, hosts, leave_out
from account_sanctions.infrastructure.migrations.versions import schema_0002, schema_0003
from account_sanctions.infrastructure.tables import SCHEMA_VERSION
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, inspect

from tests.integration.schemas import as_schema_1, old_rows, old_store, shape
from tests.integration.support import assert_sound, database, restrict, rows, tables
from tests.postgres import fresh_database

_NEWEST: Final = f"sanctions_{SCHEMA_VERSION:04}"
_PAGE: Final = (Path(__file__).parents[2] / "docs" / "how-to" / "migrate.md").read_text(encoding="utf-8")
# What the page tells a host to write.
_ENV, _REVISION = re.findall(r"```python no-run\n(.*?)```", _PAGE, re.DOTALL)
_THEIRS: Final = """
from alembic import op
from sqlalchemy import Column, Integer

revision = "h1"
down_revision = None
branch_labels = ("host",)

def upgrade():
    op.create_table("orders", Column("id", Integer, primary_key=True))

def downgrade():
    op.drop_table("orders")
"""


@pytest.fixture
def host(url: str, tmp_path: Path) -> Config:
    """A host with revisions of its own, and ours as a branch beside them."""
    (tmp_path / "host" / "versions").mkdir(parents=True)
    (tmp_path / "host" / "env.py").write_text(_ENV)
    (tmp_path / "host" / "versions" / "h1.py").write_text(_THEIRS)
    config = Config()
    for line in re.findall(r"```text\n(.*?)```", _PAGE, re.DOTALL)[0].splitlines():
        name, _, value = line.partition(" = ")
        config.set_main_option(name, value.replace("%(here)s", str(tmp_path / "host")))
    config.set_main_option("script_location", str(tmp_path / "host"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


@pytest.fixture
def alone(host: Config, tmp_path: Path) -> Config:
    """A host that calls ours in a revision of its own."""
    (tmp_path / "host" / "versions" / "h1.py").write_text(_REVISION)
    host.set_main_option("version_locations", str(tmp_path / "host" / "versions"))
    return host


def _fresh_shape(url: str, tmp_path: Path) -> dict[str, list[tuple[Any, ...]]]:
    other = database(tmp_path, "fresh.db") if url.startswith("sqlite") else fresh_database()
    Sanctions.open(other).close()
    return shape(other)


def _ours(found: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """The shape without what is the host's."""
    theirs = ("orders", "alembic_version")
    return {
        kind: [row for row in listed if not any(name in str(value) for name in theirs for value in row)]
        for kind, listed in found.items()
    }


def _versions(url: str) -> set[str]:
    return {row[0] for row in rows(url, "SELECT version_num FROM alembic_version")}


@pytest.mark.parametrize("start", ["empty", "old", "opened"])
def test_host_brings_its_tables_and_ours_up_to_date(url: str, host: Config, tmp_path: Path, start: str) -> None:
    if start == "old":
        old_store(url)
    elif start == "opened":
        with Sanctions.open(url) as sanctions:
            sanctions.execute(restrict())
    before = tables(url) if start == "opened" else {}
    command.upgrade(host, "heads")
    assert _versions(url) == {"h1", _NEWEST}
    assert _ours(shape(url)) == _fresh_shape(url, tmp_path)
    assert {name: found for name, found in tables(url).items() if name in before} == before
    assert migrate(url).found == SCHEMA_VERSION
    command.upgrade(host, "heads")
    with Sanctions.open(url) as sanctions:
        assert sanctions.execute(restrict("gh_9")).accepted
    assert_sound(url)


def test_host_upgrades_ours_alone(url: str, host: Config) -> None:
    command.upgrade(host, f"{BRANCH}@head")
    assert _versions(url) == {_NEWEST}
    assert "orders" not in tables(url)


def test_host_whose_store_was_migrated_by_the_command_finds_it_done(url: str, host: Config) -> None:
    old_store(url)
    migrate(url)
    before, form = old_rows(url), shape(url)
    command.upgrade(host, f"{BRANCH}@head")
    assert (old_rows(url), _ours(shape(url))) == (before, form)


def test_host_calls_ours_in_a_revision_of_its_own(url: str, alone: Config, tmp_path: Path) -> None:
    old_store(url)
    command.upgrade(alone, "head")
    assert _versions(url) == {"a1"}
    assert _ours(shape(url)) == _fresh_shape(url, tmp_path)
    assert_sound(url)


def test_downgrade_of_ours_is_refused_and_changes_nothing(url: str, host: Config) -> None:
    command.upgrade(host, "heads")
    before, form = tables(url), shape(url)
    with pytest.raises(CannotDowngrade, match="restore the backup"):
        command.downgrade(host, f"{BRANCH}@base")
    assert (tables(url), shape(url)) == (before, form)
    command.downgrade(host, "host@base")
    assert _versions(url) == {_NEWEST}


def test_migration_that_fails_in_the_middle_leaves_the_old_store(
    url: str, host: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the engine that a host makes by default: on SQLite its driver would commit each table by itself."""
    with Sanctions.open(url) as sanctions:
        sanctions.execute(restrict(basis={"clause": "4.2", "facts": "seen"}))
        sanctions.store.settle_log()
    as_schema_1(url)
    before, form = tables(url), shape(url)

    def fails() -> None:
        raise ArithmeticError

    monkeypatch.setattr("account_sanctions.infrastructure.migrations.filling.fill_links", fails)
    with pytest.raises(ArithmeticError):
        command.upgrade(host, f"{BRANCH}@head")
    after = tables(url)
    after.pop("alembic_version", None)
    assert (after, _ours(shape(url))) == (before, form)


def test_autogenerate_leaves_our_tables_alone(url: str) -> None:
    Sanctions.open(url).close()
    theirs = MetaData()
    Table("orders", theirs, Column("id", Integer, primary_key=True))
    engine = create_engine(url)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"include_name": leave_out()}), theirs)
        assert [(what, table.name) for what, table in found] == [("add_table", "orders")]
        without = compare_metadata(MigrationContext.configure(connection), theirs)
        dropped = {change[1].name for change in without if change[0] == "remove_table"}
        assert dropped == OUR_TABLES & set(inspect(connection).get_table_names())
    engine.dispose()


def test_filter_asks_the_hosts_own(url: str) -> None:
    def only_orders(name: str | None, kind: Any, _parents: Any) -> bool:
        return kind != "table" or name == "orders"

    ours = leave_out(only_orders)
    assert ours("orders", "table", {})
    assert not ours("others", "table", {})
    assert not ours("sanctions_events", "table", {})
    assert leave_out()("sanctions_reviews", "table", {}), "a table of the host may begin like ours"
    assert ours("sanctions_events", "column", {})
    assert url


def test_metadata_is_what_the_database_has(url: str) -> None:
    from account_sanctions.infrastructure.tables import metadata as store
    from account_sanctions.projections.tables import metadata as views

    Sanctions.open(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        changes = compare_metadata(MigrationContext.configure(connection), [store, views])  # type: ignore[arg-type]
    engine.dispose()
    if url.startswith("sqlite"):
        assert [(what, table.name) for what, table in changes] == [("add_table", "sanctions_pending")]
    else:
        assert changes == []


def test_revision_that_is_called_names_its_schema() -> None:
    with pytest.raises(ValueError, match="knows the schemas 1 to"):
        hosts.upgrade(99)
    assert schema_0002.down_revision == "sanctions_0001"
    assert schema_0003.down_revision == schema_0002.revision
