"""What was asked for, reckoned once more from a command, an announcement or a policy: kind, start, end, functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from .. import acts
from .. import events as e
from ..event_parts import Bounds
from ..instants import LAST_INSTANT
from ..period import Period
from ..policies.penalties import Penalty
from ..policies.policy import Policy
from ..state import Order, Sanction, State
from ..terms import Consequence, EndOnly, Functions, FunctionTerm
from ..vocabulary import Kind

__all__ = [
    "Asked",
    "Ends",
    "announced",
    "bans_for_good",
    "followed",
    "imposed",
    "is_harsher",
    "lapsing",
    "later",
    "latest",
    "ordered",
    "reached",
    "ruled",
    "stands_still",
    "within_bounds",
]

Ends = Mapping[str, datetime | None]
"""Functions with their ends, None: never."""

# Written out once more, as in `rules`: the tables that the library goes by are not asked.
_KINDS: Final[dict[type[e.Imposed], Kind]] = {
    e.WarningIssued: "warning",
    e.RectificationOrdered: "rectification",
    e.FunctionsRestricted: "restriction",
    e.AccountBanned: "ban",
}


class Asked(Struct, frozen=True):
    """A sanction as it was asked for; `until` of a restriction is the latest end of its functions, of an order the deadline."""

    kind: Kind
    start: datetime
    until: datetime | None
    functions: Ends = {}
    announces: tuple[Consequence, ...] = ()


def imposed(event: e.Imposed) -> Asked:
    """What an event says that was imposed."""
    functions = event.functions if isinstance(event, e.FunctionsRestricted) else {}
    announces = event.on_default if isinstance(event, e.RectificationOrdered) else ()
    return Asked(_KINDS[type(event)], event.from_, event.until, functions, announces)


def ordered(act: acts.Imposition, now: datetime) -> Asked:
    """What a command asks for that imposes a sanction."""
    if isinstance(act, acts.OrderRectification):
        deadline = now if act.deadline is UNSET else act.deadline
        return Asked(
            "rectification", now, deadline if act.within is UNSET else _plus(now, act.within), {}, act.on_default
        )
    # What was proposed with a start that has passed meanwhile starts when it is approved.
    start = now if act.from_ is UNSET else max(act.from_, now)
    if isinstance(act, acts.Restrict):
        return _restriction(act.functions, _end(act, start), start)
    return Asked("warning" if isinstance(act, acts.Warn) else "ban", start, _end(act, start))


def announced(one: Consequence, deadline: datetime) -> Asked | None:
    """What an order announced, from its deadline on; None where nothing is left of it by then."""
    if one.restrict is not UNSET:
        found = _restriction(one.restrict, _end(one, deadline), deadline)
        left = {name: end for name, end in found.functions.items() if not _is_over(end, deadline)}
        return Asked("restriction", deadline, latest(left.values()), left) if left else None
    kind: Kind = "warning" if one.ban is UNSET else "ban"
    inner = one.warn if one.ban is UNSET else one.ban
    assert inner is not UNSET
    until = _end(inner, deadline)
    return None if _is_over(until, deadline) else Asked(kind, deadline, until)


def ruled(policy: Policy, chosen: tuple[Penalty, ...] | UnsetType, now: datetime) -> Iterator[Asked]:
    """What can follow from a report: what a person chose, and everything that a ladder of the policy imposes."""
    for ladder in policy.ladders.values():
        steps = [step.impose for step in ladder.steps]
        steps += [one.impose for one in (ladder.first, ladder.prior_warning) if one is not UNSET]
        for penalties in steps:
            for penalty in penalties:
                yield _ruled(penalty, now)
    for penalty in () if chosen is UNSET else chosen:
        yield _ruled(penalty, now)


def _ruled(penalty: Penalty, now: datetime) -> Asked:
    if penalty.order is not UNSET:
        return Asked("rectification", now, _plus(now, penalty.order.within), {}, penalty.order.on_default)
    if penalty.restrict is not UNSET:
        return _restriction(penalty.restrict, _end(penalty, now), now)
    inner = penalty.warn if penalty.ban is UNSET else penalty.ban
    assert inner is not UNSET
    return Asked("warning" if penalty.ban is UNSET else "ban", now, _end(inner, now))


def reached(
    act: acts.ChangeSanction | acts.DecideAppeal, before: Sanction, now: datetime
) -> tuple[datetime | None, Ends]:
    """The end, and the functions, that a sanction has after a change: periods count from now, what is kept keeps its end."""
    given = act.until is not UNSET or act.for_ is not UNSET or act.permanent is not UNSET
    end = _end(act, now) if given else before.until
    if before.kind != "restriction":
        return end, {}
    if act.functions is UNSET:
        return end, dict.fromkeys(before.functions, end)
    found: dict[str, datetime | None] = {}
    for entry in act.functions:
        name = entry.function if isinstance(entry, FunctionTerm) else entry
        until = _end(entry, now) if isinstance(entry, FunctionTerm) else before.functions.get(name, end)
        found[name] = later(found.get(name, until), until)
    return latest(found.values()), found


def is_harsher(before: Sanction, event: e.SanctionChanged) -> bool:
    """Whether the terms after a change are harsher in anything: something more is taken, or something is taken for longer."""
    if before.kind == "restriction":
        return _outlast(event.functions or {}, before.functions)
    return _outlast({"": event.until}, {"": before.until})


def followed(state: State, name: str) -> list[Sanction]:
    """The sanctions that exist because of this one."""
    return [one for one in state.sanctions() if one.caused_by == name]


def bans_for_good(consequences: Iterable[Consequence]) -> bool:
    """Whether a permanent ban is among what an order announces."""
    return any(one.ban is not UNSET and one.ban.permanent is True for one in consequences)


def lapsing(at: datetime, time: Period) -> datetime:
    """When a proposal lapses; one whose time goes beyond the calendar, at its last instant."""
    try:
        return _plus(at, time)
    except OverflowError:
        return LAST_INSTANT


def stands_still(order: Order) -> bool:
    """Whether the clock of an order waits for the review of what was submitted."""
    return order.clock == "submission_stops_clock" and order.submitted_at is not None


def within_bounds(bounds: Bounds, start: datetime, until: datetime | None) -> bool:
    """Whether an end is one that the bounds let one person decide alone; those of policies that are searched count in days."""
    if until is None:
        return bounds.at_most is UNSET
    lasts = until - start
    shortest = timedelta() if bounds.at_least is UNSET else _plus(start, bounds.at_least) - start
    return shortest <= lasts and (bounds.at_most is UNSET or lasts <= _plus(start, bounds.at_most) - start)


def _outlast(these: Ends, those: Ends) -> bool:
    """Whether something is taken by these which those do not take, or give back sooner."""
    return any(name not in those or later(end, those[name]) != those[name] for name, end in these.items())


def _restriction(entries: Functions, common: datetime | None, start: datetime) -> Asked:
    found: dict[str, datetime | None] = {}
    for entry in entries:
        name, end = (entry.function, _end(entry, start)) if isinstance(entry, FunctionTerm) else (entry, common)
        found[name] = later(found.get(name, end), end)
    return Asked("restriction", start, latest(found.values()), found)


_Limited = (
    EndOnly | Consequence | Penalty | acts.Warn | acts.Ban | acts.Restrict | acts.ChangeSanction | acts.DecideAppeal
)


def _end(one: _Limited, start: datetime) -> datetime | None:
    if one.until is not UNSET:
        return one.until
    return None if one.for_ is UNSET else _plus(start, one.for_)


def _plus(start: datetime, length: Period) -> datetime:
    # The policies that are searched count in days.
    return length.after(start) if length.months else start + timedelta(days=length.days, seconds=length.seconds)


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two ends, None being the latest."""
    return None if one is None or other is None else max(one, other)


def latest(ends: Iterable[datetime | None]) -> datetime | None:
    """The latest of some ends, None where one of them never comes, or where there is none."""
    found = list(ends)
    return None if None in found else max((end for end in found if end is not None), default=None)


def _is_over(end: datetime | None, instant: datetime) -> bool:
    return end is not None and end <= instant
