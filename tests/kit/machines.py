"""Running state machines the same way each time, and finding what was planted into their glue."""

from __future__ import annotations

import pytest
from account_sanctions.testing import SanctionsStateMachine
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

__all__ = ["ON_THE_PAGE", "found", "searched"]

# How many examples of how many steps the page for hosts is content with.
ON_THE_PAGE = (20, 15)


def searched(machine: type[SanctionsStateMachine], examples: int = 300, steps: int = 50) -> None:
    """The same examples each time, and not the shortest way to what they find."""
    searching = settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        deadline=None,
    )
    run_state_machine_as_test(machine, settings=searching)


def found(machine: type[SanctionsStateMachine], said: str, examples: int = 300, steps: int = 50) -> None:
    """Something is found, and the machine says so in these words."""
    with pytest.raises(AssertionError, match=said):
        searched(machine, examples, steps)
