"""Followers that are killed at any moment, and a follower beside writers who conflict, roll back and commit late."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random
from threading import Event

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import VersionConflict
from sqlalchemy import text

from tests.depth import depth
from tests.integration.following import CREATE, Seen, log_of, notes, open_with_notes
from tests.integration.processes import line, tell, worker
from tests.integration.support import assert_sound, command, restrict, rows
from tests.integration.waiting import until
from tests.postgres import fresh_database

_CYCLES = depth(12, 2000)
# How often each entry of the log was handled, beside the position: rows and position are one transaction.
_HANDLED = """
SELECT log.position, count(seen.at), coalesce((SELECT max(position) FROM sanctions_followers), 0) FROM sanctions_log AS log
LEFT JOIN seen ON seen.at = log.position AND seen.account = log.account AND seen.version = log.version
GROUP BY log.position ORDER BY log.position
"""
_EACH = depth(30, 3000)
_RUNS = depth(1, 4)
_WRITERS = 8

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


def _run_and_kill(zygote: subprocess.Popen[bytes], order: str, said: int) -> None:
    """Run a follower until it has said so much, or at most until it has nothing left to say, and kill it."""
    tell(zygote, order)
    victim = int(line(zygote).removeprefix("pid "))
    for _ in range(said):
        line(zygote)
    os.kill(victim, signal.SIGKILL)
    while not (last := line(zygote)).startswith("ended"):
        pass
    assert last == f"ended {-signal.SIGKILL}"


def test_killed_follower_has_handled_every_event_exactly_once(url: str) -> None:
    random = Random(7)  # noqa: S311 - moments to kill at
    with open_with_notes(url, 6) as sanctions, worker("follower_worker.py") as zygote:
        rows(url, CREATE)
        assert line(zygote) == "ready"
        for cycle in range(_CYCLES):
            _run_and_kill(zygote, f"{url} once", random.randrange(9))
            handled = rows(url, _HANDLED)
            assert [times for _, times, _ in handled] == [int(at <= position) for at, _, position in handled]
            sanctions.execute_many(notes(6, start=6 * cycle))
            sanctions.store.settle_log()
        already = len(_seen(url))
        assert already > _CYCLES, "some transactions were committed between the kills"
    with Sanctions.open(url) as sanctions:
        sanctions.follow("seen", _insert).catch_up()
    assert _seen(url) == log_of(url)
    assert len(log_of(url)) == 6 * (_CYCLES + 1)


def _insert(connection: object, batch: object) -> None:
    from tests.integration.follower_worker import once

    once(connection, batch)  # type: ignore[arg-type]


def _seen(url: str) -> list[str]:
    found = rows(url, "SELECT account, version FROM seen ORDER BY part, at")
    return [f"{account}/{version}" for account, version in found]


def test_killed_follower_elsewhere_has_told_every_event_at_least_once_and_in_order(url: str, tmp_path: Path) -> None:
    random = Random(8)  # noqa: S311 - moments to kill at
    told = tmp_path / "told"
    with open_with_notes(url, 6) as sanctions, worker("follower_worker.py") as zygote:
        assert line(zygote) == "ready"
        for cycle in range(_CYCLES // 3):
            _run_and_kill(zygote, f"{url} elsewhere {told}", random.randrange(5))
            sanctions.execute_many(notes(6, start=6 * cycle))
            sanctions.store.settle_log()
        _run_and_kill(zygote, f"{url} elsewhere {told}", 6 + 2)
    with Sanctions.open(url) as sanctions:
        (position,) = (at for (at,) in rows(url, "SELECT position FROM sanctions_followers"))
    ids = told.read_text().split()
    places = [log_of(url).index(name) for name in ids]
    assert set(places) >= set(range(position)), "what counts as handled was told"
    for before, after in itertools.pairwise(places):
        assert after <= before + 1, "nothing was left out on the way; at most a batch was told again"


def test_follower_that_is_paused_within_its_transaction_loses_it_to_another_and_repeats_nothing() -> None:
    url = fresh_database()
    with open_with_notes(url, 3) as sanctions, worker("follower_worker.py") as zygote:
        rows(url, CREATE)
        assert line(zygote) == "ready"
        tell(zygote, f"{url} once")
        victim = int(line(zygote).removeprefix("pid "))
        assert line(zygote) == "in"
        os.kill(victim, signal.SIGSTOP)
        try:
            second = sanctions.follow("seen", _insert)
            until(second.catch_up)
        finally:
            os.kill(victim, signal.SIGCONT)
        sanctions.execute_many(notes(3, start=3))
        sanctions.store.settle_log()
        until(lambda: len(_seen(url)) == 6)
        os.kill(victim, signal.SIGKILL)
    assert _seen(url) == log_of(url)


@pytest.mark.parametrize("partitions", [1, 4])
@pytest.mark.parametrize("run", range(_RUNS))
def test_follower_beside_eight_writers_misses_and_reorders_nothing(url: str, partitions: int, run: int) -> None:
    done = Event()
    with Sanctions.open(url, partitions=partitions) as sanctions, sanctions.sequencing():
        sanctions.execute(restrict("gh_0"))
        seen = Seen(url)
        follower = sanctions.follow("seen", seen, 50)

        def write(writer: int) -> None:
            random = Random(100 * run + writer)  # noqa: S311 - what happens when
            for number in range(_EACH):
                account = f"gh_{random.randrange(6)}"
                # Who meets others too often is told to come again, and this one does not.
                with suppress(VersionConflict):
                    match random.randrange(6):
                        case 0:
                            sanctions.execute_many(notes(3, start=number))
                        case 1:
                            _in_host_transaction(sanctions, account, commit=random.choice([True, False]))
                        case _:
                            sanctions.execute(command("note", account, text="seen"))

        def tail() -> None:
            while not done.is_set():
                follower.step()

        with ThreadPoolExecutor(_WRITERS + 1) as pool:
            reading = pool.submit(tail)
            try:
                for writing in [pool.submit(write, number) for number in range(_WRITERS)]:
                    writing.result()
            finally:
                done.set()
            reading.result()
        sanctions.store.settle_log()
        follower.catch_up()
        assert follower.status().behind == 0
    log = log_of(url)
    assert seen.ids() == log
    assert len(log) == len(set(log)) >= _EACH * _WRITERS
    for account in {name.partition("/")[0] for name in log}:
        versions = [int(name.partition("/")[2]) for name in log if name.startswith(f"{account}/")]
        assert versions == list(range(1, len(versions) + 1))
    if partitions == 1:
        assert_sound(url)


def _in_host_transaction(sanctions: Sanctions, account: str, *, commit: bool) -> None:
    """A host that takes its transaction's number early, and perhaps thinks better of it."""
    engine = sanctions.store.database.engine
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # The connections of the store's own engine begin nothing by themselves.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        with sanctions.joining(connection) as joined:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_current_xact_id()"))
            joined.execute(command("note", account, text="by the host"))
            joined.execute(command("note", "gh_host", text="by the host"))
        if commit:
            connection.commit()
        else:
            connection.rollback()
