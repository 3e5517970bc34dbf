"""What can be wrong with the ladders of a policy: steps that are never taken, that stand in the wrong order, that lack a name.

Each ladder is walked as a violation would: for every severity and class of accounts that its steps tell apart, the steps that
apply, in their order, and which of them is taken at each level.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from msgspec import UNSET

from .findings import Finding, listed, near, too_long
from .findings import Place as Where
from .hardness import Hardness, hardness
from .ladders import Ladder, Step
from .milder_checks import milder_steps
from .penalties import seconds
from .policy import Policy
from .walking import Cell, Place, Walk, Walker, cells_of

__all__ = ["check_ladders"]

# How many times a step is looked at, all ladders together: more than any policy that a person can read.
_WORK: Final = 200_000
_LEAVE_OUT: Final = "leave it out, or give a shorter one"


def check_ladders(policy: Policy) -> Iterator[Finding]:
    """The mistakes in the ladders."""
    used = {clause.ladder for clause in (policy.clauses or {}).values()}
    work = 0
    for name, ladder in policy.ladders.items():
        place: Where = ("ladders", name)
        if name not in used:
            yield place, "no clause leads here; name it as the `ladder` of a clause, or leave it out"
        yield from _shape(place, ladder)
        yield from _names_exist(place, ladder, policy)
        cells = cells_of(ladder, policy)
        work += len(cells) * len(ladder.steps)
        if work > _WORK:
            yield place, "the steps, severities and classes are too many to be checked; make fewer, or several policies"
            return
        hard = [hardness(step) for step in ladder.steps]
        walker = Walker(name, ladder, policy, hard)
        for where, sentence in _walked(ladder, walker, cells, hard, used=name in used).items():
            yield (*place, *where), sentence


def _walked(ladder: Ladder, walker: Walker, cells: list[Cell], hard: list[Hardness], *, used: bool) -> dict[Where, str]:
    """What is found in the steps, each place once; `used`: whether a clause leads here at all."""
    walks = [walker.walk(cell) for cell in cells]
    examined = _Ladder(ladder, walks)
    examined.examine(reach=used)
    found = examined.found
    if not ladder.may_get_milder:
        for where, sentence in milder_steps(ladder, walker, walks, hard):
            found.setdefault(where, sentence)
    return found


def _shape(place: Where, ladder: Ladder) -> Iterator[Finding]:
    if ladder.running_counts and ladder.within is UNSET:
        yield (*place, "running_counts"), "older violations count anyway where there is no `within`; leave this out"
    yield from too_long((*place, "within"), ladder.within, _LEAVE_OUT)
    if ladder.prior_warning is not UNSET:
        yield from too_long((*place, "prior_warning", "within"), ladder.prior_warning.within, _LEAVE_OUT)
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


def _bounds(place: Where, step: Step) -> Iterator[Finding]:
    assert step.bounds is not UNSET
    least, most = step.bounds.at_least, step.bounds.at_most
    yield from too_long((*place, "at_least"), least, "give a shorter one")
    yield from too_long((*place, "at_most"), most, _LEAVE_OUT)
    if least is not UNSET and most is not UNSET and seconds(least) > seconds(most):
        yield (*place, "at_least"), f"{least.text!r} is longer than `at_most`, {most.text!r}; no length lies between"
        return
    periods = [end.after for penalty in step.impose for end in penalty.ends if end.until is None]
    if most is not UNSET and any(seconds(period) > seconds(most) for period in periods):
        yield (*place, "at_most"), f"the step's own penalty lasts longer than {most.text!r}; widen it"
    if least is not UNSET and any(seconds(period) < seconds(least) for period in periods):
        yield (*place, "at_least"), f"the step's own penalty is shorter than {least.text!r}; widen it"


def _names_exist(place: Where, ladder: Ladder, policy: Policy) -> Iterator[Finding]:
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


class _Ladder:
    """The steps of a ladder under examination, and what has been found."""

    def __init__(self, ladder: Ladder, walks: list[Walk]) -> None:
        self.found: dict[Where, str] = {}
        self._ladder = ladder
        self._crosses = ladder.fires != "each"
        self._walks = walks

    def examine(self, *, reach: bool) -> None:
        """Look for every kind of mistake; `reach`: whether a clause leads here at all."""
        for one in self._walks:
            self._order(one)
        self._names()
        if reach:
            self._reach()

    def _order(self, walk: Walk) -> None:
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
                self.found.setdefault(("steps", one.number), self._never(walk, one, twice=same[one.at] > 1))

    def _never(self, walk: Walk, one: Place, *, twice: bool) -> str:
        """Why a step is never taken, and what to do."""
        least = walk.least
        if least is None:
            return (
                "no violation weighs anything here, and what weighs nothing brings no step; give the clauses a `weight`"
            )
        if twice:
            return f"another step at level {one.at} is taken instead, as the harsher or the first one; leave one out"
        if self._crosses and one.at <= 0:
            return "level 0 is never crossed from below; give it a level above 0"
        if self._ladder.count == "weight" and one.at <= least:
            return f"no violation weighs less than {least}, and another step is taken at that level; leave one out"
        if least > 1 and one.at <= 1:
            return "`first` settles the first violation, and the next one is at level 2 already; begin at 2"
        return f"no level leads here: none lies from {one.at} up to the next step; correct `at`"

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
