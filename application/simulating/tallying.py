"""What a simulation found, summed up as it goes: counters of bounded number, and a bounded number of examples."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from msgspec import Struct

from .comparing import (
    CONSEQUENCES,
    DIFFERENCES,
    ENDINGS,
    Difference,
    Direction,
    Ending,
    Outcome,
    compare,
    direction,
    outcome,
)
from .replaying import Redecided
from .words import Word

__all__ = ["AccountExample", "ClauseCount", "Compared", "Ended", "EndingCount", "OutcomeCount", "Tally", "compared"]

# A policy that lists no clauses accepts any text for one.
_MOST_CLAUSES: Final = 1000
OTHER_CLAUSES: Final = "(other clauses)"


class Compared(Struct, frozen=True, kw_only=True):
    """A violation, what was said of it, what the other policy says, and how that differs."""

    account: str
    violation: str
    at: datetime
    clause: str
    severity: str | None
    difference: Difference | None
    direction: Direction | None
    recorded: Word
    other: Word


class OutcomeCount(Struct, frozen=True, kw_only=True):
    """How many violations had one consequence on record (`proposed`: after a person's yes) and another one here."""

    recorded: Outcome
    recorded_proposed: bool
    other: Outcome
    other_proposed: bool
    violations: int


class ClauseCount(Struct, kw_only=True):
    """One clause: how many violations of it were compared, and how they differ (`Simulation` says what the figures mean)."""

    clause: str
    violations: int = 0
    same: int = 0
    same_outcome: int = 0
    different: int = 0
    harsher: int = 0
    milder: int = 0
    differences: dict[Difference, int] = {}


class EndingCount(Struct, frozen=True, kw_only=True):
    """How many accounts stand in one way by the record and in another here."""

    recorded: Ending
    other: Ending
    accounts: int


class AccountExample(Struct, frozen=True, kw_only=True):
    """An account that would be banned and is not, or the other way round."""

    account: str
    recorded: Ending
    other: Ending


class Ended(Struct, frozen=True):
    """Where an account stands in the end, by the record and by the other policy."""

    account: str
    recorded: Ending
    other: Ending


def compared(account: str, found: Redecided) -> Compared:
    """A violation as it is reported: with its difference and the direction of that."""
    event = found.violation
    difference = compare(found.recorded, found.other)
    return Compared(
        account=account,
        violation=event.violation,
        at=event.at,
        clause=event.clause,
        severity=event.severity,
        difference=difference,
        direction=None if difference is None else direction(found.recorded, found.other),
        recorded=found.recorded,
        other=found.other,
    )


class Tally:
    """Sums of a simulation. `most`: how many examples are kept of each kind of difference."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._outcomes: Counter[tuple[Outcome, bool, Outcome, bool]] = Counter()
        self._clauses: dict[str, ClauseCount] = {}
        self._endings: Counter[tuple[Ending, Ending]] = Counter()
        self._examples: dict[Difference, list[Compared]] = {}
        self._accounts: dict[tuple[bool, bool], list[AccountExample]] = {}
        self.violations = 0
        self.same = 0
        self.different = 0
        self.directions: Counter[Direction] = Counter()
        self.differences: Counter[Difference] = Counter()

    def add(self, one: Compared) -> None:
        """Count one violation."""
        self.violations += 1
        self._outcomes[(*outcome(one.recorded), *outcome(one.other))] += 1
        clause = self._clause(one.clause)
        clause.violations += 1
        difference = one.difference
        if difference is None:
            self.same += 1
            clause.same += 1
            return
        self.differences[difference] += 1
        if difference == "other_step":
            clause.same_outcome += 1
        else:
            self.different += 1
            clause.different += 1
        clause.differences[difference] = clause.differences.get(difference, 0) + 1
        if one.direction is not None:
            self.directions[one.direction] += 1
            if one.direction == "harsher":
                clause.harsher += 1
            else:
                clause.milder += 1
        examples = self._examples.setdefault(difference, [])
        if len(examples) < self._most:
            examples.append(one)

    def add_account(self, one: Ended) -> None:
        """Count where one account stands in the end."""
        self._endings[one.recorded, one.other] += 1
        banned = is_banned(one.recorded), is_banned(one.other)
        if banned[0] != banned[1]:
            examples = self._accounts.setdefault(banned, [])
            if len(examples) < self._most:
                examples.append(AccountExample(account=one.account, recorded=one.recorded, other=one.other))

    def _clause(self, name: str) -> ClauseCount:
        found = self._clauses.get(name)
        if found is None:
            label = name if len(self._clauses) < _MOST_CLAUSES else OTHER_CLAUSES
            found = self._clauses.setdefault(label, ClauseCount(clause=label))
        return found

    @property
    def outcomes(self) -> tuple[OutcomeCount, ...]:
        """From which consequence to which, from mild to hard."""
        return tuple(
            OutcomeCount(
                recorded=recorded,
                recorded_proposed=recorded_proposed,
                other=other,
                other_proposed=other_proposed,
                violations=count,
            )
            for (recorded, recorded_proposed, other, other_proposed), count in sorted(
                self._outcomes.items(),
                key=lambda item: (
                    CONSEQUENCES.index(item[0][0]),
                    item[0][1],
                    CONSEQUENCES.index(item[0][2]),
                    item[0][3],
                ),
            )
        )

    @property
    def clauses(self) -> tuple[ClauseCount, ...]:
        """The clauses, those with the most differences first."""
        return tuple(sorted(self._clauses.values(), key=lambda one: (-one.different, -one.violations, one.clause)))

    @property
    def endings(self) -> tuple[EndingCount, ...]:
        """From which end to which, from mild to hard."""
        order = sorted(self._endings.items(), key=lambda item: tuple(map(ENDINGS.index, item[0])))
        return tuple(EndingCount(recorded=r, other=o, accounts=count) for (r, o), count in order)

    @property
    def examples(self) -> tuple[Compared, ...]:
        """Examples of each kind of difference."""
        return tuple(one for name in DIFFERENCES for one in self._examples.get(name, ()))

    @property
    def account_examples(self) -> tuple[AccountExample, ...]:
        """Accounts that would be banned and are not, then those that are and would not be."""
        return (*self._accounts.get((False, True), ()), *self._accounts.get((True, False), ()))


def is_banned(one: Ending) -> bool:
    """Whether an account is banned, for a time or for good."""
    return one in ("suspended", "banned_for_good")
