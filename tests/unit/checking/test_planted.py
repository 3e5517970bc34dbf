"""Each planted fault is found, by the rule that it breaks and by a history that could not be shorter."""

from __future__ import annotations

import pytest
from account_sanctions.domain.checking import check_model
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT

from .planted import PLANTED, Plant
from .planted_deeds import PLANTED_DEEDS
from .planted_doings import PLANTED_DOINGS
from .planted_policies import PLANTED_POLICIES, WAITING

_FAULTS = [
    *((*one, DEFAULT) for one in (*PLANTED, *PLANTED_DEEDS, *PLANTED_DOINGS)),
    *((*one, WAITING) for one in PLANTED_POLICIES),
]


@pytest.mark.parametrize(("plant", "rule", "moves", "policy"), _FAULTS, ids=[one[0].__name__ for one in _FAULTS])
def test_a_planted_fault_is_found_by_a_shortest_history(
    plant: Plant, rule: str, moves: int, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    found = check_model(policy, things=2).violation

    assert found is not None
    assert (found.rule, len(found.trace.moves)) == (rule, moves), (
        found.sentence,
        found.trace.given(),
        found.trace.when(),
    )
    for command in found.trace.commands():
        read_command(command)
