"""The same laws through the door: `Sanctions` on each kind of database, with a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.documents import AccountState
from account_sanctions.application.outcomes import OutcomeError
from account_sanctions.domain.errors import CommandIdReused, OutOfOrder, Refused
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.state import NOTHING
from account_sanctions.projections.intervals import intervals
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.postgres import store_for_a_while

from .running import FOREVER, allowed, grid_of, last_tick, play, snapshot
from .strategies import ACCOUNT, DAWN, FUNCTIONS, SMALL, Json, effort, histories, instant

LATE: Final = instant(1000)


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self) -> None:
        self.now = DAWN

    def __call__(self) -> datetime:
        return self.now

    def at_least(self, moment: datetime) -> None:
        self.now = max(self.now, moment)


Store = Callable[[], AbstractContextManager[tuple[Sanctions, Hands]]]
"""Opens a store of its own."""


@contextmanager
def in_memory() -> Iterator[tuple[Sanctions, Hands]]:
    with opened("sqlite://") as both:
        yield both


@contextmanager
def in_a_file() -> Iterator[tuple[Sanctions, Hands]]:
    with TemporaryDirectory() as folder, opened(f"sqlite:///{folder}/store.db") as both:
        yield both


@contextmanager
def on_postgres() -> Iterator[tuple[Sanctions, Hands]]:
    with store_for_a_while() as url, opened(url) as both:
        yield both


@contextmanager
def opened(url: str) -> Iterator[tuple[Sanctions, Hands]]:
    hands = Hands()
    with Sanctions.open(url, policy=SMALL, clock=hands) as sanctions:
        yield sanctions, hands


# How many of the examples each gets: one on a server costs many times what one in memory does.
KINDS: Final[dict[Store, float]] = {in_memory: 1, in_a_file: 0.2, on_postgres: 0.1}


def on_each_store(*drawn: st.SearchStrategy[Any], share: float = 1) -> Callable[[Callable[..., None]], Any]:
    """A property of the door, tried with drawn examples on each kind of database: most of them in memory."""

    def decorate(body: Callable[..., None]) -> Any:
        @pytest.mark.parametrize("store", KINDS, ids=lambda store: store.__name__)
        def tried(store: Store) -> None:
            def example(values: tuple[Any, ...]) -> None:
                body(store, *values)

            example.__name__ = f"{body.__name__}_{store.__name__}"  # what Hypothesis remembers failures by
            effort(share * KINDS[store])(given(st.tuples(*drawn))(example))()

        tried.__doc__ = body.__doc__
        return tried

    return decorate


def named(commands: Sequence[Json]) -> list[Json]:
    return [{**command, "command_id": f"c{number}"} for number, command in enumerate(commands, 1)]


def send(sanctions: Sanctions, hands: Hands, command: Json) -> str:
    """The command's status or the code of its refusal, sent at its own instant."""
    hands.at_least(datetime.fromisoformat(command["at"]))
    try:
        return sanctions.execute(command).status
    except Refused as refusal:
        return refusal.code


def content(state: AccountState) -> dict[str, Any]:
    """What an account's state says, without how many events and what clock stand behind it."""
    fields = {name: getattr(state, name) for name in state.__struct_fields__}
    return {name: value for name, value in fields.items() if name not in ("version", "known_at", "valid_at")}


def rows_of(sanctions: Sanctions) -> list[Any]:
    with sanctions._database.reading() as cursor:
        cursor.execute("SELECT account, due_at FROM sanctions_deadlines ORDER BY account")
        times = cursor.fetchall()
        found = ((account, row) for account, rows in sanctions.view.everything(cursor) for row in rows)
        rows = sorted(found, key=lambda row: (row[0], row[1].sanction, row[1].function, row[1].starts))
        return [*rows, *map(tuple, times)]


@on_each_store(histories(min_size=3))
def test_the_door_gives_the_verdicts_and_states_of_the_pure_domain(store: Store, commands: list[Json]) -> None:
    run = play(commands)
    with store() as (sanctions, hands):
        found = [send(sanctions, hands, command) for command in named(commands)]
        assert found == [step.code or "accepted" for step in run.steps]
        assert [entry.type for entry in sanctions.history(ACCOUNT).events] == [type(e).__name__ for e in run.events]
        for tick in grid_of(commands):
            state = sanctions.state(ACCOUNT, valid_at=instant(tick))
            standing, restricted = snapshot(run.records, instant(tick), LATE)
            assert state.standing == standing
            assert {(name, r.function) for r in state.restrictions for name in r.because} == restricted
            for function, free in allowed(restricted).items():
                verdict = sanctions.may(ACCOUNT, function, instant(tick))
                assert bool(verdict) == free, f"{function} at tick {tick}"
                assert set(verdict.because) == {name for name, held in restricted if held in (function, "*")}


@on_each_store(histories(min_size=3), st.data())
def test_sweeping_through_the_door_changes_no_answer(store: Store, commands: list[Json], data: st.DataObject) -> None:
    with store() as (quiet, quiet_hands), store() as (swept, hands):
        for command in named(commands):
            moment = datetime.fromisoformat(command["at"])
            for _ in range(data.draw(st.integers(0, 2), label="sweeps")):
                early = data.draw(st.integers(0, (moment - hands.now).days if moment > hands.now else 0), label="days")
                hands.now += timedelta(days=early)
                swept.sweep()
            assert send(swept, hands, command) == send(quiet, quiet_hands, command)
        hands.now = quiet_hands.now = hands.now + timedelta(days=data.draw(st.integers(0, FOREVER), label="then"))
        swept.sweep()
        assert swept.sweep().events == 0
        for tick in grid_of(commands):
            one, other = (s.state(ACCOUNT, valid_at=instant(tick)) for s in (quiet, swept))
            assert content(one) == content(other), f"tick {tick}"
            for function in FUNCTIONS:
                assert quiet.may(ACCOUNT, function, instant(tick)) == swept.may(ACCOUNT, function, instant(tick))
        types = [(e.type, e.at) for e in quiet.history(ACCOUNT).events]
        assert [(e.type, e.at) for e in swept.history(ACCOUNT).events][: len(types)] == types


