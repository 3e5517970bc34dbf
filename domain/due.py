"""What falls due by the mere passing of time, as a pure function of the state.

Reading never depends on a job having run: a read folds the recorded events and then these. The sweeper, and every accepted
command first thing, record the same events, so the answer is the same with and without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import UNSET, Struct
from msgspec.structs import replace

from . import events as e
from .drafting import Draft
from .events import Event
from .instants import LAST_INSTANT
from .state import Proposal, Sanction, State, survey
from .terms import Consequence, FunctionTerm, later, latest
from .vocabulary import DUE

__all__ = ["LinkEnd", "advance", "bearer", "consequence_functions", "due", "end_of"]


class LinkEnd(Struct, frozen=True):
    """A sanction of this account, and when the other account's sanction ended because of which it exists."""

    sanction: str
    at: datetime
    overturned: bool = False


def due(state: State, until: datetime, links: Sequence[LinkEnd] = ()) -> tuple[Event, ...]:
    """What falls due up to and including `until`, oldest first, each at the instant at which it fell due.

    At one instant: proposals lapse, then sanctions expire, then scheduled ones start, then orders default and their
    consequences start. `links`: the ends of what sanctions of this account exist because of; such a sanction is lifted then,
    or at the account's last event where that is later.
    """
    if not links and (state.next_due is None or state.next_due > until):
        return ()
    return tuple(_run(state, until, links).events)


def advance(state: State, until: datetime, links: Sequence[LinkEnd] = ()) -> State:
    """The state after everything that falls due up to `until`."""
    if not links and (state.next_due is None or state.next_due > until):
        return state
    return _run(state, until, links).builder.freeze()


def bearer(state: State, sanction: str) -> Sanction | None:
    """The sanction of this id; for a consequence that has not begun, the order that announces it."""
    return state.sanction(sanction) or state.sanction(sanction.rpartition("/")[0])


def end_of(state: State, sanction: str, cause: LinkEnd | None = None) -> LinkEnd | None:
    """When a sanction ended, or will end as far as is decided; None where no end is known.

    `cause`: the end of what its bearer exists because of. Sanctions are independent, so no other one is looked at.
    """
    one = bearer(state, sanction)
    if one is not None and one.id in state.live:
        alone = {one.id: one}
        standing, terminal = survey(alone)
        state = replace(state, live=alone, open_proposals={}, standing=standing, terminal=terminal, next_due=one.due_at)
        state = advance(state, LAST_INSTANT, () if cause is None else (replace(cause, sanction=one.id),))
        one = bearer(state, sanction)
    if one is None or one.ended_at is None:
        return None
    # What had ended by itself before it was overturned ended then.
    overturned = one.overturned_at is not None and one.overturned_at <= one.ended_at
    return LinkEnd(sanction, one.ended_at, overturned)


def _run(state: State, until: datetime, links: Sequence[LinkEnd]) -> Draft:
    draft = Draft(state, until, DUE)
    draft.ignore_exemption()
    builder = draft.builder
    ends = sorted((end for end in links if end.at <= until), key=lambda end: end.at, reverse=True)
    while True:
        instant = builder.next_due
        if ends and (instant is None or ends[-1].at <= instant):
            _unlink(draft, ends.pop())
            continue
        if instant is None or instant > until:
            return draft
        for proposal in [p for p in builder.open_proposals.values() if p.lapses_at == instant]:
            _lapse(draft, proposal, instant)
        falling = sorted((s for s in builder.live.values() if s.due_at == instant), key=lambda s: (_phase(s), s.number))
        for sanction in falling:
            _happen(draft, sanction, instant)


def _unlink(draft: Draft, end: LinkEnd) -> None:
    if end.sanction in draft.builder.live:
        last = draft.builder.last_at
        at = end.at if last is None else max(end.at, last)
        because = "linked_overturned" if end.overturned else "linked_ended"
        draft.emit(e.SanctionLifted(at=at, by=DUE, sanction=end.sanction, because=because))


def _phase(sanction: Sanction) -> int:
    if sanction.status == "scheduled":
        return 1
    return 0 if sanction.order is None else 2


def _lapse(draft: Draft, proposal: Proposal, at: datetime) -> None:
    draft.emit(e.ProposalLapsed(at=at, by=DUE, proposal=proposal.id, sanction=proposal.sanction))


def _happen(draft: Draft, sanction: Sanction, at: datetime) -> None:
    exempt = draft.builder.exemption is not None
    if sanction.status == "scheduled":
        if exempt:
            draft.emit(e.SanctionLifted(at=at, by=DUE, sanction=sanction.id, because="exempt"))
        else:
            draft.emit(e.SanctionStarted(at=at, by=DUE, sanction=sanction.id))
    elif sanction.order is None:
        draft.emit(e.SanctionExpired(at=at, by=DUE, sanction=sanction.id))
    else:
        draft.emit(e.RectificationDefaulted(at=at, by=DUE, sanction=sanction.id))
        for number, consequence in enumerate(sanction.order.on_default, 1):
            _follow(draft, sanction, consequence, f"{sanction.id}/{number}", at, withheld=exempt)


def _follow(
    draft: Draft, order: Sanction, consequence: Consequence, sanction_id: str, at: datetime, *, withheld: bool
) -> None:
    end = consequence.end
    if consequence.restrict is not UNSET:
        functions = consequence_functions(consequence, at, leave_out_passed=True)
        if not functions:
            return
        draft.emit(
            e.FunctionsRestricted(
                at=at,
                by=DUE,
                sanction=sanction_id,
                basis=order.basis,
                from_=at,
                until=latest(functions),
                functions=functions,
                policy=order.policy,
                caused_by=order.id,
                appealable=order.appeal_terms,
                withheld=withheld,
            )
        )
    else:
        # A rejection that restarted the clock may have moved the deadline past an end that was given as an instant.
        if end is None or end.has_passed(at):
            return
        until = end.resolve(at)
        kind = e.AccountBanned if consequence.ban is not UNSET else e.WarningIssued
        draft.emit(
            kind(
                at=at,
                by=DUE,
                sanction=sanction_id,
                basis=order.basis,
                from_=at,
                until=until,
                policy=order.policy,
                caused_by=order.id,
                appealable=order.appeal_terms,
                withheld=withheld,
            )
        )
    if withheld:
        draft.emit(e.SanctionLifted(at=at, by=DUE, sanction=sanction_id, because="exempt"))


def consequence_functions(
    consequence: Consequence, start: datetime, *, leave_out_passed: bool = False
) -> dict[str, datetime | None]:
    """The functions of an announced restriction with their ends, counted from `start` (the deadline).

    Raises ValueError for an end at or before the start, unless those are left out, and OverflowError beyond the calendar.
    """
    common = consequence.end
    functions: dict[str, datetime | None] = {}
    if consequence.restrict is UNSET:
        return functions
    for entry in consequence.restrict:
        end = entry.end if isinstance(entry, FunctionTerm) else common
        name = entry.function if isinstance(entry, FunctionTerm) else entry
        if leave_out_passed and end is not None and end.has_passed(start):
            continue
        until = None if end is None else end.resolve(start)
        functions[name] = later(functions[name], until) if name in functions else until
    return dict(sorted(functions.items()))
