"""What can be wrong with the penalties of a policy: functions that nobody has, ends that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from ..terms import Consequence, EndOnly, FunctionTerm
from .findings import Finding, Place, near, too_long
from .penalties import Penalty
from .policy import Policy

__all__ = ["check_penalties"]


def check_penalties(policy: Policy) -> Iterator[Finding]:
    """The mistakes in what the ladders impose and announce."""
    catalogue = _Catalogue(policy)
    for place, penalty in _penalties(policy):
        yield from _terms(place, penalty, catalogue)
        if penalty.order is UNSET:
            continue
        order = (*place, "order")
        yield from too_long((*order, "within"), penalty.order.within, "give a shorter one")
        for number, consequence in enumerate(penalty.order.on_default):
            yield from _terms((*order, "on_default", number), consequence, catalogue)


def _penalties(policy: Policy) -> Iterator[tuple[Place, Penalty]]:
    for name, ladder in policy.ladders.items():
        place: Place = ("ladders", name)
        if ladder.first is not UNSET:
            yield from _numbered((*place, "first", "impose"), ladder.first.impose)
        if ladder.prior_warning is not UNSET:
            yield from _numbered((*place, "prior_warning", "impose"), ladder.prior_warning.impose)
        for number, step in enumerate(ladder.steps):
            yield from _numbered((*place, "steps", number, "impose"), step.impose)


def _numbered(place: Place, penalties: tuple[Penalty, ...]) -> Iterator[tuple[Place, Penalty]]:
    for number, penalty in enumerate(penalties):
        yield (*place, number), penalty


class _Catalogue:
    """The functions of a policy, quick to ask however many there are."""

    def __init__(self, policy: Policy) -> None:
        self.names = frozenset(name for name in policy.functions if not name.endswith("*"))
        self._beginnings = frozenset(name[:-1] for name in policy.functions if name.endswith("*"))

    def mistake(self, function: str) -> str | None:
        """Why this function cannot be restricted; None where it can."""
        if function in self.names:
            return None
        if "*" in function:
            return f"{function!r} is a pattern of the catalogue, not a function; name the functions one by one"
        if any(function[:length] in self._beginnings for length in range(len(function))):
            return None
        hint = near(function, self.names) or "; add it to `functions`, or name one that is there"
        return f"the catalogue has no function {function!r}{hint}"


def _terms(place: Place, terms: Penalty | Consequence, catalogue: _Catalogue) -> Iterator[Finding]:
    for field, inner in (("warn", terms.warn), ("ban", terms.ban)):
        if inner is not UNSET:
            yield from _end((*place, field), inner)
    if terms.restrict is UNSET:
        return
    yield from _end(place, terms)
    if not terms.restrict:
        yield (*place, "restrict"), "it takes no function away; name at least one"
    seen: set[str] = set()
    for number, entry in enumerate(terms.restrict):
        where = (*place, "restrict", number)
        function = entry.function if isinstance(entry, FunctionTerm) else entry
        if (sentence := catalogue.mistake(function)) is not None:
            yield where, sentence
        if function in seen:
            yield where, f"{function!r} is named twice; leave one of them out"
        seen.add(function)
        if isinstance(entry, FunctionTerm):
            yield from _end(where, entry)


def _end(place: Place, terms: EndOnly | Penalty | Consequence) -> Iterator[Finding]:
    if terms.until is not UNSET:
        yield (
            (*place, "until"),
            "this is one fixed instant, and nothing could be imposed after it; give a duration, as `for`",
        )
    if terms.for_ is not UNSET:
        yield from too_long((*place, "for"), terms.for_, "say `permanent = true`, or give a shorter one")
