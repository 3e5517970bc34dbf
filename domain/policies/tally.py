"""Which earlier violations count for a ladder, and which do not, each with its reason."""

from __future__ import annotations

from collections.abc import Container, Set
from datetime import datetime, timedelta
from itertools import compress
from operator import attrgetter
from typing import TYPE_CHECKING, Final, assert_never

from msgspec import UNSET, Struct, UnsetType

from ..acts import ChangeSanction
from ..period import Period
from ..state import Sanction, State, Violation
from ..terms import Basis
from .ladders import Ladder, Scope
from .numbers import Exact
from .rungs import Rungs
from .sifting import Left, Sieve, WhyLeft
from .weighing import Counted, Scales, void_among

if TYPE_CHECKING:
    from .policy import Policy

__all__ = ["Cited", "Counted", "Left", "Record", "Since", "Tally", "WhyLeft"]


class Cited(Struct, frozen=True, gc=False):
    """A clause as a report cites it, and the ladder that the policy gives it."""

    clause: str
    category: str | None
    severity: str | None
    ladder: str | None


class Tally(Struct, frozen=True, gc=False):
    """What the earlier violations come to: their level, which counted, which were left out."""

    level: Exact
    counted: tuple[Counted, ...]
    left: tuple[Left, ...]


_NO_RUNGS: Final = Rungs(())
_CLOCKS_DIFFER: Final = timedelta(days=2)
"""By how much two clocks in different places can differ, and more."""
Since = tuple[int, datetime]
"""A version of the account and an instant: what is recorded later, and not of an earlier time."""


