"""The in-process index of a host with an event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Self

from ...domain.queries import Verdict
from ..indexing import FollowedIndex
from .background import AsyncBackground
from .running import run

__all__ = ["AsyncIndex"]


class AsyncIndex:
    """The index, as fresh as its last `refresh`. Asking it neither waits nor touches the database."""

    def __init__(self, index: FollowedIndex) -> None:
        self._index = index
        self._keeping = AsyncBackground(index)
        self._blocks = 0

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
        return await run(self._index.refresh)

    @asynccontextmanager
    async def following(self) -> AsyncGenerator[Self]:
        """Inside this block a task keeps it current: woken by the sequencer, and every `poll` seconds.

        An error does not end the task: it is told, and the next look comes after a while, later each time. Of several such
        blocks at once the last one ends it.
        """
        self._blocks += 1
        self._keeping.start()
        try:
            yield self
        finally:
            self._blocks -= 1
            if not self._blocks:
                await self._keeping.stop()
