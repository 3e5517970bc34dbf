"""Where the stores of tests lie: in memory where there is room for them, for most tests wait for nothing but the disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

__all__ = ["lie_in_memory"]

# What a whole run writes at one time, three workers with a server each, and more than that to spare.
_NEEDED: Final = 6 << 30
_SHARED: Final = Path("/dev/shm")  # noqa: S108 - the folder in memory that Linux has


def lie_in_memory() -> None:
    """Put temporary files into memory, those of child processes too, unless `TMPDIR` says where they belong."""
    if "TMPDIR" in os.environ or not _has_room():
        return
    # A short name: those of sockets, which lie in it as well, have a hundred letters.
    folder = _SHARED / f"sanctions-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def _has_room() -> bool:
    """Whether the folder in memory and the memory itself have so much left; never where there is neither."""
    try:
        left = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
        memory = int(left["MemAvailable"].split()[0]) * 1024
        return os.access(_SHARED, os.W_OK) and min(shutil.disk_usage(_SHARED).free, memory) >= _NEEDED
    except (OSError, LookupError, ValueError):
        return False
