"""What a recorded violation counts at a time: exact, half-open, from what was recorded with it alone."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from ..state import Sanction, State, Violation
from ..vocabulary import Kind
from .clocks import Clocks
from .numbers import Exact, Parts, parts_of, total

__all__ = ["Counted", "Scales", "void_among", "void_violations"]

_TICK: Final = timedelta(microseconds=1)
_NOTHING: Final = timedelta()


class Counted(Struct, frozen=True, gc=False):
    """An earlier violation that counted: its weight; of one that fades also what is left of its time, and of how much."""

    violation: str
    weight: str = "1"
    rest: timedelta | None = None
    lifetime: timedelta | None = None

    @property
    def value(self) -> Exact:
        """How much it counted."""
        weight = parts_of(self.weight)
        if self.rest is not None and self.lifetime is not None:
            weight = _faded(weight, self.rest // _TICK, self.lifetime)
        return total((weight,))


class Scales:
    """Weighs the violations of one account at one instant, which is not before the last thing on record."""

    __slots__ = ("_at", "_clocks", "_judged", "_weighed")

    def __init__(self, state: State, at: datetime) -> None:
        self._at = at if state.last_at is None or state.last_at < at else state.last_at
        self._clocks = Clocks(state, self._at)
        # What was asked last; it is often asked again.
        self._judged: tuple[list[Violation], list[bool]] = [], []
        self._weighed: tuple[list[Violation], Exact, list[Counted]] = [], 0, []

    def weight(self, violation: Violation) -> Exact:
        """What it counts: its weight, as far as it has not decayed."""
        (alive,) = self.alive([violation])
        return self.weigh([violation])[0] if alive else 0

    def alive(self, violations: list[Violation]) -> list[bool]:
        """Of each of the violations, whether its time has not run out, whatever it weighs."""
        if self._judged[0] != violations:
            at = self._at
            alive = [(until := v.counts_until) is None or at < until for v in violations]
            if False in alive:
                self._revive(violations, alive)
            self._judged = violations, alive
        return self._judged[1]

    def _revive(self, violations: list[Violation], alive: list[bool]) -> None:
        """Those come alive again whose time has not run out because their clocks stood still."""
        kinds: tuple[Kind, ...] = ()
        clock, changes = self._clocks.read(kinds, self._at)
        for index, violation in enumerate(violations):
            until = violation.counts_until
            if alive[index] or until is None or not violation.frozen_while:
                continue
            since = violation.at
            if since > changes or violation.frozen_while != kinds:
                kinds = violation.frozen_while
                clock, changes = self._clocks.read(kinds, since)
            alive[index] = clock < until

    def weigh(self, violations: list[Violation]) -> tuple[Exact, list[Counted]]:
        """What violations whose time has not run out weigh together, and each of them, in the order of recording."""
        if self._weighed[0] != violations:
            if "linear" in [violation.decay for violation in violations]:
                parts, counted = self._fading(violations)
            else:
                parts = _lasting([v.weight for v in violations])
                counted = [Counted(v.id, v.weight) for v in violations]
            self._weighed = violations, total(parts), counted
        return self._weighed[1:]

    def _fading(self, violations: list[Violation]) -> tuple[list[Parts], list[Counted]]:
        """The same where some fade: of one weight and one length of time, what is left is added up before it is divided."""
        lasting: list[str] = []
        groups: dict[tuple[str, timedelta], list[timedelta]] = {}
        counted: list[Counted] = []
        weight, lifetime, rests = "", _NOTHING, list[timedelta]()
        kinds: tuple[Kind, ...] = ()
        clock, changes = self._clocks.read(kinds, self._at)
        for violation in violations:
            until = violation.counts_until
            if until is None or violation.decay == "step":
                lasting.append(violation.weight)
                counted.append(Counted(violation.id, violation.weight))
                continue
            # Mostly the clock, the weight and the length of time are those of the one before, and nothing is looked up.
            since = violation.at
            if since > changes or violation.frozen_while != kinds:
                kinds = violation.frozen_while
                clock, changes = self._clocks.read(kinds, since)
            if until - since != lifetime or violation.weight != weight:
                weight, lifetime = violation.weight, until - since
                rests = groups.setdefault((weight, lifetime), [])
            rest = until - clock
            rests.append(rest)
            counted.append(Counted(violation.id, weight, rest, lifetime))
        faded = [_faded(parts_of(weight), _ticks(rests), lifetime) for (weight, lifetime), rests in groups.items()]
        return faded + _lasting(lasting), counted


def _lasting(weights: list[str]) -> list[Parts]:
    """What violations of these weights weigh that do not fade; mostly all weigh the same."""
    if weights and weights.count(weights[0]) == len(weights):
        return [_times(weights[0], len(weights))]
    return [_times(weight, number) for weight, number in Counter(weights).items()]


def _times(weight: str, number: int) -> Parts:
    parts, whole = parts_of(weight)
    return parts * number, whole


def _faded(weight: Parts, ticks: int, lifetime: timedelta) -> Parts:
    parts, whole = weight
    return parts * ticks, whole * (lifetime // _TICK)


def _ticks(lengths: list[timedelta]) -> int:
    """How long these lengths of time are together, in microseconds."""
    try:
        return sum(lengths, start=_NOTHING) // _TICK
    except OverflowError:  # Centuries of centuries: no longer a length of time, but still a number.
        return sum(length // _TICK for length in lengths)


def void_violations(state: State) -> frozenset[str]:
    """The violations that stopped counting: every sanction that rested on them was overturned."""
    sanctions = [*state.ended.values(), *state.live.values()]
    return void_among(sanctions, [one for one in sanctions if one.overturned_at is None])


def void_among(sanctions: list[Sanction], standing: list[Sanction]) -> frozenset[str]:
    """The same, where all sanctions of the account are at hand, and those that were not overturned."""
    if len(standing) == len(sanctions):
        return frozenset()
    void = {name for one in sanctions if one.overturned_at is not None for name in one.basis.violations}
    return frozenset(void.difference(*[sanction.basis.violations for sanction in standing]))
