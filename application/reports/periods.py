"""Counting by day in bounded memory, and grouping the days into so many periods that a picture can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Final

from msgspec import Struct

from .axis import MONTHS

__all__ = ["DayCounts", "Period", "periods"]

_MOST_DAYS: Final = 50_000
_MOST_PERIODS: Final = 36
_DayOf = Callable[[date], date]
_COARSER: Final[tuple[_DayOf, ...]] = (lambda day: day.replace(day=1), lambda day: day.replace(month=1, day=1))


class Period(Struct, frozen=True):
    """Days `first` up to and with `last` (ordinals), and what people call them."""

    label: str
    first: int
    last: int


class DayCounts:
    """Counts by day and name. Where there are too many days, those of a month, then of a year, are counted as its first."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, str]] = Counter()
        self._day_of: _DayOf = lambda day: day

    def add(self, at: datetime, name: str, count: int = 1) -> None:
        """Count something that happened at this instant."""
        self._counts[self._day_of(at.date()).toordinal(), name] += count
        if len(self._counts) > _MOST_DAYS:
            self._coarser()

    def _coarser(self) -> None:
        for day_of in _COARSER:
            counts: Counter[tuple[int, str]] = Counter()
            for (day, name), count in self._counts.items():
                counts[day_of(date.fromordinal(day)).toordinal(), name] += count
            self._counts, self._day_of = counts, day_of
            if len(counts) <= _MOST_DAYS // 2:
                return

    @property
    def bounds(self) -> tuple[int, int] | None:
        """The first and the last day on which something was counted, as ordinals."""
        days = [day for (day, _), count in self._counts.items() if count]
        return (min(days), max(days)) if days else None

    def within(self, period: Period) -> Counter[str]:
        """What was counted in a period, by name."""
        return self.until(period.last, since=period.first)

    def until(self, last: int, since: int = 0) -> Counter[str]:
        """What was counted up to and with a day, by name."""
        found: Counter[str] = Counter()
        for (day, name), count in self._counts.items():
            if since <= day <= last:
                found[name] += count
        return found


def periods(first: int, last: int) -> list[Period]:
    """These days as days, weeks, months, quarters, years or more: at most 36 of them, none left out."""
    span = last - first + 1
    if span <= _MOST_PERIODS:
        days = [date.fromordinal(day) for day in range(first, last + 1)]
        return [
            Period(f"{day.day} {MONTHS[day.month - 1]} {day.year}", day.toordinal(), day.toordinal()) for day in days
        ]
    if span <= _MOST_PERIODS * 7:
        begun = first - date.fromordinal(first).weekday()
        weeks = [date.fromordinal(day) for day in range(max(begun, 1), last + 1, 7)]
        return [
            Period(f"week of {d.day} {MONTHS[d.month - 1]} {d.year}", d.toordinal(), d.toordinal() + 6) for d in weeks
        ]
    for months in (1, 3, 12, 60, 120, 600, 1200, 6000):
        found = list(_by_months(first, last, months))
        if len(found) <= _MOST_PERIODS:
            return found
    raise AssertionError("the calendar has not so many years")


def _by_months(first: int, last: int, months: int) -> Iterator[Period]:
    begin, end = date.fromordinal(first), date.fromordinal(last)
    number = (begin.year * 12 + begin.month - 1) // months * months
    while number <= end.year * 12 + end.month - 1:
        start, after = _month(number), _month(number + months)
        yield Period(_label(number, months), start, after - 1)
        number += months


def _month(number: int) -> int:
    """The first day of a month, counted from the year 0; days beyond the calendar are its ends."""
    if number < 12:
        return 1
    if number >= 120_000:
        return date.max.toordinal() + 1
    return date(number // 12, number % 12 + 1, 1).toordinal()


def _label(number: int, months: int) -> str:
    year, month = divmod(number, 12)
    if months == 1:
        return f"{MONTHS[month]} {year}"
    if months == 3:
        return f"{MONTHS[month]} to {MONTHS[month + 2]} {year}"
    return str(year) if months == 12 else f"{year} to {year + months // 12 - 1}"