class Record:
    """An account's record under a policy at an instant."""

    __slots__ = ("_at", "_policy", "_standing", "_violations", "_void", "eligible", "scales", "state")

    eligible: list[Violation]
    """The violations that count for something: neither overturned nor discounted when they were recorded."""

    def __init__(self, policy: Policy, state: State, at: datetime) -> None:
        self._policy = policy
        self._at = at
        sanctions = [*state.ended.values(), *state.live.values()]
        self._standing = [sanction for sanction in sanctions if sanction.overturned_at is None]
        self._void = void = void_among(sanctions, self._standing)
        self._violations = list(state.violations.values())
        eligible = [v for v in self._violations if v.discounted is None]
        self.eligible = [v for v in eligible if v.id not in void] if void else eligible
        self.state = state
        self.scales = Scales(state, at)

    def score(self) -> Exact:
        """What all eligible violations weigh now."""
        eligible = self.eligible
        alive = self.scales.alive(eligible)
        return self.scales.weigh(list(compress(eligible, alive)) if False in alive else eligible)[0]

    def in_scope(self, violations: list[Violation], scope: Scope, cited: Cited) -> list[bool]:
        """Of each of the violations, whether it belongs to the scope of what is cited."""
        match scope:
            case "account":
                return [True] * len(violations)
            case "clause":
                clause = cited.clause
                return [v.clause == clause for v in violations]
            case "category":
                category = cited.category
                return [v.category is not None and v.category == category for v in violations]
            case "ladder":
                same = self._policy.clauses_of(cited.ladder)
                return [v.clause in same for v in violations]
            case _:
                assert_never(scope)

    def is_first(self, scope: Scope, cited: Cited) -> bool:
        """Whether no violation before counts for something in the scope."""
        return True not in self.in_scope(self.eligible, scope, cited)

    def rungs(self, cited: Cited, account_class: str | None) -> Rungs:
        """The steps that apply to what is cited, for an account of this class."""
        name = cited.ladder
        return _NO_RUNGS if name is None else self._policy.rungs(name, cited.severity, account_class)

    def recent(self, instants: list[datetime], within: Period | UnsetType) -> list[bool]:
        """Of each of the instants, whether it lies within the period before now; always where there is no period."""
        if within is UNSET:
            return [True] * len(instants)
        at = self._at
        if within.months:
            return _recent_by_calendar(at, instants, within)
        try:
            earliest = at - timedelta(days=within.days, seconds=within.seconds)
        except OverflowError:
            return [True] * len(instants)
        return [since > earliest for since in instants]

    def tally(self, ladder: Ladder, cited: Cited, *, after: Since | None = None) -> Tally:
        """What counts for the ladder; `after`: what is recorded since then."""
        sieve = self._sifted(ladder, cited, after)
        sieve.keep(self.scales.alive(sieve.rest), "decayed")
        counted = sieve.rest
        if ladder.count == "violations":
            return Tally(len(counted), tuple([Counted(one.id) for one in counted]), sieve.left())
        level, weighed = self.scales.weigh(counted)
        return Tally(level, tuple(weighed), sieve.left())

    def _sifted(self, ladder: Ladder, cited: Cited, after: Since | None) -> Sieve:
        if len(self.eligible) == len(self._violations):
            sieve = Sieve(self.eligible)
        else:
            sieve = Sieve(self._violations)
            sieve.keep([v.id not in self._void for v in sieve.rest], "overturned")
            sieve.keep([v.discounted != "batch" for v in sieve.rest], "batch")
            sieve.keep([v.discounted is None for v in sieve.rest], "content_age")
        if ladder.scope != "account":
            sieve.keep(self.in_scope(sieve.rest, ladder.scope, cited), "other_scope")
        if ladder.same_severity:
            sieve.keep([v.treated_as == cited.severity for v in sieve.rest], "other_severity")
        if after is not None:
            number, since = after
            sieve.keep([v.number > number and v.at >= since for v in sieve.rest], "before_warning")
        if ladder.within is not UNSET:
            recent = self.recent([v.at for v in sieve.rest], ladder.within)
            if ladder.running_counts and False in recent:
                running = self._still_running()
                recent = [one or v.id in running for v, one in zip(sieve.rest, recent, strict=True)]
            sieve.keep(recent, "too_long_ago")
        return sieve

    def _still_running(self) -> frozenset[str]:
        in_force = [s for s in self.state.live.values() if s.status == "in_force"]
        return frozenset([name for sanction in in_force for name in sanction.basis.violations])

    def prior_warning(self, within: Period | UnsetType, scope: Scope, cited: Cited) -> Sanction | None:
        """The earliest warning or order in the scope that was ever in force, is recent enough and was not overturned."""
        warnings = [one for one in self._standing if one.kind in {"warning", "rectification"}]
        found = [
            one
            for one in warnings
            if one.from_ <= self._at
            and (one.ended_at is None or one.from_ < one.ended_at)
            and self._belongs(one.basis, scope, cited)
        ]
        recent = compress(found, self.recent([one.from_ for one in found], within))
        return min(recent, key=attrgetter("from_", "number"), default=None)

    def spent(self, steps: Container[str | None], ladder: Ladder, cited: Cited) -> set[str | None]:
        """Which of the steps have fired on this count: what they brought was not overturned, or waits for a person."""
        fired = [(one.step, one.basis) for one in self._standing if one.step in steps]
        waiting = [one for one in self.state.open_proposals.values() if one.step in steps]
        fired += [(one.step, one.act.basis) for one in waiting if not isinstance(one.act, ChangeSanction)]
        return {
            step
            for step, basis in fired
            if self._belongs(basis, ladder.scope, cited)
            and (not ladder.same_severity or basis.severity == (UNSET if cited.severity is None else cited.severity))
        }

    def _belongs(self, basis: Basis, scope: Scope, cited: Cited) -> bool:
        """Whether a sanction on this basis belongs to the scope of what is cited."""
        name = basis.clause
        match scope:
            case "account":
                return True
            case "clause":
                return name == cited.clause
            case "ladder":
                return name in self._policy.clauses_of(cited.ladder)
            case "category":
                category = basis.category
                clause = (self._policy.clauses or {}).get(name)
                if category is UNSET and clause is not None:
                    category = clause.category
                return category is not UNSET and category == cited.category
            case _:
                assert_never(scope)

    def sanctions_on(self, violations: Set[str]) -> list[str]:
        """The sanctions, not overturned, that rest on one of these violations, in the order of decision."""
        if not violations:
            return []
        apart = violations.isdisjoint
        found = [sanction for sanction in self._standing if not apart(sanction.basis.violations)]
        found.sort(key=attrgetter("number"))
        return [sanction.id for sanction in found]


def _recent_by_calendar(at: datetime, instants: list[datetime], within: Period) -> list[bool]:
    """The same where months or years count: the calendar is asked only where their length decides."""
    try:
        shortest = timedelta(days=28 * within.months + within.days, seconds=within.seconds) - _CLOCKS_DIFFER
        surely, hardly = at - shortest, at - (shortest + timedelta(days=3 * within.months) + 2 * _CLOCKS_DIFFER)
    except OverflowError:
        return [_by_calendar(at, since, within) for since in instants]
    return [since > surely or (since > hardly and _by_calendar(at, since, within)) for since in instants]


def _by_calendar(at: datetime, since: datetime, within: Period) -> bool:
    try:
        return at < within.after(since)
    except OverflowError:
        return True
