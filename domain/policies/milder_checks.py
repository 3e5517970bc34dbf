"""Where a ladder gets milder with recurrence or severity although it does not say `may_get_milder`: in its steps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from msgspec import UNSET

from .findings import Finding
from .hardness import Hardness, hardness, may_be_milder
from .ladders import Ladder, Step
from .numbers import Exact
from .walking import Walk, Walker

__all__ = ["milder_steps"]

_SAY: Final = "let the ladder say `may_get_milder = true`"
_ADVICE: Final = f"make it harsher, or {_SAY}"


def milder_steps(ladder: Ladder, walker: Walker, walks: list[Walk], hard: list[Hardness]) -> Iterator[Finding]:
    """The steps that are milder than one before them, or than that of a milder severity; of one place the first is meant."""
    for walk in walks:
        yield from _recurrence(walk, hard)
    yield from _beginning(ladder, walks, hard)
    for milder, graver in _graver(walks):
        yield from _compared(milder, graver, hard)
    if ladder.same_severity:
        yield from _counted_apart(walker, walks, hard)


def _recurrence(walk: Walk, hard: list[Hardness]) -> Iterator[Finding]:
    for before, after in pairwise(walk.taken):
        if may_be_milder(hard[before.number], hard[after.number]):
            yield (
                ("steps", after.number, "impose"),
                f"at level {after.at} it is milder than at level {before.at}{_how(before.number, after.number, hard)}; "
                f"{_ADVICE}",
            )


def _how(before: int, after: int, hard: list[Hardness]) -> str:
    """What is not seen at once about a step that is milder than another."""
    one, two = hard[before], hard[after]
    if two.harshness > one.harshness:
        return " at some times of the year"
    if (two.harshness, two.functions) == (one.harshness, one.functions):
        return ", because it only proposes"
    return ""


def _beginning(ladder: Ladder, walks: list[Walk], hard: list[Hardness]) -> Iterator[Finding]:
    """What comes before the steps, against the lowest of them."""
    for field, given in (("first", ladder.first), ("prior_warning", ladder.prior_warning)):
        if given is UNSET:
            continue
        before = hardness(Step(impose=given.impose))
        for lowest in [walk.taken[0] for walk in walks if walk.taken]:
            if may_be_milder(before, hard[lowest.number]):
                yield (
                    (field, "impose"),
                    f"it is harsher than the step at level {lowest.at}, which comes after it; {_ADVICE}",
                )


def _graver(walks: list[Walk]) -> Iterator[tuple[Walk, Walk]]:
    """Each severity and the next one, in the order that the cells keep, for each class of accounts apart."""
    by_class: dict[str | None, list[Walk]] = {}
    for walk in walks:
        if walk.cell[0] is not None:
            by_class.setdefault(walk.cell[1], []).append(walk)
    for same_class in by_class.values():
        yield from pairwise(same_class)


def _compared(milder: Walk, graver: Walk, hard: list[Hardness]) -> Iterator[Finding]:
    """At each level at which one of the two has a step; no violation of the graver severity reaches less than its least."""
    name, other = graver.cell[0], milder.cell[0]
    if milder.taken and not graver.taken:
        said = (
            f"nothing follows for {name!r}, while {other!r}, the milder severity, has steps; add one for it, or {_SAY}"
        )
        yield ("steps", milder.taken[0].number, "severity"), said
        return
    left_levels, right_levels = ([one.at for one in walk.taken] for walk in (milder, graver))
    for level in sorted({*left_levels, *right_levels}):
        left = bisect_right(left_levels, level)
        right = bisect_right(right_levels, level if graver.least is None else max(level, graver.least))
        if not left:
            continue
        before = milder.taken[left - 1]
        after = graver.taken[right - 1] if right else None
        if after is None:
            said = (
                f"at level {level} nothing follows for {name!r}, while {other!r}, the milder severity, has a step; "
                "begin at that level"
            )
            yield ("steps", graver.taken[0].number, "at"), said
            return
        if may_be_milder(hard[before.number], hard[after.number]):
            yield (
                ("steps", after.number, "impose"),
                f"at level {level} it is milder for {name!r} than for {other!r}, the milder severity"
                f"{_how(before.number, after.number, hard)}; {_ADVICE}",
            )
            return


def _counted_apart(walker: Walker, walks: list[Walk], hard: list[Hardness]) -> Iterator[Finding]:
    """Where each severity is counted by itself, the first of a graver one comes after many of a milder one."""
    for milder, graver in (*_graver(walks), *((walk, walk) for walk in walks if walk.cell[0] is None)):
        least = graver.least if graver.cell[0] is not None else _of_graver_ones(walker)
        if not milder.taken or not graver.taken or least is None:
            continue
        last, first = milder.taken[-1], graver.taken[0]
        if first.at > least or may_be_milder(hard[last.number], hard[first.number]):
            yield (
                ("same_severity",),
                "each severity is counted by itself, so that the first violation of a graver one can bring what is milder than "
                f"the last of a milder one; leave it out, or {_SAY}",
            )


def _of_graver_ones(walker: Walker) -> Exact | None:
    """The least level that a violation reaches which is not of the mildest severity."""
    found = [walker.least(severity) for severity in walker.severities[1:]]
    return min([one for one in found if one is not None], default=None)
