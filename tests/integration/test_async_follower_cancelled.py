"""A follower that is cancelled, wherever it waits: its rows and its position are there together or not at all."""

from __future__ import annotations

import asyncio
import gc
import warnings
from contextlib import suppress
from itertools import count

import pytest
from account_sanctions.application import AsyncSanctions
from account_sanctions.application.asynchronous import AsyncBatch
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.integration.awaited import async_url
from tests.integration.awaited_following import INSERT, NEVER, PATIENCE, Seen, nothing, opened, position_of
from tests.integration.cancelling import assert_nothing_is_lent, cancelled_after
from tests.integration.following import CREATE, log_of, notes
from tests.integration.support import assert_sound, rows


@pytest.mark.parametrize("again", [False, True], ids=["once", "again_and_again"])
def test_follower_that_is_cancelled_at_any_point_keeps_rows_and_position_together(url: str, *, again: bool) -> None:
    async def at_every_point() -> None:
        async with opened(url, 400) as sanctions:
            log, seen, positions = log_of(url), Seen(url), set[int]()
            follower = sanctions.follow("seen", seen, 2)
            for steps in count(1):
                before = await position_of(follower)
                struck = await cancelled_after(steps, follower.step(), again=again)
                assert_nothing_is_lent(sanctions)
                after = await position_of(follower)
                assert after - before in (0, 2)
                assert seen.ids() == log[:after]
                positions.add(after)
                if not struck:
                    break
            assert len(positions) < steps - 2, "it was cancelled before its commit too"
            await follower.catch_up()
            assert (seen.ids(), await follower.parked()) == (log, [])

    asyncio.run(at_every_point())
    assert_sound(url)


def test_retry_of_parked_events_that_is_cancelled_at_any_point_hands_them_over_once(url: str) -> None:
    async def at_every_point() -> None:
        async with opened(url, 9) as sanctions:
            seen = Seen(url)
            follower = sanctions.follow("seen", seen, attempts=1, on_parked=lambda _: None)
            for steps in count(1):
                await follower.begin_again(_empty)
                seen.poison = {"gh_1/1"}
                await follower.catch_up()
                assert len(await follower.parked()) == 3
                seen.poison.clear()
                struck = await cancelled_after(steps, follower.retry_parked(), again=False)
                assert_nothing_is_lent(sanctions)
                left = len(await follower.parked())
                assert len(seen.ids()) == 9 - left
                assert left in (0, 3)
                if not struck:
                    break
            assert sorted(seen.ids()) == sorted(log_of(url))

    asyncio.run(at_every_point())


async def _empty(connection: AsyncConnection) -> None:
    await connection.execute(text("DELETE FROM seen"))


def test_rebuild_that_is_cancelled_goes_on_where_it_was(url: str) -> None:
    async def stopped() -> None:
        async with opened(url, 20) as sanctions:
            log, seen = log_of(url), Seen(url)
            rows(url, CREATE.replace("seen", "seen_new"))
            handed: list[str] = []

            async def beside(connection: AsyncConnection, batch: AsyncBatch) -> None:
                if len(handed) == 8 and not stop.is_set():
                    stop.set()
                    await asyncio.sleep(NEVER)
                handed.extend(event.id for event in batch)
                into = text(INSERT.text.replace("seen", "seen_new"))
                for event in batch:
                    place = {"part": event.partition, "at": event.position}
                    await connection.execute(into, {**place, "account": event.account, "version": event.version})

            async def swap(connection: AsyncConnection) -> None:
                await connection.execute(text("DROP TABLE seen"))
                await connection.execute(text("ALTER TABLE seen_new RENAME TO seen"))

            stop = asyncio.Event()
            follower = sanctions.follow("seen", seen, 4)
            await follower.catch_up()
            rebuilding = asyncio.create_task(follower.rebuild(beside, swap))
            await stop.wait()
            rebuilding.cancel()
            with pytest.raises(asyncio.CancelledError):
                await rebuilding
            assert_nothing_is_lent(sanctions)
            assert seen.ids() == log
            await follower.rebuild(beside, swap)
            assert (handed, seen.ids()) == (log, log)

    asyncio.run(stopped())


def test_follower_elsewhere_that_is_cancelled_gives_the_same_events_again_and_leaves_none_out(url: str) -> None:
    async def at_every_point() -> None:
        async with opened(url, 200) as sanctions:
            told: list[str] = []

            async def tell(batch: AsyncBatch) -> None:
                await asyncio.sleep(0)
                told.extend(event.id for event in batch)

            follower = sanctions.follow_elsewhere("told", tell, 2)
            for steps in count(1):
                struck = await cancelled_after(steps, follower.step(), again=False)
                assert_nothing_is_lent(sanctions)
                assert set(log_of(url)[: await position_of(follower)]) <= set(told)
                if not struck:
                    break
            await follower.catch_up()
            assert list(dict.fromkeys(told)) == log_of(url)

    asyncio.run(at_every_point())


