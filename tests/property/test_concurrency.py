"""Many threads on one account: what comes out is some serial order of what went in.

The first reading of commands in a fresh process is tested in processes of its own, because a fault there ends the process;
all other tests read a command before they let the threads go.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path
from random import Random
from threading import Barrier, Lock
from typing import Final

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.outcomes import Outcome, OutcomeError, refused
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.due import due
from account_sanctions.domain.errors import Refused
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import NOTHING
from account_sanctions.projections.intervals import intervals
from msgspec.structs import replace

from tests.postgres import fresh_store

from .strategies import ACCOUNT, DAWN, FUNCTIONS, SMALL, Json

THREADS: Final = 4
EACH: Final = 12


class Ticking:
    """A clock that moves on by an hour whenever somebody looks at it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._now = DAWN

    def __call__(self) -> datetime:
        with self._lock:
            self._now += timedelta(hours=1)
            return self._now


FIRST_COMMANDS: Final = """
from threading import Barrier, Thread
from account_sanctions.domain.commands import read_command

by = {"kind": "moderator", "id": "m"}
order = {"command": "order_rectification", "basis": {"clause": "4"}, "within": "P1D", "account": "a", "by": by}
order["on_default"] = [{"restrict": ["publish"], "for": "P1D"}, {"ban": {"permanent": True}}]
barrier = Barrier(4)

def work():
    barrier.wait()
    for _ in range(500):
        read_command(order)

threads = [Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize("attempt", range(5))
def test_the_first_commands_of_a_process_may_come_from_several_threads(attempt: int) -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_COMMANDS], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, f"attempt {attempt} ended with {done.returncode}: {done.stderr.decode()[-300:]}"


@pytest.fixture(params=["memory", "file", "postgres"])
def sanctions(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sanctions]:
    read_command({"command": "note", "text": "-", "account": ACCOUNT, "by": {"kind": "system", "id": "s"}})
    url = {"memory": "sqlite://", "file": f"sqlite:///{tmp_path / 'sanctions.db'}"}.get(request.param) or fresh_store()
    with Sanctions.open(url, policy=SMALL, clock=Ticking()) as opened:
        yield opened


def at_once(work: Callable[[int], list[Outcome]], threads: int = THREADS) -> list[Outcome]:
    """What the threads return; none begins before all are there."""
    barrier = Barrier(threads)

    def meet(number: int) -> list[Outcome]:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(chain.from_iterable(pool.map(meet, range(threads))))


def some_command(seed: str, name: str) -> Json:
    """A command without `at`: it is decided when it is read. It may well be refused."""
    random = Random(f"{seed}/{name}")  # noqa: S311 - not a secret
    old = f"{random.randrange(THREADS)}-{random.randrange(EACH)}"
    staff: Json = {"account": ACCOUNT, "by": {"kind": "reviewer", "id": f"r{random.randrange(3)}"}, "command_id": name}
    new: Json = {**staff, "sanction": name, "basis": {"clause": "4.3"}}
    announced = {"restrict": [random.choice(FUNCTIONS)], "for": "PT9H"}
    hours = f"PT{random.randint(1, 60)}H"
    return random.choice(
        (
            {**new, "command": "warn", "for": hours},
            {**new, "command": "restrict", "functions": [random.choice(FUNCTIONS)], "for": hours},
            {**new, "command": "restrict", "functions": list(FUNCTIONS), "for": hours, "supersedes": old},
            {**new, "command": "ban", "for": hours},
            {**new, "command": "order_rectification", "within": hours, "on_default": [announced]},
            {**staff, "command": "lift", "sanction": old, "reason": "-"},
            {**staff, "command": "overturn", "sanction": old, "reason": "-"},
            {**staff, "command": "accept_rectification", "sanction": old},
            {**staff, "command": "change_sanction", "sanction": old, "for": hours, "reason": "-"},
            {**staff, "command": "exempt" if random.random() < 0.3 else "end_exemption", "reason": "-"},
        )
    )


def outcome_of(sanctions: Sanctions, command: Json) -> list[Outcome]:
    try:
        return [sanctions.execute(command)]
    except Refused as refusal:
        return [refused(refusal, ACCOUNT, command["command_id"])]


def records_of(sanctions: Sanctions) -> list[Recorded]:
    with sanctions.store.database.reading() as cursor:
        return sanctions.store.history(cursor, ACCOUNT)


def check_serial(sanctions: Sanctions, sent: dict[str, Json], outcomes: list[Outcome]) -> None:
    records = records_of(sanctions)
    assert [record.version for record in records] == list(range(1, len(records) + 1))
    assert [record.recorded_at for record in records] == sorted(record.recorded_at for record in records)
    assert [record.event.at for record in records] == sorted(record.event.at for record in records)
    found: dict[str, list[Recorded]] = {}
    for record in records:
        if record.command_id is not None:
            found.setdefault(record.command_id, []).append(record)
    assert not any(isinstance(o.error, OutcomeError) and o.error.code == "version_conflict" for o in outcomes)
    expected = {str(o.command_id): o for o in outcomes if o.status == "accepted"}
    assert len(expected) == sum(o.status == "accepted" for o in outcomes), "a command is accepted once"
    assert set(found) == {name for name, outcome in expected.items() if outcome.events}
    state = NOTHING
    for name, group in found.items():
        first, last = group[0].version, group[-1].version
        assert [record.version for record in group] == list(range(first, last + 1)), "decided as one"
        outcome = expected[name]
        assert outcome.version == last
        assert [entry.type for entry in outcome.events or ()] == [type(r.event).__name__ for r in group]
        at = group[0].event.at
        state = fold(state, [r.event for r in records[state.version : first - 1 - len(outcome.due or ())]])
        decision = handle(replace(read_command(sent[name]), at=at), state, SMALL)
        assert [*decision.due, *decision.events] == [r.event for r in records[state.version : last]]
        state = decision.state
    state = fold(state, [r.event for r in records[state.version :]])
    assert state == fold(NOTHING, [r.event for r in records])
    with sanctions._database.reading() as cursor:
        assert sanctions.store.load(cursor, ACCOUNT).state == state
        assert set(sanctions.view.of_account(cursor, ACCOUNT)) == intervals(state)


@pytest.mark.parametrize("seed", range(4))
def test_threads_on_one_account_act_in_some_serial_order(sanctions: Sanctions, seed: int) -> None:
    plans = [[some_command(f"{seed}", f"{thread}-{n}") for n in range(EACH)] for thread in range(THREADS)]
    outcomes = at_once(lambda thread: [o for command in plans[thread] for o in outcome_of(sanctions, command)])
    assert sum(outcome.status == "accepted" for outcome in outcomes) > EACH / 2
    check_serial(sanctions, {c["command_id"]: c for c in chain.from_iterable(plans)}, outcomes)


def test_batches_and_single_commands_and_sweeps_meet_without_loss(sanctions: Sanctions) -> None:
    plans = [[some_command("batches", f"{t}-{n}") for n in range(EACH)] for t in range(THREADS)]

    def work(thread: int) -> list[Outcome]:
        if thread == 0:
            for _ in range(EACH):
                sanctions.sweep()
                sanctions.may(ACCOUNT, FUNCTIONS[0])
                sanctions.state(ACCOUNT)
        if thread == 1:
            return list(sanctions.execute_stream(plans[1], chunk=3))
        return [] if thread == 0 else [o for command in plans[thread] for o in outcome_of(sanctions, command)]

    check_serial(sanctions, {c["command_id"]: c for c in chain.from_iterable(plans)}, at_once(work))


def test_one_command_sent_by_all_threads_is_accepted_once(sanctions: Sanctions) -> None:
    ban: Json = {"command": "ban", "sanction": "b", "basis": {"clause": "4.3"}, "for": "P1D", "account": ACCOUNT}
    ban |= {"by": {"kind": "moderator", "id": "m1"}, "command_id": "same"}
    outcomes = at_once(lambda _: outcome_of(sanctions, ban))
    assert sorted(outcome.status for outcome in outcomes) == ["accepted", *["duplicate"] * (THREADS - 1)]
    assert len({replace(outcome, status="accepted") for outcome in outcomes}) == 1
    check_serial(sanctions, {"same": ban}, outcomes)


def test_only_one_of_many_writers_at_one_expected_version_succeeds(sanctions: Sanctions) -> None:
    numbers = count(1)
    note: Json = {"command": "note", "text": "-", "account": ACCOUNT, "by": {"kind": "moderator", "id": "m1"}}
    sanctions.execute({**note, "command_id": "first"})
    lost: list[str] = []

    def work(thread: int) -> list[Outcome]:
        try:
            return [sanctions.execute({**note, "command_id": f"{thread}-{next(numbers)}", "expected_version": 1})]
        except Refused as refusal:
            lost.append(refusal.code)
            return []

    assert len(at_once(work)) == 1
    assert lost == ["version_conflict"] * (THREADS - 1)
    assert len(records_of(sanctions)) == 2


def test_due_events_that_a_command_and_a_sweep_both_want_are_recorded_once(sanctions: Sanctions) -> None:
    short: Json = {"command": "warn", "basis": {"clause": "4.3"}, "for": "PT1H", "account": ACCOUNT}
    short |= {"by": {"kind": "moderator", "id": "m1"}}
    for number in range(8):
        sanctions.execute({**short, "sanction": f"w{number}", "command_id": f"w{number}"})

    def work(thread: int) -> list[Outcome]:
        if thread % 2:
            sanctions.sweep()
            return []
        return outcome_of(sanctions, {**short, "sanction": f"x{thread}", "command_id": f"x{thread}"})

    at_once(work)
    records = records_of(sanctions)
    expired = [r.event for r in records if type(r.event).__name__ == "SanctionExpired"]
    assert len({str(event) for event in expired}) == len(expired) >= 8 - 1
    state = fold(NOTHING, [r.event for r in records])
    assert due(state, records[-1].event.at) == ()
