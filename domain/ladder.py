"""The standing ladder, declared with python-statemachine. Guards are plain functions of one frozen `facts` argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from statemachine import State, StateMachine
from statemachine.transition_list import TransitionList

from .lifecycle import Facts, Guard

__all__ = ["StandingLadder"]


def not_terminal(facts: Facts) -> bool:
    return not facts.terminal


def not_exempt(facts: Facts) -> bool:
    return not facts.exempt


def reaches_clear(facts: Facts) -> bool:
    return facts.highest == "clear"


def reaches_warned(facts: Facts) -> bool:
    return facts.highest == "warned"


def reaches_rectifying(facts: Facts) -> bool:
    return facts.highest == "rectifying"


def reaches_restricted(facts: Facts) -> bool:
    return facts.highest == "restricted"


def reaches_banned(facts: Facts) -> bool:
    return facts.highest == "banned"


_REACHES: Final[tuple[Guard, ...]] = (
    reaches_clear,
    reaches_warned,
    reaches_rectifying,
    reaches_restricted,
    reaches_banned,
)


def _moves(ladder: Iterable[State], allowed: Callable[[int, int], bool], *guards: Guard) -> TransitionList:
    """Every move between rungs that is allowed, each guarded by the rung that it reaches: so no two overlap."""
    rungs = list(ladder)
    moves = TransitionList()
    for low, source in enumerate(rungs):
        for high, target in enumerate(rungs):
            cond = [_REACHES[high], *guards]
            if not allowed(low, high):
                continue
            if low == high:
                itself = cast("Any", source.to).itself
                moves |= cast("TransitionList", itself(cond=cond, internal=True))
            else:
                moves |= source.to(target, cond=cond)
    return moves


def _stays(source: int, target: int) -> bool:
    return source == target


def _rises(source: int, target: int) -> bool:
    return target >= source


def _falls(source: int, target: int) -> bool:
    return target <= source


def _rises_to(rung: int) -> Callable[[int, int], bool]:
    return lambda source, target: target == max(source, rung) or target == source


class StandingLadder(StateMachine):
    """Five rungs; a decision or the passing of time moves an account between them.

    New sanctions (`warn`, `order`, `restrict`, `ban`) raise the standing to their rung or, when scheduled or outranked, leave
    it; what was announced `begin`s; whatever `end`s lets it fall to what the others say. `banned` is no final state: a
    permanent ban can be overturned or lifted.
    """

    clear = State(initial=True)
    warned = State()
    rectifying = State()
    restricted = State()
    banned = State()

    warn = _moves((clear, warned, rectifying, restricted, banned), _rises_to(1), not_exempt, not_terminal)
    order = _moves((clear, warned, rectifying, restricted, banned), _rises_to(2), not_exempt, not_terminal)
    restrict = _moves((clear, warned, rectifying, restricted, banned), _rises_to(3), not_exempt, not_terminal)
    ban = _moves((clear, warned, rectifying, restricted, banned), _rises_to(4), not_exempt)
    harshen = _moves((clear, warned, rectifying, restricted, banned), _stays, not_exempt, not_terminal)
    begin = _moves((clear, warned, rectifying, restricted, banned), _rises)
    ease = _moves((clear, warned, rectifying, restricted, banned), _stays)
    end = _moves((clear, warned, rectifying, restricted, banned), _falls)
    record = _moves((clear, warned, rectifying, restricted, banned), _stays)
