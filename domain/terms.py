"""The terms in which sanctions are stated: ends, functions with ends, announced consequences, the basis.

These shapes are read from commands and kept inside recorded orders and proposals, so they are a storage format too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from msgspec import UNSET, Struct, UnsetType

from .instants import Instant, as_utc
from .period import Period
from .vocabulary import Code, Id, SanctionId, Text

__all__ = [
    "RENAMED",
    "Basis",
    "Consequence",
    "End",
    "EndOnly",
    "FunctionTerm",
    "Functions",
    "Link",
    "later",
    "latest",
    "outlasts",
]

RENAMED: Final[Mapping[str, str]] = {"from_": "from", "for_": "for"}


class End(Struct, frozen=True):
    """When something ends: at an instant, after a period, or (with neither) never."""

    until: datetime | None = None
    after: Period | None = None

    def has_passed(self, instant: datetime) -> bool:
        """Whether this is an instant, and a past one at `instant`."""
        return self.until is not None and self.until <= instant

    def resolve(self, start: datetime, *, clock: datetime | None = None) -> datetime | None:
        """The instant of the end; a period counts from `clock` where given, else from `start`.

        Raises OverflowError beyond the calendar and ValueError when the end is not after the start.
        """
        end = self.after.after(clock or start) if self.after is not None else self.until
        if end is None:
            return None
        if end <= start:
            raise ValueError(f"the end {end.isoformat()} does not lie after the start {start.isoformat()}")
        return as_utc(end)


class EndOnly(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=RENAMED, omit_defaults=True):
    """Exactly one of `until`, `for` and `"permanent": true`."""

    until: Instant | UnsetType = UNSET
    for_: Period | UnsetType = UNSET
    permanent: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        check_end(self, needed=True)

    @property
    def end(self) -> End:
        return end_of(self) or End()


class FunctionTerm(EndOnly, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=RENAMED, omit_defaults=True):
    """One function with an end of its own."""

    function: Code


Functions = tuple[Code | FunctionTerm, ...]


class Consequence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=RENAMED, omit_defaults=True):
    """What follows if a deadline is missed: a restriction, a ban or a warning, counted from the deadline."""

    restrict: Functions | UnsetType = UNSET
    until: Instant | UnsetType = UNSET
    for_: Period | UnsetType = UNSET
    permanent: bool | UnsetType = UNSET
    ban: EndOnly | UnsetType = UNSET
    warn: EndOnly | UnsetType = UNSET

    def __post_init__(self) -> None:
        if sum(kind is not UNSET for kind in (self.restrict, self.ban, self.warn)) != 1:
            raise ValueError("a consequence is exactly one of restrict, ban and warn")
        if self.restrict is UNSET:
            if end_of(self) is not None:
                raise ValueError("the end of a ban or a warning stands inside it")
            return
        check_functions(self, self.restrict)

    @property
    def end(self) -> End | None:
        """The end of the ban or warning, or the common end of the functions where there is one."""
        for inner in (self.ban, self.warn):
            if inner is not UNSET:
                return inner.end
        return end_of(self)


class Link(Struct, frozen=True, gc=False):
    """A sanction of another account: what exists because of it ends with it."""

    account: str
    sanction: str


class Basis(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a sanction rests on.

    `priors` names earlier sanctions that the decider took into account: when one of them is overturned later, this decision
    is reported as affected. `facts` and `evidence` are narrative; the rest belongs to the header.
    """

    clause: Code
    violations: tuple[Id, ...] = ()
    category: Code | UnsetType = UNSET
    severity: Code | UnsetType = UNSET
    facts: Text | UnsetType = UNSET
    evidence: tuple[Text, ...] = ()
    legal_ground: Text | UnsetType = UNSET
    automated_detection: bool | UnsetType = UNSET
    automated_decision: bool | Literal["fully", "partially", "not"] | UnsetType = UNSET
    priors: tuple[SanctionId, ...] = ()

    def __post_init__(self) -> None:
        if len(self.violations) > 1000 or len(self.evidence) > 100 or len(self.priors) > 1000:
            raise ValueError("a basis names at most 1000 violations, 1000 priors and 100 pieces of evidence")

    def header(self) -> Basis:
        """The same basis without free text (kept apart) and priors (which the decision records itself)."""
        if self.facts is UNSET and not self.evidence and not self.priors:
            return self
        return Basis(
            clause=self.clause,
            violations=self.violations,
            category=self.category,
            severity=self.severity,
            legal_ground=self.legal_ground,
            automated_detection=self.automated_detection,
            automated_decision=self.automated_decision,
        )


def end_of(terms: object) -> End | None:
    """The end that `until`, `for_` and `permanent` state, or None when they state none."""
    until, period = getattr(terms, "until", UNSET), getattr(terms, "for_", UNSET)
    if until is not UNSET:
        return End(until=until)
    if period is not UNSET:
        return End(after=period)
    return End() if getattr(terms, "permanent", UNSET) is True else None


def check_end(terms: object, *, needed: bool) -> None:
    """Raises ValueError unless at most one end (exactly one where needed) is stated, in a form that can be used."""
    until = getattr(terms, "until", UNSET)
    permanent = getattr(terms, "permanent", UNSET)
    if permanent is False:
        raise ValueError("`permanent`: it is true or absent; a time limit is `until` or `for`")
    given = sum(part is not UNSET for part in (until, getattr(terms, "for_", UNSET), permanent))
    if given > 1 or (needed and not given):
        raise ValueError("`until`: exactly one of `until`, `for` and `permanent` is needed")
    if until is not UNSET:
        check_time("until", until)


def check_time(field: str, instant: datetime) -> None:
    """Raises ValueError, naming the field, for a time that leaves the calendar when moved to UTC."""
    try:
        as_utc(instant)
    except ValueError as error:
        raise ValueError(f"`{field}`: {error}") from None


def check_functions(terms: object, functions: Functions) -> None:
    """Raises ValueError unless each function has one end: its own, or the common one where some have none."""
    bare = [entry for entry in functions if isinstance(entry, str)]
    check_end(terms, needed=bool(bare))
    if functions and not bare and end_of(terms) is not None:
        raise ValueError("`until`: each function has an end of its own; leave the common one out")
    if len(functions) > 1000:
        raise ValueError("`functions`: a restriction names at most 1000")


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two ends, None being the latest."""
    if one is None or other is None:
        return None
    return max(one, other)


def latest(ends: Mapping[str, datetime | None]) -> datetime | None:
    """The latest of the ends of a non-empty set of functions, None when one of them has none."""
    values = list(ends.values())
    return None if None in values else max(end for end in values if end is not None)


def outlasts(new: Mapping[str, datetime | None], old: Mapping[str, datetime | None]) -> bool:
    """Whether `new` covers a function that `old` does not, or covers one for longer."""
    for function, end in new.items():
        if function not in old:
            return True
        before = old[function]
        if before is not None and (end is None or end > before):
            return True
    return False
