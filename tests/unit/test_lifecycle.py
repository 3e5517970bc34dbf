"""The real python-statemachine machine against the compiled table, and what the compiler refuses."""

from __future__ import annotations

from itertools import product
from types import new_class
from typing import Any, get_args

import pytest
from account_sanctions.domain.ladder import StandingLadder, not_exempt, not_terminal
from account_sanctions.domain.lifecycle import (
    Facts,
    NoTransition,
    Trigger,
    compile_ladder,
    lifecycle,
    next_standing,
)
from account_sanctions.domain.vocabulary import RANK, STANDINGS, Standing
from statemachine import State, StateMachine
from statemachine.exceptions import TransitionNotAllowed

_TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)
_FACTS = [
    Facts(highest, terminal, exempt) for highest, terminal, exempt in product(STANDINGS, (False, True), (False, True))
]


def _of_machine(standing: Standing, trigger: Trigger, facts: Facts) -> str:
    machine = StandingLadder(start_value=standing)
    try:
        machine.send(trigger, facts=facts)
    except TransitionNotAllowed:
        return "refused"
    (reached,) = machine.configuration
    return str(reached.id)


@pytest.mark.parametrize("trigger", _TRIGGERS)
@pytest.mark.parametrize("standing", STANDINGS)
def test_table_agrees_with_the_machine_everywhere(standing: Standing, trigger: Trigger) -> None:
    for facts in _FACTS:
        found = _of_machine(standing, trigger, facts)
        try:
            assert next_standing(standing, trigger, facts) == found
        except NoTransition:
            assert found == "refused", facts


@pytest.mark.parametrize("trigger", _TRIGGERS)
@pytest.mark.parametrize("standing", STANDINGS)
def test_guards_of_one_move_are_disjoint(standing: Standing, trigger: Trigger) -> None:
    candidates = lifecycle()[standing, trigger]
    for facts in _FACTS:
        assert sum(all(guard(facts) for guard in guards) for guards, _ in candidates) <= 1, facts


def test_table_has_every_standing_and_trigger_and_no_other() -> None:
    assert set(lifecycle()) == set(product(STANDINGS, _TRIGGERS))
    assert {
        str(event) for state in StandingLadder.states for move in state.transitions for event in move.events
    } == set(_TRIGGERS)


def test_table_has_the_moves_of_the_declaration_in_their_order() -> None:
    declared: dict[tuple[str, str], list[tuple[tuple[Any, ...], str]]] = {}
    for state in StandingLadder.states:
        for move in state.transitions:
            for event in move.events:
                moves = declared.setdefault((state.id, str(event)), [])
                moves.append((tuple(spec.func for spec in move.cond), move.targets[0].id))
    compiled = compile_ladder(StandingLadder)
    assert {key: list(moves) for key, moves in compiled.items()} == declared
    assert max(map(len, compiled.values())) > 1


@pytest.mark.parametrize("trigger", ["warn", "order", "restrict", "harshen"])
@pytest.mark.parametrize("standing", STANDINGS)
def test_permanent_ban_refuses_what_is_new(standing: Standing, trigger: Trigger) -> None:
    for highest in STANDINGS:
        with pytest.raises(NoTransition):
            next_standing(standing, trigger, Facts(highest, terminal=True))
    with pytest.raises(NoTransition) as refusal:
        next_standing("banned", trigger, Facts("banned", terminal=True))
    assert refusal.value.failed == ("not_terminal",)


@pytest.mark.parametrize("trigger", ["warn", "order", "restrict", "ban", "harshen"])
def test_exemption_refuses_what_is_new(trigger: Trigger) -> None:
    with pytest.raises(NoTransition) as refusal:
        next_standing("clear", trigger, Facts("clear", exempt=True))
    assert refusal.value.failed == ("not_exempt",)
    assert str(refusal.value) == f"no {trigger} from clear: not_exempt"
    assert str(NoTransition("clear", "x", ("a", "b"))) == "no x from clear: a, b"
    assert str(NoTransition("clear", "x", ())) == "no x from clear: no such transition"


@pytest.mark.parametrize("trigger", ["begin", "ease", "end", "record"])
def test_what_time_and_mercy_do_is_never_refused(trigger: Trigger) -> None:
    facts = Facts("banned", terminal=True, exempt=True)
    assert next_standing("banned", trigger, facts) == "banned"


def test_new_sanction_never_lowers_and_an_end_never_raises_the_standing() -> None:
    for standing, trigger, facts in product(STANDINGS, _TRIGGERS, _FACTS):
        try:
            reached = next_standing(standing, trigger, facts)
        except NoTransition:
            continue
        assert reached == facts.highest
        if trigger in ("warn", "order", "restrict", "ban", "begin"):
            assert RANK[reached] >= RANK[standing]
        elif trigger == "end":
            assert RANK[reached] <= RANK[standing]
        else:
            assert reached == standing


def test_ban_is_accepted_under_a_ban_and_can_be_left() -> None:
    assert next_standing("banned", "ban", Facts("banned", terminal=True)) == "banned"
    assert next_standing("banned", "end", Facts("clear", terminal=True)) == "clear"
    assert not any(state.final for state in StandingLadder.states)


def test_unknown_trigger_is_no_transition() -> None:
    with pytest.raises(NoTransition):
        next_standing("clear", "model", Facts("clear"))  # type: ignore[arg-type]


