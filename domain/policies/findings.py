"""What a check of a policy finds: a place in it, and a sentence that says what is wrong and what to do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Final

from msgspec import UNSET, UnsetType

from ..period import Period

__all__ = ["Finding", "Place", "listed", "near", "not_a_duration", "too_long", "twice"]

Place = tuple[str | int, ...]
"""Where in a policy: the names of fields and entries, and places in lists from 0."""
Finding = tuple[Place, str]

# Comparing names costs time, and among thousands nobody wants a hint.
_COMPARED: Final = 300
_SHOWN: Final = 12
_LONGEST: Final = 60
_SAID: Final = re.compile(r"\s*P?T?\s*([0-9]{1,6})\s*([a-z]+)\s*", re.ASCII | re.IGNORECASE)
_UNITS: Final = {
    "P{}Y": ("y", "year", "years"),
    "P{}M": ("month", "months"),
    "P{}W": ("w", "week", "weeks"),
    "P{}D": ("d", "day", "days"),
    "PT{}H": ("h", "hour", "hours"),
    "PT{}M": ("min", "mins", "minute", "minutes"),
    "PT{}S": ("s", "sec", "secs", "second", "seconds"),
}
# Early enough that what leaves the calendar from here leaves it from every later day.
_SOME_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
_WRITTEN: Final = {unit: form for form, units in _UNITS.items() for unit in units}


def near(name: str, known: Collection[str]) -> str:
    """`; did you mean ...?` where a known name is close, else nothing."""
    if len(known) > _COMPARED or len(name) > _LONGEST:
        return ""
    found = get_close_matches(name, known, 1)
    return f"; did you mean {found[0]!r}?" if found else ""


def listed(names: Collection[str]) -> str:
    """The names in one line, the first dozen of them."""
    shown = ", ".join(list(names)[:_SHOWN])
    return f"{shown}, ..." if len(names) > _SHOWN else shown


def twice(place: Place, names: Iterable[str]) -> Iterable[Finding]:
    """A finding for each name that an earlier entry of the list has already."""
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield (*place, number), f"{name!r} is listed twice; leave one of them out"
        seen.add(name)


def too_long(place: Place, period: Period | UnsetType, advice: str) -> Iterable[Finding]:
    """A finding for a period that leaves the calendar."""
    if period is not UNSET:
        try:
            period.after(_SOME_DAY)
        except OverflowError:
            shown = period.text if len(period.text) <= _LONGEST else f"{period.text[:_LONGEST]}..."
            yield place, f"{shown!r} ends beyond the year 9999; {advice}"


def not_a_duration(given: str | int) -> str | None:
    """Why this cannot be read as a duration, and how it is written; None where it can."""
    text = str(given) if isinstance(given, str) or abs(given) < 10**9 else "this number"
    try:
        Period(text)
    except ValueError as error:
        said = _SAID.fullmatch(text)
        form = said and _WRITTEN.get(said[2].lower())
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
        if said and form and int(said[1]):
            return f'{shown!r} is not how a duration is written; write "{form.format(int(said[1]))}"'
        if text.isdecimal() and int(text[:9]):
            return f'{shown} has no unit; write "P{shown}D" for days, "PT{shown}H" for hours, "P{shown}M" for months'
        return f"{shown!r} is not a duration: {error}"
    return None
