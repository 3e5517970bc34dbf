"""The lifecycle as a table: where each trigger leads from each standing, and which guard forbids it.

The ladder itself is declared in `ladder.py` with python-statemachine: that is what people read, draw and test. Commands run on
the table compiled from it, because a machine instance with guards costs a thousand times more than a look-up and must not be
shared between threads. A test runs the real machine against the table over every standing, trigger and fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

from msgspec import Struct

from .vocabulary import STANDINGS, Standing

if TYPE_CHECKING:
    from statemachine import StateMachine

__all__ = ["Facts", "Guard", "NoTransition", "Table", "Trigger", "compile_ladder", "lifecycle", "next_standing"]

Trigger = Literal["warn", "order", "restrict", "ban", "begin", "harshen", "ease", "end", "record"]


class Facts(Struct, frozen=True):
    """What the guards look at.

    `highest`: the highest rank in force once the event has happened. `terminal`: whether a permanent ban was in force before
    (what this decision supersedes left out). `exempt`: whether the account is protected from this actor.
    """

    highest: Standing
    terminal: bool = False
    exempt: bool = False


Guard = Callable[[Facts], bool]


class NoTransition(LookupError):
    """The ladder has no such move now; `failed` names the guards that said no."""

    def __init__(self, standing: str, trigger: str, failed: tuple[str, ...]) -> None:
        super().__init__(f"no {trigger} from {standing}: {', '.join(failed) or 'no such transition'}")
        self.failed = failed


Table = Mapping[tuple[str, str], tuple[tuple[tuple[Guard, ...], Standing], ...]]


def compile_ladder(machine: type[StateMachine]) -> Table:
    """The declaration as a table: (standing, trigger) -> candidates of (guards, target).

    Raises TypeError for anything that the table could not express: nested, parallel or final states, actions, conditions that
    are not plain functions, other states than the standings.
    """
    table: dict[tuple[str, str], tuple[tuple[tuple[Guard, ...], Standing], ...]] = {}
    states: Iterable[Any] = machine.states
    if sorted(state.id for state in states) != sorted(STANDINGS):
        raise TypeError(f"{machine.__name__} must declare exactly the states {', '.join(STANDINGS)}")
    for state in states:
        if state.states or state.parallel or state.final:
            raise TypeError(f"{machine.__name__}.{state.id}: nested, parallel and final states cannot be compiled")
        _refuse_actions(machine, state)
        for transition in state.transitions:
            if len(transition.targets) != 1 or (transition.targets[0] is state) != bool(transition.internal):
                raise TypeError(f"{machine.__name__}.{state.id}: one target each, and itself only internally")
            _refuse_actions(machine, transition)
            guards = tuple(_guard_of(spec) for spec in transition.cond)
            target = cast("Standing", transition.targets[0].id)
            for trigger in transition.events:
                key = (state.id, str(trigger))
                table[key] = (*table.get(key, ()), (guards, target))
    return table


def _refuse_actions(machine: type[StateMachine], part: Any) -> None:
    """Raises TypeError for actions and validators, attached by hand or, as the library also allows, by their names."""
    # Not documented: the range of versions is pinned, and a test fails when the shape changes.
    specs: Iterable[Any] = part._specs  # noqa: SLF001
    for spec in specs:
        by_name = spec.is_convention and hasattr(machine, str(spec.func))
        by_hand = not spec.is_convention and spec.group.name != "COND"
        if by_name or by_hand:
            raise TypeError(f"{machine.__name__}: {spec.func!r} is an action, and actions cannot be compiled")


def _guard_of(spec: Any) -> Guard:
    if not callable(spec.func) or spec.expected_value is not True:
        raise TypeError(f"condition {spec!r} is not a plain function that must hold")
    return cast("Guard", spec.func)


@cache
def lifecycle() -> Table:
    """The compiled ladder; compiled when it is first needed, because who only reads needs no state machine."""
    from .ladder import StandingLadder

    return compile_ladder(StandingLadder)


def next_standing(standing: Standing, trigger: Trigger, facts: Facts) -> Standing:
    """Where the trigger leads. Raises NoTransition, naming the guards that forbid it."""
    candidates = lifecycle().get((standing, trigger), ())
    for guards, target in candidates:
        for guard in guards:
            if not guard(facts):
                break
        else:
            return target
    failed = {
        guard.__name__
        for guards, target in candidates
        for guard in guards
        if target == facts.highest and not guard(facts)
    }
    raise NoTransition(standing, trigger, tuple(sorted(failed)))