class _Plain(StateMachine):
    """What can be compiled; each machine below differs from it in one thing."""

    clear = State(initial=True)
    warned, rectifying, restricted, banned = State(), State(), State(), State()
    go = clear.to(warned) | warned.to(rectifying) | rectifying.to(restricted) | restricted.to(banned) | banned.to(clear)


def _machine(
    *, states: dict[str, State] | None = None, go: dict[str, Any] | None = None, members: dict[str, Any] | None = None
) -> Any:
    named: dict[str, State] = {
        "clear": State(initial=True),
        **{name: State() for name in STANDINGS[1:]},
        **(states or {}),
    }
    clear, warned, rectifying, restricted, banned = (named[name] for name in STANDINGS)
    first = clear.to(warned, **(go or {}))
    rest = warned.to(rectifying) | rectifying.to(restricted) | restricted.to(banned)
    moves = first | rest if banned.final else first | rest | banned.to(clear)
    body: dict[str, Any] = {**named, "go": moves, **(members or {})}
    return new_class("Spoiled", (StateMachine,), exec_body=lambda namespace: namespace.update(body))


def _act(*_: object) -> bool:
    """An action or a condition of any kind."""
    return True


def test_plain_machine_compiles() -> None:
    assert compile_ladder(_Plain) == compile_ladder(_machine())
    assert compile_ladder(_machine(go={"cond": not_terminal}))["clear", "go"] == (((not_terminal,), "warned"),)
    both = compile_ladder(_machine(go={"cond": [not_exempt, not_terminal]}))
    assert both["clear", "go"] == (((not_exempt, not_terminal), "warned"),)


@pytest.mark.parametrize("kind", ["on", "before", "after", "validators", "unless"])
def test_machine_with_an_action_or_unless_is_refused(kind: str) -> None:
    with pytest.raises(TypeError, match=r"^(condition .* is not a plain|Spoiled: .* is an action)"):
        compile_ladder(_machine(go={kind: not_terminal}))


@pytest.mark.parametrize("condition", ["is_odd", "not is_odd", "is_odd and is_odd"])
def test_machine_with_a_condition_by_name_is_refused(condition: str) -> None:
    with pytest.raises(TypeError, match=r"^condition .* is not a plain function that must hold$"):
        compile_ladder(_machine(go={"cond": condition}, members={"is_odd": _act}))


@pytest.mark.parametrize(
    "state", [State(enter=_act), State(exit=_act), State(invoke=_act)], ids=["enter", "exit", "invoke"]
)
def test_machine_with_an_action_of_a_state_is_refused(state: State) -> None:
    with pytest.raises(TypeError, match=r"^Spoiled: .* is an action, and actions cannot be compiled$"):
        compile_ladder(_machine(states={"warned": state}))


@pytest.mark.parametrize(
    "name",
    ["on_enter_warned", "on_exit_clear", "on_enter_state", "before_go", "on_go", "after_go", "before_transition"],
)
def test_machine_with_an_action_by_its_name_is_refused(name: str) -> None:
    """python-statemachine calls methods by naming convention; the table would pass over them in silence."""
    with pytest.raises(TypeError, match=f"^Spoiled: '{name}' is an action, and actions cannot be compiled$"):
        compile_ladder(_machine(members={name: _act}))


def test_machine_with_a_final_state_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^Spoiled\.banned: nested, parallel and final states cannot be compiled$"):
        compile_ladder(_machine(states={"banned": State(final=True)}))


def test_machine_with_a_nested_or_parallel_state_is_refused() -> None:
    class Nested(StateMachine):
        class clear(State.Compound):  # noqa: N801
            inner = State(initial=True)
            other = State()
            swap = inner.to(other) | other.to(inner)

        warned, rectifying, restricted, banned = State(), State(), State(), State()
        go = clear.to(warned) | warned.to(rectifying) | rectifying.to(restricted) | restricted.to(banned)
        back = banned.to(clear)

    class Parallel(StateMachine):
        class clear(State.Parallel):  # noqa: N801
            class left(State.Compound):  # noqa: N801
                one = State(initial=True)
                two = State()
                swap_left = one.to(two) | two.to(one)

            class right(State.Compound):  # noqa: N801
                three = State(initial=True)
                four = State()
                swap_right = three.to(four) | four.to(three)

        warned, rectifying, restricted, banned = State(), State(), State(), State()
        go = clear.to(warned) | warned.to(rectifying) | rectifying.to(restricted) | restricted.to(banned)
        back = banned.to(clear)

    for machine in (Nested, Parallel):
        with pytest.raises(TypeError, match=rf"^{machine.__name__}\.clear: nested, parallel and final states"):
            compile_ladder(machine)


def test_machine_with_other_states_is_refused() -> None:
    class Door(StateMachine):
        opened = State(initial=True)
        closed = State()
        turn = opened.to(closed) | closed.to(opened)

    with pytest.raises(TypeError, match=r"exactly the states clear, warned, rectifying, restricted, banned$"):
        compile_ladder(Door)


def test_machine_that_enters_itself_externally_is_refused() -> None:
    class Restless(StateMachine):
        clear = State(initial=True)
        warned, rectifying, restricted, banned = State(), State(), State(), State()
        go = clear.to(warned) | warned.to(rectifying) | rectifying.to(restricted) | restricted.to(banned)
        again = banned.to(banned) | banned.to(clear)

    with pytest.raises(TypeError, match=r"^Restless\.banned: one target each, and itself only internally$"):
        compile_ladder(Restless)
