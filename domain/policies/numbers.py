"""Weights and levels: integers, or exact fractions written as text (`"4/3"`). Nothing here is a float."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Final

__all__ = ["Exact", "Number", "Parts", "as_text", "exact", "parts_of", "total"]

Number = int | str
"""A number as a policy or an event writes it: an integer, or a fraction as text."""
Exact = int | Fraction
"""The same as it is reckoned with; integers stay integers, which are quicker."""
Parts = tuple[int, int]
"""The same as numerator and denominator, not reduced: many of these are added up far sooner than fractions."""

_WRITTEN: Final = re.compile(r"[0-9]{1,12}(?:/[0-9]{1,12})?", re.ASCII)


# typed: True and 1.0 are equal to 1, and neither of them is a weight.
@lru_cache(maxsize=4096, typed=True)
def exact(written: Number) -> Exact:
    """The value of a written number. Raises ValueError unless it is a whole number or a fraction, and not negative."""
    text = str(written)
    if isinstance(written, bool) or not _WRITTEN.fullmatch(text):
        raise ValueError(f'{text!r} is not a weight: write a whole number, or a fraction as text such as "4/3"')
    try:
        value = Fraction(text)
    except ZeroDivisionError:
        raise ValueError(f"{text!r} divides by zero") from None
    return _plain(value)


@lru_cache(maxsize=4096, typed=True)
def parts_of(written: Number) -> Parts:
    """A written number as numerator and denominator. Raises ValueError as `exact` does."""
    value = exact(written)
    return value.numerator, value.denominator


def total(many: Iterable[Parts]) -> Exact:
    """The sum of some numbers, exactly. What has one denominator is added up as integers."""
    sums: dict[int, int] = {}
    last, running = 1, 0
    for numerator, denominator in many:
        if denominator != last:
            sums[last] = running
            last, running = denominator, sums.get(denominator, 0)
        running += numerator
    sums[last] = running
    if len(sums) == 1:  # Whole numbers alone: their denominator came first.
        return running
    fractions = [Fraction(numerator, denominator) for denominator, numerator in sums.items() if numerator]
    return _plain(sum(fractions[1:], start=fractions[0])) if fractions else 0


def as_text(value: Exact) -> str:
    """The number as events keep it."""
    return str(value)


def _plain(value: Fraction) -> Exact:
    return value.numerator if value.denominator == 1 else value
