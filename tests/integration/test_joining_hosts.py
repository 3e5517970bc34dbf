"""What a host may hand in to be joined, and what is refused before anything is written."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import psycopg.rows
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import CannotJoin
from account_sanctions.infrastructure.hosts import DriverConnection
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from tests.integration.support import assert_sound, command, database, restrict, rows
from tests.postgres import fresh_database


@pytest.fixture
def sanctions(url: str) -> Iterator[Sanctions]:
    with Sanctions.open(url) as opened:
        yield opened


@pytest.fixture
def elsewhere(url: str, sanctions: Sanctions) -> Iterator[Engine]:  # noqa: ARG001 - the store is there first
    """The host's own engine on the same database; the store does not know of it."""
    made = create_engine(url)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE orders (name VARCHAR(20) PRIMARY KEY)"))
    yield made
    made.dispose()


def _connect(url: str) -> Any:
    if url.startswith("sqlite"):
        return sqlite3.connect(url.removeprefix("sqlite:///"))
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def test_engine_of_the_hosts_own_on_the_same_database(url: str, elsewhere: Engine, sanctions: Sanctions) -> None:
    with Session(elsewhere) as session, sanctions.joining(session) as joined:
        session.execute(text("INSERT INTO orders VALUES ('one')"))
        assert joined.execute(restrict()).accepted
        session.commit()
    assert sanctions.state("gh_1").version == 1
    assert_sound(url)


def test_connection_whose_rows_are_made_into_something_else_is_joined_all_the_same(
    url: str, sanctions: Sanctions
) -> None:
    def named(cursor: Any, row: Any) -> dict[str, Any]:
        return dict(zip([column[0] for column in cursor.description], row, strict=True))

    with closing(_connect(url)) as connection:
        connection.row_factory = named if url.startswith("sqlite") else psycopg.rows.dict_row
        with sanctions.joining(connection) as joined:
            assert joined.execute(restrict()).version == 1
            assert joined.execute_many([restrict(), command("note", text="seen")])[-1].version == 3
            assert not joined.may("gh_1", "mass_send")
            assert len(joined.history("gh_1").events) == 3
            assert list(joined.accounts()) == ["gh_1"]
            assert joined.statistics() is not None
            assert joined.sweep().events == 0
        cursor = connection.cursor()
        cursor.execute("SELECT 1 AS one")
        assert cursor.fetchone() == {"one": 1}, "the host's own rows are as it wants them"
        connection.commit()
    assert sanctions.state("gh_1").version == 3
    assert_sound(url)


def test_scoped_session(url: str, elsewhere: Engine, sanctions: Sanctions) -> None:
    session = scoped_session(sessionmaker(elsewhere))
    with sanctions.joining(session) as joined:
        joined.execute(restrict())
    session.rollback()
    session.remove()
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(0,)]


def test_connection_of_the_driver_commits_both_or_neither(url: str, elsewhere: Engine, sanctions: Sanctions) -> None:
    elsewhere.dispose()
    with closing(_connect(url)) as connection:
        for keep in (False, True):
            connection.execute("INSERT INTO orders VALUES ('one')")
            with sanctions.joining(connection) as joined:
                assert joined.execute(restrict(sanction="s-1")).version == 1
                with pytest.raises(Exception, match="nothing"):
                    joined.execute(command("lift", sanction="nothing", reason="no"))
                assert not joined.may("gh_1", "mass_send")
            assert sanctions.may("gh_1", "mass_send")
            if keep:
                connection.commit()
            else:
                connection.rollback()
    assert rows(url, "SELECT name FROM orders") == [("one",)]
    assert not sanctions.may("gh_1", "mass_send")
    assert_sound(url)


def test_connection_of_the_driver_in_which_nothing_was_done_yet(url: str, sanctions: Sanctions) -> None:
    with closing(_connect(url)) as connection:
        with sanctions.joining(connection) as joined:
            joined.execute(restrict())
        connection.rollback()
    assert sanctions.state("gh_1").version == 0


