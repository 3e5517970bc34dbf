"""Replaying a store and its export: events a second and the most memory a process held, by one process, two, and two of Dask.

`REPLAY_ACCOUNTS=200000 python -m tests.benchmarks.replaying` takes a million events (default: 20,000 accounts of five).
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from account_sanctions.application.exporting.running import export_store
from account_sanctions.application.replaying.by_sql import count_by_sql, differences
from account_sanctions.application.replaying.engines import Engine
from account_sanctions.application.replaying.running import replay_database, replay_export
from account_sanctions.application.simulating.opening import reading_only
from account_sanctions.infrastructure.evidence.keys import make_keys

from .exports import filled
from .measuring import report

ACCOUNTS = int(os.environ.get("REPLAY_ACCOUNTS", "20000"))
EVENTS = ACCOUNTS * 5
AT = datetime(2027, 1, 1, tzinfo=UTC)


def _database(url: str, engine: Engine | None) -> str:
    return replay_database(url, valid_at=AT, view=False, engine=engine).digest


def _export(folder: Path, engine: Engine | None) -> str:
    return replay_export(folder, valid_at=AT, engine=engine).digest


def _on_cluster(folder: Path) -> tuple[str, float, float, int]:
    """On a cluster that is there already: making one takes seconds, whatever it is for."""
    from distributed import LocalCluster

    # Dask has no types.
    made: Any = LocalCluster
    with made(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        started = perf_counter()
        digest = _export(folder, Engine(kind="dask", scheduler=cluster.scheduler_address))
        return digest, perf_counter() - started, 0.0, 0


def _by_sql(folder: Path) -> str:
    replayed = replay_export(folder, valid_at=AT)
    started = perf_counter()
    assert not list(differences(count_by_sql(folder, replayed), replayed))
    return f"{perf_counter() - started:.1f}"


def _measured(work: Any, *arguments: Any) -> tuple[str, float, float, int]:
    """What came of it, seconds by the clock, seconds of processors, and the most megabytes of one process."""
    started, used = perf_counter(), process_time()
    found = work(*arguments)
    seconds, used = perf_counter() - started, process_time() - used
    return found, seconds, used, _most()


def _most() -> int:
    """The most megabytes that this process held. What `getrusage` says began with the memory of its parent, on Linux."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _alone(work: Any, *arguments: Any) -> Any:
    """In a process of its own, so that its memory is its own; one that may have children."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def replaying() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, url = Path(name) / "export", f"sqlite:///{name}/store.db"
        filled(url, make_keys(Path(name) / "keys"), ACCOUNTS)
        with reading_only(url) as store:
            export_store(store, folder, now=AT, file_format="parquet")
        digests: set[str] = set()
        for what, work, arguments in (
            ("replay of the database, one process", _database, (url, None)),
            ("replay of the Parquet export, one process", _export, (folder, None)),
        ):
            digest, seconds, used, most = _alone(_measured, work, *arguments)
            digests.add(digest)
            report(
                f"{what}, {EVENTS:,} events",
                f"{EVENTS / used:,.0f} a CPU second",
                f"{EVENTS / seconds:,.0f}/s, {most} MB",
            )
        for what, work, given in (
            ("replay of the database, two processes", _database, (url, Engine(jobs=2))),
            ("replay of the Parquet export, two processes", _export, (folder, Engine(jobs=2))),
        ):
            # Children of a daemon are not allowed: these are measured from here.
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            started = perf_counter()
            digests.add(work(*given))
            seconds = perf_counter() - started
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            report(f"{what}, {EVENTS:,} events", f"{EVENTS / used:,.0f} a CPU second", f"{EVENTS / seconds:,.0f}/s")
        digest, seconds, _, _ = _on_cluster(folder)
        digests.add(digest)
        report(f"replay on two workers of Dask that are there, {EVENTS:,} events", f"{EVENTS / seconds:,.0f}/s", "")
        report(f"the same figures by SQL (DuckDB), {EVENTS:,} events", f"{_alone(_by_sql, folder)} s", "")
        assert len(digests) == 1, digests


if __name__ == "__main__":
    replaying()
