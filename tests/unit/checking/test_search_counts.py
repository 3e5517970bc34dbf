"""What a search counts, and how far it goes: in spaces so small that they can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from account_sanctions.domain.checking import Step
from account_sanctions.domain.checking.moves import moves
from account_sanctions.domain.checking.search import WAIT, Search
from account_sanctions.domain.checking.world import world_of
from account_sanctions.domain.state import NOTHING, State

from .tiny import TINY, search, tiny


def _space(found: Search) -> dict[str, Any]:
    return {
        "parents": list(found.parents),
        "moves": list(found.moves),
        "clear": list(found.clear),
        "links": list(zip(*found.links, strict=True)),
    }


def test_one_warning_leads_to_three_states() -> None:
    """Nothing; the warning; the warning that is over. Only the first move of all is accepted, and time passes once."""
    found = search()
    found.run()
    assert _space(found) == {
        "parents": [0, 0, 1],
        "moves": [WAIT, 0, WAIT],
        "clear": [1, 0, 1],
        "links": [(0, 1), (1, 2)],
    }
    assert (found.states, found.edges - found.refusals, found.depth, found.complete) == (3, 2, 2, True)
    assert found.unlooked == set()


def test_every_move_is_an_edge_and_what_is_forbidden_is_tried_once_in_each_situation() -> None:
    """Nothing, a warning in force and one that is over are three situations."""
    found, world = search(), world_of(TINY, 1)
    found.run()
    warned = _only(world, NOTHING, 0)
    over = warned.after
    tried = [
        len(list(moves(world, state, at, opened)))
        for state, at, opened in ((NOTHING, world.start, 0), (over, world.start, 1))
    ]
    assert found.edges > sum(tried)
    twice = search(things=2)
    twice.run()
    assert (twice.states, twice.edges - twice.refusals) == (6, 6)
    # Two warnings at once are the same situation as one: nobody who may not is asked again.
    assert twice.edges < 2 * found.edges


def _only(world: Any, state: State, number: int) -> Step:
    found = search()
    step = found._decided(_node(found, state), number, list(moves(world, state, world.start, 0))[number])
    assert step is not None
    return step


def _node(found: Search, state: State) -> Any:
    from account_sanctions.domain.checking.search import Node

    return Node(0, state, found.world.start, 0)


def test_two_warnings_lead_to_six_states() -> None:
    """None, one or two at once, with none, one or two that are over; two of the ways lead to the same state."""
    found = search(things=2)
    found.run()
    assert _space(found) == {
        "parents": [0, 0, 1, 1, 2, 3],
        "moves": [WAIT, 0, 0, WAIT, WAIT, 0],
        "clear": [1, 0, 0, 1, 1, 0],
        "links": [(0, 1), (1, 2), (1, 3), (2, 4), (3, 5), (5, 4)],
    }
    assert (found.depth, found.complete) == (3, True)


def test_second_way_to_a_state_is_a_link_and_no_state() -> None:
    """A warning that is overturned is a state of its own; one that is over is overturned with the same result."""
    found = search(tiny("warn", "overturn"))
    found.run()
    space = _space(found)
    assert (space["parents"], space["clear"]) == ([0, 0, 1, 1], [1, 0, 1, 1])
    assert space["links"] == [(0, 1), (1, 2), (1, 3), (3, 2)]


@pytest.mark.parametrize(
    ("bounds", "states", "depth", "unlooked"),
    [
        ({"depth": 1}, 2, 1, {1}),
        ({"depth": 2}, 3, 2, {2}),
        ({"states": 1}, 1, 0, {0}),
        ({"states": 2}, 2, 1, {1}),
        ({"states": 3}, 3, 2, {2}),
    ],
)
def test_bound_leaves_what_was_not_looked_at(
    bounds: dict[str, Any], states: int, depth: int, unlooked: set[int]
) -> None:
    found = search(**bounds)
    found.run()
    assert (found.states, found.depth, found.complete, found.unlooked) == (states, depth, False, unlooked)


@pytest.mark.parametrize("bounds", [{"depth": 3}, {"states": 4}])
def test_bound_that_is_not_reached_leaves_the_search_complete(bounds: dict[str, Any]) -> None:
    found = search(**bounds)
    found.run()
    assert (found.states, found.complete, found.unlooked) == (3, True, set())


def test_bound_within_a_level_leaves_the_rest_of_it_and_what_follows() -> None:
    """Of the second level only the first state is looked at: two warnings, from which time leads to a fifth state."""
    found = search(things=2, states=5)
    found.run()
    assert (found.states, found.complete) == (5, False)
    assert found.unlooked == {3, 4}


def test_watch_is_told_states_edges_depth_and_what_waits() -> None:
    seen: list[tuple[int, int, int, int]] = []
    found = Search(world_of(TINY, 2), watch=lambda *figures: seen.append(figures))
    found.run()
    assert [(states, depth, waiting) for states, _, depth, waiting in seen] == [
        (2, 0, 2),
        (4, 1, 3),
        (5, 2, 3),
        (6, 3, 2),
    ]
    assert [edges for _, edges, _, _ in seen] == sorted({edges for _, edges, _, _ in seen})
    assert seen[-1][1] <= found.edges


def test_watch_is_told_of_every_sixty_fourth_state_of_a_level() -> None:
    seen: list[int] = []
    found = Search(world_of(tiny(), 1), watch=lambda _states, _edges, _depth, waiting: seen.append(waiting))
    found._level([_node(found, NOTHING)] * 66)
    assert seen == [66, 2]


def test_what_a_rule_can_see_of_an_end_is_kept_apart() -> None:
    """A warning that was lifted and one that came to its end have the same future, and do not look the same."""
    policy = tiny("warn", "lift")
    plain, shown = search(policy), Search(world_of(policy, 1), [_seeing(None)])
    plain.run()
    shown.run()
    assert (plain.states, shown.states) == (3, 4)


def _seeing(sees: Callable[..., object] | None) -> Any:
    def rule(_step: Step) -> None:
        return None

    if sees is not None:
        rule.sees = sees  # type: ignore[attr-defined]
    return rule


@pytest.mark.parametrize(
    ("sees", "states"),
    [
        (None, 3),
        (lambda _state, _now: 0, 3),
        (lambda _state, now: now, 3),
        (lambda state, _now: state.version, 3),
    ],
)
def test_what_a_rule_sees_is_part_of_what_a_state_is(sees: Callable[..., object] | None, states: int) -> None:
    found = Search(world_of(TINY, 1), [_seeing(sees)])
    found.run()
    assert found.states == states


def test_states_that_a_rule_sees_apart_are_two() -> None:
    """Two warnings that follow one another and two at once end alike, but not at the same time."""
    rules = [_seeing(None), _seeing(lambda _state, now: now)]
    plain, seen = Search(world_of(TINY, 2), rules[:1]), Search(world_of(TINY, 2), rules)
    plain.run()
    seen.run()
    assert (plain.states, seen.states) == (6, 7)
