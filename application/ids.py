"""Fresh ids: sortable by time of making, unguessable, without a `/`."""

from __future__ import annotations

import os
import time

__all__ = ["new_id"]


def new_id(prefix: str) -> str:
    """A new id such as `s-019a...`: 48 bits of milliseconds and 72 random bits, in hexadecimal."""
    return f"{prefix}-{time.time_ns() // 1_000_000:012x}{os.urandom(9).hex()}"
