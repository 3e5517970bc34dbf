"""The asynchronous door in the shape of the synchronous one, for tests that run inside SQLAlchemy's greenlet.

So one set of tests holds for both doors: `test_async_conformance` runs those of the synchronous door through this one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from inspect import isasyncgen, iscoroutine
from typing import Any, Self

from account_sanctions.application import AsyncSanctions
from account_sanctions.application.asynchronous import AsyncBatch, AsyncFollower
from account_sanctions.application.following import Batch
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.util.concurrency import await_, greenlet_spawn

__all__ = ["AwaitedFollower", "AwaitedSanctions", "async_url"]


def async_url(url: str) -> str:
    """The same database through a driver for event loops."""
    return url.replace("sqlite:", "sqlite+aiosqlite:")


class AwaitedSanctions:
    """Every call is the asynchronous door's, waited for."""

    def __init__(self, door: AsyncSanctions) -> None:
        self._door = door

    @classmethod
    def open(cls, target: str | Engine, **options: Any) -> Self:
        given = AsyncEngine(target) if isinstance(target, Engine) else target
        return cls(await_(AsyncSanctions.open(given, **options)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        await_(self._door.close())

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._door, name, None)
        if found is None:
            return getattr(self._door.door, name)

        def called(*given: Any, **named: Any) -> Any:
            result = found(*given, **named)
            if iscoroutine(result):
                return await_(result)
            return _taken(result) if isasyncgen(result) else result

        return called

    def index(self, **settings: Any) -> Any:
        return _AwaitedIndex(await_(self._door.index(**settings)))

    def follow(self, name: str, handler: Any, *given: Any, **settings: Any) -> AwaitedFollower:
        return AwaitedFollower(self._door.follow(name, _with_a_connection(handler), *given, **settings))

    def follow_elsewhere(self, name: str, handler: Any, *given: Any, **settings: Any) -> AwaitedFollower:
        async def handed(batch: AsyncBatch) -> None:
            await greenlet_spawn(handler, _AwaitedBatch(batch))

        return AwaitedFollower(self._door.follow_elsewhere(name, handed, *given, **settings))

    @contextmanager
    def joining(self, host: Any) -> Iterator[Self]:
        with _entered(self._door.joining(_asynchronous(host))) as joined:
            yield type(self)(joined)


class AwaitedFollower:
    """The same for a follower."""

    def __init__(self, follower: AsyncFollower) -> None:
        self._follower = follower

    def stop(self) -> None:
        """From within a handler, which runs in a task of its own here."""
        self._follower._follower.stop()

    def begin_again(self, clear: Any) -> None:
        await_(self._follower.begin_again(_with_a_connection(clear)))

    def rebuild(self, handler: Any, swap: Any, **named: Any) -> None:
        if "prepare" in named:
            named["prepare"] = _with_a_connection(named["prepare"])
        await_(self._follower.rebuild(_with_a_connection(handler), _with_a_connection(swap), **named))

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._follower, name)
        return found if not callable(found) else lambda *given, **named: await_(found(*given, **named))


class _AwaitedBatch(Batch):
    def __init__(self, batch: AsyncBatch) -> None:
        super().__init__(list(batch), (), lambda _: [])
        self._batch = batch

    def narrated(self) -> Any:
        return await_(self._batch.narrated())


def _with_a_connection(handler: Any) -> Any:
    async def handed(connection: AsyncConnection, *batch: AsyncBatch) -> None:
        await greenlet_spawn(handler, connection.sync_connection, *map(_AwaitedBatch, batch))

    return handed


class _AwaitedIndex:
    def __init__(self, index: Any) -> None:
        self._index = index

    def refresh(self) -> int:
        return int(await_(self._index.refresh()))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)


def _taken(things: AsyncIterator[Any]) -> Iterator[Any]:
    end = object()
    while (thing := await_(anext(things, end))) is not end:
        yield thing


@contextmanager
def _entered(manager: AbstractAsyncContextManager[AsyncSanctions]) -> Iterator[AsyncSanctions]:
    inner = await_(manager.__aenter__())
    try:
        yield inner
    except BaseException as error:
        if not await_(manager.__aexit__(type(error), error, error.__traceback__)):
            raise
    else:
        await_(manager.__aexit__(None, None, None))


def _asynchronous(host: Any) -> Any:
    """What a host with an event loop would hand in, around the synchronous object of the test."""
    if isinstance(host, Connection):
        return AsyncConnection(AsyncEngine(host.engine), host)
    session = AsyncSession(AsyncEngine(host.get_bind()))
    session.sync_session = host
    return session
