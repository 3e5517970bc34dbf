"""A task that is cancelled, wherever it waits, leaves all of what it did or nothing, and its connection clean."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import AsyncSanctions
from account_sanctions.application.asynchronous.running import run
from account_sanctions.infrastructure.errors import StoreClosed
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.depth import depth
from tests.integration.awaited import async_url
from tests.integration.cancelling import assert_nothing_is_lent, cancelled_after, few_connections
from tests.integration.support import MovingClock, assert_sound, restrict, rows
from tests.postgres import fresh_database

Work = Callable[[AsyncSanctions, str], Awaitable[object]]


async def execute(sanctions: AsyncSanctions, name: str) -> object:
    return await sanctions.execute(_with_text("gh_1", name))


async def execute_many(sanctions: AsyncSanctions, name: str) -> object:
    return await sanctions.execute_many([_with_text(account, name) for account in ("gh_1", "gh_2", "gh_3")])


async def execute_joined(sanctions: AsyncSanctions, name: str) -> object:
    engine = AsyncEngine(sanctions.door.store.database.engine)
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO orders VALUES (:name)"), {"name": name})
        async with sanctions.joining(connection) as joined:
            return await joined.execute(_with_text("gh_1", name))


def _with_text(account: str, name: str) -> dict[str, Any]:
    return restrict(account, command_id=name, basis={"clause": "4", "facts": "seen"}, for_="P1D")


@pytest.mark.parametrize("again", [False, True], ids=["once", "again_and_again"])
@pytest.mark.parametrize("work", [execute, execute_many, execute_joined])
def test_command_that_is_cancelled_at_any_point_is_there_as_a_whole_or_not_at_all(
    url: str, work: Work, *, again: bool
) -> None:
    there: list[int] = []

    async def at_every_point() -> None:
        async with _opened(url) as sanctions:
            await work(sanctions, "first")
            for steps in count(1):
                name = f"c-{steps}"
                struck = await cancelled_after(steps, work(sanctions, name), again=again)
                assert_nothing_is_lent(sanctions)
                assert (await sanctions.may("nobody", "publish")).allowed
                there.append(_recorded(url, name))
                if not struck:
                    break
                again_sent = await sanctions.execute(_with_text("gh_1", name))
                assert again_sent.status == ("duplicate" if there[-1] else "accepted")

    asyncio.run(at_every_point())
    whole = there[-1]
    assert set(there) <= {0, whole}
    # A whole command is two statements on a server: there are not many points at which it waits.
    assert there.count(0) >= 2, "it was cancelled before its commit too"
    if work is execute_joined:
        orders = {name for (name,) in rows(url, "SELECT name FROM orders")}
        assert len(orders) == 1 + len([number for number in there if number])
    assert_sound(url)


def test_database_in_memory_outlives_a_command_that_was_cancelled() -> None:
    async def at_every_point() -> None:
        async with await AsyncSanctions.open("sqlite://") as sanctions:
            for steps in count(1):
                name = f"c-{steps}"
                struck = await cancelled_after(steps, execute(sanctions, name), again=False)
                await sanctions.execute(_with_text("gh_1", name))
                assert (await sanctions.state("gh_1")).version == steps
                if not struck:
                    break

    asyncio.run(at_every_point())


def test_sweep_that_is_cancelled_at_any_point_leaves_the_store_sound(url: str) -> None:
    clock = MovingClock()

    async def at_every_point() -> None:
        async with _opened(url, clock=clock) as sanctions:
            for steps in count(1):
                await sanctions.execute_many([restrict(f"gh_{number}", for_="P1D") for number in range(3)])
                clock.move(days=2)
                struck = await cancelled_after(steps, sanctions.sweep(), again=False)
                assert_nothing_is_lent(sanctions)
                if not struck:
                    break

    asyncio.run(at_every_point())
    assert_sound(url)


def test_opening_that_is_cancelled_at_any_point_leaves_a_store_or_none(url: str, tmp_path: Path) -> None:
    """On a new database every few steps: making the tables takes many."""

    async def at_many_points() -> None:
        for steps in count(1, depth(13, 1)):
            empty = fresh_database() if url.startswith("postgresql") else f"sqlite:///{tmp_path}/{steps}.db"
            opened: list[AsyncSanctions] = []

            async def work(target: str = empty, into: list[AsyncSanctions] = opened) -> None:
                into.append(await AsyncSanctions.open(async_url(target)))

            struck = await cancelled_after(steps, work(), again=False)
            for sanctions in opened:
                await sanctions.close()
            async with await AsyncSanctions.open(async_url(empty)) as sanctions:
                assert (await sanctions.execute(restrict())).version == 1
            assert_sound(empty)
            if not struck:
                break

    asyncio.run(at_many_points())


# A host that closes nothing is told so, and a thread of aiosqlite may find its loop gone: what counts is what is in the store.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_loop_that_ends_under_a_command_leaves_the_store_sound(url: str) -> None:
    async def left_alone() -> None:
        engine = few_connections(url)
        sanctions = await AsyncSanctions.open(engine)
        started = [asyncio.create_task(sanctions.execute(_with_text(f"gh_{n}", "left"))) for n in range(3)]
        await asyncio.wait(started, timeout=0.001)

    async def afterwards() -> None:
        async with _opened(url, tables=False) as sanctions:
            assert (await sanctions.execute(restrict("gh_9"))).accepted

    asyncio.run(left_alone())
    gc.collect()
    asyncio.run(afterwards())
    assert_sound(url)


def test_task_that_waits_for_a_lock_ends_when_it_is_cancelled_and_the_others_go_on_meanwhile(url: str) -> None:
    async def waited() -> None:
        async with _opened(url) as sanctions, AsyncEngine(sanctions.door.store.database.engine).connect() as other:
            await other.execute(text("SELECT 1"))
            async with sanctions.joining(other) as joined:
                await joined.execute(restrict("gh_1"))
                waiting = asyncio.create_task(sanctions.execute(restrict("gh_1")))
                assert (await sanctions.may("gh_1", "publish")).allowed
                done, _ = await asyncio.wait((waiting,), timeout=0.05)
                assert not done
                waiting.cancel()
                await other.rollback()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
            assert (await sanctions.execute(restrict("gh_1"))).accepted

    asyncio.run(waited())
    assert_sound(url)


def test_store_is_closed_when_nobody_uses_a_connection_any_more(url: str) -> None:
    """Else the event loop may end while a connection is thrown away, and wait for that for ever."""
    said: list[str] = []

    async def closed() -> None:
        sanctions = await AsyncSanctions.open(async_url(url))
        database = sanctions.door.store.database
        begun, go_on = database.make_event(), database.make_event()

        def read() -> None:
            with database.asking() as cursor:
                begun.set()
                go_on.wait()
                cursor.execute("SELECT count(*) FROM sanctions_meta")
                said.append(f"read {cursor.fetchall()[0][0]}")

        async def close() -> None:
            await sanctions.close()
            said.append("closed")

        reading = asyncio.create_task(run(read))
        while not begun.is_set():
            await asyncio.sleep(0)
        closing = asyncio.create_task(close())
        while not database.is_closed():
            await asyncio.sleep(0)
        with pytest.raises(StoreClosed):
            await sanctions.may("gh_1", "publish")
        assert not closing.done()
        go_on.set()
        await asyncio.gather(reading, closing)

    asyncio.run(closed())
    assert said == ["read 3", "closed"]


class _opened:  # noqa: N801 - used as a function
    """A store over an engine of the host with few connections: one that is not given back is missed at once."""

    def __init__(self, url: str, *, tables: bool = True, **options: Any) -> None:
        self._url, self._tables, self._options = url, tables, options

    async def __aenter__(self) -> AsyncSanctions:
        self._engine = few_connections(self._url)
        if self._tables:
            async with self._engine.begin() as connection:
                await connection.execute(text("CREATE TABLE orders (name VARCHAR(20) PRIMARY KEY)"))
        self._sanctions = await AsyncSanctions.open(self._engine, **self._options)
        return self._sanctions

    async def __aexit__(self, *_: object) -> None:
        await self._sanctions.close()
        await self._engine.dispose()


def _recorded(url: str, name: str) -> int:
    return int(rows(url, "SELECT count(*) FROM sanctions_commands WHERE command_id = ?", name)[0][0])
