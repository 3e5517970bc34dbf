"""Cancelling a task at any of the points at which it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from itertools import count
from typing import Any

from account_sanctions.application import AsyncSanctions
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.integration.awaited import async_url

__all__ = ["assert_nothing_is_lent", "cancelled_after", "few_connections"]


class Counted(Coroutine[Any, Any, Any]):
    """A task's coroutine, each of whose steps is counted: between two of them the task waits for something."""

    def __init__(self, inner: Coroutine[Any, Any, Any], step: Callable[[], None]) -> None:
        self._inner = inner
        self._step = step

    def __await__(self) -> Generator[Any, None, Any]:
        return (yield from self._inner.__await__())

    def send(self, value: Any, /) -> Any:
        waits_for = self._inner.send(value)
        self._step()
        return waits_for

    def throw(self, *given: Any) -> Any:
        waits_for = self._inner.throw(*given)
        self._step()
        return waits_for

    def close(self) -> None:
        self._inner.close()


async def cancelled_after(steps: int, work: Awaitable[object], *, again: bool) -> bool:
    """Cancel it after so many of the steps that it and the tasks that it starts take; whether it came to that.

    `again`: after each further step once more, as some libraries do until they are obeyed.
    """
    taken = count(1)
    victim: asyncio.Task[object] | None = None
    struck = False

    def step() -> None:
        nonlocal struck
        number = next(taken)
        if victim is not None and (number == steps or (again and number > steps)):
            struck = victim.cancel() or struck

    def make(loop: asyncio.AbstractEventLoop, inner: Any, **named: Any) -> asyncio.Task[Any]:
        return asyncio.Task(Counted(inner, step), loop=loop, **named)

    async def victims() -> object:
        return await work

    loop = asyncio.get_running_loop()
    loop.set_task_factory(make)
    try:
        victim = loop.create_task(victims())
        with suppress(asyncio.CancelledError):
            await asyncio.wait((victim,))
        if not struck:
            victim.result()
        return struck
    finally:
        loop.set_task_factory(None)


def few_connections(url: str) -> AsyncEngine:
    """An engine of the host: one connection that is not given back is missed at once."""
    return create_async_engine(async_url(url), pool_size=3, max_overflow=0, pool_timeout=5)


def assert_nothing_is_lent(sanctions: AsyncSanctions) -> None:
    """Every connection is back in the pool."""
    pool: Any = sanctions.door.store.database.engine.pool
    assert pool.checkedout() == 0
