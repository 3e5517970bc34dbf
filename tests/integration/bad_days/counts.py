"""How often bad days come: a few times in every run, thousands of times where the environment asks for it."""

from __future__ import annotations

import os
from typing import Final

__all__ = ["CYCLES", "EVENTS"]

CYCLES: Final = int(os.environ.get("ACCOUNT_SANCTIONS_TEST_CYCLES", "12"))
"""How many times a writer is killed on each database."""
EVENTS: Final = int(os.environ.get("ACCOUNT_SANCTIONS_TEST_EVENTS", "640"))
"""How many events pass before the eyes of a reader of the log."""
