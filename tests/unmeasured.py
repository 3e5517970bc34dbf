"""What coverage must leave alone: processes whose imports are looked at, and searches that would take minutes under it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from coverage import Coverage

__all__ = ["not_measured", "unmeasured"]


def unmeasured() -> dict[str, str]:
    """The environment for a process that is not measured though the run is."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


@contextmanager
def not_measured() -> Iterator[None]:
    """A block that runs at its full speed: what it goes through, other tests go through as well."""
    running = Coverage.current()
    if running is not None:
        running.stop()
    try:
        yield
    finally:
        if running is not None:
            running.start()
