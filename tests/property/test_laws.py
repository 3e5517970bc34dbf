"""Laws that hold for every history, whatever the commands: independence, reversal, due times, refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.due import advance, due
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.state import NOTHING
from account_sanctions.domain.vocabulary import DUE
from hypothesis import assume, given
from hypothesis import strategies as st

from .running import FOREVER, Run, grid_of, in_force, last_tick, plain, play, snapshot
from .strategies import ACCOUNT, Json, effort, histories, impositions, instant, iso

LATE: Final = instant(1000)
REVIEWER: Final = {"kind": "reviewer", "id": "r9"}
ENDINGS: Final = (
    *(e.SanctionExpired, e.SanctionLifted, e.SanctionSuperseded, e.RectificationDefaulted),
    e.RectificationAccepted,
)


def order_to(kind: str, sanction: str, tick: int) -> Json:
    return {
        "command": kind,
        "account": ACCOUNT,
        "by": REVIEWER,
        "at": iso(tick),
        "sanction": sanction,
        "reason": "because",
    }


@effort(2)
@given(histories(min_size=2), st.sampled_from(("lift", "overturn")), st.data())
def test_ending_a_sanction_changes_nothing_of_the_others(commands: list[Json], how: str, data: st.DataObject) -> None:
    run = play(commands)
    now = last_tick(commands)
    names = [sanction.id for sanction in advance(run.state, instant(now)).sanctions()]
    assume(names)
    name = data.draw(st.sampled_from(names), label="sanction")
    before = run.state
    assume(run.execute(order_to(how, name, now)).decision is not None)
    for tick in range(now, now + FOREVER):
        with_it, without = advance(before, instant(tick)), advance(run.state, instant(tick))
        for other in with_it.sanctions():
            if name in (other.id, other.caused_by):
                continue
            found = without.sanction(other.id)
            assert found is not None
            assert plain(found) == plain(other), f"tick {tick}"
        held = {pair for pair in in_force(with_it, instant(tick)) if pair[0].split("/")[0] != name.split("/")[0]}
        kept = {pair for pair in in_force(without, instant(tick)) if pair[0].split("/")[0] != name.split("/")[0]}
        assert held == kept, f"tick {tick}"


def mentions(command: Json, name: str) -> bool:
    subject = command.get("sanction")
    inner = subject if isinstance(subject, dict) else command
    return str(inner.get("sanction", "")).split("/")[0] == name


def without(commands: list[Json], name: str) -> list[Json]:
    """The same commands as if nobody had ever thought of this sanction."""
    gone = {
        command.get("proposal") or command.get("appeal")
        for command in commands
        if command["command"] in ("propose", "appeal") and mentions(command, name)
    }
    rest = []
    for command in commands:
        if mentions(command, name) or (command.get("proposal") or command.get("appeal") or "-") in gone:
            continue
        rest.append(forgetting(command, name))
    return rest


def forgetting(command: Json, name: str) -> Json:
    if isinstance(command.get("sanction"), dict):
        return {**command, "sanction": forgetting(command["sanction"], name)}
    changed = dict(command)
    if "supersedes" in command:
        given = command["supersedes"]
        named = [given] if isinstance(given, str) else given
        changed["supersedes"] = [one for one in named if one.split("/")[0] != name]
    if "priors" in command.get("basis", {}):
        priors = [one for one in command["basis"]["priors"] if one.split("/")[0] != name]
        changed["basis"] = {**command["basis"], "priors": priors}
    return changed


def verdicts(run: Run) -> list[str]:
    return [step.code or "accepted" for step in run.steps]


@effort(6)
@given(st.data())
def test_overturning_restores_what_is_in_force_without_the_sanction(data: st.DataObject) -> None:
    extra = data.draw(impositions("x", 0), label="the sanction")
    commands = data.draw(histories(max_size=8, known=("x", "x/1")), label="commands")
    commands = [extra, *commands]
    run, other = play(commands), play(without(commands, "x"))
    assume(run.steps[0].decision is not None)
    kept = without(commands, "x")
    same = [step.code for step in run.steps if not touches(step.command, commands, "x")]
    assume(same == [step.code for step in other.steps])
    now = last_tick(commands)
    step = run.execute(order_to("overturn", "x", now))
    assume(step.decision is not None or step.code == "already_ended")
    for tick in grid_of(kept or commands):
        for at in (instant(tick), instant(tick) - timedelta(microseconds=1)):
            assert snapshot(run.records, at, LATE) == snapshot(other.records, at, LATE), f"tick {tick}"


def touches(command: Json, commands: list[Json], name: str) -> bool:
    return forgetting(command, name) not in without(commands, name)


@effort(2)
@given(histories(min_size=3), st.data())
def test_sweeping_at_any_time_changes_no_answer(commands: list[Json], data: st.DataObject) -> None:
    quiet, swept = play(commands), Run()
    present = 0
    for command in commands:
        tick = last_tick([command])
        for _ in range(data.draw(st.integers(0, 2), label="sweeps")):
            present = data.draw(st.integers(present, tick), label="sweep at")
            swept.sweep(present)
        swept.execute(command)
        present = tick
    assert verdicts(swept) == verdicts(quiet)
    swept.sweep(present + data.draw(st.integers(0, FOREVER), label="last sweep"))
    assert swept.events[: len(quiet.events)] == quiet.events
    for tick in grid_of(commands):
        at = instant(tick)
        assert snapshot(swept.records, at, LATE) == snapshot(quiet.records, at, LATE), f"tick {tick}"
    horizon = instant(grid_of(commands)[-1])
    now, then = advance(swept.state, horizon), advance(quiet.state, horizon)
    assert now == then


@effort(2)
@given(histories(), st.integers(0, FOREVER), st.integers(0, FOREVER))
def test_due_is_idempotent_and_monotone(commands: list[Json], first: int, second: int) -> None:
    state, now = play(commands).state, last_tick(commands)
    early, late = instant(now + min(first, second)), instant(now + max(first, second))
    sooner = due(state, early)
    reached = fold(state, sooner)
    assert due(reached, early) == ()
    assert due(state, late) == (*sooner, *due(reached, late))
    assert advance(state, early) == reached
    assert [event.at for event in due(state, late)] == sorted(event.at for event in due(state, late))
    assert all(event.at <= late for event in due(state, late))
    assert reached.next_due is None or reached.next_due > early


@effort(2)
@given(histories())
def test_nothing_is_overdue_after_a_command_and_instants_never_decrease(commands: list[Json]) -> None:
    run = play(commands)
    for step in run.accepted:
        assert step.decision is not None
        assert due(step.decision.state, instant(last_tick([step.command]))) == ()
        assert all(event.at == instant(last_tick([step.command])) for event in step.decision.events)
        assert all(event.by == DUE for event in step.decision.due)
    assert [event.at for event in run.events] == sorted(event.at for event in run.events)
    assert run.state.version == len(run.events)


@effort(2)
@given(histories())
def test_refused_commands_change_nothing(commands: list[Json]) -> None:
    run = play(commands)
    again = play([step.command for step in run.accepted])
    assert again.events == run.events
    assert again.state == run.state
    assert all(step.decision is not None for step in again.steps)


@effort(2)
@given(histories())
def test_recorded_standing_of_every_event_is_the_standing_of_the_fold(commands: list[Json]) -> None:
    run = play(commands)
    run.sweep(last_tick(commands) + FOREVER)
    state = NOTHING
    for event in run.events:
        state = fold(state, (event,))
        assert event.standing == state.standing, event


@effort(2)
@given(histories())
def test_a_sanction_ends_once_and_is_overturned_once(commands: list[Json]) -> None:
    run = play(commands)
    run.sweep(last_tick(commands) + FOREVER)
    check_endings(run)


def check_endings(run: Run) -> None:
    ended: set[str] = set()
    void: set[str] = set()
    for event in run.events:
        if isinstance(event, e.RectificationAccepted) and event.late:
            continue
        if isinstance(event, ENDINGS):
            name: str = event.sanction
            assert name not in ended | void, f"{name} ends twice"
            ended.add(name)
        if isinstance(event, e.SanctionOverturned):
            assert event.sanction not in void, f"{event.sanction} is overturned twice"
            void.add(event.sanction)


@pytest.mark.parametrize("names", [["s1", "s1"], ["s1", "s2", "s1"]], ids=["twice", "twice with another"])
def test_superseding_a_sanction_named_twice_ends_it_once(names: list[str]) -> None:
    warn = {"command": "warn", "basis": {"clause": "4.3"}, "permanent": True, "account": ACCOUNT, "by": REVIEWER}
    old = [{**warn, "sanction": name, "at": iso(0)} for name in ("s1", "s2")]
    check_endings(play([*old, {**warn, "sanction": "s3", "supersedes": names, "at": iso(1)}]))


@pytest.mark.parametrize(
    ("functions", "common_end"),
    [
        ([{"function": "publish", "until": iso(9)}, {"function": "publish", "until": iso(5)}], {}),
        ([{"function": "publish", "until": iso(5)}, {"function": "publish", "until": iso(9)}], {}),
        ([{"function": "publish", "until": iso(9)}, "publish"], {"until": iso(5)}),
    ],
    ids=["later first", "later last", "common end"],
)
def test_a_function_named_twice_keeps_the_later_end_whether_imposed_or_announced(
    functions: list[Json | str], common_end: Json
) -> None:
    common = {"basis": {"clause": "4.3"}, "account": ACCOUNT, "by": REVIEWER, "at": iso(0)}
    direct = play([{**common, "command": "restrict", "sanction": "s", "functions": functions, **common_end}])
    consequence = {"restrict": functions, **common_end}
    order = {**common, "command": "order_rectification", "sanction": "o", "deadline": iso(2)}
    announced = play([{**order, "on_default": [consequence]}])
    imposed, follows = direct.state.sanction("s"), advance(announced.state, instant(2)).sanction("o/1")
    assert imposed is not None
    assert follows is not None
    assert follows.functions == imposed.functions == {"publish": instant(9)}


@effort(1)
@given(histories(min_size=2), st.integers(1, 5))
def test_a_command_before_the_last_event_is_out_of_order(commands: list[Json], back: int) -> None:
    run = play(commands)
    last = run.state.last_at
    assume(last is not None and last >= instant(back))
    assert last is not None
    early = {"command": "note", "text": "late news", "account": ACCOUNT, "by": REVIEWER}
    step = run.execute({**early, "at": (last - timedelta(days=back)).isoformat()})
    assert step.code == "out_of_order"
    assert run.execute({**early, "at": last.isoformat()}).decision is not None


@effort(1)
@given(histories(min_size=2), st.integers(-2, 2))
def test_expected_version_is_compared_before_what_falls_due(commands: list[Json], shift: int) -> None:
    run = play(commands)
    later = iso(last_tick(commands) + FOREVER)
    note = {"command": "note", "text": "-", "account": ACCOUNT, "by": REVIEWER, "at": later}
    step = run.execute({**note, "expected_version": run.state.version + shift})
    assert step.code == ("version_conflict" if shift else None)
