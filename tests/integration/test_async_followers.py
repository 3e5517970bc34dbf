"""Followers among the tasks of an event loop: told, stopped, woken, and none of them holds the loop up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from account_sanctions.application import AsyncSanctions
from account_sanctions.application.asynchronous import AsyncBatch
from account_sanctions.application.following import HandlerCommitted, TryLater
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.integration.awaited import async_url
from tests.integration.awaited_following import NEVER, PATIENCE, Seen, nothing, opened, until
from tests.integration.cancelling import assert_nothing_is_lent
from tests.integration.following import log_of, notes


def test_poisoned_event_is_told_by_a_coroutine_and_the_other_accounts_go_on(url: str) -> None:
    async def poisoned() -> None:
        told: list[str] = []

        async def tell(parked: Any) -> None:
            await asyncio.sleep(0)
            told.append(parked.id)

        async with opened(url, 12) as sanctions:
            seen = Seen(url)
            seen.poison = {"gh_1/2"}
            follower = sanctions.follow("seen", seen, attempts=2, on_parked=tell, wait=lambda _: asyncio.sleep(0))
            assert await follower.catch_up() == 12
            waiting = ["gh_1/2", "gh_1/3", "gh_1/4"]
            assert seen.ids() == [name for name in log_of(url) if name not in waiting]
            assert told == ["gh_1/2"]
            assert [event.id for event in await sanctions.parked("seen")] == waiting
            assert (await sanctions.drop_parked("seen", "gh_1", 2)).error == "ValueError: gh_1/2"
            assert (await follower.retry_parked()).handed_over == 2

    asyncio.run(poisoned())


def test_handler_joins_its_own_transaction_reads_narratives_and_may_not_commit(url: str) -> None:
    async def joined() -> None:
        async with opened(url, 3) as sanctions:

            async def answers(connection: AsyncConnection, batch: AsyncBatch) -> None:
                async with sanctions.joining(connection) as inside:
                    for event in await batch.narrated():
                        if event.account != "log":
                            assert event.event.narrative is not None
                            await inside.execute({**notes(1)[0], "account": "log", "text": f"about {event.id}"})

            async def commits(connection: AsyncConnection, _batch: AsyncBatch) -> None:
                await connection.commit()

            assert await sanctions.follow("answers", answers).catch_up() == 6
            assert (await sanctions.state("log")).version == 3
            with pytest.raises(HandlerCommitted):
                await sanctions.follow("commits", commits).step()
            assert_nothing_is_lent(sanctions)

    asyncio.run(joined())


def test_waiting_after_an_error_lets_the_other_tasks_go_on(url: str) -> None:
    async def ticking() -> int:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.005)
                ticks += 1

        async with opened(url, 1) as sanctions:
            seen = Seen(url)
            seen.poison = {"gh_0/1"}
            ticker = asyncio.create_task(tick())
            await sanctions.follow("seen", seen, attempts=2, on_parked=lambda _: None).catch_up()
            ticker.cancel()
        return ticks

    assert asyncio.run(ticking()) >= 10, "it waits for 0.1 seconds"


@pytest.mark.parametrize("how", ["stop", "handler", "leave"])
def test_task_takes_in_what_comes_until_it_is_stopped(url: str, how: str) -> None:
    async def beside() -> None:
        async with opened(url, 3) as sanctions:
            seen = Seen(url)

            async def notices(connection: AsyncConnection, batch: AsyncBatch) -> None:
                await seen(connection, batch)
                if how == "handler" and batch[-1].position == 5:
                    await follower.stop()

            follower = sanctions.follow("seen", notices, poll=0.01)
            async with follower:
                assert follower.start() is follower
                await sanctions.execute_many(notes(2, start=3))
                await until(lambda: len(seen.ids()) == 5)
                if how == "stop":
                    await follower.stop()
                if how != "leave":
                    await until(lambda: not follower.is_running)
            assert not follower.is_running
            assert seen.ids() == log_of(url)
            assert (await follower.status()).per_second
            follower.start()
            await sanctions.execute_many(notes(1))
            await until(lambda: len(seen.ids()) == 6)
            await follower.stop()
            await follower.stop()

    asyncio.run(beside())


def test_errors_of_the_store_are_told_by_a_coroutine_and_waited_out(url: str) -> None:
    told: list[str] = []

    async def outages() -> None:
        async with opened(url, 4) as sanctions:
            seen, failing = Seen(url), True

            async def tell(error: Exception) -> None:
                nonlocal failing
                await asyncio.sleep(0)
                told.append(str(error))
                failing = len(told) < 3

            async def handler(connection: AsyncConnection, batch: AsyncBatch) -> None:
                if failing:
                    raise TryLater("nobody answers")
                await seen(connection, batch)

            async with sanctions.follow("seen", handler, on_error=tell, wait=lambda _: asyncio.sleep(0), poll=0.01):
                await asyncio.wait_for(seen.handed.wait(), PATIENCE)
            assert seen.ids() == log_of(url)

    asyncio.run(outages())
    assert told == ["nobody answers"] * 3


def test_closing_the_door_ends_what_works_behind_it(url: str) -> None:
    async def closed() -> None:
        sanctions = await AsyncSanctions.open(async_url(url))
        follower = sanctions.follow("seen", nothing, poll=NEVER).start()
        service = sanctions.sequencing(pause=0.01).start()
        await asyncio.sleep(0.2)
        await sanctions.close()
        await until(lambda: not follower.is_running)
        # Where there is nothing to sequence it sleeps; whoever asks it to end is obeyed at once.
        await asyncio.wait_for(service.stop(), PATIENCE)
        assert not service.is_running

    asyncio.run(closed())
