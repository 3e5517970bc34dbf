"""Transactions that get in each other's way: deadlocks, serialisation failures, locks that somebody keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import HostMustRestart, StoreBusy
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from tests.integration.support import assert_sound, command, restrict, rows
from tests.postgres import fresh_store


@pytest.fixture
def url() -> str:
    return fresh_store()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = create_engine(_with(url, "-c deadlock_timeout=50ms"))
    yield made
    made.dispose()


def _with(url: str, options: str) -> str:
    return make_url(url).update_query_dict({"options": options}).render_as_string(hide_password=False)


def _waits(url: str) -> bool:
    return bool(rows(url, "SELECT 1 FROM pg_locks WHERE NOT granted"))


def test_open_transaction_of_a_host_holds_up_nobody_on_other_accounts(url: str, engine: Engine) -> None:
    """Not even on a store in which nothing was decided before, so that the policy's text is new to it."""
    with Sanctions.open(engine) as sanctions, Sanctions.open(_with(url, "-c lock_timeout=100ms")) as other:
        with engine.begin() as connection, sanctions.joining(connection) as joined:
            joined.execute(restrict("gh_1"))
            assert other.execute(restrict("gh_2")).status == "accepted"
            assert [one.status for one in other.execute_many([restrict("gh_3")])] == ["accepted"]
            with other.store.database.engine.begin() as second, other.joining(second) as also:
                assert also.execute(restrict("gh_4")).status == "accepted"
        assert not sanctions.may("gh_1", "mass_send")
    assert rows(url, "SELECT count(*) FROM sanctions_policies") == [(1,)]
    assert_sound(url)


def test_one_of_two_hosts_that_take_accounts_in_opposite_orders_is_told_to_restart_and_the_other_goes_on(
    url: str, engine: Engine
) -> None:
    with Sanctions.open(engine) as sanctions, ThreadPoolExecutor(1) as pool:
        with engine.connect() as one, engine.connect() as other:
            with sanctions.joining(one) as first, sanctions.joining(other) as second:
                first.execute(restrict("gh_1", command_id="1"))
                second.execute(restrict("gh_2", command_id="2"))
                waiting = pool.submit(_told, lambda: first.execute(restrict("gh_2", command_id="3")), one)
                while not _waits(url):
                    assert not waiting.done()
                told = [_told(lambda: second.execute(restrict("gh_1", command_id="4")), other)]
                told.append(waiting.result(timeout=60))
            one.commit()
            other.commit()
        assert sorted(told) == [False, True]
        sanctions.execute_many([restrict(name) for name in ("gh_1", "gh_2")])
    assert_sound(url)
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(4,)]


def _told(attempt: Callable[[], object], connection: Connection) -> bool:
    """Whether the host has to start again; then it begins by giving up what it has."""
    try:
        attempt()
    except HostMustRestart:
        connection.rollback()
        return True
    return False


def test_batches_that_take_accounts_in_opposite_orders_are_all_accepted(url: str) -> None:
    names = [f"gh_{number}" for number in range(8)]
    with Sanctions.open(_with(url, "-c deadlock_timeout=20ms")) as sanctions, ThreadPoolExecutor(4) as pool:

        def send(writer: int) -> list[str]:
            order = names if writer % 2 else names[::-1]
            given = [restrict(name, command_id=f"{writer}-{turn}-{name}") for turn in range(4) for name in order]
            return [outcome.status for outcome in sanctions.execute_many(given)]

        for statuses in pool.map(send, range(4)):
            assert set(statuses) == {"accepted"}
    assert_sound(url)
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(4 * 4 * 8,)]


def test_question_that_cannot_be_serialised_asks_for_a_new_transaction(url: str, engine: Engine) -> None:
    """The host's own writes and the store's rows are one transaction: where it fails, it fails as a whole."""
    with Sanctions.open(engine) as sanctions:
        sanctions.execute(command("note", "gh_1", text="-"))
        sanctions.execute(command("note", "gh_2", text="-"))
        serial = {"isolation_level": "SERIALIZABLE"}
        with (
            engine.connect().execution_options(**serial) as one,
            engine.connect().execution_options(**serial) as other,
        ):
            with sanctions.joining(one) as first, sanctions.joining(other) as second:
                first.state("gh_1")
                second.state("gh_2")
                second.execute(restrict("gh_1", sanction="theirs"))
                other.commit()
                first.state("gh_2")
                with pytest.raises(HostMustRestart) as caught:
                    first.execute(restrict("gh_1", sanction="ours"))
            assert caught.value.retriable
            one.rollback()
            with sanctions.joining(one) as again:
                assert again.execute(restrict("gh_1", sanction="ours")).status == "accepted"
            one.commit()
    assert_sound(url)


