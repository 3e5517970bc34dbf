"""What a rule may look at in a state, for the search to keep apart what differs in it."""

from __future__ import annotations

from ..state import Sanction, State

__all__ = ["appearance"]


def appearance(state: State) -> tuple[object, ...]:
    """How a state looks to a rule, without names, dates and free text.

    Of each sanction, in the order of decision: kind, status, whether it ends by itself, its functions, the step of the ladder,
    clause, category and severity, by whose decision and whether a second person approved, of which order it is a consequence,
    whether notice was served, how far its order has come. Of each appeal its sanction and status; of each settled proposal the
    kind of its act and its status; of each violation clause, category and severity; from whom the account is exempt. Not how
    long ago something was, nor terms that have been changed since, nor persons.
    """
    seen = list(state.sanctions())
    places = {one.id: place for place, one in enumerate(seen)}
    return (
        [(*_sanction(one), -1 if one.caused_by is None else places[one.caused_by]) for one in seen],
        [(places[one.sanction], one.status) for one in state.appeals.values()],
        [
            (type(one.act).__name__, one.status, places.get(one.sanction, -1))
            for one in state.settled_proposals.values()
        ],
        [(one.clause, one.category, one.severity) for one in state.violations.values()],
        None if state.exemption is None else state.exemption.unless,
    )


def _sanction(one: Sanction) -> tuple[object, ...]:
    return (
        *(one.kind, one.status, one.until is None, sorted(one.functions), one.step),
        *(one.basis.clause, one.basis.category or None, one.basis.severity or None),
        *(one.by.kind, one.approved_by is None, one.notice_at is None),
        None if one.order is None else one.order.status,
    )
