"""Sanctions that exist because of another account's: settling which one, and when it ended.

A read looks the other account up, so the answer needs no job. The follower of the log records the same as an event on the
dependent account, and keeps the rows current from which the in-process index is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from msgspec import UNSET
from msgspec.structs import replace

from ..domain import acts
from ..domain.due import LinkEnd, advance, bearer, end_of
from ..domain.errors import AlreadyEnded, Malformed, NotInForce, UnknownAccount, UnknownSanction
from ..domain.instants import LAST_INSTANT
from ..domain.state import Sanction, State
from ..domain.terms import Link
from ..domain.vocabulary import RANK, STANDING_OF

__all__ = ["FindState", "ends_for", "link_ends", "reach", "with_causes"]

FindState = Callable[[str], State]
"""The recorded state of an account."""


def link_ends(sanctions: Iterable[Sanction], find: FindState) -> tuple[LinkEnd, ...]:
    """When that because of which these sanctions exist ended, or will end as far as is decided."""
    return _ends([(one.id, one.because_of) for one in sanctions if one.because_of is not None], find)


def ends_for(state: State, act: acts.Act, find: FindState) -> tuple[LinkEnd, ...]:
    """The same for an account on which an act is decided: for what has not ended, and for what is to be approved."""
    return _ends([*_linked(state), *_proposed(state, act)], find)


def reach(state: State, act: acts.Act | None, find: FindState) -> None:
    """Ask `find` for every account that the account's links, and deciding the act, take; for no other."""
    links = [link for _, link in _linked(state)]
    if act is not None:
        links += [link for _, link in _proposed(state, act)]
        for one in _impositions(act):
            if one.because_of_account is UNSET:
                continue
            if one.because_of_sanction is not UNSET:
                links.append(Link(one.because_of_account, one.because_of_sanction))
            else:
                links += [link for _, link in _linked(find(one.because_of_account))]
    if links:
        chains = _Chains(find)
        for link in links:
            chains.end(link)


def with_causes(account: str, act: acts.Act, at: datetime, find: FindState) -> acts.Act:
    """The act with the sanction of the other account settled: the one named, else the gravest in force at `at`.

    Raises UnknownAccount, UnknownSanction, AlreadyEnded, NotInForce; Malformed for the account itself.
    """
    match act:
        case acts.Warn() | acts.OrderRectification() | acts.Restrict() | acts.Ban():
            return _settled(account, act, at, find)
        case acts.Impose():
            return replace(act, sanctions=tuple(_settled(account, inner, at, find) for inner in act.sanctions))
        case acts.Propose() if not isinstance(act.sanction, acts.ChangeSanction):
            return replace(act, sanction=_settled(account, act.sanction, at, find))
        case _:
            return act


class _Chains:
    """Follows causes to their causes. However accounts are entangled, each account and each sanction is looked at once.

    A sanction has one cause, so what is followed is a chain: from the dependent to what was there first, and back.
    """

    def __init__(self, find: FindState) -> None:
        self._find = find
        self._states: dict[str, State] = {}
        self._ends: dict[Link, LinkEnd | None] = {}

    def end(self, link: Link) -> LinkEnd | None:
        """When the sanction that is linked to ended, or will end as far as is decided."""
        chain: list[tuple[Link, State]] = []
        following: Link | None = link
        while following is not None and following not in self._ends:
            # A cause exists before what it causes. Should a forged store say otherwise, a circle comes to a stop here.
            self._ends[following] = None
            state = self._state(following.account)
            chain.append((following, state))
            one = bearer(state, following.sanction)
            following = one.because_of if one is not None and one.id in state.live else None
        end = None if following is None else self._ends[following]
        for each, state in reversed(chain):
            end = self._ends[each] = end_of(state, each.sanction, end)
        return end

    def _state(self, account: str) -> State:
        if account not in self._states:
            self._states[account] = self._find(account)
        return self._states[account]


def _ends(named: list[tuple[str, Link]], find: FindState) -> tuple[LinkEnd, ...]:
    if not named:
        return ()
    chains = _Chains(find)
    found = [(sanction, chains.end(link)) for sanction, link in named]
    return tuple(LinkEnd(sanction, end.at, end.overturned) for sanction, end in found if end is not None)


def _linked(state: State) -> list[tuple[str, Link]]:
    return [(one.id, one.because_of) for one in state.live.values() if one.because_of is not None]


def _proposed(state: State, act: acts.Act) -> Iterator[tuple[str, Link]]:
    """What would come into being by an approval, with its cause: settled when it was proposed."""
    if isinstance(act, acts.Approve) and (proposal := state.open_proposals.get(act.proposal)) is not None:
        inner = proposal.act
        if not isinstance(inner, acts.ChangeSanction) and inner.because_of_account is not UNSET:
            assert inner.because_of_sanction is not UNSET
            yield proposal.sanction, Link(inner.because_of_account, inner.because_of_sanction)


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


def _settled(account: str, act: acts.Imposition, at: datetime, find: FindState) -> acts.Imposition:
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
        if advance(state, at).sanction(name) is None:
            raise UnknownSanction(f"{other!r} has no sanction {name!r}", account=other, sanction=name)
        end = _Chains(find).end(Link(other, name))
        if end is not None and end.at <= at:
            raise AlreadyEnded(f"sanction {name!r} of {other!r} has ended", account=other, sanction=name)
        return act
    now = advance(state, at, link_ends(state.live.values(), find))
    in_force = [sanction for sanction in now.live.values() if sanction.status == "in_force"]
    if not in_force:
        raise NotInForce(f"no sanction of {other!r} is in force", account=other)
    return replace(act, because_of_sanction=max(in_force, key=_gravity).id)


def _gravity(sanction: Sanction) -> tuple[int, bool, datetime, int]:
    until = sanction.until
    return RANK[STANDING_OF[sanction.kind]], until is None, until or LAST_INSTANT, -sanction.number
