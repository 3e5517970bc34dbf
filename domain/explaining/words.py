"""Sentences for what policies and decisions hold as data: penalties, sanctions, measures, reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Final, assert_never

from msgspec import UNSET

from .. import acts
from .. import events as e
from ..instants import text as instant_text
from ..policies.clauses import Escalation
from ..policies.ladders import Ladder, Scope
from ..policies.numbers import Exact
from ..policies.penalties import Penalty
from ..terms import Consequence, End, EndOnly, Functions, FunctionTerm
from ..vocabulary import Actor

__all__ = [
    "FIRES",
    "actor_words",
    "change_words",
    "consequence_words",
    "escalation_words",
    "imposed_words",
    "measure_words",
    "nth",
    "number_words",
    "penalty_words",
    "scope_words",
]

FIRES: Final = {
    "each": "each violation brings the step of the level that it reaches",
    "crossing": "a step fires when the level reaches it from below",
    "once": "a step fires when the level reaches it from below, and not again until what it brought was overturned",
}
_READABLE: Final = 1000
_SCOPES: Final[dict[Scope, str]] = {
    "account": "of the account",
    "clause": "of the same clause",
    "category": "of the same category",
    "ladder": "of all clauses that climb this ladder",
}


def nth(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def number_words(value: Exact | str) -> str:
    """A weight or level: as it is, or, where a fraction would be unreadable, cut off behind two places and called so."""
    try:
        found = Fraction(value)
    except (ValueError, ZeroDivisionError):
        return str(value)
    if found.denominator <= _READABLE:
        return str(found)
    hundredths = found.numerator * 100 // found.denominator
    return f"about {hundredths // 100}.{hundredths % 100:02d}"


def actor_words(actor: Actor) -> str:
    """Who acted."""
    return f"{actor.kind} {actor.id}"


def scope_words(scope: Scope) -> str:
    """Which violations belong to a scope."""
    return _SCOPES[scope]


def measure_words(ladder: Ladder) -> str:
    """What the level of a ladder is."""
    counted = "the number of violations" if ladder.count == "violations" else "what the violations weigh together"
    words = f"{counted} {scope_words(ladder.scope)}, the new one included"
    if ladder.same_severity:
        words += ", of the same severity"
    if ladder.within is not UNSET:
        words += f", within {ladder.within.text}"
        if ladder.running_counts:
            words += " or with a sanction that is still in force"
    if ladder.prior_warning is not UNSET:
        recent = f" within {ladder.prior_warning.within.text}" if ladder.prior_warning.within is not UNSET else ""
        words += f"; only after a warning{recent}, and from that on"
    return words


def escalation_words(rule: Escalation, violations: tuple[str, ...]) -> str:
    """Why a violation was treated as graver."""
    within = "" if rule.within is UNSET else f" within {rule.within.text}"
    number = nth(len(violations) + 1)
    return (
        f"{rule.severity} is treated as {rule.becomes} from the {nth(rule.nth)} {scope_words(rule.scope)}{within} on, "
        f"and this is the {number} (before it: {', '.join(violations)})"
    )


def penalty_words(penalty: Penalty) -> str:
    """What a step says."""
    if penalty.order is not UNSET:
        order = penalty.order
        return _order(f"within {order.within.text}", order.on_default)
    if penalty.restrict is not UNSET:
        return _restriction(penalty.restrict, penalty.end)
    if penalty.warn is not UNSET:
        return f"warning {_end(penalty.end)}"
    return _ban(penalty.end)


def consequence_words(consequence: Consequence) -> str:
    """What follows a missed deadline."""
    if consequence.restrict is not UNSET:
        return _restriction(consequence.restrict, consequence.end)
    return f"warning {_end(consequence.end)}" if consequence.warn is not UNSET else _ban(consequence.end)


def imposed_words(event: e.Imposed) -> str:
    """What a recorded sanction says."""
    match event:
        case e.RectificationOrdered():
            return _order(_deadline(event.until), event.on_default)
        case e.FunctionsRestricted():
            ends = set(event.functions.values())
            if len(ends) == 1:
                return f"restriction of {', '.join(event.functions)} {_until(event.until)}"
            return "restriction of " + ", ".join(f"{name} {_until(end)}" for name, end in event.functions.items())
        case e.AccountBanned():
            return "permanent ban" if event.until is None else f"ban {_until(event.until)}"
        case _:
            return f"warning {_until(event.until)}"


def change_words(act: acts.Proposable) -> str:
    """What a proposal would impose or change."""
    match act:
        case acts.OrderRectification():
            if act.within is not UNSET:
                return _order(f"within {act.within.text}", act.on_default)
            return _order(_deadline(None if act.deadline is UNSET else act.deadline), act.on_default)
        case acts.Restrict():
            return _restriction(act.functions, act.end)
        case acts.Ban():
            return _ban(act.end)
        case acts.Warn():
            return f"warning {_end(act.end)}"
        case acts.ChangeSanction():
            terms = _end(act.end) if act.functions is UNSET else _functions(act.functions, act.end)
            return f"change of {act.sanction} to {terms}"
        case _:
            assert_never(act)


def _order(deadline: str, consequences: Iterable[Consequence]) -> str:
    announced = " and ".join(map(consequence_words, consequences))
    return f"order to rectify {deadline}" + (f" (if that is missed: {announced})" if announced else "")


def _deadline(instant: datetime | None) -> str:
    return "without a deadline" if instant is None else f"by {instant_text(instant)}"


def _ban(end: End | None) -> str:
    return "permanent ban" if end == End() else f"ban {_end(end)}"


def _restriction(functions: Functions, common: End | None) -> str:
    return f"restriction of {_functions(functions, common)}"


def _functions(functions: Functions, common: End | None) -> str:
    own = [entry for entry in functions if isinstance(entry, FunctionTerm)]
    if not own:
        names = ", ".join(str(entry) for entry in functions)
        return f"{names} {_end(common)}" if common is not None else names
    return ", ".join(
        f"{entry.function} {_end(entry.end)}" if isinstance(entry, EndOnly) else f"{entry} {_end(common)}"
        for entry in functions
    )


def _end(end: End | None) -> str:
    if end is None:
        return "with ends of their own"
    return _until(end.until) if end.after is None else f"for {end.after.text}"


def _until(instant: datetime | None) -> str:
    return "without end" if instant is None else f"until {instant_text(instant)}"
