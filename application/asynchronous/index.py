"""The in-process index of a host with an event loop."""

from __future__ import annotations

from asyncio import CancelledError, Lock, create_task, sleep
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Self, Unpack

from ...domain.queries import Verdict
from ...infrastructure.background import backoff, tell_failure
from ..indexing import FollowedIndex
from ..permitting import IndexSettings
from .running import run

__all__ = ["AsyncIndex"]


class AsyncIndex:
    """The index, as fresh as its last `refresh`. Asking it neither waits nor touches the database.

    `settings`: of them `poll` and `on_error` are used here, for `following`.
    """

    def __init__(self, index: FollowedIndex, **settings: Unpack[IndexSettings]) -> None:
        self._index = index
        self._poll = settings.get("poll", 0.5)
        self._on_error = settings.get("on_error")
        self._refreshing = Lock()

    def __len__(self) -> int:
        return len(self._index)

    @property
    def position(self) -> int:
        """How many entries of the log it has taken in, over all partitions."""
        return self._index.position

    @property
    def staleness(self) -> float:
        """For how many seconds it has not known whether it is current: what was recorded before that is in it."""
        return self._index.staleness

    @property
    def may_at(self) -> Callable[[str, str, datetime], Verdict]:
        """`may(account, function, at)` itself, for loops that count nanoseconds; `at` must be aware."""
        return self._index.may_at

    def may(self, account: str, function: str, at: datetime | None = None) -> Verdict:
        """May the account use the function now (or at `at`, from the last refresh on)?

        What is answered by an index that is too old, and about unknown names, is what `AsyncSanctions.index` was told.
        """
        return self._index.may(account, function, at)

    def may_many(self, asked: Iterable[tuple[str, str]], at: datetime | None = None) -> list[Verdict]:
        """The same for pairs of account and function, all at one instant; the answers in order."""
        return self._index.may_many(asked, at)

    async def refresh(self) -> int:
        """Take in what was recorded since; returns how many accounts were read anew. Tasks that ask at once take turns."""
        async with self._refreshing:
            return await run(self._index.refresh)

    @asynccontextmanager
    async def following(self) -> AsyncGenerator[Self]:
        """Inside this block a task keeps it current: it looks at the log every `poll` seconds.

        An error does not end the task: it is told, and the next look comes after a while, later each time.
        """
        task = create_task(self._follow())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(CancelledError):
                await task

    async def _follow(self) -> None:
        failures = 0
        while True:
            try:
                await self.refresh()
                failures = 0
            except Exception as error:  # noqa: BLE001 - a task that ends unseen is worse than one that fails and says so
                failures += 1
                if self._on_error is not None:
                    self._on_error(error)
                else:
                    tell_failure("sanctions-index", error)
            await sleep(max(self._poll, backoff(failures)) if failures else self._poll)
