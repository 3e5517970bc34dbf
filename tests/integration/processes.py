"""Real processes for the tests, and talking to them line by line."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["PATIENCE", "line", "tell", "worker"]

PATIENCE = 60.0
"""How many seconds a process may take to say the next thing."""


@contextmanager
def worker(script: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a script of this folder, its standard streams piped; it is killed at the end."""
    path = str(Path(__file__).parent / script)
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, path, *arguments], stdin=pipe, stdout=pipe, stderr=pipe) as running:
        try:
            yield running
        finally:
            running.kill()


def line(running: subprocess.Popen[bytes]) -> str:
    """The next line that the process says."""
    assert running.stdout is not None
    with selectors.DefaultSelector() as ready:
        ready.register(running.stdout, selectors.EVENT_READ)
        assert ready.select(PATIENCE), "the process said nothing"
    said = os.read(running.stdout.fileno(), 1) or b""
    while said and not said.endswith(b"\n"):
        more = os.read(running.stdout.fileno(), 1)
        assert more, f"the process ended within {said!r}"
        said += more
    return said.decode().strip()


def tell(running: subprocess.Popen[bytes], text: str) -> None:
    """Say a line to the process."""
    assert running.stdin is not None
    running.stdin.write(f"{text}\n".encode())
    running.stdin.flush()
