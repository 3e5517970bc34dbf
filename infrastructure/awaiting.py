"""Code that looks synchronous and runs under an event loop: inside SQLAlchemy's greenlet, waiting gives the loop back.

Imported only where there is an event loop: it needs the package greenlet.
"""

from __future__ import annotations

from asyncio import Lock, sleep
from types import TracebackType
from typing import Any

from sqlalchemy import URL, Engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util.concurrency import await_, in_greenlet

__all__ = ["AwaitingLock", "is_awaited", "make_awaited_engine", "rest"]


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
