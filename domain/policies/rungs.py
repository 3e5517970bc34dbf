"""The steps that apply to a severity and a class of accounts, by level: which one a level reaches, and which it crosses."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from fractions import Fraction
from math import floor

from .ladders import Levels, Step
from .numbers import Exact

__all__ = ["Rungs", "hardest"]


class Rungs:
    """Steps in the order of their levels; of one level in the order of the file."""

    __slots__ = ("_first", "_levels", "_steps", "_whole")

    def __init__(self, steps: Levels) -> None:
        self._steps = tuple(sorted(steps, key=lambda one: one[0]))
        self._levels = [level for level, _, _ in self._steps]
        self._whole = all(isinstance(level, int) for level in self._levels)
        self._first = [bisect_left(self._levels, level) for level in self._levels]

    def reached(self, level: Exact) -> Levels:
        """The steps at the highest level that is not above this one."""
        end = self._count(level)
        return self._steps[self._first[end - 1] : end] if end else ()

    def crossed(self, before: Exact, level: Exact) -> Levels:
        """The steps above `before` and not above `level`."""
        return self._steps[self._count(before) : self._count(level)]

    def _count(self, level: Exact) -> int:
        """How many steps are not above this level."""
        # A whole number lies above a fraction where it lies above what is whole of it, and comparing fractions is slow.
        return bisect_right(self._levels, floor(level) if self._whole and isinstance(level, Fraction) else level)


def hardest(steps: Levels) -> tuple[Exact, str, Step]:
    """The most severe of some steps; of equals that of the highest level, or the first."""
    return steps[0] if len(steps) == 1 else max(steps, key=lambda one: (one[2].harshness, one[0]))
