"""How quick something is: what was done in the last minute."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final

__all__ = ["Meter"]

_MINUTE: Final = 60.0


class Meter:
    """Counts, and forgets what is more than a minute ago. One thread adds, any may ask."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._added = deque[tuple[float, int]]()

    def add(self, count: int) -> None:
        """So many more."""
        now = self._clock()
        self._added.append((now, count))
        while self._added[0][0] < now - _MINUTE:
            self._added.popleft()

    def per_second(self) -> float | None:
        """The average of the last minute, or since the first in it; None where nothing was added."""
        now = self._clock()
        recent = [(at, count) for at, count in tuple(self._added) if at >= now - _MINUTE]
        if not recent:
            return None
        return sum(count for _, count in recent) / max(now - recent[0][0], 1.0)
