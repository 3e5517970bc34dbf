"""Questions to a state: what is in force, may the account do this, what counts, and what was so at another time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from msgspec import Struct

from .due import LinkEnd, advance
from .events import SanctionOverturned
from .evolve import fold
from .policies.numbers import exact
from .policies.weighing import Scales, void_violations
from .record import Recorded
from .state import NOTHING, Sanction, State
from .terms import later

__all__ = [
    "EVERYTHING",
    "Restriction",
    "Strikes",
    "Verdict",
    "counting",
    "recorded_at",
    "restrictions",
    "state_at",
    "strikes",
    "verdict",
]

EVERYTHING = "*"
"""The function under which a ban appears: it covers every function, known or not."""


class Restriction(Struct, frozen=True):
    """A function that is taken away: until when (None: no end), and by which sanctions."""

    function: str
    until: datetime | None
    because: tuple[str, ...]


class Verdict(Struct, frozen=True):
    """May the account do this? True when allowed; else why not, and until when (None: no end in sight).

    `failure`: nobody could know, for the reason of this code, and the answer is the one that the host chose for that case.
    """

    allowed: bool
    because: tuple[str, ...] = ()
    until: datetime | None = None
    failure: str | None = None

    def __bool__(self) -> bool:
        return self.allowed


class Strikes(Struct, frozen=True):
    """What the counting violations weigh: those that have not decayed, and all."""

    active: Fraction
    total: Fraction


def restrictions(state: State, at: datetime, links: Sequence[LinkEnd] = ()) -> tuple[Restriction, ...]:
    """What is in force at `at`, the union over the sanctions; `state` must be advanced to `at`. `links`: as in `due`."""
    cuts = {end.sanction: end.at for end in links if end.at > at}
    ends: dict[str, datetime | None] = {}
    because: dict[str, list[str]] = {}
    for sanction in sorted(state.live.values(), key=lambda sanction: sanction.number):
        for function, own in _coverage(sanction, at).items():
            end = _sooner(own, cuts.get(sanction.id))
            ends[function] = later(ends[function], end) if function in ends else end
            because.setdefault(function, []).append(sanction.id)
    return tuple(Restriction(name, ends[name], tuple(because[name])) for name in sorted(ends))


def _coverage(sanction: Sanction, at: datetime) -> Mapping[str, datetime | None]:
    if sanction.status != "in_force":
        return {}
    if sanction.kind == "ban":
        return {EVERYTHING: sanction.until}
    return {name: end for name, end in sanction.functions.items() if end is None or at < end}


def _sooner(own: datetime | None, cut: datetime | None) -> datetime | None:
    return own if cut is None or (own is not None and own <= cut) else cut


def verdict(state: State, function: str, at: datetime, links: Sequence[LinkEnd] = ()) -> Verdict:
    """Whether the account may use this function at `at`; `state` must be advanced to `at`. `links`: as in `due`."""
    hits = [found for found in restrictions(state, at, links) if found.function in (function, EVERYTHING)]
    if not hits:
        return Verdict(allowed=True)
    until = hits[0].until
    for found in hits[1:]:
        until = later(until, found.until)
    names = dict.fromkeys(name for found in hits for name in found.because)
    return Verdict(allowed=False, because=tuple(names), until=until)


def counting(state: State) -> dict[str, bool]:
    """Which violations count: all but those whose every sanction was overturned."""
    void = void_violations(state)
    return {name: name not in void for name in state.violations}


def strikes(state: State, at: datetime) -> Strikes:
    """The sums of the weights that count: of what has not decayed at `at`, and of all; `state` must be advanced to `at`."""
    void, scales = void_violations(state), Scales(state, at)
    counts = [violation for name, violation in state.violations.items() if name not in void]
    return Strikes(
        active=Fraction(sum(scales.weight(violation) for violation in counts)),
        total=Fraction(sum(exact(violation.weight) for violation in counts)),
    )


def state_at(
    history: Sequence[Recorded], *, valid_at: datetime, known_at: datetime, links: Sequence[LinkEnd] = ()
) -> tuple[State, int]:
    """The state at `valid_at` as it was known at `known_at`, and how many events were known.

    What is known to have been overturned is void from its beginning, however late the overturn came; what fell due by
    `valid_at` has happened whether or not anybody recorded it. `links`: what `due` takes.
    """
    state, known = recorded_at(history, valid_at=valid_at, known_at=known_at)
    return advance(state, valid_at, links), known


def recorded_at(history: Sequence[Recorded], *, valid_at: datetime, known_at: datetime) -> tuple[State, int]:
    """The same without what only fell due."""
    known = [record.event for record in history if record.recorded_at <= known_at]
    valid = [event for event in known if event.at <= valid_at]
    voided = {event.sanction: event.at for event in known[len(valid) :] if isinstance(event, SanctionOverturned)}
    return fold(NOTHING, valid, voided=voided), len(known)
