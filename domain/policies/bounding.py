"""Whether a sanction lasts as long as the bounds of its step let one person decide."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, UnsetType

from ..event_parts import Bounds
from ..instants import LAST_INSTANT
from ..period import Period

__all__ = ["lasts_within"]


def lasts_within(bounds: Bounds, start: datetime, until: datetime | None) -> bool:
    """Whether an end (None: never) lies within the bounds, counted from the start; both ends of them belong to it."""
    least, most = _after(bounds.at_least, start), _after(bounds.at_most, start)
    if most is not None and (until is None or until > most):
        return False
    return least is None or until is None or until >= least


def _after(period: Period | UnsetType, start: datetime) -> datetime | None:
    if period is UNSET:
        return None
    try:
        return period.after(start)
    except OverflowError:
        return LAST_INSTANT
