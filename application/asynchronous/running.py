"""Running what looks synchronous under an event loop, so that a cancelled task leaves nothing half done."""

from __future__ import annotations

from asyncio import CancelledError, Task, create_task, current_task, wait
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from inspect import isawaitable
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy.util.concurrency import await_, greenlet_spawn

__all__ = ["run", "settle", "waited_for"]

# After how many seconds to look whether a cancellation was taken for another one.
_LOOK: Final = 0.1

P = ParamSpec("P")
T = TypeVar("T")


async def run(function: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Call the function inside SQLAlchemy's greenlet and wait for what it returns; other tasks go on meanwhile.

    It runs in a task of its own. When the caller is cancelled, that task is cancelled once, which ends the statement that is
    running, and then left alone until its transaction is rolled back and its connection is back in the pool, however often the
    caller is cancelled meanwhile. Only then does the cancellation go on.
    """
    task = create_task(greenlet_spawn(partial(function, *given, **named)))
    try:
        await wait((task,))
    except CancelledError:
        await settle(task)
        raise
    return task.result()


async def settle(task: Task[Any]) -> None:
    """Cancel a task once and wait until it has ended, however often the caller is cancelled meanwhile."""
    while not task.done():
        # A timeout inside that runs out at this very moment takes our cancellation for its own, and takes it back.
        if not task.cancelling():
            task.cancel()
        # Some cancel again and again until they are obeyed.
        with suppress(CancelledError):
            await wait((task,), timeout=_LOOK)
    if not task.cancelled():
        task.exception()  # Looked at: nobody is left who could be told.


def waited_for(function: Callable[P, object]) -> Callable[P, Any]:
    """A host's function as code inside `run` can call it: what it returns is waited for, if that is possible."""

    def call(*given: P.args, **named: P.kwargs) -> Any:
        result = function(*given, **named)
        return await_(_obedient(result)) if isawaitable(result) else result

    return call


async def _obedient(awaitable: Awaitable[T]) -> T:
    """Who was cancelled ends, though the host's code may have swallowed it; who was not goes on, though it says so."""
    task = current_task()
    assert task is not None
    try:
        result = await awaitable
    except CancelledError as error:
        if task.cancelling():
            raise
        raise RuntimeError("something was cancelled for which this waited") from error
    if task.cancelling():
        raise CancelledError
    return result
