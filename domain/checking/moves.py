"""Every move that is tried in a state: what each of the people may want to do next, allowed or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from .. import acts
from ..commands import Command
from ..state import Sanction, State
from .forbidden import forbidden
from .openings import Wish, openings
from .people import FIRST, HOLDER, OTHER, PROPOSER, RULES, SECOND
from .world import World

__all__ = ["ACCOUNT", "moves", "opens"]

ACCOUNT: Final = "checked"

_OPENING: Final = (
    *(acts.Warn, acts.OrderRectification, acts.Restrict, acts.Ban, acts.Propose),
    *(acts.Appeal, acts.ReportViolation, acts.RecordViolation, acts.Exempt, acts.ServeNotice),
)
_EXEMPT: Final = acts.Exempt(reason="-", unless=("reviewer",))
_END_EXEMPTION: Final = acts.EndExemption(reason="-")
_LIFT_ALL: Final = acts.LiftAll(reason="-")


def opens(command: Command) -> bool:
    """Whether a command opens a thing: a sanction, a report, a proposal, an appeal, a notice or an exemption."""
    return isinstance(command.act, _OPENING)


def moves(world: World, state: State, now: datetime, opened: int, *, strangers: bool = True) -> Iterator[Command]:
    """The commands that are tried in this state, always in the same order; `strangers`: with those of people who may not."""
    for by, act in _wishes(world, state, now, opened):
        yield Command(account=ACCOUNT, by=by, act=act, at=now)
    for by, act in forbidden(world, state) if strangers else ():
        yield Command(account=ACCOUNT, by=by, act=act, at=now)


def _wishes(world: World, state: State, now: datetime, opened: int) -> Iterator[Wish]:
    more = opened < world.things
    if more:
        yield from openings(world, state, now, opened + 1)
    for sanction in state.sanctions():
        yield from _upon(world, sanction, now)
        if more:
            yield HOLDER, acts.Appeal(appeal=f"a{opened + 1}", sanction=sanction.id, statement="-")
            if sanction.notice_at is None:
                yield RULES, acts.ServeNotice(sanction=sanction.id)
    for appeal in state.appeals:
        yield from _on_appeal(world, appeal)
    for proposal in (*state.open_proposals, *state.settled_proposals):
        yield from _on_proposal(proposal)
    if state.exemption is not None:
        yield FIRST, _END_EXEMPTION
    elif more:
        yield FIRST, _EXEMPT
    if state.live:
        yield PROPOSER, _LIFT_ALL
        yield FIRST, _LIFT_ALL


def _upon(world: World, sanction: Sanction, now: datetime) -> Iterator[Wish]:
    name = sanction.id
    yield OTHER, acts.Overturn(sanction=name, reason="-")
    if sanction.overturned_at is not None:
        return
    yield PROPOSER, acts.Lift(sanction=name, reason="-")
    if sanction.permanent_ban:
        yield FIRST, acts.Lift(sanction=name, reason="-")
        yield PROPOSER, acts.Overturn(sanction=name, reason="-")
        yield FIRST, acts.ChangeSanction(sanction=name, for_=world.lengths[1], reason="-")
    if sanction.order is not None:
        yield from _on_order(world, name, now)
        return
    yield PROPOSER, acts.ChangeSanction(sanction=name, for_=world.lengths[1], reason="-")
    if sanction.kind == "ban":
        yield PROPOSER, acts.ChangeSanction(sanction=name, permanent=True, reason="-")
    if sanction.kind == "restriction" and len(world.functions) > 1:
        # One of two is given back, or another one taken for it.
        kept = world.functions[:1] if len(sanction.functions) > 1 else world.functions[1:]
        yield PROPOSER, acts.ChangeSanction(sanction=name, functions=kept, reason="-")


def _on_order(world: World, name: str, now: datetime) -> Iterator[Wish]:
    yield PROPOSER, acts.ExtendRectification(sanction=name, deadline=now + 2 * world.short)
    yield HOLDER, acts.SubmitRectification(sanction=name)
    yield PROPOSER, acts.AcceptRectification(sanction=name)
    yield PROPOSER, acts.RejectRectification(sanction=name)


def _on_appeal(world: World, name: str) -> Iterator[Wish]:
    yield HOLDER, acts.WithdrawAppeal(appeal=name)
    for by in (FIRST, OTHER):
        yield by, acts.DecideAppeal(appeal=name, outcome="granted", reason="-")
        yield by, acts.DecideAppeal(appeal=name, outcome="denied", reason="-")
    for length in world.lengths:
        yield OTHER, acts.DecideAppeal(appeal=name, outcome="granted_in_part", for_=length, reason="-")


def _on_proposal(name: str) -> Iterator[Wish]:
    for by in (PROPOSER, SECOND, FIRST):
        yield by, acts.Approve(proposal=name)
    for by in (SECOND, FIRST):
        yield by, acts.Dismiss(proposal=name)
