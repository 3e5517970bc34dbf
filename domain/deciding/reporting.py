"""A reported violation: it goes on record, the policy says what follows, and that is imposed or put forward.

The policy is the authority: who reports needs no right to impose. A person may choose otherwise, with that person's own
rights; the choice is recorded as a deviation, and beyond the policy's bounds it waits for a second person.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import assert_never

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from .. import acts
from .. import events as e
from ..errors import IdInUse, NotPermitted, SecondPersonRequired
from ..instants import LAST_INSTANT, as_utc
from ..period import Period
from ..policies.evaluation import Evaluation, barred, evaluate, weigh_only
from ..policies.numbers import as_text
from ..policies.penalties import Penalty
from ..policies.tally import Cited
from ..policies.weight import Weight
from ..terms import Basis, EndOnly
from ..vocabulary import Actor
from .case import Case, within_calendar
from .imposing import Origin, impose
from .proposing import put_forward

__all__ = ["record_violation", "report_violation"]


def record_violation(case: Case, act: acts.RecordViolation) -> None:
    """Put a breach on record, with the weight that the policy gives it."""
    case.require("record")
    cited, weight = weigh_only(case.policy, case.state, act, case.at)
    case.emit(_recorded(case, act, cited, weight))


def report_violation(case: Case, act: acts.ReportViolation) -> None:
    """Put a breach on record, then do what the policy says, or what a person chooses instead."""
    case.require("record")
    found = evaluate(case.policy, case.state, act, case.at, reporter=case.by)
    chosen = _chosen(case, act)
    said = found.penalties
    deviates = chosen is not None and Counter(map(repr, chosen)) != Counter(map(repr, said))
    grounds = e.Grounds(
        reporter=case.by,
        step=found.step,
        level=as_text(found.level),
        weight=as_text(found.weight.exact),
        counted=tuple([one.violation for one in found.counted]),
        severity=found.severity,
        account_class=found.account_class,
        withheld=found.withheld,
        deviates=deviates,
        said=said if deviates else (),
        appeal=found.appeal,
    )
    cited = Cited(found.clause, found.category, found.severity, None)
    event = replace(
        _recorded(case, act, cited, found.weight),
        severity=found.reported,
        grounds=replace(grounds, appeal=None),
        reasons=_others(act),
    )
    if act.reason is not UNSET:
        event = replace(event, narrative=replace(event.narrative or e.Narrative(), reason=_text(act.reason)))
    case.emit(event)
    if chosen is None or not deviates:  # Who chooses what the policy says leaves the decision to it: what waits, waits.
        by = Actor("system", found.policy)
        _carry_out(case, act, found, grounds, by, found.impose, found.propose)
    elif _within_bounds(case, found, chosen):
        alone = tuple(one for one in chosen if not _needs_two(case, one))
        _carry_out(case, act, found, grounds, case.by, alone, tuple(one for one in chosen if one not in alone))
    elif chosen:
        _carry_out(case, act, found, grounds, case.by, (), chosen)
    else:
        raise SecondPersonRequired("the policy's bounds do not let one person alone impose nothing")


def _chosen(case: Case, act: acts.ReportViolation) -> tuple[Penalty, ...] | None:
    if act.choose is UNSET:
        return None
    if case.by.kind == "system":
        raise NotPermitted("the system follows the policy; only a person chooses otherwise", actor=case.by.kind)
    case.require("change")
    return None if barred(case.state, case.by) is not None else act.choose


def _needs_two(case: Case, penalty: Penalty) -> bool:
    return penalty.bans_permanently and "permanent_ban" in case.policy.second_person


def _within_bounds(case: Case, found: Evaluation, chosen: tuple[Penalty, ...]) -> bool:
    """Whether what is chosen differs from what the policy says in its length alone, and lasts as long as is allowed."""
    bounds = found.bounds
    if bounds is None:
        return True
    if Counter(map(_but_length, chosen)) != Counter(map(_but_length, found.penalties)):
        return False
    least, most = _ends_after(bounds.at_least, case.at), _ends_after(bounds.at_most, case.at)
    for end in (end for one in chosen for end in one.ends):
        until = within_calendar("choose", lambda end=end: end.resolve(case.at))  # type: ignore[misc]
        if most is not None and (until is None or until > most):
            return False
        if least is not None and until is not None and until < least:
            return False
    return True


def _but_length(penalty: Penalty) -> tuple[object, ...]:
    order = penalty.order
    announced = () if order is UNSET else (order.on_default, order.clock)
    return penalty.kind, penalty.functions, announced


def _ends_after(period: Period | UnsetType, at: datetime) -> datetime | None:
    if period is UNSET:
        return None
    try:
        return period.after(at)
    except OverflowError:
        return LAST_INSTANT


def _carry_out(
    case: Case,
    act: acts.ReportViolation,
    found: Evaluation,
    grounds: e.Grounds,
    by: Actor,
    at_once: tuple[Penalty, ...],
    proposed: tuple[Penalty, ...],
) -> None:
    origin = Origin(by, grounds=grounds, step=found.step, priors=found.priors)
    automatic = by.kind == "system"
    basis = Basis(
        clause=found.clause,
        violations=(_named(act),),
        category=UNSET if found.category is None else found.category,
        severity=UNSET if found.severity is None else found.severity,
        automated_detection=UNSET if act.detected is UNSET else act.detected == "automated",
        automated_decision="fully" if automatic else "not",
    )
    names = iter(range(1, len(at_once) + len(proposed) + 1))
    acts_now = [_act(one, f"{_named(act)}/s{next(names)}", basis) for one in at_once]
    if acts_now:
        impose(case, acts_now, origin, by_policy=automatic)
    if proposed and not automatic:
        case.require("propose")
    partly = replace(basis, automated_decision="partially") if automatic else basis
    for number, penalty in enumerate(proposed, 1):
        imposition = _act(penalty, f"{_named(act)}/s{next(names)}", partly)
        put_forward(case, f"{_named(act)}/p{number}", imposition, origin)


def _act(penalty: Penalty, sanction: str, basis: Basis) -> acts.Imposition:
    """The command that imposes a penalty."""
    match penalty.kind:
        case "warning":
            assert isinstance(penalty.warn, EndOnly)
            end = penalty.warn
            return acts.Warn(sanction=sanction, basis=basis, until=end.until, for_=end.for_, permanent=end.permanent)
        case "ban":
            assert isinstance(penalty.ban, EndOnly)
            end = penalty.ban
            return acts.Ban(sanction=sanction, basis=basis, until=end.until, for_=end.for_, permanent=end.permanent)
        case "restriction":
            assert penalty.restrict is not UNSET
            return acts.Restrict(
                sanction=sanction,
                basis=basis,
                functions=penalty.restrict,
                until=penalty.until,
                for_=penalty.for_,
                permanent=penalty.permanent,
            )
        case "rectification":
            order = penalty.order
            assert order is not UNSET
            return acts.OrderRectification(
                sanction=sanction,
                basis=basis,
                within=order.within,
                requirements=order.requirements,
                on_default=order.on_default,
                clock=order.clock,
            )
        case _:
            assert_never(penalty.kind)


def _named(act: acts.RecordViolation | acts.ReportViolation) -> str:
    if act.violation is UNSET:
        raise ValueError("a violation needs its id before it is decided")
    return act.violation


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _others(act: acts.ReportViolation) -> tuple[acts.Reason, ...]:
    """Every reason that the report names, where it names several."""
    if not act.reasons:
        return ()
    return (acts.Reason(clause=act.clause, category=act.category, severity=act.severity), *act.reasons)


def _recorded(
    case: Case, act: acts.RecordViolation | acts.ReportViolation, cited: Cited, weight: Weight
) -> e.ViolationRecorded:
    name = _named(act)
    if case.builder.has_violation(name):
        raise IdInUse(f"the id {name!r} is taken; choose another", id=name)
    narrative = None
    if act.facts is not UNSET or act.evidence:
        narrative = e.Narrative(facts=_text(act.facts), evidence=act.evidence)
    return e.ViolationRecorded(
        at=case.at,
        by=case.by,
        violation=name,
        clause=cited.clause,
        category=cited.category,
        severity=_text(act.severity),
        content_at=None if act.content_at is UNSET else as_utc(act.content_at),
        batch=_text(act.batch),
        detected=_text(act.detected),
        weight=as_text(weight.exact),
        policy=case.policy.ref,
        counts_until=weight.counts_until,
        decay=weight.decay,
        frozen_while=weight.frozen_while,
        discounted=weight.discounted,
        good_standing=weight.good_standing,
        narrative=narrative,
    )
