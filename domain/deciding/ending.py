"""Ending sanctions: lifting (it was right, and ends now) against overturning (it was wrong, and never was)."""

from __future__ import annotations

from .. import acts
from .. import events as e
from ..state import Sanction
from .case import Case, already_ended

__all__ = ["lift", "lift_all", "overturn", "overturn_with_dependents", "require_right_to_lift"]


def lift(case: Case, act: acts.Lift) -> None:
    """End one sanction; nothing else changes."""
    case.require("lift")
    sanction = case.unended(act.sanction)
    require_right_to_lift(case, sanction)
    case.emit(_lifted(case, sanction, act.reason))


def lift_all(case: Case, act: acts.LiftAll) -> None:
    """End everything in force; where there is nothing, it is already so."""
    case.require("lift")
    live = [sanction for sanction in case.builder.live.values() if sanction.status == "in_force"]
    for sanction in live:
        require_right_to_lift(case, sanction)
    for sanction in live:
        case.emit(_lifted(case, sanction, act.reason))


def _lifted(case: Case, sanction: Sanction, reason: str) -> e.SanctionLifted:
    return e.SanctionLifted(at=case.at, by=case.by, sanction=sanction.id, narrative=e.Narrative(reason=reason))


def require_right_to_lift(case: Case, sanction: Sanction) -> None:
    """Raises NotPermitted unless the actor may end this sanction."""
    case.require("lift_permanent_ban" if sanction.permanent_ban else "lift")


def overturn(case: Case, act: acts.Overturn) -> None:
    """Void one sanction and what exists because of it."""
    case.require("overturn")
    overturn_with_dependents(case, case.sanction(act.sanction), reason=act.reason)


def overturn_with_dependents(case: Case, sanction: Sanction, *, reason: str | None, appeal: str | None = None) -> None:
    """Void a sanction, its consequences (each by an event of its own), and close the appeals against them.

    Raises AlreadyEnded when it was overturned before, NotPermitted without the right to overturn each of them.
    """
    if sanction.overturned_at is not None:
        raise already_ended(sanction)
    everything = case.builder.sanctions()
    dependents = [s for s in everything if s.caused_by == sanction.id and s.overturned_at is None]
    voided = [sanction, *dependents]
    for one in voided:
        case.require("overturn_permanent_ban" if one.permanent_ban else "overturn")
    names = {one.id for one in voided}
    affected = tuple(
        s.id for s in everything if s.overturned_at is None and s.id not in names and names.intersection(s.priors)
    )
    case.emit(
        e.SanctionOverturned(
            at=case.at,
            by=case.by,
            sanction=sanction.id,
            appeal=appeal,
            affected=affected,
            narrative=None if reason is None else e.Narrative(reason=reason),
        )
    )
    for one in dependents:
        case.emit(e.SanctionOverturned(at=case.at, by=case.by, sanction=one.id, caused_by=sanction.id, appeal=appeal))
    for open_appeal in case.builder.appeals():
        if open_appeal.sanction in names and open_appeal.status == "open":
            case.emit(e.AppealClosed(at=case.at, by=case.by, appeal=open_appeal.id, sanction=open_appeal.sanction))
