"""No room is left: an error says so, what was acknowledged stays, and with room again it goes on.

The whole file system of a SQLite store is filled, and its file limited from outside, in `test_bad_databases`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreFull
from sqlalchemy import create_engine, event

from tests.integration.support import assert_sound, database, restrict, rows

from .server import PrivateServer


def _long(number: int) -> dict[str, Any]:
    """A command whose text cannot be compressed."""
    basis = {"clause": "4.2", "facts": os.urandom(4000).hex()}
    return restrict(f"gh_{number % 7}", command_id=f"c-{number}", sanction=f"s-{number}", basis=basis)


def _until_full(sanctions: Sanctions, *, chunk: int) -> list[str]:
    """Write until there is no more room; the ids of what was acknowledged."""
    acknowledged: list[str] = []
    outcomes = sanctions.execute_stream((_long(number) for number in range(10_000)), chunk=chunk)
    with pytest.raises(StoreFull) as caught:
        acknowledged.extend(str(outcome.command_id) for outcome in outcomes)
    assert not caught.value.retriable, "somebody has to make room first"
    assert acknowledged
    return acknowledged


@pytest.mark.parametrize("chunk", [1, 5])
def test_full_sqlite_file_keeps_what_was_acknowledged_and_goes_on_with_more_room(tmp_path: Path, chunk: int) -> None:
    url = database(tmp_path)
    room = [300]
    engine = create_engine(url)

    @event.listens_for(engine, "checkout")
    def limit(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {room[0]}")

    with Sanctions.open(engine) as sanctions:
        acknowledged = _until_full(sanctions, chunk=chunk)
        assert not sanctions.may("gh_0", "mass_send"), "reading goes on"
        refused = [_long(number) for number in range(len(acknowledged), len(acknowledged) + chunk)]
        with pytest.raises(StoreFull):
            sanctions.execute_many(refused)
        room[0] = 4000
        assert {outcome.status for outcome in sanctions.execute_many(refused)} == {"accepted"}
    engine.dispose()
    found = {name for (name,) in rows(url, "SELECT command_id FROM sanctions_commands")}
    assert found == {*acknowledged, *(one["command_id"] for one in refused)}
    assert_sound(url)


_START = """
import os, subprocess, sys
folder, user, *command = sys.argv[1:]
subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=14m,uid={user},gid={user},mode=700", "none", folder], check=True)
subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
"""


@pytest.fixture
def small() -> Iterator[PrivateServer]:
    """A server that has a small disk beside its own; the disk is its own and vanishes with it."""
    if (
        not shutil.which("unshare")
        or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("private mounts need the rights of root and util-linux")
    server = PrivateServer()
    try:
        disk = Path(server.folder) / "disk"
        server.stop("fast")
        disk.mkdir()
        prefix = ["unshare", "-m", sys.executable, "-c", _START, str(disk), str(server.user)]
        subprocess.run([*prefix, *server.starting], check=True)
        server.start()
        server.ask(f"CREATE TABLESPACE small LOCATION '{disk}'")
        server.ask("CREATE DATABASE small TABLESPACE small")
        yield server
    finally:
        server.close()


def test_full_disk_of_a_server_keeps_what_was_acknowledged_and_goes_on_with_more_room(small: PrivateServer) -> None:
    url = small.url("small")
    with Sanctions.open(url) as sanctions, small.connect("small") as other:
        other.execute("CREATE TABLE ballast AS SELECT repeat('x', 1000) AS load FROM generate_series(1, 1000)")
        acknowledged = _until_full(sanctions, chunk=5)
        assert not sanctions.may("gh_0", "mass_send"), "reading goes on"
        refused = [_long(number) for number in range(len(acknowledged), len(acknowledged) + 5)]
        with pytest.raises(StoreFull):
            sanctions.execute_many(refused)
        other.execute("DROP TABLE ballast")
        assert {outcome.status for outcome in sanctions.execute_many(refused)} == {"accepted"}
    found = {name for (name,) in rows(url, "SELECT command_id FROM sanctions_commands")}
    assert found == {*acknowledged, *(one["command_id"] for one in refused)}
    assert_sound(url)
