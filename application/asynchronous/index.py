"""The in-process index of a host with an event loop."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Callable
from datetime import datetime

from ...domain.queries import Verdict
from ..indexing import FollowedIndex
from .running import run

__all__ = ["AsyncIndex"]


class AsyncIndex:
    """The index, as fresh as its last `refresh`. Asking it neither waits nor touches the database."""

    def __init__(self, index: FollowedIndex) -> None:
        self._index = index
        self._refreshing = Lock()

    def __len__(self) -> int:
        return len(self._index)

    @property
    def position(self) -> int:
        """How many entries of the log it has taken in, over all partitions."""
        return self._index.position

    @property
    def may_at(self) -> Callable[[str, str, datetime], Verdict]:
        """`may(account, function, at)` itself, for loops that count nanoseconds; `at` must be aware."""
        return self._index.may_at

    def may(self, account: str, function: str, at: datetime | None = None) -> Verdict:
        """May the account use the function now (or at `at`, from the last refresh on)? Names are not checked here."""
        return self._index.may(account, function, at)

    async def refresh(self) -> int:
        """Take in what was recorded since; returns how many accounts changed. Tasks that ask at once take turns."""
        async with self._refreshing:
            return await run(self._index.refresh)
