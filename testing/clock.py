"""A clock that stands still until it is moved: no test waits for time to pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["T0", "FrozenClock"]

T0: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The instant at which frozen clocks begin, and from which short times count."""


class FrozenClock:
    """A clock for `Sanctions.open(..., clock=...)`; `now` is what it shows."""

    def __init__(self, now: datetime = T0) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        """Go on by this much, as `datetime.timedelta` takes it: `clock.move(days=2)`. Also back, with a negative number."""
        self.now += timedelta(**span)

    def at_least(self, instant: datetime) -> None:
        """Go on to this instant, never back."""
        self.now = max(self.now, instant)
