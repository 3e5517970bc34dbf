"""What nobody of a kind may do: each act, tried by everybody to whom the table of rights denies it. A refusal costs little."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import timedelta
from typing import Final

from .. import acts
from ..period import Period
from ..state import Order, Sanction, State
from ..terms import Basis
from ..vocabulary import Actor
from .openings import Wish
from .people import AUDITOR, HOLDER, PROPOSER, RULES
from .world import World

__all__ = ["forbidden", "situation"]

_STRANGERS: Final = (HOLDER, AUDITOR)
_ALL_BUT_REVIEWERS: Final = (HOLDER, AUDITOR, RULES, PROPOSER)
_NOBODY_BUT_PEOPLE: Final = (HOLDER, AUDITOR, RULES)
_ALL_BUT_THE_HOLDER: Final = (AUDITOR, RULES, PROPOSER)
_DAY: Final = Period("P1D")
_BASIS: Final = Basis(clause="any")
_UNKNOWN: Final = Basis(clause="a clause that nobody has heard of")
_OF_STAFF: Final[tuple[acts.Act, ...]] = (
    acts.Note(text="-"),
    acts.Warn(sanction="x", basis=_BASIS, for_=_DAY),
    acts.Ban(sanction="x", basis=_BASIS, for_=_DAY),
    acts.OrderRectification(sanction="x", basis=_BASIS, within=_DAY, on_default=()),
    acts.Propose(proposal="x", sanction=acts.Ban(sanction="x", basis=_BASIS, for_=_DAY)),
    acts.RecordViolation(violation="x", clause="any"),
    acts.ReportViolation(violation="x", clause="any"),
    acts.LiftAll(reason="-"),
)
_OF_REVIEWERS: Final[tuple[acts.Act, ...]] = (
    acts.Exempt(reason="-"),
    acts.EndExemption(reason="-"),
    acts.Hold(hold="x", reason="-"),
    acts.ErasePersonalData(reason="-"),
)


def situation(state: State) -> Hashable:
    """What a right can depend on: where this is the same, so is what is forbidden."""
    return (
        frozenset((one.kind, one.status, one.until is None, one.caused_by is None) for one in state.sanctions()),
        frozenset(one.status for one in state.appeals.values()),
        frozenset(type(one.act) for one in state.open_proposals.values()),
        state.exemption is None,
    )


def forbidden(world: World, state: State) -> Iterator[Wish]:
    """Every act that somebody is to be refused, upon everything there is."""
    if world.policy.clauses is not None:
        yield PROPOSER, acts.Warn(sanction="x", basis=_UNKNOWN, for_=_DAY)
    yield from _taken(world, state)
    yield from _all(_STRANGERS, *_OF_STAFF)
    yield from _all(_ALL_BUT_REVIEWERS, *_OF_REVIEWERS)
    if state.live:
        yield RULES, acts.LiftAll(reason="-")
    for sanction in state.sanctions():
        yield from _upon(sanction)
        if sanction.permanent_ban and sanction.caused_by is not None and sanction.overturned_at is None:
            yield PROPOSER, acts.Overturn(sanction=sanction.caused_by, reason="-")
        if sanction.order is not None:
            yield from _on_order(sanction.id, sanction.order)
    for appeal in state.appeals:
        yield from _all(_ALL_BUT_REVIEWERS, acts.DecideAppeal(appeal=appeal, outcome="denied", reason="-"))
        yield from _all(_ALL_BUT_THE_HOLDER, acts.WithdrawAppeal(appeal=appeal))
    for proposal in state.open_proposals:
        yield from _all(_NOBODY_BUT_PEOPLE, acts.Approve(proposal=proposal), acts.Dismiss(proposal=proposal))


def _taken(world: World, state: State) -> Iterator[Wish]:
    """Names that are taken: what has one is not written over."""
    basis = Basis(clause=world.clause)
    warning = acts.Warn(sanction="x", basis=basis, for_=_DAY)
    for sanction in state.sanctions():
        yield PROPOSER, acts.Warn(sanction=sanction.id, basis=basis, for_=_DAY)
    for appeal in state.appeals.values():
        yield HOLDER, acts.Appeal(appeal=appeal.id, sanction=appeal.sanction, statement="-")
    for proposal in (*state.open_proposals, *state.settled_proposals):
        yield PROPOSER, acts.Propose(proposal=proposal, sanction=warning)
    for violation in state.violations:
        yield PROPOSER, acts.RecordViolation(violation=violation, clause=world.clause)


def _all(people: tuple[Actor, ...], *these: acts.Act) -> Iterator[Wish]:
    for act in these:
        for by in people:
            yield by, act


def _upon(sanction: Sanction) -> Iterator[Wish]:
    name = sanction.id
    ending = (
        acts.Lift(sanction=name, reason="-"),
        acts.Overturn(sanction=name, reason="-"),
        acts.ChangeSanction(sanction=name, for_=_DAY, reason="-"),
    )
    yield from _all(_NOBODY_BUT_PEOPLE, *ending)
    yield from _all(_STRANGERS, acts.ServeNotice(sanction=name))
    yield from _all(_ALL_BUT_THE_HOLDER, acts.Appeal(appeal="x", sanction=name, statement="-"))
    instead = acts.Warn(sanction="x", basis=_BASIS, for_=_DAY, supersedes=(name,))
    yield from _all(_NOBODY_BUT_PEOPLE, instead)
    if sanction.permanent_ban:
        yield from _all((PROPOSER,), *ending, instead)


def _on_order(name: str, order: Order) -> Iterator[Wish]:
    later = order.deadline + timedelta(days=1)
    yield from _all(
        _NOBODY_BUT_PEOPLE,
        acts.AcceptRectification(sanction=name),
        acts.RejectRectification(sanction=name),
        acts.ExtendRectification(sanction=name, deadline=later),
    )
    yield PROPOSER, acts.ExtendRectification(sanction=name, deadline=order.deadline - timedelta(seconds=1))
    yield from _all(_ALL_BUT_THE_HOLDER, acts.SubmitRectification(sanction=name))
