"""Durations: positive ISO 8601 periods, counted on the calendar.

`P1M` after 31 January is the last day of February: months and years go by the calendar and are clamped to the last day of
the month; weeks, days, hours, minutes and seconds are exact. Fractions are refused: nothing here is a float.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

__all__ = ["Period", "period_from_text", "period_to_text"]

_PATTERN = re.compile(
    r"P(?=[0-9T])(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?"
    r"(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?",
    re.ASCII,
)


# More than any calendar holds; longer numbers need not be worked out.
_ENORMOUS: Final = 10**13


def _number(digits: str | None) -> int:
    significant = (digits or "").lstrip("0")
    return int(significant or 0) if len(significant) <= 13 else _ENORMOUS


class Period:
    """A positive ISO 8601 duration such as `P7D`, `PT12H`, `P1M` or `P1Y2M3DT4H5M6S`.

    Raises ValueError when the text is not one, or is zero.
    """

    __slots__ = ("days", "months", "seconds", "text")

    text: str
    months: int
    days: int
    seconds: int

    def __init__(self, text: str) -> None:
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError("a duration is ISO 8601 in whole units, such as P7D, PT12H or P1M")
        years, months, weeks, days, hours, minutes, seconds = map(_number, match.groups())
        self.text = text
        self.months = 12 * years + months
        self.days = 7 * weeks + days
        self.seconds = 3600 * hours + 60 * minutes + seconds
        if not (self.months or self.days or self.seconds):
            raise ValueError("a duration is longer than zero")

    def after(self, start: datetime) -> datetime:
        """The instant this long after `start`. Raises OverflowError beyond the year 9999."""
        end = start
        if self.months:
            year, month = divmod(start.year * 12 + start.month - 1 + self.months, 12)
            if year > 9999:
                raise OverflowError("the end lies beyond the year 9999")
            # Every month has 28 days: the calendar is asked only about the last ones.
            day = start.day if start.day <= 28 else min(start.day, monthrange(year, month + 1)[1])
            end = start.replace(year=year, month=month + 1, day=day)
            if not self.days and not self.seconds:
                return end
        return end + timedelta(days=self.days, seconds=self.seconds)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Period) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Period({self.text!r})"


@lru_cache(maxsize=1024)
def _cached(text: str) -> Period:
    return Period(text)


def period_from_text(kind: type, value: Any) -> Any:
    """`dec_hook` for msgspec: reads a Period from its text."""
    if kind is not Period:
        raise NotImplementedError(f"no reader for {kind!r}")
    if isinstance(value, Period):
        return value
    if not isinstance(value, str):
        raise ValueError("a duration is text such as P7D")
    return _cached(value)


def period_to_text(value: Any) -> Any:
    """`enc_hook` for msgspec: writes a Period as its text."""
    if isinstance(value, Period):
        return value.text
    raise NotImplementedError(f"no writer for {type(value)!r}")