def test_handler_that_swallows_a_cancellation_keeps_nothing_and_nobody_waits_for_ever(url: str) -> None:
    async def swallowed() -> None:
        async with opened(url, 6) as sanctions:
            seen = Seen(url)

            async def deaf(connection: AsyncConnection, batch: AsyncBatch) -> None:
                await seen(connection, batch)
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(NEVER)

            running = asyncio.create_task(sanctions.follow("seen", deaf).run())
            await asyncio.wait_for(seen.handed.wait(), PATIENCE)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(running, PATIENCE)
            assert seen.ids() == []
            assert_nothing_is_lent(sanctions)

    asyncio.run(swallowed())


def test_timeout_inside_a_handler_that_runs_out_while_the_follower_is_cancelled_does_not_save_it(url: str) -> None:
    async def at_the_same_moment() -> None:
        async with opened(url, 6) as sanctions:
            running: asyncio.Task[None] | None = None

            async def slow(_connection: AsyncConnection, _batch: AsyncBatch) -> None:
                loop = asyncio.get_running_loop()
                while True:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(NEVER) as limit:
                            if running is not None:
                                # Both in one turn of the loop, the timeout first.
                                limit.reschedule(loop.time() - 1)
                                loop.call_soon(running.cancel)
                            await asyncio.sleep(NEVER if running is not None else 0)

            running = asyncio.create_task(sanctions.follow("slow", slow).run())
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(running, PATIENCE)
            assert_nothing_is_lent(sanctions)

    asyncio.run(at_the_same_moment())


def test_cancellation_of_something_else_that_a_handler_waits_for_is_a_fault_like_any_other(url: str) -> None:
    async def waited() -> None:
        async with opened(url, 3) as sanctions:

            async def waits(_connection: AsyncConnection, batch: AsyncBatch) -> None:
                if any(event.account == "gh_1" for event in batch):
                    other = asyncio.create_task(asyncio.sleep(NEVER))
                    asyncio.get_running_loop().call_soon(other.cancel)
                    await other

            follower = sanctions.follow("waits", waits, attempts=1, on_parked=lambda _: None)
            assert await follower.catch_up() == 3
            ((parked),) = await follower.parked()
            assert (parked.id, parked.error) == (
                "gh_1/1",
                "RuntimeError: something was cancelled for which this waited",
            )

    asyncio.run(waited())


def test_database_in_memory_outlives_a_follower_that_was_cancelled() -> None:
    async def cancelled() -> None:
        async with await AsyncSanctions.open("sqlite://") as sanctions:
            await sanctions.execute_many(notes(5))

            async def writes(connection: AsyncConnection, _batch: AsyncBatch) -> None:
                await connection.execute(text("CREATE TABLE IF NOT EXISTS host (name TEXT)"))
                await connection.execute(text("INSERT INTO host VALUES ('x')"))

            for steps in count(1):
                follower = sanctions.follow(f"f-{steps}", writes)
                struck = await cancelled_after(steps, follower.step(), again=False)
                assert (await sanctions.state("gh_0")).version == 2
                assert await position_of(follower) in (0, 5)
                if not struck:
                    break

    asyncio.run(cancelled())


def test_task_that_is_cancelled_while_it_is_left_rolls_back_what_is_being_done(url: str) -> None:
    async def hurried() -> None:
        async with opened(url, 3) as sanctions:
            seen = Seen(url)

            async def slow(connection: AsyncConnection, batch: AsyncBatch) -> None:
                await seen(connection, batch)
                await asyncio.sleep(NEVER)

            async def host(*, leaves: bool) -> None:
                async with sanctions.follow("seen", slow):
                    await seen.handed.wait()
                    await asyncio.sleep(0 if leaves else NEVER)

            for leaves in (True, False):
                seen.handed.clear()
                hosting = asyncio.create_task(host(leaves=leaves))
                await seen.handed.wait()
                await asyncio.sleep(0.05)
                hosting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await asyncio.wait_for(hosting, PATIENCE)
                assert_nothing_is_lent(sanctions)
                assert seen.ids() == []

    asyncio.run(hurried())


def test_loop_that_ends_under_a_follower_leaves_the_store_sound(url: str) -> None:
    async def left_alone() -> None:
        sanctions = await AsyncSanctions.open(async_url(url))
        await sanctions.execute_many(notes(9))
        seen = Seen(url)
        sanctions.follow("seen", seen, 2, poll=0.01).start()
        await seen.handed.wait()

    async def afterwards() -> None:
        async with await AsyncSanctions.open(async_url(url)) as sanctions:
            follower = sanctions.follow("seen", nothing)
            assert len(rows(url, "SELECT * FROM seen")) == await position_of(follower)
            await follower.catch_up()

    with warnings.catch_warnings():
        # Whoever leaves a store open is warned by the driver, rightly; when, is a matter of what is collected when.
        warnings.simplefilter("ignore", ResourceWarning)
        asyncio.run(left_alone())
        gc.collect()
    asyncio.run(afterwards())
    assert_sound(url)
