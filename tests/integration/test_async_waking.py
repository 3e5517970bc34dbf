"""In an event loop one task listens for NOTIFY and wakes all who follow; nothing depends on it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from account_sanctions.application import AsyncSanctions, Sanctions

from tests.integration.awaited_following import NEVER, Seen, nothing, until
from tests.integration.following import log_of, notes
from tests.integration.support import restrict, rows
from tests.postgres import fresh_store

_LISTENERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


@pytest.fixture
def url() -> str:
    return fresh_store()


def _elsewhere(url: str, *commands: dict[str, Any]) -> None:
    """Another process writes, and gives places in the log."""
    with Sanctions.open(url) as other:
        other.execute_many(commands)
        other.store.settle_log()


def test_follower_and_index_are_woken_through_one_connection_that_is_closed_afterwards(url: str) -> None:
    async def woken() -> None:
        async with await AsyncSanctions.open(url) as sanctions:
            seen, index = Seen(url), await sanctions.index(poll=NEVER)
            async with sanctions.follow("seen", seen, poll=NEVER), index.following(), index.following():
                await until(lambda: len(rows(url, _LISTENERS)) == 1)
                _elsewhere(url, *notes(2), restrict("gh_9"))
                await until(lambda: len(seen.ids()) == 3 and not index.may("gh_9", "mass_send"))
                assert len(rows(url, _LISTENERS)) == 1
            assert rows(url, _LISTENERS) == []
            assert seen.ids() == log_of(url)

    asyncio.run(woken())


def test_index_is_kept_current_until_the_last_block_is_left(url: str) -> None:
    async def kept() -> None:
        async with await AsyncSanctions.open(url) as sanctions:
            index = await sanctions.index(poll=NEVER)
            async with index.following():
                async with index.following():
                    await until(lambda: rows(url, _LISTENERS))
                _elsewhere(url, restrict("gh_1"))
                await until(lambda: not index.may("gh_1", "mass_send"))
            _elsewhere(url, restrict("gh_2"))
            await asyncio.sleep(0.1)
            assert index.may("gh_2", "mass_send")
            assert sorted(await asyncio.gather(*(index.refresh() for _ in range(3)))) == [0, 0, 1]
            assert not index.may("gh_2", "mass_send")

    asyncio.run(kept())


def test_listener_that_was_cut_off_connects_again_and_nothing_is_missed(url: str) -> None:
    async def cut() -> None:
        async with await AsyncSanctions.open(url) as sanctions:
            seen = Seen(url)
            async with sanctions.follow("seen", seen, poll=NEVER):
                await until(lambda: rows(url, _LISTENERS))
                ((first,),) = rows(url, _LISTENERS)
                rows(url, "SELECT pg_terminate_backend(?)", first)
                _elsewhere(url, *notes(1))
                # It looks once when it listens again, whatever it did not hear.
                await until(lambda: len(seen.ids()) == 1)
                await until(lambda: rows(url, _LISTENERS) not in ([], [(first,)]))

    asyncio.run(cut())


def test_follower_without_a_listener_looks_by_itself(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def alone() -> None:
        async with await AsyncSanctions.open(url) as sanctions:

            def connect() -> None:
                tried.set()
                raise OSError("no connection is left")

            tried, seen = asyncio.Event(), Seen(url)
            monkeypatch.setattr(sanctions.door.store.bells, "connect", connect)
            async with sanctions.follow("seen", seen, poll=0.01):
                _elsewhere(url, *notes(2))
                await until(lambda: len(seen.ids()) == 2)
            assert tried.is_set()

    asyncio.run(alone())


def test_followers_of_one_name_in_two_loops_hand_nothing_over_twice(url: str) -> None:
    _elsewhere(url, *notes(200, 20))
    seen = _seen(url)

    async def work() -> int:
        async with await AsyncSanctions.open(url) as sanctions:
            return await sanctions.follow("seen", seen, 7).catch_up()

    async def both() -> None:
        await asyncio.gather(asyncio.to_thread(asyncio.run, work()), work(), work())
        await work()

    asyncio.run(both())
    assert seen.ids() == log_of(url)


def _seen(url: str) -> Seen:
    async def made() -> Seen:
        return Seen(url)

    return asyncio.run(made())


def test_sequencer_of_a_loop_gives_places_to_what_others_write_and_wakes_them(url: str) -> None:
    async def sequenced() -> None:
        async with await AsyncSanctions.open(url) as sanctions:
            async with sanctions.sequencing(pause=0.01), sanctions.follow("seen", nothing, poll=NEVER) as follower:
                await sanctions.execute_many(notes(5))

                async def taken_in() -> bool:
                    return (await follower.status()).behind == 0

                async with asyncio.timeout(20):
                    while not await taken_in():
                        await asyncio.sleep(0.01)
            ((status),) = await sanctions.log_status()
            assert (status.position, status.unsequenced) == (5, 0)

    asyncio.run(sequenced())
