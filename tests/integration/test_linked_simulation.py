"""Simulation and linked accounts: an account ends up as its state says, whether or not anybody has swept."""

from __future__ import annotations

from pathlib import Path

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.policies import find_policy
from account_sanctions.application.simulating import Simulation, simulate

from tests.integration.support import MODERATOR, REVIEWER, T0, MovingClock, command, database

_BASIS = {"clause": "minor"}


@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize("policy", ["xbox-2023", "default"])
def test_account_whose_cause_has_ended_is_clear_in_the_end(tmp_path: Path, swept: bool, policy: str) -> None:
    clock = MovingClock()
    with Sanctions.open(database(tmp_path), policy="xbox-2023", clock=clock) as sanctions:
        sanctions.execute(command("ban", "main", MODERATOR, sanction="b", basis=_BASIS, permanent=True))
        sanctions.execute(command("report_violation", "second", MODERATOR, clause="minor"))
        dependent = {"sanction": "d", "basis": _BASIS, "because_of_account": "main", "for": "P900D"}
        sanctions.execute(command("ban", "second", MODERATOR, **dependent))
        clock.move(days=5)
        lifted = clock()
        sanctions.execute(command("lift", "main", REVIEWER, sanction="b", reason="seen"))
        clock.move(days=5)
        if swept:
            sanctions.sweep()

        def found(**asked: object) -> Simulation:
            return simulate(sanctions.store, find_policy(policy), now=clock(), **asked)  # type: ignore[arg-type]

        assert sanctions.state("second").standing == "clear"
        assert [(one.recorded, one.other) for one in found().endings] == [("clear", "clear")]
        assert [(one.recorded, one.other) for one in found(until=lifted).endings] == [("suspended", "suspended")]
        assert lifted > T0
