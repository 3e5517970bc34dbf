"""What the tests of followers in an event loop share, as `following` has it for threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from account_sanctions.application import AsyncSanctions
from account_sanctions.application.asynchronous import AsyncBatch, AsyncFollower
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.integration.cancelling import few_connections
from tests.integration.following import CREATE, notes
from tests.integration.support import rows

__all__ = ["INSERT", "NEVER", "PATIENCE", "Seen", "nothing", "opened", "position_of", "until"]

INSERT = text("INSERT INTO seen (part, at, account, version) VALUES (:part, :at, :account, :version)")
PATIENCE = 20.0
NEVER = 3600.0


class Seen:
    """A handler and its table, as in `following`, for an event loop."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.poison: set[str] = set()
        self.handed = asyncio.Event()
        rows(url, CREATE)

    async def __call__(self, connection: AsyncConnection, batch: AsyncBatch) -> None:
        for event in batch:
            given = {"part": event.partition, "at": event.position, "account": event.account, "version": event.version}
            await connection.execute(INSERT, given)
            await asyncio.sleep(0)
            if event.id in self.poison:
                raise ValueError(event.id)
        self.handed.set()

    def ids(self) -> list[str]:
        found = rows(self._url, "SELECT account, version FROM seen ORDER BY part, at")
        return [f"{account}/{version}" for account, version in found]


@asynccontextmanager
async def opened(url: str, events: int) -> AsyncIterator[AsyncSanctions]:
    engine = few_connections(url)
    async with await AsyncSanctions.open(engine) as sanctions:
        await sanctions.execute_many(notes(events))
        await sanctions.follow("first", nothing).catch_up()
        yield sanctions
    await engine.dispose()


async def nothing(_connection: AsyncConnection, _batch: AsyncBatch) -> None:
    """A handler that only has a position."""


async def position_of(follower: AsyncFollower) -> int:
    return sum(part.position for part in (await follower.status()).partitions)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.005)
