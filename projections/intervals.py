"""When each function is taken away from an account, as intervals: past, present, and already decided for the future.

A pure function of the state. The future is what `due` says will happen if nobody decides anything else: scheduled starts,
announced consequences, ends. So a reader needs no sweeper, and an interval never has to be corrected by the clock alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise

from msgspec import Struct

from ..domain.due import advance
from ..domain.instants import LAST_INSTANT
from ..domain.queries import EVERYTHING
from ..domain.state import Sanction, State

__all__ = ["Interval", "changed_intervals", "intervals"]


class Interval(Struct, frozen=True, order=True):
    """`sanction` takes `function` away while `starts <= t < ends` (None: no end); `*` is every function."""

    sanction: str
    function: str
    starts: datetime
    ends: datetime | None


def intervals(state: State, sanctions: Iterable[str] | None = None) -> set[Interval]:
    """The intervals of the whole account, or of some of its sanctions and of their announced consequences."""
    future = advance(state, LAST_INSTANT) if _may_turn_out_otherwise(state) else state
    if sanctions is None:
        chosen: Iterable[Sanction] = future.sanctions()
    else:
        names = set(sanctions)
        found = (future.sanction(name) for name in names)
        announced = (s for s in _announced(state, future) if s.caused_by in names)
        chosen = {s.id: s for s in (*found, *announced) if s is not None}.values()
    return {interval for sanction in chosen for interval in _of(sanction)}


def _may_turn_out_otherwise(state: State) -> bool:
    """Whether the future holds more than the starts and ends that the sanctions name themselves."""
    return state.exemption is not None or any(sanction.order is not None for sanction in state.live.values())


def _announced(state: State, future: State) -> Iterator[Sanction]:
    for order in state.live.values():
        if order.order is not None:
            for number in range(1, len(order.order.on_default) + 1):
                sanction = future.sanction(f"{order.id}/{number}")
                if sanction is not None:
                    yield sanction


def changed_intervals(before: State, after: State, touched: Iterable[str]) -> tuple[set[Interval], set[Interval]]:
    """What to remove and what to add when an account goes from one state to the next.

    `touched` are the sanctions that the new events name; all others can only have changed if they had not ended.
    """
    names = {*touched, *before.live, *after.live}
    old, new = intervals(before, names), intervals(after, names)
    return old - new, new - old


def _of(sanction: Sanction) -> Iterator[Interval]:
    if sanction.kind not in ("restriction", "ban") or sanction.overturned_at is not None:
        return
    stop = sanction.ended_at
    spans: dict[str, list[tuple[datetime, datetime | None]]] = {}
    moments = [*(terms.at for terms in sanction.terms), stop]
    for terms, (since, until) in zip(sanction.terms, pairwise(moments), strict=True):
        ends = {EVERYTHING: terms.until} if sanction.kind == "ban" else terms.functions
        for function, end in ends.items():
            starts = max(sanction.from_, since) if since is not None else sanction.from_
            closes = _sooner(end, until)
            if closes is None or closes > starts:
                _extend(spans.setdefault(function, []), starts, closes)
    for function, found in spans.items():
        for starts, closes in found:
            yield Interval(sanction.id, function, starts, closes)


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _extend(spans: list[tuple[datetime, datetime | None]], starts: datetime, closes: datetime | None) -> None:
    """Add a span; terms that follow one another without a gap are one interval."""
    if spans and spans[-1][1] == starts:
        spans[-1] = (spans[-1][0], closes)
    else:
        spans.append((starts, closes))
