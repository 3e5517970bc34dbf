"""Which step of a ladder fires: the first time, a warning that has to come first, each level, or the crossing of one."""

from __future__ import annotations

from itertools import chain
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from ..events import AppealTerms
from ..state import State
from .ladders import Bounds, Ladder, Step
from .numbers import Exact, exact
from .penalties import Penalty
from .tally import Cited, Record, Tally

__all__ = ["Fired", "Withheld", "fire"]

Withheld = Literal[
    "no_ladder", "below_first_step", "no_crossing", "fired_before", "nothing_to_impose", "content_age", "batch", "exempt",
    "terminal",
]  # fmt: skip
"""Why nothing follows from a violation."""


class Fired(Struct, frozen=True, kw_only=True):
    """What a ladder says. `step` None: none applies. `weight`: of the violation, where the ladder sets it."""

    tally: Tally
    level: Exact
    step: str | None = None
    penalties: tuple[Penalty, ...] = ()
    propose: bool = False
    appeal: AppealTerms | UnsetType | None = UNSET
    bounds: Bounds | None = None
    text: str | None = None
    priors: tuple[str, ...] = ()
    weight: Exact | None = None
    withheld: Withheld | None = None


def fire(record: Record, ladder: Ladder, cited: Cited, weight: Exact, account_class: str | None) -> Fired:
    """What the ladder says of a violation of this weight."""
    if ladder.first is not UNSET:
        reaches = record.reaches(ladder.scope, cited)
        if not any(map(reaches, record.eligible())):
            nothing_before = record.tally(ladder, cited)
            first = exact(ladder.first.weight)
            level = nothing_before.level + (first if ladder.count == "weight" else 1)
            return Fired(tally=nothing_before, level=level, step="first", penalties=ladder.first.impose, weight=first)
    after = 0
    priors: tuple[str, ...] = ()
    if ladder.prior_warning is not UNSET:
        warning = record.prior_warning(ladder.prior_warning.within, ladder.scope, cited)
        if warning is None:
            tally = record.tally(ladder, cited, after=record.state.version)
            return Fired(tally=tally, level=0, step="warning", penalties=ladder.prior_warning.impose)
        after, priors = warning.number, (warning.id,)
    tally = record.tally(ladder, cited, after=after)
    level = tally.level + (weight if ladder.count == "weight" else 1)
    return _climb(record.state, ladder, cited, account_class, Fired(tally=tally, level=level, priors=priors))


def _climb(state: State, ladder: Ladder, cited: Cited, account_class: str | None, reached: Fired) -> Fired:
    before, level = reached.tally.level, reached.level
    steps = ladder.levels(cited.severity, account_class)
    touched = [one for one in steps if one[0] <= level]
    if not touched:
        return _with(reached, withheld="below_first_step")
    if ladder.fires == "each":
        _, name, step = max(touched, key=lambda one: (one[0], one[2].harshness))
        return _with(reached, step=name, taken=step)
    crossed = [one for one in touched if one[0] > before]
    if not crossed:
        return _with(reached, withheld="no_crossing")
    if ladder.fires == "once":
        spent = _fired_before(state)
        crossed = [one for one in crossed if f"{cited.ladder}/{one[1]}" not in spent]
        if not crossed:
            return _with(reached, withheld="fired_before")
    _, name, step = max(crossed, key=lambda one: (one[2].harshness, one[0]))
    return _with(reached, step=name, taken=step)


def _with(
    reached: Fired, *, step: str | None = None, taken: Step | None = None, withheld: Withheld | None = None
) -> Fired:
    return Fired(
        tally=reached.tally,
        level=reached.level,
        priors=reached.priors,
        step=step,
        withheld=withheld,
        penalties=() if taken is None else taken.impose,
        propose=taken is not None and taken.propose,
        appeal=UNSET if taken is None else (taken.appeal if taken.appealable else None),
        bounds=None if taken is None or taken.bounds is UNSET else taken.bounds,
        text=None if taken is None or taken.text is UNSET else taken.text,
    )


def _fired_before(state: State) -> frozenset[str]:
    """The steps whose sanctions were not overturned, or whose proposals are open."""
    standing = (
        sanction.step
        for sanction in chain(state.ended.values(), state.live.values())
        if sanction.overturned_at is None and sanction.step is not None
    )
    proposed = (one.step for one in state.open_proposals.values() if one.step is not None)
    return frozenset(chain(standing, proposed))
