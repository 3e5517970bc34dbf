"""Starting workers as processes, telling them to go on, and hearing what they say."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.integration.support import rows

__all__ = ["PATIENCE", "Victim", "line", "recorded_ids", "tell", "together", "worker"]

PATIENCE: Final = 60.0
"""Seconds that a test waits for a process before it fails."""
_WORKER: Final = str(Path(__file__).with_name("worker.py"))


@contextmanager
def worker(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that is killed at the end if it still runs."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, _WORKER, *arguments], **streams) as running:  # type: ignore[call-overload]
        try:
            yield running
        finally:
            running.kill()


def line(running: subprocess.Popen[bytes], patience: float = PATIENCE) -> str:
    """The next line that the process says; empty when it says nothing for so long."""
    assert running.stdout is not None
    with selectors.DefaultSelector() as ready:
        ready.register(running.stdout, selectors.EVENT_READ)
        if not ready.select(patience):
            assert patience < PATIENCE, "the process said nothing"
            return ""
    said = os.read(running.stdout.fileno(), 1) or b""
    while said and not said.endswith(b"\n"):
        more = os.read(running.stdout.fileno(), 1)
        assert more, f"the process ended within {said!r}"
        said += more
    return said.decode().strip()


def tell(running: subprocess.Popen[bytes], text: str) -> None:
    """Send a line to the process."""
    assert running.stdin is not None
    running.stdin.write(f"{text}\n".encode())
    running.stdin.flush()


def together(work: str, url: str, each: int, names: Iterable[str]) -> list[str]:
    """Let processes begin at the same moment, one for each name; all that they said."""
    with worker("together", work, url, str(each), *names) as running:
        out, error = running.communicate(timeout=PATIENCE)
    assert (running.returncode, error.decode()) == (0, "")
    return out.decode().splitlines()


def recorded_ids(url: str) -> Counter[str]:
    """The ids of the commands that events name, and how often."""
    states = rows(url, "SELECT state FROM sanctions_events")
    return Counter(name for (state,) in states if (name := json.loads(state).get("command_id")) is not None)


class Victim:
    """A writer that a zygote has forked, and what it has acknowledged so far."""

    def __init__(self, zygote: subprocess.Popen[bytes], order: str) -> None:
        self._zygote = zygote
        self.acknowledged: set[str] = set()
        self.status: int | None = None
        tell(zygote, order)
        self.pid = int(line(zygote).removeprefix("pid "))

    def hear(self, patience: float = PATIENCE) -> bool:
        """Take in one acknowledgement; False if there is none in this time, or none any more."""
        return self._take(line(self._zygote, patience))

    def kill(self) -> None:
        """Kill it without notice."""
        os.kill(self.pid, signal.SIGKILL)

    def bury(self) -> None:
        """Take in what it had said before its end."""
        while self.status is None:
            self._take(line(self._zygote))

    def _take(self, said: str) -> bool:
        status, _, name = said.partition(" ")
        if status == "ended":
            self.status = int(name)
        if status in ("", "ended"):
            return False
        assert status in ("accepted", "duplicate"), said
        self.acknowledged.add(name)
        return True
