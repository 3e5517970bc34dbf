"""Which step of a ladder fires: the first time, a warning that has to come first, each level, or the crossing of one."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from ..events import AppealTerms
from ..instants import LAST_INSTANT
from .ladders import Bounds, Ladder, Levels
from .numbers import Exact, exact
from .penalties import Penalty
from .rungs import hardest
from .tally import Cited, Record, Since, Tally

__all__ = ["Fired", "Withheld", "fire"]

Withheld = Literal[
    "no_ladder", "below_first_step", "no_crossing", "fired_before", "nothing_to_impose", "content_age", "batch", "exempt",
    "terminal",
]  # fmt: skip
"""Why nothing follows from a violation."""


class Fired(Struct, frozen=True, kw_only=True, gc=False):
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
    if ladder.first is not UNSET and record.is_first(ladder.scope, cited):
        nothing_before = record.tally(ladder, cited)
        first = exact(ladder.first.weight)
        level = nothing_before.level + (first if ladder.count == "weight" else 1)
        return Fired(tally=nothing_before, level=level, step="first", penalties=ladder.first.impose, weight=first)
    after: Since | None = None
    priors: tuple[str, ...] = ()
    if ladder.prior_warning is not UNSET:
        warning = record.prior_warning(ladder.prior_warning.within, ladder.scope, cited)
        if warning is None:
            tally = record.tally(ladder, cited, after=(record.state.version, LAST_INSTANT))
            return Fired(tally=tally, level=0, step="warning", penalties=ladder.prior_warning.impose)
        after, priors = (warning.number, warning.from_), (warning.id,)
    tally = record.tally(ladder, cited, after=after)
    level = tally.level + (weight if ladder.count == "weight" else 1)
    return _climb(record, ladder, cited, account_class, Fired(tally=tally, level=level, priors=priors))


def _climb(record: Record, ladder: Ladder, cited: Cited, account_class: str | None, reached: Fired) -> Fired:
    rungs = record.rungs(cited, account_class)
    touched = rungs.reached(reached.level)
    if not touched:
        return replace(reached, withheld="below_first_step")
    if ladder.fires == "each":
        return _taken(reached, touched)
    crossed = rungs.crossed(reached.tally.level, reached.level)
    if not crossed:
        return replace(reached, withheld="no_crossing")
    if ladder.fires == "once":
        spent = record.spent({f"{cited.ladder}/{name}" for _, name, _ in crossed}, ladder, cited)
        crossed = tuple([one for one in crossed if f"{cited.ladder}/{one[1]}" not in spent])
        if not crossed:
            return replace(reached, withheld="fired_before")
    return _taken(reached, crossed)


def _taken(reached: Fired, steps: Levels) -> Fired:
    _, name, step = hardest(steps)
    return replace(
        reached,
        step=name,
        penalties=step.impose,
        propose=step.propose,
        appeal=step.appeal if step.appealable else None,
        bounds=None if step.bounds is UNSET else step.bounds,
        text=None if step.text is UNSET else step.text,
    )
