"""The disk takes what is written and fails when it is to confirm it: the system refuses `fsync` to the process."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions

from tests.integration.support import assert_sound, command, database

_MACHINES = {"x86_64": "74, 75", "aarch64": "82, 83"}
"""The numbers of `fsync` and `fdatasync`."""

_WITHOUT_SYNC = """
import ctypes, errno, struct, sys
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreError
from tests.integration.support import command

def fail(*calls):
    load, equal, answer = 0x20, 0x15, 0x06
    refuse, allow = 0x00050000 | errno.EIO, 0x7FFF0000
    code = struct.pack("HBBI", load, 0, 0, 0)
    for number in calls:
        code += struct.pack("HBBI", equal, 0, 1, number) + struct.pack("HBBI", answer, 0, 0, refuse)
    code += struct.pack("HBBI", answer, 0, 0, allow)
    held = ctypes.create_string_buffer(code)
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(held))
    system = ctypes.CDLL(None, use_errno=True)
    if system.prctl(38, 1, 0, 0, 0) or system.prctl(22, 2, ctypes.create_string_buffer(program), 0, 0):
        sys.exit("no filter")

sanctions = Sanctions.open(sys.argv[1])
sanctions.execute(command("note", "gh_1", text="seen", command_id="c-1"))
handed = []
follower = sanctions.follow("f", lambda _, batch: handed.extend(event.id for event in batch), 1)
follower.step()
fail(*(int(number) for number in sys.argv[2].split(", ")))
for name in ("c-2", "c-3"):
    try:
        print(sanctions.execute(command("note", "gh_1", text="seen", command_id=name)).status)
    except StoreError as error:
        print(error.code, error.retriable, error.details["commands"])
print(sanctions.execute(command("note", "gh_1", text="seen", command_id="c-3")).status)
for _ in range(2):
    try:
        print(follower.step())
    except StoreError as error:
        print(error.code, error.retriable, follower.status().behind)
print(*handed)
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() not in _MACHINES,
    reason="system calls are refused through a facility of Linux",
)
def test_commit_that_the_disk_does_not_confirm_is_unknown_and_the_same_id_tells(tmp_path: Path) -> None:
    url = database(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_SYNC, url, _MACHINES[platform.machine()]],
        capture_output=True,
        check=False,
        timeout=60,
    )
    if b"no filter" in done.stderr:
        pytest.skip("this system lets no process refuse calls to itself")
    assert done.stderr == b""
    assert done.stdout.decode().splitlines() == [
        "outcome_unknown True [['gh_1', 'c-2']]",
        "outcome_unknown True [['gh_1', 'c-3']]",
        "duplicate",
        "outcome_unknown True 1",
        "outcome_unknown True 0",
        "gh_1/1 gh_1/2 gh_1/3",
    ], "SQLite shows a commit that it could not confirm"
    with Sanctions.open(url) as sanctions:
        for name in ("c-2", "c-3"):
            assert sanctions.execute(command("note", "gh_1", text="seen", command_id=name)).status == "duplicate"
        assert sanctions.state("gh_1").version == 3
    assert_sound(url)
