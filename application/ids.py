"""Fresh ids: sortable by time of making, unguessable, without a `/`."""

from __future__ import annotations

import os
import time
from base64 import b32encode

__all__ = ["new_id"]


def new_id(prefix: str) -> str:
    """A new id such as `s-06EXAMPLE...`: 48 bits of milliseconds and 72 random bits in lower-case base 32."""
    raw = time.time_ns() // 1_000_000
    return f"{prefix}-{b32encode(raw.to_bytes(6) + os.urandom(9)).decode().lower()}"
