"""What a history can be opened with, or go on with: new sanctions of every kind, proposals, reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from .. import acts
from ..period import Period
from ..policies.penalties import Penalty
from ..state import State
from ..terms import Basis, Consequence, EndOnly, FunctionTerm
from ..vocabulary import Actor, Clock
from .people import FIRST, PROPOSER, RULES
from .world import World

__all__ = ["Wish", "openings"]

Wish = tuple[Actor, acts.Act]
"""Somebody wants something."""


def openings(world: World, state: State, now: datetime, number: int) -> Iterator[Wish]:
    """Everything new; `number`: how many things there are, this one included, after which it is named."""
    name = f"s{number}"
    impositions = _impositions(world, name)
    for act in impositions:
        yield FIRST, act
    for act in impositions[:_BY_RULES]:
        yield RULES, act
    yield FIRST, replace(impositions[1], from_=now + world.short)
    for live in state.live:
        yield FIRST, replace(impositions[0], supersedes=(live,))
    yield from _proposals(world, state, now, name, f"p{number}")
    for report in world.reports:
        reported = acts.ReportViolation(
            violation=f"v{number}",
            clause=report.clause,
            severity=UNSET if report.severity is None else report.severity,
            account_class=UNSET if report.account_class is None else report.account_class,
        )
        yield PROPOSER, reported
        yield RULES, reported
        yield FIRST, replace(reported, choose=(Penalty(ban=_FOR_GOOD),), reason="-")
        if world.bounded:
            longer = Penalty(restrict=world.functions[:1], for_=world.lengths[1])
            yield FIRST, replace(reported, choose=(longer,), reason="-")
    if world.reports:
        yield RULES, acts.RecordViolation(violation=f"v{number}", clause=world.reports[0].clause)


_FOR_GOOD: Final = EndOnly(permanent=True)
# What the system is seen to impose as well: the mildest, the two bans, and the order that announces one.
_BY_RULES: Final = 4


@lru_cache(maxsize=4096)
def _impositions(world: World, name: str) -> tuple[acts.Imposition, ...]:
    basis = Basis(clause=world.clause)
    short, long = world.lengths
    for_short = EndOnly(for_=short)
    first = world.functions[:1]
    each = tuple(FunctionTerm(function=one, for_=end) for one, end in zip(world.functions, (short, long), strict=False))
    takes = Consequence(restrict=first, for_=short) if first else Consequence(warn=for_short)
    return (
        acts.Warn(sanction=name, basis=basis, for_=short),
        acts.Ban(sanction=name, basis=basis, for_=short),
        acts.Ban(sanction=name, basis=basis, permanent=True),
        _ordered(basis, name, short, "acceptance_by_deadline", Consequence(ban=_FOR_GOOD)),
        _ordered(basis, name, long, "submission_stops_clock", Consequence(ban=for_short)),
        _ordered(basis, name, short, "acceptance_by_deadline", takes),
        *([acts.Restrict(sanction=name, basis=basis, functions=each)] if each else []),
    )


def _ordered(basis: Basis, name: str, within: Period, clock: Clock, *follows: Consequence) -> acts.OrderRectification:
    return acts.OrderRectification(
        sanction=name,
        basis=basis,
        within=within,
        clock=clock,
        on_default=follows,
    )


def _proposals(world: World, state: State, now: datetime, name: str, proposal: str) -> Iterator[Wish]:
    impositions = _impositions(world, name)
    for act in impositions[2:4]:
        yield PROPOSER, acts.Propose(proposal=proposal, sanction=act)
    yield RULES, acts.Propose(proposal=proposal, sanction=impositions[2])
    yield PROPOSER, acts.Propose(proposal=proposal, sanction=impositions[-1])
    later = acts.Ban(sanction=name, basis=Basis(clause=world.clause), from_=now + 2 * world.short, permanent=True)
    yield PROPOSER, acts.Propose(proposal=proposal, sanction=later)
    for sanction in state.live.values():
        if sanction.kind == "ban":
            change = acts.ChangeSanction(sanction=sanction.id, permanent=True, reason="-")
            yield PROPOSER, acts.Propose(proposal=proposal, sanction=change)
