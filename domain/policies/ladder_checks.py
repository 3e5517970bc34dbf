"""What can be wrong with the ladders of a policy: steps that are never taken, or that get milder where nobody says so.

Each ladder is walked as a violation would: for every severity and class of accounts that its steps tell apart, the steps that
apply, in their order, and which of them is taken at each level.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import ceil
from typing import Final, NamedTuple

from msgspec import UNSET

from .findings import Finding, Place, listed, near
from .ladders import Ladder, Step
from .numbers import Exact
from .penalties import Penalty, seconds
from .policy import Policy

__all__ = ["check_ladders"]

# How many times a step is looked at, all ladders together: more than any policy that a person can read.
_WORK: Final = 200_000
_ADVICE: Final = "make it harsher, or let the ladder say `may_get_milder = true`"
_Cell = tuple[str | None, str | None]


class _Place(NamedTuple):
    """A step as it stands in a cell: its number in the ladder, the level from which on it applies, its name."""

    number: int
    at: Exact
    name: str


def check_ladders(policy: Policy) -> Iterator[Finding]:
    """The mistakes in the ladders."""
    used = {clause.ladder for clause in (policy.clauses or {}).values()}
    work = 0
    for name, ladder in policy.ladders.items():
        place: Place = ("ladders", name)
        if name not in used:
            yield place, "no clause leads here; name it as the `ladder` of a clause, or leave it out"
        yield from _shape(place, ladder)
        yield from _names_exist(place, ladder, policy)
        cells = _cells(ladder, policy)
        work += len(cells) * len(ladder.steps)
        if work > _WORK:
            yield place, "the steps, severities and classes are too many to be checked; make fewer, or several policies"
            return
        examined = _Ladder(ladder, policy, cells)
        examined.examine()
        for where, sentence in examined.found.items():
            yield (*place, *where), sentence


def _shape(place: Place, ladder: Ladder) -> Iterator[Finding]:
    if ladder.running_counts and ladder.within is UNSET:
        yield (*place, "running_counts"), "older violations count anyway where there is no `within`; leave this out"
    if ladder.first is not UNSET and not ladder.first.impose:
        yield (*place, "first"), "nothing follows the first violation; say what, as `impose`, or leave `first` out"
    warning = ladder.prior_warning
    if warning is not UNSET:
        if not warning.impose:
            yield (
                (*place, "prior_warning"),
                "without a warning nothing follows, and nothing gives one; say what does, as `impose`",
            )
        elif not any(penalty.kind in ("warning", "rectification") for penalty in warning.impose):
            yield (
                (*place, "prior_warning", "impose"),
                "none of this is a warning or an order, so it would be imposed again each time; add a `warn`",
            )
    for number, step in enumerate(ladder.steps):
        where = (*place, "steps", number)
        if step.propose and not step.impose:
            yield (*where, "propose"), "there is nothing to propose; say what, as `impose`"
        if step.bounds is not UNSET:
            yield from _bounds((*where, "bounds"), step)


def _bounds(place: Place, step: Step) -> Iterator[Finding]:
    assert step.bounds is not UNSET
    least, most = step.bounds.at_least, step.bounds.at_most
    if least is not UNSET and most is not UNSET and seconds(least) > seconds(most):
        yield (*place, "at_least"), f"{least.text!r} is longer than `at_most`, {most.text!r}; no length lies between"
        return
    periods = [end.after for penalty in step.impose for end in penalty.ends if end.until is None]
    if most is not UNSET and any(seconds(period) > seconds(most) for period in periods):
        yield (*place, "at_most"), f"the step's own penalty lasts longer than {most.text!r}; widen it"
    if least is not UNSET and any(seconds(period) < seconds(least) for period in periods):
        yield (*place, "at_least"), f"the step's own penalty is shorter than {least.text!r}; widen it"


def _names_exist(place: Place, ladder: Ladder, policy: Policy) -> Iterator[Finding]:
    for number, step in enumerate(ladder.steps):
        for field, name, known, what in (
            ("severity", step.severity, policy.severities, "severity"),
            ("account_class", step.account_class, policy.account_classes, "class of accounts"),
        ):
            if name is UNSET or name in known:
                continue
            where = (*place, "steps", number, field)
            if not known:
                plural = "severities" if field == "severity" else "account_classes"
                yield where, f"the policy lists no `{plural}`; list them, {name!r} among them"
            else:
                yield where, f"there is no {what} {name!r}{near(name, known) or f'; there are {listed(known)}'}"


def _cells(ladder: Ladder, policy: Policy) -> list[_Cell]:
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


class _Walk(NamedTuple):
    """A ladder in one cell: its steps in the order of the file, and those that are ever taken, by rising level."""

    cell: _Cell
    places: tuple[_Place, ...]
    taken: tuple[_Place, ...]


class _Ladder:
    """A ladder under examination, and what has been found."""

    def __init__(self, ladder: Ladder, policy: Policy, cells: list[_Cell]) -> None:
        self.found: dict[Place, str] = {}
        self._ladder = ladder
        self._crosses = ladder.fires != "each"
        self._least = _least_level(ladder, policy)
        self._harshness = [step.harshness for step in ladder.steps]
        self._functions = [_functions(step.impose) for step in ladder.steps]
        self._walks = [self._walked(cell) for cell in cells]

    def examine(self) -> None:
        """Look for every kind of mistake."""
        for walk in self._walks:
            self._order(walk)
        self._names()
        self._reach()
        if not self._ladder.may_get_milder:
            for walk in self._walks:
                self._recurrence(walk)
            self._first()
            self._severity()

    def _walked(self, cell: _Cell) -> _Walk:
        severity, account_class = cell
        numbers = [
            number
            for number, step in enumerate(self._ladder.steps)
            if step.severity in (UNSET, severity) and step.account_class in (UNSET, account_class)
        ]
        levels = self._ladder.levels(severity, account_class)
        places = tuple(_Place(number, at, name) for number, (at, name, _) in zip(numbers, levels, strict=True))
        best: dict[Exact, _Place] = {}
        for one in places:
            level = one.at if self._ladder.count == "weight" else ceil(one.at)
            if self._crosses and (level < self._least or level <= 0):
                continue  # What is crossed lies above what was reached before.
            level = max(level, self._least)
            held = best.get(level)
            if held is None or self._rank(one) > self._rank(held):
                best[level] = one
        return _Walk(cell, places, tuple(best[level] for level in sorted(best)))

    def _rank(self, one: _Place) -> tuple[object, ...]:
        """Which of several steps at a level is taken, as firing decides it."""
        harsh = self._harshness[one.number]
        return (harsh, one.at) if self._crosses else (one.at, harsh)

    def _order(self, walk: _Walk) -> None:
        for before, after in pairwise(walk.places):
            where = ("steps", after.number, "at")
            if after.at < before.at:
                said = f"its level is {after.at}, after a step at level {before.at}; put the steps in ascending order"
                self.found[where] = said
            elif after.at == before.at and self._crosses:
                said = f"another step fires at level {after.at} already; make one step of both, or raise this one"
                self.found[where] = said

    def _reach(self) -> None:
        taken = {one.number for walk in self._walks for one in walk.taken}
        for walk in self._walks:
            same = Counter(one.at for one in walk.places)
            for one in walk.places:
                if one.number in taken or ("steps", one.number, "at") in self.found:
                    continue
                if self._crosses and same[one.at] > 1:
                    continue  # That the two fire at one level is found already.
                if same[one.at] > 1:
                    said = f"another step at level {one.at} is taken instead, as the harsher or the first one; leave one out"
                elif self._crosses and one.at <= 0:
                    said = "level 0 is never crossed from below; give it a level above 0"
                elif self._least > 1 and one.at <= 1:
                    said = "`first` settles the first violation, and the next one is at level 2 already; begin at 2"
                else:
                    said = f"no level leads here: none lies from {one.at} up to the next step; correct `at`"
                self.found.setdefault(("steps", one.number), said)

    def _names(self) -> None:
        """A step is on record by its name; where steps fire once, the name says which of them has fired."""
        first, warning = self._ladder.first is not UNSET, self._ladder.prior_warning is not UNSET
        known = {"first": -1} if first else {}
        known |= {"warning": -1} if warning else {}
        for walk in self._walks:
            for one in walk.places:
                held = known.setdefault(one.name, one.number)
                given = self._ladder.steps[one.number].name is not UNSET
                if held != one.number and (given or self._ladder.fires == "once"):
                    where = ("steps", one.number, "name") if given else ("steps", one.number)
                    said = f"another step is called {one.name!r} too; give this one a `name` of its own"
                    self.found.setdefault(where, said)

    def _recurrence(self, walk: _Walk) -> None:
        for before, after in pairwise(walk.taken):
            if self._milder(before, after):
                said = f"at level {after.at} it is milder than at level {before.at}; {_ADVICE}"
                self.found.setdefault(("steps", after.number, "impose"), said)

    def _first(self) -> None:
        first = self._ladder.first
        if first is UNSET:
            return
        hard, functions = Step(impose=first.impose).harshness, _functions(first.impose)
        for walk in self._walks:
            if not walk.taken:
                continue
            lowest = walk.taken[0]
            soft = self._harshness[lowest.number]
            if soft < hard or (soft == hard and self._functions[lowest.number] < functions):
                said = f"it is harsher than the step at level {lowest.at}, which comes after it; {_ADVICE}"
                self.found[("first", "impose")] = said

    def _severity(self) -> None:
        """Along the severities, which the cells keep in their order, for each class of accounts apart."""
        by_class: dict[str | None, list[_Walk]] = {}
        for walk in self._walks:
            if walk.cell[0] is not None and walk.taken:
                by_class.setdefault(walk.cell[1], []).append(walk)
        for same_class in by_class.values():
            for milder, graver in pairwise(same_class):
                self._compare(milder, graver)

    def _compare(self, milder: _Walk, graver: _Walk) -> None:
        left_levels, right_levels = ([one.at for one in walk.taken] for walk in (milder, graver))
        for level in sorted({*left_levels, *right_levels}):
            left, right = bisect_right(left_levels, level), bisect_right(right_levels, level)
            if not left:
                continue
            before = milder.taken[left - 1]
            after = graver.taken[right - 1] if right else None
            if after is None or self._milder(before, after):
                blamed = after or graver.taken[0]
                said = (
                    f"at level {level} it is milder for {graver.cell[0]!r} than for {milder.cell[0]!r}, the milder "
                    f"severity; {_ADVICE}"
                    if after is not None
                    else f"at level {level} nothing follows for {graver.cell[0]!r}, while {milder.cell[0]!r}, the milder "
                    "severity, has a step; begin at that level"
                )
                self.found.setdefault(("steps", blamed.number, "impose" if after else "at"), said)
                return

    def _milder(self, before: _Place, after: _Place) -> bool:
        """Whether the second step is milder than the first: less hard, or as hard and taking fewer functions."""
        hard, soft = self._harshness[before.number], self._harshness[after.number]
        return soft < hard or (soft == hard and self._functions[after.number] < self._functions[before.number])


def _least_level(ladder: Ladder, policy: Policy) -> int:
    """The least level at which a step is asked for: with `first` and violations that never cease to count, the second."""
    if ladder.count == "weight":
        return 0
    countings = (policy.counting, *(c.counting for c in (policy.clauses or {}).values() if c.counting is not UNSET))
    forgets = ladder.within is not UNSET or any(one.lifetime is not None for one in countings)
    settled = ladder.first is not UNSET and not (forgets or ladder.same_severity or ladder.prior_warning is not UNSET)
    return 2 if settled else 1


def _functions(penalties: tuple[Penalty, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(penalty.functions for penalty in penalties))
