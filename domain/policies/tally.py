"""Which earlier violations count for a ladder, and which do not, each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct, UnsetType

from ..acts import ChangeSanction
from ..period import Period
from ..state import Sanction, State, Violation
from ..terms import Basis
from .ladders import Ladder, Levels, Scope
from .numbers import Exact, total
from .weighing import Counted, Scales, void_among

if TYPE_CHECKING:
    from .policy import Policy

__all__ = ["Cited", "Counted", "Left", "Record", "Since", "Tally", "WhyLeft"]

WhyLeft = Literal[
    "overturned", "content_age", "batch", "other_scope", "other_severity", "before_warning", "too_long_ago", "decayed"
]


class Left(Struct, frozen=True, gc=False):
    """An earlier violation that did not count, and why."""

    violation: str
    because: WhyLeft


class Cited(Struct, frozen=True):
    """A clause as a report cites it, and the ladder that the policy gives it."""

    clause: str
    category: str | None
    severity: str | None
    ladder: str | None


class Tally(Struct, frozen=True):
    """What the earlier violations come to: their level, which counted, which were left out."""

    level: Exact
    counted: tuple[Counted, ...]
    left: tuple[Left, ...]


Since = tuple[int, datetime]
"""A version of the account and an instant: what is recorded later, and not of an earlier time."""


class Record:
    """An account's record under a policy at an instant."""

    __slots__ = ("_at", "_eligible", "_policy", "_running", "_violations", "sanctions", "scales", "state", "void")

    def __init__(self, policy: Policy, state: State, at: datetime) -> None:
        self._policy = policy
        self._at = at
        self._running: frozenset[str] | None = None
        self._eligible: list[Violation] | None = None
        self._violations = list(state.violations.values())
        self.sanctions = [*state.ended.values(), *state.live.values()]
        self.state = state
        self.scales = Scales(state, at)
        self.void = void_among(self.sanctions)

    def eligible(self) -> list[Violation]:
        """The violations that count for something: neither overturned nor discounted when they were recorded."""
        found = self._eligible
        if found is None:
            void = self.void
            found = [v for v in self._violations if v.discounted is None]
            self._eligible = found = [v for v in found if v.id not in void] if void else found
        return found

    def score(self) -> Exact:
        """What all eligible violations weigh now."""
        weighed = [self.scales.weighed[one.id] for one in self.eligible()]
        return total([(one.parts, one.whole) for one in weighed])

    def in_scope(self, violations: list[Violation], scope: Scope, cited: Cited) -> list[Violation]:
        """Those of the violations that belong to the scope of what is cited."""
        match scope:
            case "account":
                return violations
            case "clause":
                return [v for v in violations if v.clause == cited.clause]
            case "category":
                return [v for v in violations if v.category is not None and v.category == cited.category]
            case "ladder":
                same = self._policy.clauses_of(cited.ladder)
                return [v for v in violations if v.clause in same]

    def is_first(self, scope: Scope, cited: Cited) -> bool:
        """Whether no violation before counts for something in the scope."""
        return not self.in_scope(self.eligible(), scope, cited)

    def levels(self, cited: Cited, account_class: str | None) -> Levels:
        """The steps that apply to what is cited, for an account of this class."""
        return () if cited.ladder is None else self._policy.levels(cited.ladder, cited.severity, account_class)

    def recent(self, within: Period | UnsetType) -> Callable[[datetime], bool]:
        """Whether something of an instant lies within the period before now; always where there is no period."""
        if within is UNSET:
            return lambda _: True
        at = self._at
        if not within.months:
            try:
                earliest = at - timedelta(days=within.days, seconds=within.seconds)
            except OverflowError:
                return lambda _: True
            return lambda since: since > earliest

        def by_calendar(since: datetime) -> bool:
            try:
                return at < within.after(since)
            except OverflowError:
                return True

        return by_calendar

    def tally(self, ladder: Ladder, cited: Cited, *, after: Since | None = None) -> Tally:
        """What counts for the ladder; `after`: what is recorded since then."""
        sieve = self._sifted(ladder, cited, after)
        if ladder.count == "violations":
            sieve.keep(self.scales.living(sieve.rest), "decayed")
            return Tally(len(sieve.rest), tuple([Counted(one.id) for one in sieve.rest]), sieve.left())
        weighed, alive = self.scales.weighed, self.scales.alive
        sieve.keep([v for v in sieve.rest if weighed[v.id].parts or alive(v)], "decayed")
        counted = [weighed[one.id] for one in sieve.rest]
        return Tally(total([(one.parts, one.whole) for one in counted]), tuple(counted), sieve.left())

    def _sifted(self, ladder: Ladder, cited: Cited, after: Since | None) -> _Sieve:
        sieve = _Sieve(self._violations)
        if len(self.eligible()) < len(sieve.rest):
            sieve.keep([v for v in sieve.rest if v.id not in self.void], "overturned")
            sieve.keep([v for v in sieve.rest if v.discounted != "batch"], "batch")
            sieve.keep([v for v in sieve.rest if v.discounted is None], "content_age")
        sieve.keep(self.in_scope(sieve.rest, ladder.scope, cited), "other_scope")
        if ladder.same_severity:
            sieve.keep([v for v in sieve.rest if v.treated_as == cited.severity], "other_severity")
        if after is not None:
            number, since = after
            sieve.keep([v for v in sieve.rest if v.number > number and v.at >= since], "before_warning")
        if ladder.within is not UNSET:
            running = self._still_running() if ladder.running_counts else frozenset[str]()
            recent = self.recent(ladder.within)
            sieve.keep([v for v in sieve.rest if recent(v.at) or v.id in running], "too_long_ago")
        return sieve

    def _still_running(self) -> frozenset[str]:
        if self._running is None:
            in_force = [s for s in self.state.live.values() if s.status == "in_force"]
            self._running = frozenset(name for sanction in in_force for name in sanction.basis.violations)
        return self._running

    def prior_warning(self, within: Period | UnsetType, scope: Scope, cited: Cited) -> Sanction | None:
        """The earliest warning or order in the scope that was ever in force, is recent enough and was not overturned."""
        recent = self.recent(within)
        found = [
            one
            for one in self.sanctions
            if one.kind in ("warning", "rectification")
            and one.overturned_at is None
            and one.from_ <= self._at
            and (one.ended_at is None or one.from_ < one.ended_at)
            and recent(one.from_)
            and self._belongs(one.basis, scope, cited)
        ]
        return min(found, key=lambda one: (one.from_, one.number), default=None)

    def spent(self, ladder: Ladder, cited: Cited) -> set[str | None]:
        """The steps that have fired on this count: what they brought was not overturned, or waits for a person."""
        fired = [(one.step, one.basis) for one in self.sanctions if one.overturned_at is None]
        waiting = self.state.open_proposals.values()
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

    def sanctions_on(self, violations: frozenset[str]) -> tuple[str, ...]:
        """The sanctions, not overturned, that rest on one of these violations, in the order of decision."""
        if not violations:
            return ()
        found = [
            sanction
            for sanction in self.sanctions
            if sanction.overturned_at is None and not violations.isdisjoint(sanction.basis.violations)
        ]
        return tuple([sanction.id for sanction in sorted(found, key=attrgetter("number"))])


class _Sieve:
    """Sorts violations out for one reason after the other: the first that holds is the reason given."""

    __slots__ = ("_all", "because", "rest")

    def __init__(self, violations: list[Violation]) -> None:
        self._all = violations
        self.rest = violations
        self.because: dict[str, WhyLeft] = {}

    def keep(self, kept: list[Violation], because: WhyLeft) -> None:
        """Go on with these; of the others, say why not."""
        if len(kept) < len(self.rest):
            going_on = {violation.id for violation in kept}
            self.because |= {v.id: because for v in self.rest if v.id not in going_on}
            self.rest = kept

    def left(self) -> tuple[Left, ...]:
        """What was sorted out, in the order of recording."""
        because = self.because
        return tuple(Left(v.id, because[v.id]) for v in self._all if v.id in because) if because else ()
