"""Instants: aware UTC datetimes, exact to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta

__all__ = ["EPOCH", "LAST_INSTANT", "Instant", "as_utc", "from_micros", "text", "to_micros"]

Instant = Annotated[datetime, Meta(tz=True)]
"""A point in time. Naive datetimes are refused wherever one is read."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_INSTANT = datetime.max.replace(tzinfo=UTC)

_DAY = 86_400_000_000
_SECOND = 1_000_000


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC.

    Raises ValueError for a naive datetime and for one that leaves the calendar when moved to UTC.
    """
    zone = instant.tzinfo
    if zone is UTC:
        return instant
    if zone is None or instant.utcoffset() is None:
        raise ValueError("a time needs an offset or Z")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time lies outside the calendar (years 1 to 9999)") from None


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970 in UTC, by integers alone: two instants never fall together."""
    span = instant - EPOCH
    return span.days * _DAY + span.seconds * _SECOND + span.microseconds


def from_micros(micros: int) -> datetime:
    """The instant that `to_micros` turned into this number."""
    return EPOCH + timedelta(microseconds=micros)


def text(instant: datetime) -> str:
    """ISO 8601 in UTC, ending in Z; fractions of a second only where there are some."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
