"""New sanctions: alone, several as one decision, or out of an approved proposal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any, assert_never

from msgspec import UNSET, Struct
from msgspec.structs import replace

from .. import acts
from .. import events as e
from ..due import consequence_functions
from ..errors import EmptyFunctions, InvalidPeriod, SecondPersonRequired, UnknownFunction
from ..instants import as_utc
from ..policies.policy import Policy, Right
from ..terms import Basis, Consequence, End, Functions, FunctionTerm, Link, later, latest
from ..vocabulary import Actor
from .case import Case, within_calendar
from .ending import require_right_to_lift

_Fields = dict[str, Any]

__all__ = ["Origin", "impose", "resolve_functions"]


class Origin(Struct, frozen=True):
    """Who stands behind a decision: `by` alone, or `by` as proposer with `approved_by` as the second person.

    `step`, `priors` and `grounds`: how the policy came to it, where it came out of a report. `policy`: the version that did so
    before, when it is approved now: clause and functions are its own, and it is on record for them.
    """

    by: Actor
    approved_by: Actor | None = None
    proposal: str | None = None
    step: str | None = None
    priors: tuple[str, ...] = ()
    grounds: e.Grounds | None = None
    policy: e.PolicyRef | None = None


def impose(
    case: Case,
    impositions: Iterable[acts.Imposition],
    origin: Origin,
    *,
    supersede_all: bool = False,
    by_policy: bool = False,
) -> None:
    """Impose sanctions as one decision.

    What they supersede ends first, and the whole is judged against the state without it; the sanctions of one decision do
    not stand in each other's way. `by_policy`: the policy is the authority, and has said what one person decides alone.
    """
    planned = tuple(impositions)
    rights = [_rights(act) for act in planned]
    for needed in rights if not by_policy else ():
        case.require(*needed)
    superseded = _superseded(case, planned, supersede_all=supersede_all)
    for name in superseded:
        require_right_to_lift(case, case.unended(name))
    for name in superseded:
        replaced_by = planned[0].sanction if planned else UNSET
        case.emit(
            e.SanctionSuperseded(
                at=case.at,
                by=origin.approved_by or origin.by,
                sanction=name,
                superseded_by=None if replaced_by is UNSET else replaced_by,
            )
        )
    case.draft.judge_terminal_now()
    for act in planned:
        case.emit(_event(case, act, origin, superseded))
    if not by_policy and any("ban_permanently" in needed for needed in rights):
        require_second_person(case, origin)


def require_second_person(case: Case, origin: Origin) -> None:
    """Raises SecondPersonRequired for a permanent ban that one person would decide alone, where the policy wants two."""
    alone = origin.approved_by is None and not case.rehearsal
    if alone and "permanent_ban" in case.policy.second_person:
        raise SecondPersonRequired("this results in a permanent ban: propose it, and let another person approve")


def _superseded(case: Case, planned: tuple[acts.Imposition, ...], *, supersede_all: bool) -> tuple[str, ...]:
    names = (
        [sanction.id for sanction in case.builder.live.values() if sanction.status == "in_force"]
        if supersede_all
        else []
    )
    for act in planned:
        names += act.superseded
    return tuple(dict.fromkeys(names)) if names else ()


def resolve_functions(functions: Functions, common: End | None, start: datetime) -> dict[str, datetime | None]:
    """The functions with their ends; one named twice keeps the later end. Raises InvalidPeriod."""
    shared = None if common is None else within_calendar("until", partial(common.resolve, start))
    resolved: dict[str, datetime | None] = {}
    for entry in functions:
        if isinstance(entry, str):
            name, until = entry, shared
        else:
            name = entry.function
            until = within_calendar(name, partial(entry.end.resolve, start))
        resolved[name] = later(resolved[name], until) if name in resolved else until
    return dict(sorted(resolved.items()))


def check_catalogue(policy: Policy, functions: Functions) -> None:
    """Raises EmptyFunctions and UnknownFunction."""
    if not functions:
        raise EmptyFunctions("name at least one function")
    for entry in functions:
        name = entry.function if isinstance(entry, FunctionTerm) else entry
        if not policy.knows_function(name):
            raise UnknownFunction(
                f"the policy {policy.name} has no function {name!r}", function=name, policy=policy.name
            )


def _rights(act: acts.Imposition) -> list[Right]:
    match act:
        case acts.Warn():
            return ["warn"]
        case acts.Restrict():
            return ["restrict"]
        case acts.Ban():
            return ["ban_permanently"] if act.permanent is True else ["ban"]
        case acts.OrderRectification():
            rights: list[Right] = ["order"]
            for consequence in act.on_default:
                if consequence.restrict is not UNSET:
                    rights.append("restrict")
                elif consequence.warn is not UNSET:
                    rights.append("warn")
                else:
                    assert consequence.ban is not UNSET
                    rights.append("ban_permanently" if consequence.ban.permanent is True else "ban")
            return rights
        case _:
            assert_never(act)


def _event(case: Case, act: acts.Imposition, origin: Origin, superseded: tuple[str, ...]) -> e.Imposed:
    if act.sanction is UNSET:
        raise ValueError("a sanction needs its id before it is decided")
    case.free_sanction_id(act.sanction, proposal=origin.proposal)
    if origin.policy is None:
        _check_names(case, act)
    common: _Fields = {
        "at": case.at,
        "by": origin.by,
        "sanction": act.sanction,
        "basis": act.basis.header(),
        "from_": case.at,
        "policy": origin.policy or case.policy.ref,
        "step": origin.step,
        "priors": origin.priors or act.basis.priors,
        "grounds": origin.grounds,
        "approved_by": origin.approved_by,
        "proposal": origin.proposal,
        "supersedes": superseded,
        "because_of": _link(act),
        "appealable": case.policy.appeal if origin.grounds is None else origin.grounds.appeal,
        "narrative": None if origin.proposal is not None else narrative_of(act),
    }
    if isinstance(act, acts.OrderRectification):
        return _order(case, act, common)
    start = _start(case, act, approved=origin.approved_by is not None)
    if isinstance(act, acts.Restrict):
        functions = resolve_functions(act.functions, act.end, start)
        common |= {"from_": start, "until": latest(functions), "functions": functions}
        return e.FunctionsRestricted(**common)
    end = act.end or End()
    until = within_calendar("until", lambda: end.resolve(start))
    kind = e.AccountBanned if isinstance(act, acts.Ban) else e.WarningIssued
    common |= {"from_": start, "until": until}
    return kind(**common)


def _link(act: acts.Imposition) -> Link | None:
    if act.because_of_account is UNSET:
        return None
    if act.because_of_sanction is UNSET:
        raise ValueError("the sanction of the other account must be settled before the command is decided")
    return Link(act.because_of_account, act.because_of_sanction)


def _order(case: Case, act: acts.OrderRectification, common: _Fields) -> e.Imposed:
    end = End(after=act.within) if act.within is not UNSET else End(until=_given(act.deadline))
    deadline = within_calendar("deadline", lambda: end.resolve(case.at))
    assert deadline is not None
    check_consequences(act.on_default, deadline)
    clock = case.policy.clock if act.clock is UNSET else act.clock
    common |= {"until": deadline, "on_default": act.on_default, "clock": clock}
    return e.RectificationOrdered(**common)


def check_consequences(
    consequences: Iterable[Consequence], deadline: datetime, *, leave_out_passed: bool = False
) -> None:
    """Raises InvalidPeriod unless each consequence can start at this deadline and ends after it, inside the calendar."""
    for consequence in consequences:
        end = consequence.end
        if consequence.restrict is not UNSET:
            resolve = partial(consequence_functions, consequence, deadline, leave_out_passed=leave_out_passed)
            within_calendar("on_default", lambda resolve=resolve: latest(resolve() or {"": None}))  # type: ignore[misc]
        elif end is not None and not (leave_out_passed and end.has_passed(deadline)):
            within_calendar("on_default", partial(end.resolve, deadline))


def _start(case: Case, act: acts.Warn | acts.Restrict | acts.Ban, *, approved: bool) -> datetime:
    if act.from_ is UNSET:
        return case.at
    start = within_calendar("from", lambda: as_utc(_given(act.from_)))
    assert start is not None
    if start < case.at:
        if approved:
            return case.at
        raise InvalidPeriod("a sanction does not start before its decision", field="from")
    return start


def _given(instant: datetime | object) -> datetime:
    assert isinstance(instant, datetime)
    return instant


def _check_names(case: Case, act: acts.Imposition) -> None:
    """Raises UnknownClause, UnknownSanction, EmptyFunctions and UnknownFunction."""
    case.policy.clause(act.basis.clause, case.at)
    for prior in act.basis.priors:
        case.sanction(prior)
    if isinstance(act, acts.Restrict):
        check_catalogue(case.policy, act.functions)
    elif isinstance(act, acts.OrderRectification):
        for consequence in act.on_default:
            if consequence.restrict is not UNSET:
                check_catalogue(case.policy, consequence.restrict)


def narrative_of(act: acts.Proposable) -> e.Narrative | None:
    """The free text of a sanction or change, to be kept apart from its header."""
    if isinstance(act, acts.ChangeSanction):
        return e.Narrative(reason=act.reason)
    requirements = act.requirements if isinstance(act, acts.OrderRectification) else UNSET
    basis = act.basis
    if basis.facts is UNSET and not basis.evidence and requirements is UNSET:
        return None
    return e.Narrative(
        facts=None if basis.facts is UNSET else basis.facts,
        evidence=basis.evidence,
        requirements=None if requirements is UNSET else requirements,
    )


def header_of(act: acts.Proposable) -> acts.Proposable:
    """The same sanction or change without its free text, as a recorded proposal keeps it."""
    match act:
        case acts.ChangeSanction():
            return replace(act, reason="-")
        case acts.OrderRectification():
            return replace(act, basis=_header_basis(act.basis), requirements=UNSET)
        case _:
            return replace(act, basis=_header_basis(act.basis))


def _header_basis(basis: Basis) -> Basis:
    return replace(basis, facts=UNSET, evidence=())
