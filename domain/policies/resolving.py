"""What penalties come to at an instant: two that come to the same are the same, however they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import UNSET, Struct

from ..instants import LAST_INSTANT, as_utc
from ..terms import Consequence, End, FunctionTerm, later, outlasts
from ..vocabulary import RANK, STANDING_OF, Clock, Kind
from .penalties import Penalty

__all__ = ["Resolved", "end_at", "is_milder", "resolve", "same"]


class Resolved(Struct, frozen=True):
    """A penalty at an instant: its kind, each function with its end (None: never), what an order announces and by which clock.

    What is no restriction has one end, under the name of no function.
    """

    kind: Kind
    ends: tuple[tuple[str, datetime | None], ...]
    announced: tuple[Resolved, ...] = ()
    clock: Clock | None = None
    requirements: str | None = None

    @property
    def rank(self) -> int:
        """The rank of its kind, or of the gravest thing that it announces."""
        return max([RANK[STANDING_OF[self.kind]], *[one.rank for one in self.announced]])


def end_at(end: End, at: datetime) -> datetime | None:
    """The instant of an end (None: never). What is said need not lie inside the calendar, or in the future."""
    try:
        found = end.until if end.after is None else end.after.after(at)
    except OverflowError:
        return LAST_INSTANT
    return None if found is None else as_utc(found)


def resolve(penalty: Penalty | Consequence, at: datetime, clock: Clock) -> Resolved:
    """What a penalty comes to at `at`; `clock`: that of an order which names none."""
    if penalty.restrict is not UNSET:
        common = penalty.end or End()
        ends: dict[str, datetime | None] = {}
        for entry in penalty.restrict:
            name, end = (entry.function, entry.end) if isinstance(entry, FunctionTerm) else (entry, common)
            until = end_at(end, at)
            ends[name] = later(ends[name], until) if name in ends else until
        return Resolved("restriction", tuple(sorted(ends.items())))
    kind: Kind = "ban" if penalty.ban is not UNSET else "warning"
    until = end_at(penalty.end or End(), at)
    if isinstance(penalty, Consequence) or penalty.order is UNSET:
        return Resolved(kind, (("", until),))
    order = penalty.order
    announced = [resolve(one, until or LAST_INSTANT, clock) for one in order.on_default]
    return Resolved(
        "rectification",
        (("", until),),
        tuple(sorted(announced, key=repr)),
        clock if order.clock is UNSET else order.clock,
        None if order.requirements is UNSET else order.requirements,
    )


def same(said: Iterable[Resolved], chosen: Iterable[Resolved]) -> bool:
    """Whether both are the same penalties, in whatever order."""
    return Counter(said) == Counter(chosen)


def is_milder(said: Sequence[Resolved], chosen: Sequence[Resolved]) -> bool:
    """Whether what is chosen is milder beyond doubt: of a milder kind, or less in something and more in nothing.

    An order is as hard as what it announces and when, so that another order is not milder for being another one.
    """
    before, after = (max([one.rank for one in each], default=0) for each in (said, chosen))
    if before != after:
        return after < before
    return _covers(said, chosen) and not _covers(chosen, said)


def _covers(these: Sequence[Resolved], those: Sequence[Resolved]) -> bool:
    """Whether these reach as far as those in everything."""
    orders = Counter(one for one in these if one.kind == "rectification")
    if not Counter(one for one in those if one.kind == "rectification") <= orders:
        return False
    return not outlasts(_reach(those), _reach(these))


def _reach(penalties: Iterable[Resolved]) -> dict[str, datetime | None]:
    """How long each kind, and each function, is taken in all."""
    found: dict[str, datetime | None] = {}
    for one in penalties:
        for function, end in one.ends if one.kind != "rectification" else ():
            name = f"{one.kind} {function}"
            found[name] = later(found[name], end) if name in found else end
    return found
