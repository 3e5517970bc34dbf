"""What only PostgreSQL does: guards that every session meets, a log behind a sequencer, many processes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import psycopg
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.sequencing import Sequencer, partition_of
from sqlalchemy.engine import make_url

from tests.integration.support import assert_sound, command, restrict, rows
from tests.postgres import fresh_store


@pytest.fixture
def url() -> str:
    return fresh_store()


def _connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


@pytest.mark.parametrize("table", ["sanctions_events", "sanctions_log", "sanctions_policies"])
@pytest.mark.parametrize("attack", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}"])
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_append_only_table_refuses_to_be_changed(url: str, table: str, attack: str, role: str) -> None:
    with Sanctions.open(url) as sanctions:
        sanctions.execute(restrict())
        sanctions.store.settle_log()
    column = {"sanctions_events": "topic", "sanctions_log": "account", "sanctions_policies": "body"}[table]
    with _connect(url) as connection:
        connection.execute(f"SET session_replication_role = {role}".encode())
        with pytest.raises(psycopg.errors.RestrictViolation, match="may only be added to"):
            connection.execute(attack.format(table, column).encode())
    assert rows(url, f"SELECT count(*) FROM {table}")[0][0] >= 1  # noqa: S608


def test_log_names_every_event_once_and_in_the_order_of_its_account(url: str) -> None:
    with Sanctions.open(url) as sanctions:
        for number in range(40):
            sanctions.execute(command("note", f"gh_{number % 3}", text="seen"))
        assert sanctions.store.sequencer is not None
        assert sanctions.store.sequencer.backlog().total == 40
        assert sanctions.store.sequencer.catch_up() == 40
        assert sanctions.store.sequencer.backlog().total == 0
    assert_sound(url)
    log = rows(url, "SELECT account, version FROM sanctions_log ORDER BY position")
    assert all([v for a, v in log if a == name] == sorted(v for a, v in log if a == name) for name in ("gh_0", "gh_1"))


def test_tailing_reader_misses_and_reorders_nothing_beside_eight_writers(url: str) -> None:
    each, writers = 150, 8
    done = Event()
    with Sanctions.open(url) as sanctions:
        assert sanctions.store.sequencer is not None
        sequencer: Sequencer = sanctions.store.sequencer
        database = sanctions.store.database
        seen: list[tuple[str, int]] = []

        def write(writer: int) -> None:
            for number in range(each):
                sanctions.execute(command("note", f"gh_{(writer + number) % 5}", text="seen"))

        def tail() -> None:
            position = 0
            while True:
                last = done.is_set()
                sequencer.catch_up()
                with database.asking() as cursor:
                    cursor.execute(
                        "SELECT position, account, version FROM sanctions_log WHERE position > %s ORDER BY position",
                        (position,),
                    )
                    for at, account, version in cursor.fetchall():
                        assert at == position + 1, "a gap in the log"
                        position = at
                        seen.append((account, version))
                if last:
                    return

        with ThreadPoolExecutor(writers + 1) as pool:
            reading = pool.submit(tail)
            for writing in [pool.submit(write, number) for number in range(writers)]:
                writing.result()
            done.set()
            reading.result()
    assert len(seen) == len(set(seen)) == each * writers
    for account in {name for name, _ in seen}:
        versions = [version for name, version in seen if name == account]
        assert versions == list(range(1, len(versions) + 1))
    assert_sound(url)


def test_eight_openings_of_an_empty_database_at_once_make_one_store(url: str) -> None:
    def opened(_: int) -> str:
        with Sanctions.open(url) as sanctions:
            return sanctions.store.identity.store_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(opened, range(8)))) == 1


def test_partition_of_an_account_never_changes() -> None:
    assert [partition_of(name, 4) for name in ("gh_1", "gh_2", "gh_3", "gh_4")] == [3, 1, 3, 0]
    assert {partition_of(f"gh_{number}", 4) for number in range(50)} == {0, 1, 2, 3}
    assert partition_of("gh_1", 1) == 0
