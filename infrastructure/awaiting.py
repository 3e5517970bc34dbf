"""Code that looks synchronous and runs under an event loop: inside SQLAlchemy's greenlet, waiting gives the loop back.

Imported only where there is an event loop: it needs the package greenlet.
"""

from __future__ import annotations

from asyncio import Event, Lock, create_task, sleep, wait
from types import TracebackType
from typing import Any

from sqlalchemy import URL, Engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util.concurrency import await_, in_greenlet

__all__ = ["AwaitingEvent", "AwaitingLock", "is_awaited", "make_awaited_engine", "rest"]


class AwaitingLock:
    """A lock for tasks of one event loop, taken with `with`: who has to wait lets the other tasks go on."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __enter__(self) -> None:
        await_(self._lock.acquire())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


class AwaitingEvent:
    """What threads know as `threading.Event`, for tasks of one event loop: who waits lets the other tasks go on."""

    def __init__(self) -> None:
        self._event = Event()

    def is_set(self) -> bool:
        """Whether it was set and not cleared since."""
        return self._event.is_set()

    def set(self) -> None:
        """Wake who waits."""
        self._event.set()

    def clear(self) -> None:
        """Who comes from now on waits."""
        self._event.clear()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, so many seconds at most; whether it is."""
        await_(self._wait(timeout))
        return self._event.is_set()

    async def _wait(self, seconds: float | None) -> None:
        # Not by `asyncio.timeout`, which cancels this task: a cancellation from outside at that moment would be taken for it.
        waiting = create_task(self._event.wait())
        try:
            await wait((waiting,), timeout=seconds)
        finally:
            waiting.cancel()


def is_awaited() -> bool:
    """Whether the running code may wait for awaitables: it was started through SQLAlchemy's greenlet."""
    try:
        return in_greenlet()
    except RuntimeError:
        return False  # The interpreter is ending, and greenlets have ended already.


def rest(seconds: float) -> None:
    """Let some time pass."""
    await_(sleep(seconds))


def make_awaited_engine(url: URL, **options: Any) -> Engine:
    """The synchronous side of an engine over an asynchronous driver."""
    return create_async_engine(url, **options).sync_engine
