"""Sealing as the log grows: every second, or every thousand entries where they come faster.

Any number of processes may do it: at each partition one is at work, nobody waits for it, and when it dies another goes on. A
checkpoint is one transaction, so whoever is killed leaves all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final

from ..database import Database
from .sealing import LogReader, Sealer

__all__ = ["KeepingUp"]

_EVERY: Final = 1.0
_MOST: Final = 1_000


class KeepingUp:
    """Seals the partitions whose time has come, each time it is called; returns how many entries it sealed.

    `every`: how many seconds an entry waits at most, once it was seen; `most`: how many entries wait. `now` counts seconds.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        partitions: Iterable[int],
        *,
        every: float = _EVERY,
        most: int = _MOST,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._reader = LogReader(database)
        self._partitions = tuple(partitions)
        self._every = every
        self._most = most
        self._now = now
        self._since: dict[int, float] = {}

    def __call__(self) -> int:
        now = self._now()
        with self._database.asking() as cursor:
            waiting = {partition: self._reader.unsealed(cursor, partition) for partition in self._partitions}
        sealed = 0

        def count(entries: int) -> None:
            nonlocal sealed
            sealed += entries

        for partition, entries in waiting.items():
            if not entries:
                self._since.pop(partition, None)
            elif entries >= self._most or now - self._since.setdefault(partition, now) >= self._every:
                # Not from when it was seen: somebody else may be at work, and die over it.
                self._since[partition] = now
                self._sealer.seal(partition, count, wait=False)
        return sealed
