"""Several real processes on one SQLite file, and processes that are killed while they write."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions

from tests.integration.support import assert_sound, database, restrict, rows
from tests.integration.worker import CHUNK

_WORKER = str(Path(__file__).with_name("worker.py"))
_PATIENCE = 60.0
_CYCLES = 30


@contextmanager
def _worker(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, _WORKER, *arguments], **streams) as running:  # type: ignore[call-overload]
        try:
            yield running
        finally:
            running.kill()


def _line(running: subprocess.Popen[bytes]) -> str:
    """The next line that the process says."""
    assert running.stdout is not None
    with selectors.DefaultSelector() as ready:
        ready.register(running.stdout, selectors.EVENT_READ)
        assert ready.select(_PATIENCE), "the process said nothing"
    said = os.read(running.stdout.fileno(), 1) or b""
    while said and not said.endswith(b"\n"):
        more = os.read(running.stdout.fileno(), 1)
        assert more, f"the process ended within {said!r}"
        said += more
    return said.decode().strip()


def _tell(running: subprocess.Popen[bytes], text: str) -> None:
    assert running.stdin is not None
    running.stdin.write(f"{text}\n".encode())
    running.stdin.flush()


def _writers(url: str, count: int, each: int) -> list[str]:
    """Run writers that start together; what they said of their commands."""
    said: list[str] = []
    with ExitStack() as stack:
        running = [stack.enter_context(_worker("write", url, f"w{n}", str(each))) for n in range(count)]
        for one in running:
            assert _line(one) == "ready"
        for one in running:
            _tell(one, "go")
        for one in running:
            out, error = one.communicate(timeout=_PATIENCE)
            assert (one.returncode, error.decode()) == (0, "")
            said += out.decode().splitlines()
    return said


def _recorded_ids(url: str) -> Counter[str]:
    states = rows(url, "SELECT state FROM sanctions_events")
    return Counter(name for (state,) in states if (name := json.loads(state).get("command_id")) is not None)


def test_processes_on_the_same_accounts_record_every_command_once(tmp_path: Path) -> None:
    url = database(tmp_path)
    said = _writers(url, 4, 30)
    assert sorted(said) == sorted(f"accepted w{writer}-{number}" for writer in range(4) for number in range(30))
    assert _recorded_ids(url) == Counter(line.split()[1] for line in said)
    assert rows(url, "SELECT sum(n) FROM (SELECT max(version) AS n FROM sanctions_events GROUP BY account)") == [(120,)]
    assert_sound(url)


def test_eight_processes_open_an_empty_database_at_once(tmp_path: Path) -> None:
    url = database(tmp_path)
    said = _writers(url, 8, 1)
    assert sorted(said) == [f"accepted w{number}-0" for number in range(8)]
    assert rows(url, "SELECT count(*) FROM sanctions_meta WHERE key = 'store_id'") == [(1,)]
    assert rows(url, "SELECT count(*) FROM sanctions_policies") == [(1,)]
    assert_sound(url)


def test_processes_that_send_the_same_commands_act_once(tmp_path: Path) -> None:
    url = database(tmp_path)
    with ExitStack() as stack:
        running = [stack.enter_context(_worker("write", url, "same", "20")) for _ in range(3)]
        for one in running:
            assert _line(one) == "ready"
            _tell(one, "go")
        said = Counter(line for one in running for line in one.communicate(timeout=_PATIENCE)[0].decode().splitlines())
    assert said == Counter(
        {f"{kind} same-{n}": times for n in range(20) for kind, times in (("accepted", 1), ("duplicate", 2))}
    )
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(20,)]
    assert_sound(url)


def test_ban_in_one_process_is_seen_by_the_next_question_in_another(tmp_path: Path) -> None:
    url = database(tmp_path)
    with Sanctions.open(url) as asking, _worker("write", url, "w", "3") as running:
        assert asking.may("gh_2", "publish")
        assert _line(running) == "ready"
        _tell(running, "go")
        for number in range(3):
            assert _line(running) == f"accepted w-{number}"
            assert asking.may(f"gh_{number}", "publish").because == (f"s-w-{number}",)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_killed_writer_leaves_every_acknowledged_command_and_none_half(tmp_path: Path) -> None:
    url = database(tmp_path)
    acknowledged: set[str] = set()
    with _worker("zygote") as zygote:
        assert _line(zygote) == "ready"
        for cycle in range(_CYCLES):
            _tell(zygote, f"{url} k{cycle}")
            victim = int(_line(zygote).removeprefix("pid "))
            for _ in range(cycle % 12):  # killed at other moments each time, at times before the first acknowledgement
                status, name = _line(zygote).split()
                assert status == "accepted"
                acknowledged.add(name)
            os.kill(victim, signal.SIGKILL)
            while not (said := _line(zygote)).startswith("ended"):
                acknowledged.add(said.split()[1])
            assert said == f"ended {-signal.SIGKILL}"
            _assert_whole(url, acknowledged)
    assert len(acknowledged) > _CYCLES
    assert_sound(url)
    with Sanctions.open(url) as sanctions:
        assert sanctions.execute(restrict("gh_0", sanction="after")).status == "accepted"


def _assert_whole(url: str, acknowledged: set[str]) -> None:
    if not rows(url, "SELECT 1 FROM sqlite_master WHERE name = 'sanctions_events'"):
        assert not acknowledged
        return
    recorded = _recorded_ids(url)
    assert acknowledged <= recorded.keys()
    assert set(recorded.values()) <= {1}
    remembered = {name for (name,) in rows(url, "SELECT command_id FROM sanctions_commands")}
    assert remembered == recorded.keys()
    chunks = Counter(
        f"{writer}-{(number - 1) // (CHUNK + 1)}"
        for writer, _, digits in (name.partition("-") for name in recorded)
        if (number := int(digits)) % (CHUNK + 1)
    )
    assert set(chunks.values()) <= {CHUNK}, "a chunk is one transaction"
