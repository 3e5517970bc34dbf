"""Which earlier violations count for a ladder, and which do not, each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct

from ..period import Period
from ..state import Sanction, State, Violation
from .ladders import Ladder, Scope
from .numbers import Exact
from .weighing import Scales, void_violations

if TYPE_CHECKING:
    from .policy import Policy

__all__ = ["Cited", "Counted", "Left", "Record", "Tally", "WhyLeft"]

WhyLeft = Literal[
    "overturned", "content_age", "batch", "other_scope", "other_severity", "before_warning", "too_long_ago", "decayed"
]


class Counted(Struct, frozen=True):
    """An earlier violation that counted, and how much."""

    violation: str
    value: Exact


class Left(Struct, frozen=True):
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


class Record:
    """An account's record under a policy at an instant."""

    __slots__ = ("_at", "_policy", "_running", "scales", "state", "void")

    def __init__(self, policy: Policy, state: State, at: datetime) -> None:
        self._policy = policy
        self._at = at
        self._running: frozenset[str] | None = None
        self.state = state
        self.scales = Scales(state, at)
        self.void = void_violations(state)

    def eligible(self) -> list[Violation]:
        """The violations that count for something: neither overturned nor discounted when they were recorded."""
        void = self.void
        return [v for v in self.state.violations.values() if v.discounted is None and v.id not in void]

    def reaches(self, scope: Scope, cited: Cited) -> Callable[[Violation], bool]:
        """Whether a violation belongs to the scope of what is cited."""
        clauses = self._policy.clauses or {}
        match scope:
            case "account":
                return lambda _: True
            case "clause":
                return lambda violation: violation.clause == cited.clause
            case "category":
                return lambda violation: violation.category is not None and violation.category == cited.category
            case "ladder":
                same = {name for name, clause in clauses.items() if clause.ladder == cited.ladder}
                return lambda violation: violation.clause in same

    def recent(self, since: datetime, within: Period | object) -> bool:
        """Whether something of `since` lies within the period before now; always where there is no period."""
        if not isinstance(within, Period):
            return True
        try:
            return self._at < within.after(since)
        except OverflowError:
            return True

    def tally(self, ladder: Ladder, cited: Cited, *, after: int = 0) -> Tally:
        """What counts for the ladder; `after`: the version of the account from which on violations count."""
        reaches, weighed = self.reaches(ladder.scope, cited), ladder.count == "weight"
        level: Exact = 0
        counted: list[Counted] = []
        left: list[Left] = []
        for violation in self.state.violations.values():
            because = self._why_not(violation, ladder, cited, reaches, after)
            value: Exact = 1
            if because is None:
                if weighed:
                    value = self.scales.weight(violation)
                    if not value and violation.weight != "0":
                        because = "decayed"
                elif not self.scales.alive(violation):
                    because = "decayed"
            if because is None:
                level += value
                counted.append(Counted(violation.id, value))
            else:
                left.append(Left(violation.id, because))
        return Tally(level, tuple(counted), tuple(left))

    def _why_not(
        self, violation: Violation, ladder: Ladder, cited: Cited, reaches: Callable[[Violation], bool], after: int
    ) -> WhyLeft | None:
        if violation.id in self.void:
            return "overturned"
        if violation.discounted is not None:
            return "batch" if violation.discounted == "batch" else "content_age"
        if not reaches(violation):
            return "other_scope"
        if ladder.same_severity and violation.treated_as != cited.severity:
            return "other_severity"
        if violation.number <= after:
            return "before_warning"
        if (
            ladder.within is not UNSET
            and not self.recent(violation.at, ladder.within)
            and not (ladder.running_counts and violation.id in self._still_running())
        ):
            return "too_long_ago"
        return None

    def _still_running(self) -> frozenset[str]:
        if self._running is None:
            in_force = [s for s in self.state.live.values() if s.status == "in_force"]
            self._running = frozenset(name for sanction in in_force for name in sanction.basis.violations)
        return self._running

    def prior_warning(self, within: Period | object, scope: Scope, cited: Cited) -> Sanction | None:
        """The earliest warning or order in the scope that is recent enough and was not overturned."""
        clauses = self._policy.clauses or {}
        ladders = {name: clause.ladder for name, clause in clauses.items()}
        found: Sanction | None = None
        for sanction in chain(self.state.ended.values(), self.state.live.values()):
            if sanction.kind not in ("warning", "rectification") or sanction.overturned_at is not None:
                continue
            if sanction.from_ > self._at or not self.recent(sanction.from_, within):
                continue
            clause, category = sanction.basis.clause, sanction.basis.category
            belongs = {
                "account": True,
                "clause": clause == cited.clause,
                "category": category is not UNSET and category == cited.category,
                "ladder": clause in ladders and ladders[clause] == cited.ladder,
            }[scope]
            if belongs and (found is None or sanction.number < found.number):
                found = sanction
        return found

    def sanctions_on(self, violations: frozenset[str]) -> tuple[str, ...]:
        """The sanctions, not overturned, that rest on one of these violations, in the order of decision."""
        if not violations:
            return ()
        found = [
            sanction
            for sanction in chain(self.state.ended.values(), self.state.live.values())
            if sanction.overturned_at is None and not violations.isdisjoint(sanction.basis.violations)
        ]
        return tuple(sanction.id for sanction in sorted(found, key=lambda sanction: sanction.number))
