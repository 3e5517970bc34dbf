"""Waiting until something is so, where it comes about in another thread or process."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

__all__ = ["until"]

_PATIENCE = 60.0


def until(condition: Callable[[], object]) -> None:
    """Ask until it is so; fail where it never comes to be."""
    deadline = monotonic() + _PATIENCE
    while not condition():
        assert monotonic() < deadline, "it never came to be so"
