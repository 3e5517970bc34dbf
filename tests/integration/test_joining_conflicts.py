"""Others in the way of a host's transaction: decided again inside where that can help, else the host starts again."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import CannotJoin, HostMustRestart, StoreBusy
from account_sanctions.infrastructure.restarting import must_restart
from psycopg.errors import DeadlockDetected
from sqlalchemy import Connection, Engine, create_engine, event, text

from tests.integration.support import assert_sound, restrict, rows

BOTH_WAYS = ("a", "b")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """The host's engine. On SQLite its transactions are begun as SQLAlchemy's manual says, and not for writing."""
    made = create_engine(url)
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _leave_beginning_to_us)
        event.listen(made, "begin", _begin)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE orders (name VARCHAR(20) PRIMARY KEY)"))
    yield made
    made.dispose()


def _leave_beginning_to_us(connection: Any, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL").close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


@pytest.fixture
def sanctions(engine: Engine) -> Iterator[Sanctions]:
    with Sanctions.open(engine) as opened:
        yield opened


@pytest.fixture
def host(engine: Engine, isolation: str | None) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level=isolation) if isolation else connection


def _order(connection: Connection, name: str) -> None:
    connection.execute(text("INSERT INTO orders VALUES (:name)"), {"name": name})


def _interrupted(joined: Sanctions, sanctions: Sanctions) -> None:
    """A command between whose reading and writing somebody else writes the account."""
    load, first = joined.store.read, [True]

    def interrupted(*given: Any) -> Any:
        found = load(*given)
        if first:
            first.clear()
            sanctions.execute(restrict(sanction="theirs"))
        return found

    joined.store.__dict__["read"] = interrupted
    joined.execute(restrict(sanction="ours"))


@pytest.mark.parametrize(("url", "isolation"), [("postgres", "READ COMMITTED")], indirect=["url"])
def test_conflict_is_decided_again_inside_where_the_next_reading_sees_more(
    url: str, host: Connection, sanctions: Sanctions
) -> None:
    with sanctions.joining(host) as joined:
        _order(host, "one")
        _interrupted(joined, sanctions)
        _order(host, "two")
    host.commit()
    assert rows(url, "SELECT name FROM orders ORDER BY name") == [("one",), ("two",)]
    assert [sanction.id for sanction in sanctions.state("gh_1").sanctions] == ["theirs", "ours"]
    assert_sound(url)


KEPT_SNAPSHOTS = [("postgres", "REPEATABLE READ"), ("postgres", "SERIALIZABLE"), ("sqlite", None)]


@pytest.mark.parametrize(("url", "isolation"), KEPT_SNAPSHOTS, indirect=["url"])
def test_conflict_under_a_kept_snapshot_asks_for_a_new_transaction_and_that_succeeds(
    url: str, host: Connection, sanctions: Sanctions
) -> None:
    with sanctions.joining(host) as joined:
        joined.state("gh_1")
        with pytest.raises(HostMustRestart) as caught:
            _interrupted(joined, sanctions)
    assert caught.value.retriable
    assert must_restart(caught.value)
    assert host.scalar(text("SELECT count(*) FROM orders")) == 0  # still alive
    host.rollback()
    with sanctions.joining(host) as joined:
        assert joined.execute(restrict(sanction="ours")).version == 2
    host.commit()
    assert_sound(url)


@pytest.mark.parametrize(("url", "isolation"), KEPT_SNAPSHOTS, indirect=["url"])
def test_snapshot_that_is_stale_before_the_command_asks_for_a_new_transaction(
    url: str, host: Connection, sanctions: Sanctions
) -> None:
    sanctions.execute(restrict(sanction="first"))
    with sanctions.joining(host) as joined:
        assert joined.state("gh_1").version == 1
        sanctions.execute(restrict(sanction="theirs"))
        assert joined.state("gh_1").version == 1
        with pytest.raises(HostMustRestart):
            joined.execute(restrict(sanction="ours"))
    host.rollback()
    assert sanctions.state("gh_1").version == 2
    assert_sound(url)


@pytest.mark.parametrize(("url", "isolation"), [("sqlite", None)], indirect=["url"])
def test_writer_that_holds_the_file_is_waited_for_and_then_the_host_starts_again(
    host: Connection, engine: Engine, sanctions: Sanctions
) -> None:
    host.exec_driver_sql("PRAGMA busy_timeout = 1")
    host.rollback()
    with engine.connect() as other, sanctions.joining(host) as joined:
        _order(other, "theirs")
        with pytest.raises(HostMustRestart):
            joined.execute(restrict())
        other.rollback()
    host.rollback()
    with sanctions.joining(host) as joined:
        assert joined.execute(restrict()).version == 1


@pytest.mark.parametrize(("url", "isolation"), [("postgres", "REPEATABLE READ")], indirect=["url"])
def test_lock_that_is_not_given_in_time_is_no_reason_to_start_again(
    host: Connection, engine: Engine, sanctions: Sanctions
) -> None:
    with engine.connect() as other, sanctions.joining(other) as theirs:
        theirs.execute(restrict(sanction="theirs"))
        with sanctions.joining(host) as joined:
            host.execute(text("SET LOCAL lock_timeout = '20ms'"))
            with pytest.raises(StoreBusy) as caught:
                joined.execute(restrict(sanction="ours"))
            assert caught.value.retriable
            other.rollback()
            assert joined.execute(restrict(sanction="ours")).version == 1
        host.commit()
    assert sanctions.state("gh_1").version == 1


@pytest.mark.parametrize(("url", "isolation"), [("postgres", "READ COMMITTED")], indirect=["url"])
def test_question_that_fails_has_ended_the_transaction_and_says_so(
    host: Connection, engine: Engine, sanctions: Sanctions
) -> None:
    with engine.connect() as other, sanctions.joining(host) as joined:
        other.execute(text("LOCK TABLE sanctions_intervals IN ACCESS EXCLUSIVE MODE"))
        host.execute(text("SET LOCAL lock_timeout = '20ms'"))
        with pytest.raises(HostMustRestart):
            joined.may("gh_1", "mass_send")
        with pytest.raises(CannotJoin, match="roll it back"):
            joined.execute(restrict())
        other.rollback()
        host.rollback()
        assert joined.execute(restrict()).version == 1


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_deadlock_asks_one_host_to_start_again_and_lets_the_other_through(
    url: str, engine: Engine, sanctions: Sanctions
) -> None:
    meet = Barrier(2)

    def work(mine: str, other: str) -> HostMustRestart | None:
        with engine.connect() as connection:
            connection.execute(text("SET deadlock_timeout = '30ms'"))
            with sanctions.joining(connection) as joined:
                joined.execute(restrict(mine, sanction=f"{mine}-by-{mine}"))
                meet.wait(30)
                try:
                    joined.execute(restrict(other, sanction=f"{other}-by-{mine}"))
                except HostMustRestart as error:
                    connection.rollback()
                    return error
            connection.commit()
            return None

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(work, BOTH_WAYS, reversed(BOTH_WAYS)))
    (lost,) = [error for error in found if error is not None]
    assert must_restart(lost)
    assert isinstance(lost.__cause__, DeadlockDetected)
    assert [sanctions.state(name).version for name in BOTH_WAYS] == [1, 1]
    assert_sound(url)


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_hosts_that_decided_on_what_the_other_changed_are_not_both_committed_when_serializable(
    url: str, engine: Engine, sanctions: Sanctions
) -> None:
    """Each restricts one account because the other is free: a serial order would have restricted only one."""
    failed: list[BaseException] = []
    with engine.connect() as first, engine.connect() as second:
        hosts = [connection.execution_options(isolation_level="SERIALIZABLE") for connection in (first, second)]
        with sanctions.joining(hosts[0]) as one, sanctions.joining(hosts[1]) as two:
            for joined, looked_at in zip((one, two), BOTH_WAYS, strict=True):
                assert joined.may(looked_at, "mass_send")
            for connection, joined, restricted in zip(hosts, (one, two), reversed(BOTH_WAYS), strict=True):
                try:
                    joined.execute(restrict(restricted))
                    connection.commit()
                except Exception as error:  # noqa: BLE001 - which of them it is, is the database's choice
                    connection.rollback()
                    failed.append(error)
    (only,) = failed
    assert must_restart(only)
    assert sorted(sanctions.state(name).version for name in BOTH_WAYS) == [0, 1]
    assert_sound(url)


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_host_that_takes_its_time_holds_up_no_other_account(engine: Engine, sanctions: Sanctions) -> None:
    """Not even the first one of a new store, which is the first to write the policy."""
    with engine.connect() as slow, sanctions.joining(slow) as joined:
        joined.execute(restrict("a"))
        with engine.connect() as other, sanctions.joining(other) as quick:
            other.execute(text("SET LOCAL lock_timeout = '1ms'"))
            assert quick.execute(restrict("b")).version == 1
            other.commit()
        assert sanctions.execute(restrict("c")).version == 1
        slow.commit()


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_host_needs_no_second_connection_of_its_engine(url: str, engine: Engine) -> None:
    small = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=0)
    with Sanctions.open(small) as opened, small.connect() as only, opened.joining(only) as joined:
        assert joined.execute(restrict()).version == 1
        assert not joined.may("gh_1", "mass_send")
        only.commit()
        assert rows(url, "SELECT count(*) FROM sanctions_policies") == [(1,)]
    small.dispose()
    engine.dispose()


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_host_with_one_connection_never_waits_for_a_second_one(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when a connection broke before, and what was known to be in the database is written again."""

    def waits() -> None:
        pytest.fail("the only connection of the pool is the host's: who waits for another one waits for itself")

    small = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=600)
    with Sanctions.open(small) as opened:
        opened.store.database.suspect_all()
        opened.store._known_policies.clear()
        with small.connect() as only:
            monkeypatch.setattr(small, "raw_connection", waits)
            with opened.joining(only) as joined:
                assert joined.execute(restrict()).version == 1
            only.commit()
            monkeypatch.undo()
        assert rows(url, "SELECT count(*) FROM sanctions_policies") == [(1,)]
    small.dispose()


def test_error_that_has_nothing_to_do_with_others_is_no_reason_to_start_again() -> None:
    assert not must_restart(ValueError("no"))
    wrapped = RuntimeError("wrapped")
    wrapped.__cause__ = HostMustRestart("others")
    assert must_restart(wrapped)
    circle = RuntimeError("circle")
    circle.__cause__ = circle
    assert not must_restart(circle)
