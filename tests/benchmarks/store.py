"""Appending on SQLite against eventsourcing's own recorder, whole commands, the index, and the import."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

from account_sanctions.application import Sanctions
from account_sanctions.application.cli.lines import lines, open_lines
from account_sanctions.application.importing.mediawiki import import_block_log
from account_sanctions.infrastructure.factory import SQLAlchemyFactory
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.sqlite import SQLiteFactory

from .measuring import Rounds, cpu, ratio, report, wall

DATA = Path(__file__).parents[3] / "shared" / "data" / "enwiki-blocklog-dev.jsonl.gz"
STATE = b'{"recorded_at":"2026-01-01T00:00:00Z","event":{"at":"2026-01-01T00:00:00Z"}}' * 4
BY = {"kind": "moderator", "id": "m"}


def appending() -> None:
    """Both recorders on files of their own with full synchronisation: stock SQLite's default, and ours explicitly."""
    with tempfile.TemporaryDirectory() as folder:
        ours = SQLAlchemyFactory({"ACCOUNT_SANCTIONS_DB": f"sqlite:///{folder}/ours.db"}).application_recorder()
        stock = SQLiteFactory({"SQLITE_DBNAME": f"{folder}/stock.db"}).application_recorder()
        for size, calls in ((1, 100), (1000, 5)):
            candidates = {
                "stock": (_insert(stock, size), calls),
                "ours": (_insert(ours, size), calls),
                "raw": (_raw(f"{folder}/raw-{size}.db", size), calls),
            }
            found, worked = wall(candidates), cpu(candidates)
            per_second = size / found["ours"].median
            report(
                f"appends at the recorder, SQLite, {size} events a transaction ({per_second:,.0f} events/s)",
                f"{ratio(found['stock'], found['ours']):.2f} x stock, {ratio(found['raw'], found['ours']):.2f} x raw",
                "at least 1 x stock (batches)" if size > 1 else "",
            )
            report(
                "  in processor time, without waiting for the disk",
                f"{ratio(worked['stock'], worked['ours']):.2f} x stock",
                "",
            )


def _raw(path: str, size: int) -> Callable[[], object]:
    """sqlite3 by hand: the same rows, one by one."""
    connection = sqlite3.connect(path, isolation_level=None)
    for sql in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "CREATE TABLE events (account TEXT NOT NULL, version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL, "
        "hash BLOB, PRIMARY KEY (account, version)) WITHOUT ROWID, STRICT",
        "CREATE TABLE log (partition INTEGER NOT NULL, position INTEGER NOT NULL, account TEXT NOT NULL, "
        "version INTEGER NOT NULL, PRIMARY KEY (partition, position)) WITHOUT ROWID, STRICT",
    ):
        connection.execute(sql)
    positions = count(1)

    def insert() -> None:
        name = uuid4().hex
        connection.execute("BEGIN IMMEDIATE")
        rows = [(name, version, "topic", STATE) for version in range(1, size + 1)]
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, NULL)", rows)
        places = [(next(positions), name, version) for version in range(1, size + 1)]
        connection.executemany("INSERT INTO log VALUES (0, ?, ?, ?)", places)
        connection.execute("COMMIT")

    return insert


def _insert(recorder: ApplicationRecorder, size: int) -> Callable[[], object]:
    def insert() -> None:
        stream = uuid4()
        recorder.insert_events([StoredEvent(stream, version, "topic", STATE) for version in range(1, size + 1)])

    return insert


def asking() -> None:
    """`may()` from the index and from the database."""
    with Sanctions.open("sqlite://") as sanctions:
        commands = (
            {
                "command": "restrict",
                "account": f"a{n}",
                "by": BY,
                "basis": {"clause": "c"},
                "functions": ["publish"],
                "for": "P9D",
            }
            for n in range(2000)
        )
        assert all(outcome.accepted for outcome in sanctions.execute_many(commands))
        index = sanctions.index()
        at = datetime.now(UTC) + timedelta(hours=1)
        may = index.may_at
        found = cpu(
            {
                "sanctioned": (lambda: may("a7", "publish", at), 20_000),
                "absent": (lambda: may("nobody", "publish", at), 20_000),
                "clocked": (lambda: index.may("nobody", "publish"), 20_000),
                "database": (lambda: sanctions.may("a7", "publish"), 500),
            }
        )
    report("may() from the index, sanctioned account", _micros(found["sanctioned"]), "at most 1 us")
    report("may() from the index, account without sanctions", _micros(found["absent"]), "at most 1 us")
    report("may() from the index, reading the clock too", _micros(found["clocked"]), "")
    report("may() from the database (SQLite in memory)", _micros(found["database"]), "")


def _micros(found: Rounds) -> str:
    return f"{found.least * 1e6:.2f} us ({found.median * 1e6:.2f}) CPU"


def commanding() -> None:
    """Whole commands, durable, on a SQLite file."""
    with tempfile.TemporaryDirectory() as folder, Sanctions.open(f"sqlite:///{folder}/store.db") as sanctions:
        numbers = count()

        def warn() -> dict[str, Any]:
            return {"command": "warn", "account": f"a{next(numbers)}", "by": BY, "basis": {"clause": "c"}, "for": "P1D"}

        found = wall({"one": (lambda: sanctions.execute(warn()), 200)})
        report("whole commands, one a transaction, SQLite file", f"{1 / found['one'].median:,.0f} /s", "")
        batch = wall({"many": (lambda: list(sanctions.execute_many(warn() for _ in range(1000))), 1)})
        report("whole commands, 500 a transaction, SQLite file", f"{1000 / batch['many'].median:,.0f} /s", "")


def importing() -> None:
    """The real block log, where it is at hand."""
    if not DATA.exists():
        report("import mediawiki", "no data", "skipped: the real log is not at hand")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        open_lines(str(DATA)) as source,
        Sanctions.open(f"sqlite:///{folder}/wiki.db", policy="mediawiki") as sanctions,
    ):
        started = perf_counter()
        found = import_block_log(sanctions, ((line.number, line.text) for line in lines(source)))
        seconds = perf_counter() - started
    report(
        f"import mediawiki, {found.rows} rows, {found.events} events recorded",
        f"{found.rows / seconds:,.0f} rows/s",
        "at least 5,000/s",
    )
