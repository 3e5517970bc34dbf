"""PostgreSQL: appending by eight writers, whole commands, loading one long account, and a sequencer with millions to do.

`python -m tests.benchmarks.postgres` measures this alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

from account_sanctions.application import Sanctions
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import State
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from tests.postgres import fresh_database

from .domain import history
from .measuring import ratio, report, wall
from .store import BY
from .writers import measured, stock_environment
from .writers import ratio as faster

BACKLOG: Final = int(os.environ.get("ACCOUNT_SANCTIONS_BENCH_BACKLOG", "2000000"))
_BATCH: Final = 5000


def appending() -> None:
    jobs = {"1 event": (1, 150), "batches of 1000": (1000, 2)}
    for job, found in measured(jobs, rounds=7).items():
        single = job == "1 event"
        report(
            f"appends, PostgreSQL, 8 writers, {job} a transaction ({median(found['log']):,.0f} events/s)",
            f"{faster(found, 'log', 'stock'):.2f} x stock",
            "at least 4 x" if single else "at least 2 x",
        )
        report(
            f"  against raw psycopg in the same form ({median(found['raw']):,.0f} events/s)",
            f"{faster(found, 'log', 'raw'):.2f} x raw",
            "at least 0.6 x" if single else "",
        )


def commanding() -> None:
    """Whole commands, each on a new account, by one writer."""
    with Sanctions.open(fresh_database(durable=True)) as sanctions:
        numbers = count()

        def warn() -> dict[str, Any]:
            return {"command": "warn", "account": f"a{next(numbers)}", "by": BY, "basis": {"clause": "c"}, "for": "P1D"}

        found = wall({"one": (lambda: sanctions.execute(warn()), 100)})
        report("whole commands, one a transaction, PostgreSQL", f"{1 / found['one'].median:,.0f} /s", "")
        batch = wall({"many": (lambda: list(sanctions.execute_many(warn() for _ in range(500))), 1)})
        report("whole commands, 500 a transaction, PostgreSQL", f"{500 / batch['many'].median:,.0f} /s", "")


class StockAccount(Aggregate):
    """The same account as one writes it with eventsourcing alone: the same facts, changed by decorated methods."""

    def __init__(self) -> None:
        self.live: dict[str, dict[str, Any]] = {}
        self.ended: dict[str, dict[str, Any]] = {}

    @event("Restricted")
    def restrict(
        self, sanction: str, at: datetime, by: str, basis: str, functions: dict[str, Any], until: datetime, policy: str
    ) -> None:
        self.live[sanction] = {
            "at": at,
            "by": by,
            "basis": basis,
            "functions": functions,
            "until": until,
            "policy": policy,
            "terms": [(at, until, functions)],
            "status": "in_force",
        }

    @event("Expired")
    def expire(self, sanction: str, at: datetime) -> None:
        self.ended[sanction] = {**self.live.pop(sanction), "status": "expired", "ended_at": at}


def loading() -> None:
    """One account of 500 events: from its events, and through its snapshot; the stock aggregate through the stock mapper."""
    for size in (200, 500, 5000):
        state, events, _ = history(size)
        url = fresh_database(durable=True)
        stock = Application[Any](env={"PERSISTENCE_MODULE": "eventsourcing.postgres", **stock_environment(url)})
        identity = _stock_account(stock, events)
        with Sanctions.open(fresh_database(durable=True)) as sanctions:
            _store(sanctions, events, snapshot=False, account="without")
            _store(sanctions, events, snapshot=True, account="with")
            candidates: dict[str, tuple[Callable[[], object], int]] = {
                "stock": (lambda: stock.repository.get(identity), 1),  # noqa: B023 - used at once
                "replay": (lambda: _load(sanctions, "without", state), 1),  # noqa: B023 - used at once
                "snapshot": (lambda: _load(sanctions, "with", state), 1),  # noqa: B023 - used at once
            }
            found = wall(candidates)
        stock.close()
        for name, words in (("snapshot", "through its snapshot"), ("replay", "from its events")):
            report(
                f"loading an account of {len(events)} events, PostgreSQL, {words} ({found[name].median * 1e3:.2f} ms)",
                f"{ratio(found['stock'], found[name]):.1f} x stock",
                "at least 6 x" if size == 500 else "",
            )


def _load(sanctions: Sanctions, account: str, expected: State) -> None:
    with sanctions.store.database.asking() as cursor:
        assert sanctions.store.load(cursor, account).state.version == expected.version


def _store(sanctions: Sanctions, events: Sequence[Any], *, snapshot: bool, account: str) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    records = [Recorded(account, version, at, one, f"c-{version}") for version, one in enumerate(events, 1)]
    store = sanctions.store
    with store.database.writing() as cursor:
        store.append(cursor, records, {}, [], lambda _: None)
    if snapshot:
        with store.database.writing() as cursor:
            assert store.take_snapshots(cursor, [store.load(cursor, account)])


def _stock_account(stock: Application[Any], events: Sequence[Any]) -> Any:
    account = StockAccount()
    for one in events:
        if type(one).__name__ == "FunctionsRestricted":
            ends = {name: None if end is None else end.isoformat() for name, end in one.functions.items()}
            account.restrict(one.sanction, one.at, one.by.id, one.basis.clause, ends, one.until, one.policy.digest)
        else:
            account.expire(one.sanction, one.at)
        if account.version % 100 == 0:  # Its recorder hangs on a statement of megabytes.
            stock.save(account)
    stock.save(account)
    return account.id


def sequencing() -> None:
    """How fast events get their place with much waiting, and with little."""
    with Sanctions.open(fresh_database(durable=True)) as sanctions:
        sequencer, database = sanctions.store.sequencer, sanctions.store.database
        assert sequencer is not None

        def fill(number: int) -> None:
            with database.writing() as cursor:
                cursor.execute(
                    "INSERT INTO sanctions_pending (partition, account, version) "
                    "SELECT 0, %s || g, 1 FROM generate_series(1, %s) AS g",
                    (uuid4().hex, number),
                )

        def steps(number: int) -> float:
            began = perf_counter()
            for _ in range(number):
                assert sequencer.step(0, _BATCH) == _BATCH
            return number * _BATCH / (perf_counter() - began)

        fill(2 * _BATCH)
        steps(2)
        little: list[float] = []
        for _ in range(10):
            fill(2 * _BATCH)
            little.append(steps(2))
        fill(BACKLOG)
        much = [steps(2) for _ in range(BACKLOG // (2 * _BATCH))]
    report(f"sequencer, {2 * _BATCH:,} events waiting", f"{median(little):,.0f} events/s", "")
    ends = (median(much[:10]), median(much[len(much) // 2 :][:10]), median(much[-10:]))
    report(
        f"sequencer, {BACKLOG:,} events waiting: beginning, middle, end",
        " ".join(f"{rate:,.0f}" for rate in ends) + " events/s",
        "no slower",
    )


def everything() -> None:
    appending()
    commanding()
    loading()
    sequencing()


if __name__ == "__main__":
    everything()
