"""Exporting a store and checking the export: processor time per event, and the most memory that a process held.

`EXPORT_ACCOUNTS=200000 python -m tests.benchmarks.exports` takes a million events (default: 20,000 accounts of five).
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

from account_sanctions.application import Sanctions
from account_sanctions.application.exporting.checking import check_manifest
from account_sanctions.application.exporting.running import export_store
from account_sanctions.application.simulating.opening import reading_only
from account_sanctions.infrastructure.chain import event_hash, genesis
from account_sanctions.infrastructure.evidence.keys import Keys, make_keys, read_keys
from account_sanctions.infrastructure.evidence.sealing import Sealer
from account_sanctions.infrastructure.tables import sanction_events
from sqlalchemy import bindparam, insert

from .measuring import report

BY = {"kind": "moderator", "id": "m-7"}
ACCOUNTS = int(os.environ.get("EXPORT_ACCOUNTS", "20000"))
BASIS = {"clause": "4.2", "violations": ["v-1"]}
ANNOUNCED = [{"restrict": ["monetize"], "for": "P30D"}]
HISTORY: tuple[dict[str, Any], ...] = (
    {"command": "record_violation", "violation": "v-1", "clause": "4.2", "detected": "automated"},
    {"command": "restrict", "sanction": "s-1", "basis": BASIS, "functions": ["publish"], "for": "P30D"},
    {"command": "order_rectification", "sanction": "o-1", "basis": BASIS, "within": "P7D", "on_default": ANNOUNCED},
    {"command": "serve_notice", "sanction": "s-1"},
    {"command": "accept_rectification", "sanction": "o-1"},
)


def filled(url: str, keys: Keys, accounts: int) -> None:
    """A sealed store of many accounts with one history: written past the door, which would take minutes."""
    with Sanctions.open(url) as sanctions:
        for command in HISTORY:
            sanctions.execute({**command, "account": "template", "by": BY})
        store = sanctions.store
        with store.database.reading() as cursor:
            cursor.execute("SELECT version, topic, state FROM sanctions_events ORDER BY version")
            template = cursor.fetchall()
        names = ("account", "version", "topic", "state", "hash", "mark")
        marked = insert(sanction_events.events).values({name: bindparam(name) for name in names})
        events, log = store.database.prepare(marked), store.database.prepare(insert(sanction_events.log))
        position = len(template)
        for first in range(0, accounts - 1, 2000):
            rows, places = [], []
            for number in range(first, min(first + 2000, accounts - 1)):
                name = f"acct_{number * 7919 % accounts:07d}"
                before = genesis(store.identity.store_id, name)
                for version, topic, state in template:
                    before = event_hash(before, name, version, topic, bytes(state))
                    position += 1
                    rows.append((name, version, topic, bytes(state), before, keys.writer.mark(before)))
                    places.append((0, position, name, version))
            with store.database.writing() as cursor:
                cursor.executemany(events, rows)
                cursor.executemany(log, places)
        Sealer(store.database, store.identity.store_id, keys.log, sanctions.clock).seal(0)


def _export(url: str, target: Path, file_format: Any, keys: Path) -> int:
    with reading_only(url) as store:
        return export_store(
            store, target, now=datetime.now(UTC), file_format=file_format, signer=read_keys(keys).log
        ).rows


def _check(target: Path, keys: Path) -> int:
    findings = check_manifest(target, read_keys(keys).trust)
    if findings:
        raise AssertionError(findings)
    return ACCOUNTS * len(HISTORY)


def _measured(work: Any, *arguments: Any) -> tuple[int, float, int]:
    started = process_time()
    rows = work(*arguments)
    return rows, process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def exporting() -> None:
    """Each in a process of its own, so that its memory is its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys, url = folder / "keys", f"sqlite:///{folder / 'store.db'}"
        filled(url, make_keys(keys), ACCOUNTS)
        works: list[tuple[str, Any]] = [
            (f"export as {each}", (_export, url, folder / each, each, keys))
            for each in ("jsonl", "csv", "parquet", "sqlite")
        ]
        works.append(
            ("check of the Parquet export, every event and the signed root", (_check, folder / "parquet", keys))
        )
        for what, work in works:
            # A child that is forked would begin with the memory of this process.
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                rows, seconds, megabytes = pool.apply(_measured, work)
            report(f"{what}, {rows:,} events", f"{seconds / rows * 1e6:.1f} us an event, {megabytes} MB", "")


if __name__ == "__main__":
    exporting()
