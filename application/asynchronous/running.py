"""Running what looks synchronous under an event loop, so that a cancelled task leaves nothing half done."""

from __future__ import annotations

from asyncio import CancelledError, Task, create_task, wait
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, ParamSpec, TypeVar

from sqlalchemy.util.concurrency import greenlet_spawn

__all__ = ["run"]

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
        await _settle(task)
        raise
    return task.result()


async def _settle(task: Task[Any]) -> None:
    if not task.cancelling():
        task.cancel()
    while not task.done():
        # Some cancel again and again until they are obeyed.
        with suppress(CancelledError):
            await wait((task,))
    if not task.cancelled():
        task.exception()  # Looked at: nobody is left who could be told.
