"""Counterfactual replay of a whole store in one process.

`python -m tests.benchmarks.simulation 1000000` measures a million violations; they take a few minutes to make and to replay.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time

from account_sanctions.application import Sanctions
from account_sanctions.application.policies import read_policy_file
from account_sanctions.application.simulating import Simulation, simulate
from account_sanctions.domain.acts import Overturn, ReportViolation
from account_sanctions.domain.commands import Command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.policies.book import PolicyBook
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import NOTHING
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from .measuring import report

T0 = datetime(2024, 1, 1, tzinfo=UTC)
END = T0 + timedelta(days=3650)
ENGINE, REVIEWER = Actor("system", "engine"), Actor("reviewer", "r")
SIZES = (1, 2, 3, 5, 8, 10, 12, 20, 29)
"""How many violations the accounts have, in turn: ten on average."""
PER_CHUNK = 200

RECORDED = """
id = "recorded"
version = "1"
second_person = []
[counting]
expires_after = "P90D"
[clauses]
spam = { ladder = "strikes" }
abuse = { ladder = "strikes" }
[ladders.strikes]
scope = "account"
first.impose = [{ warn = { for = "P90D" } }]
[[ladders.strikes.steps]]
impose = [{ restrict = ["publish"], for = "P7D" }]
[[ladders.strikes.steps]]
impose = [{ restrict = ["publish", "mass_send"], for = "P14D" }]
[[ladders.strikes.steps]]
impose = [{ ban = { for = "P30D" } }]
"""
OTHER = """
id = "other"
version = "1"
second_person = []
[counting]
fades_over = "P120D"
[clauses]
spam = { ladder = "score", weight = 2 }
abuse = { ladder = "score", weight = 3 }
[ladders.score]
count = "weight"
scope = "account"
fires = "crossing"
[[ladders.score.steps]]
at = 2
impose = [{ warn = { for = "P30D" } }]
[[ladders.score.steps]]
at = 5
impose = [{ restrict = ["publish"], for = "P10D" }]
[[ladders.score.steps]]
at = 8
impose = [{ ban = { for = "P60D" } }]
"""


def simulating(violations: int = 20_000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        recorded, other = (_policy(Path(folder), text) for text in (RECORDED, OTHER))
        with Sanctions.open(f"sqlite:///{folder}/store.db", policy=recorded) as sanctions:
            accounts = _fill(sanctions, recorded.newest, violations)
            for name, book in (("another policy", other), ("the recorded policy", recorded)):
                found, seconds, wall = _measured(lambda book=book: simulate(sanctions.store, book, now=END))  # type: ignore[misc]
                assert found.violations == violations
                assert (found.same == violations) == (book is recorded)
                each = seconds / found.violations * 1e6
                report(
                    f"simulate, {found.violations:,} violations on {accounts:,} accounts, {name}",
                    f"{found.violations / wall:,.0f} violations/s",
                    f"{each:.0f} us CPU each, {wall:.0f} s, peak {_peak()} MB",
                )


def _policy(folder: Path, text: str) -> PolicyBook:
    file = folder / "policy.toml"
    file.write_text(text, encoding="utf-8")
    return read_policy_file(file)


def _measured(work: Callable[[], Simulation]) -> tuple[Simulation, float, float]:
    cpu, wall = process_time(), perf_counter()
    found = work()
    return found, process_time() - cpu, perf_counter() - wall


def _fill(sanctions: Sanctions, policy: Policy, violations: int) -> int:
    """Accounts by the thousand, their histories decided once and written under many names; returns how many."""
    patterns = {size: _history(size, policy) for size in {*SIZES, *range(1, max(SIZES))}}
    store, number = sanctions.store, 0
    sizes = _sizes(violations)
    while chunk := list(islice(sizes, PER_CHUNK)):
        records: list[Recorded] = []
        for size in chunk:
            records += (replace(record, account=f"account-{number:07}") for record in patterns[size])
            number += 1
        with store.database.writing() as cursor:
            store.keep_policies(cursor, [policy], T0)
            store.append(cursor, records, {}, (), lambda _cursor: None)
    return number


def _sizes(violations: int) -> Iterator[int]:
    left = violations
    for size in cycle(SIZES):
        yield min(size, left)
        left -= min(size, left)
        if not left:
            return


def _history(size: int, policy: Policy) -> list[Recorded]:
    """One violation every twelve days, and every tenth sanction overturned."""
    state, records = NOTHING, list[Recorded]()

    def do(act: ReportViolation | Overturn, by: Actor, at: datetime, name: str) -> None:
        nonlocal state
        decision = handle(Command(account="a", by=by, at=at, act=act), state, policy)
        for event in (*decision.due, *decision.events):
            records.append(Recorded("a", len(records) + 1, at, event, name))
        state = decision.state

    for number in range(size):
        at = T0 + timedelta(days=12 * number)
        clause = "abuse" if number % 3 == 2 else "spam"
        do(ReportViolation(violation=f"v{number}", clause=clause), ENGINE, at, f"c{number}")
        if number % 10 == 9:
            do(Overturn(sanction=f"v{number}/s1", reason="wrong"), REVIEWER, at + timedelta(days=1), f"o{number}")
    return records


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    simulating(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
