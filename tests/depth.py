"""How much the tests of chance and of processes do: enough for every run, or as much as a night allows (`make test-deep`)."""

from __future__ import annotations

import os
from typing import Final

__all__ = ["DEEP", "depth"]

DEEP: Final = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def depth(shallow: int, deep: int) -> int:
    """How often something is done."""
    return deep if DEEP else shallow
