"""What a recorded violation counts at a time: exact, half-open, from what was recorded with it alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import chain
from typing import Final

from ..state import Sanction, State, Violation
from ..vocabulary import Kind
from .numbers import Exact, exact

__all__ = ["Scales", "void_violations"]

_Span = tuple[datetime, datetime]
_TICK: Final = timedelta(microseconds=1)
_NOTHING: Final = timedelta()


class Scales:
    """Weighs the violations of one account at one instant."""

    __slots__ = ("_at", "_spans", "_state")

    def __init__(self, state: State, at: datetime) -> None:
        self._state = state
        self._at = at
        self._spans: dict[tuple[Kind, ...], list[_Span]] = {}

    def weight(self, violation: Violation) -> Exact:
        """What it counts: its weight, as far as it has not decayed."""
        weight = exact(violation.weight)
        until = violation.counts_until
        if until is None or not weight:
            return weight
        if violation.decay == "step" and not violation.frozen_while:
            return weight if self._at < until else 0
        elapsed, lifetime = self._elapsed(violation), until - violation.at
        if elapsed >= lifetime:
            return 0
        if violation.decay == "step":
            return weight
        rest = weight * Fraction((lifetime - elapsed) // _TICK, lifetime // _TICK)
        return rest.numerator if rest.denominator == 1 else rest

    def alive(self, violation: Violation) -> bool:
        """Whether its time has not run out, whatever it weighs."""
        until = violation.counts_until
        if until is None:
            return True
        if not violation.frozen_while:
            return self._at < until
        return self._elapsed(violation) < until - violation.at

    def _elapsed(self, violation: Violation) -> timedelta:
        elapsed = max(self._at - violation.at, _NOTHING)
        if violation.frozen_while:
            for start, end in self._frozen(violation.frozen_while):
                elapsed -= max(end - max(start, violation.at), _NOTHING)
        return elapsed

    def _frozen(self, kinds: tuple[Kind, ...]) -> list[_Span]:
        spans = self._spans.get(kinds)
        if spans is None:
            spans = self._spans[kinds] = _merged(self._in_force(kinds))
        return spans

    def _in_force(self, kinds: tuple[Kind, ...]) -> Iterable[_Span]:
        for sanction in chain(self._state.ended.values(), self._state.live.values()):
            if sanction.kind in kinds and sanction.overturned_at is None and sanction.status != "scheduled":
                end = self._at if sanction.ended_at is None else min(sanction.ended_at, self._at)
                if sanction.from_ < end:
                    yield sanction.from_, end


def _merged(spans: Iterable[_Span]) -> list[_Span]:
    merged: list[_Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def void_violations(state: State) -> frozenset[str]:
    """The violations that stopped counting: every sanction that rested on them was overturned."""
    overturned = [sanction for sanction in state.ended.values() if sanction.overturned_at is not None]
    if not overturned:
        return frozenset()
    standing: Sequence[Sanction] = [
        sanction
        for sanction in chain(state.ended.values(), state.live.values())
        if sanction.overturned_at is None and sanction.basis.violations
    ]
    void = {name for sanction in overturned for name in sanction.basis.violations}
    return frozenset(void.difference(*(sanction.basis.violations for sanction in standing)))
