"""The course of an order to rectify: extension, submission, acceptance, rejection, before and after the deadline."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET

from .. import acts
from .. import events as e
from ..errors import AlreadyDecided, DeadlinePassed, InvalidPeriod, NotInForce
from ..instants import as_utc
from ..state import Order, Sanction
from .case import Case, already_ended, within_calendar
from .ending import require_right_to_lift
from .imposing import check_consequences

__all__ = ["accept", "extend", "reject", "submit"]


def extend(case: Case, act: acts.ExtendRectification) -> None:
    """Move the deadline of a running order later; the same deadline again is no event."""
    case.require("extend")
    sanction = case.order(act.sanction)
    order = _order_of(sanction)
    if sanction.id not in case.builder.live:
        raise _too_late(sanction) if sanction.status == "defaulted" else already_ended(sanction)
    deadline = as_utc(act.deadline)
    if deadline == order.deadline:
        return
    if deadline < order.deadline or deadline <= case.at:
        raise InvalidPeriod(
            "a deadline is only moved to a later instant", field="deadline", deadline=order.deadline.isoformat()
        )
    check_consequences(order.on_default, deadline)
    case.emit(
        e.RectificationExtended(
            at=case.at, by=case.by, sanction=sanction.id, deadline=deadline, previous=order.deadline
        )
    )


def submit(case: Case, act: acts.SubmitRectification) -> None:
    """The holder reports; while a submission is under review, only one that adds something is an event."""
    case.require("submit")
    sanction = case.order(act.sanction)
    order = _order_of(sanction)
    _still_open(case, sanction)
    if order.status == "submitted" and not act.evidence and act.statement is UNSET:
        return
    narrative = None
    if act.evidence or act.statement is not UNSET:
        statement = None if act.statement is UNSET else act.statement
        narrative = e.Narrative(evidence=act.evidence, statement=statement)
    case.emit(e.RectificationSubmitted(at=case.at, by=case.by, sanction=sanction.id, narrative=narrative))


def accept(case: Case, act: acts.AcceptRectification) -> None:
    """In time the order is satisfied; late, the consequences that run are lifted."""
    case.require("review")
    sanction = case.order(act.sanction)
    late = _still_open(case, sanction)
    consequences = [s for s in case.builder.live.values() if s.caused_by == sanction.id]
    for consequence in consequences:
        require_right_to_lift(case, consequence)
    case.emit(e.RectificationAccepted(at=case.at, by=case.by, sanction=sanction.id, late=late, narrative=_reason(act)))
    for consequence in consequences:
        case.emit(e.SanctionLifted(at=case.at, by=case.by, sanction=consequence.id, because="rectified"))


def reject(case: Case, act: acts.RejectRectification) -> None:
    """What was submitted does not do. Where it had stopped the clock, the time that was left starts again."""
    case.require("review")
    sanction = case.order(act.sanction)
    order = _order_of(sanction)
    late = _still_open(case, sanction)
    if order.status != "submitted" and not (late and order.submitted_at is not None):
        if order.status == "rejected":
            raise AlreadyDecided("this submission was rejected before", sanction=sanction.id)
        raise NotInForce("nothing was submitted that could be rejected", sanction=sanction.id)
    deadline = _restarted(case.at, order)
    case.emit(
        e.RectificationRejected(at=case.at, by=case.by, sanction=sanction.id, deadline=deadline, narrative=_reason(act))
    )


def _restarted(at: datetime, order: Order) -> datetime | None:
    submitted_at = order.submitted_at
    if submitted_at is None or not order.stopped:
        return None
    deadline = within_calendar("deadline", lambda: at + (order.deadline - submitted_at))
    assert deadline is not None
    check_consequences(order.on_default, deadline, leave_out_passed=True)
    return deadline


def _still_open(case: Case, sanction: Sanction) -> bool:
    """False while the order runs, True when a late rectification is still possible.

    Raises DeadlinePassed after a default that nothing can mend any more, AlreadyEnded after any other end.
    """
    if sanction.id in case.builder.live:
        return False
    order = _order_of(sanction)
    if sanction.status != "defaulted" or order.status == "accepted":
        raise already_ended(sanction)
    runs_on = any(s.caused_by == sanction.id for s in case.builder.live.values())
    if order.clock != "acceptance_by_deadline" or not runs_on:
        raise _too_late(sanction)
    return True


def _too_late(sanction: Sanction) -> DeadlinePassed:
    return DeadlinePassed(
        "the deadline of this order has passed",
        sanction=sanction.id,
        deadline=_order_of(sanction).deadline.isoformat(),
    )


def _order_of(sanction: Sanction) -> Order:
    assert sanction.order is not None
    return sanction.order


def _reason(act: acts.AcceptRectification | acts.RejectRectification) -> e.Narrative | None:
    return None if act.reason is UNSET else e.Narrative(reason=act.reason)
