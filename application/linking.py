"""Sanctions that exist because of another account's: settling which one, and when it ended.

A read looks the other account up, so the answer needs no job. The follower records the same as an event on the dependent
account; the in-process index and other readers of rows alone learn of it then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from ..domain import acts
from ..domain.due import LinkEnd, advance
from ..domain.errors import AlreadyEnded, Malformed, NotInForce, UnknownAccount, UnknownSanction
from ..domain.instants import LAST_INSTANT
from ..domain.state import Sanction, State
from ..domain.vocabulary import RANK, STANDING_OF

__all__ = ["FindState", "causes_named", "link_ends", "with_causes"]

FindState = Callable[[str], State]
"""The recorded state of an account."""

# A chain of accounts cannot be a circle, because a cause exists before what it causes; this is how far it is followed.
_LONGEST: Final = 32


def link_ends(sanctions: Iterable[Sanction], find: FindState, *, depth: int = 0) -> tuple[LinkEnd, ...]:
    """When that because of which these sanctions exist ended, or will end as far as is decided."""
    ends: list[LinkEnd] = []
    for sanction in sanctions:
        link = sanction.because_of
        if link is None or depth > _LONGEST:
            continue
        state = find(link.account)
        cause = _future(state, find, depth).sanction(link.sanction)
        if cause is None:
            continue
        instants = [instant for instant in (cause.ended_at, cause.overturned_at) if instant is not None]
        if instants:
            ends.append(LinkEnd(sanction.id, min(instants), cause.overturned_at is not None))
    return tuple(ends)


def _future(state: State, find: FindState, depth: int) -> State:
    return advance(state, LAST_INSTANT, link_ends(state.live.values(), find, depth=depth + 1))


def causes_named(act: acts.Act) -> tuple[str, ...]:
    """The other accounts that a command names as causes."""
    return tuple(one.because_of_account for one in _impositions(act) if one.because_of_account is not UNSET)


def with_causes(account: str, act: acts.Act, find: FindState) -> acts.Act:
    """The act with the sanction of the other account settled: the one named, else the gravest in force.

    Raises UnknownAccount, UnknownSanction, AlreadyEnded, NotInForce; Malformed for the account itself.
    """
    match act:
        case acts.Warn() | acts.OrderRectification() | acts.Restrict() | acts.Ban():
            return _settled(account, act, find)
        case acts.Impose():
            return replace(act, sanctions=tuple(_settled(account, inner, find) for inner in act.sanctions))
        case acts.Propose() if not isinstance(act.sanction, acts.ChangeSanction):
            return replace(act, sanction=_settled(account, act.sanction, find))
        case _:
            return act


def _impositions(act: acts.Act) -> tuple[acts.Imposition, ...]:
    match act:
        case acts.Warn() | acts.OrderRectification() | acts.Restrict() | acts.Ban():
            return (act,)
        case acts.Impose():
            return act.sanctions
        case acts.Propose() if not isinstance(act.sanction, acts.ChangeSanction):
            return (act.sanction,)
        case _:
            return ()


def _settled(account: str, act: acts.Imposition, find: FindState) -> acts.Imposition:
    other = act.because_of_account
    if other is UNSET:
        return act
    if other == account:
        raise Malformed("because_of_account: name another account", field="because_of_account")
    state = find(other)
    if not state.version:
        raise UnknownAccount(f"nothing is recorded of {other!r}", account=other)
    if act.because_of_sanction is not UNSET:
        name = act.because_of_sanction
        if state.sanction(name) is None:
            raise UnknownSanction(f"{other!r} has no sanction {name!r}", account=other, sanction=name)
        if name not in state.live:
            raise AlreadyEnded(f"sanction {name!r} of {other!r} has ended", account=other, sanction=name)
        return act
    in_force = [sanction for sanction in state.live.values() if sanction.status == "in_force"]
    if not in_force:
        raise NotInForce(f"no sanction of {other!r} is in force", account=other)
    return replace(act, because_of_sanction=max(in_force, key=_gravity).id)


def _gravity(sanction: Sanction) -> tuple[int, bool, datetime, int]:
    until = sanction.until
    return RANK[STANDING_OF[sanction.kind]], until is None, until or LAST_INSTANT, -sanction.number
