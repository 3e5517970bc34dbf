"""Violations as they are recorded and reported: clause, severity, class and category are those of the policy."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st
from msgspec import UNSET

from ..domain.policies.penalties import Penalty
from .drawing import pick, some, sometimes, whole
from .drawn_names import Names
from .drawn_terms import TEXTS, Json, consequence, iso

__all__ = ["breach", "report"]


def breach(draw: st.DrawFn, at: float, names: Names) -> Json:
    """The fields of a violation but its id."""
    fields = _reason(draw, names)
    if sometimes(draw, 2):
        fields["facts"] = pick(draw, TEXTS)
    if sometimes(draw, 4):
        fields["evidence"] = some(draw, ("screenshot", "message 998"), 1, 2)
    if sometimes(draw, 6):
        # Content of the future is refused.
        fields["content_at"] = iso(at + pick(draw, (0, -1, -3, -200, 1)))
    if sometimes(draw, 6):
        fields["batch"] = pick(draw, ("b1", "b2"))
    if sometimes(draw, 4):
        fields["detected"] = pick(draw, ("automated", "notice", "own_initiative"))
    return fields


def report(draw: st.DrawFn, at: float, names: Names) -> Json:
    """A report, sometimes of several clauses, sometimes with what a person chooses instead of what the policy says."""
    violation = names.fresh("r")
    fields = {"violation": violation, **breach(draw, at, names)}
    if names.classes and sometimes(draw, 2):
        fields["account_class"] = pick(draw, names.classes)
    if sometimes(draw, 6):
        fields["reasons"] = [_reason(draw, names) for _ in range(pick(draw, (2, 1, 3)))]
    if sometimes(draw, 5):
        fields["choose"] = [_penalty(draw, at, names) for _ in range(pick(draw, (1, 0, 2)))]
        fields["reason"] = pick(draw, TEXTS)
        _note_chosen(names, fields)
    else:
        _note_said(names, fields)
    return fields


def _reason(draw: st.DrawFn, names: Names) -> Json:
    clause = pick(draw, names.clauses)
    fields: Json = {"clause": clause}
    if not sometimes(draw, 20 if names.needs_severity(clause) else 3):
        fields["severity"] = pick(draw, names.severities)
    if sometimes(draw, 6):
        fields["category"] = pick(draw, names.categories)
    return fields


def _penalty(draw: st.DrawFn, at: float, names: Names) -> Json:
    if not sometimes(draw, 5):
        return consequence(draw, at, names.functions)
    days = whole(draw, 1, 5)
    announced = [consequence(draw, at + days + 2, names.functions) for _ in range(whole(draw, 0, 1))]
    return {"order": {"within": f"P{days}D", "on_default": announced}}


def _note_chosen(names: Names, report: Json) -> None:
    """What is chosen gets names for later commands; where a ladder has bounds, all of it may wait for a second person."""
    for number, penalty in enumerate(report["choose"], 1):
        announced = len(penalty["order"]["on_default"]) if "order" in penalty else None
        _note(names, report["violation"], number, announced)
    if names.policy.ladders or any("permanent" in one.get("ban", {}) for one in report["choose"]):
        names.proposals.open.append(f"{report['violation']}/p1")


def _note_said(names: Names, report: Json) -> None:
    """The same for what the policy may say; how far up its ladder the account has come is not foreseen."""
    policy = names.policy
    clause = (policy.clauses or {}).get(report["clause"])
    ladder = None if clause is None or clause.ladder is UNSET else policy.ladders.get(clause.ladder)
    if ladder is None:
        return
    levels = ladder.levels(report.get("severity"), report.get("account_class") or next(iter(names.classes), None))
    beginnings = [one for one in (ladder.first, ladder.prior_warning) if one is not UNSET]
    _note_penalties(names, report["violation"], [one.impose for one in (*beginnings, *(step for *_, step in levels))])
    if any(step.propose or any(one.bans_permanently for one in step.impose) for *_, step in levels):
        names.proposals.open.append(f"{report['violation']}/p1")


def _note_penalties(names: Names, violation: str, ways: Iterable[tuple[Penalty, ...]]) -> None:
    seen = set[int]()
    for number, penalty in (pair for way in ways for pair in enumerate(way, 1)):
        if number not in seen:
            seen.add(number)
            _note(names, violation, number, None if penalty.order is UNSET else len(penalty.order.on_default))


def _note(names: Names, violation: str, number: int, announced: int | None) -> None:
    """A sanction; where it is an order, with what it announces."""
    sanction = f"{violation}/s{number}"
    names.sanctions.open.append(sanction)
    if announced is not None:
        names.orders.open.append(sanction)
        names.sanctions.open += [f"{sanction}/{n}" for n in range(1, announced + 1)]