@on_each_store(histories(min_size=3))
def test_view_written_step_by_step_equals_rebuilt_view_and_fold(store: Store, commands: list[Json]) -> None:
    with store() as (sanctions, hands):
        for command in named(commands):
            send(sanctions, hands, command)
            with sanctions._database.reading() as cursor:
                written = set(sanctions.view.of_account(cursor, ACCOUNT))
                headers = sanctions.store.headers(cursor, ACCOUNT)
                loaded = sanctions.store.load(cursor, ACCOUNT)
            state = fold(NOTHING, [record.event for record in headers])
            assert loaded.state == state
            assert written == intervals(state)
        before = rows_of(sanctions)
        sanctions.rebuild()
        assert rows_of(sanctions) == before
        hands.now += timedelta(days=3)
        sanctions.sweep()
        before = rows_of(sanctions)
        sanctions.rebuild()
        assert rows_of(sanctions) == before


@on_each_store(histories(min_size=3), st.sampled_from((1, 2, 500)))
def test_a_batch_does_what_single_commands_do(store: Store, commands: list[Json], chunk: int) -> None:
    with store() as (single, one), store() as (batch, other):
        other.now = one.now = instant(last_tick(commands))
        statuses = [send(single, one, command) for command in named(commands)]
        outcomes = list(batch.execute_stream(named(commands), chunk=chunk))
        assert [o.error.code if isinstance(o.error, OutcomeError) else o.status for o in outcomes] == statuses
        assert single.history(ACCOUNT) == batch.history(ACCOUNT)
        assert rows_of(single) == rows_of(batch)


@on_each_store(histories(min_size=2), st.data())
def test_a_command_sent_again_changes_nothing_and_returns_the_first_outcome(
    store: Store, commands: list[Json], data: st.DataObject
) -> None:
    with store() as (sanctions, hands):
        first = {}
        for command in named(commands):
            hands.at_least(datetime.fromisoformat(command["at"]))
            try:
                first[command["command_id"]] = (command, sanctions.execute(command))
            except Refused:
                continue
        assume(first)
        command, outcome = first[data.draw(st.sampled_from(sorted(first)), label="again")]
        history, rows = sanctions.history(ACCOUNT), rows_of(sanctions)
        hands.now += timedelta(days=data.draw(st.integers(0, 5), label="later"))
        again = sanctions.execute(command)
        assert again.status == "duplicate"
        for name in ("command_id", "account", "version", "events", "affected", "due"):
            assert getattr(again, name) == getattr(outcome, name), name
        batch = list(sanctions.execute_many([command, command]))
        assert batch == [again, again]
        undated = {key: part for key, part in command.items() if key != "at"}
        order = list(first)
        erased = [order.index(name) for name, (given, _) in first.items() if given["command"] == "erase_personal_data"]
        for other in ({**command, "by": {"kind": "auditor", "id": "x"}}, undated):
            if order.index(command["command_id"]) <= max(erased, default=-1):
                # Nothing is left to compare with, so it is a duplicate, whatever it says: it does nothing.
                assert sanctions.execute(other) == again
                continue
            with pytest.raises(CommandIdReused):
                sanctions.execute(other)
        assert sanctions.history(ACCOUNT) == history
        assert rows_of(sanctions) == rows


@on_each_store(histories(min_size=2))
def test_refused_commands_leave_the_store_as_it_was(store: Store, commands: list[Json]) -> None:
    with store() as (sanctions, hands):
        for command in named(commands):
            history, rows = sanctions.history(ACCOUNT), rows_of(sanctions)
            status = send(sanctions, hands, command)
            if status != "accepted":
                assert sanctions.history(ACCOUNT) == history
                assert rows_of(sanctions) == rows
                assert send(sanctions, hands, command) == status, "a refused command is decided anew"


@on_each_store(histories(min_size=3), st.data())
def test_state_through_the_door_as_known_earlier_is_the_state_that_was_given_then(
    store: Store, commands: list[Json], data: st.DataObject
) -> None:
    known = data.draw(st.integers(0, last_tick(commands)), label="known_at")
    with store() as (earlier, then), store() as (later, now):
        for command in named(commands):
            send(later, now, command)
            if datetime.fromisoformat(command["at"]) <= instant(known):
                send(earlier, then, command)
        for tick in grid_of(commands):
            as_known = later.state(ACCOUNT, valid_at=instant(tick), known_at=instant(known))
            then.now = instant(known)
            assert content(as_known) == content(earlier.state(ACCOUNT, valid_at=instant(tick)))
            assert as_known.version == earlier.state(ACCOUNT).version


@on_each_store(histories(), st.integers(1, 3), share=0.5)
def test_a_sweep_beyond_the_clock_is_refused(store: Store, commands: list[Json], days: int) -> None:
    with store() as (sanctions, hands):
        for command in named(commands):
            send(sanctions, hands, command)
        history = sanctions.history(ACCOUNT)
        with pytest.raises(OutOfOrder):
            sanctions.sweep(hands.now + timedelta(days=days))
        assert sanctions.history(ACCOUNT) == history
