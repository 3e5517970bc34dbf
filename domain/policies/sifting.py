"""Sorting violations out for one reason after the other: the first that holds is the reason given."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Literal

from msgspec import Struct

from ..state import Violation

__all__ = ["Left", "Sieve", "WhyLeft"]

WhyLeft = Literal[
    "overturned", "content_age", "batch", "other_scope", "other_severity", "before_warning", "too_long_ago", "decayed"
]


class Left(Struct, frozen=True, gc=False):
    """An earlier violation that did not count, and why."""

    violation: str
    because: WhyLeft


class Sieve:
    """What is left of some violations, and why the others are not: mostly none is sorted out, and then nothing is copied."""

    __slots__ = ("_all", "_because", "rest")

    def __init__(self, violations: list[Violation]) -> None:
        self._all = violations
        self._because: dict[str, WhyLeft] = {}
        self.rest = violations

    def keep(self, kept: Sequence[bool], because: WhyLeft) -> None:
        """Go on with those of the rest of which this is true; of the others, say why not."""
        if False in kept:
            self._because |= {v.id: because for v, going_on in zip(self.rest, kept, strict=True) if not going_on}
            self.rest = list(compress(self.rest, kept))

    def left(self) -> tuple[Left, ...]:
        """What was sorted out, in the order of recording."""
        because = self._because
        return tuple([Left(v.id, because[v.id]) for v in self._all if v.id in because]) if because else ()
