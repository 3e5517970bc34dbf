"""Changing terms without a gap: by a decision, by an approved proposal, or as an appeal granted in part."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, UnsetType

from .. import acts
from .. import events as e
from ..errors import InvalidPeriod, SecondPersonRequired, WrongKind
from ..policies.bounding import lasts_within
from ..state import Sanction
from ..terms import End, Functions, FunctionTerm, later, latest, outlasts
from .case import Case, within_calendar
from .imposing import Origin, check_catalogue, require_second_person

__all__ = ["change", "change_in_part"]


def change(case: Case, act: acts.ChangeSanction, origin: Origin) -> None:
    """New terms for a sanction that has not ended; the same terms again are no event.

    Harsher terms are judged like a new sanction (terminal, exempt, second person) and open a new appeal window. What a policy
    gave bounds for, one person changes within them alone: SecondPersonRequired.
    """
    sanction = case.unended(act.sanction)
    case.require("change_permanent_ban" if sanction.permanent_ban else "change")
    until, functions = _new_terms(case, sanction, act.functions, act.end)
    if until == sanction.until and functions == sanction.functions:
        return
    _require_bounds(case, sanction, until, functions, origin)
    becomes_permanent = sanction.kind == "ban" and until is None
    if becomes_permanent:
        case.require("ban_permanently")
    case.emit(
        e.SanctionChanged(
            at=case.at,
            by=origin.by,
            sanction=sanction.id,
            until=until,
            functions=functions if sanction.kind == "restriction" else None,
            harsher=_is_harsher(sanction, until, functions),
            approved_by=origin.approved_by,
            proposal=origin.proposal,
            narrative=None if origin.proposal is not None else e.Narrative(reason=act.reason),
        )
    )
    if becomes_permanent:
        require_second_person(case, origin)


def _require_bounds(case: Case, sanction: Sanction, until: datetime | None, functions: _Ends, origin: Origin) -> None:
    """Raises SecondPersonRequired for terms beyond the policy's bounds that one person would decide alone."""
    bounds = None if sanction.grounds is None else sanction.grounds.bounds
    if bounds is None or origin.approved_by is not None or case.rehearsal:
        return
    new, old = (
        (functions, sanction.functions) if sanction.kind == "restriction" else ({"": until}, {"": sanction.until})
    )
    if new.keys() != old.keys() or not all(
        end == old[name] or lasts_within(bounds, sanction.from_, end) for name, end in new.items()
    ):
        raise SecondPersonRequired(
            f"the policy {sanction.policy.name} does not let one person change this so far: propose the change, and let another "
            "person approve",
            sanction=sanction.id,
        )


def change_in_part(case: Case, act: acts.DecideAppeal, sanction: Sanction) -> None:
    """The milder terms of an appeal granted in part. Raises InvalidPeriod unless they are milder."""
    until, functions = _new_terms(case, sanction, act.functions, act.end)
    same = until == sanction.until and functions == sanction.functions
    if same or _is_harsher(sanction, until, functions):
        raise InvalidPeriod("an appeal is granted in part by milder terms only", sanction=sanction.id)
    case.emit(
        e.SanctionChanged(
            at=case.at,
            by=case.by,
            sanction=sanction.id,
            until=until,
            functions=functions if sanction.kind == "restriction" else None,
            appeal=act.appeal,
        )
    )


_Ends = dict[str, datetime | None]


def _new_terms(
    case: Case, sanction: Sanction, given: Functions | UnsetType, end: End | None
) -> tuple[datetime | None, _Ends]:
    if sanction.kind == "rectification":
        raise WrongKind("an order is changed only by extension", sanction=sanction.id, kind=sanction.kind)
    if given is not UNSET and sanction.kind != "restriction":
        raise WrongKind(f"a {sanction.kind} has no functions", sanction=sanction.id, kind=sanction.kind)
    start = max(case.at, sanction.from_)
    new_end = None if end is None else within_calendar("until", lambda: end.resolve(start, clock=case.at))
    if sanction.kind != "restriction":
        return new_end, {}
    if given is UNSET:
        functions: _Ends = dict.fromkeys(sanction.functions, new_end)
        return new_end, functions
    functions = _replaced(case, sanction, given, new_end if end is not None else sanction.until, start)
    until = latest(functions)
    if until is not None and until <= case.at:
        raise InvalidPeriod("all these functions have been given back already", sanction=sanction.id)
    return until, functions


def _replaced(case: Case, sanction: Sanction, given: Functions, fallback: datetime | None, start: datetime) -> _Ends:
    old = sanction.functions
    new_names = tuple(
        entry for entry in given if (entry.function if isinstance(entry, FunctionTerm) else entry) not in old
    )
    if not given or new_names:
        check_catalogue(case.policy, new_names)
    functions: _Ends = {}
    for entry in given:
        if isinstance(entry, FunctionTerm):
            name, own = entry.function, entry.end
            until = within_calendar(name, lambda own=own: own.resolve(start, clock=case.at))  # type: ignore[misc]
        else:
            name = entry
            until = old.get(name, fallback)
        functions[name] = later(functions[name], until) if name in functions else until
    return dict(sorted(functions.items()))


def _is_harsher(sanction: Sanction, until: datetime | None, functions: _Ends) -> bool:
    if sanction.kind == "restriction":
        return outlasts(functions, sanction.functions)
    return outlasts({"": until}, {"": sanction.until})
