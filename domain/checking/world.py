"""The smallest world in which a policy can show all that it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from ..period import Period, period_to_text
from ..policies.clauses import Clause
from ..policies.policy import Policy
from .calendar import by_days

__all__ = ["Report", "World", "world_of"]

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LONG: Final = 10 * 365 * 86_400


class Report(Struct, frozen=True):
    """A violation as it is reported: one of each kind that the policy tells apart."""

    clause: str
    severity: str | None
    account_class: str | None


class World(Struct, frozen=True, kw_only=True):
    """When histories begin, the clause and the functions of direct sanctions, and the reports.

    `things`: how many sanctions, reports, proposals, appeals and exemptions one history opens at most. `lengths`: how long
    direct sanctions last, a short one and one of twice the length. The short one is the time that a proposal has: so instants
    fall together wherever they can, and the space stays small.
    """

    policy: Policy
    things: int
    start: datetime
    clause: str
    functions: tuple[str, ...]
    reports: tuple[Report, ...]
    lengths: tuple[Period, Period]

    @property
    def bounded(self) -> bool:
        """Whether some step gives bounds within which one person may choose otherwise."""
        ladders = self.policy.ladders.values()
        return bool(self.functions) and any(step.bounds is not UNSET for one in ladders for step in one.steps)

    @property
    def short(self) -> timedelta:
        """The short length as a difference of times."""
        return timedelta(days=self.lengths[0].days, seconds=self.lengths[0].seconds)

    def __hash__(self) -> int:
        return hash((self.policy.ref, self.things))


def world_of(policy: Policy, things: int) -> World:
    """The world of a policy, its months counted in days.

    It begins when the policy, and every clause that has no end, is in force. Clauses that come into force later can be cited from
    then on; where every one of them has ended by then, it begins while the last of them was in force.
    """
    policy = by_days(policy)
    clauses = policy.clauses or {}
    start = _START if policy.effective_from is UNSET else policy.effective_from
    for clause in clauses.values():
        if clause.effective_from is not UNSET and clause.effective_until is UNSET:
            start = max(start, clause.effective_from)
    ends = [clause.effective_until for clause in clauses.values()]
    if ends and all(end is not UNSET and end <= start for end in ends):
        start = max(map(_last_day, clauses.values()))
    names = [
        name for name, clause in clauses.items() if clause.effective_until is UNSET or clause.effective_until > start
    ]
    # Whatever is imposed directly cites a clause that stays, if there is one.
    names.sort(key=lambda name: clauses[name].effective_until is not UNSET)
    return World(
        policy=policy,
        things=things,
        start=start,
        clause=names[0] if names else "any",
        functions=_functions(policy),
        reports=_reports(policy, names),
        lengths=_lengths(policy),
    )


def _lengths(policy: Policy) -> tuple[Period, Period]:
    ttl = policy.proposal_ttl
    # Longer ones would lead out of the calendar.
    seconds = min(86_400 * (30 * ttl.months + ttl.days) + ttl.seconds, _LONG)
    return Period(f"PT{seconds}S"), Period(f"PT{2 * seconds}S")


def _last_day(clause: Clause) -> datetime:
    """Within the time of a clause that has ended, its beginning where that is known."""
    assert clause.effective_until is not UNSET
    return clause.effective_until - timedelta(days=1) if clause.effective_from is UNSET else clause.effective_from


def _functions(policy: Policy) -> tuple[str, ...]:
    """Up to two functions of the catalogue; a pattern gives names of its own."""
    names = [name for name in policy.functions if not name.endswith("*")]
    names += [f"{name[:-1]}{number}" for name in policy.functions if name.endswith("*") for number in (1, 2)]
    return tuple(names[:2])


def _reports(policy: Policy, names: list[str]) -> tuple[Report, ...]:
    """One clause of those that differ in their names and words alone, by severity and class of accounts."""
    kinds: dict[bytes, str] = {}
    for name in names:
        clause = (policy.clauses or {})[name]
        if clause.ladder is not UNSET:
            terms = msgspec.json.encode(replace(clause, text=UNSET), enc_hook=period_to_text, order="deterministic")
            kinds.setdefault(terms, name)
    severities: tuple[str | None, ...] = policy.severities or (None,)
    classes: tuple[str | None, ...] = policy.account_classes or (None,)
    return tuple(Report(name, severity, one) for name in kinds.values() for severity in severities for one in classes)
