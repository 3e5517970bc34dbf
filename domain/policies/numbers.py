"""Weights and levels: integers, or exact fractions written as text (`"4/3"`). Nothing here is a float."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

__all__ = ["Exact", "Number", "as_text", "exact"]

Number = int | str
"""A number as a policy or an event writes it: an integer, or a fraction as text."""
Exact = int | Fraction
"""The same as it is reckoned with; integers stay integers, which are quicker."""

_WRITTEN: Final = re.compile(r"[0-9]{1,12}(?:/[0-9]{1,12})?", re.ASCII)


@lru_cache(maxsize=4096)
def exact(written: Number) -> Exact:
    """The value of a written number. Raises ValueError unless it is a whole number or a fraction, and not negative."""
    text = str(written)
    if isinstance(written, bool) or not _WRITTEN.fullmatch(text):
        raise ValueError(f'{text!r} is not a weight: write a whole number, or a fraction as text such as "4/3"')
    try:
        value = Fraction(text)
    except ZeroDivisionError:
        raise ValueError(f"{text!r} divides by zero") from None
    return value.numerator if value.denominator == 1 else value


def as_text(value: Exact) -> str:
    """The number as events keep it."""
    return str(value)
