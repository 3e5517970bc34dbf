"""What differs between two states of an account: by function, and by sanction."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ..documents import AccountState, RestrictionView

__all__ = ["Difference", "FunctionChange", "SanctionChange", "difference"]

What = Literal["added", "gone", "changed", "the same"]


class FunctionChange(Struct, frozen=True):
    """A function: how it was restricted in the one state, and in the other (None: it was not)."""

    function: str
    before: RestrictionView | None
    after: RestrictionView | None
    what: What


class SanctionChange(Struct, frozen=True):
    """A sanction whose status is not the same in both states (None: it was not there)."""

    sanction: str
    kind: str
    before: str | None
    after: str | None


class Difference(Struct, frozen=True):
    """Two states of one account, and what differs. `of`: whether two instants are compared, or what was known at two."""

    of: Literal["valid", "known"]
    before: AccountState
    after: AccountState
    functions: tuple[FunctionChange, ...]
    sanctions: tuple[SanctionChange, ...]


def difference(of: Literal["valid", "known"], before: AccountState, after: AccountState) -> Difference:
    """What differs, every function that is restricted in one of the states included."""
    old, new = ({one.function: one for one in state.restrictions} for state in (before, after))
    functions = [
        FunctionChange(name, old.get(name), new.get(name), _what(old.get(name), new.get(name)))
        for name in sorted(old.keys() | new.keys())
    ]
    was, now = ({one.id: one for one in state.sanctions} for state in (before, after))
    sanctions: list[SanctionChange] = []
    for name in dict.fromkeys((*was, *now)):
        earlier, later = was.get(name), now.get(name)
        statuses = tuple(None if one is None else one.status for one in (earlier, later))
        shown = later or earlier
        if statuses[0] != statuses[1] and shown is not None:
            sanctions.append(SanctionChange(name, shown.kind, *statuses))
    return Difference(of, before, after, tuple(functions), tuple(sanctions))


def _what(before: RestrictionView | None, after: RestrictionView | None) -> What:
    if before is None:
        return "added"
    if after is None:
        return "gone"
    return "the same" if before == after else "changed"
