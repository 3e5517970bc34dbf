"""What a recorded violation counts at a time: exact, half-open, from what was recorded with it alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from msgspec import Struct

from ..instants import LAST_INSTANT
from ..state import Sanction, State, Violation
from ..vocabulary import Kind
from .numbers import Exact, Parts, parts_of, total

__all__ = ["Counted", "Scales", "void_among", "void_violations"]

_Span = tuple[datetime, datetime]
_TICK: Final = timedelta(microseconds=1)
_NOTHING: Final = timedelta()
_NEVER: Final[_Span] = (LAST_INSTANT, LAST_INSTANT)


class Counted(Struct, frozen=True, gc=False):
    """An earlier violation that counted, and how much: `parts` of `whole`, not reduced."""

    violation: str
    parts: int = 1
    whole: int = 1

    @property
    def value(self) -> Exact:
        """How much it counted."""
        return total(((self.parts, self.whole),))


class Scales:
    """Weighs the violations of one account at one instant, which is not before the last thing on record."""

    __slots__ = ("_at", "_rests", "_state", "_weighed")

    def __init__(self, state: State, at: datetime) -> None:
        self._state = state
        self._at = at if state.last_at is None or state.last_at < at else state.last_at
        self._rests: dict[str, timedelta] | None = None
        self._weighed: dict[str, Counted] | None = None

    def weight(self, violation: Violation) -> Exact:
        """What it counts: its weight, as far as it has not decayed."""
        return self.weighed[violation.id].value

    @property
    def weighed(self) -> dict[str, Counted]:
        """What each violation counts."""
        if self._weighed is None:
            self._weighed = self._weigh()
        return self._weighed

    def alive(self, violation: Violation) -> bool:
        """Whether its time has not run out, whatever it weighs."""
        until = violation.counts_until
        if until is None:
            return True
        return self._rest[violation.id] > _NOTHING if violation.frozen_while else self._at < until

    def living(self, violations: list[Violation]) -> list[Violation]:
        """Those of the violations whose time has not run out."""
        at, alive = self._at, self.alive
        return [
            v
            for v in violations
            if (until := v.counts_until) is None or (at < until if not v.frozen_while else alive(v))
        ]

    def _weigh(self) -> dict[str, Counted]:
        at, frozen = self._at, self._rest
        weighed: dict[str, Counted] = {}
        written: dict[str, Parts] = {}
        lifetime, ticks = _NOTHING, 0
        for violation in self._state.violations.values():
            weight = written.get(violation.weight)
            if weight is None:
                weight = written[violation.weight] = parts_of(violation.weight)
            parts, whole = weight
            until = violation.counts_until
            if until is not None:
                rest = frozen[violation.id] if violation.frozen_while else until - at
                if rest <= _NOTHING:
                    parts, whole = 0, 1
                elif violation.decay == "linear":
                    # Mostly the same as for the one before; turning a length of time into a number is what costs.
                    if until - violation.at != lifetime:
                        lifetime = until - violation.at
                        ticks = lifetime // _TICK
                    parts, whole = parts * (rest // _TICK), whole * ticks
            weighed[violation.id] = Counted(violation.id, parts, whole)
        return weighed

    @property
    def _rest(self) -> dict[str, timedelta]:
        """What is left of the time of each violation whose clock can stand still."""
        if self._rests is None:
            self._rests = {}
            waiting = [violation for violation in self._state.violations.values() if violation.frozen_while]
            while waiting:
                kinds = waiting[0].frozen_while
                self._rests |= self._thawed(kinds, [one for one in waiting if one.frozen_while == kinds])
                waiting = [one for one in waiting if one.frozen_while != kinds]
        return self._rests

    def _thawed(self, kinds: tuple[Kind, ...], violations: list[Violation]) -> dict[str, timedelta]:
        """What is left where sanctions of these kinds stop the clock: one pass, since all are in the order of time."""
        spans = _merged(self._in_force(kinds))
        stopped = sum((end - start for start, end in spans), start=_NOTHING)
        stops = iter(spans)
        start, end = next(stops, _NEVER)
        rests: dict[str, timedelta] = {}
        for violation in violations:
            since, until = violation.at, violation.counts_until
            while end <= since:
                stopped -= end - start
                start, end = next(stops, _NEVER)
            rest = (until or LAST_INSTANT) - self._at + stopped
            rests[violation.id] = rest - (since - start) if start < since else rest
        return rests

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
    return void_among([*state.ended.values(), *state.live.values()])


def void_among(sanctions: Sequence[Sanction]) -> frozenset[str]:
    """The same, where all sanctions of the account are at hand."""
    standing = [sanction for sanction in sanctions if sanction.overturned_at is None]
    if len(standing) == len(sanctions):
        return frozenset()
    void = {name for one in sanctions if one.overturned_at is not None for name in one.basis.violations}
    return frozenset(void.difference(*[sanction.basis.violations for sanction in standing]))
