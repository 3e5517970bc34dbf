"""What a host is told when it asks: the union of all that is in force, reckoned by hand from the sanctions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from ..queries import EVERYTHING, Restriction, restrictions, verdict
from ..state import Sanction
from .reckoning import later, latest, stands_still
from .steps import Step

__all__ = ["a_host_is_told_what_is_in_force"]

_UNKNOWN: Final = "a function that nobody has heard of"


def a_host_is_told_what_is_in_force(step: Step) -> Iterator[str]:
    """Each function that is taken, until the latest of its ends, because of all that take it; `may` denies just that."""
    now = step.at
    in_force = sorted((one for one in step.after.live.values() if _runs(one, now)), key=lambda one: one.number)
    taken: dict[str, tuple[datetime | None, tuple[str, ...]]] = {}
    for one in in_force:
        for function, end in _takes(one, now):
            until, because = taken.get(function, (end, ()))
            taken[function] = (later(until, end), (*because, one.id))
    wanted = tuple(Restriction(name, until, because) for name, (until, because) in sorted(taken.items()))
    found = restrictions(step.after, now)
    if found != wanted:
        yield f"in force is {wanted or 'nothing'}, and told is {found or 'nothing'}"
    for function in {name for one in step.after.live.values() for name in one.functions} | {_UNKNOWN}:
        hits = [taken[name] for name in (function, EVERYTHING) if name in taken]
        answer = verdict(step.after, function, now)
        until = latest(end for end, _ in hits)
        culprits = {name for _, names in hits for name in names}
        if (answer.allowed, answer.until, set(answer.because)) != (not hits, until, culprits):
            yield f"asked for {function!r}, a host is told {answer}, and in force is {wanted or 'nothing'}"


def _runs(one: Sanction, now: datetime) -> bool:
    stopped = one.order is not None and stands_still(one.order)
    return one.from_ <= now and (one.until is None or now < one.until or stopped)


def _takes(one: Sanction, now: datetime) -> Iterator[tuple[str, datetime | None]]:
    if one.kind == "ban":
        yield EVERYTHING, one.until
    elif one.kind == "restriction":
        for function, end in one.functions.items():
            if end is None or now < end:
                yield function, end
