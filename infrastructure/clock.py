"""Clocks. Only the shell reads one; the domain is told what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

__all__ = ["Clock", "system_clock", "uptime"]

Clock = Callable[[], datetime]
"""Gives the present instant, aware and in UTC."""


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


_BOOTTIME: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
# A bare call of the system's: the index asks it for each answer.
uptime: Final[Callable[[], float]] = time.monotonic if _BOOTTIME is None else partial(time.clock_gettime, _BOOTTIME)
"""Seconds since some moment, which nobody sets back. On Linux those count in which the machine was suspended."""
