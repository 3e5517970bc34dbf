"""The library against the naive model: the same commands, the same answers at every instant."""

from __future__ import annotations

from datetime import timedelta

from account_sanctions.domain.due import advance
from account_sanctions.domain.queries import verdict
from account_sanctions.domain.vocabulary import RANK, STANDING_OF
from hypothesis import event, given, target
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from .naive_people import Naive
from .running import FOREVER, Run, allowed, grid_of, last_tick, play, snapshot
from .strategies import DAWN, FUNCTIONS, Commands, Json, effort, histories, instant

JUST_BEFORE = timedelta(microseconds=1)


def naive() -> Naive:
    return Naive(DAWN, FUNCTIONS, window=4, ttl=3)


def verdict_of_both(run: Run, model: Naive, command: Json) -> None:
    step = run.execute(command)
    accepted = model.execute(command)
    assert (step.decision is not None) == accepted, f"{step.code or 'accepted'}: {command}"


@effort(4)
@given(histories())
def test_every_command_of_a_history_gets_the_verdict_of_the_naive_model(commands: list[Json]) -> None:
    run, model = Run(), naive()
    for command in commands:
        verdict_of_both(run, model, command)
        event(f"{command['command']}: {run.steps[-1].code or 'accepted'}")
    target(float(len(run.accepted)), label="accepted")


@effort(4)
@given(histories(min_size=3))
def test_state_at_every_instant_equals_the_naive_model(commands: list[Json]) -> None:
    run, model = Run(), naive()
    for command in commands:
        verdict_of_both(run, model, command)
    days = model.timeline(grid_of(commands)[-1])
    for tick, expected in days.items():
        for at, found in ((instant(tick), expected), (instant(tick) - JUST_BEFORE, days.get(tick - 1, {}))):
            standing, restricted = snapshot(run.records, at, instant(1000))
            assert standing == Naive.standing(found), f"tick {tick}"
            assert allowed(restricted) == {name: Naive.may(found, name) for name in FUNCTIONS}, f"tick {tick}"
            wanted = {(s, "*") for s, (kind, _) in found.items() if kind == "ban"}
            wanted |= {(s, name) for s, (_, names) in found.items() for name in names}
            assert restricted == wanted, f"tick {tick}"


@effort(2)
@given(histories(min_size=4), st.data())
def test_state_as_known_at_an_earlier_instant_equals_the_naive_model_of_that_time(
    commands: list[Json], data: st.DataObject
) -> None:
    known = data.draw(st.integers(0, last_tick(commands)), label="known_at")
    model = naive()
    for command in commands:
        if command["at"] <= instant(known).isoformat():
            model.execute(command)
    records = play(commands).records
    for tick, found in model.timeline(grid_of(commands)[-1]).items():
        standing, restricted = snapshot(records, instant(tick), instant(known))
        assert standing == Naive.standing(found), f"tick {tick} as known at {known}"
        assert allowed(restricted) == {name: Naive.may(found, name) for name in FUNCTIONS}


@effort(2)
@given(histories())
def test_standing_is_the_highest_rank_in_force_and_may_asks_every_sanction_in_force(commands: list[Json]) -> None:
    run = play(commands)
    for tick in range(last_tick(commands), grid_of(commands)[-1]):
        at = instant(tick)
        state = advance(run.state, at)
        running = [s for s in state.sanctions() if s.status == "in_force"]
        assert RANK[state.standing] == max((RANK[STANDING_OF[s.kind]] for s in running), default=0)
        for function in (*FUNCTIONS, "unheard_of"):
            holders = [
                s.id
                for s in running
                if s.kind == "ban" or (function in s.functions and ((end := s.functions[function]) is None or at < end))
            ]
            answer = verdict(state, function, at)
            assert bool(answer) == (not holders)
            assert set(answer.because) == set(holders)
            assert answer.until is None or (holders and answer.until > at)


class Account(RuleBasedStateMachine):
    """One account led through its life by rules; after every step the whole future is compared."""

    def __init__(self) -> None:
        super().__init__()
        self.run_ = Run()
        self.model = naive()

    @initialize()
    def begin(self) -> None:
        self.commands = Commands()

    @rule(data=st.data(), days=st.sampled_from((0, 1, 2, 3)), kind=st.sampled_from(Commands.CREATING))
    def impose(self, data: st.DataObject, days: int, kind: str) -> None:
        self.step(data, days, kind)

    @rule(data=st.data(), days=st.sampled_from((0, 1, 2)), kind=st.sampled_from(Commands.REVIEWING))
    def review(self, data: st.DataObject, days: int, kind: str) -> None:
        self.step(data, days, kind)

    @rule(data=st.data(), days=st.sampled_from((0, 1, 2)), kind=st.sampled_from(Commands.ENDING))
    def end(self, data: st.DataObject, days: int, kind: str) -> None:
        self.step(data, days, kind)

    @rule(data=st.data(), days=st.sampled_from((0, 1, 4)), kind=st.sampled_from(Commands.AROUND))
    def surround(self, data: st.DataObject, days: int, kind: str) -> None:
        self.step(data, days, kind)

    @rule(days=st.integers(0, 3))
    def sweep(self, days: int) -> None:
        """Only the library sweeps; the model does not know what that is."""
        self.commands.tick += days
        self.run_.sweep(self.commands.tick)

    def step(self, data: st.DataObject, days: int, kind: str) -> None:
        self.commands.tick += days
        verdict_of_both(self.run_, self.model, data.draw(self.commands.next(kind), label="command"))

    @invariant()
    def same_future(self) -> None:
        now = self.commands.tick
        for tick, found in list(self.model.timeline(now + FOREVER).items())[now:]:
            state = advance(self.run_.state, instant(tick))
            assert state.standing == Naive.standing(found), f"tick {tick}"
            for function in FUNCTIONS:
                assert bool(verdict(state, function, instant(tick))) == Naive.may(found, function)


TestAccount = Account.TestCase
TestAccount.settings = effort(1)