def test_commit_of_a_host_that_cannot_be_serialised_keeps_nothing_and_can_be_done_again(
    url: str, engine: Engine
) -> None:
    serial = {"isolation_level": "SERIALIZABLE"}
    with Sanctions.open(engine) as sanctions:
        for name in ("gh_1", "gh_2"):
            sanctions.execute(command("note", name, text="-"))
        with (
            engine.connect().execution_options(**serial) as one,
            engine.connect().execution_options(**serial) as other,
        ):
            # Each reads what the other writes: neither order of the two would have given both answers.
            with sanctions.joining(one) as first, sanctions.joining(other) as second:
                assert first.may("gh_2", "mass_send")
                assert second.may("gh_1", "mass_send")
                first.execute(restrict("gh_1", command_id="one"))
                second.execute(restrict("gh_2", command_id="two"))
            one.commit()
            with pytest.raises(OperationalError) as caught:
                other.commit()
            assert isinstance(caught.value.orig, psycopg.errors.SerializationFailure)
            other.rollback()
            assert sanctions.may("gh_2", "mass_send")
            with sanctions.joining(other) as second:
                assert not second.may("gh_1", "mass_send"), "now it sees the other one"
                assert second.execute(restrict("gh_2", command_id="two")).status == "accepted"
            other.commit()
    assert_sound(url)


@pytest.mark.parametrize("level", ["serializable", "repeatable read"])
def test_database_whose_transactions_are_stricter_by_default_gives_the_same_outcomes(url: str, level: str) -> None:
    option = level.replace(" ", "\\ ")
    with Sanctions.open(_with(url, f"-c default_transaction_isolation={option}")) as sanctions:

        def send(writer: int) -> list[str]:
            given = [restrict(f"gh_{number % 3}", command_id=f"{writer}-{number}") for number in range(12)]
            return [str(sanctions.execute(one).status) for one in given[:8]] + [
                outcome.status for outcome in sanctions.execute_many(given[8:])
            ]

        with ThreadPoolExecutor(4) as pool:
            for statuses in pool.map(send, range(4)):
                assert statuses == ["accepted"] * 12
    assert_sound(url)
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(48,)]


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_account_that_a_host_keeps_to_itself_is_busy_after_a_time_and_free_afterwards(
    url: str, engine: Engine, limit: str
) -> None:
    with Sanctions.open(engine) as host, Sanctions.open(_with(url, f"-c {limit}=50ms")) as sanctions:
        with engine.begin() as connection, host.joining(connection) as joined:
            joined.execute(restrict("gh_1", command_id="theirs"))
            with pytest.raises(StoreBusy) as caught:
                sanctions.execute(restrict("gh_1", command_id="ours"))
            assert caught.value.retriable
            assert sanctions.may("gh_1", "mass_send"), "reading waits for nobody"
            assert sanctions.execute(restrict("gh_2")).status == "accepted"
        assert sanctions.execute(restrict("gh_1", command_id="ours")).status == "accepted"
    assert_sound(url)


def test_connections_of_the_store_have_limits_and_those_of_a_url_go_before(url: str) -> None:
    def shown(sanctions: Sanctions) -> list[str]:
        with sanctions.store.database.asking() as cursor:
            found = []
            for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SHOW {name}")
                found.append(cursor.fetchone()[0])
            return found

    with Sanctions.open(url) as sanctions:
        assert shown(sanctions) == ["30s", "5min"]
    with Sanctions.open(_with(url, "-c lock_timeout=7s")) as sanctions:
        assert shown(sanctions) == ["7s", "0"]


def test_host_that_meets_a_kept_lock_inside_its_transaction_lives_on(url: str, engine: Engine) -> None:
    impatient = create_engine(_with(url, "-c lock_timeout=50ms"))
    with Sanctions.open(engine) as sanctions, engine.begin() as kept, sanctions.joining(kept) as joined:
        joined.execute(restrict("gh_1"))
        with (
            Sanctions.open(impatient) as other,
            impatient.begin() as connection,
            other.joining(connection) as second,
        ):
            second.execute(restrict("gh_2"))
            with pytest.raises(StoreBusy):
                second.execute(restrict("gh_1"))
            second.execute(restrict("gh_3"))
    impatient.dispose()
    assert rows(url, "SELECT account FROM sanctions_events ORDER BY account") == [("gh_1",), ("gh_2",), ("gh_3",)]
    assert_sound(url)
