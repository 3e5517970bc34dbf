"""The handlers of a host with an event loop, as the synchronous follower calls them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from inspect import isawaitable
from typing import Any, ParamSpec, overload

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..following import Batch, HandlerNotAwaited, LoggedEvent
from ..following.settings import check_handler
from .running import run, waited_for

__all__ = ["AsyncBatch", "Clear", "Elsewhere", "Handler", "acting_elsewhere", "clearing", "writing"]

P = ParamSpec("P")


class AsyncBatch(Sequence[LoggedEvent]):
    """Events of one partition in the order of the log, which is the order of each account."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    @overload
    def __getitem__(self, index: int) -> LoggedEvent: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[LoggedEvent]: ...
    def __getitem__(self, index: int | slice) -> LoggedEvent | Sequence[LoggedEvent]:
        return self._batch[index]

    def __len__(self) -> int:
        return len(self._batch)

    def __iter__(self) -> Iterator[LoggedEvent]:
        return iter(self._batch)

    async def narrated(self) -> list[LoggedEvent]:
        """The same events with their narratives, free text and evidence; read now. What was erased is absent."""
        return await run(self._batch.narrated)


Handler = Callable[[AsyncConnection, AsyncBatch], Awaitable[object]]
"""Writes to this database."""
Elsewhere = Callable[[AsyncBatch], Awaitable[object]]
"""Acts elsewhere."""
Clear = Callable[[AsyncConnection], Awaitable[object]]
"""Empties what was built, or exchanges it."""


def writing(handler: Handler) -> Callable[[Connection, Batch], object]:
    """The handler for a synchronous follower of this database."""
    call = _waited_for(handler)
    return lambda connection, batch: call(_asynchronous(connection), AsyncBatch(batch))


def acting_elsewhere(handler: Elsewhere) -> Callable[[Batch], object]:
    """The handler for a synchronous follower that acts elsewhere."""
    call = _waited_for(handler)
    return lambda batch: call(AsyncBatch(batch))


def clearing(clear: Clear) -> Callable[[Connection], object]:
    """The same for what clears or exchanges."""
    call = _waited_for(clear)
    return lambda connection: call(_asynchronous(connection))


def _waited_for(handler: Callable[P, object]) -> Callable[P, Any]:
    check_handler(handler)

    def promised(*given: P.args, **named: P.kwargs) -> object:
        result = handler(*given, **named)
        if not isawaitable(result):
            # Whatever it did with an asynchronous connection was waited for by nobody.
            raise HandlerNotAwaited("this handler is no coroutine function: `Sanctions` takes those")
        return result

    return waited_for(promised)


def _asynchronous(connection: Connection) -> AsyncConnection:
    return AsyncConnection(AsyncEngine(connection.engine), connection)
