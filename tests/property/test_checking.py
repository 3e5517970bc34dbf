"""Two states with one key have one future: whatever can follow on one can follow on the other, to states with one key again."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import NamedTuple

import pytest
from account_sanctions.application.checking import policies_named
from account_sanctions.domain.checking.instants import next_instant
from account_sanctions.domain.checking.moves import moves, opens
from account_sanctions.domain.checking.search import Search
from account_sanctions.domain.checking.world import world_of
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.due import advance
from account_sanctions.domain.errors import Refused
from account_sanctions.domain.queries import restrictions
from account_sanctions.domain.state import State
from account_sanctions.domain.vocabulary import Standing
from hypothesis import given
from hypothesis import strategies as st

from .strategies import effort

POLICIES = (
    *("default", "wechat-official-accounts@2022-06", "xbox-2023", "youtube-2023"),
    *("cairn-mod", "facebook-2022", "wiki-matrix"),
)
"""One without ladders; escalation; clocks that stand still; what expires; what fades; orders and reinstatement; months."""


class Met(NamedTuple):
    """A state as the search met it."""

    state: State
    now: object
    opened: int

    def __repr__(self) -> str:
        return f"version {self.state.version} at {self.now}"


class Twins(Search):
    """A search that keeps the different states which it takes for one."""

    def __init__(self, policy: str) -> None:
        (only,) = policies_named([policy])
        super().__init__(world_of(only, 2), states=2_500)
        self.met: dict[int, list[Met]] = defaultdict(list)

    def _enter(self, state, now, opened, *, parent, move):  # type: ignore[no-untyped-def]
        number = super()._enter(state, now, opened, parent=parent, move=move)
        known = self.met[number]
        if len(known) < 6 and all((one.state, one.now) != (state, now) for one in known):
            known.append(Met(state, now, opened))
        return number


@cache
def twins(policy: str) -> tuple[Twins, list[list[Met]]]:
    search = Twins(policy)
    search.run()
    return search, [met for met in search.met.values() if len(met) > 1]


Answer = tuple[Standing, bool, frozenset[tuple[str, object, int]]]


def answer(state: State, now) -> Answer:  # type: ignore[no-untyped-def]
    """What a host sees, without names and dates."""
    taken = restrictions(state, now)
    ends = frozenset((one.function, None if one.until is None else one.until - now, len(one.because)) for one in taken)
    return state.standing, state.terminal, ends


def future(search: Search, met: Met) -> frozenset[object]:
    """What can follow: the keys of the states that come next."""
    world, (state, now, opened) = search.world, met
    found: set[object] = set()
    for command in moves(world, state, now, opened, strangers=False):  # type: ignore[arg-type]
        try:
            decision = handle(command, state, world.policy)
        except Refused:
            continue
        if decision.events:
            more = opened + opens(command)
            found.add(search.canon.key(decision.state, now, world.things - more))  # type: ignore[arg-type]
    instant = next_instant(state, now, search.canon.clocks, more=opened < world.things)  # type: ignore[arg-type]
    if instant is not None:
        found.add(("later", search.canon.key(advance(state, instant), instant, world.things - opened)))
    return frozenset(found)


@pytest.mark.parametrize("policy", POLICIES)
@effort(1)
@given(data=st.data())
def test_states_with_one_key_have_one_future(policy: str, data: st.DataObject) -> None:
    search, pairs = twins(policy)
    one, other = data.draw(
        st.sampled_from(range(len(pairs))).flatmap(
            lambda number: st.lists(st.sampled_from(pairs[number]), min_size=2, max_size=2, unique_by=id)
        )
    )

    assert answer(one.state, one.now) == answer(other.state, other.now)
    assert future(search, one) == future(search, other)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_search_takes_many_different_states_for_one(policy: str) -> None:
    search, pairs = twins(policy)

    assert len(pairs) > 50, "otherwise the test above would compare nothing"
    assert len({search.canon.key(met[0].state, met[0].now, 2 - met[0].opened) for met in pairs}) == len(pairs)  # type: ignore[arg-type]
