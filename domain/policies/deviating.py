"""In which direction a person's choice differs from what the policy said: harsher, milder, or neither."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, assert_never

from msgspec import UNSET, Struct

from .. import acts
from .. import events as e
from ..instants import EPOCH, LAST_INSTANT, as_utc
from ..terms import End, FunctionTerm
from ..vocabulary import RANK, STANDING_OF, Kind
from .penalties import Penalty
from .resolving import end_at

__all__ = ["KINDS", "Direction", "Measure", "direction", "kind_of", "measure", "measure_recorded"]

Direction = Literal["harsher", "milder", "other"]
KINDS: Final[dict[type[e.Imposed], Kind]] = {
    e.WarningIssued: "warning",
    e.RectificationOrdered: "rectification",
    e.FunctionsRestricted: "restriction",
    e.AccountBanned: "ban",
}
"""The kind of sanction that each event imposes."""


class Measure(Struct, frozen=True):
    """How hard a sanction is: its kind, its latest end (None: never), and the functions that it takes."""

    kind: Kind
    until: datetime | None
    functions: frozenset[str] = frozenset()


def measure(penalty: Penalty, at: datetime) -> Measure:
    """How hard a penalty is when it is imposed at `at`."""
    return Measure(penalty.kind, _latest((end_at(end, at) for end in penalty.ends), at), penalty.functions)


def measure_recorded(event: e.Imposed | e.SanctionProposed) -> Measure:
    """How hard a recorded sanction is, or one that was put forward, when it is imposed at once. Not for changes."""
    if isinstance(event, e.Imposed):
        functions = event.functions if isinstance(event, e.FunctionsRestricted) else ()
        return Measure(KINDS[type(event)], event.until, frozenset(functions))
    return _measure_act(event.act, event.at)


def kind_of(act: acts.Proposable) -> Kind | Literal["change"]:
    """The kind of sanction that a command imposes."""
    match act:
        case acts.Warn():
            return "warning"
        case acts.OrderRectification():
            return "rectification"
        case acts.Restrict():
            return "restriction"
        case acts.Ban():
            return "ban"
        case acts.ChangeSanction():
            return "change"
        case _:
            assert_never(act)


def _measure_act(act: acts.Proposable, at: datetime) -> Measure:
    match act:
        case acts.ChangeSanction():
            raise ValueError("a change has no measure of its own")
        case acts.OrderRectification():
            if act.within is not UNSET:
                return Measure("rectification", end_at(End(after=act.within), at))
            return Measure("rectification", None if act.deadline is UNSET else as_utc(act.deadline))
        case acts.Restrict():
            common = act.end or End()
            ends = [end_at(one.end if isinstance(one, FunctionTerm) else common, at) for one in act.functions]
            names = frozenset(one.function if isinstance(one, FunctionTerm) else one for one in act.functions)
            return Measure("restriction", _latest(ends, at), names)
        case acts.Warn() | acts.Ban():
            kind: Kind = "ban" if isinstance(act, acts.Ban) else "warning"
            return Measure(kind, end_at(act.end or End(), at))
        case _:
            assert_never(act)


def _latest(ends: Iterable[datetime | None], at: datetime) -> datetime | None:
    found = list(ends)
    return None if None in found else max((end for end in found if end is not None), default=at)


def direction(said: Iterable[Measure], chosen: Iterable[Measure]) -> Direction:
    """Which of the two is harder.

    The gravest kind decides; of the same kind, the other kinds beside it, the latest end and the functions decide together:
    where some of them point one way and some the other, neither is harder.
    """
    before, after = _Sum(said), _Sum(chosen)
    if before.gravest != after.gravest:
        return "harsher" if after.gravest > before.gravest else "milder"
    ups = (after.ranks > before.ranks, after.until > before.until, not after.functions <= before.functions)
    downs = (after.ranks < before.ranks, after.until < before.until, not before.functions <= after.functions)
    if any(ups) == any(downs):
        return "other"
    return "harsher" if any(ups) else "milder"


class _Sum:
    """Several sanctions of one decision taken together."""

    __slots__ = ("functions", "gravest", "ranks", "until")

    def __init__(self, measures: Iterable[Measure]) -> None:
        found = list(measures)
        self.ranks = sorted((RANK[STANDING_OF[one.kind]] for one in found), reverse=True)
        self.gravest = self.ranks[0] if self.ranks else 0
        gravest = [one for one in found if RANK[STANDING_OF[one.kind]] == self.gravest]
        # A sanction without end outlasts the calendar.
        self.until = max(((one.until is None, one.until or LAST_INSTANT) for one in gravest), default=(False, EPOCH))
        self.functions = frozenset(name for one in found for name in one.functions)
