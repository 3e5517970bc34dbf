"""Draws from strategies that are made once: Hypothesis works out anew what a strategy is like that is made for one draw."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

__all__ = ["pick", "some", "sometimes", "whole"]

T = TypeVar("T")

_between: Final = lru_cache(maxsize=1024)(st.integers)


@lru_cache(maxsize=1024)
def _lists(options: tuple[Any, ...], least: int, most: int, *, unique: bool) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(options), min_size=least, max_size=most, unique=unique)


def whole(draw: st.DrawFn, least: int, most: int) -> int:
    """A whole number, the simplest being the least."""
    return draw(_between(least, most))


def pick(draw: st.DrawFn, options: Sequence[T]) -> T:
    """One of the options, the simplest being the first."""
    return options[whole(draw, 0, len(options) - 1)]


def some(draw: st.DrawFn, options: Sequence[T], least: int, most: int, *, unique: bool = False) -> list[T]:
    """Between so many and so many of the options, in any order."""
    return draw(_lists(tuple(options), least, most, unique=unique))


def sometimes(draw: st.DrawFn, one_in: int) -> bool:
    """True once in so many times; the simplest example says no."""
    return whole(draw, 1, one_in) == one_in
