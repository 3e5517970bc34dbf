"""Following the log on PostgreSQL: handing over, sequencing with a backlog, rebuilding; and the index in memory.

`python -m tests.benchmarks.following` measures this alone.
"""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any, Final

from account_sanctions.application import Sanctions
from account_sanctions.application.following import Batch
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.infrastructure.database import Database
from account_sanctions.infrastructure.recorder import SQLAlchemyTrackingRecorder
from account_sanctions.infrastructure.streams import SanctionsStreams
from account_sanctions.infrastructure.tables import pending, sanction_events
from account_sanctions.projections.current import CurrentRestrictions
from account_sanctions.projections.index import RestrictionIndex
from account_sanctions.projections.intervals import Interval
from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection, ProjectionRunner
from sqlalchemy import Connection, Table

from tests.postgres import fresh_database

from .measuring import cpu, report

BY: Final = {"kind": "moderator", "id": "m"}
EVENTS: Final = 200_000
STOCK: Final = 2_000
"""How many events eventsourcing's runner is measured with: it takes the same for each."""
BACKLOG: Final = 2_000_000
INDEXED: Final = 1_000_000
ROUNDS: Final = 3


def _template() -> list[tuple[str, bytes, bytes]]:
    """The stored events of an account with ten of them."""
    basis = {"clause": "spam", "facts": "40 equal messages"}
    given = {"account": "a", "by": BY}
    with Sanctions.open("sqlite://") as sanctions:
        for number in range(3):
            name = f"s-{number}"
            ends = {"functions": ["mass_send", "publish"], "for": f"P{number + 7}D"}
            sanctions.execute({**given, "command": "restrict", "sanction": name, "basis": basis, **ends})
            sanctions.execute({**given, "command": "change_sanction", "sanction": name, "for": "P3D", "reason": "-"})
            sanctions.execute({**given, "command": "serve_notice", "sanction": name})
        sanctions.execute({**given, "command": "ban", "sanction": "b", "basis": basis, "for": "P30D"})
        with sanctions.store.database.reading() as cursor:
            cursor.execute("SELECT topic, state, hash FROM sanctions_events ORDER BY version")
            return cursor.fetchall()