def test_connection_whose_cursors_put_parameters_into_the_text_themselves() -> None:
    url = fresh_database()
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with Sanctions.open(url) as sanctions, psycopg.connect(address, cursor_factory=psycopg.ClientCursor) as host:
        with sanctions.joining(host) as joined:
            assert all(joined.execute(restrict(sanction=f"s-{number}")).accepted for number in range(3))
            assert joined.execute_many([restrict("gh_2", sanction=f"s-{number}") for number in range(5)])[-1].accepted
            assert joined.state("gh_1").version == 3
        host.commit()
        assert sanctions.state("gh_2").version == 5
    assert_sound(url)


def test_connection_whose_cursors_want_other_parameters_is_refused() -> None:
    url = fresh_database()
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with Sanctions.open(url) as sanctions, psycopg.connect(address, cursor_factory=psycopg.RawCursor) as host:
        _refused(sanctions, host, "cursor_factory")


def test_connection_that_a_pool_lends(url: str, elsewhere: Engine, sanctions: Sanctions) -> None:
    lent = elsewhere.raw_connection()
    with sanctions.joining(lent) as joined:
        joined.execute(restrict())
    lent.commit()
    lent.close()
    assert sanctions.state("gh_1").version == 1
    assert_sound(url)


def test_connection_that_commits_each_statement_by_itself_is_refused(
    url: str, elsewhere: Engine, sanctions: Sanctions
) -> None:
    with elsewhere.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _refused(sanctions, connection, "by itself")
    with closing(_connect(url)) as driver:
        if isinstance(driver, sqlite3.Connection):
            driver.isolation_level = None
        else:
            driver.autocommit = True
        _refused(sanctions, driver, "by itself")
        driver.execute("BEGIN")
        with sanctions.joining(driver) as joined:
            joined.execute(restrict())
        driver.rollback()
    assert sanctions.state("gh_1").version == 0


def test_transaction_on_another_store_is_refused_before_its_hashes_are_spoilt(
    url: str, tmp_path: Path, sanctions: Sanctions
) -> None:
    other = database(tmp_path, "other.db") if url.startswith("sqlite") else fresh_database()
    with Sanctions.open(other) as theirs:
        theirs.execute(restrict())
    engine = create_engine(other)
    with engine.begin() as connection:
        _refused(sanctions, connection, "another sanctions store")
    engine.dispose()
    assert_sound(other)


def test_transaction_on_a_database_without_a_store_is_refused(url: str, tmp_path: Path, sanctions: Sanctions) -> None:
    engine = create_engine(database(tmp_path, "other.db") if url.startswith("sqlite") else fresh_database())
    with engine.begin() as connection:
        _refused(sanctions, connection, "without this store")
    engine.dispose()


def test_transaction_of_another_kind_of_database_is_refused(url: str, tmp_path: Path, sanctions: Sanctions) -> None:
    engine = create_engine(fresh_database() if url.startswith("sqlite") else database(tmp_path, "other.db"))
    with engine.begin() as connection:
        _refused(sanctions, connection, "no connection")
    engine.dispose()


@pytest.mark.parametrize("host", [None, "sqlite://", object()])
def test_what_is_no_transaction_is_refused(url: str, host: Any) -> None:
    with Sanctions.open(url) as sanctions:
        _refused(sanctions, host, "cannot be joined")


def test_connection_of_an_event_loop_is_refused_by_the_door_for_threads(url: str, sanctions: Sanctions) -> None:
    async def meanwhile() -> None:
        engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"))
        async with engine.connect() as connection:
            _refused(sanctions, connection, "AsyncSanctions")
            driver = (await connection.get_raw_connection()).driver_connection
            _refused(sanctions, driver, "cannot be joined")
        await engine.dispose()

    asyncio.run(meanwhile())


def test_connection_that_is_closed_is_refused(elsewhere: Engine, sanctions: Sanctions) -> None:
    connection = elsewhere.connect()
    connection.close()
    _refused(sanctions, connection, "over")


def test_transaction_that_its_host_has_ended_inside_a_block_of_its_own_is_refused(
    elsewhere: Engine, sanctions: Sanctions
) -> None:
    with elsewhere.connect() as connection, connection.begin() as transaction, sanctions.joining(connection) as joined:
        transaction.commit()
        with pytest.raises(CannotJoin, match="over"):
            joined.execute(restrict())
    assert sanctions.state("gh_1").version == 0


def _refused(sanctions: Sanctions, host: DriverConnection | Any, because: str) -> None:
    with pytest.raises(CannotJoin, match=because), sanctions.joining(host):
        pass
