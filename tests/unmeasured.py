"""Processes that coverage must leave alone: their imports are looked at, or they have neither room nor rights for its file."""

from __future__ import annotations

import os

__all__ = ["unmeasured"]


def unmeasured() -> dict[str, str]:
    """The environment for a process that is not measured though the run is."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
