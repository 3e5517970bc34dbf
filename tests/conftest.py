"""Hypothesis profiles: `default` for every run, `deep` (more than 100 times the examples) at night, `mutation` for mutants."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.roominess import lie_in_memory
from tests.thorough import THOROUGH

lie_in_memory()

_EXAMPLES = 24
_DEEP = 4000
_MUTATION = 4

settings.register_profile(
    "default",
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=False,
    print_blob=True,
    report_multiple_bugs=False,
    # A command list costs milliseconds to draw; on a busy machine that is slow, not wrong.
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", parent=settings.get_profile("default"), max_examples=_DEEP)
# A mutant is killed or not: the same tests with the same examples, each time. Few of them: what they kill, more would kill, too.
settings.register_profile(
    "mutation", parent=settings.get_profile("default"), max_examples=_MUTATION, derandomize=True, database=None
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make test` leaves out."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.path.relative_to(here).as_posix().startswith(THOROUGH):
            item.add_marker("thorough")
