"""The earlier violations and sanctions: which counted, which did not and why, and what has become of them since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..errors import Refused
from ..events import ViolationRecorded
from ..policies.policy import Policy
from ..policies.weighing import void_violations
from ..state import Sanction, State
from .documents import CountedView, Later, LeftView, PriorView, Reconsidered, WithheldView
from .past import Past
from .reasons import Scene, left_words, withheld_words
from .rerun import still_said
from .rules import number
from .words import penalty_words

__all__ = ["counted_views", "left_views", "prior_views", "reconsidered", "since_then"]


def counted_views(past: Past, state: State, scene: Scene | None, names: Iterable[str]) -> Iterator[CountedView]:
    """The violations that are recorded as counted, with what each of them came to."""
    values = {} if scene is None else {one.violation: number(one.value) for one in scene.found.counted}
    void = void_violations(past.state)
    for name in names:
        violation = state.violations.find(name)
        if violation is not None:
            yield CountedView(
                violation=name,
                clause=violation.clause,
                at=violation.at,
                severity=violation.treated_as,
                value=values.get(name),
                overturned_at=_void_since(past.state, name) if name in void else None,
            )


def left_views(scene: Scene, counted: frozenset[str]) -> Iterator[LeftView]:
    """The violations that did not count, each with its reason."""
    ladder = scene.ladder
    if ladder is None:
        return
    for one in scene.found.left:
        if one.violation not in counted:
            violation = scene.state.violations[one.violation]
            yield LeftView(
                violation=one.violation,
                clause=violation.clause,
                at=violation.at,
                because=one.because,
                reason=left_words(one.because, violation, ladder, scene),
            )


def prior_views(past: Past, state: State, names: Iterable[str]) -> Iterator[PriorView]:
    """The sanctions that were taken into account, as they were and as they are."""
    for name in names:
        then = state.sanction(name)
        if then is not None:
            now = past.state.sanction(name) or then
            yield PriorView(
                sanction=name,
                kind=then.kind,
                clause=then.basis.clause,
                at=then.at,
                then=then.status,
                now=now.status,
                overturned_at=now.overturned_at,
            )


def since_then(counted: Iterable[CountedView], priors: Iterable[PriorView]) -> tuple[Later, ...]:
    """What was overturned since, oldest first."""
    found = [
        Later(one.overturned_at, f"violation {one.violation}, which was counted, counts no more")
        for one in counted
        if one.overturned_at is not None
    ]
    found += [
        Later(one.overturned_at, f"sanction {one.sanction}, which was taken into account, was overturned")
        for one in priors
        if one.overturned_at is not None and one.then != "overturned"
    ]
    return tuple(sorted(found, key=lambda one: one.at))


def reconsidered(past: Past, event: ViolationRecorded, version: int, policy: Policy) -> Reconsidered | None:
    """What the policy would say without the sanctions that were overturned since; None where it can say nothing."""
    before = past.before(version)
    without = frozenset(one.id for one in before.sanctions() if _overturned_since(one, past.state))
    state = past.before(version, without=without)
    try:
        found = still_said(event, policy, state)
    except Refused:
        return None
    scene = Scene(event=event, state=state, policy=policy, found=found)
    withheld = None if found.withheld is None else WithheldView(found.withheld, withheld_words(found.withheld, scene))
    return Reconsidered(
        step=found.step,
        level=number(found.level),
        severity=found.severity,
        says=tuple(map(penalty_words, found.penalties)),
        withheld=withheld,
    )


def _overturned_since(then: Sanction, state: State) -> bool:
    now = state.sanction(then.id)
    return then.overturned_at is None and now is not None and now.overturned_at is not None


def _void_since(state: State, violation: str) -> datetime | None:
    """When the last of the sanctions that rested on it was overturned."""
    found = (s.overturned_at for s in state.sanctions() if violation in s.basis.violations)
    return max((at for at in found if at is not None), default=None)
