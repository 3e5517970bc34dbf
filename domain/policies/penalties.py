"""What a step of a ladder imposes, in the words of commands: `{ restrict = ["post"], for = "P7D" }`."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from ..instants import Instant
from ..period import Period
from ..terms import RENAMED, Consequence, End, EndOnly, Functions, end_of
from ..vocabulary import RANK, STANDING_OF, Clock, Kind, Text

__all__ = ["Measure", "OrderTerms", "Penalty", "seconds"]

Measure = tuple[int | Period | None, ...]
"""What penalties are compared by: ranks, then a period, or None for one that never ends."""


class OrderTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An order to rectify: `within` how long, what is required, and what follows if the deadline is missed."""

    within: Period
    requirements: Text | UnsetType = UNSET
    on_default: tuple[Consequence, ...] = ()
    clock: Clock | UnsetType = UNSET


class Penalty(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=RENAMED, omit_defaults=True):
    """One sanction: exactly one of `warn`, `order`, `restrict` and `ban`.

    `warn` and `ban` hold their end; the end of `restrict` stands beside it, or with each function. Durations count from the
    violation's `at` (what was proposed: from the approval).
    """

    warn: EndOnly | UnsetType = UNSET
    order: OrderTerms | UnsetType = UNSET
    restrict: Functions | UnsetType = UNSET
    until: Instant | UnsetType = UNSET
    for_: Period | UnsetType = UNSET
    permanent: bool | UnsetType = UNSET
    ban: EndOnly | UnsetType = UNSET

    def __post_init__(self) -> None:
        if sum(kind is not UNSET for kind in (self.warn, self.order, self.restrict, self.ban)) != 1:
            raise ValueError("a penalty is exactly one of warn, order, restrict and ban")
        if self.order is UNSET:
            fields = asdict(self)
            del fields["order"]
            Consequence(**fields)  # Its checks are those of a consequence.
        elif end_of(self) is not None:
            raise ValueError("an order ends at its deadline: `within` stands inside it")

    @property
    def kind(self) -> Kind:
        """The kind of sanction that this is."""
        if self.warn is not UNSET:
            return "warning"
        if self.order is not UNSET:
            return "rectification"
        return "restriction" if self.restrict is not UNSET else "ban"

    @property
    def end(self) -> End | None:
        """The end; None where each function has its own."""
        for inner in (self.warn, self.ban):
            if inner is not UNSET:
                return inner.end
        if self.order is not UNSET:
            return End(after=self.order.within)
        return end_of(self)

    @property
    def ends(self) -> tuple[End, ...]:
        """Every end that it states."""
        if self.restrict is UNSET:
            return (self.end or End(),)
        common = self.end or End()
        return tuple(common if isinstance(entry, str) else entry.end for entry in self.restrict)

    @property
    def functions(self) -> frozenset[str]:
        """The functions that a restriction takes."""
        if self.restrict is UNSET:
            return frozenset()
        return frozenset(entry if isinstance(entry, str) else entry.function for entry in self.restrict)

    @property
    def bans_permanently(self) -> bool:
        """Whether it is a permanent ban, or announces one."""
        if self.ban is not UNSET:
            return self.ban.permanent is True
        announced = () if self.order is UNSET else self.order.on_default
        return any(one.ban is not UNSET and one.ban.permanent is True for one in announced)

    @property
    def measure(self) -> Measure:
        """How hard it is: the rank of its kind, then how long it lasts (None: for ever).

        Orders differ by what they announce, and by that alone: a longer deadline is not harsher.
        """
        rank = RANK[STANDING_OF[self.kind]]
        if self.order is not UNSET:
            return (rank, *max(map(_announced, self.order.on_default), key=_by_length, default=()))
        return rank, max([end.after for end in self.ends], key=seconds, default=0)

    @property
    def harshness(self) -> tuple[int, ...]:
        """The same, to compare penalties: with a number of seconds (about, for months)."""
        return _by_length(self.measure)


def _announced(consequence: Consequence) -> Measure:
    fields = {name: value for name, value in asdict(consequence).items() if value is not UNSET}
    return Penalty(**fields).measure


def _by_length(measure: Measure) -> tuple[int, ...]:
    return tuple([part if isinstance(part, int) else seconds(part) for part in measure])


def seconds(period: Period | None) -> int:
    """About how long a period is, a month being the average one; no period: longer than any."""
    if period is None:
        return _FOREVER
    return period.months * _MONTH + period.days * 86_400 + period.seconds


_MONTH: Final = 2_629_746
_FOREVER: Final = 10**18
