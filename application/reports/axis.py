"""The axis of time: where an instant stands on a line of pixels, and which instants are worth a tick."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from ...domain.instants import LAST_INSTANT, from_micros, to_micros

__all__ = ["MONTHS", "Scale", "Tick", "day_words", "scale_of", "ticks"]

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_FIRST: Final = to_micros(datetime(1, 1, 1, tzinfo=UTC))
_LAST: Final = to_micros(LAST_INSTANT)
_MILLI: Final = 1000
_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_MONDAY: Final = 4 * _DAY  # 5 January 1970

# What a step is a round number of, and how long it is.
_STEPS: Final = (
    *(number * power for power in (1, 10, 100, _MILLI, 10_000, 100_000) for number in (1, 2, 5)),
    *(number * _SECOND for number in (1, 2, 5, 10, 15, 30)),
    *(number * _MINUTE for number in (1, 2, 5, 10, 15, 30)),
    *(number * _HOUR for number in (1, 2, 3, 6, 12)),
    *(number * _DAY for number in (1, 2, 7, 14)),
)
_MONTH_STEPS: Final = (1, 2, 3, 6, *(12 * number for number in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)))
_MONTH: Final = 30 * _DAY


class Tick(Struct, frozen=True):
    """A round instant on the axis. `context` says the larger unit where it changes, else it is empty."""

    at: datetime
    label: str
    context: str


class Scale(Struct, frozen=True):
    """Maps the instants from `start` to `end` (microseconds, `start < end`) to the pixels from `left` to `right`."""

    start: int
    end: int
    left: float
    right: float

    def x(self, instant: datetime) -> float:
        """The pixel of an instant; what lies outside stands at the edge."""
        micros = min(max(to_micros(instant), self.start), self.end)
        share = (micros - self.start) / (self.end - self.start)
        return round(self.left + share * (self.right - self.left), 1)

    def shows(self, instant: datetime) -> bool:
        """Whether the instant lies on the axis."""
        return self.start <= to_micros(instant) <= self.end


def scale_of(first: datetime, last: datetime, *, left: float, right: float, room: float = 0.02) -> Scale:
    """A scale from `first` to `last` with some room after the end (a share of the span); never an empty one."""
    start, end = sorted((to_micros(first), to_micros(last)))
    span = end - start
    if not span:
        start, end = start - 500, end + 500
    else:
        start, end = start - max(span // 60, 1), end + max(int(span * room), 1)
    return Scale(max(start, _FIRST), min(end, _LAST), left, right)


def ticks(scale: Scale, most: int) -> list[Tick]:
    """Round instants on the axis, at most `most` of them, in order."""
    span = scale.end - scale.start
    for step in _STEPS:
        if span // step < most:
            return _labelled((from_micros(at) for at in _multiples(scale, step)), step)
    for months in _MONTH_STEPS:
        if span // (months * _MONTH) < most:
            return _labelled(_calendar(scale, months), months * _MONTH)
    return []


def day_words(instant: datetime) -> str:
    """The day as a person writes it, the same in every locale."""
    return f"{instant.day} {MONTHS[instant.month - 1]} {instant.year}"


def _multiples(scale: Scale, step: int) -> Iterator[int]:
    origin = _MONDAY if step > _DAY else 0
    at = scale.start + (origin - scale.start) % step
    while at <= scale.end:
        yield at
        at += step


def _calendar(scale: Scale, months: int) -> Iterator[datetime]:
    first = from_micros(scale.start)
    number = (first.year * 12 + first.month - 1) // months * months
    while number < 10_000 * 12:
        if number >= 12:
            at = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
            if to_micros(at) > scale.end:
                return
            if to_micros(at) >= scale.start:
                yield at
        number += months


def _labelled(instants: Iterator[datetime], step: int) -> list[Tick]:
    found: list[Tick] = []
    last = ""
    for at in instants:
        label, context = _label(at, step)
        found.append(Tick(at, label, context if context != last else ""))
        last = context
    return found


def _label(at: datetime, step: int) -> tuple[str, str]:
    clock = f"{at.hour:02}:{at.minute:02}"
    if step < _SECOND:
        digits = f"{at.microsecond:06}"
        return f".{digits if step < _MILLI else digits[:3]} s", f"{day_words(at)} {clock}:{at.second:02}"
    if step < _MINUTE:
        return f"{clock}:{at.second:02}", day_words(at)
    if step < _DAY:
        return clock, day_words(at)
    if step < _MONTH:
        return f"{at.day} {MONTHS[at.month - 1]}", str(at.year)
    if step < 12 * _MONTH:
        return MONTHS[at.month - 1], str(at.year)
    return str(at.year), ""
