"""Replay on a Dask cluster of two worker processes, one of which may be killed; and on clusters that are none."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from account_sanctions.application.replaying import on_dask, running
from account_sanctions.application.replaying.engines import Engine
from account_sanctions.application.replaying.errors import EngineUnreachable, ReplaySource
from account_sanctions.application.replaying.running import replay_database, replay_export

from tests.integration.processes import line, worker
from tests.integration.replayed import AT, as_one, copy_of_store, exported
from tests.integration.support import cli

# Longer than any part takes, and no longer than a test may.
_PATIENCE = 60.0


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return copy_of_store("sqlite", tmp_path_factory.mktemp("replayed"))


@pytest.fixture(scope="module")
def folder(store: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(store, tmp_path_factory.mktemp("exported"), buckets=16)


@pytest.fixture
def cluster() -> Iterator[tuple[Engine, list[int]]]:
    """An engine, and the process ids of its two workers."""
    with worker("dask_cluster.py") as running:
        said = json.loads(line(running))
        yield Engine(kind="dask", scheduler=said["scheduler"], patience=_PATIENCE), said["pids"]


def test_two_workers_come_to_the_same_and_a_killed_one_changes_nothing(
    store: str, folder: Path, cluster: tuple[Engine, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, pids = cluster
    whole = as_one(replay_database(store, valid_at=AT))
    assert as_one(replay_export(folder, valid_at=AT, engine=engine)) == whole
    monkeypatch.setattr(running, "_ACCOUNTS", 1)
    monkeypatch.setattr("account_sanctions.infrastructure.store._CHUNK", 7)
    assert as_one(replay_database(store, valid_at=AT, engine=engine)) == whole
    done = list[int]()

    def kill_one(events: int) -> None:
        # The first part is done: each of the workers holds others, half done or waiting.
        if not done:
            os.kill(pids[0], signal.SIGKILL)
        done.append(events)

    assert as_one(replay_export(folder, valid_at=AT, engine=engine, progress=kill_one)) == whole
    assert len(done) == 16


def test_cluster_is_made_where_none_is_named(store: str, folder: Path) -> None:
    asked = cli(store, "replay", str(folder), "--at", AT.isoformat(), "--engine", "dask", "--jobs", "2", "--json")
    assert asked.status == 0, asked
    assert asked.document["digest"] == replay_database(store, valid_at=AT).digest


def test_what_a_worker_raises_is_raised(store: str, tmp_path: Path, cluster: tuple[Engine, list[int]]) -> None:
    folder = exported(store, tmp_path, buckets=4)
    (folder / "bucket=03" / "part-0.parquet").write_bytes(b"PAR1")
    with pytest.raises(ReplaySource) as raised:
        replay_export(folder, engine=cluster[0])
    assert raised.value.details == {"file": "bucket=03/part-0.parquet"}


def test_address_at_which_nobody_answers_is_an_error_that_says_so(
    store: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_dask, "_CONNECT", 0.2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(EngineUnreachable, match=address):
            replay_export(folder, engine=Engine(kind="dask", scheduler=address))
        answer = cli(store, "replay", str(folder), "--engine", "dask", "--scheduler", address)
    answer.failed(10, "engine_unreachable")
    cli(store, "replay", str(folder), "--engine", "dask", "--scheduler", "nowhere").failed(10, "engine_unreachable")


def test_nothing_of_dask_or_duckdb_is_imported_before_it_is_asked_for(store: str, folder: Path) -> None:
    code = (
        "import sys; from account_sanctions.application.cli.app import root; import account_sanctions.application.cli\n"
        f"root(['--db', {store!r}, 'replay', {str(folder)!r}, '--json'], standalone_mode=False)"
    )
    watched = f"try:\n    exec({code!r})\nfinally:\n    print({{'dask', 'distributed', 'duckdb', 'tornado'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", f"import sys\n{watched}"], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "set()", done