def fill(sanctions: Sanctions, events: int) -> None:
    """Accounts with ten events each, and their places in the log, past the library: only reading is measured here."""
    rows = _template()
    database, tables = sanctions.store.database, sanction_events
    accounts = [f"gh_{number:08d}" for number in range(events // len(rows))]
    with database.writing() as cursor:
        stored = ((name, version, *row, None) for name in accounts for version, row in enumerate(rows, 1))
        database.fill(cursor, tables.events, stored)  # type: ignore[arg-type]
        places = (
            (0, position, name, version)
            for position, (name, version) in enumerate(
                ((name, version) for version in range(1, len(rows) + 1) for name in accounts), 1
            )
        )
        database.fill(cursor, tables.log, places)  # type: ignore[arg-type]
    with database.asking() as cursor:
        cursor.execute("ANALYZE")


class SameView(SQLAlchemyTrackingRecorder):
    """The view of current restrictions as eventsourcing's runner would keep it: each event and its position a transaction."""

    def __init__(self, database: Database, tracking: Table) -> None:
        super().__init__(database, tracking)
        self._view = CurrentRestrictions(database)
        self._states: dict[str, State] = {}

    def take_in(self, record: Recorded, tracking: Tracking) -> None:
        before = self._states.get(record.account, NOTHING)
        after = self._states[record.account] = fold(before, [record.event])
        touched = {getattr(record.event, "sanction", "")}
        with self.database.writing() as cursor:
            self.track_with(cursor, tracking)
            self._view.move(cursor, [(record.account, before, after, touched)], _no_ends)


def _no_ends(_account: str) -> tuple[()]:
    return ()


class KeepView(Projection[SameView]):
    name = "view"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.take_in(domain_event, tracking)


def runner_seconds() -> float:
    """How many seconds an event takes eventsourcing's ProjectionRunner: the same store, the same driver, the same rows."""
    url = fresh_database()
    with Sanctions.open(url) as sanctions:
        fill(sanctions, STOCK)
        identity, database = sanctions.store.identity, sanctions.store.database

        class Streams(SanctionsStreams):
            def __init__(self, env: Any = None) -> None:  # noqa: ARG002 - as the runner calls it
                super().__init__(database, identity.store_id, identity.partitions)

        env = {"PERSISTENCE_MODULE": "account_sanctions.infrastructure", "ACCOUNT_SANCTIONS_DB": url}
        started = perf_counter()
        runner = ProjectionRunner(application_class=Streams, projection_class=KeepView, view_class=SameView, env=env)
        with runner:
            runner.wait(STOCK, timeout=300)
            seconds = perf_counter() - started
    with Sanctions.open(url) as sanctions:
        assert sanctions.rebuild().corrected == 0
    return seconds / STOCK


def rebuilding() -> None:
    """The view from nothing, every row written; the view compared and found right; and a follower from the beginning."""
    stock = median(runner_seconds() for _ in range(ROUNDS))
    report(f"the same view by eventsourcing's ProjectionRunner, {STOCK} events", f"{1 / stock:,.0f} events/s", "")
    with Sanctions.open(fresh_database()) as sanctions:
        fill(sanctions, EVENTS)
        written, compared, followed = list[float](), list[float](), list[float]()
        for _ in range(ROUNDS):
            for table in ("intervals", "deadlines"):
                with sanctions.store.database.writing() as cursor:
                    cursor.execute(f"DELETE FROM sanctions_{table}")
            written.append(_timed(sanctions.rebuild))
            compared.append(_timed(sanctions.rebuild))
            followed.append(_timed(lambda: _follow(sanctions)))
    for what, found in (
        ("rebuilding the view from nothing", written),
        ("rebuilding a view that is right", compared),
        ("a follower from the beginning, 1000 events a transaction", followed),
    ):
        seconds = median(found) / EVENTS
        report(
            f"{what}, {EVENTS:,} events ({1 / seconds:,.0f} events/s)",
            f"{stock / seconds:,.0f} x ProjectionRunner",
            "at least 150 x" if "nothing" in what else "",
        )
    report(
        "memory at most, rebuilding among it", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", ""
    )


def _follow(sanctions: Sanctions) -> None:
    """A follower that keeps how many events each account has, as eventsourcing's does here."""
    with sanctions.store.database.writing() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS counted (id text PRIMARY KEY, events bigint)")

    def count(connection: Connection, batch: Batch) -> None:
        connection.exec_driver_sql(
            "INSERT INTO counted SELECT id, count(*) FROM unnest(%s::text[]) AS id GROUP BY id "
            "ON CONFLICT (id) DO UPDATE SET events = counted.events + excluded.events",
            ([each.account for each in batch],),
        )

    follower = sanctions.follow("counted", count)
    follower.step()
    follower.begin_again(lambda connection: connection.exec_driver_sql("TRUNCATE counted"))
    assert follower.catch_up() == EVENTS


def sequencing() -> None:
    """What a piece of the log takes, with little and with much waiting for its place."""
    with Sanctions.open(fresh_database()) as sanctions:
        sequencer = sanctions.store.sequencer
        assert sequencer is not None
        for waiting in (5_000, BACKLOG):
            with sanctions.store.database.writing() as cursor:
                cursor.execute(
                    f"INSERT INTO {pending.name} (partition, account, version) "
                    f"SELECT 0, 'gh_' || n, 1 FROM generate_series(1, {waiting}) AS n"
                )
            steps = [_timed(lambda: sequencer.step(0)) for _ in range(min(40, waiting // 5_000))]
            report(
                f"a piece of 5,000 events sequenced, {waiting:,} waiting",
                f"{median(steps) * 1000:.0f} ms ({5_000 / median(steps):,.0f} events/s)",
                "does not grow",
            )
        started = perf_counter()
        moved = sequencer.catch_up()
        report(f"the rest of the backlog, {moved:,} events", f"{moved / (perf_counter() - started):,.0f} events/s", "")
        with sanctions.store.database.writing() as cursor:
            cursor.execute(
                f"INSERT INTO {pending.name} (partition, account, version) "
                "SELECT 0, 'gh_' || n, 2 FROM generate_series(1, 500) AS n"
            )
        report(
            f"500 new events sequenced, {BACKLOG:,} in the log and as many dead rows",
            f"{_timed(lambda: sequencer.step(0)) * 1000:.1f} ms",
            "",
        )


def indexing() -> None:
    """What a sanctioned account takes in memory, and what an answer takes."""
    start, index = datetime(2026, 1, 1, tzinfo=UTC), RestrictionIndex()
    gc.collect()
    before = _resident()
    for number in range(INDEXED):
        begins = start + timedelta(seconds=number)
        # As they come from the database: every text and time an object of its own.
        row = Interval(f"s-{number:012d}", "".join(("mass", "_send")), begins, begins + timedelta(days=7))
        index.put(f"gh_{number:012d}", [row])
    gc.collect()
    each = (_resident() - before) / INDEXED
    report(f"memory of the index, {INDEXED:,} sanctioned accounts of one row", f"{each:.0f} bytes an account", "")
    several = [Interval(f"s-{n}", f"f-{n % 7}", start, None) for n in range(20)]
    index.put("three", several[:3])
    index.put("twenty", several)
    at = start + timedelta(days=1)
    found = cpu(
        {
            name: (_asking(index, name, function, at), 20_000)
            for name, function in (
                ("gh_000000000007", "mass_send"),
                ("nobody", "f-1"),
                ("three", "f-1"),
                ("twenty", "f-1"),
            )
        }
    )
    for (_, rounds), what in zip(found.items(), ("one row", "none", "three rows", "twenty rows"), strict=True):
        report(
            f"may() from an index of {INDEXED:,} accounts, account with {what}",
            f"{rounds.least * 1e6:.2f} us ({rounds.median * 1e6:.2f}) CPU",
            "at most 1 us" if what in ("one row", "none", "three rows") else "",
        )


def _asking(index: RestrictionIndex, account: str, function: str, at: datetime) -> Callable[[], object]:
    may = index.may
    return lambda: may(account, function, at)


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as pages:  # noqa: PTH123 - no file of ours
        return int(pages.read().split()[1]) * resource.getpagesize()


def _timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def main() -> None:
    indexing()
    rebuilding()
    sequencing()


if __name__ == "__main__":
    main()
