"""A ladder walked as violations would: for each severity and class of accounts, which of its steps are ever taken.

By what the policy itself gives: weights that an earlier version recorded are not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from math import ceil
from typing import NamedTuple

from msgspec import UNSET

from .clauses import Clause, Counting
from .hardness import Hardness
from .ladders import Ladder
from .numbers import Exact, exact
from .policy import Policy

__all__ = ["Cell", "Place", "Walk", "Walker", "cells_of"]

Cell = tuple[str | None, str | None]
"""A severity and a class of accounts; None where the steps do not tell them apart."""


class Place(NamedTuple):
    """A step as it stands in a cell: its number in the ladder, the level from which on it applies, its name."""

    number: int
    at: Exact
    name: str


class Walk(NamedTuple):
    """A ladder in one cell: its steps in the order of the file, those that are ever taken, by rising level, and the least level.

    `least` None: no violation weighs anything.
    """

    cell: Cell
    places: tuple[Place, ...]
    taken: tuple[Place, ...]
    least: Exact | None


def cells_of(ladder: Ladder, policy: Policy) -> list[Cell]:
    """The kinds of violation that the steps tell apart, in the order of the severities."""
    by_severity = any(step.severity is not UNSET for step in ladder.steps)
    by_class = {step.account_class for step in ladder.steps} - {UNSET}
    # All classes that no step mentions are treated alike: one stands for them.
    other = next((name for name in policy.account_classes if name not in by_class), None)
    classes = [name for name in policy.account_classes if name in by_class or name == other]
    return [
        (severity, account_class)
        for account_class in (classes if by_class and classes else [None])
        for severity in (policy.severities if by_severity and policy.severities else [None])
    ]


class Walker:
    """One ladder, to be walked in several cells. `hard`: how hard each of its steps is."""

    def __init__(self, name: str, ladder: Ladder, policy: Policy, hard: list[Hardness]) -> None:
        self._ladder = ladder
        self._policy = policy
        self._hard = hard
        self._weighs = ladder.count == "weight"
        self._crosses = ladder.fires != "each"
        self._all = list((policy.clauses or {}).values())
        self._clauses = [clause for clause in self._all if clause.ladder == name]
        self.severities = policy.severities
        self._leasts: dict[str | None, Exact | None] = {}

    def walk(self, cell: Cell) -> Walk:
        """The ladder in a cell."""
        severity, account_class = cell
        numbers = [
            number
            for number, step in enumerate(self._ladder.steps)
            if step.severity in (UNSET, severity) and step.account_class in (UNSET, account_class)
        ]
        levels = self._ladder.levels(severity, account_class)
        places = tuple(Place(number, at, name) for number, (at, name, _) in zip(numbers, levels, strict=True))
        least = self.least(severity)
        if least is None:
            return Walk(cell, places, (), None)
        best: dict[Exact, Place] = {}
        for one in self._asked_for(places, least):
            level = one.at if self._weighs else ceil(one.at)
            if self._crosses and (level <= 0 or (level < least and not self._weighs)):
                continue  # What is crossed lies above what was reached before.
            level = level if self._crosses and self._weighs else max(level, least)
            held = best.get(level)
            if held is None or self._rank(one) > self._rank(held):
                best[level] = one
        return Walk(cell, places, tuple(best[level] for level in sorted(best)), least)

    def least(self, severity: str | None) -> Exact | None:
        """The least level that a violation of this severity (None: of any) can reach; None where none weighs anything."""
        if severity not in self._leasts:
            named = None if severity is None else (severity,)
            weights = min(self._weights(self._clauses, named), default=None) if self._weighs else self._number
            self._leasts[severity] = weights
        return self._leasts[severity]

    def _rank(self, one: Place) -> tuple[object, ...]:
        """Which of several steps at a level is taken, as firing decides it."""
        harsh = self._hard[one.number].harshness
        return (harsh, one.at) if self._crosses else (one.at, harsh)

    def _asked_for(self, places: tuple[Place, ...], least: Exact) -> Iterator[Place]:
        """The steps without those that are always crossed together with a harder one: a single violation passes them both."""
        below = {one for one in places if 0 < one.at <= least}
        if not (self._weighs and self._crosses and below):
            yield from places
            return
        hardest = max(below, key=self._rank)
        alone = self._ladder.fires == "once" and (self._waits(hardest) or self._forgets)
        between = self._least_before
        for one in places:
            if one in below and one.at < hardest.at and not alone:
                continue
            if one in below and one.at > hardest.at and between is not None and between >= one.at:
                continue
            yield one

    def _waits(self, one: Place) -> bool:
        step = self._ladder.steps[one.number]
        bans = any(penalty.bans_permanently for penalty in step.impose)
        return step.propose or (bans and "permanent_ban" in self._policy.second_person)

    @cached_property
    def _least_before(self) -> Exact | None:
        """The least above nothing that earlier violations can come to; None where that is anything, because they fade."""
        counted = self._all if self._ladder.scope in ("account", "category") else self._clauses
        if any(one.fades_over is not UNSET for one in self._countings):
            return None
        found = self._weights(counted, None)
        first = self._ladder.first
        if first is not UNSET and exact(first.weight) > 0:
            found.add(exact(first.weight))
        return min(found, default=None)

    @cached_property
    def _countings(self) -> tuple[Counting, ...]:
        return (self._policy.counting, *(one.counting for one in self._all if one.counting is not UNSET))

    @cached_property
    def _forgets(self) -> bool:
        """Whether what counted once can cease to count by itself."""
        return self._ladder.within is not UNSET or any(one.lifetime is not None for one in self._countings)

    @cached_property
    def _number(self) -> int:
        """The least number at which a step is asked for: with `first` and violations that never cease to count, the second."""
        ladder = self._ladder
        if ladder.first is UNSET or ladder.same_severity or ladder.prior_warning is not UNSET or self._forgets:
            return 1
        return 2

    def _weights(self, clauses: list[Clause], severities: tuple[str, ...] | None) -> set[Exact]:
        """What violations of the clauses can weigh, without nothing; `severities` None: of all, and of none."""
        named: tuple[str | None, ...] = severities or (None, *self._policy.severities)
        curve = () if self._policy.good_standing is UNSET else self._policy.good_standing.curve
        found: set[Exact] = set()
        for clause in clauses:
            base = {clause.base_weight(severity) for severity in named} if clause.weights else {exact(clause.weight)}
            if clause.first_weight is not UNSET:
                base.add(exact(clause.first_weight))
            found |= base
            if not clause.severe:
                found |= {exact(one) for one in curve if exact(one) < max(base)}
        return {one for one in found if one > 0}
