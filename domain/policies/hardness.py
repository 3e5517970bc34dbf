"""Whether one step can be milder than another: by its hardest penalty, on the calendar, by its functions, by who decides.

`Step.harshness` puts steps in one order and takes a month to be of average length. Here is asked what can happen: a month after
30 days is milder in February.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ..period import Period
from .ladders import Step
from .penalties import Measure, seconds

__all__ = ["Hardness", "hardness", "may_be_milder", "may_be_shorter"]

_DAY: Final = 86_400
_LEAST: Final = (0, 28, 59, 89, 120, 150, 181, 212, 242, 273, 303, 334)
_MOST: Final = (0, 31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337)
"""How many days less than a year so many months have at least and at most."""


class Hardness(NamedTuple):
    """How hard a step is: its harshness, what that was measured by, the functions that it takes, whether it only proposes."""

    harshness: tuple[tuple[int, ...], ...]
    measures: tuple[Measure, ...]
    functions: frozenset[str]
    proposed: bool


def hardness(step: Step) -> Hardness:
    """How hard a step is."""
    ordered = sorted(step.impose, key=lambda one: one.harshness, reverse=True)
    return Hardness(
        tuple([one.harshness for one in ordered]),
        tuple([one.measure for one in ordered]),
        frozenset[str]().union(*(one.functions for one in ordered)),
        step.propose,
    )


def may_be_milder(before: Hardness, after: Hardness) -> bool:
    """Whether the second is milder than the first, always or at some times of the year.

    Of two that are as hard, the one is milder that takes some of the other's functions and no others, or, the functions being
    the same, that waits for a person where the other one is imposed.
    """
    if after.harshness != before.harshness:
        return after.harshness < before.harshness or _shorter_by_calendar(before, after)
    if after.functions == before.functions:
        return after.proposed and not before.proposed
    return after.functions < before.functions


def may_be_shorter(one: Period | None, other: Period | None) -> bool:
    """Whether the first period (None: no end) can be shorter than the second, by the time of the year."""
    if one is None or other is None:
        return one is not None
    months = one.months - other.months
    days = _least(months) if months >= 0 else -_most(-months)
    return (days + one.days - other.days) * _DAY + one.seconds - other.seconds < 0


def _shorter_by_calendar(before: Hardness, after: Hardness) -> bool:
    """Whether the first length in which they differ can be the other way round. A difference of kind cannot."""
    for one, two in zip(before.measures, after.measures, strict=False):
        for hard, soft in zip(one, two, strict=False):
            if isinstance(hard, int) or isinstance(soft, int):
                if hard != soft:
                    return False
            elif seconds(hard) != seconds(soft):
                return may_be_shorter(soft, hard)
        if len(one) != len(two):
            return False
    return False


def _least(months: int) -> int:
    years, rest = divmod(months, 12)
    return 365 * years + max(0, years * 97 // 400 - 1) + _LEAST[rest]


def _most(months: int) -> int:
    years, rest = divmod(months, 12)
    return 365 * years + -(-years // 4) + _MOST[rest]
